"""Lemmy's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept.

Ids: `post/1`, `comment/2`, `private_message/3`, as they are on the account's own instance; with its address before them the
first two are pages. What a thing is known by everywhere is its `ap_id`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, EarlierPost, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.metrics import Counts, Measure
from connectors.readback import OwnPost, Saying
from connectors.shape import at, count, moment, word

POST, COMMENT, MESSAGE, PERSON = "post", "comment", "private_message", "person"
_REF = re.compile(r"(post|comment|private_message)/([0-9]{1,18})", re.ASCII)
_PAGE = re.compile(r"/(?:post/[0-9]{1,18}/)?((?:post|comment)/[0-9]{1,18}|[0-9]{1,18})/?", re.ASCII)
_OF_POSTS = {Measure.SCORE: "score", Measure.LIKES: "upvotes"}


def number(body: Any, *path: str | int) -> int | None:
    """The whole number at a path, or None."""
    return count(at(body, *path))


def split(ref_id: str) -> tuple[str, int]:
    """The sort and number of an id of ours. Raises Rejected where it is none of Lemmy's."""
    found = _REF.fullmatch(ref_id)
    if found is None:
        raise Rejected("lemmy", "That is no post, comment or message of Lemmy.", code="gone")
    return found[1], int(found[2])


def host(actor: Any) -> str:
    """The instance of a person or community."""
    try:
        return urlsplit(word(actor, "actor_id") or "").hostname or ""
    except ValueError:
        return ""


def named(actor: Any) -> str | None:
    """name@instance, as a person or community is named everywhere."""
    name = word(actor, "name")
    return f"{name}@{host(actor)}" if name and host(actor) else name


def community_of(view: Any, *, qualified: bool = False) -> str | None:
    """The community that something stands in: its name, with its instance where that is another."""
    community = at(view, "community")
    return named(community) if qualified or at(community, "local") is False else word(community, "name")


def identity(site: Any) -> Identity | None:
    """Who is signed in, from GET /site."""
    person = at(site, "my_user", "local_user_view", "person")
    person_id, handle = number(person, "id"), named(person)
    return Identity(str(person_id), handle) if person_id is not None and handle else None


def author(person: Any) -> RemoteAuthor:
    """A person as everybody sees them."""
    person_id = number(person, "id")
    bot = at(person, "bot_account")
    return RemoteAuthor(
        None if person_id is None else str(person_id),
        named(person),
        word(person, "display_name"),
        bot if isinstance(bot, bool) else None,
    )


def ref_of(view: Any, url: str) -> RemoteRef | None:
    """What a view is of, so that it can be answered: a comment's root is its post, a message's whom an answer goes to."""
    comment_id, post_id = number(view, COMMENT, "id"), number(view, POST, "id")
    if comment_id is not None and post_id is not None:
        return RemoteRef(f"comment/{comment_id}", f"{url}/comment/{comment_id}", root=RemoteRef(f"post/{post_id}"))
    if post_id is not None:
        return RemoteRef(f"post/{post_id}", f"{url}/post/{post_id}")
    message_id, creator = number(view, MESSAGE, "id"), number(view, MESSAGE, "creator_id")
    if message_id is None or creator is None:
        return None
    return RemoteRef(f"private_message/{message_id}", root=RemoteRef(f"person/{creator}"))


def parent_of(view: Any) -> str | None:
    """What a comment answers, by its path 0.12.34; None for a post."""
    if at(view, COMMENT) is None:
        return None
    steps = (word(view, COMMENT, "path") or "").split(".")
    above = steps[-2] if len(steps) > 2 and steps[-2].isascii() and steps[-2].isdigit() else None
    return f"comment/{above}" if above else f"post/{number(view, POST, 'id')}"


def text_of(view: Any) -> str:
    """What was said, in Markdown as it was sent; a post with its title, and its link where it has one."""
    if at(view, COMMENT) is not None:
        return word(view, COMMENT, "content") or ""
    post = at(view, POST)
    return "\n\n".join(filter(None, [word(post, "name"), word(post, "url"), word(post, "body")]))


def is_gone(view: Any) -> bool:
    """Whether its author deleted it, or a moderator removed it."""
    body = at(view, COMMENT) or at(view, MESSAGE) or at(view, POST)
    return at(body, "deleted") is True or at(body, "removed") is True


def interaction(
    view: Any, own_id: str | None, url: str, kind: InteractionKind | None = None
) -> RemoteInteraction | None:
    """A post or comment of somebody else's; None for our own, for what is gone, and where it cannot be read.

    kind: by default, a comment under our own post, or an answer to a comment.
    """
    body = at(view, COMMENT) if at(view, COMMENT) is not None else at(view, POST)
    native, made, ref = word(body, "ap_id"), moment(at(body, "published")), ref_of(view, url)
    creator = author(at(view, "creator"))
    if native is None or made is None or ref is None or is_gone(view) or (own_id and creator.id == own_id):
        return None
    parent = parent_of(view)
    under_post = parent is not None and parent.startswith("post/")
    own_post = own_id is not None and str(number(view, POST, "creator_id")) == own_id
    usual = InteractionKind.COMMENT if under_post else InteractionKind.REPLY
    return RemoteInteraction(
        native_id=native,
        kind=kind or usual,
        author=creator,
        text=text_of(view),
        created_at=made,
        conversation_id=word(view, POST, "ap_id") or native,
        ref=ref,
        parent_id=parent,
        community=community_of(view),
        url=ref.url,
        on_own=(True if own_post else None) if parent else False,
        raw=view,
    )


def message(view: Any, own_id: str) -> RemoteInteraction | None:
    """A private message to us."""
    body, creator = at(view, MESSAGE), author(at(view, "creator"))
    native, made, ref = word(body, "ap_id"), moment(at(body, "published")), ref_of(view, "")
    if native is None or made is None or ref is None or is_gone(view) or creator.id in (None, own_id):
        return None
    return RemoteInteraction(
        native_id=native,
        kind=InteractionKind.MESSAGE,
        author=creator,
        text=word(body, "content") or "",
        created_at=made,
        conversation_id=word(view, "creator", "actor_id") or native,
        ref=ref,
        on_own=False,
        raw=view,
    )


def report(view: Any, sort: str, url: str) -> RemoteInteraction | None:
    """A member's report of a post or comment, which is about whoever wrote that. It is known by its own page."""
    told = at(view, f"{sort}_report")
    report_id, made, ref = number(told, "id"), moment(at(told, "published")), ref_of(view, url)
    if report_id is None or made is None or ref is None or at(told, "resolved") is True:
        return None
    said = [word(told, name) for name in ("original_post_name", "original_post_body", "original_comment_text")]
    native = f"{url}/reports/{sort}/{report_id}"
    return RemoteInteraction(
        native_id=native,
        kind=InteractionKind.REPORT,
        author=author(at(view, f"{sort}_creator")),
        text="\n\n".join(filter(None, said)),
        created_at=made,
        conversation_id=word(view, POST, "ap_id") or native,
        ref=ref,
        parent_id=parent_of(view),
        community=community_of(view),
        url=ref.url,
        why=tuple(filter(None, [word(told, "reason")])),
        about=word(view, sort, "ap_id"),
        raw=view,
    )


# --- what we said -----------------------------------------------------------------------------------------------------


def created(body: Any, url: str) -> RemoteRef | None:
    """What the answer to a write says was made."""
    views = (at(body, f"{sort}_view") for sort in (COMMENT, POST, MESSAGE))
    return next((ref for view in views if view is not None and (ref := ref_of(view, url))), None)


def own(ref: RemoteRef) -> RemoteRef:
    """Something of ours. Of a message the root would be ourselves, and what follows it does not go to us."""
    return replace(ref, root=None) if ref.id.startswith(f"{MESSAGE}/") else ref


def own_post(view: Any, url: str, *, qualified: bool = False) -> OwnPost | None:
    """Something of ours as the match rule compares it; None for what is gone, and where it cannot be read."""
    body = at(view, COMMENT) or at(view, MESSAGE) or at(view, POST)
    ref, made = ref_of(view, url), moment(at(body, "published"))
    if ref is None or made is None or is_gone(view):
        return None
    sort, _ = split(ref.id)
    if sort == MESSAGE:
        says = Saying(word(body, "content") or "", f"person/{number(body, 'recipient_id')}")
    elif sort == COMMENT:
        says = Saying(word(body, "content") or "", parent_of(view))
    else:
        place = (community_of(view, qualified=qualified) or "").casefold()
        link = word(body, "url")
        says = Saying(_titled(word(body, "name"), word(body, "body")), place, 0, (link,) if link else ())
    return OwnPost(ref, made, says)


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    target, card = draft.in_reply_to, draft.options.card
    if target:
        is_message = target.id.startswith(f"{MESSAGE}/") and target.root
        return Saying(draft.text, target.root.id if is_message and target.root else target.id)
    return Saying(_titled(draft.title, draft.text), bare(draft.community).casefold(), 0, (card.url,) if card else ())


def _titled(title: str | None, text: str | None) -> str:
    return f"{title or ''}\n\n{text or ''}"


def bare(community: str | None) -> str:
    """A community's name as the API takes it: `!tools@host`, `c/tools` and `/c/tools` are all that."""
    return (community or "").strip().removeprefix("/").removeprefix("c/").removeprefix("!")


def earlier(view: Any, url: str) -> EarlierPost | None:
    """A post or comment of ours."""
    post = own_post(view, url)
    if post is None:
        return None
    return EarlierPost(post.ref, text_of(view), post.made, counts(view), parent_of(view))


def counts(view: Any) -> Counts:
    """What is counted of a post or comment, as far as it is told."""
    told: Mapping[Measure, str] = {
        **_OF_POSTS,
        Measure.REPLIES: "child_count" if at(view, COMMENT) is not None else "comments",
    }
    return _counted(at(view, "counts"), told)


def account_counts(person: Any) -> Counts:
    """What is counted of an account, from GET /user."""
    return _counted(at(person, "person_view", "counts"), {Measure.POSTS: "post_count"})


def community_counts(community: Any) -> Counts:
    """What is counted of a community, from GET /community."""
    told = {Measure.SUBSCRIBERS: "subscribers", Measure.POSTS: "posts"}
    return _counted(at(community, "community_view", "counts"), told)


def _counted(body: Any, names: Mapping[Measure, str]) -> Counts:
    found = {measure: count(at(body, name)) for measure, name in names.items()}
    return {measure: it for measure, it in found.items() if it is not None}


def referred(reference: str, base_url: str) -> str:
    """The id of the post or comment that a person points at, on our own instance. Raises Rejected for anything else."""
    told = reference.strip()
    if _REF.fullmatch(told) and not told.startswith(MESSAGE):
        return told
    home = urlsplit(base_url)
    try:
        address = urlsplit(told if "://" in told else f"https://{told}")
    except ValueError:
        address = urlsplit("")
    path = address.path.removeprefix(home.path.rstrip("/")) if len(address.path) < 200 else ""
    found = _PAGE.fullmatch(path)
    if found is None or address.hostname != home.hostname or (found[1].isdigit() and "/post/" not in path):
        detail = (
            f"A post is named by its address on {home.hostname} (/post/1, /comment/2), or by that without the host."
        )
        raise Rejected("lemmy", detail, code="unreadable-reference")
    return found[1] if "/" in found[1] else f"comment/{found[1]}"
