"""What a second opinion may do: raise anything, lower little, override no veto, and replay from what was recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.guideline import Thresholds
from chalicelib.domain.labels import RISKS, URGENT, Label, Signals, TriageAction
from chalicelib.domain.rationale import Evidence
from chalicelib.domain.second_opinion import (
    ORDERS,
    REASONS,
    Heard,
    OddAnswer,
    Opinion,
    checked,
    combine,
    reconsidered,
    recorded,
    wanted,
)
from chalicelib.domain.triage import ThreadFacts, TriageDecision, joint_risk
from tests.domain.test_triage import GUIDELINE, decided

READER = "bedrock:amazon.nova-lite-v1:0#1"
GUIDE = replace(GUIDELINE, thresholds=Thresholds(low=200, auto=900))
ORDER = sorted(RISKS)

figures = st.fixed_dictionaries({label: st.integers(0, 1000) for label in ORDER})
opinions = st.builds(Opinion, figures, st.sampled_from(REASONS))
marks = st.builds(Evidence, st.sampled_from([label.value for label in Label]), st.just("rule"), st.integers(1, 1000))
readings = st.builds(
    lambda labels, found, language, p_auto, familiar: Signals(
        labels, tuple(found), language, "test", p_auto=p_auto, familiar=familiar
    ),
    st.dictionaries(st.sampled_from(list(Label)), st.integers(0, 1000)),
    st.lists(marks, max_size=3),
    st.sampled_from(["en", "de", None]),
    st.none() | st.integers(0, 1000),
    st.booleans(),
)
kinds = st.sampled_from(["mention", "report", "community", "message"])


def heard(opinion: Opinion | None = None, why_not: str = "") -> Heard:
    return Heard(READER, opinion, why_not)


def told(reason: str = "no_risk", **changed: int) -> Heard:
    """An opinion of zeros, but for these."""
    return heard(Opinion({label: changed.get(label.value, 0) for label in ORDER}, reason))


def anew(read: Signals, found: Heard | None, kind: str = "mention", facts: ThreadFacts | None = None) -> TriageDecision:
    return reconsidered(lambda one: decided(one, GUIDE, facts, kind), read, GUIDE, found)


def signals(p_auto: int | None = 950, evidence: tuple[Evidence, ...] = (), **labels: int) -> Signals:
    return Signals({Label(name): value for name, value in labels.items()}, evidence, "en", "test", p_auto=p_auto)


# --- what is believed ------------------------------------------------------------------------------------------------

GOOD = {label.value: 5 for label in ORDER}


@pytest.mark.parametrize(
    ("given_figures", "reason", "why"),
    [
        (None, "risk", "one figure for each label"),
        ([1, 2, 3], "risk", "one figure for each label"),
        ("all zero", "risk", "one figure for each label"),
        ({}, "risk", "one figure for each label"),
        ({name: 1 for name in GOOD if name != "threat"}, "risk", "one figure for each label"),
        (GOOD | {"approved": 1000}, "risk", "one figure for each label"),
        (GOOD | {"threat": 1001}, "risk", "whole figures"),
        (GOOD | {"threat": -1}, "risk", "whole figures"),
        (GOOD | {"threat": 0.5}, "risk", "whole figures"),
        (GOOD | {"threat": "0"}, "risk", "whole figures"),
        (GOOD | {"threat": True}, "risk", "whole figures"),
        (GOOD | {"threat": None}, "risk", "whole figures"),
        (GOOD, None, "no known reason"),
        (GOOD, "because you are secret text", "no known reason"),
        (GOOD, ["risk"], "no known reason"),
    ],
)
def test_what_is_not_of_the_agreed_shape_was_not_said(given_figures: object, reason: object, why: str) -> None:
    with pytest.raises(OddAnswer, match=why) as error:
        checked(given_figures, reason, ORDER)
    assert "secret" not in str(error.value)
    assert checked(GOOD, "risk", ORDER).figures == dict.fromkeys(ORDER, 5)


# --- when it is asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "asked"),
    [
        (signals(question=900, insult=250), True),
        (signals(question=900, insult=100, p_auto=100), True),
        (signals(question=900, insult=90, p_auto=100), False),
        (signals(question=300, hate=850), False),
        (signals(insult=750), False),  # a clause sends it to a person
        (signals(threat=750), False),  # a clause escalates it
        (signals(spam=900), False),
        (signals(praise=900), False),
        (signals(praise=900, p_auto=949), True),
        (signals(praise=900, p_auto=None), False),
    ],
)
def test_it_is_asked_only_where_the_first_reader_is_unsure(read: Signals, asked: bool) -> None:
    assert wanted(decided(read, GUIDE), read, GUIDE) is asked


# --- what may follow -------------------------------------------------------------------------------------------------


def test_it_raises_what_the_first_reader_did_not_see() -> None:
    read = signals(praise=900)
    assert decided(read, GUIDE).action is TriageAction.ANSWER
    assert anew(read, told("risk", insult=300)).action is TriageAction.REVIEW
    assert anew(read, told("risk", threat=800)).action is TriageAction.ESCALATE
    assert anew(read, told()).action is TriageAction.ANSWER


def test_it_opens_an_answer_only_where_the_first_reader_was_ready_and_no_rule_saw_danger() -> None:
    read = signals(praise=900, insult=250)
    assert decided(read, GUIDE).action is TriageAction.REVIEW
    assert anew(read, told()).action is TriageAction.ANSWER
    for kept in (
        replace(read, p_auto=899),
        replace(read, p_auto=None),
        replace(read, familiar=False),
        replace(read, language="de"),
        replace(read, complete=False),
        replace(read, evidence=(Evidence("legal", "legal:court", 50),)),
        replace(read, labels={Label.PRAISE: 900, Label.INSULT: 500}),  # half of it is still too much
    ):
        assert anew(kept, told()).action is TriageAction.REVIEW
    assert anew(read, told(ORDERS)).action is TriageAction.REVIEW
    assert anew(read, told(), facts=ThreadFacts(human_touched=True)).action is TriageAction.REVIEW


@given(readings, opinions, st.sampled_from(ORDER), st.integers(0, 1000), kinds)
def test_a_higher_figure_never_lowers_what_is_done(
    read: Signals, opinion: Opinion, label: Label, more: int, kind: str
) -> None:
    higher = Opinion({**opinion.figures, label: min(1000, opinion.figures[label] + more)}, opinion.reason)
    before, after = anew(read, heard(opinion), kind), anew(read, heard(higher), kind)
    assert after.action.rank >= before.action.rank
    assert after.severity >= before.severity


@given(readings, opinions, st.sampled_from(sorted(URGENT)), st.integers(1, 1000), kinds)
def test_a_veto_is_never_overridden(read: Signals, opinion: Opinion, label: Label, figure: int, kind: str) -> None:
    labels = {**read.labels, label: max(figure, read.labels.get(label, 0))}
    seen = replace(read, labels=labels, evidence=(*read.evidence, Evidence(label.value, "a-rule", figure)))
    after = combine(seen, heard(opinion), may_lower=True)
    assert all(after.labels[one] >= seen.labels.get(one, 0) for one in RISKS)
    assert anew(seen, heard(opinion), kind).action.rank >= decided(seen, GUIDE, kind=kind).action.rank


@given(readings, opinions, kinds)
def test_it_never_answers_what_the_first_reader_was_not_ready_to_answer(
    read: Signals, opinion: Opinion, kind: str
) -> None:
    first, then = decided(read, GUIDE, kind=kind), anew(read, heard(opinion), kind)
    if read.p_auto is None or read.p_auto < GUIDE.thresholds.auto or not read.familiar:
        assert then.action.rank >= first.action.rank
    assert joint_risk(combine(read, heard(opinion), may_lower=False)) >= joint_risk(read)


@given(readings, kinds)
def test_an_absent_opinion_changes_nothing_but_says_so(read: Signals, kind: str) -> None:
    first = decided(read, GUIDE, kind=kind)
    assert anew(read, None, kind) == first
    assert combine(read, heard(), may_lower=True) is read
    silent = anew(read, heard(why_not="it did not answer"), kind)
    assert silent.rationale.why == f"{first.rationale.why} A second reader was not heard: it did not answer."
    assert replace(silent, rationale=first.rationale) == first


@given(readings, opinions, kinds)
def test_a_decision_is_made_again_from_what_its_record_holds(read: Signals, opinion: Opinion, kind: str) -> None:
    once = anew(read, heard(opinion), kind)
    found = recorded(once.rationale.evidence)
    assert found == heard(opinion)
    assert anew(read, found, kind) == once
    assert recorded(read.evidence) is None
