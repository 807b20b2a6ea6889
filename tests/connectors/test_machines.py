"""Whether an author is a machine, as each platform tells it: yes, no, or nobody says."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.bluesky import mapping as bluesky
from connectors.capabilities import InteractionKind
from connectors.lemmy import mapping as lemmy
from connectors.mastodon import mapping as mastodon
from connectors.reddit import mapping as reddit


@pytest.mark.parametrize(
    ("told", "bot"), [({"bot": True}, True), ({"bot": False}, False), ({}, None), ({"bot": "x"}, None)]
)
def test_mastodon_tells_it_of_every_account(told: dict[str, Any], bot: bool | None) -> None:
    assert mastodon._author({"id": "1", "acct": "feeds"} | told).bot is bot


@pytest.mark.parametrize(("told", "bot"), [({"bot_account": True}, True), ({"bot_account": False}, False), ({}, None)])
def test_lemmy_tells_it_of_every_person(told: dict[str, Any], bot: bool | None) -> None:
    assert lemmy.author({"id": 1, "name": "feeds"} | told).bot is bot


@pytest.mark.parametrize(
    ("labels", "bot"),
    [
        ([{"src": "did:plc:a", "val": "bot"}], True),
        ([{"src": "did:plc:somebody", "val": "bot"}], None),
        ([{"src": "did:plc:a", "val": "graphic-media"}], None),
        ([], None),
    ],
)
def test_on_bluesky_an_author_says_so_of_themselves(labels: list[Any], bot: bool | None) -> None:
    view = {
        "uri": "at://did:plc:a/app.bsky.feed.post/1",
        "cid": "c",
        "author": {"did": "did:plc:a", "handle": "feeds.example", "labels": labels},
        "record": {"text": "Hello", "createdAt": "2026-11-21T09:00:00Z"},
    }
    found = bluesky.interaction(view, InteractionKind.MENTION, "did:plc:us")
    assert found is not None
    assert found.author.bot is bot


@pytest.mark.parametrize(("author", "bot"), [("AutoModerator", True), ("ada", None), ("not_a_bot", None)])
def test_reddit_has_one_machine_of_its_own(author: str, bot: bool | None) -> None:
    assert reddit.author_of({"author": author, "author_fullname": "t2_1"}).bot is bot
