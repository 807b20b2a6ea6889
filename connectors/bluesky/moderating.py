"""What an account may do about others on Bluesky: hide answers in its own threads, mute, block, report.

Nobody can take down what lies in another's repository, and there are no communities, so the rest is Unsupported. Each
act brings something to a state: what is there already is not asked for again, and a write whose answer was lost may be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connectors.bluesky import CAPABILITIES, is_private
from connectors.bluesky.listening import views
from connectors.bluesky.messages import place_of
from connectors.bluesky.record import GATES, tid_of, written_time
from connectors.bluesky.syntax import address, owner
from connectors.bluesky.xrpc import SWAPPED, Xrpc
from connectors.errors import Ambiguous, Rejected, Retryable, Unsupported
from connectors.moderation import Moderation, Target
from connectors.shape import at, rows, word

BLOCKS = "app.bsky.graph.block"
MOST_HIDDEN = 300
"""Answers that a gate can hide (lexicon app.bsky.feed.threadgate)."""
LONGEST_REASON = 2000
"""Graphemes of a report's words, counted here by code points, of which there are never fewer."""
SWAPS = 3
"""How often a gate is read again where somebody else changed it meanwhile."""


def moderate(xrpc: Xrpc, target: Target, action: Moderation) -> None:
    """Bring a message, or its author, to a state."""
    if action not in CAPABILITIES.moderations:
        raise Unsupported("bluesky", f"Bluesky cannot {action}.", code=action)
    if is_private(target.ref) and action in (Moderation.HIDE, Moderation.UNHIDE):
        raise Unsupported("bluesky", "A private message cannot be hidden.", code=action)
    _ACTS[action](xrpc, target)


# --- hiding -----------------------------------------------------------------------------------------------------------


def _hide(xrpc: Xrpc, target: Target) -> None:
    _gate(xrpc, target, hidden=True)


def _unhide(xrpc: Xrpc, target: Target) -> None:
    _gate(xrpc, target, hidden=False)


def _gate(xrpc: Xrpc, target: Target, *, hidden: bool) -> None:
    """Read the gate of our thread, change it, and put it back only if it still is what was read."""
    root = _own_root(xrpc, target)
    key = root.rpartition("/")[2]
    for _ in range(SWAPS):
        there = xrpc.record(GATES, key)
        gate = at(there, "value")
        gate = gate if isinstance(gate, dict) else {"$type": GATES, "post": root, "createdAt": _now()}
        now = rows(gate, "hiddenReplies")
        if (target.ref.id in now) == hidden:
            return
        after = [*now, target.ref.id] if hidden else [uri for uri in now if uri != target.ref.id]
        if len(after) > MOST_HIDDEN:
            detail = f"{MOST_HIDDEN} answers of this thread are hidden already; Bluesky hides no more."
            raise Rejected("bluesky", detail, code="hidden-full")
        if _put(xrpc, GATES, key, {**gate, "hiddenReplies": after}, swap=word(there, "cid")):
            return
    raise Retryable("bluesky", "The thread's gate changes faster than it can be written.", code="busy")


def _own_root(xrpc: Xrpc, target: Target) -> str:
    """The first post of the thread, which must be ours. Raises Rejected otherwise."""
    root = target.ref.root.id if target.ref.root else None
    if root is None:
        post = views(xrpc, [target.ref.id]).get(target.ref.id)
        if post is None:
            raise Rejected("bluesky", "This post is not there, or is not shown to us.", code="gone")
        root = word(post, "record", "reply", "root", "uri")
    if root is None or owner(root) != xrpc.did:
        raise Rejected("bluesky", "Answers can be hidden in this account's own threads only.", code="not-moderator")
    return root


# --- muting and blocking ----------------------------------------------------------------------------------------------


def _mute(xrpc: Xrpc, target: Target) -> None:
    xrpc.post("app.bsky.graph.muteActor", {"actor": _author(target)})


def _unmute(xrpc: Xrpc, target: Target) -> None:
    xrpc.post("app.bsky.graph.unmuteActor", {"actor": _author(target)})


def _block(xrpc: Xrpc, target: Target) -> None:
    """A record under a key that follows from who is blocked, so that there is one; none where another app made one."""
    did = _author(target)
    if _blocking(xrpc, did) is None:
        block = {"$type": BLOCKS, "subject": did, "createdAt": _now()}
        _put(xrpc, BLOCKS, _block_key(did), block, swap=None)  # where it is refused, it lies there


def _unblock(xrpc: Xrpc, target: Target) -> None:
    """Our own record goes, and the one that another app made: what the AppView tells may lag behind ours."""
    did = _author(target)
    told = address(_blocking(xrpc, did) or "")
    keys = dict.fromkeys(key for key in (told.key if told else None, _block_key(did)) if key)
    for key in keys:
        if xrpc.record(BLOCKS, key) is not None:
            xrpc.post("com.atproto.repo.deleteRecord", {"repo": xrpc.did, "collection": BLOCKS, "rkey": key})


def _blocking(xrpc: Xrpc, did: str) -> str | None:
    """The address of the record by which we block somebody, as the AppView knows it."""
    return word(xrpc.get("app.bsky.actor.getProfile", actor=did), "viewer", "blocking")


def _block_key(did: str) -> str:
    return tid_of(int.from_bytes(hashlib.sha256(did.encode()).digest()[:8]) >> 1)


def _author(target: Target) -> str:
    """Whose it is: the DID that was told, or the one in whose repository it lies."""
    author = target.author or owner(target.ref.id)
    if not author:
        raise Rejected("bluesky", "Nobody knows who wrote this.", code="no-author")
    return author


# --- reporting --------------------------------------------------------------------------------------------------------


def _report(xrpc: Xrpc, target: Target) -> None:
    """com.atproto.moderation.createReport, which the PDS passes on to the moderation service that the account relies on."""
    report = {
        "reasonType": "com.atproto.moderation.defs#reasonOther",
        "reason": target.reason[:LONGEST_REASON],
        "subject": _subject(xrpc, target),
    }
    xrpc.post("com.atproto.moderation.createReport", report)


def _subject(xrpc: Xrpc, target: Target) -> dict[str, str]:
    """What is reported: a record as it stands, or a private message with who wrote it."""
    if place := place_of(target.ref.id):
        named = {"did": _author(target), "convoId": place.convo, "messageId": place.message}
        return {"$type": "chat.bsky.convo.defs#messageRef", **named}
    cid = target.ref.revision or word(views(xrpc, [target.ref.id]).get(target.ref.id), "cid")
    if cid is None:
        raise Rejected("bluesky", "This post is not there, or is not shown to us.", code="gone")
    return {"$type": "com.atproto.repo.strongRef", "uri": target.ref.id, "cid": cid}


# --- writing ----------------------------------------------------------------------------------------------------------


def _put(xrpc: Xrpc, collection: str, key: str, record: dict[str, Any], *, swap: str | None) -> bool:
    """Put a record where `swap` lies, or nothing; False where something else does, and then nothing happened."""
    body = {"repo": xrpc.did, "collection": collection, "rkey": key, "swapRecord": swap, "record": record}
    try:
        xrpc.post("com.atproto.repo.putRecord", body)
    except Ambiguous as refused:
        if refused.code == SWAPPED:
            return False
        raise
    return True


def _now() -> str:
    return written_time(datetime.now(UTC))


_ACTS: dict[Moderation, Callable[[Xrpc, Target], None]] = {
    Moderation.HIDE: _hide,
    Moderation.UNHIDE: _unhide,
    Moderation.MUTE: _mute,
    Moderation.UNMUTE: _unmute,
    Moderation.BLOCK: _block,
    Moderation.UNBLOCK: _unblock,
    Moderation.REPORT: _report,
}
