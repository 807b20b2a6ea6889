"""The road that every call to the outside takes: numbered boundaries, at which a plan's faults strike.

It must never strike by itself: the same faults against the same code give the same trace, line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from chalicelib.domain.timing import Timing

T = TypeVar("T")

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TIMING = Timing(lease=12 * SECOND, call=3 * SECOND, landing=20 * SECOND, visible=8 * SECOND, skew=SECOND)
"""Short leases against slow landings: whoever does not wait for `landing` and `visible` is found out within one lease."""


class Crash(BaseException):
    """The process was killed here."""


class Kind(StrEnum):
    """What may go wrong at a boundary, in the words of the trace."""

    KILLED_BEFORE = "killed before it"
    KILLED_AFTER = "killed after it, the answer unread"
    KILLED_UNDER_WAY = "killed while the request is under way"
    BUSY = "the engine is busy"
    BUSY_YET_DONE = "the engine is busy, yet it is written"
    REPEATED = "the engine repeats a write whose answer it lost"
    LOST = "the hint is lost"
    DOUBLED = "the hint arrives twice"
    TIMEOUT_LOST = "no answer, and it never lands"
    TIMEOUT_LATE = "no answer, and it lands later"
    ERROR_APPLIED = "server error, yet it landed"
    ERROR_NOT_APPLIED = "server error, and it did not land"
    LIMITED = "rate limited"
    UNAVAILABLE = "not now"
    SIGNED_OUT = "signed out"
    REFUSED = "refused"
    NOT_CONNECTED = "the connection is refused"
    RESET = "the connection is reset, and it did not land"
    RESET_APPLIED = "the connection is reset, yet it landed"
    TOKEN_REFUSED = "the token is refused once"
    PAGE = "an error page for people, and it did not land"
    PAGE_APPLIED = "an error page for people, yet it landed"
    WELCOME_PAGE = "another server's page with status 200"
    CUT_SHORT = "the answer is cut short"
    UNKNOWN_ANSWER = "an answer that nobody knows"
    LIMITED_IN_200 = "rate limited, with status 200"
    LIMITED_YET_MADE = "rate limited, with the id of what was made"
    PAUSED_BEFORE = "the worker sleeps before it, others go on"
    PAUSED_AFTER = "the worker sleeps after it, others go on"
    CANCELLED_HERE = "a member cancels at this moment"
    EDITED_HERE = "a member edits at this moment"
    BRAKED_HERE = "a member puts the brake on at this moment"
    CLOCK_JUMPS = "the worker's clock jumps"
    CLOCK_SET_BACK = "the worker's clock is set back after it"


INTERLEAVED = frozenset(
    {
        Kind.PAUSED_BEFORE,
        Kind.PAUSED_AFTER,
        Kind.CANCELLED_HERE,
        Kind.EDITED_HERE,
        Kind.BRAKED_HERE,
        Kind.CLOCK_JUMPS,
        Kind.CLOCK_SET_BACK,
    }
)
"""What happens beside the call, not to it: another fault may strike the same call."""
_AFTERWARDS = frozenset({Kind.PAUSED_AFTER, Kind.CLOCK_SET_BACK})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: at the nth call (from 1) at this place.

    seconds: how long a sleep lasts, how late a request lands, how long to wait. status: of a server error over HTTP.
    """

    place: str
    kind: Kind
    nth: int = 1
    seconds: float = 0
    status: int = 500


@dataclass
class Clock:
    """Virtual time as it really is; it only moves when it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """Virtual time."""
        return self.at

    def move(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Worker:
    """One invocation.

    offset: seconds by which its clock is ahead. began: when, by that clock. lease_until: until when, really, its last claim
    lets its process live (publishing.md, A3).
    """

    name: str
    began: datetime
    offset: float = 0
    lease_until: datetime | None = None


@dataclass
class WorkersClock:
    """The clock that whoever works now looks at: true time, and its own error."""

    road: Road

    def now(self) -> datetime:
        """This worker's time."""
        workers = self.road.workers
        offset = workers[-1].offset if workers else 0
        return self.road.clock.at + timedelta(seconds=offset) if offset else self.road.clock.at


Line = tuple[datetime, str, str]


def told(lines: Iterable[Line]) -> tuple[str, ...]:
    """The trace as people read it: most are never read, and telling them takes longer than noting them."""
    return tuple(f"{(at - START).total_seconds():9.3f} s  {who:10}  {words}" for at, who, words in lines)


@dataclass
class Road:
    """Boundaries crossed, the faults still to strike, and the trace."""

    clock: Clock
    faults: list[Fault]
    beside: Mapping[Kind, Callable[[Fault], None]] = field(default_factory=dict)
    """What happens at a fault of an interleaved kind."""
    zombies: bool = True
    """Whether a worker may outlive its lease at all."""
    open: bool = False
    """Closed: nothing is numbered and nothing strikes (set-up, and the checker's own reading)."""
    lines: list[Line] = field(default_factory=list)
    """What happened: when, who, what."""
    struck: set[tuple[str, Kind]] = field(default_factory=set)
    workers: list[Worker] = field(default_factory=list)
    _passed: dict[str, int] = field(default_factory=dict)
    _number: int = 0

    def say(self, words: str) -> None:
        """One line of the trace."""
        who = self.workers[-1].name if self.workers else "world"
        self.lines.append((self.clock.at, who, words))

    def cross(
        self, place: str, effect: Callable[[], T], strikes: Mapping[Kind, Callable[[Fault], T]], *, zombies: bool = True
    ) -> T:
        """Do `effect` at a place, unless a fault strikes there. zombies: a worker may do it after its lease has ended.

        `strikes`: what the faults that are particular to this place do. Raises Crash where the process is killed.
        """
        if not self.open:
            return effect()
        self._number += 1
        nth = self._passed[place] = self._passed.get(place, 0) + 1
        number = self._number
        due = [one for one in self.faults if one.place == place and one.nth == nth]
        if not due:
            self.say(f"#{number} {place}")
            return effect()
        self.say(f"#{number} {place}" + "".join(f": {one.kind}" for one in due))
        for fault in due:
            if fault.kind in INTERLEAVED - _AFTERWARDS:
                self._beside(fault)
                self._check_alive(zombies)
        try:
            return self._strike(effect, strikes, [one for one in due if one.kind not in INTERLEAVED])
        finally:
            for fault in due:
                if fault.kind in _AFTERWARDS:
                    self._beside(fault)
            self.say(f"#{number} {place} is over")

    def _strike(self, effect: Callable[[], T], strikes: Mapping[Kind, Callable[[Fault], T]], due: list[Fault]) -> T:
        if not due:
            return effect()
        fault = due[0]
        self.faults.remove(fault)
        self.struck.add((fault.place, fault.kind))
        match fault.kind:
            case Kind.KILLED_BEFORE:
                raise Crash
            case Kind.KILLED_AFTER:
                effect()
                raise Crash
            case kind:
                return strikes[kind](fault)

    def _beside(self, fault: Fault) -> None:
        self.faults.remove(fault)
        self.struck.add((fault.place, fault.kind))
        if fault.kind in {Kind.CLOCK_JUMPS, Kind.CLOCK_SET_BACK}:
            self.workers[-1].offset += fault.seconds
        else:
            self.beside[fault.kind](fault)
        if fault.kind in {Kind.PAUSED_BEFORE, Kind.PAUSED_AFTER}:
            self.say("wakes up")

    def _check_alive(self, zombies: bool) -> None:
        lease = self.workers[-1].lease_until if self.workers else None
        if not (zombies and self.zombies) and lease is not None and self.clock.at >= lease:
            self.say("was killed in its sleep: its lease has ended (A3)")
            raise Crash
