"""Feeds through the API: followed, looked at, paused, and given up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from tests.api.rooms import FEED, Rooms, send
from tests.services.test_curating import Site

WORDS = "{title} ({source}): {link}"


def form(rooms: Rooms, **changes: Any) -> dict[str, Any]:
    return {"name": "Town", "address": FEED, "accounts": [rooms.account], "words": WORDS} | changes


def test_a_feed_is_followed_and_its_entries_are_drafts(rooms: Rooms) -> None:
    bootstrap.use(replace(rooms.world.desk, fetcher=Site(1, 2, 3)))
    made = send("POST", "/feeds", token=rooms.owner, form=form(rooms, backlog=1))
    assert (made.status, made.json["state"], made.json["reading"]["drafted"]) == (201, "active", 1)
    (post,) = send("GET", "/posts", token=rooms.owner).json["items"]
    (variant,) = post["variants"]
    assert (variant["state"], variant["says"]["text"]) == ("draft", "News 3 (The Town): https://town.example/3")
    path = f"/feeds/{made.json['id']}"
    assert send("POST", f"{path}/pause", token=rooms.owner).json["state"] == "paused"
    rooms.refuses(409, "POST", f"{path}/pause")
    assert send("POST", f"{path}/resume", token=rooms.owner).json["state"] == "active"
    assert send("DELETE", path, token=rooms.owner).json["state"] == "closed"
    assert send("GET", path, token=rooms.owner).json["reading"]["trouble"] is None
    assert [one["id"] for one in send("GET", "/feeds", token=rooms.owner).json["items"]] == [made.json["id"]]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"words": "{title}"}, "/words"),
        ({"accounts": []}, "/accounts"),
        ({"accounts": ["nosuchaccount"]}, "/accounts/0"),
        ({"address": "http://127.0.0.1/feed"}, "/address"),
        ({"backlog": 11}, "/backlog"),
        ({"campaign": "nosuchcampaign"}, "/campaign"),
    ],
)
def test_a_feed_that_cannot_be_followed(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", "/feeds", form(rooms, **changes)).pointers == [pointer]
