"""What the simulator found, each in the smallest plan that shows it."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.plans import Plan
from tests.simulation.road import Fault, Kind
from tests.simulation.running import run

QUIET = Plan(
    seed=0,
    number=0,
    platform="mastodon",
    due=(5.0,),
    late_limit=3600.0,
    faults=(),
    cancel_at=None,
    victim=0,
    reconnects=True,
    lag=0.0,
    remembers=True,
)
SIGNED_OUT = Fault("publish", Kind.SIGNED_OUT)


def test_the_quiet_plan_keeps_every_promise() -> None:
    assert run(QUIET).findings == ()
    assert run(replace(QUIET, faults=(SIGNED_OUT,))).findings == ()


def test_what_is_edited_while_it_is_released_is_released_all_the_same() -> None:
    edited = Fault("write variant release", Kind.EDITED_HERE)
    assert run(replace(QUIET, faults=(SIGNED_OUT, edited))).findings == ()


def test_what_the_list_shows_too_late_is_released_all_the_same() -> None:
    assert run(replace(QUIET, faults=(SIGNED_OUT,), index_lag=29.0)).findings == ()
