"""What the tests of the contract suite have in common: a connector that is let in, and what its platform shows."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import Connector, Draft
from connectors.errors import AuthExpired, RateLimited, Retryable
from connectors.registry import connect
from tests.connectors.kit import NOW, Kit
from tests.connectors.loopback import CLOSE, CUT, HANG, Loopback, Reply

A_READING_THAT_FAILS = pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HANG, Retryable),
        (CLOSE, Retryable),
        (CUT, Retryable),
        (Reply({}, 500), Retryable),
        (Reply(raw=b"<html>"), Retryable),
        (Reply("words"), Retryable),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
        (Reply({"error": "ExpiredToken"}, 401), AuthExpired),
    ],
    ids=["hang", "close", "cut", "500", "html", "words", "429", "401"],
)
"""How a platform may fail what only reads, and the error that follows."""


def ready(kit: Kit, server: Loopback, timeout: float = 0.4) -> Connector:
    """A connector whose platform lets it in, signed in. timeout: seconds that it waits for an answer."""
    kit.prepare(server)
    connector = connect(kit.platform, kit.sign_in(server.url, timeout=timeout))
    connector.sign_in()
    return connector


def posted(kit: Kit, server: Loopback, *own: Any) -> None:
    """From now on the account has posted these, newest first, and they fit on one page."""
    path, listing = kit.own_listing
    if own[0][1].in_reply_to:
        path = path.replace("submitted", "comments")
    server.on("GET", path, lambda asked: Reply([] if "max_id" in asked.query else listing(list(own))))


def key_of(connector: Connector) -> str:
    return connector.new_key("variant-1", NOW)


def writes(kit: Kit, server: Loopback) -> int:
    return server.count(*kit.write)


def shown(kit: Kit, server: Loopback, draft: Draft, *, ours: bool = True) -> None:
    """From now on the platform shows the post `created_id`, and it says this."""
    path, show = kit.look_up
    path = kit.reply_look_up or path if draft.in_reply_to else path
    server.on("GET", path, Reply(show(draft, ours=ours)))


def has_joined(kit: Kit, part: str) -> Any:
    """What the kit says for this part of the suite; skips the test where it says nothing yet."""
    found = getattr(kit, part)
    if not found:
        pytest.skip(f"{kit.platform} has not joined this part of the suite: its kit says nothing of `{part}`")
    return found
