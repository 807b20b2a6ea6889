"""What was read back, from before an account was connected: it asks nothing of anybody, and what may be urgent is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import URGENT, Label, Signals, TriageAction
from chalicelib.domain.triage import HISTORY, ThreadFacts, derived
from tests.domain.test_triage import GUIDELINE, clause, decided, signals, some_facts, some_guidelines, some_signals

OLD = ThreadFacts(may_answer=False, why_not="it was said before the account was connected", history=True)


@pytest.mark.parametrize("read", [signals(praise=900), signals(insult=900), signals(complaint=900), signals()])
def test_what_waits_for_nothing_any_more_is_left_alone_and_says_why(read: Signals) -> None:
    decision = decided(read, facts=OLD)
    assert decision.action is TriageAction.IGNORE
    assert HISTORY in decision.rationale.why
    assert {one.action for one in decision.rationale.refused} == {"review", "answer"}


@pytest.mark.parametrize("risk", sorted(URGENT))
def test_what_may_be_urgent_is_seen_by_a_person_and_calls_nobody(risk: Label) -> None:
    decision = decided(signals(**{risk.value: 250}), facts=OLD)
    assert decision.action is TriageAction.REVIEW


def test_what_a_clause_escalates_is_seen_by_a_person_with_its_clause() -> None:
    decision = decided(signals(threat=900), facts=OLD)
    assert decision.action is TriageAction.REVIEW
    assert "danger" in decision.rationale.why
    assert decision.rationale.refused[0].action == "escalate"


def test_nothing_is_hidden_by_itself_that_stood_there_for_weeks() -> None:
    hides = clause("adverts", TriageAction.MODERATE, 1, moderate="hide", labels={Label.SPAM: 500})
    guideline = replace(GUIDELINE, clauses=(hides,))
    facts = replace(OLD, moderations=("hide",))
    assert decided(signals(spam=900), guideline, facts).action is TriageAction.IGNORE
    assert decided(signals(spam=900), guideline, replace(facts, history=False)).action is TriageAction.MODERATE


@given(some_guidelines, some_signals, some_facts)
def test_whatever_it_says_a_person_looks_at_it_or_nobody_and_the_record_tells_why(
    guideline: Guideline, read: Signals, facts: ThreadFacts
) -> None:
    facts = replace(facts, may_answer=False, history=True)
    decision = decided(read, guideline, facts)
    assert decision.action in {TriageAction.IGNORE, TriageAction.REVIEW}
    assert derived(decision, guideline, kind="mention") == decision
    news = decided(read, guideline, replace(facts, history=False))
    if any(read.labels.get(risk, 0) >= guideline.thresholds.low for risk in URGENT):
        assert decision.action is TriageAction.REVIEW
    assert decision.action is TriageAction.IGNORE or news.action.rank >= TriageAction.REVIEW.rank
