"""What people write about law, emergencies, threats and despair, by hand: what must call a person, and look-alikes that must not.

`escalate`: a named person is called at once. `quiet`: the look-alike calls nobody for that reason. `review`: never answered by a
machine, whatever friendly words stand in it.
"""

from __future__ import annotations

import pytest

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import Label, TriageAction
from chalicelib.signals.reading import read
from tests.signals.deciding import decided, told

HEAD, CASES = told("matters.tsv")
SURE = 700


def of(want: str) -> list[tuple[str, str]]:
    return [(label, text) for wanted, label, text in CASES if wanted == want]


def test_there_are_enough_and_each_is_told_once() -> None:
    assert HEAD == "want\tlabel\ttext"
    assert len({text for *_, text in CASES}) == len(CASES) >= 150


@pytest.mark.parametrize(("label", "text"), of("escalate"))
def test_it_calls_a_person_at_once_and_says_where_it_stands(label: str, text: str, starter: Guideline) -> None:
    decision = decided(text, starter)
    assert decision.action is TriageAction.ESCALATE
    assert label in decision.risks
    assert any(one.label == label for one in decision.rationale.evidence)
    assert label.replace("_", "-") in decision.rationale.clauses
    assert decision.rationale.why.startswith("Clause ")


@pytest.mark.parametrize(("label", "text"), of("quiet"))
def test_a_look_alike_calls_nobody(label: str, text: str, starter: Guideline) -> None:
    assert read(text).labels.get(Label(label), 0) < SURE
    assert label.replace("_", "-") not in decided(text, starter).rationale.clauses


@pytest.mark.parametrize(("_label", "text"), of("review"))
def test_what_only_sounds_friendly_or_simple_is_left_to_a_person(_label: str, text: str, starter: Guideline) -> None:
    assert decided(text, starter).action is not TriageAction.ANSWER
