"""Looking back: when the threads under an account's own posts are read, and what was there before it was connected.

Where a platform does not notify of every answer, the threads of what the account said are read at growing distances from it.
Pure arithmetic: nothing here reads a clock or the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

DISTANCES: Final = (15 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY)
"""After how long the thread of a post is read: most of what will be answered is answered within a day."""

AT_LEAST_EVERY: Final = _DAY
"""What was said by another app, or of which no hint came, is found so late at most."""

AGAIN_AFTER: Final = 15 * _MINUTE
"""After a platform that did not answer."""


@dataclass(frozen=True, slots=True)
class LookedBack:
    """How far an account's own threads were read.

    at: up to when they are, None before the first time. next_at: when they are read next. done: ids of the posts of which
    the present look has read the thread, while others wait.
    """

    at: datetime | None = None
    next_at: datetime | None = None
    done: tuple[str, ...] = ()


NEVER: Final = LookedBack()


@dataclass(frozen=True, slots=True)
class Backfill:
    """What was there before the account was connected, as far as it was read. posts: its own, remembered; threads: read of
    them; heard: messages of them that the record did not hold. done_at: None while it goes on. in_all: threads that are to be
    read, as far as is known."""

    posts: int = 0
    threads: int = 0
    heard: int = 0
    done_at: datetime | None = None
    in_all: int = 0


NOTHING: Final = Backfill()


def due(
    looked: LookedBack, spoke_at: datetime | None, now: datetime, distances: Sequence[timedelta] = DISTANCES
) -> bool:
    """Whether an account's own threads are to be read now. spoke_at: when it spoke last, as far as is known."""
    if looked.at is None:
        return looked.next_at is None or looked.next_at <= now
    moments = [looked.next_at or now]
    if spoke_at is not None and spoke_at + distances[0] > looked.at:
        moments.append(spoke_at + distances[0])
    return min(moments) <= now


def crossed(said_at: datetime, looked_at: datetime, now: datetime, distances: Sequence[timedelta] = DISTANCES) -> bool:
    """Whether what was said then has come to one of its distances since the last look."""
    return any(looked_at < said_at + distance <= now for distance in distances)


def next_at(said: Iterable[datetime], now: datetime, distances: Sequence[timedelta] = DISTANCES) -> datetime:
    """When the next of these comes to one of its distances; a day from now at the latest."""
    ahead = (at + distance for at in said for distance in distances if at + distance > now)
    return min((now + min(AT_LEAST_EVERY, distances[-1]), *ahead))
