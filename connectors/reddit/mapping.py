"""Reddit's JSON to our nouns. Pure; an item that cannot be read is skipped, the rest of the page is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPost, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.metrics import Counts, Measure
from connectors.reddit.answers import SITE, address
from connectors.shape import at, moment, rows, word

COMMENT, POST, MESSAGE = "t1", "t3", "t4"
MACHINES = frozenset({"AutoModerator"})
"""Reddit marks no account as a machine; this one is its own."""
GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]", "[ Removed by Reddit ]"})
"""What stands where a text was."""
_POST_IN_PATH = re.compile(r"/comments/([0-9a-z]+)(?:/|$|\?)", re.IGNORECASE)


REPORTED = "report/"
"""Before the name of what was reported: a report is known by itself, whatever was heard of its subject before."""


def interactions(
    listing: Any, own_handle: str | None = None, *, kind: InteractionKind | None = None, messages: bool = False
) -> list[RemoteInteraction]:
    """One page of a listing in its own order. Ours, system mail and what is gone are left out.

    kind: what its entries are; None: an inbox, where each says it. messages: whether private ones are wanted.
    """
    read = (interaction(child, own_handle, kind=kind) for child in rows(listing, "data", "children"))
    return [one for one in read if one and (messages or one.kind is not InteractionKind.MESSAGE)]


def interaction(
    child: Any, own_handle: str | None = None, *, kind: InteractionKind | None = None
) -> RemoteInteraction | None:
    """One entry of a listing; None where it is nobody's: ours, gone, system mail, a thing that cannot be read."""
    item, sort = at(child, "data"), word(child, "kind")
    name, made, text = word(item, "name"), moment(at(item, "created_utc")), _text(item, sort)
    if not name or not made or text is None or is_gone(child) or not name.startswith(f"{sort}_"):
        return None
    author = author_of(item)
    if author.handle and own_handle and author.handle.casefold() == own_handle.casefold():
        return None
    if sort == MESSAGE and not _is_a_members(item, author):
        return None
    path = word(item, "context") or word(item, "permalink")
    url = SITE + path if path and path.startswith("/") else address(item)
    parent = word(item, "parent_id")
    return RemoteInteraction(
        native_id=f"{REPORTED}{name}" if kind is InteractionKind.REPORT else name,
        kind=kind or _kind(item, sort),
        author=author,
        text=text,
        created_at=made,
        conversation_id=_root(item, sort, path, parent) or name,
        ref=RemoteRef(name, url),
        parent_id=parent,
        community=word(item, "subreddit"),
        url=url,
        why=_why(item) if kind is InteractionKind.REPORT else (),
        about=name if kind is InteractionKind.REPORT else None,
        on_own=_on_own(item, own_handle),
        raw=child,
    )


def _is_a_members(item: Any, author: RemoteAuthor) -> bool:
    """Whether a message is neither Reddit's own mail nor one to the moderators of a community (`#name`), which is modmail."""
    to_moderators = (word(item, "dest") or "").startswith("#")
    return author.handle is not None and word(item, "distinguished") != "admin" and not to_moderators


def author_of(item: Any) -> RemoteAuthor:
    """Who said it; nameless where the account is gone."""
    handle = word(item, "author")
    handle = None if handle in GONE else handle
    return RemoteAuthor(word(item, "author_fullname"), handle, bot=True if handle in MACHINES else None)


def _text(item: Any, sort: str | None) -> str | None:
    """What it says: of a post its title, its words and the link that it is; of a message its subject, where it begins."""
    if sort == COMMENT:
        return word(item, "body") or ("" if at(item, "body") == "" else None)
    if sort == MESSAGE:
        body, subject = word(item, "body"), word(item, "subject")
        return body if body is None or word(item, "parent_id") or not subject else f"{subject}\n\n{body}"
    if sort == POST:
        title = word(item, "title")
        link = word(item, "url") if at(item, "is_self") is False else None
        return None if title is None else "\n\n".join(filter(None, (title, word(item, "selftext"), link)))
    return None


def is_gone(child: Any) -> bool:
    """Whether only its place is left: deleted by its author, or removed for all but those who moderate it."""
    item = at(child, "data")
    if GONE & {word(item, "body"), word(item, "selftext"), word(item, "title")}:
        return True
    taken = word(item, "removed_by_category")
    return taken is not None and (taken == "deleted" or at(item, "can_mod_post") is not True)


def _kind(item: Any, sort: str | None) -> InteractionKind:
    """Records of before 2017 have no `type`; their subject says the same in words."""
    if sort == MESSAGE:
        return InteractionKind.MESSAGE
    told = word(item, "type") or (word(item, "subject") or "").replace(" ", "_")
    return InteractionKind.MENTION if told == "username_mention" else InteractionKind.COMMENT


def _root(item: Any, sort: str | None, path: str | None, parent: str | None) -> str | None:
    """The thread's first post: told by `link_id`, by the address, or by the parent; of a message its first."""
    if sort == MESSAGE:
        return word(item, "first_message_name")
    found = _POST_IN_PATH.search(path or "")
    return word(item, "link_id") or (f"t3_{found[1]}" if found else parent if parent and parent[:3] == "t3_" else None)


def _on_own(item: Any, own_handle: str | None) -> bool | None:
    told, author = word(item, "type"), word(item, "link_author")
    if told == "post_reply":
        return True
    return author.casefold() == own_handle.casefold() if author and own_handle else None


def _why(item: Any) -> tuple[str, ...]:
    """The reasons that members and moderators gave, once each; who gave them is left out."""
    told = [word(one, 0) for which in ("mod_reports", "user_reports") for one in rows(item, which)]
    return tuple(dict.fromkeys(reason for reason in told if reason))


def entries(listing: Any) -> int:
    """How many entries a page holds, read or not."""
    return len(rows(listing, "data", "children"))


def created_at(child: Any) -> datetime | None:
    """When an entry of a listing was made."""
    return moment(at(child, "data", "created_utc"))


def is_readable(child: Any) -> bool:
    """Whether an entry has at least a name and a time."""
    return stamp(child) is not None and created_at(child) is not None


def stamp(child: Any) -> str | None:
    """What an entry is now: another stamp after an edit, or once more members reported it. None: it has no name."""
    item = at(child, "data")
    name = word(item, "name")
    return None if name is None else f"{name} {at(item, 'edited')} {at(item, 'num_reports')}"


def identity(body: Any) -> Identity | None:
    """Who is signed in, from GET /api/v1/me; the id is the fullname, as other people's answers carry it."""
    user_id, handle = word(body, "id"), word(body, "name")
    return Identity(f"t2_{user_id}", handle) if user_id and handle else None


def earlier(child: Any) -> EarlierPost | None:
    """One of our own posts or comments, as it lies in our listing."""
    item, sort = at(child, "data"), word(child, "kind")
    name, made, text = word(item, "name"), created_at(child), _text(item, sort)
    if not name or not made or text is None or is_gone(child):
        return None
    return EarlierPost(
        RemoteRef(name, address(item)), text, made, counts(child), word(item, "parent_id") if sort == COMMENT else None
    )


# --- trees ------------------------------------------------------------------------------------------------------------


def tree(children: Iterable[Any]) -> Iterator[Any]:
    """All things of a tree of comments, as they stand; `more` too."""
    waiting = list(children)
    while waiting:
        child = waiting.pop(0)
        yield child
        waiting = rows(child, "data", "replies", "data", "children") + waiting


def unread(children: Iterable[Any]) -> list[str]:
    """The short ids that `more` things stand for; an empty list also where they say only that more follows."""
    return [one for child in children for one in rows(child, "data", "children") if isinstance(one, str)]


# --- counts -----------------------------------------------------------------------------------------------------------


def counts(child: Any) -> Counts:
    """What a post or comment counts, as far as it is told."""
    item, post = at(child, "data"), word(child, "kind") == POST
    hidden = at(item, "score_hidden") is True or at(item, "hide_score") is True
    ratio = at(item, "upvote_ratio")
    told = {
        Measure.SCORE: None if hidden else at(item, "score"),
        Measure.UPVOTE_PERCENT: round(ratio * 100) if post and _is_number(ratio) else None,
        Measure.REPLIES: at(item, "num_comments") if post else None,
        Measure.CROSSPOSTS: at(item, "num_crossposts"),
        Measure.VIEWS: at(item, "view_count"),
    }
    return _told(told)


def account_counts(body: Any) -> Counts:
    """What is counted of the account itself, from GET /api/v1/me."""
    parts = [at(body, "link_karma"), at(body, "comment_karma")]
    karma = at(body, "total_karma")
    if not _is_number(karma) and all(map(_is_number, parts)):
        karma = sum(parts)
    return _told({Measure.KARMA: karma, Measure.FOLLOWERS: at(body, "subreddit", "subscribers")})


def community_counts(body: Any) -> Counts:
    """What is counted of a community, from GET /r/<name>/about."""
    here = at(body, "data", "active_user_count")
    present = here if _is_number(here) else at(body, "data", "accounts_active")
    return _told({Measure.SUBSCRIBERS: at(body, "data", "subscribers"), Measure.PRESENT: present})


def _told(counted: dict[Measure, Any]) -> dict[Measure, int]:
    return {measure: int(value) for measure, value in counted.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18
