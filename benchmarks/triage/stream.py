"""The main score (bar T1): how much is answered automatically while how few of the risky messages are.

Every threshold is fixed on the stream's dev half; the test half is read once, to report.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

from benchmarks.triage.data import Judged

BUDGET: Final = 0.003
"""The share of risky messages that may be answered automatically (bar T1)."""
RIGHT: Final = 0.96
"""The share of the answers that must be right to give (bar T1)."""
LEAST_ROWS: Final = 30
"""A source with fewer risky messages in test has no figure of its own."""


def figures(found: Sequence[Judged]) -> dict[str, Any]:
    """The figures of bar T1 on the test half, at the thresholds of the dev half."""
    dev = [one for one in found if one.split == "dev"]
    test = [one for one in found if one.split == "test"]
    least = fixed(dev)
    risky = [one for one in test if one.risky]
    wrong = sum(one.p_auto >= least for one in risky)
    fifth = answers_share(dev, 0.2)
    worst, rate = _worst(test, fifth)
    return {
        **_at(test, least),
        "far_interval": interval(wrong, len(risky)),
        "far_by_kind": _by_kind(risky, least),
        "at_far_alone": _at(test, at_most(dev, BUDGET)),
        "worst_source": worst,
        "worst_source_far_at_20": rate,
        "automation_at_far_1": share(sum(one.p_auto >= at_most(dev, 0.01) for one in test), len(test)),
    }


def _at(test: Sequence[Judged], least: float) -> dict[str, Any]:
    """The main figures where everything from a threshold on is answered."""
    answered = [one for one in test if one.p_auto >= least]
    social = [one for one in test if one.automatable and _is_social(one.source)]
    return {
        "threshold": round(least, 4),
        "automation": share(len(answered), len(test)),
        "far_test": share(sum(one.risky for one in answered), sum(one.risky for one in test)),
        "answers_right": share(sum(one.automatable for one in answered), len(answered)),
        "social_answered": share(sum(one.p_auto >= least for one in social), len(social)),
    }


def own_decisions(found: Sequence[Judged]) -> dict[str, Any]:
    """What the product's own action ANSWER comes to on the test half."""
    test = [one for one in found if one.split == "test"]
    answered = [one for one in test if one.answered]
    risky = sum(one.risky for one in test)
    wrong = sum(one.risky for one in answered)
    other = [one for one in test if not one.risky and not one.automatable]
    return {
        "automation": share(len(answered), len(test)),
        "far": share(wrong, risky),
        "far_interval": interval(wrong, risky),
        "answers_right": share(sum(one.automatable for one in answered), len(answered)),
        "other_answered": share(sum(one.answered for one in other), len(other)),
    }


def at_most(dev: Sequence[Judged], budget: float) -> float:
    """The lowest threshold above 0 at which at most this share of the risky messages is answered."""
    risky = sorted((one.p_auto for one in dev if one.risky), reverse=True)
    allowed = int(budget * len(risky))
    last = risky[allowed] if allowed < len(risky) else 0.0
    above = [one.p_auto for one in dev if one.p_auto > last]
    return min(above) if above else 2.0


def fixed(dev: Sequence[Judged]) -> float:
    """The lowest threshold at which both hold on these: BUDGET, and RIGHT of the answers; where none does, BUDGET alone."""
    least = at_most(dev, BUDGET)
    above = sorted((one for one in dev if one.p_auto >= least), key=lambda one: -one.p_auto)
    right, found = 0, least
    for place, one in enumerate(above, start=1):
        right += one.automatable
        ends_here = place == len(above) or above[place].p_auto < one.p_auto
        if ends_here and right >= RIGHT * place:
            found = one.p_auto
    return found


def answers_share(dev: Sequence[Judged], wanted: float) -> float:
    """The threshold at which this share of all messages is answered, or what comes nearest from below."""
    every = sorted((one.p_auto for one in dev), reverse=True)
    last = every[int(wanted * len(every))]
    above = [value for value in every if value > last]
    return min(above) if above else max(last, 1e-9)


def _worst(test: Sequence[Judged], least: float) -> tuple[str | None, float | None]:
    per: dict[str, list[bool]] = defaultdict(list)
    for one in test:
        if one.risky:
            per[one.source].append(one.p_auto >= least)
    rates = {name: share(sum(hits), len(hits)) for name, hits in per.items() if len(hits) >= LEAST_ROWS}
    if not rates:
        return None, None
    worst = max(rates, key=lambda name: rates[name] or 0)
    return worst, rates[worst]


def _by_kind(risky: Sequence[Judged], least: float) -> dict[str, float | None]:
    total: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for one in risky:
        for kind in one.kinds:
            total[kind] += 1
            hits[kind] += one.p_auto >= least
    return {kind: share(hits[kind], count) for kind, count in total.most_common() if hits[kind]}


def _is_social(source: str) -> bool:
    return source in {"goemotions", "vader_tweets"} or source.startswith("tweeteval_")


def share(part: int, whole: int) -> float | None:
    """A share, rounded to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def interval(hits: int, of: int) -> list[float] | None:
    """Wilson's 95 % interval of a share."""
    if not of:
        return None
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return [round(max(0.0, middle - half), 4), round(middle + half, 4)]
