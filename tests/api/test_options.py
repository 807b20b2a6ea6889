"""Options through the API: what is asked for comes back as it was asked; what cannot be is a problem, and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from connectors.capabilities import Objection, Standing, Terms
from connectors.contract import Draft
from connectors.option_rules import objection_to_options
from connectors.options import Audience, Option, PollLimits, WhoMayReply
from tests.api.rooms import Rooms, send

ASKED = {
    "warning": "Long",
    "sensitive": True,
    "audience": "unlisted",
    "who_may_reply": ["following", "mentioned"],
    "flair": "f-1",
    "poll": {"choices": ["Yes", "No"], "minutes": 60, "many": False},
    "card": {"url": "https://example.org/", "title": "A title"},
}


@pytest.fixture
def able(rooms: Rooms) -> Iterator[Rooms]:
    """Rooms in which Mastodon has every option, X none, and it is told as the registry tells it."""
    world = rooms.world
    world.platforms["mastodon"].extra = {
        "options": frozenset(Option),
        "audiences": frozenset(Audience),
        "who_may_reply": frozenset(WhoMayReply),
        "polls": PollLimits(2, 4, 25, timedelta(minutes=5), timedelta(days=7)),
    }

    def objection(platform: str, draft: Draft, terms: Terms, standing: Standing) -> Objection | None:
        del terms, standing
        return objection_to_options(world.desk.platforms.capabilities(platform), draft)

    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, objection=objection))
    bootstrap.use(world.desk)
    yield rooms
    bootstrap.use(None)


def variant(rooms: Rooms, options: Any, platform: str = "mastodon") -> dict[str, Any]:
    return {"account": rooms.world.accounts[platform].id, "text": "Tea?", "options": options}


def test_what_is_asked_for_comes_back_as_it_was_asked(able: Rooms) -> None:
    made = send("POST", "/posts", token=able.owner, form=able.post(variants=[variant(able, ASKED)]))
    assert made.status == 201, made.body
    (shown,) = made.json["variants"]
    assert shown["says"]["options"] == ASKED
    again = send("GET", f"/posts/{made.json['id']}", token=able.owner).json
    assert again["variants"][0]["says"]["options"] == ASKED


def test_what_is_not_asked_for_is_not_shown(able: Rooms) -> None:
    made = send("POST", "/posts", token=able.owner, form=able.post()).json
    assert made["variants"][0]["says"]["options"] == {}


def test_an_edit_takes_all_of_them_or_leaves_them(able: Rooms) -> None:
    made = send("POST", "/posts", token=able.owner, form=able.post(variants=[variant(able, ASKED)])).json
    path = f"/variants/{made['variants'][0]['id']}"
    words = send("PATCH", path, token=able.owner, form={"version": 1, "text": "Coffee?"}).json
    assert words["says"]["options"] == ASKED
    fewer = send("PATCH", path, token=able.owner, form={"version": 2, "options": {"sensitive": True}}).json
    assert fewer["says"]["options"] == {"sensitive": True}
    assert fewer["events"][-1]["why"] == "edited by a member: options"
    none = send("PATCH", path, token=able.owner, form={"version": 3, "options": {}}).json
    assert none["says"]["options"] == {}


def test_a_draft_keeps_what_its_platform_has_not_until_it_is_scheduled(able: Rooms) -> None:
    form = {"variants": [variant(able, ASKED, "x")]}
    draft = send("POST", "/drafts", token=able.owner, form=form)
    assert draft.status == 201, draft.body
    shown = draft.json["variants"][0]
    assert shown["says"]["options"] == ASKED
    scheduled = {"schedule": able.post()["schedule"]}
    told = able.refuses(400, "POST", f"/posts/{draft.json['id']}/schedule", scheduled)
    assert told.pointers[0].endswith("/options/audience")
    fixed = send("PATCH", f"/drafts/{shown['id']}", token=able.owner, form={"version": 1, "options": {}}).json
    assert fixed["says"]["options"] == {}
    assert send("POST", f"/posts/{draft.json['id']}/schedule", token=able.owner, form=scheduled).status == 200


def test_a_composition_can_be_posted_with_them(able: Rooms) -> None:
    form = {
        "accounts": [able.account, able.world.accounts["mastodon"].id],
        "text": "Tea?",
        "options": ASKED,
        "own": [{"account": able.account, "options": {}}],
    }
    composed = send("POST", "/compositions", token=able.owner, form=form)
    assert composed.status == 200, composed.body
    assert [one.get("options") for one in composed.json["variants"]] == [None, ASKED]
    made = send("POST", "/posts", token=able.owner, form=able.post(variants=composed.json["variants"]))
    assert made.status == 201, made.body


def test_a_precheck_says_what_scheduling_would_say(able: Rooms) -> None:
    form = able.post(variants=[variant(able, ASKED, "x")])
    told = send("POST", "/posts/precheck", token=able.owner, form=form)
    assert told.status == 200
    (fault,) = told.json["accounts"][0]["faults"]
    refused = able.refuses(400, "POST", "/posts", form)
    assert refused.pointers == [fault["pointer"]] == ["/variants/0/options/audience"]
    assert send("GET", "/posts", token=able.owner).json["items"] == []


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"audience": "friends"}, "/variants/0/options/audience"),
        ({"who_may_reply": ["nobody", "friends"]}, "/variants/0/options/who_may_reply/1"),
        ({"poll": {"choices": ["Yes"], "minutes": 60}}, "/variants/0/options/poll/choices"),
        ({"poll": {"choices": ["Yes", " "], "minutes": 60}}, "/variants/0/options/poll/choices/1"),
        ({"poll": {"choices": ["Yes", "No"]}}, "/variants/0/options/poll/minutes"),
        ({"poll": {"choices": ["Yes", "No"], "minutes": 0}}, "/variants/0/options/poll/minutes"),
        ({"card": {"url": "javascript:alert(1)"}}, "/variants/0/options/card/url"),
        ({"card": {"url": "https://example.org/", "title": "a\nb"}}, "/variants/0/options/card/title"),
        ({"warning": "x" * 501}, "/variants/0/options/warning"),
        ({"sensitive": "yes"}, "/variants/0/options/sensitive"),
        ({"flair": "a b"}, "/variants/0/options/flair"),
        ({"colour": "red"}, "/variants/0/options/colour"),
        ({"poll": {"choices": ["Yes", "No"], "minutes": 1}}, "/variants/0/options/poll"),
        ({"poll": {"choices": ["Yes", "Yes"], "minutes": 60}}, "/variants/0/options/poll"),
        ({"card": {"url": "https://example.org/", "picture": "nosuch"}}, "/variants/0/options/card"),
    ],
)
def test_what_cannot_be_is_a_problem_and_nothing_is_kept(able: Rooms, options: dict[str, Any], pointer: str) -> None:
    assert able.refuses(400, "POST", "/posts", able.post(variants=[variant(able, options)])).pointers == [pointer]
    assert send("GET", "/posts", token=able.owner).json["items"] == []
