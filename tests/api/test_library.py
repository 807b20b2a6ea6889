"""The library by the API: kept, changed, retired, and used by a composition that can be posted as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.library import HANDLE, LINK_RULE, TEXT
from tests.api.rooms import Rooms, send


def test_a_composition_can_be_posted_as_it_is(rooms: Rooms) -> None:
    owner, world = rooms.owner, rooms.world
    text = send("POST", "/texts", token=owner, form=TEXT).json
    assert text["places"] == ["place", "date"]
    send("POST", "/handles", token=owner, form=HANDLE)
    assert send("PUT", "/link_rules/workspace", token=owner, form=LINK_RULE).json["hosts"] == ["ours.example"]
    form = {
        "accounts": [rooms.account, world.accounts["mastodon"].id],
        "prepared": text["id"],
        "variables": {"place": "https://ours.example/hall", "date": "Monday, says @[Ada Lovelace]"},
        "language": "de",
    }
    composed = send("POST", "/compositions", token=owner, form=form)
    assert composed.status == 200, composed.body
    tags = "utm_medium=social&utm_campaign=winter"
    assert [one["text"] for one in composed.json["variants"]] == [
        f"Am Monday, says @ada eröffnet https://ours.example/hall?utm_source=twitter&{tags}.",
        f"Am Monday, says @ada@social.example eröffnet https://ours.example/hall?utm_source=mastodon&{tags}.",
    ]
    post = send("POST", "/posts", token=owner, form=rooms.post(variants=composed.json["variants"]))
    assert post.status == 201, post.body
    assert [one["says"]["text"] for one in post.json["variants"]] == [one["text"] for one in composed.json["variants"]]


def test_what_is_retired_is_offered_no_more(rooms: Rooms) -> None:
    owner = rooms.owner
    made = {
        "texts": send("POST", "/texts", token=owner, form=TEXT).json["id"],
        "handles": send("POST", "/handles", token=owner, form=HANDLE).json["id"],
        "account_sets": send(
            "POST", "/account_sets", token=owner, form={"name": "All", "accounts": [rooms.account]}
        ).json["id"],
    }
    for place, item in made.items():
        assert [one["id"] for one in send("GET", f"/{place}", token=owner).json["items"]] == [item]
        assert send("DELETE", f"/{place}/{item}", token=owner).status == 204
        assert send("DELETE", f"/{place}/{item}", token=owner).status == 204
        assert send("GET", f"/{place}", token=owner).json["items"] == []
        assert send("GET", f"/{place}/{item}", token=owner).status == 404


def test_every_change_says_who_made_it_and_an_idle_one_is_none(rooms: Rooms) -> None:
    owner = rooms.owner
    text = send("POST", "/texts", token=owner, form=TEXT).json
    changed = send("PUT", f"/texts/{text['id']}", token=owner, form=TEXT | {"name": "Closing"}).json
    assert [one["act"] for one in changed["events"]] == ["create", "edit"]
    assert changed["events"][1]["why"] == "edited by a member: name"
    again = send("PUT", f"/texts/{text['id']}", token=owner, form=TEXT | {"name": "Closing"}).json
    assert len(again["events"]) == 2


@pytest.mark.parametrize(
    ("path", "form", "pointer"),
    [
        ("/texts", TEXT | {"wordings": []}, "/wordings"),
        ("/texts", TEXT | {"wordings": [{"language": "en", "words": "{"}]}, "/wordings/0/words"),
        ("/handles", HANDLE | {"handles": {"friendster": "ada"}}, "/handles"),
        ("/handles", HANDLE | {"handles": {"x": "a da"}}, "/handles/x"),
        ("/handles", HANDLE | {"handles": {"x": "@"}}, "/handles/x"),
        ("/handles", HANDLE | {"name": "a]b"}, "/name"),
        ("/account_sets", {"name": "All", "accounts": ["nosuch"]}, "/accounts/0"),
        ("/compositions", {"text": "Hello"}, "/accounts"),
        ("/compositions", {"accounts": ["nosuch"], "text": "Hello"}, "/accounts/0"),
    ],
)
def test_what_cannot_be_kept(rooms: Rooms, path: str, form: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", path, form).pointers == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"hosts": ["nonsense"]}, "/hosts/0"), ({"medium": " x"}, "/medium"), ({"sources": {"icq": "a"}}, "/sources")],
)
def test_a_rule_for_links_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "PUT", "/link_rules/workspace", LINK_RULE | changes).pointers == [pointer]


def test_a_precheck_tells_all_and_stores_nothing(rooms: Rooms) -> None:
    world = rooms.world
    fine = {"account": rooms.account, "text": "Hello"}
    long = {"account": world.accounts["mastodon"].id, "text": "x" * 300, "rest": [{"text": " "}]}
    before = world.record()
    report = send("POST", "/posts/precheck", token=rooms.owner, form={"variants": [fine, long]})
    assert report.status == 200, report.body
    assert report.json["fits"] is False
    assert [[one["pointer"] for one in each["faults"]] for each in report.json["accounts"]] == [
        [],
        ["/variants/1/text", "/variants/1/rest/0/text"],
    ]
    assert report.json["accounts"][1]["parts"][0] == {
        "pointer": "/variants/1/text",
        "length": 300,
        "most": 280,
        "unit": "characters",
        "begins": 280,
    }
    late = rooms.post(variants=[fine], schedule={"at": "2026-11-21T09:00", "zone": "Europe/Berlin"})
    (fault,) = send("POST", "/posts/precheck", token=rooms.owner, form=late).json["faults"]
    assert (fault["pointer"], bool(fault["fix"])) == ("/schedule/at", True)
    assert world.record() == before
