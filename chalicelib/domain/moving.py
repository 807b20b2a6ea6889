"""Moving: many variants by one step on the wall clock, or into a window; a plan is shown first and done as it was shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.post import Schedule
from chalicelib.domain.timing import instant, wall_time


class Deed(StrEnum):
    """What a plan does to every variant in it."""

    MOVE = "move"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Planned:
    """One variant as it was when the plan was shown, and when it is to be said; `when` is None where it is cancelled."""

    variant: str
    rev: int
    when: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What was shown: only this is done, and only to what is still as it was."""

    deed: Deed
    planned: tuple[Planned, ...]


def shifted(schedule: Schedule, by: timedelta) -> Schedule:
    """The schedule so much later on its own zone's wall clock: nine o'clock stays nine o'clock when the clocks change.

    A time that the clock skips moves forward by the gap, one that it shows twice means the first. Raises ValueError for a
    year outside 2000 to 2199.
    """
    return at_wall(schedule, wall_time(schedule.at, schedule.zone).replace(fold=0) + by)


def said_at(schedule: Schedule, at: datetime) -> Schedule:
    """The schedule at another instant, its wall time in its own zone."""
    wall = wall_time(at, schedule.zone)
    return replace(schedule, at=at, wall=_shown(wall))


def at_wall(schedule: Schedule, wall: datetime) -> Schedule:
    """The schedule at another wall time of its own zone."""
    return replace(schedule, at=instant(wall, schedule.zone), wall=_shown(wall))


def _shown(wall: datetime) -> str:
    return wall.isoformat(timespec="auto" if wall.second or wall.microsecond else "minutes")
