"""Blackouts, queues and batches on a record: what is planned, refused, listed and moved, also where two ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.blackout import Blackout, BlackoutState, Hours
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Body, Schedule, Variant
from chalicelib.domain.series import Saying
from chalicelib.domain.slots import WeekSlot
from chalicelib.services import batching, blackouts, changing, clearing, drafting, making, occurring, queueing, series
from chalicelib.services.checking import Wish
from tests.world import START, World

HOUR = timedelta(hours=1)
BERLIN = "Europe/Berlin"


def closed(world: World, begin: float = 1, end: float = 3, **more: Any) -> Blackout:
    """A blackout between so many hours from now."""
    now = world.clock.now()
    plain = {"account": None, "reason": "a fair", "starts": now + begin * HOUR, "ends": now + end * HOUR}
    return blackouts.create(world.desk, world.caller, blackouts.Wanted(**{**plain, **more}), now)


# --- blackouts -------------------------------------------------------------------------------------------------------


def test_nothing_is_scheduled_into_a_blackout_and_the_refusal_says_when_it_may(world: World) -> None:
    closed(world)
    with pytest.raises(InvalidField) as refused:
        world.schedule("x", seconds=2 * 3600)
    assert refused.value.pointer == "/schedule/at"
    assert "until 2026-11-21T12:00" in refused.value.detail
    assert refused.value.fix == "The next time that is allowed is 2026-11-21T12:00 (UTC)."
    world.schedule("x", seconds=3 * 3600)


def test_what_is_scheduled_is_not_moved_into_one_nor_is_a_draft_scheduled_there(world: World) -> None:
    variant, now = world.schedule("x", seconds=600), world.clock.now()
    closed(world)
    inside = Schedule(START + 2 * HOUR, "UTC", "2026-11-21T11:00", HOUR)
    with pytest.raises(InvalidField, match="blackout"):
        changing.edit(world.desk, world.caller, variant.id, changing.Edit(1, when=inside), now)
    draft = drafting.save_draft(
        world.desk, world.caller, [Wish(world.accounts["x"].id, Body("Hello"), "/variants/0")], now, when=inside
    )
    with pytest.raises(InvalidField, match="blackout"):
        drafting.schedule_draft(world.desk, world.caller, draft.id, None, now)


def test_a_series_leaves_out_what_a_blackout_closes_and_says_so(world: World) -> None:
    hours = Hours(("MO",), "08:00", "10:00", BERLIN)
    closed(world, starts=None, ends=None, hours=hours)
    said = (Saying(world.accounts["x"].id, Body("Good morning")),)
    wanted = series.Wanted("Mornings", "FREQ=DAILY;COUNT=9", BERLIN, "2026-11-22T09:00", None, HOUR, said)
    one = series.create(world.desk, world.caller, wanted, world.clock.now())
    found = occurring.listed(world.desk, one.workspace, one.id, 100, None, world.clock.now()).items
    assert [each.planned.wall for each in found if each.state == "refused"] == ["2026-11-23T09:00", "2026-11-30T09:00"]
    assert sum(each.state == "posted" for each in found) == 7


def test_what_lies_in_it_already_is_listed_and_moved_only_where_a_person_says_so(world: World) -> None:
    first, second = world.schedule("x", "One", seconds=2 * 3600), world.schedule("x", "Two", seconds=2.5 * 3600)
    other, outside = world.schedule("mastodon", seconds=2 * 3600), world.schedule("x", seconds=4 * 3600)
    blackout, now = closed(world), world.clock.now()
    listed = [one.id for one in blackouts.inside(world.desk, blackout, now)]
    assert listed == [*sorted([first.id, other.id]), second.id]
    mark, moves = clearing.preview(world.desk, blackout, now)
    assert world.variant(first.id) == first, "a preview changes nothing"
    assert {one.variant.id: one.to and one.to.at for one in moves} == {
        first.id: START + 3 * HOUR,
        second.id: START + 3 * HOUR + clearing.APART,
        other.id: START + 3 * HOUR,
    }
    done = clearing.move(world.desk, world.caller, blackout, mark, now)
    assert all(one.why_not is None for one in done)
    assert blackouts.inside(world.desk, blackout, now) == []
    assert world.variant(second.id).schedule.at == START + 3 * HOUR + clearing.APART
    assert world.variant(outside.id).schedule == outside.schedule


def test_a_preview_that_no_longer_holds_moves_nothing(world: World) -> None:
    variant = world.schedule("x", seconds=2 * 3600)
    blackout, now = closed(world), world.clock.now()
    mark, _ = clearing.preview(world.desk, blackout, now)
    changing.edit(world.desk, world.caller, variant.id, changing.Edit(1, text="Other words"), now)
    with pytest.raises(Conflict, match="changed since"):
        clearing.move(world.desk, world.caller, blackout, mark, now)
    assert world.variant(variant.id).schedule == variant.schedule


def test_a_lifted_blackout_closes_nothing(world: World) -> None:
    blackout = closed(world)
    lifted = blackouts.lift(world.desk, world.caller, blackout.id, "over", world.clock.now())
    assert lifted.state is BlackoutState.LIFTED
    assert [one.act for one in lifted.events] == ["create", "lift"]
    world.schedule("x", seconds=2 * 3600)


def test_an_account_s_own_blackout_leaves_the_others_alone(world: World) -> None:
    closed(world, account=world.accounts["x"].id)
    with pytest.raises(InvalidField):
        world.schedule("x", seconds=2 * 3600)
    world.schedule("mastodon", seconds=2 * 3600)


# --- the queue -------------------------------------------------------------------------------------------------------


def slots(world: World, *week: str) -> str:
    account = world.accounts["x"].id
    times = [WeekSlot(*one.split()) for one in week]
    queueing.set_slots(world.desk, world.caller, account, BERLIN, times, world.clock.now())
    return account


def queued(world: World, text: str, key: str | None = None) -> Variant:
    account, now = world.accounts["x"].id, world.clock.now()
    post = queueing.add(world.desk, world.caller, account, Body(text), now, idempotency_key=key)
    return world.variant(post.variants[0])


def test_what_is_queued_takes_the_next_free_slot(world: World) -> None:
    slots(world, "MO 09:00", "TH 17:00")
    walls = [queued(world, text).schedule.wall for text in ("One", "Two", "Three")]
    assert walls == ["2026-11-23T09:00", "2026-11-26T17:00", "2026-11-30T09:00"]


def test_of_many_who_ask_at_once_each_gets_a_slot_of_its_own(world: World) -> None:
    slots(world, "MO 09:00", "TU 09:00", "WE 09:00", "TH 09:00")
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(queued, world, f"Text {number}") for number in range(8)]
        times = [one.result().schedule.at for one in asked]
    assert len(set(times)) == 8
    assert max(times) == datetime(2026, 12, 3, 8, tzinfo=UTC), "and none is left out in between"


def test_a_slot_is_free_again_once_its_post_was_cancelled_or_moved(world: World) -> None:
    account = slots(world, "MO 09:00", "TH 17:00")
    first, second = queued(world, "One"), queued(world, "Two")
    changing.cancel(world.desk, world.caller, first.id, world.clock.now())
    assert queued(world, "Three").schedule == first.schedule
    later = Schedule(START + timedelta(days=20), "UTC", "2026-12-11T09:00", HOUR)
    changing.edit(world.desk, world.caller, second.id, changing.Edit(1, when=later), world.clock.now())
    assert queued(world, "Four").schedule.at == second.schedule.at
    places = queueing.places(world.desk, queueing.get(world.desk, world.workspace.id, account), world.clock.now(), 3)
    assert [one.variant is None for one in places] == [False, False, True]


def test_a_slot_in_a_blackout_is_passed_over(world: World) -> None:
    slots(world, "MO 09:00", "TH 17:00")
    closed(world, begin=24, end=72)
    assert queued(world, "One").schedule.wall == "2026-11-26T17:00"


def test_the_same_key_is_the_same_post_in_the_same_slot(world: World) -> None:
    slots(world, "MO 09:00", "TH 17:00")
    first = queued(world, "One", "key-1")
    assert queued(world, "One", "key-1").id == first.id
    assert queued(world, "Two", "key-2").schedule.wall == "2026-11-26T17:00"
    with pytest.raises(Conflict, match="another post"):
        queued(world, "Other words", "key-1")


def test_without_slots_nothing_is_queued(world: World) -> None:
    with pytest.raises(Conflict, match="no slots"):
        queued(world, "One")
    with pytest.raises(InvalidField):
        slots(world, "MO 25:00")


# --- batches ---------------------------------------------------------------------------------------------------------


def batch(world: World, number: int) -> list[Wish]:
    names = ("x", "mastodon")
    return making.wishes([Saying(world.accounts[names[each % 2]].id, Body(f"Text {each}")) for each in range(number)])


def window(hours: float, gap: int = 30) -> batching.Window:
    return batching.Window(START + HOUR, START + (1 + hours) * HOUR, BERLIN, timedelta(minutes=gap))


def test_a_batch_is_scheduled_as_it_was_previewed_and_once(world: World) -> None:
    wishes, now = batch(world, 6), world.clock.now()
    before = world.record()
    shown = batching.place(world.desk, world.workspace.id, wishes, window(6), now)
    assert world.record() == before
    done = batching.schedule(world.desk, world.caller, wishes, window(6), now, idempotency_key="batch")
    assert [one.when for one in done] == [one.when for one in shown]
    again = batching.schedule(world.desk, world.caller, wishes, window(6), now, idempotency_key="batch")
    assert [one.post for one in again] == [one.post for one in done]
    times = [world.variant(f"{one.post}.0").schedule.at for one in done]
    assert times == [START + HOUR + number * HOUR + HOUR / 2 for number in range(6)]


def test_a_batch_keeps_out_of_blackouts_and_is_refused_whole_where_one_text_cannot_be_said(world: World) -> None:
    closed(world, begin=2, end=4)
    done = batching.schedule(world.desk, world.caller, batch(world, 8), window(6), world.clock.now())
    assert not any(START + 2 * HOUR <= one.when.at < START + 4 * HOUR for one in done)
    before = world.record()
    wrong = [*batch(world, 2), *making.wishes([Saying(world.accounts["x"].id, Body("x" * 281))])]
    with pytest.raises(InvalidField, match="281"):
        batching.schedule(world.desk, world.caller, wrong, window(6), world.clock.now())
    assert world.record() == before


def test_what_was_cancelled_is_not_listed(world: World) -> None:
    variant = world.schedule("x", seconds=2 * 3600)
    blackout = closed(world)
    changing.cancel(world.desk, world.caller, variant.id, world.clock.now())
    assert blackouts.inside(world.desk, blackout, world.clock.now()) == []
