"""Evergreen: messages that stay true, said again in their turn, at a distance, until an end that is set from the start.

Turn after turn the entries go round; each time round an entry is said in its next wording, and accounts that speak
together say different ones. Which it is follows from the turn's number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain import timing
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.composing import assigned
from chalicelib.domain.machine import Machine
from chalicelib.domain.post import Attachment, Body, Schedule

AHEAD = timedelta(days=1)
"""How long before its time a turn's post is made: a person can still look at it, change it or cancel it."""

MOST_TURNS = 1000


class EvergreenState(StrEnum):
    """What is already true of an evergreen."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


_S = EvergreenState

EVERGREEN = Machine(
    "Evergreen",
    EvergreenState,
    {
        (_S.ACTIVE, "say"): _S.ACTIVE,
        (_S.ACTIVE, "skip"): _S.ACTIVE,
        (_S.ACTIVE, "pause"): _S.PAUSED,
        (_S.ACTIVE, "finish"): _S.ENDED,
        (_S.ACTIVE, "end"): _S.ENDED,
        (_S.PAUSED, "resume"): _S.ACTIVE,
        (_S.PAUSED, "end"): _S.ENDED,
    },
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the pool: its wordings, and the pictures that go with each of them."""

    wordings: tuple[str, ...]
    pictures: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Evergreen:
    """A pool of messages and its cadence. start: the first turn's wall time in `zone`; then one every so many days.

    turns: how many there are, the end that it must have. gap: a turn is left out where an account says something else so
    close to it. turn: the number of the next one, from 0.
    """

    id: str
    workspace: str
    name: str
    accounts: tuple[str, ...]
    entries: tuple[Entry, ...]
    start: str
    zone: str
    every_days: int
    turns: int
    gap: timedelta
    late_limit: timedelta
    owner: str
    created_at: datetime
    state: EvergreenState = EvergreenState.ACTIVE
    campaign: str | None = None
    language: str | None = None
    turn: int = 0
    said: int = 0
    """How many turns were made into posts; the others were left out, each with its reason in the record."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def when(self, turn: int) -> Schedule:
        """The schedule of a turn: the same wall time whatever the clock does in between."""
        wall = datetime.fromisoformat(self.start) + timedelta(days=self.every_days * turn)
        return Schedule(timing.instant(wall, self.zone), self.zone, wall.isoformat()[:16], self.late_limit)

    @property
    def wake_at(self) -> datetime | None:
        """When its next turn is to be made, or its end noted; None where nothing is to be done."""
        return self.when(self.turn).at - AHEAD if self.state is _S.ACTIVE else None

    def says(self, turn: int) -> tuple[Body, ...]:
        """What each account says in a turn, in their order."""
        entry = self.entries[turn % len(self.entries)]
        wordings = assigned(self.accounts, len(entry.wordings), turn // len(self.entries))
        return tuple(Body(entry.wordings[place], language=self.language, pictures=entry.pictures) for place in wordings)

    def rests(self, entry: Entry) -> timedelta:
        """How long the same words of an entry rest on an account before they come again."""
        return timedelta(days=self.every_days * len(self.entries) * len(entry.wordings))

    def comes_again(self, place: int) -> bool:
        """Whether any wording of the entry at this place is said twice before the end."""
        times = len(range(place, self.turns, len(self.entries)))
        return times > len(self.entries[place].wordings)
