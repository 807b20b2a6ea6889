"""Blackout: a time in which nothing is planned to be said, for a workspace or one account; once, or weekly on the wall clock.

It binds whoever plans: scheduling into one is refused with the next time that is allowed. What was scheduled before it was
set up is never moved, held or dropped behind anybody's back: it is listed, and moved where a person says so. It does not
bind what is said at once to somebody who spoke to us. To stop what is on its way there are brakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain import timing
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY: Final = timedelta(days=1)

FURTHEST: Final = timedelta(days=366)
"""How far ahead a time that is allowed is looked for."""

Span = tuple[datetime, datetime]
"""From an instant up to another, which is no longer in it."""


class BlackoutState(StrEnum):
    """What is already true of a blackout."""

    ON = "on"
    LIFTED = "lifted"


BLACKOUT = Machine("Blackout", BlackoutState, {(BlackoutState.ON, "lift"): BlackoutState.LIFTED})


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the week on a zone's wall clock. days: on which it begins; until: of the next day where not after `since`."""

    days: tuple[str, ...]
    since: str
    until: str
    zone: str


@dataclass(frozen=True, slots=True)
class Blackout:
    """A closed time. account: None for the whole workspace. Either starts and ends, or hours."""

    id: str
    workspace: str
    account: str | None
    reason: str
    owner: str
    state: BlackoutState
    created_at: datetime
    starts: datetime | None = None
    ends: datetime | None = None
    hours: Hours | None = None
    lifted_at: datetime | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def binds(self, account: str) -> bool:
        """Whether it is on, for this account."""
        return self.state is BlackoutState.ON and self.account in {None, account}


def spans(blackout: Blackout, since: datetime, until: datetime) -> list[Span]:
    """The closed times of a blackout that touch the time from `since` to `until`, in order."""
    if blackout.hours is None:
        if blackout.starts is None or blackout.ends is None or blackout.ends <= since or blackout.starts >= until:
            return []
        return [(blackout.starts, blackout.ends)]
    hours = blackout.hours
    opens, shuts = time.fromisoformat(hours.since), time.fromisoformat(hours.until)
    found: list[Span] = []
    # A night that began the day before, and the clock's own jumps, lie within two days.
    day = (timing.wall_time(since, hours.zone) - 2 * DAY).date()
    last = (timing.wall_time(until, hours.zone) + DAY).date()
    while day <= last:
        if WEEKDAYS[day.weekday()] in hours.days:
            begin = timing.instant(datetime.combine(day, opens), hours.zone)
            end = timing.instant(datetime.combine(day if shuts > opens else day + DAY, shuts), hours.zone)
            if begin < until and end > since and begin < end:
                found.append((begin, end))
        day += DAY
    return found


def blocking(blackouts: Iterable[Blackout], account: str, at: datetime) -> tuple[Blackout, datetime] | None:
    """The blackout in which this time lies, and when that one ends; None where it is allowed."""
    for one in blackouts:
        if one.binds(account):
            for begin, end in spans(one, at, at + timedelta(microseconds=1)):
                if begin <= at < end:
                    return one, end
    return None


def next_allowed(blackouts: Sequence[Blackout], account: str, at: datetime) -> datetime | None:
    """The first time from `at` on that no blackout closes; None where there is none within a year."""
    found, limit = at, at + FURTHEST
    while found < limit:
        blocked = blocking(blackouts, account, found)
        if blocked is None:
            return found
        found = blocked[1]
    return None


def open_spans(blackouts: Sequence[Blackout], account: str, since: datetime, until: datetime) -> list[Span]:
    """What the blackouts leave of a window, in order."""
    closed = sorted(span for one in blackouts if one.binds(account) for span in spans(one, since, until))
    left: list[Span] = []
    at = since
    for begin, end in closed:
        if begin > at:
            left.append((at, min(begin, until)))
        at = max(at, end)
    if at < until:
        left.append((at, until))
    return left
