"""Event: something that takes place at a time, and what is said about it before, meanwhile and afterwards, from one date.

What is said is a template per account; its places are filled from the event itself, anew whenever the date moves, so that
nothing goes out with a date that no longer holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.series import Saying, spelled

MOST_SAYINGS: Final = 24
"""What all announcements of one event say, account by account: all of it is moved in one write."""


class EventState(StrEnum):
    """What is already true of an event."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


EVENT = Machine(
    "Event",
    EventState,
    {
        (EventState.PLANNED, "move"): EventState.PLANNED,
        (EventState.PLANNED, "cancel"): EventState.CANCELLED,
    },
)


class Kind(StrEnum):
    """What an announcement is for. A thank-you is reckoned from the event's end, the others from its start."""

    ANNOUNCE = "announce"
    REMIND = "remind"
    LIVE = "live"
    THANK = "thank"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to say about an event. offset: from its start or end, on the wall clock; negative before it.

    post: the one that was made of it last, None where its time had passed; turn counts those that were taken back.
    """

    kind: Kind
    offset: timedelta
    said: tuple[Saying, ...]
    post: str | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that takes place. starts, ends: naive wall times in `zone`."""

    id: str
    workspace: str
    name: str
    zone: str
    starts: str
    ends: str | None
    late_limit: timedelta
    announcements: tuple[Announcement, ...]
    owner: str
    author: str
    """Whoever planned it, or moved it last: its posts are their words."""
    state: EventState
    created_at: datetime
    place: str | None = None
    link: str | None = None
    campaign: str | None = None
    version: int = 1
    farewell: str | None = None
    """The post that says that it is cancelled, where one does."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)


def wall_of(event: Event, announcement: Announcement) -> datetime:
    """The wall time at which something is said about an event (naive): a week before at six is at six, also over summer."""
    base = event.ends if announcement.kind is Kind.THANK and event.ends is not None else event.starts
    return datetime.fromisoformat(base) + announcement.offset


def given(event: Event) -> Mapping[str, str]:
    """What a template's places are filled with: event, date, time, day, month, year; place and link where it has them."""
    starts = datetime.fromisoformat(event.starts)
    known = {
        "event": event.name,
        "date": starts.date().isoformat(),
        "time": spelled(starts)[11:],
        "day": str(starts.day),
        "month": str(starts.month),
        "year": str(starts.year),
    }
    if event.place is not None:
        known["place"] = event.place
    if event.link is not None:
        known["link"] = event.link
    return known
