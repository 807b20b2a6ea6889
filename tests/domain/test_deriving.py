"""A decision is made again from its record alone: what the store gives back of it and its guideline is enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.answers import Mode
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import RISKS, Label, Signals, TriageAction
from chalicelib.domain.rationale import Evidence
from chalicelib.domain.second_opinion import Heard, Opinion, reconsidered
from chalicelib.domain.triage import NotInRecord, ThreadFacts, TriageDecision, derived
from chalicelib.store.codec import decode, encode
from tests.domain.test_triage import (
    CAN_HIDE,
    GUIDELINE,
    HIDING,
    clause,
    decided,
    said,
    signals,
    some_facts,
    some_guidelines,
    some_kinds,
    some_signals,
)

some_opinions = st.none() | st.builds(
    lambda figures, reason: Heard("other", Opinion(figures, reason)),
    st.fixed_dictionaries({label: st.integers(0, 1000) for label in sorted(RISKS)}),
    st.sampled_from(["no_risk", "risk", "unclear"]),
)


@settings(max_examples=200)
@given(some_guidelines, some_signals, some_facts, some_kinds, some_opinions, st.sampled_from(list(Mode)))
def test_a_decision_is_made_again_from_its_record_alone(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str, heard: Heard | None, mode: Mode
) -> None:
    """What the store gives back of decision and guideline leads to the same, word for word: without the text."""
    guideline = replace(guideline, answers=replace(guideline.answers, mode=mode))
    marks = tuple(Evidence(label.value, f"rule:{label.value}", figure, 0, 1) for label, figure in read.labels.items())
    first = reconsidered(
        lambda seen: decided(seen, guideline, facts, kind), replace(read, evidence=marks), guideline, heard
    )
    kept = decode(TriageDecision, encode(first))
    again = derived(kept, Guideline.from_record(guideline.to_record()), kind=kind)
    assert again.action is first.action
    said = f" {heard.told}" if heard else ""
    assert replace(again, rationale=replace(again.rationale, why=again.rationale.why + said)) == first


def test_a_clause_is_as_strong_as_the_label_that_made_it_fire() -> None:
    rude = clause("rude", TriageAction.REVIEW, labels={Label.INSULT: 900, Label.HATE: 300})
    guideline = replace(GUIDELINE, clauses=(rude,))
    first = decided(signals(insult=800, hate=400), guideline)
    assert first.rationale.confidence == 400
    assert derived(first, guideline, kind="mention") == first


def test_what_an_older_release_kept_is_not_enough_and_another_version_not_the_one() -> None:
    first = decided(signals(praise=900))
    for less in (replace(first, figures=None), replace(first, facts=None), replace(first, guideline="v2")):
        with pytest.raises(NotInRecord):
            derived(less, replace(GUIDELINE, version=less.guideline, clauses=GUIDELINE.clauses[:2]), kind="mention")
    with pytest.raises(ValueError, match="version v1"):
        derived(first, replace(GUIDELINE, version="v2"), kind="mention")


def test_no_word_of_the_text_is_in_the_record() -> None:
    first = decided(said("join t.me/coins now", insult=300), HIDING, CAN_HIDE)
    assert "coins" not in str(encode(first))
