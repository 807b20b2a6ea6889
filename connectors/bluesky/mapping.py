"""Bluesky's JSON to our nouns. Pure; an item that cannot be read is skipped and counted, the rest of the page is kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from connectors.capabilities import InteractionKind
from connectors.contract import Draft, Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.readback import OwnPost, Saying
from connectors.shape import at, moment, rows, word

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
"""URIs in a cursor: two pages, about 14 KB."""


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
    shown = len(rows(embed, "images") or rows(embed, "media", "images"))
    return OwnPost(ref, made, Saying(text, word(body, "value", "reply", "parent", "uri"), shown))


def saying(draft: Draft) -> Saying:
    """A draft as the match rule compares it."""
    return Saying(draft.text, draft.in_reply_to.id if draft.in_reply_to else None, len(draft.pictures))


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
        found = _interaction(entry, own_did)
        if found and (found.native_id not in read or found.kind is InteractionKind.REPLY):
            read[found.native_id] = found
    return list(read.values()), seen - len(read)


def _interaction(entry: Any, own_did: str | None) -> RemoteInteraction | None:
    kind = REASONS.get(word(entry, "reason") or "")
    uri, cid, author = word(entry, "uri"), word(entry, "cid"), word(entry, "author", "did")
    record = at(entry, "record")
    text = at(record, "text")
    made = moment(at(record, "createdAt")) or moment(at(entry, "indexedAt"))
    if not kind or not uri or not made or not isinstance(text, str) or (own_did and author == own_did):
        return None
    handle = word(entry, "author", "handle")
    root, root_cid = word(record, "reply", "root", "uri"), word(record, "reply", "root", "cid")
    url = post_url(uri, handle)
    return RemoteInteraction(
        native_id=uri,
        kind=kind,
        author=RemoteAuthor(author, handle, word(entry, "author", "displayName")),
        text=text,
        created_at=made,
        conversation_id=root or uri,
        ref=RemoteRef(uri, url, cid, RemoteRef(root, revision=root_cid) if root else None),
        parent_id=word(record, "reply", "parent", "uri") or _quoted(record),
        language=next((tag for tag in rows(record, "langs") if isinstance(tag, str)), None),
        url=url,
        raw=entry,
    )


def _quoted(record: Any) -> str | None:
    """The post that a record embeds, alone or beside media."""
    return word(record, "embed", "record", "uri") or word(record, "embed", "record", "record", "uri")


def mark(uri: str) -> str:
    """What a cursor remembers of a URI: enough to know it again, and not the author whom it names. 48 bits."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def remembered(cursor: str | None) -> list[str]:
    """The marks that a cursor remembers, newest first."""
    try:
        marks = json.loads(cursor or "[]")
    except ValueError:
        return []
    return [one for one in marks if isinstance(one, str)] if isinstance(marks, list) else []


def cursor(seen: Iterable[str], known: Iterable[str]) -> str | None:
    """What to remember after a read: the URIs it saw, then the marks that were known, newest first; None of nothing."""
    marks = list(dict.fromkeys([*map(mark, seen), *known]))[:MOST_REMEMBERED]
    return json.dumps(marks) if marks else None
