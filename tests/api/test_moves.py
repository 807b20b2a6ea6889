"""Many are moved or cancelled as it was shown, and what changed since is left alone and told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.moving import shifted
from chalicelib.domain.post import Schedule
from chalicelib.domain.timing import instant, wall_time
from tests.api.rooms import CAMPAIGN, Rooms, send

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def scheduled(rooms: Rooms, wall: str, text: str, platform: str = "x", **post: Any) -> str:
    """The id of a variant that is to be said then."""
    form = rooms.post(
        schedule={"at": wall, "zone": "Europe/Berlin"},
        variants=[{"account": rooms.world.accounts[platform].id, "text": text}],
        **post,
    )
    reply = send("POST", "/posts", token=rooms.owner, form=form)
    assert reply.status == 201, reply.body
    return str(reply.json["variants"][0]["id"])


def applied(rooms: Rooms, path: str, plan: dict[str, Any]) -> dict[str, Any]:
    reply = send("POST", f"{path}/{plan['id']}/apply", token=rooms.owner)
    assert reply.status == 200, reply.body
    return dict(reply.json)


def test_a_move_is_shown_first_and_keeps_the_hour_when_the_clocks_change(rooms: Rooms) -> None:
    variant = scheduled(rooms, "2027-03-27T09:00", "Before the clocks change")
    before = rooms.world.variant(variant)
    plan = rooms.planned("/moves", by_minutes=24 * 60)
    (item,) = plan["items"]
    assert item["becomes"] == {"at": "2027-03-28T07:00:00Z", "zone": "Europe/Berlin", "wall": "2027-03-28T09:00"}
    assert item["at"] == "2027-03-27T08:00:00Z"
    assert (plan["complete"], plan["can"]) == (True, 1)
    assert rooms.world.variant(variant) == before, "nothing is changed by looking"
    assert applied(rooms, "/moves", plan) == {"done": 1, "left": 0, "items": [{"variant": variant, "why_not": None}]}
    after = rooms.world.variant(variant)
    assert after.schedule.at == datetime(2027, 3, 28, 7, tzinfo=UTC)
    assert [one.act for one in after.events] == ["schedule", "edit"]


def test_only_what_is_as_it_was_shown_is_done(rooms: Rooms) -> None:
    first, second = scheduled(rooms, "2027-01-10T09:00", "First"), scheduled(rooms, "2027-01-10T10:00", "Second")
    plan = rooms.planned("/cancellations")
    edit = {"version": 1, "text": "First, better"}
    assert send("PATCH", f"/variants/{first}", token=rooms.owner, form=edit).status == 200
    late = scheduled(rooms, "2027-01-10T11:00", "Came later")
    done = applied(rooms, "/cancellations", plan)
    assert (done["done"], done["left"]) == (1, 1)
    assert {one["variant"]: one["why_not"] for one in done["items"]} == {first: "it was changed since", second: None}
    states = {one: rooms.world.variant(one).state.value for one in (first, second, late)}
    assert states == {first: "scheduled", second: "cancelled", late: "scheduled"}
    again = applied(rooms, "/cancellations", plan)
    assert again["done"] == 0, "what was done is not as it was shown any more"


def test_what_is_meant_is_chosen_by_campaign_account_label_time_and_state(rooms: Rooms) -> None:
    campaign = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json["id"]
    mine = scheduled(rooms, "2027-01-10T09:00", "Of the campaign", campaign=campaign)
    other = scheduled(rooms, "2027-01-11T09:00", "Elsewhere", "mastodon")
    table = f"when,account,text,labels\n2027-01-12T09:00,{rooms.account},Labelled,spring | howto\n"
    brought = rooms.bring(table).json["id"]
    send("POST", f"/imports/{brought}/begin", token=rooms.owner, form={"mode": "row_wise"})
    labelled = send("GET", f"/imports/{brought}/rows", token=rooms.owner).json["items"][0]["post"] + ".0"

    def chosen(**form: Any) -> list[str]:
        return [one["variant"] for one in rooms.planned("/cancellations", **form)["items"]]

    assert chosen() == [mine, other, labelled]
    assert chosen(campaign=campaign) == [mine]
    assert chosen(account=rooms.world.accounts["mastodon"].id) == [other]
    assert chosen(label="spring") == [labelled]
    assert chosen(label="Spring") == []
    assert chosen(since="2027-01-11T08:00:00Z", until="2027-01-12T08:00:00Z") == [other]
    assert chosen(states=["held"]) == []


def test_what_cannot_be_moved_says_why(rooms: Rooms) -> None:
    early = scheduled(rooms, "2026-11-21T12:00", "Soon")
    inside = scheduled(rooms, "2027-01-10T09:00", "Into the holidays")
    free = scheduled(rooms, "2027-02-10T09:00", "Well after")
    proposed = rooms.proposed("To be agreed on")["id"]
    closed = {"reason": "holidays", "starts": "2027-01-09T00:00", "ends": "2027-01-10T00:00", "zone": "Europe/Berlin"}
    assert send("POST", "/blackouts", token=rooms.owner, form=closed).status == 201
    plan = rooms.planned("/moves", by_minutes=-24 * 60)
    why = {one["variant"]: one["why_not"] for one in plan["items"]}
    assert "passed" in why[early]
    assert "blackout" in why[inside]
    assert "awaiting_approval" in why[proposed]
    assert why[free] is None
    assert plan["can"] == 1
    assert applied(rooms, "/moves", plan)["items"] == [{"variant": free, "why_not": None}]


def test_a_move_into_a_window_spreads_them(rooms: Rooms) -> None:
    variants = [scheduled(rooms, f"2027-01-10T0{hour}:00", f"Post {hour}") for hour in range(4)]
    window = {"since": "2027-02-01T08:00:00Z", "until": "2027-02-01T12:00:00Z", "gap_minutes": 30}
    plan = rooms.planned("/moves", window=window)
    assert applied(rooms, "/moves", plan)["done"] == 4
    times = [rooms.world.variant(one).schedule.at for one in variants]
    assert times == sorted(times)
    assert all(datetime(2027, 2, 1, 8, tzinfo=UTC) <= one < datetime(2027, 2, 1, 12, tzinfo=UTC) for one in times)
    assert all(later - earlier >= timedelta(minutes=30) for earlier, later in pairwise(times))
    narrow = {"since": "2027-02-01T08:00:00Z", "until": "2027-02-01T08:10:00Z", "gap_minutes": 30}
    assert send("POST", "/moves", token=rooms.owner, form={"window": narrow}).status == 400


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({}, "/by_minutes"),
        ({"by_minutes": 0}, "/by_minutes"),
        (
            {"by_minutes": 5, "window": {"since": "2027-01-01T00:00:00Z", "until": "2027-01-02T00:00:00Z"}},
            "/by_minutes",
        ),
        ({"by_minutes": 5, "states": ["published"]}, "/states/0"),
    ],
)
def test_a_move_that_says_nothing_or_two_things_is_refused(rooms: Rooms, form: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "POST", "/moves", form).pointers == [pointer]


def test_a_plan_is_done_only_as_what_it_was_and_only_at_home(rooms: Rooms) -> None:
    scheduled(rooms, "2027-01-10T09:00", "Hello")
    plan = rooms.planned("/cancellations")
    rooms.refuses(404, "POST", f"/moves/{plan['id']}/apply")
    rooms.refuses(404, "POST", f"/cancellations/{plan['id']}/apply", token=rooms.stranger)


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    st.sampled_from(ZONES),
    st.integers(-400 * 1440, 400 * 1440),
)
def test_a_step_on_the_wall_clock_is_what_the_clock_shows(wall: datetime, zone: str, minutes: int) -> None:
    schedule = Schedule(instant(wall, zone), zone, wall.isoformat(), timedelta(hours=1))
    after = shifted(schedule, timedelta(minutes=minutes))
    wanted = wall_time(schedule.at, zone).replace(fold=0) + timedelta(minutes=minutes)
    assert datetime.fromisoformat(after.wall) == wanted
    shown = wall_time(after.at, zone)
    assert (shown.replace(fold=0) == wanted and shown.fold == 0) or shown - wanted in {
        timedelta(minutes=30),  # skipped by the clock, moved forward by the gap
        timedelta(hours=1),
    }
    assert (after.zone, after.late_limit) == (schedule.zone, schedule.late_limit)
