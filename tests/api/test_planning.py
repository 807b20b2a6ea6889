"""Blackouts, slots and batches through the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rooms import BLACKOUT, Rooms, send


def test_a_blackout_lists_what_lies_in_it_and_moves_it_as_previewed(rooms: Rooms) -> None:
    form = rooms.post(schedule={"at": "2026-12-24T18:00", "zone": "Europe/Berlin"})
    post = send("POST", "/posts", token=rooms.owner, form=form).json
    blackout = send("POST", "/blackouts", token=rooms.owner, form=BLACKOUT).json
    assert [one["variant"] for one in blackout["inside"]] == [post["variants"][0]["id"]]
    refused = rooms.refuses(400, "POST", "/posts", form)
    assert refused.pointers == ["/schedule/at"]
    assert "2026-12-27T00:00 (Europe/Berlin)" in refused.json["errors"][0]["fix"]
    path = f"/blackouts/{blackout['id']}"
    preview = send("GET", f"{path}/preview", token=rooms.owner).json
    assert preview["items"][0]["wall"] == "2026-12-27T00:00"
    rooms.refuses(409, "POST", f"{path}/clear", {"preview": "another"})
    done = send("POST", f"{path}/clear", token=rooms.owner, form={"preview": preview["preview"]})
    assert done.json["items"][0]["why_not"] is None
    assert send("GET", path, token=rooms.owner).json["inside"] == []
    assert send("POST", f"{path}/lift", token=rooms.owner, form={"why": "over"}).json["state"] == "lifted"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ends": "2026-12-20T00:00"}, "/ends"),
        ({"starts": "2020-01-01T00:00", "ends": "2020-01-02T00:00"}, "/ends"),
        ({"ends": None}, ""),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"account": "aaaaaaaaaaaaaaaa"}, "/account"),
        ({"hours": {"days": ["MO"], "since": "22:00", "until": "06:00", "zone": "UTC"}}, ""),
        ({"hours": {"days": ["XX"], "since": "22:00", "until": "06:00", "zone": "UTC"}}, "/hours/days/0"),
    ],
)
def test_a_blackout_that_cannot_be_is_refused(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", "/blackouts", BLACKOUT | changes).pointers == [pointer]


def test_weekly_hours_are_told_where_they_are_no_time(rooms: Rooms) -> None:
    form = {"reason": "Nights", "hours": {"days": ["MO"], "since": "29:00", "until": "06:00", "zone": "UTC"}}
    assert rooms.refuses(400, "POST", "/blackouts", form).pointers == ["/hours"]
    form["hours"] = {"days": ["MO"], "since": "22:00", "until": "06:00", "zone": "UTC"}
    assert send("POST", "/blackouts", token=rooms.owner, form=form).status == 201


def test_slots_and_what_takes_them(rooms: Rooms) -> None:
    path = f"/accounts/{rooms.account}"
    assert send("GET", f"{path}/slots", token=rooms.owner).json["slots"] == []
    rooms.refuses(409, "POST", f"{path}/queue", {"text": "Hello"})
    form = {"zone": "Europe/Berlin", "slots": [{"day": "TH", "at": "17:00"}, {"day": "MO", "at": "09:00"}]}
    assert send("PUT", f"{path}/slots", token=rooms.owner, form=form).status == 200
    queued = send("POST", f"{path}/queue", token=rooms.owner, form={"text": "Hello"}, headers={"idempotency-key": "k"})
    assert (queued.status, queued.json["wall"]) == (201, "2026-11-23T09:00")
    again = send("POST", f"{path}/queue", token=rooms.owner, form={"text": "Hello"}, headers={"idempotency-key": "k"})
    assert again.json == queued.json
    shown = send("GET", f"{path}/slots", token=rooms.owner).json
    assert [one["variant"] for one in shown["next"][:2]] == [queued.json["variant"], None]
    assert [one["day"] for one in shown["slots"]] == ["MO", "TH"]


def test_a_batch_is_previewed_then_scheduled(rooms: Rooms) -> None:
    window = {"since": "2026-11-21T12:00", "until": "2026-11-21T16:00", "zone": "Europe/Berlin"}
    form = {"window": window, "variants": [{"account": rooms.account, "text": f"Text {one}"} for one in range(4)]}
    shown = send("POST", "/posts/spread", token=rooms.owner, form=form | {"preview": True})
    assert shown.status == 200
    assert [one["wall"][11:] for one in shown.json["items"]] == ["12:30", "13:30", "14:30", "15:30"]
    assert send("GET", "/posts", token=rooms.owner).json["items"] == []
    done = send("POST", "/posts/spread", token=rooms.owner, form=form)
    assert done.status == 201
    assert [one["at"] for one in done.json["items"]] == [one["at"] for one in shown.json["items"]]
    tight = form | {"window": {**window, "gap_minutes": 120}}
    assert rooms.refuses(400, "POST", "/posts/spread", tight).pointers == ["/window"]


def test_as_soon_as_possible_is_now_and_the_same_request_again_means_the_first(rooms: Rooms) -> None:
    form, headers = rooms.post(schedule={"at": "now", "zone": "Europe/Berlin"}), {"idempotency-key": "at-once"}
    first = send("POST", "/posts", token=rooms.owner, form=form, headers=headers)
    schedule = first.json["variants"][0]["schedule"]
    assert (first.status, schedule["at"], schedule["wall"]) == (201, "2026-11-21T09:00:01Z", "2026-11-21T10:00:01")
    rooms.pass_time(30)
    assert [text for text, *_ in rooms.world.platforms["x"].posted] == ["Hello"]
    again = send("POST", "/posts", token=rooms.owner, form=form, headers=headers)
    assert again.json["id"] == first.json["id"]
    later = send("POST", "/posts", token=rooms.owner, form=form, headers={"idempotency-key": "another"})
    assert later.json["variants"][0]["schedule"]["at"] == "2026-11-21T09:00:31Z"
    assert rooms.refuses(400, "POST", "/posts", rooms.post(schedule={"at": "now", "zone": "Mars"})).pointers == [
        "/schedule/zone"
    ]
