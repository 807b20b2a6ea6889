"""Interactions passed on by a program of one's own, for any platform: signed JSON, good for five minutes, good once.

The body is `{"id": "...", "items": [{...}]}`; docs/webhooks.md tells its fields. Signed is the time of the header
`parley-timestamp` (Unix seconds), a full stop, and the body: `parley-signature: sha256=<base 64 of HMAC-SHA-256>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.capabilities import InteractionKind
from connectors.contract import Identity, RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.inbound import Delivery, Forged, Unreadable, compare, signature
from connectors.shape import at, moment, rows, word

REPLAYS: Final = False
TIMESTAMP: Final = "parley-timestamp"
SIGNATURE: Final = "parley-signature"
FRESH: Final = timedelta(minutes=5)
MOST_ITEMS: Final = 100
_LONGEST_ID: Final = 200
_KINDS = {kind.value: kind for kind in InteractionKind}


def challenge(secret: str, token: str) -> dict[str, str]:  # noqa: ARG001
    """A relay asks for no proof. Raises Unreadable."""
    raise Unreadable("a relay has no challenge")


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """Raises Forged where it was not signed with the secret, or not within the last five minutes."""
    told = headers.get(TIMESTAMP, "")
    if not told.isascii() or not told.isdigit() or len(told) > 12:
        raise Forged(f"it has no {TIMESTAMP} in Unix seconds")
    compare(headers.get(SIGNATURE), signature(secret, told.encode(), body))
    if abs(now.timestamp() - int(told)) > FRESH.total_seconds():
        raise Forged("its time is more than five minutes away from ours")


def read(body: bytes, own: Identity) -> Delivery:
    """What it passes on; single items that cannot be read, or are our own, are left out and counted. Raises Unreadable."""
    try:
        whole = json.loads(body)
    except ValueError:
        raise Unreadable("the body is no JSON") from None
    told, items = word(whole, "id"), rows(whole, "items")
    if told is None or not 1 <= len(told) <= _LONGEST_ID:
        raise Unreadable(f"`id` must be a text of up to {_LONGEST_ID} characters")
    if not 1 <= len(items) <= MOST_ITEMS:
        raise Unreadable(f"`items` must hold 1 to {MOST_ITEMS} interactions")
    found = [one for item in items if (one := _interaction(item)) is not None and one.author.id != own.id]
    return Delivery(told, tuple(found), len(items) - len(found))


def _author(told: Any) -> RemoteAuthor:
    bot = at(told, "bot")
    return RemoteAuthor(
        word(told, "id"), word(told, "handle"), word(told, "name"), bot if isinstance(bot, bool) else None
    )


def _interaction(item: Any) -> RemoteInteraction | None:
    native, kind, text = word(item, "native_id"), _KINDS.get(word(item, "kind") or ""), word(item, "text")
    made = moment(word(item, "created_at"))
    if native is None or kind is None or text is None or made is None:
        return None
    url, root = word(item, "url"), word(item, "root_id")
    ref = RemoteRef(
        word(item, "ref_id") or native, url, word(item, "revision"), RemoteRef(root) if root is not None else None
    )
    return RemoteInteraction(
        native_id=native,
        kind=kind,
        author=_author(at(item, "author")),
        text=text,
        created_at=made,
        conversation_id=word(item, "conversation_id") or root or native,
        ref=ref,
        parent_id=word(item, "parent_id"),
        language=word(item, "language"),
        community=word(item, "community"),
        url=url,
    )
