"""Whatever people taught: no rule and no veto is overruled, an urgent risk is never lowered, and no correction moves nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.correction import ANSWER, HEADS, LENIENT, Correction, HeadCorrection
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import INTENTS, RISKS, URGENT, Label, Signals, TriageAction
from chalicelib.domain.rationale import Actor, Evidence
from chalicelib.domain.triage import ThreadFacts, TriageDecision, decide, derived
from chalicelib.services import guidelines_yaml
from chalicelib.signals import correcting, features, judging, table
from chalicelib.signals.reading import by_rules, read
from chalicelib.signals.table import Judgement, log_odds
from chalicelib.store.codec import decode, encode

BASE = table.shipped().id
FREEST = Correction(
    BASE,
    "l" * 16,
    {head: HeadCorrection(9000 if head == ANSWER else -9000, 0, {}, careful=False) for head in HEADS},
)
"""As far towards no care as anybody could teach."""
STRICTEST = Correction(BASE, "l" * 16, {ANSWER: HeadCorrection(-9000, 0), "insult": HeadCorrection(9000, 0)})

TEXTS = [
    "thank you so much, the show was wonderful!",
    "how do I change the address of my order?",
    "what is wrong with you?",
    "you are a bunch of useless idiots",
    "I want to kill myself",
    "I know where you live and I am going to kill you",
    "my card is 4111 1111 1111 1111, please call me on +44 20 7946 0958",
    "You will hear from my lawyer about this",
    "Your charger caught fire and my hand is burnt",
    "they breed like rats, send them all back",
    "people like you should not be allowed to breathe",
    "great, another update that breaks everything",
    "honestly I cannot go on like this any more",
    "",
]
texts = st.one_of(
    st.sampled_from(TEXTS),
    st.text(max_size=60),
    st.lists(st.sampled_from(TEXTS), min_size=2, max_size=3).map(" ".join),
)
buckets = sorted({bucket for text in TEXTS for bucket in features.hashed(text.split())[0]})
heads = st.builds(
    HeadCorrection,
    st.integers(-9000, 9000),
    st.integers(-9000, 9000),
    st.dictionaries(st.sampled_from(buckets), st.integers(-9000, 9000), max_size=12),
    st.booleans(),
)
corrections = st.one_of(
    st.just(FREEST),
    st.dictionaries(st.sampled_from(HEADS), heads).map(lambda some: Correction(BASE, "l" * 16, some)),
)
STARTER = guidelines_yaml.parse(guidelines_yaml.starter(), version="v1")


def decided(signals: Signals, guideline: Guideline = STARTER) -> TriageDecision:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return decide(
        guideline=guideline, signals=signals, facts=ThreadFacts(), actor=Actor.worker("triage"), now=now, kind="mention"
    )


@given(texts, corrections)
def test_what_a_rule_saw_is_never_learnt_away(text: str, one: Correction) -> None:
    plain, taught, rules = read(text), read(text, correction=one), by_rules(text)
    assert all(taught.labels[label] >= permille for label, permille in rules.items())
    if any(rules.get(label) for label in RISKS):
        assert all(taught.labels.get(label, 0) >= plain.labels.get(label, 0) for label in RISKS)
        assert (taught.p_auto or 0) <= (plain.p_auto or 0)
        assert decided(taught).action.rank >= decided(plain).action.rank
        assert decided(taught).severity >= decided(plain).severity


@given(texts, corrections)
def test_the_same_text_has_the_same_decision_and_its_record_alone_leads_to_it(text: str, one: Correction) -> None:
    first = decided(read(text, correction=one))
    assert decided(read(text, correction=one)) == first
    assert derived(decode(TriageDecision, encode(first)), STARTER, kind="mention") == first


@given(texts, corrections)
def test_no_urgent_risk_is_lowered_and_no_intent_touched(text: str, one: Correction) -> None:
    plain, taught = read(text), read(text, correction=one)
    assert all(taught.labels.get(label, 0) >= plain.labels.get(label, 0) for label in URGENT)
    assert all(taught.labels.get(label) == plain.labels.get(label) for label in INTENTS)
    assert (taught.familiar, taught.complete, taught.language) == (plain.familiar, plain.complete, plain.language)


@given(texts, corrections)
def test_an_answer_is_called_safer_by_one_logit_at_most(text: str, one: Correction) -> None:
    plain, taught = read(text).p_auto or 0, read(text, correction=one).p_auto or 0
    assert taught <= plain or log_odds(taught / 1000) <= log_odds((plain + 1) / 1000) + LENIENT / 1000


@given(texts)
def test_what_says_nothing_changes_nothing(text: str) -> None:
    nothing = Correction(BASE, "l" * 16, {head: HeadCorrection(0, 0) for head in HEADS})
    other = Correction("another", "l" * 16, FREEST.heads)
    plain, taught = read(text), read(text, correction=nothing)
    assert (taught.labels, taught.p_auto, taught.evidence) == (plain.labels, plain.p_auto, plain.evidence)
    assert taught.classifier == f"{plain.classifier}+{nothing.id}"
    assert read(text, correction=other) == plain


@pytest.mark.parametrize("text", [one for one in TEXTS if one and by_rules(one).keys() & RISKS])
def test_the_freest_correction_answers_nothing_in_which_a_rule_saw_a_risk(text: str) -> None:
    assert decided(read(text, correction=FREEST)).action is not TriageAction.ANSWER


def test_the_freest_correction_stops_short_of_what_was_plainly_unsafe() -> None:
    text = "I hate how much I have to wait for an answer from you"
    assert decided(read(text, correction=FREEST)).action is TriageAction.REVIEW


def test_it_keeps_an_answer_back_and_says_so() -> None:
    text = "thank you so much, the show was wonderful!"
    assert decided(read(text)).action is TriageAction.ANSWER
    taught = decided(read(text, correction=STRICTEST))
    assert taught.action is TriageAction.REVIEW
    assert taught.classifier.endswith(f"+{STRICTEST.id}")
    said = {
        mark.label: mark.permille for mark in taught.rationale.evidence if mark.rule == f"correction:{STRICTEST.id}"
    }
    assert said[ANSWER] < 600
    assert any("safe to" in one.why for one in taught.rationale.refused)


def test_a_risk_that_people_see_is_seen() -> None:
    before = Judgement({"insult": 0.2}, 0.9, familiar=True)
    after = correcting.corrected(STRICTEST, before, {}, ["some", "words"])
    told = [judging.raised(one, {}) for one in (before, after)]
    assert told == [{}, {Label.INSULT: 931}]
    assert correcting.marks(STRICTEST, *told, (900, 880)) == [
        Evidence("insult", f"correction:{STRICTEST.id}", 931),
        Evidence(ANSWER, f"correction:{STRICTEST.id}", 880),
    ]


def test_a_risk_that_only_the_table_sees_is_silenced_where_people_let_it_go_and_that_is_told() -> None:
    before = Judgement({"insult": 0.7, "threat": 0.7, "praise": 0.7}, 0.5, familiar=True)
    after = correcting.corrected(FREEST, before, {}, ["some", "words"])
    assert (after.chances["threat"], after.chances["praise"]) == (0.7, 0.7)
    assert round(after.chances["insult"], 3) == 0.462
    told = [judging.raised(one, {}) for one in (before, after)]
    assert told == [{Label.INSULT: 700, Label.PRAISE: 700}, {Label.PRAISE: 700}]
    assert correcting.marks(FREEST, *told, (500, 500)) == [Evidence("insult", f"correction:{FREEST.id}", 0)]
    assert correcting.corrected(FREEST, before, {Label.HATE: 250}, ["some", "words"]).chances == before.chances


def test_a_word_is_weighed_where_it_stands_and_nowhere_else() -> None:
    bucket = features.word_bucket("tombola")
    one = Correction(BASE, "l" * 16, {ANSWER: HeadCorrection(0, 0, {bucket: -9000})})
    with_it, without = "thank you so much, the tombola was lovely", "thank you so much, the party was lovely"
    assert (read(with_it, correction=one).p_auto or 0) < (read(with_it).p_auto or 0)
    assert read(without, correction=one).p_auto == read(without).p_auto
