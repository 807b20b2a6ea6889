"""Slots: the times of the week at which an account says what waits in its queue, on a zone's wall clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.domain import timing
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.blackout import DAY, WEEKDAYS, Blackout, blocking

FURTHEST: Final = timedelta(days=366)
"""How far ahead a free slot is looked for."""


@dataclass(frozen=True, slots=True, order=True)
class WeekSlot:
    """One time of the week: the day, and what the clock on the wall shows then (`09:00`)."""

    day: str
    at: str


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of one account, whose id they have."""

    id: str
    workspace: str
    zone: str
    week: tuple[WeekSlot, ...]
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SlotTime:
    """One slot of one week: the wall time (naive) and the instant."""

    wall: datetime
    at: datetime


def upcoming(slots: Slots, after: datetime) -> Iterator[SlotTime]:
    """The slots' times after an instant, in order, each instant once; ends after a year."""
    if not slots.week:
        return
    day, last = (timing.wall_time(after, slots.zone) - DAY).date(), (after + FURTHEST).date()
    latest = after
    while day <= last:
        times = [
            SlotTime(wall, timing.instant(wall, slots.zone))
            for one in slots.week
            if one.day == WEEKDAYS[day.weekday()]
            for wall in (datetime.combine(day, time.fromisoformat(one.at)),)
        ]
        for one in sorted(times, key=lambda each: (each.at, each.wall)):
            if one.at > latest:
                latest = one.at
                yield one
        day += DAY


def next_free(
    slots: Slots, taken: Collection[datetime], after: datetime, blackouts: Sequence[Blackout]
) -> SlotTime | None:
    """The first slot after an instant that is not taken and lies in no blackout; None where there is none in a year."""
    for one in upcoming(slots, after):
        if one.at not in taken and blocking(blackouts, slots.id, one.at) is None:
            return one
    return None
