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


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far an inbox is read back: so long before the account was connected, and so many messages at most.

    30 days: what X keeps of private messages, and how far back the threads of own posts are read. 500 messages: what a small
    team can look through, half of what Reddit lists at all, and 2.50 dollars on X.
    """

    span: timedelta = timedelta(days=30)
    most: int = 500


USUAL_BOUNDS: Final = Bounds()
NOT_AT_ALL: Final = Bounds(timedelta(), 0)

TRIED_FOR: Final = 7 * _DAY
"""For so long after an account was connected its inbox is read back; what a platform has not told by then is left."""

MOST_STEPS: Final = 60
"""Pages that are read back at most, whatever is on them."""


@dataclass(frozen=True, slots=True)
class InboxPast:
    """How far back an inbox was read. token: where the next page begins; None: at the newest. steps: pages that were read.

    told: messages that they held; heard: those of them that the record did not hold; back_to: when the oldest was said.
    next_at: when the next page is read; None: with the next reading. done_at: None while it goes on.
    """

    token: str | None = None
    steps: int = 0
    told: int = 0
    heard: int = 0
    back_to: datetime | None = None
    next_at: datetime | None = None
    done_at: datetime | None = None


NOT_READ_BACK: Final = InboxPast()


@dataclass(frozen=True, slots=True)
class History:
    """What was there before an account was connected, as far as it was read. inbox: None where it is not read back.

    done_at: None while any of it goes on.
    """

    posts: Backfill
    inbox: InboxPast | None
    done_at: datetime | None


def history(posts: Backfill, inbox: InboxPast | None) -> History:
    """Both of what is read of before, together."""
    if inbox is None:
        return History(posts, None, posts.done_at)
    ends = (posts.done_at, inbox.done_at)
    return History(posts, inbox, None if None in ends else max(one for one in ends if one is not None))


def back_due(past: InboxPast, connected_at: datetime, now: datetime) -> bool:
    """Whether the next page of an inbox is to be read back now."""
    waits = past.next_at is not None and past.next_at > now
    return past.done_at is None and not waits and now - connected_at < TRIED_FOR


def went_back(
    past: InboxPast, said: Sequence[datetime], heard: int, token: str | None, most: int, now: datetime
) -> InboxPast:
    """How far back an inbox was read, with one more page. said: when its messages were; token: where the next page begins."""
    told, steps = past.told + len(said), past.steps + 1
    over = token is None or told >= most or steps >= MOST_STEPS
    return InboxPast(
        token=None if over else token,
        steps=steps,
        told=told,
        heard=past.heard + heard,
        back_to=min((*said, *((past.back_to,) if past.back_to else ())), default=None),
        done_at=now if over else None,
    )


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
