"""Tables by the shipped table's shape that are for measuring alone: TweetEval's five tasks, and two sets of many intents.

The first learns from tier B as well, whose licences are unclear: it is never shipped, and the reader of messages refuses it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from local.training.building import Plan
from local.training.heads import HEADS, JUDGED, RISK_HEADS
from local.training.sources import SOURCES, Known, Row, Source

TASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "hate": ("not-hate", "hate"),
    "irony": ("non_irony", "irony"),
    "offensive": ("not-offensive", "offensive"),
    "sentiment": ("negative", "neutral", "positive"),
}
"""The label names of TweetEval's tasks (Barbieri and others 2020), in the order of its numbers."""


def head_of(task: str, label: str) -> str:
    """The head that says how likely a label of a task is; of a task of two labels only the second has one."""
    return f"{task}:{label}"


def labels_with_heads(task: str) -> tuple[str, ...]:
    """The labels of a task that have a head of their own."""
    names = TASKS[task]
    return names[1:] if len(names) == 2 else names


def _tweets(task: str, also: Callable[[str], Known]) -> Callable[[Row], Known]:
    def known(row: Row) -> Known:
        name = row["label_name"]
        return {head_of(task, one): int(one == name) for one in labels_with_heads(task)} | also(name)

    return known


_GLAD: Final = frozenset({"joy", "optimism"})
_TIER_B: Final[Mapping[str, Source]] = {
    "tweeteval_emotion": Source(
        _tweets("emotion", lambda name: {"positive": int(name in _GLAD), "negative": int(name not in _GLAD)}),
        tier="b",
        weight=1.5,
    ),
    "tweeteval_hate": Source(_tweets("hate", lambda name: {"hate": int(name == "hate")}), tier="b", weight=1.5),
    "tweeteval_irony": Source(_tweets("irony", lambda name: {"sarcasm": int(name == "irony")}), tier="b", weight=1.5),
    "tweeteval_offensive": Source(
        _tweets("offensive", lambda name: {"insult": 0} if name == "not-offensive" else {"risky": 1}), tier="b", weight=1.5
    ),
    "tweeteval_sentiment": Source(
        _tweets("sentiment", lambda name: {"positive": int(name == "positive"), "negative": int(name == "negative")}),
        tier="b",
        most=50_000,
        weight=3.0,
    ),
}  # fmt: skip
_OF_TASKS: Final = tuple(head_of(task, one) for task in TASKS for one in labels_with_heads(task))

TWEETS: Final = Plan(
    {**SOURCES, **_TIER_B},
    (*_OF_TASKS, *HEADS),
    (*_OF_TASKS, *JUDGED),
    RISK_HEADS,
    own_cases=True,
    tiers="A and B",
)


def of_intents(data: Path, name: str) -> Plan:
    """A table that tells the intents of one tier A set, `banking77` or `clinc150`; out of scope is no intent."""
    with gzip.open(data / "tier_a" / f"{name}.tsv.gz", "rt", encoding="utf-8", newline="\n") as lines:
        at = next(lines).rstrip("\n").split("\t").index("intent")
        intents = tuple(sorted({line.rstrip("\n").split("\t")[at] for line in lines} - {OUT_OF_SCOPE}))

    def known(row: Row) -> Known:
        return {one: int(one == row["intent"]) for one in intents}

    return Plan({name: Source(known, most=20_000)}, intents, intents, epochs=25, tiers="A, intents of one set")


OUT_OF_SCOPE: Final = "oos"
