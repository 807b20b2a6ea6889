"""Whether this worker's clock can be trusted: held against the engine's own time (A5 of the publish protocol).

Leases and takeovers are times that one worker writes and another reads; they hold only among clocks that agree. It only
reads: what a worker whose clock is off must leave undone is for its caller to know.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.services.desk import Desk


class ClockOff(Exception):
    """This worker's clock is not the engine's: it takes no step that rests on the time before it is right again."""


def check(desk: Desk, now: datetime, skew: timedelta) -> None:
    """Raises ClockOff where `off` finds something."""
    ahead = off(desk, now, skew)
    if ahead is not None:
        raise ClockOff(f"{ahead.total_seconds():+.0f} s")


def off(desk: Desk, now: datetime, skew: timedelta) -> timedelta | None:
    """How far `now` is ahead of the engine's own time (below zero: behind); None if within half of `skew`.

    Half, since two workers may be wrong in opposite ways. None also where the engine's time is not known. Ask right after
    `now` was read and after a read of the record: what passes in between looks like a clock that is slow.
    """
    engine = desk.store.table.time()
    if engine is None:
        return None
    ahead = now - engine
    return ahead if abs(ahead) > skew / 2 else None
