"""Joins what the rules and the learnt table say of a text into label figures, evidence and p_auto. Pure.

Rules may only be raised by the table, never lowered. The table alone does not escalate on a hunch: below near-certainty its
figure for an urgent risk stays under what any guideline escalates at, so that a person looks first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.domain.labels import RISKS, URGENT, Label
from chalicelib.domain.rationale import Evidence
from chalicelib.signals import features
from chalicelib.signals.table import Judgement, Table

VETO: Final = 500
"""Permille from which a risk that the rules saw forbids an automatic answer outright."""
SPEAKS: Final = 500
"""Permille below which the table says nothing about a label: ordinary talk then stays free of figures."""
URGENT_SURE: Final = 970
URGENT_UNSURE: Final = 600
"""An urgent risk is told as at most this much until the table is URGENT_SURE."""

_RULE: Final = "table"
_SPOKEN: Final = tuple(Label)


def figures(judgement: Judgement) -> dict[Label, int]:
    """What the table says, permille per label, of those it is sure enough to speak about."""
    found = {}
    for label in _SPOKEN:
        permille = int(judgement.chances.get(label.value, 0.0) * 1000)
        if label in URGENT and permille < URGENT_SURE:
            permille = min(permille, URGENT_UNSURE)
        if permille >= SPEAKS:
            found[label] = permille
    return found


def p_auto(judgement: Judgement, rules: Mapping[Label, int], said: Sequence[str]) -> int:
    """How safe an automatic answer is, permille, rounded down; 0 under a veto and where there is nothing to read."""
    if not said or any(rules.get(label, 0) >= VETO for label in RISKS):
        return 0
    return int(judgement.p_auto * 1000)


def reasons(table: Table, said: str, raised: Mapping[Label, int]) -> list[Evidence]:
    """The words that speak most for each label that the table raised; offsets are into the folded text."""
    if not raised:
        return []
    placed = features.places(said)
    return [
        Evidence(label.value, _RULE, permille, cause.start, cause.end)
        for label, permille in raised.items()
        for cause in table.causes(label.value, placed)
    ]
