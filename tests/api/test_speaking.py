"""Posts through the API: times and zones, sending the same request twice, what happens next, and cancelling."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.services.publishing import publish
from tests.api.rooms import CAMPAIGN, Reply, Rooms, send


def schedule(rooms: Rooms, key: str | None = None, **changes: Any) -> Reply:
    headers = {} if key is None else {"idempotency-key": key}
    return send("POST", "/posts", token=rooms.owner, form=rooms.post(**changes), headers=headers)


@pytest.mark.parametrize(
    ("at", "zone", "instant"),
    [
        ("2026-11-21T12:00", "Europe/Berlin", "2026-11-21T11:00:00Z"),
        ("2026-11-21T12:00:30.5", "UTC", "2026-11-21T12:00:30.500000Z"),
        ("2026-11-21T12:00+01:00", "Europe/Berlin", "2026-11-21T11:00:00Z"),
        ("2026-11-21T11:00Z", "Europe/Berlin", "2026-11-21T11:00:00Z"),
        ("2026-11-21T20:00+05:45", "Asia/Kathmandu", "2026-11-21T14:15:00Z"),
        # Spring: 02:00 to 03:00 does not exist, the time moves forward by the gap.
        ("2027-03-28T01:59", "Europe/Berlin", "2027-03-28T00:59:00Z"),
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00Z"),
        ("2027-03-28T03:00", "Europe/Berlin", "2027-03-28T01:00:00Z"),
        # Autumn: 02:00 to 03:00 comes twice; the first, unless the offset asks for the second.
        ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00Z"),
        ("2027-10-31T02:30+02:00", "Europe/Berlin", "2027-10-31T00:30:00Z"),
        ("2027-10-31T02:30+01:00", "Europe/Berlin", "2027-10-31T01:30:00Z"),
        ("2027-10-31T03:00", "Europe/Berlin", "2027-10-31T02:00:00Z"),
        # Half an hour only, on Lord Howe Island.
        ("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:45:00Z"),
    ],
)
def test_a_wall_time_becomes_the_instant_that_was_meant(rooms: Rooms, at: str, zone: str, instant: str) -> None:
    reply = schedule(rooms, schedule={"at": at, "zone": zone})
    assert reply.status == 201, reply.body
    (variant,) = reply.json["variants"]
    assert variant["schedule"] == {"at": instant, "zone": zone, "wall": at, "late_limit_seconds": 3600}
    assert variant["next"] == {"what": "it is sent", "at": instant}


def test_a_minute_ago_still_means_now(rooms: Rooms) -> None:
    assert schedule(rooms, schedule={"at": "2026-11-21T09:59:30", "zone": "Europe/Berlin"}).status == 201
    late = schedule(rooms, schedule={"at": "2026-11-21T09:58:30", "zone": "Europe/Berlin", "late_limit_seconds": 600})
    assert (late.status, late.pointers) == (400, ["/schedule/at"])


def test_the_post_is_read_as_it_was_made(rooms: Rooms) -> None:
    campaign = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json["id"]
    accounts = rooms.world.accounts
    text = "Grüße 👩‍👩‍👧 e\u0301 \u05e9\u05dc\u05d5\u05dd\nsecond line"
    made = schedule(
        rooms,
        campaign=campaign,
        variants=[
            {"account": accounts["x"].id, "text": text, "language": "de"},
            {"account": accounts["mastodon"].id, "text": "Hello"},
        ],
    ).json
    assert made.pop("remarks") == []
    read = send("GET", f"/posts/{made['id']}", token=rooms.owner).json
    assert read.pop("names")["campaigns"] == {campaign: "Winter"}
    assert read == made
    first, second = read["variants"]
    assert first["says"] == {
        "text": text,
        "title": None,
        "community": None,
        "language": "de",
        "pictures": [],
        "rest": [],
        "options": {},
    }
    assert (first["platform"], second["platform"]) == ("x", "mastodon")
    assert [first["state"], first["in_doubt"], first["attempts"], first["remote"]] == ["scheduled", False, 0, None]
    assert first["events"][0]["actor"] == f"member:{rooms.world.caller.member}"
    shown = send("GET", f"/campaigns/{campaign}", token=rooms.owner).json
    assert shown["variants"] == {"scheduled": 2}
    assert shown["variants_complete"] is True
    listed = send("GET", "/posts", token=rooms.owner).json
    assert (listed["items"], listed["next"]) == ([read], None)


def test_the_same_key_is_the_same_post(rooms: Rooms) -> None:
    first = schedule(rooms, "a-key")
    stored = rooms.world.record()
    again = schedule(rooms, "a-key")
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert rooms.world.record() == stored
    other = schedule(rooms, "another-key")
    assert other.json["id"] != first.json["id"]
    assert len(send("GET", "/posts", token=rooms.owner).json["items"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Something else"},
        {"at": "2026-11-21T13:00"},
        {"campaign": True},
        {"account": True},
    ],
)
def test_the_same_key_for_something_else_is_refused(rooms: Rooms, change: dict[str, Any]) -> None:
    campaign = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json["id"]
    schedule(rooms, "a-key")
    before = rooms.world.record()
    form: dict[str, Any] = rooms.post()
    if "text" in change:
        form["variants"][0]["text"] = change["text"]
    elif "at" in change:
        form["schedule"]["at"] = change["at"]
    elif "campaign" in change:
        form["campaign"] = campaign
    else:
        form["variants"][0]["account"] = rooms.world.accounts["bluesky"].id
    reply = send("POST", "/posts", token=rooms.owner, form=form, headers={"idempotency-key": "a-key"})
    assert reply.status == 409
    assert rooms.world.record() == before


def test_a_key_belongs_to_its_workspace(rooms: Rooms) -> None:
    own = schedule(rooms, "a-key").json["id"]
    form = rooms.post()
    reply = send("POST", "/posts", token=rooms.stranger, form=form, headers={"idempotency-key": "a-key"})
    assert reply.status == 400, "the stranger is told about the account, and nothing about the key"
    assert own not in reply.body.decode()


def test_two_at_once_with_one_key_make_one_post_that_says_one_thing(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = schedule(rooms, "a-key").json
    repository = type(rooms.world.desk.store.posts)
    truly, blind = repository.get, iter([True])

    def looked_too_early(self: Any, workspace: str, item_id: str) -> Any:
        if self.noun == "post" and next(blind, False):
            return None
        return truly(self, workspace, item_id)

    monkeypatch.setattr(repository, "get", looked_too_early)
    other = schedule(rooms, "a-key", variants=[{"account": rooms.account, "text": "Other words"}])
    assert other.status == 409
    (post,) = send("GET", "/posts", token=rooms.owner).json["items"]
    assert post == {name: value for name, value in first.items() if name != "remarks"}, (
        "the loser left nothing of its own behind"
    )


def test_cancelled_is_never_said(rooms: Rooms) -> None:
    variant = schedule(rooms).json["variants"][0]["id"]
    cancelled = send("POST", f"/variants/{variant}/cancel", token=rooms.owner)
    assert (cancelled.status, cancelled.json["state"], cancelled.json["next"]) == (200, "cancelled", None)
    assert send("POST", f"/variants/{variant}/cancel", token=rooms.owner).status == 200
    rooms.world.clock.move(3 * 3600)
    publish(rooms.world.desk, rooms.world.workspace.id, variant)
    assert rooms.world.platforms["x"].posted == []


def test_what_was_said_cannot_be_cancelled(rooms: Rooms) -> None:
    variant = schedule(rooms).json["variants"][0]["id"]
    rooms.world.clock.move(2 * 3600)
    publish(rooms.world.desk, rooms.world.workspace.id, variant)
    reply = send("POST", f"/variants/{variant}/cancel", token=rooms.owner)
    assert reply.status == 409
    (shown,) = send("GET", "/posts", token=rooms.owner).json["items"][0]["variants"]
    assert (shown["state"], shown["next"], shown["attempts"]) == ("published", None, 1)
    assert shown["remote"] == {"id": "x-1", "url": "https://x.example/1"}


def test_doubt_is_shown_with_when_it_ends(rooms: Rooms) -> None:
    world = rooms.world
    world.platforms["x"].script.append("answer lost")
    variant = schedule(rooms).json["variants"][0]["id"]
    world.clock.move(2 * 3600)
    publish(world.desk, world.workspace.id, variant)
    (shown,) = send("GET", "/posts", token=rooms.owner).json["items"][0]["variants"]
    assert (shown["state"], shown["in_doubt"]) == ("sending", True)
    assert "asked" in shown["next"]["what"]
    # lease 65 s, landing 30 s, visible 10 s, skew 2 s after the claim at 11:00:01.
    assert shown["next"]["at"] == "2026-11-21T11:01:48Z"


def test_lists_come_in_pages_without_gap_or_repeat(rooms: Rooms) -> None:
    made = []
    for _ in range(7):
        rooms.world.clock.move(1)
        made.append(schedule(rooms).json["id"])
    read, after = [], ""
    while True:
        page = send("GET", f"/posts?limit=3{after}", token=rooms.owner).json
        assert len(page["items"]) <= 3
        read += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next'].replace('=', '%3D')}"
    assert read == made[::-1]
    foreign = send("GET", f"/posts?limit=3{after}", token=rooms.stranger).json
    assert not any(foreign.pop("names").values())
    assert foreign == {"items": [], "next": None}, "a page token leads into no other workspace"
