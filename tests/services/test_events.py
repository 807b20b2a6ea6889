"""An event's posts follow its date: moved with it where nothing has begun, told where they cannot be, never stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.event import Announcement, Event, EventState, Kind
from chalicelib.domain.post import Body, Variant, VariantState
from chalicelib.domain.series import Saying
from chalicelib.services import blackouts, changing, events, recent
from chalicelib.services.bodies import body_of
from chalicelib.services.publishing import publish
from tests.world import World

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLAN = ((Kind.ANNOUNCE, -7 * DAY), (Kind.REMIND, -HOUR), (Kind.LIVE, 0 * HOUR), (Kind.THANK, HOUR))


def wanted(
    world: World, *platforms: str, text: str = "{event}: {day}.{month}. at {time}", **more: Any
) -> events.Wanted:
    said = tuple(Saying(world.accounts[one].id, Body(text)) for one in platforms or ("x",))
    announced = tuple(Announcement(kind, offset, said) for kind, offset in PLAN)
    plain = {"starts": "2026-12-05T10:00", "ends": "2026-12-05T18:00", "late_limit": HOUR, "announcements": announced}
    return events.Wanted("Open day", BERLIN, **{**plain, **more})


def planned(world: World, *platforms: str, **more: Any) -> Event:
    event, _ = events.plan(world.desk, world.caller, wanted(world, *platforms, **more), world.clock.now())
    return event


def moved(world: World, event: Event, starts: str, **more: Any) -> tuple[Event, list[events.Told]]:
    return events.move(world.desk, world.caller, event.id, event.version, starts, None, world.clock.now(), **more)


def cancelled(world: World, event: Event, say: str | None, **more: Any) -> tuple[Event, list[events.Told]]:
    now = world.clock.now()
    return events.cancel(world.desk, world.caller, event.id, event.version, say, "no hall", now, **more)


def variants(world: World, *states: VariantState) -> list[Variant]:
    found = [one for one in recent.variants(world.desk, world.workspace.id) if not states or one.state in states]
    return sorted(found, key=lambda one: (one.schedule.at, one.id))


def waiting(world: World) -> list[tuple[str, str]]:
    return [(one.schedule.wall, body_of(world.desk, one).text) for one in variants(world, VariantState.SCHEDULED)]


def say_first(world: World) -> Variant:
    first = variants(world, VariantState.SCHEDULED)[0]
    world.clock.at = first.schedule.at
    publish(world.desk, first.workspace, first.id)
    return world.variant(first.id)


def test_each_announcement_is_a_post_at_its_own_wall_time_with_its_places_filled(world: World) -> None:
    planned(world)
    assert waiting(world) == [
        ("2026-11-28T10:00", "Open day: 5.12. at 10:00"),
        ("2026-12-05T09:00", "Open day: 5.12. at 10:00"),
        ("2026-12-05T10:00", "Open day: 5.12. at 10:00"),
        ("2026-12-05T19:00", "Open day: 5.12. at 10:00"),
    ]


def test_a_week_before_at_ten_is_at_ten_also_where_the_clock_changed_in_between(world: World) -> None:
    planned(world, starts="2027-03-30T10:00", ends=None)
    assert variants(world)[0].schedule.at == datetime(2027, 3, 23, 9, tzinfo=UTC)
    assert variants(world)[2].schedule.at == datetime(2027, 3, 30, 8, tzinfo=UTC)


def test_a_look_first_stores_nothing(world: World) -> None:
    before = world.record()
    _, told = events.plan(world.desk, world.caller, wanted(world), world.clock.now(), preview=True)
    assert world.record() == before
    assert [one.said[0].body.text for one in told] == ["Open day: 5.12. at 10:00"] * 4
    event = planned(world)
    before = world.record()
    moved(world, event, "2026-12-12T10:00", preview=True)
    cancelled(world, event, "It is off.", preview=True)
    assert world.record() == before


def test_moving_it_moves_what_was_not_said_with_the_new_date_and_tells_what_was(world: World) -> None:
    event = planned(world)
    first = say_first(world)
    assert first.state is VariantState.PUBLISHED
    event, told = moved(world, event, "2026-12-12T14:00")
    assert event.ends == "2026-12-12T22:00", "it takes as long as it did"
    assert waiting(world) == [
        ("2026-12-12T13:00", "Open day: 12.12. at 14:00"),
        ("2026-12-12T14:00", "Open day: 12.12. at 14:00"),
        ("2026-12-12T23:00", "Open day: 12.12. at 14:00"),
    ]
    assert told[0].left == ((first.account, "it was said already"),)
    assert [one.when is None for one in told] == [True, False, False, False]
    assert len(world.platforms["x"].posted) == 1


def test_what_cannot_be_moved_does_not_go_out_with_the_old_date(world: World) -> None:
    event = planned(world)
    by_hand = variants(world)[1]
    changing.edit(world.desk, world.caller, by_hand.id, changing.Edit(1, text="By hand: 5.12."), world.clock.now())
    event, told = moved(world, event, "2026-11-25T10:00")
    assert told[0].why_not == "its new time has passed"
    assert "edited by hand" in told[1].left[0][1]
    assert waiting(world) == [
        ("2026-11-25T10:00", "Open day: 25.11. at 10:00"),
        ("2026-11-25T19:00", "Open day: 25.11. at 10:00"),
    ]
    assert not any("5.12." in text for _, text in waiting(world))


def test_it_may_be_moved_again_and_again(world: World) -> None:
    event = planned(world, "x", "mastodon")
    for day in ("06", "07", "08"):
        event, _ = moved(world, event, f"2026-12-{day}T10:00")
    assert len(waiting(world)) == 8
    assert {text for _, text in waiting(world)} == {"Open day: 8.12. at 10:00"}
    assert [one.act for one in event.events] == ["create", "move", "move", "move"]


def test_cancelling_says_what_was_asked_for_to_those_who_heard_of_it_and_nothing_else(world: World) -> None:
    event = planned(world, "x", "mastodon")
    say_first(world)
    event, _ = cancelled(world, event, "{event} is cancelled.")
    assert event.state is EventState.CANCELLED
    ((_, text),) = waiting(world)
    assert text == "Open day is cancelled."
    (left,) = variants(world, VariantState.SCHEDULED)
    assert left.post == event.farewell
    assert left.account == variants(world, VariantState.PUBLISHED)[0].account
    publish(world.desk, left.workspace, left.id)
    assert world.variant(left.id).state is VariantState.PUBLISHED


@pytest.mark.parametrize("say", [None, "It is off."])
def test_where_nothing_was_announced_or_nothing_is_to_be_said_nothing_is(world: World, say: str | None) -> None:
    event = planned(world)
    if say is None:
        say_first(world)
    event, _ = cancelled(world, event, say)
    assert waiting(world) == []
    assert event.farewell is None
    with pytest.raises(Conflict, match="cancelled"):
        moved(world, event, "2026-12-12T10:00")


def test_a_blackout_does_not_silence_that_it_is_off(world: World) -> None:
    event = planned(world)
    say_first(world)
    now = world.clock.now()
    blackouts.create(world.desk, world.caller, blackouts.Wanted(None, "a fair", now - HOUR, now + HOUR), now)
    cancelled(world, event, "It is off.")
    assert [text for _, text in waiting(world)] == ["It is off."]


def test_whoever_looks_at_an_old_version_is_told(world: World) -> None:
    event = planned(world)
    moved(world, event, "2026-12-06T10:00")
    with pytest.raises(Conflict, match="version 2"):
        moved(world, event, "2026-12-07T10:00")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"starts": "2026-11-22T10:00", "ends": None}, "/announcements/0/offset_minutes"),
        ({"ends": "2026-12-05T09:00"}, "/ends"),
        ({"starts": "soon"}, "/starts"),
        ({"campaign": "none"}, "/campaign"),
        ({"text": "See you at {place}"}, "/announcements/0/variants/0/text/place"),
        ({"text": "{event"}, "/announcements/0/variants/0/text"),
        ({"text": "x" * 281}, "/announcements/0/variants/0/text"),
    ],
)
def test_what_cannot_be_planned_is_refused_whole(world: World, more: dict[str, Any], pointer: str) -> None:
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        planned(world, **more)
    assert refused.value.pointer == pointer
    assert world.record() == before
