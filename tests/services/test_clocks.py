"""A worker's clock against the engine's own: trusted within what is allowed, told apart beyond it.

And what that is for: a clock that is set, forward or back, between two steps or in the middle of one, makes nothing be
said early, twice or never.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.clock import SETTLES_AFTER, SteadyClock
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.brake import BrakeState, Scope
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import braking, clocks, lines, publishing
from chalicelib.services.desk import Desk
from chalicelib.services.outcomes import WORKER
from chalicelib.services.ticking import tick
from chalicelib.store.store import Store
from tests.services.doubles import acts, once, watched
from tests.world import SECOND, START, TIMING, MovableClock, World

SKEW = 2 * SECOND


def with_time(world: World, folder: Path, time: MovableClock | SteadyClock | None) -> Desk:
    """The world's desk on a record that tells this time."""
    return replace(world.desk, store=Store(SqliteTable(folder / "timed.sqlite", clock=time)))


@pytest.mark.parametrize("ahead", [1.001, -1.001, 3600, -86_400])
def test_a_clock_beyond_half_of_what_two_may_differ_is_off_by_so_much(
    world: World, tmp_path: Path, ahead: float
) -> None:
    desk = with_time(world, tmp_path, MovableClock())
    now = world.clock.move(ahead)
    assert clocks.off(desk, now, SKEW) == timedelta(seconds=ahead)


@pytest.mark.parametrize("ahead", [0, 1, -1])
def test_a_clock_within_half_of_what_two_may_differ_is_trusted(world: World, tmp_path: Path, ahead: float) -> None:
    desk = with_time(world, tmp_path, MovableClock())
    assert clocks.off(desk, world.clock.move(ahead), SKEW) is None


def test_against_an_engine_without_a_time_no_clock_is_off(world: World, tmp_path: Path) -> None:
    desk = with_time(world, tmp_path, None)
    assert clocks.off(desk, world.clock.move(86_400), SKEW) is None


# --- what a worker whose clock is off leaves undone ------------------------------------------------------------------

OFF = [(SKEW + SECOND).total_seconds() + 0.001, -(SKEW + SECOND).total_seconds() - 0.001, 3600, -3600]


def scheduled(world: World) -> Variant:
    return world.schedule("mastodon")


def left_behind(world: World) -> Variant:
    world.platforms["mastodon"].script.append("answer lost")
    variant = world.schedule("mastodon")
    publishing.publish(world.desk, world.workspace.id, variant.id)
    return variant


def held(world: World) -> Variant:
    world.platforms["mastodon"].script.append("signed out")
    variant = world.schedule("mastodon")
    publishing.publish(world.desk, world.workspace.id, variant.id)
    return variant


def owing(world: World) -> Variant:
    variant = world.schedule("mastodon")
    publishing.publish(world.desk, world.workspace.id, variant.id)
    before = world.variant(variant.id)
    after = replace(before, owes=True)
    event = world.desk.store.variants.moved(before, after, "commit", world.clock.now(), WORKER, "alone")
    world.desk.store.variants.save(before, after, event)
    return variant


@pytest.mark.parametrize("ahead", OFF)
@pytest.mark.parametrize(
    ("made", "waits", "becomes"),
    [
        (scheduled, 0, VariantState.PUBLISHED),
        (scheduled, 3601, VariantState.MISSED),
        (left_behind, 108, VariantState.PUBLISHED),
        (held, 3601, VariantState.MISSED),
        (owing, 0, VariantState.PUBLISHED),
    ],
)
def test_it_writes_and_asks_nothing_until_it_is_right_again(
    world: World, made: Callable[[World], Variant], waits: float, becomes: VariantState, ahead: float
) -> None:
    variant = made(world)
    world.clock.move(waits)
    engine, asked = MovableClock(world.clock.now()), world.platforms["mastodon"].asked
    watched(world).clock = engine
    before = world.record()
    world.clock.move(ahead)
    with pytest.raises(clocks.ClockOff, match=re.escape(f"{round(ahead):+d} s")):
        publishing.publish(world.desk, world.workspace.id, variant.id)
    with suppress(clocks.ClockOff):  # by a clock that is behind, nothing may stand in the line yet
        lines.speak(world.desk, world.workspace.id, variant.account, [variant.id])
    assert world.record() == before
    assert world.platforms["mastodon"].asked == asked
    world.clock.move(-ahead)
    assert publishing.publish(world.desk, world.workspace.id, variant.id) is becomes


def test_a_clock_that_is_set_after_the_claim_sends_nothing(world: World) -> None:
    """Set back, the worker would think its lease longer than it is."""
    engine = MovableClock()
    table = watched(world)
    table.clock = engine
    variant = world.schedule("mastodon")
    table.before_write = once(lambda: world.clock.move(-30), lambda writes: "claim" in acts(writes))
    assert publishing.publish(world.desk, world.workspace.id, variant.id) is VariantState.SCHEDULED
    assert world.platforms["mastodon"].asked == 0


# --- one machine, whose clock somebody sets --------------------------------------------------------------------------


@dataclass
class Machine:
    """A machine on which a world lives: time passes, and its clock may be set."""

    world: World
    true: MovableClock = field(default_factory=MovableClock)
    """The time that is: nobody sets it, and a worker cannot ask for it."""

    def __post_init__(self) -> None:
        steady = SteadyClock(self.world.clock, self.running)
        table = SqliteTable(self.world.folder / "record.sqlite", clock=steady)
        self.world.desk = replace(self.world.desk, store=Store(table))

    def running(self) -> float:
        return (self.true.now() - START).total_seconds()

    def passes(self, seconds: float) -> None:
        self.true.move(seconds)
        self.world.clock.move(seconds)

    def is_set(self, by: float) -> None:
        self.world.clock.move(by)

    def publish(self, variant_id: str) -> VariantState | None:
        """One step of a worker; None where it refuses, because it sees that its clock is off."""
        try:
            return publishing.publish(self.world.desk, self.world.workspace.id, variant_id)
        except clocks.ClockOff:
            return None

    def said(self, platform: str) -> int:
        return len(self.world.platforms[platform].posted)


@pytest.fixture
def machine(world: World) -> Machine:
    return Machine(world)


def test_a_tick_does_nothing_while_its_clock_is_off(machine: Machine) -> None:
    """Ends of brakes, deadlines and slots rest on the time: an hour ahead they would all be over."""
    desk, caller, now = machine.world.desk, machine.world.caller, machine.world.clock.now()
    ends = now + timedelta(minutes=30)
    brake = braking.put_on(desk, caller, braking.Stop(Scope.ALL, None, "a wrong price", ends), now)
    machine.is_set(+3600)
    with pytest.raises(clocks.ClockOff):
        tick(desk, desk.clock.now())
    assert braking.get(desk, caller.workspace, brake.id).state is BrakeState.ON
    machine.is_set(-3600)
    machine.passes(SETTLED)
    tick(desk, desk.clock.now())
    assert braking.get(desk, caller.workspace, brake.id).state is BrakeState.ON


SETTLED = SETTLES_AFTER.total_seconds()
ABANDONED = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1
PLATFORMS = ("x", "mastodon", "bluesky")


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_is_set_is_off_until_it_has_run_evenly(machine: Machine, jump: int) -> None:
    desk = machine.world.desk
    assert clocks.off(desk, desk.clock.now(), SKEW) is None
    machine.is_set(jump)
    for _ in range(int(SETTLED)):
        assert clocks.off(desk, desk.clock.now(), SKEW) == timedelta(seconds=jump)
        machine.passes(1)
    assert clocks.off(desk, desk.clock.now(), SKEW) is None


def test_nothing_is_said_early_by_a_clock_that_is_set_forward_for_a_while(machine: Machine) -> None:
    variant = machine.world.schedule("x", seconds=600)
    machine.is_set(+600)
    for _ in range(17):
        assert machine.publish(variant.id) is None
        machine.passes(10)
    machine.is_set(-600)
    while machine.true.now() < variant.schedule.at:
        assert machine.publish(variant.id) is VariantState.SCHEDULED
        machine.passes(10)
    assert machine.publish(variant.id) is VariantState.PUBLISHED
    assert machine.said("x") == 1


@pytest.mark.parametrize("jump", [600, -600])
def test_what_is_due_while_the_clock_is_off_is_said_once_it_has_settled(machine: Machine, jump: int) -> None:
    variant = machine.world.schedule("x", seconds=10)
    machine.is_set(jump)
    assert machine.publish(variant.id) is None
    machine.passes(SETTLED)
    while (state := machine.publish(variant.id)) is VariantState.SCHEDULED:
        machine.passes(10)
    assert state is VariantState.PUBLISHED
    assert machine.world.clock.now() >= variant.schedule.at, "by the time that is believed from then on"
    assert machine.said("x") == 1


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("jump", [600, -600])
def test_a_clock_that_is_set_while_the_platform_answers_changes_nothing(
    machine: Machine, platform: str, jump: int
) -> None:
    variant = machine.world.schedule(platform)
    machine.world.platforms[platform].before_landing = lambda: machine.is_set(jump)
    assert machine.publish(variant.id) is VariantState.PUBLISHED
    assert machine.publish(variant.id) is None
    machine.passes(SETTLED)
    assert machine.publish(variant.id) is VariantState.PUBLISHED
    assert machine.said(platform) == 1


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("jump", [600, -600])
@pytest.mark.parametrize("act", ["lands, answer lost", "answer lost"])
def test_a_clock_that_is_set_makes_nobody_take_over_early(machine: Machine, platform: str, jump: int, act: str) -> None:
    """The lease seems to be over, or to last for ever; nobody settles the attempt before it is over in truth."""
    machine.world.platforms[platform].script.append(act)
    variant = machine.world.schedule(platform)
    assert machine.publish(variant.id) is VariantState.SENDING
    machine.is_set(jump)
    sure = machine.true.now() + timedelta(seconds=ABANDONED)
    while (state := machine.publish(variant.id)) in {None, VariantState.SENDING}:
        assert machine.world.variant(variant.id).takeovers == 0
        machine.passes(10)
    assert machine.true.now() > sure
    unproven = platform == "x" and act == "answer lost"
    assert state is (VariantState.NEEDS_REVIEW if unproven else VariantState.PUBLISHED)
    assert machine.said(platform) == (0 if unproven else 1)


@pytest.mark.parametrize("jump", [600, -600])
def test_a_clock_that_is_set_in_the_middle_of_a_claim_says_nothing_twice(machine: Machine, jump: int) -> None:
    variant = machine.world.schedule("mastodon")
    machine.world.platforms["mastodon"].slow_by = jump
    machine.publish(variant.id)
    machine.world.platforms["mastodon"].slow_by = 0
    for _ in range(100):
        if machine.publish(variant.id) is VariantState.PUBLISHED:
            break
        machine.passes(10)
    assert machine.world.variant(variant.id).state is VariantState.PUBLISHED
    assert machine.said("mastodon") == 1
