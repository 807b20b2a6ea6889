"""Joins what the rules and the learnt table say of a text into label figures, evidence and p_auto. Pure.

Rules may only be raised by the table, never lowered. The table alone does not escalate on a hunch: below near-certainty its
figure for an urgent risk stays under what any guideline escalates at, so that a person looks first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.domain.labels import RISKS, URGENT, Label
from chalicelib.domain.rationale import Evidence
from chalicelib.signals import features, intent_rules
from chalicelib.signals import table as tables
from chalicelib.signals.table import Judgement, Table

VETO: Final = 500
"""Permille from which a risk that the rules saw forbids an automatic answer outright."""
SPEAKS: Final = 500
"""Permille below which the table says nothing about a label: ordinary talk then stays free of figures."""
SURE: Final = 970
URGENT_SPEAKS: Final = 800
URGENT_UNSURE: Final = 600
"""An urgent risk is told as this much from URGENT_SPEAKS on, until the table is SURE."""

MIXED: Final = 400
"""The most that an automatic answer to praise and complaint in one is called safe: below any guideline's least."""

FOREIGN_STEEP: Final = 0.7
FOREIGN_SHIFT: Final = -0.62
MOST_RISKY: Final = 894
"""What the table says of how risky a text is holds for texts like those that it learnt from. Of others it is too sure, so its
log-odds are bent. The bend is fitted on dev rows: of the nine risky sources as tables say that were trained without them, and of
ten harmless ones (docs/benchmarks.md). There, however sure the table was, one in ten was harmless after all."""

_RULE: Final = "table"


def raised(judgement: Judgement, rules: Mapping[Label, int]) -> dict[Label, int]:
    """The labels whose figure the table raises above the rules', permille.

    Of a text that is not familiar to it, it speaks only where it is nearly certain. Personal data is left to the rules,
    which are exact; a question needs the form of one, which the rules see.
    """
    found: dict[Label, int] = {}
    least = SPEAKS if judgement.familiar else SURE
    chances = {label: int(judgement.chances.get(label.value, 0.0) * 1000) for label in Label}
    # What it knows of support are questions to a bank and to an assistant: worded as one, it is a question.
    if Label.QUESTION in rules and Label.SUPPORT not in rules:
        chances[Label.QUESTION] = max(chances[Label.QUESTION], chances.pop(Label.SUPPORT))
    for label, chance in chances.items():
        if label is Label.PRIVACY or (label is Label.QUESTION and label not in rules):
            continue
        if label is Label.PRAISE and 0 < rules.get(label, 0) < intent_rules.UNKNOWN:  # doubted: thanks for nothing
            continue
        permille = chance
        if label in URGENT and permille < SURE:
            permille = URGENT_UNSURE if permille >= URGENT_SPEAKS else 0
        if permille >= least and permille > rules.get(label, 0):
            found[label] = permille
    return found


def p_auto(judgement: Judgement, rules: Mapping[Label, int], said: Sequence[str]) -> int:
    """How safe an automatic answer is, permille, rounded down; 0 under a veto and where there is nothing to read.

    Warm words beside a complaint are irony, or a matter that nobody should be thanked for: both are a person's.
    """
    if not said or any(rules.get(label, 0) >= VETO for label in RISKS):
        return 0
    mixed = Label.PRAISE in rules and rules.get(Label.COMPLAINT, 0) >= VETO
    return min(int(judgement.p_auto * 1000), MIXED if mixed else 1000)


def p_risky(judgement: Judgement, rules: Mapping[Label, int]) -> int:
    """How likely a text is risky in any way, permille. What the rules are sure of stays as sure."""
    bent = tables.chance(FOREIGN_STEEP * tables.log_odds(judgement.p_risky) + FOREIGN_SHIFT)
    sure = max((rules.get(label, 0) for label in URGENT), default=0)
    return max(min(int(bent * 1000), MOST_RISKY), sure if sure >= VETO else 0)


def reasons(table: Table, said: str, told: Mapping[Label, int]) -> list[Evidence]:
    """The words that speak most for each label that the table raised; offsets are into the folded text."""
    if not told:
        return []
    placed = features.places(said)
    return [
        Evidence(label.value, _RULE, permille, cause.start, cause.end)
        for label, permille in told.items()
        for cause in table.causes(label.value, placed)
    ]
