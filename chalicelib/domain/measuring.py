"""Measuring: what platforms counted of a post at growing distances from its publication, of accounts and communities daily.

What is not told is missing, and never zero. A sample never changes; the next one tells what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

DISTANCES = (HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY)
"""After how long a post is counted: its first hours tell most, and after a month hardly anything is added."""

EVERY = HOUR
"""How often it is looked for what is to be counted: a post that nobody planned ahead is then counted an hour late at most."""

NOT_SUMMED = frozenset({"upvote_percent"})
"""Measures that are shares: a sum of them means nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was told at one moment. gone: the platform knows the post no more, or does not show it to us.

    of: a community's name, where it is of one.
    """

    at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    gone: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A variant that is to be counted, or looked at again because it is not out yet."""

    variant: str
    look_at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an account's counts could not be asked for, and until when they are not."""

    account: str
    why: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the counting of one workspace has come. seen: up to when posts were made that are known here."""

    wake_at: datetime
    seen: datetime
    waiting: tuple[Waiting, ...] = ()
    daily: Mapping[str, datetime] = field(default_factory=dict)
    """When each account itself was counted last."""
    troubles: tuple[Trouble, ...] = ()
    rev: int = field(default=0, compare=False)

    def trouble(self, account: str, now: datetime) -> Trouble | None:
        """What keeps this account from being counted now."""
        return next((one for one in self.troubles if one.account == account and now < one.until), None)


def passed(published_at: datetime, now: datetime) -> int:
    """How many of the distances a post has behind it."""
    return sum(published_at + distance <= now for distance in DISTANCES)


def next_at(published_at: datetime, now: datetime) -> datetime | None:
    """When it is to be counted next, from now on; None after the last distance."""
    after = passed(published_at, now)
    return published_at + DISTANCES[after] if after < len(DISTANCES) else None


@dataclass(frozen=True, slots=True)
class Sums:
    """What the last samples of many posts come to. counted, waiting, gone: how many posts; told: by how many each measure is."""

    posts: int
    counted: int = 0
    waiting: int = 0
    gone: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    oldest: datetime | None = None


def summed(found: Iterable[Sequence[Sample]]) -> Sums:
    """The sums over posts, each with its samples, the oldest first. A post that is gone counts as far as it was told before."""
    sums = Sums(0)
    for samples in found:
        last = next((one for one in reversed(samples) if not one.gone), None)
        gone = bool(samples) and samples[-1].gone
        counts, told = dict(sums.counts), dict(sums.told)
        for name, value in (last.counts if last else {}).items():
            if name not in NOT_SUMMED:
                counts[name], told[name] = counts.get(name, 0) + value, told.get(name, 0) + 1
        times = [at for at in (sums.oldest, last.at if last else None) if at is not None]
        sums = replace(
            sums,
            posts=sums.posts + 1,
            counted=sums.counted + (last is not None and not gone),
            waiting=sums.waiting + (not samples),
            gone=sums.gone + gone,
            counts=counts,
            told=told,
            oldest=min(times, default=None),
        )
    return sums
