"""A worker's clock against the engine's own: trusted within what is allowed, told apart beyond it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.clock import SETTLES_AFTER, SteadyClock
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.services import clocks
from chalicelib.services.desk import Desk
from chalicelib.store.store import Store
from tests.world import SECOND, MovableClock, World

ALLOWED = 2 * SECOND


def with_time(world: World, folder: Path, time: MovableClock | SteadyClock | None) -> Desk:
    """The world's desk on a record that tells this time."""
    return replace(world.desk, store=Store(SqliteTable(folder / "timed.sqlite", clock=time)))


@pytest.mark.parametrize("ahead", [3.001, -3.001, 3600, -86_400])
def test_a_clock_beyond_what_is_allowed_is_off_by_so_much(world: World, tmp_path: Path, ahead: float) -> None:
    desk = with_time(world, tmp_path, MovableClock())
    now = world.clock.move(ahead)
    assert clocks.off(desk, now, ALLOWED) == timedelta(seconds=ahead)


@pytest.mark.parametrize("ahead", [0, 3, -3])
def test_a_clock_within_what_is_allowed_and_a_second_is_trusted(world: World, tmp_path: Path, ahead: float) -> None:
    desk = with_time(world, tmp_path, MovableClock())
    assert clocks.off(desk, world.clock.move(ahead), ALLOWED) is None


def test_against_an_engine_without_a_time_no_clock_is_off(world: World, tmp_path: Path) -> None:
    desk = with_time(world, tmp_path, None)
    assert clocks.off(desk, world.clock.move(86_400), ALLOWED) is None


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_machine_whose_clock_is_set_is_off_until_it_has_run_evenly(world: World, tmp_path: Path, jump: int) -> None:
    """The worker's clock and the record's are the same machine's: what tells them apart is what nobody can set."""
    running = MovableClock()

    def seconds_running() -> float:
        return running.at.timestamp()

    def passes(seconds: float) -> None:
        world.clock.move(seconds)
        running.move(seconds)

    desk = with_time(world, tmp_path, SteadyClock(world.clock, seconds_running))

    assert clocks.off(desk, desk.clock.now(), ALLOWED) is None
    world.clock.move(jump)
    for _ in range(int(SETTLES_AFTER.total_seconds())):
        assert clocks.off(desk, desk.clock.now(), ALLOWED) == timedelta(seconds=jump)
        passes(1)
    assert clocks.off(desk, desk.clock.now(), ALLOWED) is None
