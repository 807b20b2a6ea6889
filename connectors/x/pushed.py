"""X's activity events, as X brings them to a webhook: one event in each, signed with the app's consumer secret.

X asks for a proof of that secret by GET with `crc_token`, and brings an event at least once. Sources: docs.x.com,
X Activity API (event payloads, introduction) and V2 webhooks. Events that are nobody's interaction are taken and left.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.contract import Identity
from connectors.inbound import Delivery, Unreadable, compare, signature
from connectors.shape import at, word
from connectors.x import mapping

REPLAYS: Final = True
HEADER: Final = "x-twitter-webhooks-signature"
_SAID: Final = frozenset({"post.mention.create", "post.reply.create", "post.quote.create"})
"""Events by which somebody says something toward the account."""


def challenge(secret: str, token: str) -> dict[str, str]:
    """What X expects for a `crc_token`."""
    return {"response_token": "sha256=" + b64encode(signature(secret, token.encode())).decode()}


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:  # noqa: ARG001 - X tells no time
    """Raises Forged where the body was not signed with the app's secret."""
    compare(headers.get(HEADER), signature(secret, body))


def read(body: bytes, own: Identity) -> Delivery:
    """The post in an event. Raises Unreadable where it is no event, or another account's."""
    try:
        event = at(json.loads(body), "data")
    except ValueError:
        raise Unreadable("the body is no JSON") from None
    uuid, kind = word(event, "event_uuid"), word(event, "event_type")
    if uuid is None or kind is None:
        raise Unreadable("the body holds no data.event_uuid and data.event_type")
    if word(event, "filter", "user_id") != own.id:
        raise Unreadable("data.filter.user_id is not this account")
    if kind not in _SAID:
        return Delivery(uuid, (), 1)
    page = {"data": [at(event, "payload")], "includes": at(event, "includes")}
    items, skipped = mapping.interactions(page, own.id)
    return Delivery(uuid, tuple(items), skipped)
