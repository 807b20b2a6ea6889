"""Comparing wordings by what they drew: which did better, or that nobody can tell yet.

By ranks (Mann and Whitney's test, with its correction for ties), so that one post that everybody shared decides nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 8
"""Posts of each wording, below which nothing is said: the test's approximation needs about so many."""

SURE = 2.58
"""Standard deviations: 99 of 100, since several wordings are compared with one another."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the posts of one wording drew, each counted for the same span. `wording`: from 0."""

    wording: int
    reactions: tuple[int, ...]

    @property
    def median_permille(self) -> int:
        """The median of reactions a post, in thousandths; 0 without posts."""
        ranked = sorted(self.reactions)
        if not ranked:
            return 0
        middle = len(ranked) // 2
        return 1000 * ranked[middle] if len(ranked) % 2 else 500 * (ranked[middle - 1] + ranked[middle])


def better(drawn: Sequence[Drawn]) -> tuple[int | None, str]:
    """The wording that did better than every other, and why; None with the reason why nobody can tell."""
    if len(drawn) < 2:
        return None, "there is one wording only"
    few = min(len(one.reactions) for one in drawn)
    if few < LEAST:
        return None, f"cannot tell yet: a wording has {few} posts to count, and {LEAST} are needed of each"
    first, *others = sorted(drawn, key=lambda one: (-sum(one.reactions) / len(one.reactions), one.wording))
    if all(_ahead(first.reactions, other.reactions) >= SURE for other in others):
        return (
            first.wording,
            f"its posts drew more than those of every other wording, by ranks of {len(drawn)} wordings",
        )
    return None, "cannot tell: the wordings differ by less than chance may make"


def _ahead(one: Sequence[int], other: Sequence[int]) -> float:
    """By how many standard deviations the first is ahead of the second, by ranks; 0 where all are equal."""
    size, wins = len(one) + len(other), sum(_wins(mine, theirs) for mine in one for theirs in other)
    ties = sum(count**3 - count for count in Counter((*one, *other)).values())
    spread = len(one) * len(other) / 12 * (size + 1 - ties / (size * (size - 1)))
    return 0.0 if spread <= 0 else (wins - len(one) * len(other) / 2) / math.sqrt(spread)


def _wins(mine: int, theirs: int) -> float:
    return 1.0 if mine > theirs else 0.5 if mine == theirs else 0.0
