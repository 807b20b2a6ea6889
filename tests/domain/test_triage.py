"""Deciding: what escalates, what a person sees, what may be answered, and that a risk can only raise the action."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.guideline import AUTOMATIC, Answers, Clause, Direction, Guideline, Thresholds
from chalicelib.domain.labels import ANSWERABLE, INTENTS, RISKS, URGENT, Label, Signals, TriageAction
from chalicelib.domain.rationale import Actor, Evidence
from chalicelib.domain.triage import ThreadFacts, TriageDecision, decide
from chalicelib.domain.when import Around, AuthorTest, ThreadTest, TimeTest, When

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WORKER = Actor.worker("triage")


def clause(
    name: str, action: TriageAction, severity: int = 0, *, moderate: str | None = None, **when: object
) -> Clause:
    asked = When(**when)  # type: ignore[arg-type]
    return Clause(
        name, f"wording of {name}", Direction.INCOMING, asked, action, severity, f"reason of {name}", moderate=moderate
    )


GUIDELINE = Guideline(
    version="v1",
    name="Test",
    languages=("en",),
    clauses=(
        clause("danger", TriageAction.ESCALATE, 3, labels={Label.THREAT: 700, Label.SELF_HARM: 700}),
        clause("rude", TriageAction.REVIEW, 1, labels={Label.INSULT: 700}),
        clause("in-private", TriageAction.REVIEW, 0, kinds=("message",)),
        clause("adverts", TriageAction.IGNORE, 0, labels={Label.SPAM: 800}),
        clause("thanks", TriageAction.ANSWER, 0, labels={Label.PRAISE: 800}),
        clause("asked", TriageAction.ANSWER, 0, labels={Label.QUESTION: 800}),
    ),
    answers=Answers(replies={Label.PRAISE: "praise", Label.QUESTION: "question"}),
    thresholds=Thresholds(low=200, auto=800),
)


def signals(
    language: str | None = "en",
    *,
    complete: bool = True,
    p_auto: int | None = None,
    familiar: bool = True,
    **labels: int,
) -> Signals:
    return Signals(
        {Label(name): value for name, value in labels.items()},
        (),
        language,
        "rules-test",
        complete=complete,
        p_auto=p_auto,
        familiar=familiar,
    )


def decided(
    read: Signals, guideline: Guideline = GUIDELINE, facts: ThreadFacts | None = None, kind: str = "mention"
) -> TriageDecision:
    return decide(
        guideline=guideline, signals=read, facts=facts or ThreadFacts(), actor=WORKER, now=NOW, kind=kind, platform="x"
    )


def test_plain_praise_is_answered_with_the_guidelines_reply_and_says_why() -> None:
    decision = decided(signals(praise=900))
    assert decision.action is TriageAction.ANSWER
    assert decision.template == "praise"
    assert decision.intent == "praise"
    assert decision.rationale.clauses == ("thanks",)
    assert "reason of thanks" in decision.rationale.why
    assert decision.rationale.confidence == 900
    assert [one.action for one in decision.rationale.refused] == ["review", "ignore"]
    assert (decision.guideline, decision.classifier, decision.decided_at) == ("v1", "rules-test", NOW)
    assert decision.rationale.actor == WORKER


@pytest.mark.parametrize(
    ("read", "facts", "why"),
    [
        (signals(None, praise=900), ThreadFacts(), "language could not be told"),
        (signals("de", praise=900), ThreadFacts(), "does not speak its language"),
        (signals(praise=900, complete=False), ThreadFacts(), "too long"),
        (replace(signals(praise=900), hides=True), ThreadFacts(), "people may read something else"),
        (signals(praise=900, p_auto=799), ThreadFacts(), "safe to 799 permille only, and 800"),
        (signals(praise=900, p_auto=0), ThreadFacts(), "safe to 0 permille"),
        (signals(praise=900, familiar=False), ThreadFacts(), "unlike the texts"),
        (signals(praise=900), ThreadFacts(human_touched=True), "person of ours"),
        (signals(praise=900), ThreadFacts(answered_recently=True), "within the window"),
        (signals(praise=900), ThreadFacts(may_answer=False, why_not="summoned only"), "summoned only"),
        (signals(praise=900), ThreadFacts(may_answer=False), "may not speak"),
        (signals(praise=900, insult=200), ThreadFacts(), "joint risk is 200"),
        (signals(praise=900, complaint=300), ThreadFacts(), "also be complaint"),
        (signals(praise=700), ThreadFacts(), "no clause says"),
        (signals(support=900), ThreadFacts(), "no reply for this intent"),
        (signals(), ThreadFacts(), "no clause says"),
    ],
)
def test_whatever_speaks_against_an_answer_sends_it_to_a_person_and_is_named(
    read: Signals, facts: ThreadFacts, why: str
) -> None:
    decision = decided(read, facts=facts)
    assert decision.action is TriageAction.REVIEW
    assert decision.template is None
    assert any(one.action == "answer" and why in one.why for one in decision.rationale.refused)


def test_an_answer_that_is_safe_enough_by_the_table_is_given() -> None:
    assert decided(signals(praise=900, p_auto=800)).action is TriageAction.ANSWER


def test_small_risks_add_up() -> None:
    assert decided(signals(praise=900, insult=120)).action is TriageAction.ANSWER
    assert decided(signals(praise=900, insult=120, hate=120)).action is TriageAction.REVIEW


def test_escalation_beats_everything_and_names_every_clause_that_fired() -> None:
    decision = decided(signals(praise=900, insult=900, threat=900, spam=900), kind="message")
    assert decision.action is TriageAction.ESCALATE
    assert decision.severity == 3
    assert decision.rationale.clauses == ("danger", "rude", "in-private", "adverts", "thanks")
    assert set(decision.risks) == {"insult", "threat"}
    assert {one.action for one in decision.rationale.refused} == {"review", "answer"}


def test_spam_is_ignored_unless_a_risk_is_in_it() -> None:
    assert decided(signals(spam=900)).action is TriageAction.IGNORE
    assert decided(signals(spam=900, hate=250)).action is TriageAction.REVIEW


def test_an_urgent_doubt_is_graver_than_another_one() -> None:
    assert decided(signals(self_harm=400)).severity == 2
    assert decided(signals(insult=400)).severity == 1
    assert decided(signals()).severity == 0


def test_the_kind_alone_can_ask_for_a_person() -> None:
    assert decided(signals(praise=900), kind="message").rationale.clauses == ("in-private", "thanks")
    assert decided(signals(praise=900), kind="message").action is TriageAction.REVIEW


def test_the_reply_is_that_of_the_strongest_intent_and_a_tie_goes_to_the_one_that_needs_more_care() -> None:
    assert decided(signals(praise=900, question=900)).template == "question"
    assert decided(signals(praise=950, question=900)).template == "praise"


def test_evidence_of_the_signals_is_kept() -> None:
    mark = Evidence("threat", "threat:direct", 900, 3, 9)
    decision = decided(replace(signals(threat=900), evidence=(mark,)))
    assert mark in decision.rationale.evidence


permille = st.integers(min_value=-50, max_value=1100)
some_signals = st.builds(
    Signals,
    labels=st.dictionaries(st.sampled_from(list(Label)), permille),
    evidence=st.just(()),
    language=st.sampled_from([None, "en", "de"]),
    classifier=st.just("rules-test"),
    plain=st.text(max_size=30),
    complete=st.booleans(),
    p_auto=st.none() | permille,
    familiar=st.booleans(),
    hides=st.booleans(),
)
maybe = st.none() | st.booleans()
some_around = st.builds(
    Around,
    account=st.sampled_from([None, "a1", "a2"]),
    community=st.sampled_from([None, "Games", "other"]),
    zone=st.sampled_from([None, "UTC", "Asia/Tokyo"]),
    first_message=maybe,
    known_days=st.none() | st.integers(0, 30),
    ruled_against=st.none() | st.integers(0, 3),
    heat=st.none() | st.integers(0, 1000),
    messages=st.none() | st.integers(0, 20),
)
some_facts = st.builds(
    ThreadFacts,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.text(max_size=5),
    moderations=st.sampled_from([(), ("hide",), AUTOMATIC]),
    around=some_around,
)


@st.composite
def circumstances(draw: st.DrawFn, action: TriageAction) -> dict[str, object]:
    mild = action in {TriageAction.IGNORE, TriageAction.ANSWER}
    figure = st.none() | st.integers(1, 3)
    author = AuthorTest(draw(maybe), draw(figure), None if mild else draw(figure))
    thread = ThreadTest(draw(maybe), None if mild else draw(st.none() | st.integers(1, 1000)), draw(figure))
    time = TimeTest(
        draw(st.sampled_from([(), (5, 6)])), draw(st.sampled_from([0, 540])), draw(st.sampled_from([0, 1020]))
    )
    return {
        "author": draw(st.sampled_from([None, author])),
        "thread": draw(st.sampled_from([None, thread])),
        "time": draw(st.sampled_from([None, time])),
        "accounts": draw(st.sampled_from([(), ("a1",)])),
        "communities": draw(st.sampled_from([(), ("games",)])),
        "languages": draw(st.sampled_from([(), ("en",), ("de",)])),
        "patterns": () if action is TriageAction.ANSWER else draw(st.sampled_from([(), (r"a+\b",)])),
    }


@st.composite
def clauses(draw: st.DrawFn) -> tuple[Clause, ...]:
    made = []
    for index in range(draw(st.integers(0, 5))):
        action = draw(st.sampled_from(list(TriageAction)))
        allowed: list[Label] = list(Label)
        if action is TriageAction.ANSWER:
            allowed = sorted(ANSWERABLE)
        elif action is TriageAction.IGNORE:
            allowed = list(INTENTS)
        elif action is TriageAction.MODERATE:
            allowed = [label for label in Label if label not in URGENT]
        labels = draw(st.dictionaries(st.sampled_from(allowed), st.integers(1, 1000), min_size=1, max_size=3))
        phrases = (
            () if action is TriageAction.ANSWER else tuple(draw(st.lists(st.sampled_from(["a", "b c"]), max_size=2)))
        )
        kinds = draw(st.sampled_from([(), ("mention",), ("message",)]))
        made.append(
            clause(
                f"c{index}",
                action,
                draw(st.integers(0, 3)),
                moderate=draw(st.sampled_from(AUTOMATIC)) if action is TriageAction.MODERATE else None,
                labels=labels,
                phrases=phrases,
                kinds=kinds,
                **draw(circumstances(action)),
            )
        )
    return tuple(made)


some_guidelines = st.builds(
    Guideline,
    version=st.just("v"),
    name=st.just("n"),
    languages=st.sampled_from([(), ("en",)]),
    clauses=clauses(),
    answers=st.builds(Answers, replies=st.dictionaries(st.sampled_from(sorted(ANSWERABLE)), st.just("praise"))),
    thresholds=st.builds(Thresholds, low=st.integers(1, 500), auto=st.integers(500, 1000)),
)


some_kinds = st.sampled_from(["mention", "message", "report", "community", "keyword"])


@given(some_guidelines, some_signals, some_facts, st.sampled_from(["mention", "message"]))
def test_every_input_has_one_decision_with_a_reason(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str
) -> None:
    decision = decided(read, guideline, facts, kind)
    assert decided(read, guideline, facts, kind) == decision
    assert decision.rationale.why
    assert decision.rationale.refused
    assert 0 <= decision.rationale.confidence <= 1000
    assert 0 <= decision.severity <= 3
    assert (decision.template is not None) is (decision.action is TriageAction.ANSWER)


@settings(max_examples=300)
@given(some_guidelines, some_signals, some_facts, some_kinds, st.sampled_from(sorted(RISKS)), st.integers(0, 1000))
def test_a_risk_that_rises_never_lowers_the_action(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str, risk: Label, higher: int
) -> None:
    before = decided(read, guideline, facts, kind)
    raised = replace(read, labels={**read.labels, risk: max(higher, read.labels.get(risk, 0))})
    after = decided(raised, guideline, facts, kind)
    assert after.action.rank >= before.action.rank
    assert after.severity >= before.severity


@given(some_guidelines, some_signals, some_facts, some_kinds, st.integers(0, 1000), st.integers(0, 5))
def test_a_more_heated_thread_or_an_author_ruled_against_more_often_never_lowers_the_action(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str, hotter: int, more: int
) -> None:
    known = replace(facts.around, heat=facts.around.heat or 0, ruled_against=facts.around.ruled_against or 0)
    worse = replace(known, heat=max(hotter, known.heat or 0), ruled_against=(known.ruled_against or 0) + more)
    before = decided(read, guideline, replace(facts, around=known), kind)
    after = decided(read, guideline, replace(facts, around=worse), kind)
    assert after.action.rank >= before.action.rank
    assert after.severity >= before.severity


def _less_sure(read: Signals, facts: ThreadFacts) -> list[tuple[Signals, ThreadFacts]]:
    """The same with one thing each that speaks against a machine."""
    return [
        (replace(read, complete=False), facts),
        (replace(read, familiar=False), facts),
        (replace(read, hides=True), facts),
        (replace(read, p_auto=0), facts),
        (read, replace(facts, answered_recently=True)),
        (read, replace(facts, may_answer=False)),
        (read, replace(facts, moderations=())),
    ]


@given(some_guidelines, some_signals, some_facts, some_kinds)
def test_whatever_speaks_against_a_machine_only_takes_from_what_it_does_alone(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str
) -> None:
    """Nothing is answered or moderated that was not before, nothing graver is left alone, and nobody is told of less."""
    before = decided(read, guideline, facts, kind)
    for less_read, less_known in _less_sure(read, facts):
        after = decided(less_read, guideline, less_known, kind)
        for alone in (TriageAction.ANSWER, TriageAction.MODERATE, TriageAction.IGNORE):
            assert after.action is not alone or before.action in {alone, TriageAction.MODERATE}
        assert after.action is TriageAction.ESCALATE or before.action is not TriageAction.ESCALATE
        assert after.severity >= before.severity


@given(some_guidelines, some_signals, some_facts)
def test_a_risk_at_the_threshold_is_never_answered_or_ignored(
    guideline: Guideline, read: Signals, facts: ThreadFacts
) -> None:
    if any(read.labels.get(risk, 0) >= guideline.thresholds.low for risk in RISKS):
        assert decided(read, guideline, facts).action.rank >= TriageAction.REVIEW.rank


@given(some_guidelines, some_signals, some_facts)
def test_an_answer_is_given_only_where_everything_allows_it(
    guideline: Guideline, read: Signals, facts: ThreadFacts
) -> None:
    decision = decided(read, guideline, facts)
    if decision.action is TriageAction.ANSWER:
        assert decision.intent in {label.value for label in ANSWERABLE}
        assert read.language in guideline.languages
        assert read.complete
        assert read.familiar
        assert not read.hides
        assert read.p_auto is None or read.p_auto >= guideline.thresholds.auto
        assert facts.may_answer
        assert not facts.human_touched
        assert not facts.answered_recently


@given(
    read=st.builds(
        lambda labels, language, complete: Signals(labels, (), language, "t", complete=complete),
        st.dictionaries(st.sampled_from(list(Label)), st.integers(-5, 1200)),
        st.sampled_from(["en", "de", None]),
        st.booleans(),
    ),
    kind=st.sampled_from(["report", "community", "keyword"]),
    facts=st.builds(ThreadFacts, st.booleans(), st.booleans(), st.booleans()),
)
def test_what_was_not_said_to_us_is_never_answered_whatever_it_says(
    read: Signals, kind: str, facts: ThreadFacts
) -> None:
    decision = decided(read, facts=facts, kind=kind)
    assert decision.action is not TriageAction.ANSWER
    assert decision.template is None
    if kind == "report":
        assert decision.action.rank >= TriageAction.REVIEW.rank
    if any(read.labels.get(label, 0) >= GUIDELINE.thresholds.low for label in RISKS):
        assert decision.action.rank >= TriageAction.REVIEW.rank


@given(some_guidelines, some_signals, some_facts)
def test_a_private_message_is_a_persons_to_answer_whatever_the_guideline_says(
    guideline: Guideline, read: Signals, facts: ThreadFacts
) -> None:
    decision = decided(read, guideline, facts, kind="message")
    assert decision.action is not TriageAction.ANSWER
    assert decision.template is None


def test_praise_that_is_answered_in_public_waits_for_a_person_in_private_and_says_why() -> None:
    open_to_all = replace(GUIDELINE, clauses=tuple(one for one in GUIDELINE.clauses if one.id != "in-private"))
    assert decided(signals(praise=900), open_to_all).action is TriageAction.ANSWER
    private = decided(signals(praise=900), open_to_all, kind="message")
    assert private.action is TriageAction.REVIEW
    assert "a private message is for a person to answer" in str(private.rationale.refused)


def test_what_was_overheard_and_is_harmless_takes_nobodys_time_and_says_why() -> None:
    decision = decided(signals(question=900), kind="community")
    assert decision.action is TriageAction.IGNORE
    assert decision.rationale.why == "Nobody said it to us, and no risk was seen in it."
    assert decided(signals("de", question=900), kind="keyword").action is TriageAction.REVIEW
    assert decided(replace(signals(), hides=True), kind="community").action is TriageAction.REVIEW
    assert decided(signals(question=900), kind="report").action is TriageAction.REVIEW


# --- what a clause has done on the platform --------------------------------------------------------------------------

HIDING = replace(
    GUIDELINE,
    clauses=(
        *GUIDELINE.clauses,
        clause("begging", TriageAction.MODERATE, 1, moderate="hide", patterns=(r"t\.me/\w+",)),
        clause("crude", TriageAction.MODERATE, 2, moderate="lock", labels={Label.INSULT: 900}),
    ),
)
CAN_HIDE = ThreadFacts(moderations=("hide", "mute"))


def said(text: str, **labels: int) -> Signals:
    return replace(signals(**labels), plain=text)


def test_what_a_clause_names_is_done_with_the_place_of_what_it_found() -> None:
    decision = decided(said("join t.me/coins now"), HIDING, CAN_HIDE, kind="community")
    assert (decision.action, decision.moderate) == (TriageAction.MODERATE, "hide")
    assert decision.rationale.clauses == ("begging",)
    assert Evidence("begging", "pattern", 1000, 5, 15) in decision.rationale.evidence
    assert decision.rationale.refused[0].action == "review"


@pytest.mark.parametrize(
    ("facts", "kind", "complete", "why"),
    [
        (ThreadFacts(), "community", True, "the platform cannot do it there"),
        (ThreadFacts(why_not_moderated="the account is paused"), "community", True, "the account is paused"),
        (CAN_HIDE, "report", True, "owed a look"),
        (CAN_HIDE, "community", False, "too long"),
    ],
)
def test_what_cannot_be_done_there_is_put_before_a_person_with_the_clause(
    facts: ThreadFacts, kind: str, complete: bool, why: str
) -> None:
    decision = decided(replace(said("t.me/coins"), complete=complete), HIDING, facts, kind=kind)
    assert (decision.action, decision.moderate) == (TriageAction.REVIEW, None)
    assert why in decision.rationale.why
    assert "begging" in decision.rationale.why
    assert any(one.action == "moderate" and why in one.why for one in decision.rationale.refused)


def test_a_graver_clause_that_cannot_be_done_does_not_take_the_place_of_one_that_can() -> None:
    assert decided(said("t.me/coins", insult=950), HIDING, CAN_HIDE).moderate == "hide"


@pytest.mark.parametrize("risk", sorted(URGENT))
def test_what_may_be_urgent_is_never_hidden_but_seen_by_a_named_person(risk: Label) -> None:
    decision = decided(replace(said("t.me/coins"), labels={risk: 250}), HIDING, CAN_HIDE)
    assert (decision.action, decision.moderate) == (TriageAction.ESCALATE, None)
    assert "a person sees it first" in decision.rationale.why


@given(some_guidelines, some_signals, some_facts, st.sampled_from(["mention", "community", "report"]))
def test_nothing_is_moderated_but_by_a_clause_that_names_what_the_platform_can_do(
    guideline: Guideline, read: Signals, facts: ThreadFacts, kind: str
) -> None:
    decision = decided(read, guideline, facts, kind)
    assert (decision.moderate is not None) is (decision.action is TriageAction.MODERATE)
    if decision.moderate is not None:
        assert decision.moderate in facts.moderations
        assert decision.moderate in {one.moderate for one in guideline.clauses if one.id in decision.rationale.clauses}
        assert kind != "report"
        assert read.complete
        assert all(read.labels.get(risk, 0) < guideline.thresholds.low for risk in URGENT)
