"""Band: how much an account usually hears. Far more than that is a surge; nothing at all for too long is silence.

Both are judged by what the account itself has heard, as counts that come by chance around a rate (Poisson). Small accounts
do not alarm: where hardly anything is said, neither a few messages nor a quiet week means anything.
Pure arithmetic: nothing here reads a clock or the record.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

KNOWN: Final = timedelta(days=7)
"""How long an account is listened to before a surge of it can be told: each day of a week was heard once."""
FEWEST: Final = 20
"""So many messages within some six hours at least are a surge: fewer, one person can read, whoever usually says nothing."""
TIMES: Final = 4.0
"""And so many times the usual: a day's busiest hours carry two to three times its mean, for the shape of the day is not kept."""
SIGMAS: Final = 4.0
"""And so many standard deviations of a Poisson count more: once in 30,000 by chance."""
OVER: Final = 0.5
"""A surge is over once less than this share of what opened it is heard: so that it does not open and close by turns."""

LISTENED: Final = timedelta(days=14)
"""How long gaps are watched before silence can be told: two weekends."""
SHORTEST: Final = timedelta(hours=12)
"""Nobody is missed for a night's length."""
EXPECTED: Final = 15.0
"""So many messages would have come. That none does is chance once in three million (e^-15): of ten thousand accounts that
hear ten a day each, fewer than one in two weeks."""
GAPS: Final = 2.0
"""And so many times the longest gap that was usual. It is remembered for two weeks, each week worth 0.6 of the one before:
twice that still covers a weekend a week later."""
FADES: Final = timedelta(days=14)

MISSED_FOR: Final = timedelta(hours=1)
"""How long a part of what an account listens to is not told to it before that is an incident."""
UNREAD_FOR: Final = timedelta(hours=6)
"""How long an account cannot be read before that is one: as long as the slowest account is read at most."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is noticed of an account. since: from when on its gaps are watched; longest: of those that were usual, in seconds.

    surging_since: while it hears far more than usual. gaps: what could not be read of what it listens to, in the platform's
    short words, since gaps_since. gaps_told, unread_told: whether there is an incident about that, or about no reading.
    """

    since: datetime | None = None
    longest: int = 0
    surging_since: datetime | None = None
    gaps: tuple[str, ...] = ()
    gaps_since: datetime | None = None
    gaps_told: bool = False
    unread_told: bool = False


UNWATCHED: Final = Watch()


def most(usual: float) -> float:
    """The upper edge: so many messages are still no surge where so many would be usual in the same time."""
    return max(float(FEWEST), TIMES * usual + SIGMAS * math.sqrt(usual))


def quiet_after(watch: Watch, last: datetime, hourly: float) -> datetime | None:
    """From when on silence after the message at `last` is told; None where that is not known, or nothing is to be expected.

    hourly: messages an hour that were usual until then.
    """
    if watch.since is None or hourly <= 0 or last - watch.since < LISTENED:
        return None
    hours = EXPECTED / hourly
    if hours > FADES / timedelta(hours=1):
        return None
    return last + max(SHORTEST, GAPS * timedelta(seconds=watch.longest), timedelta(hours=hours))


def heard(watch: Watch, last: datetime | None, hourly: float, now: datetime) -> Watch:
    """The watch after something was said, the message before it at `last`. A gap that was told as silence was not usual."""
    if watch.since is None or last is None:
        return replace(watch, since=watch.since or now)
    quiet, gap = quiet_after(watch, last, hourly), max(timedelta(), now - last)
    if quiet is not None and now >= quiet:
        return watch
    faded = watch.longest * math.exp(-gap / FADES)
    return replace(watch, longest=round(max(faded, gap.total_seconds())))


def surged(watch: Watch, lately: float, usual: float, known: timedelta, now: datetime, *, news: bool) -> Watch:
    """The watch with the surge that begins, or ends, now. lately, usual: messages of the last hours, and what would be usual."""
    if watch.surging_since is None:
        begins = news and known >= KNOWN and lately > most(usual)
        return replace(watch, surging_since=now) if begins else watch
    return replace(watch, surging_since=None) if lately < OVER * most(usual) else watch


def read(watch: Watch, missed: tuple[str, ...], now: datetime) -> Watch:
    """The watch after a reading that could not read these parts."""
    gaps = tuple(sorted(missed))
    if not gaps:
        return replace(watch, gaps=(), gaps_since=None, gaps_told=False, unread_told=False)
    since = watch.gaps_since or now
    told = watch.gaps_told or now - since >= MISSED_FOR
    return replace(watch, gaps=gaps, gaps_since=since, gaps_told=told, unread_told=False)
