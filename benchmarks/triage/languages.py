"""Which language: how often it is told rightly by length, what a foreign text is taken for, and what that costs in English."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.triage.data import rows, stream
from benchmarks.triage.stream import share
from chalicelib.domain.labels import Signals, TriageAction
from chalicelib.domain.rationale import Actor
from chalicelib.domain.triage import ThreadFacts, decide
from chalicelib.signals.reading import read
from local.classify import chosen

LENGTHS: Final[Mapping[str, tuple[int, int]]] = {"20": (0, 20), "60": (21, 60), "more": (61, 1 << 30)}
"""Characters of a text."""
ENGLISH: Final = "en"


def figures(every: int = 1) -> dict[str, Any]:
    """On the test rows of sentences in many languages, and on the test half of the stream, all of which counts as English."""
    told: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    foreign = answered = 0
    for row in list(rows("tier_a/tatoeba_langs", "test"))[::every]:
        code, signals = row["lang"], read(row["text"])
        length = next(name for name, (_, most) in LENGTHS.items() if len(row["text"]) <= most)
        told[code][length][_verdict(signals, code)] += 1
        if code != ENGLISH:
            foreign += 1
            answered += _action(signals) is TriageAction.ANSWER
    others = {code: each for code, each in told.items() if code != ENGLISH}
    return {
        "language_right": {name: _mean(told, name, "right") for name in LENGTHS},
        "language_wrong": {name: _mean(told, name, "wrong") for name in LENGTHS},
        "foreign_taken_for_english": share(_sum(others, "english"), foreign),
        "foreign_answered": share(answered, foreign),
        "language_each": {
            code: {name: share(one["right"], one.total()) for name, one in sorted(each.items())}
            for code, each in sorted(told.items())
        },
        **_in_english(every),
    }


def _in_english(every: int) -> dict[str, Any]:
    """Of the stream: how many messages are not told to be in English, and how many of those would be answered if they were."""
    found = [read(row["text"]) for row in stream() if row["split"] == "test"][::every]
    untold = [one for one in found if one.language != ENGLISH]
    kept = sum(_action(replace(one, language=ENGLISH)) is TriageAction.ANSWER for one in untold)
    return {
        "english_untold": share(len(untold), len(found)),
        "english_kept_from_an_answer": share(kept, len(found)),
    }


def _verdict(signals: Signals, code: str) -> str:
    if signals.language == code:
        return "right"
    if signals.language is None:
        return "none"
    return "english" if signals.language == ENGLISH else "wrong"


def _action(signals: Signals) -> TriageAction:
    return decide(
        guideline=_GUIDELINE,
        signals=signals,
        facts=ThreadFacts(),
        actor=Actor.worker("measuring"),
        now=datetime.now(UTC),
        kind="mention",
    ).action


_GUIDELINE: Final = chosen(None)


def _mean(told: Mapping[str, Mapping[str, Counter[str]]], length: str, verdict: str) -> float:
    """The mean over languages that have texts of this length; what is taken for English is wrong."""
    shares = [_share(each[length], verdict) for each in told.values() if each[length]]
    return round(sum(shares) / len(shares), 4) if shares else 0.0


def _share(one: Counter[str], verdict: str) -> float:
    hits = one[verdict] + (one["english"] if verdict == "wrong" else 0)
    return hits / one.total()


def _sum(told: Mapping[str, Mapping[str, Counter[str]]], verdict: str) -> int:
    return sum(one[verdict] for each in told.values() for one in each.values())
