"""Counts requests the way the platforms count them, for the headers that they answer with.

It must never refuse anything: a refusal is a fault that somebody asked for (faults.py), because a story that moves its
own clock by days makes more requests in a minute than any real account would.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Meter:
    """How far into its window somebody is. `remaining` never goes below 1: zero makes clients sleep (see module)."""

    limit: int
    used: int
    reset: datetime
    reset_in: int

    @property
    def remaining(self) -> int:
        """Requests left in this window."""
        return max(1, self.limit - self.used)


class RateMeter:
    """Fixed windows, per account (or client) and bucket; kept in memory only."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}

    def count(
        self,
        who: str,
        bucket: str,
        limit: int,
        window: timedelta,
        now: datetime,
        *,
        elapsed: timedelta = timedelta(),
        cost: int = 1,
    ) -> Meter:
        """Count one request of this cost. `elapsed`: how much of a new window counts as gone already when it opens."""
        opened, used = self._windows.get((who, bucket), (now - elapsed, 0))
        if not opened <= now < opened + window:
            opened, used = now - elapsed, 0
        used += cost
        self._windows[who, bucket] = (opened, used)
        reset = opened + window
        return Meter(limit, used, reset, max(1, int((reset - now).total_seconds())))
