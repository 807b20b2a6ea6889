"""A campaign as callers set it up, change it, pause it, and ask how far it has come."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.access import Role
from tests.api.rooms import CAMPAIGN, Rooms, send

SEGMENT = {
    "name": "Neighbours",
    "platform": "mastodon",
    "language": "de",
    "zone": "Europe/Berlin",
    "tags": ["tools", "bikes"],
}


def campaign(rooms: Rooms, **changes: Any) -> dict[str, Any]:
    reply = send("POST", "/campaigns", token=rooms.tokens[Role.MANAGER], form=CAMPAIGN | changes)
    assert reply.status == 201, reply.body
    return dict(reply.json)


def act(rooms: Rooms, one: dict[str, Any], name: str, form: dict[str, Any] | None = None) -> dict[str, Any]:
    reply = send("POST", f"/campaigns/{one['id']}/{name}", token=rooms.owner, form=form or {"why": "so be it"})
    assert reply.status == 200, reply.body
    return dict(reply.json)


def test_what_was_set_up_is_shown_whole(rooms: Rooms) -> None:
    targets = [
        {"measure": "replies", "goal": 40, "by": "2026-12-01T00:00:00Z"},
        {"measure": "sign-ups", "goal": 4, "unit": "people"},
    ]
    made = campaign(rooms, targets=targets, segments=[SEGMENT], budget_micro_usd=5_000_000)
    shown = send("GET", f"/campaigns/{made['id']}", token=rooms.owner).json
    assert made.items() <= shown.items()
    assert shown["state"] == "running"
    assert [(one["measured_by"], one["by"], one["unit"]) for one in shown["targets"]] == [
        ("record", "2026-12-01T00:00:00Z", ""),
        ("hand", None, "people"),
    ]
    assert SEGMENT.items() <= shown["segments"][0].items()
    assert (shown["segments"][0]["community"], shown["budget_micro_usd"]) == (None, 5_000_000)


def test_an_edit_keeps_what_it_leaves_out_and_takes_away_what_is_null(rooms: Rooms) -> None:
    made = campaign(rooms, ends="2026-12-31T00:00:00Z", budget_micro_usd=1)
    path, form = f"/campaigns/{made['id']}", {"rev": made["rev"], "objective": "Say it again.", "ends": None}
    shown = send("PATCH", path, token=rooms.owner, form=form).json
    assert (shown["objective"], shown["ends"], shown["budget_micro_usd"]) == ("Say it again.", None, 1)
    assert (shown["name"], shown["targets"]) == (made["name"], made["targets"])
    assert rooms.refuses(409, "PATCH", path, form).json["type"] == "urn:parley:problem:conflict"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({}, ""),
        ({"name": ""}, "/name"),
        ({"name": None}, "/name"),
        ({"starts": "2026-12-01T00:00:00Z"}, "/starts"),
        ({"ends": "2026-11-20T00:00:00Z"}, "/ends"),
        ({"accounts": ["nosuchaccount"]}, "/accounts/0"),
        ({"owner": "nosuchmember"}, "/owner"),
        ({"budget_micro_usd": -1}, "/budget_micro_usd"),
        ({"targets": [{"measure": "m", "goal": 1}, {"measure": "m", "goal": 2}]}, "/targets/1/measure"),
        ({"segments": [{"name": "s", "zone": "Europe/Atlantis"}]}, "/segments/0/zone"),
        ({"segments": [{"name": "s", "tags": ["two words"]}]}, "/segments/0/tags/0"),
    ],
)
def test_an_edit_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    made = campaign(rooms)
    form = {"rev": made["rev"]} | changes
    assert rooms.refuses(400, "PATCH", f"/campaigns/{made['id']}", form).pointers == [pointer]


def test_a_pause_is_a_brake_and_going_on_lifts_it(rooms: Rooms) -> None:
    made = campaign(rooms)
    assert act(rooms, made, "pause")["state"] == "paused"
    assert send("GET", f"/brakes/campaign.{made['id']}", token=rooms.owner).json["state"] == "on"
    rooms.refuses(409, "POST", f"/campaigns/{made['id']}/pause", {"why": "again"})
    resumed = act(rooms, made, "resume")
    assert (resumed["state"], resumed["released"]) == ("running", 0)
    assert send("GET", f"/brakes/campaign.{made['id']}", token=rooms.owner).json["state"] == "lifted"
    assert act(rooms, made, "end")["state"] == "ended"
    assert [one["act"] for one in act(rooms, campaign(rooms), "cancel")["events"]] == ["create", "cancel"]


def test_progress_tells_what_is_reached_and_what_nobody_measures(rooms: Rooms) -> None:
    targets = [{"measure": "posts_published", "goal": 2}, {"measure": "sign-ups", "goal": 4}]
    made = campaign(rooms, targets=targets, ends="2026-12-01T00:00:00Z", budget_micro_usd=2_000_000)
    post = send("POST", "/posts", token=rooms.owner, form=rooms.post(campaign=made["id"])).json
    rooms.world.clock.move(2 * 3600)
    rooms.say(rooms.world.variant(post["variants"][0]["id"]))
    told = send("GET", f"/campaigns/{made['id']}/progress", token=rooms.tokens[Role.AUDITOR]).json
    assert [(one["measure"], one["reached"], one["course"], one["measured_by"]) for one in told["targets"]] == [
        ("posts_published", 1, "on_course", "record"),
        ("sign-ups", None, "not_measured", "hand"),
    ]
    assert told["targets"][1]["evidence"] == "nothing measures it yet: somebody has to count it"
    assert (told["variants"], told["complete"]) == ({"published": 1}, True)
    assert told["budget"]["left_micro_usd"] == 2_000_000
    shown = act(rooms, made, "counted", {"measure": "sign-ups", "value": 4, "source": "the list at the door"})
    assert (shown["counted"][0]["value"], shown["counted"][0]["by"]) == (4, rooms.world.caller.member)
    told = send("GET", f"/campaigns/{made['id']}/progress", token=rooms.owner).json
    assert (told["targets"][1]["reached"], told["targets"][1]["course"]) == (4, "reached")


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"measure": "replies", "value": 1}, "/measure"),
        ({"measure": "clicks", "value": 1}, "/measure"),
        ({"measure": "sign-ups", "value": -1}, "/value"),
        ({"measure": "sign-ups", "value": 0.5}, "/value"),
    ],
)
def test_a_count_that_cannot_be(rooms: Rooms, form: dict[str, Any], pointer: str) -> None:
    made = campaign(rooms, targets=[{"measure": "replies", "goal": 1}, {"measure": "sign-ups", "goal": 1}])
    assert rooms.refuses(400, "POST", f"/campaigns/{made['id']}/counted", form).pointers == [pointer]
