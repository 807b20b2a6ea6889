"""praw, through our connector, against recorded sequences of real Reddit traffic: each path answers as it did, in that order.

A replay keeps no state and answers nothing that was not recorded, so a request that real Reddit never saw here is a 404.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.contract import Connector, Draft, RemoteRef
from connectors.registry import connect
from connectors.shape import at
from tests.connectors.kit import NOW
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.loopback import Loopback, Reply
from tests.corpus import corpus


@pytest.fixture
def server() -> Iterator[Loopback]:
    if not os.environ.get("PARLEY_LIVE"):
        pytest.skip("opt-in: make live")
    with Loopback() as running:
        yield running


def replayed(server: Loopback, name: str) -> tuple[Connector, list[Any]]:
    """A connector whose Reddit answers as it was recorded; the token alone is made up, for the recorded one is taken out."""
    steps: list[Any] = json.loads((corpus() / "reddit" / "sequences" / f"{name}.json").read_text())["sequence"]
    routes: dict[tuple[str, str], list[Reply]] = {}
    for step in steps:
        asked, came = step["request"], step["response"]
        path = urlsplit(asked["url"]).path.rstrip("/")
        headers = {key: value for key, value in came["headers"].items() if key.lower().startswith("x-ratelimit")}
        headers = {key: value[0] if isinstance(value, list) else value for key, value in headers.items()}
        routes.setdefault((asked["method"], path), []).append(Reply(came.get("json"), came["status"], headers))
    for (method, path), replies in routes.items():
        server.on(method, path, *replies)
    REDDIT.prepare(server)
    return connect("reddit", REDDIT.sign_in(server.url, timeout=10)), steps


@pytest.mark.parametrize("name", ["praw_TestComment.test_reply", "praw_TestSubmission.test_reply"])
def test_a_recorded_answer_is_sent_as_it_was_and_understood(server: Loopback, name: str) -> None:
    reddit, steps = replayed(server, name)
    form, came = steps[-1]["request"]["form"], steps[-1]["response"]["json"]
    draft = Draft(form["text"], in_reply_to=RemoteRef(form["thing_id"]))

    receipt = reddit.publish(draft, key=reddit.new_key("a send", NOW))

    assert receipt.ref.id == at(came, "json", "data", "things", 0, "data", "name")
    sent = server.last("/api/comment").form
    assert {key: sent[key] for key in form} == form
    assert server.count("POST", "/api/comment") == 1


def test_a_recorded_inbox_is_heard(server: Loopback) -> None:
    reddit, steps = replayed(server, "praw_TestInbox.test_mark_unread")
    there = {at(one, "data", "name") for one in at(steps[1], "response", "json", "data", "children")}
    page = reddit.fetch_interactions(None)
    assert {item.native_id for item in page.items} <= there
    assert len(page.items) + page.skipped == len(there)
    assert page.items, "nobody spoke to us in it"
