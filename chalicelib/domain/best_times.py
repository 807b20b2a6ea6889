"""Best times: at which hours of the week an account's own posts drew more than its others did, with the evidence, or silence.

A hint is a claim, so it must stand against chance: an hour is named only where so many of its posts lie above the median of
all that it would happen in fewer than one of twenty accounts if the same reactions were dealt out to the same posts at random,
however many hours are looked at (Mood's median test, exact, with Bonferroni's correction). Whole numbers throughout. Where
there is too little, it says so and names nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from statistics import median_low
from typing import Final

LEAST_POSTS: Final = 20
"""Below so many posts nothing is compared at all."""

LEAST_IN_HOUR: Final = 5
"""Below so many posts an hour of the week is not looked at: no five of them could tell less."""

ONE_IN: Final = 20
"""How seldom chance alone may name any hour."""


@dataclass(frozen=True, slots=True)
class Drew:
    """One post: what the clock on the wall showed when it was said (naive), and how many reactions it drew."""

    wall: datetime
    reactions: int


@dataclass(frozen=True, slots=True)
class Hint:
    """An hour of the week that drew more. weekday: 0 is Monday. Medians are the lower ones; above: its posts over that of all."""

    weekday: int
    hour: int
    posts: int
    median: int
    median_of_rest: int
    above: int
    rest: int


@dataclass(frozen=True, slots=True)
class BestTimes:
    """What an account's own history says. silent: why it says nothing; None where it says something."""

    posts: int
    hours: int
    """Hours of the week that had enough posts to be looked at."""
    hints: tuple[Hint, ...]
    silent: str | None


def best_times(drew: Sequence[Drew]) -> BestTimes:
    """Compare the hours of the week in which an account posted; the clearest first."""
    if len(drew) < LEAST_POSTS:
        return BestTimes(len(drew), 0, (), f"{len(drew)} posts are too few to compare: it takes {LEAST_POSTS}")
    by_hour: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for one in drew:
        by_hour[one.wall.weekday(), one.wall.hour].append(one.reactions)
    looked_at = {hour: found for hour, found in by_hour.items() if LEAST_IN_HOUR <= len(found) < len(drew)}
    if not looked_at:
        return BestTimes(len(drew), 0, (), f"no hour of the week has {LEAST_IN_HOUR} posts and others beside it")
    middle = median_low([one.reactions for one in drew])
    over = sum(one.reactions > middle for one in drew)
    hints = []
    for (weekday, hour), found in looked_at.items():
        rest = [one for other, counts in by_hour.items() if other != (weekday, hour) for one in counts]
        own, others, above = median_low(found), median_low(rest), sum(one > middle for one in found)
        if own > others and _beyond_chance(above, len(found), over, len(drew), len(looked_at)):
            hints.append(Hint(weekday, hour, len(found), own, others, above, len(rest)))
    silent = None if hints else "no hour drew more than the others beyond what chance does"
    ordered = sorted(hints, key=lambda one: (-(one.median - one.median_of_rest), one.weekday, one.hour))
    return BestTimes(len(drew), len(looked_at), tuple(ordered), silent)


def _beyond_chance(above: int, posts: int, over: int, every: int, looks: int) -> bool:
    """Whether so many of an hour's posts would lie over the median by chance in fewer than one of `ONE_IN` accounts.

    Of `every` post, `over` lie over it, and `posts` of them are the hour's (Fisher's exact test, one-sided).
    """
    as_many = sum(
        comb(over, number) * comb(every - over, posts - number) for number in range(above, min(over, posts) + 1)
    )
    return as_many * ONE_IN * looks <= comb(every, posts)
