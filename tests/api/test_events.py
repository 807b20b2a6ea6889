"""Events through the API: looked at, planned, moved, cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rooms import Rooms, send


def test_an_event_is_looked_at_planned_moved_and_cancelled(rooms: Rooms) -> None:
    shown = send("POST", "/events", token=rooms.owner, form=rooms.event(preview=True))
    assert (shown.status, shown.json["told"][0]["says"][0]["text"]) == (200, "Open day on 2026-12-05 at 10:00")
    assert send("GET", "/posts", token=rooms.owner).json["items"] == []
    event = send("POST", "/events", token=rooms.owner, form=rooms.event())
    assert (event.status, len(send("GET", "/posts", token=rooms.owner).json["items"])) == (201, 2)
    path = f"/events/{event.json['id']}"
    form = {"version": 1, "starts": "2026-12-12T10:00"}
    moved = send("POST", f"{path}/move", token=rooms.owner, form=form).json
    assert [one["wall"] for one in moved["told"]] == ["2026-12-05T10:00", "2026-12-12T10:00"]
    assert moved["told"][0]["says"][0]["text"] == "Open day on 2026-12-12 at 10:00"
    rooms.refuses(409, "POST", f"{path}/move", form)
    over = send("POST", f"{path}/cancel", token=rooms.owner, form={"version": 2, "say": None, "why": "no hall"}).json
    assert (over["state"], over["farewell"]) == ("cancelled", None)
    assert send("GET", path, token=rooms.owner).json["version"] == 3


def test_whoever_cancels_must_say_what_is_said(rooms: Rooms) -> None:
    event = send("POST", "/events", token=rooms.owner, form=rooms.event()).json
    reply = rooms.refuses(400, "POST", f"/events/{event['id']}/cancel", {"version": 1, "why": "no hall"})
    assert reply.pointers == ["/say"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"announcements": []}, "/announcements"),
        ({"starts": "2026-12-05"}, "/starts"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"link": "javascript:alert(1)"}, "/link"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_is_wrong_is_named(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", "/events", rooms.event(**changes)).pointers == [pointer]
