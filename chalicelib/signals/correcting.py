"""Lays a workspace's correction over what the learnt table says of one text. Pure Python; rules and vetoes come after it.

It touches nothing but the heads that people taught: a figure of the rules, a veto and an intent stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp
from typing import Final

from chalicelib.domain.correction import ANSWER, Correction, bounded, vetoed
from chalicelib.domain.labels import Label
from chalicelib.domain.rationale import Evidence
from chalicelib.signals import features
from chalicelib.signals.table import Judgement, log_odds

TOLD: Final = 20
"""Permille by which the safety of an answer is moved before that stands in the evidence."""

SAID_BY: Final = "correction:"
"""Begins the rule of each mark that says what a correction changed: `correction:<id>`."""


def corrected(
    correction: Correction, judgement: Judgement, rules: Mapping[Label, int], said: Sequence[str]
) -> Judgement:
    """The judgement as it is under a correction. rules: what they said, permille per label; said: the text's tokens."""
    words = features.hashed(said)[0]
    careful = vetoed(rules)
    chances, p_auto = dict(judgement.chances), judgement.p_auto
    for name, head in correction.heads.items():
        before = p_auto if name == ANSWER else chances.get(name)
        if before is None:
            continue
        logit = log_odds(before)
        move = bounded(name, head.moves(logit, words), careful=careful or head.careful)
        after = 1 / (1 + exp(-(logit + move))) if move else before
        if name == ANSWER:
            p_auto = after
        else:
            chances[name] = after
    return replace(judgement, chances=chances, p_auto=p_auto)


def marks(
    correction: Correction,
    before: Mapping[Label, int],
    after: Mapping[Label, int],
    p_auto: tuple[int, int],
) -> list[Evidence]:
    """What a correction changed, as evidence about the whole text: the labels whose figure it moved, and the answer's safety.

    before, after: what the table told without it and with it (permille); a label that it silenced stands there with 0.
    """
    rule = f"{SAID_BY}{correction.id}"
    found = [
        Evidence(label.value, rule, after.get(label, 0))
        for label in Label
        if before.get(label, 0) != after.get(label, 0)
    ]
    if abs(p_auto[0] - p_auto[1]) >= TOLD:
        found.append(Evidence(ANSWER, rule, p_auto[1]))
    return found
