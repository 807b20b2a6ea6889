"""The machine's own clock and randomness: the only places of the house that ask for the time or for chance.

On one machine the record has no time of its own. `SteadyClock` stands for it: the machine's clock as it ran before it
was set. It must never believe a clock at the moment at which that jumps.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.steady import seconds_running
from chalicelib.ports import Clock

SETTLES_AFTER = timedelta(minutes=3)
"""Longer than a lease, a landing and a listing's delay together: no attempt that was claimed before the jump lives on."""

_JUMP = timedelta(seconds=1)
"""What departs by more is a jump; a correction below it is taken as it comes."""


class SystemClock:
    """ports.Clock of this machine."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """ports.Clock of this machine, but deaf to jumps: a clock that is set is believed once it has run evenly for a while.

    Until then it tells the time by the old setting. Safe from many threads. What was set before it was made, it cannot
    know; and it sees a jump when it is asked, so it is asked at each step that depends on it.
    """

    def __init__(
        self,
        wall: Clock | None = None,
        running: Callable[[], float] = seconds_running,
        settles_after: timedelta = SETTLES_AFTER,
    ) -> None:
        """wall: the clock that may be set. running: seconds that nobody can set. settles_after: see above."""
        self._wall = wall or SystemClock()
        self._running = running
        self._settles_after = settles_after
        self._turn = threading.Lock()
        _, self._started = self._read()
        self._set_to: datetime | None = None
        self._set_at = timedelta(0)

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        with self._turn:
            running, started = self._read()
            if abs(started - self._started) <= _JUMP:
                self._set_to = None
                return started + running
            if self._set_to is None or abs(started - self._set_to) > _JUMP:
                self._set_to, self._set_at = started, running
            if running - self._set_at < self._settles_after:
                return self._started + running
            self._started, self._set_to = started, None
            return started + running

    def _read(self) -> tuple[timedelta, datetime]:
        """How long the machine has been running, and when that began by the wall clock: it moves with a jump only."""
        running = timedelta(seconds=self._running())
        return running, self._wall.now() - running


class SystemEntropy:
    """ports.Entropy of the operating system."""

    def token(self, size: int) -> bytes:
        """`size` unguessable bytes."""
        return os.urandom(size)
