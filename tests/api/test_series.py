"""Series through the API: set up, looked at, changed as a whole and one occurrence at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rooms import Rooms, send


def made(rooms: Rooms, **changes: Any) -> dict[str, Any]:
    reply = send("POST", "/series", token=rooms.owner, form=rooms.series(**changes))
    assert reply.status == 201, reply.body
    return dict(reply.json)


def test_a_series_is_set_up_and_its_posts_are_there(rooms: Rooms) -> None:
    one = made(rooms)
    shown = send("GET", f"/series/{one['id']}/occurrences?limit=3", token=rooms.owner).json
    assert [(each["id"], each["at"], each["state"]) for each in shown["items"]] == [
        ("20261123t0900", "2026-11-23T08:00:00Z", "posted"),
        ("20261130t0900", "2026-11-30T08:00:00Z", "posted"),
        ("20261207t0900", "2026-12-07T08:00:00Z", "planned"),
    ]
    post = send("GET", f"/posts/{shown['items'][0]['post']}", token=rooms.owner).json
    assert post["variants"][0]["schedule"]["wall"] == "2026-11-23T09:00"
    rest = send("GET", f"/series/{one['id']}/occurrences?limit=100&after={shown['next']}", token=rooms.owner).json
    assert (len(rest["items"]), rest["next"]) == (9, None)


def test_one_occurrence_is_moved_and_another_left_out(rooms: Rooms) -> None:
    one = made(rooms)
    moved = f"/series/{one['id']}/occurrences/20261207t0900"
    form = {"version": 1, "at": "2026-12-08T10:30"}
    one = send("PATCH", moved, token=rooms.owner, form=form).json
    assert one["version"] == 2
    skipped = f"/series/{one['id']}/occurrences/20261214t0900"
    one = send("PATCH", skipped, token=rooms.owner, form={"version": 2, "skip": True}).json
    items = send("GET", f"/series/{one['id']}/occurrences", token=rooms.owner).json["items"]
    shown = {each["id"]: (each["state"], each["moved"], each["said_at_wall"]) for each in items}
    assert shown["20261207t0900"] == ("planned", True, "2026-12-08T10:30")
    assert shown["20261214t0900"] == ("skipped", False, "2026-12-14T09:00")
    assert shown["20261221t0900"] == ("planned", False, "2026-12-21T09:00")


def test_pausing_and_going_on(rooms: Rooms) -> None:
    one = made(rooms)
    paused = send("POST", f"/series/{one['id']}/pause", token=rooms.owner, form={"why": "a storm"}).json
    assert paused["state"] == "paused"
    assert paused["events"][-2]["why"] == "a storm"
    posts = send("GET", "/posts", token=rooms.owner).json["items"]
    assert {each["variants"][0]["state"] for each in posts} == {"cancelled"}
    assert (
        send("POST", f"/series/{one['id']}/resume", token=rooms.owner, form={"why": "over"}).json["state"] == "active"
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"rule": "FREQ=MINUTELY;COUNT=3"}, "/rule"),
        ({"rule": "every Monday"}, "/rule"),
        ({"rule": "FREQ=DAILY"}, "/rule"),
        ({"rule": ""}, "/rule"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"start": "2026-11-23"}, "/start"),
        ({"start": "2026-02-30T09:00"}, "/start"),
        ({"ends": "soon"}, "/ends"),
        ({"variants": []}, "/variants"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_what_is_wrong_is_named(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    reply = rooms.refuses(400, "POST", "/series", rooms.series(**changes))
    assert reply.pointers == [pointer]


def test_an_odd_time_in_the_address_is_not_found(rooms: Rooms) -> None:
    one = made(rooms)
    for odd in ("20261207t0901", "20261399t9999", "monday"):
        path = f"/series/{one['id']}/occurrences/{odd}"
        rooms.refuses(404, "PATCH", path, {"version": 1, "skip": True})
