"""Bluesky's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.bluesky.syntax import owner
from connectors.capabilities import InteractionKind
from connectors.contract import Draft, EarlierPost, Identity, RemoteAuthor, RemoteInteraction, RemoteRef, Thread
from connectors.errors import Rejected
from connectors.metrics import Counts, Measure
from connectors.readback import OwnPost, Saying
from connectors.shape import at, count, moment, rows, word
from connectors.translate import as_code

REASONS = {
    "mention": InteractionKind.MENTION,
    "reply": InteractionKind.REPLY,
    "quote": InteractionKind.QUOTE,
}
_REFERENCE = re.compile(
    r"(?:at://|(?:https?://)?(?:[\w-]+\.)*bsky\.app/profile/)(?P<who>[\w.:%-]+)/(?:app\.bsky\.feed\.post|post)/"
    r"(?P<key>[\w.~:-]{1,512})/?(?:[?#].*)?",
    re.ASCII,
)
MOST_REMEMBERED = 200
"""URIs in a cursor: two pages, about 3 KB."""
MOST_REMEMBERED_OF_A_WORD = 50
"""Posts in a cursor for each watched word: a page, less than 1 KB."""
_POST_COUNTS = {
    "likeCount": Measure.LIKES,
    "repostCount": Measure.REPOSTS,
    "replyCount": Measure.REPLIES,
    "quoteCount": Measure.QUOTES,
    "bookmarkCount": Measure.BOOKMARKS,
}
_ACCOUNT_COUNTS = {
    "followersCount": Measure.FOLLOWERS,
    "followsCount": Measure.FOLLOWING,
    "postsCount": Measure.POSTS,
}


def identity(session: Any) -> Identity | None:
    """Who is signed in, from createSession, refreshSession or getSession."""
    did, handle = word(session, "did"), word(session, "handle")
    return Identity(did, handle) if did and handle else None


def written(body: Any, answered: RemoteRef | None) -> RemoteRef | None:
    """The post that putRecord or getRecord speaks of; in a thread it knows its root, for the next reply."""
    uri, cid = word(body, "uri"), word(body, "cid")
    if not uri or not cid:
        return None
    root = (answered.root or answered) if answered else None
    return RemoteRef(uri, post_url(uri, None), cid, RemoteRef(root.id, revision=root.revision) if root else None)


def written_thread(body: Any) -> list[tuple[str, str]]:
    """(URI, CID) of each record that applyWrites says it made, in order; empty where it does not say."""
    told = [(word(entry, "uri"), word(entry, "cid")) for entry in rows(body, "results")]
    return [(uri, cid) for uri, cid in told if uri and cid]


def post_url(uri: str, handle: str | None) -> str | None:
    """Where people read a post; None if it is not the address of a record."""
    did, _, rest = uri.removeprefix("at://").partition("/")
    key = rest.rpartition("/")[2]
    return f"https://bsky.app/profile/{handle or did}/post/{key}" if uri.startswith("at://") and key else None


def own_post(body: Any) -> OwnPost | None:
    """What getRecord answers, as the match rule compares it; None where it is no post."""
    uri, text = word(body, "uri"), at(body, "value", "text")
    made = moment(at(body, "value", "createdAt"))
    if not uri or made is None or not isinstance(text, str):
        return None
    root, root_cid = (word(body, "value", "reply", "root", part) for part in ("uri", "cid"))
    ref = RemoteRef(uri, post_url(uri, None), word(body, "cid"), RemoteRef(root, revision=root_cid) if root else None)
    embed = at(body, "value", "embed")
    media = embed if at(embed, "media") is None else at(embed, "media")
    shown = len(rows(media, "images") or rows(media, "items")) or int(at(media, "video") is not None)
    card = word(media, "external", "uri")
    place = word(body, "value", "reply", "parent", "uri")
    return OwnPost(ref, made, Saying(text, place, shown, (card,) if card else ()))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    place, card = draft.in_reply_to.id if draft.in_reply_to else None, draft.options.card
    return Saying(draft.text, place, len(draft.pictures), (card.url,) if card and not draft.pictures else ())


def referred(reference: str) -> tuple[str, str]:
    """(DID or handle, record key) of the post that a person points at. Raises Rejected for anything else."""
    found = _REFERENCE.fullmatch(reference.strip())
    if found is None:
        detail = (
            "A post on Bluesky is named by its address (https://bsky.app/profile/name/post/…) or its at:// address."
        )
        raise Rejected("bluesky", detail, code="unreadable-reference")
    return found["who"], found["key"]


def interactions(notifications: Iterable[Any], own_did: str | None) -> tuple[list[RemoteInteraction], int]:
    """Notifications in their own order, each post once, and how many are nobody's interaction or could not be read.

    A post that mentions and answers us comes twice, with two reasons: the reply says more and is kept.
    """
    read: dict[str, RemoteInteraction] = {}
    seen = 0
    for entry in notifications:
        seen += 1
        kind = REASONS.get(word(entry, "reason") or "")
        found = interaction(entry, kind, own_did) if kind else None
        if found is None or (own_did and found.author.id == own_did):
            continue
        if found.native_id not in read or found.kind is InteractionKind.REPLY:
            read[found.native_id] = found
    return list(read.values()), seen - len(read)


def keyword(post: Any, watched: str, own_did: str | None) -> RemoteInteraction | None:
    """A post that a search found; None where it is ours, speaks to us (a notification tells of it) or cannot be read."""
    found = interaction(post, InteractionKind.KEYWORD, own_did)
    if found is None or (own_did and (found.author.id == own_did or _speaks_to(at(post, "record"), own_did))):
        return None
    return replace(found, why=(watched,))


def standing(post: Any, own_did: str | None) -> RemoteInteraction | None:
    """A post as it stands, whoever made it; None where it cannot be read."""
    answers = word(post, "record", "reply", "parent", "uri")
    return interaction(post, InteractionKind.REPLY if answers else InteractionKind.MENTION, own_did)


def interaction(view: Any, kind: InteractionKind, own_did: str | None) -> RemoteInteraction | None:
    """A postView, or a notification, which tells the same of its post; None where it cannot be read.

    It stands under a post of our own where the thread is ours: only its first author can hide what is said in it.
    """
    uri, cid, author = word(view, "uri"), word(view, "cid"), word(view, "author", "did")
    record = at(view, "record")
    text = at(record, "text")
    made = moment(at(record, "createdAt")) or moment(at(view, "indexedAt"))
    if not uri or not made or not isinstance(text, str):
        return None
    handle = word(view, "author", "handle")
    root, root_cid = word(record, "reply", "root", "uri"), word(record, "reply", "root", "cid")
    url = post_url(uri, handle)
    return RemoteInteraction(
        native_id=uri,
        kind=kind,
        author=author_of(at(view, "author"), author),
        text=text,
        created_at=made,
        conversation_id=root or uri,
        ref=RemoteRef(uri, url, cid, RemoteRef(root, revision=root_cid) if root else None),
        parent_id=word(record, "reply", "parent", "uri") or _quoted(record),
        language=next((tag for tag in rows(record, "langs") if isinstance(tag, str)), None),
        url=url,
        on_own=(owner(root) if root else "") == own_did if own_did else None,
        raw=view,
    )


def author_of(profile: Any, did: str | None) -> RemoteAuthor:
    """Whoever has this DID, as a profile tells them; a profile that is missing tells nothing more."""
    return RemoteAuthor(did, word(profile, "handle"), word(profile, "displayName"), _bot(profile, did))


def _bot(author: Any, did: str | None) -> bool | None:
    """Whether an author says of themselves that they are a machine (a label `bot` that is their own); None where nobody does."""
    return (
        True if any(word(one, "val") == "bot" and word(one, "src") == did for one in rows(author, "labels")) else None
    )


def _speaks_to(record: Any, did: str) -> bool:
    """Whether a post mentions, answers or quotes somebody."""
    features = [one for facet in rows(record, "facets") for one in rows(facet, "features")]
    near = [word(record, "reply", where, "uri") for where in ("parent", "root")]
    return any(word(one, "did") == did for one in features) or any(
        owner(uri) == did for uri in (*near, _quoted(record)) if uri
    )


def _quoted(record: Any) -> str | None:
    """The post that a record embeds, alone or beside media."""
    return word(record, "embed", "record", "uri") or word(record, "embed", "record", "record", "uri")


def thread(answer: Any, own_did: str | None) -> Thread | None:
    """What getPostThread answers; None where the post is not there. What the thread's owner hid is left out."""
    top = at(answer, "thread")
    if not word(top, "post", "uri"):
        return None
    above: list[RemoteInteraction] = []
    gates, parent = [at(answer, "threadgate"), at(top, "post", "threadgate")], at(top, "parent")
    while isinstance(parent, dict):
        gates.append(at(parent, "post", "threadgate"))
        found = standing(at(parent, "post"), own_did)
        above += [found] if found else []
        parent = parent.get("parent")
    hidden = {uri for gate in gates for uri in rows(gate, "record", "hiddenReplies") if isinstance(uri, str)}
    below, whole, waiting = [], True, [top]
    while waiting:
        node = waiting.pop()
        whole = whole and not _is_cut(node)
        for reply in rows(node, "replies"):
            uri = word(reply, "post", "uri")
            if uri is None or uri in hidden:  # deleted, or by somebody who is blocked
                continue
            waiting.append(reply)
            found = standing(at(reply, "post"), own_did)
            if found and found.author.id != own_did:
                below.append(found)
    return Thread(tuple(above[::-1]), tuple(sorted(below, key=lambda one: one.created_at)), whole)


def _is_cut(node: Any) -> bool:
    """Whether answers are counted of which none is shown: deeper than the platform goes."""
    counted = at(node, "post", "replyCount")
    return at(node, "replies") is None and isinstance(counted, int) and counted > 0


def earlier_post(row: Any, counts: Counts) -> EarlierPost | None:
    """A record of our own repository as listRecords tells it; None where it cannot be read."""
    post = own_post(row)
    return None if post is None else EarlierPost(post.ref, post.says.text, post.made, counts, post.says.place)


def post_counts(view: Any) -> dict[Measure, int]:
    """What a postView counts."""
    return _counted(view, _POST_COUNTS)


def account_counts(profile: Any) -> dict[Measure, int]:
    """What a profile counts."""
    return _counted(profile, _ACCOUNT_COUNTS)


def _counted(view: Any, names: Mapping[str, Measure]) -> dict[Measure, int]:
    told = {measure: count(at(view, name)) for name, measure in names.items()}
    return {measure: number for measure, number in told.items() if number is not None and number >= 0}


def shape(body: Any) -> str:
    """What kind of thing an answer was, for a person who looks for the cause; nothing of what it says."""
    if not isinstance(body, dict):
        return "nothing" if body is None else f"a {type(body).__name__}"
    names = [name for name in sorted(body, key=str) if as_code(name)]
    return f"an object of {', '.join(names[:6]) or 'nothing known'}"


def mark(uri: str) -> str:
    """What a cursor remembers of a URI: enough to know it again, and not the author whom it names. 48 bits."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a cursor remembers, newest first: marks of notified posts, and of what was found for each watched word's mark.

    chats: how far private messages were read, as `messages.Chats` tells it; None where they are not read.
    """

    notified: tuple[str, ...] = ()
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chats: Any = None


def remembered(cursor: str | None) -> Memory:
    """What a cursor remembers; nothing where it cannot be read. One that is a bare list knows of notifications only."""
    try:
        told = json.loads(cursor or "[]")
    except ValueError:
        return Memory()
    if isinstance(told, list):
        return Memory(_texts(told))
    found = told.get("found") if isinstance(told, dict) else None
    found = found if isinstance(found, dict) else {}
    return Memory(_texts(at(told, "notified")), {one: _texts(marks) for one, marks in found.items()}, at(told, "chats"))


def _texts(told: Any) -> tuple[str, ...]:
    return tuple(one for one in told if isinstance(one, str)) if isinstance(told, list) else ()


def cursor(memory: Memory) -> str | None:
    """What to save of it; None of nothing."""
    notified = list(dict.fromkeys(memory.notified))[:MOST_REMEMBERED]
    if not memory.found and memory.chats is None:
        return json.dumps(notified) if notified else None
    found = {one: list(dict.fromkeys(marks))[:MOST_REMEMBERED_OF_A_WORD] for one, marks in memory.found.items()}
    told = {"notified": notified, "found": found or None, "chats": memory.chats}
    return json.dumps({name: one for name, one in told.items() if one is not None})
