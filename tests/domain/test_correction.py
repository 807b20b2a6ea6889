"""A correction is whole numbers under an id of its own; it moves a head towards care freely, and towards less by little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.correction import (
    ANSWER,
    HEADS,
    LENIENT,
    MOST_WORDS,
    Correction,
    HeadCorrection,
    Measured,
    Report,
    bounded,
    taught,
)
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import URGENT, Label
from tests.world import START

MOVES = st.floats(-20, 20)
URGENT_HEADS = sorted(label.value for label in URGENT if label.value in HEADS)

heads = st.builds(
    HeadCorrection,
    st.integers(-9000, 9000),
    st.integers(-9000, 9000),
    st.dictionaries(st.integers(0, 65535), st.integers(-9000, 9000), max_size=8),
    st.booleans(),
)
corrections = st.dictionaries(st.sampled_from(HEADS), heads).map(lambda some: Correction("818483b1", "a" * 16, some))


def towards_care(head: str, move: float) -> float:
    return -move if head == ANSWER else move


@given(corrections)
def test_it_is_read_back_as_it_was_written_under_the_same_id(one: Correction) -> None:
    again = Correction.from_record(one.to_record())
    assert again == one
    assert again.id == one.id


@given(corrections, corrections)
def test_what_says_otherwise_has_another_id(one: Correction, other: Correction) -> None:
    assert (one.id == other.id) is (one.to_record() == other.to_record())


@given(st.sampled_from(HEADS), MOVES, st.booleans())
def test_it_is_moved_towards_less_care_by_little_or_not_at_all(head: str, move: float, careful: bool) -> None:
    kept = towards_care(head, bounded(head, move, careful=careful))
    assert -LENIENT / 1000 <= kept <= 4
    if careful or head in URGENT_HEADS:
        assert kept >= 0
    if towards_care(head, move) >= 0:
        assert kept == min(4, towards_care(head, move))


def test_an_urgent_risk_is_among_the_heads_and_never_lowered() -> None:
    assert {"threat", "self_harm", "crisis", "legal"} == set(URGENT_HEADS)
    assert Label.PRIVACY.value not in HEADS
    assert all(bounded(head, -3.0, careful=False) == 0 for head in URGENT_HEADS)
    assert bounded("insult", -3.0, careful=False) == -1


def test_what_cannot_be_a_correction_is_refused() -> None:
    with pytest.raises(InvalidField, match="no head sarcasm"):
        Correction("b", "l", {"sarcasm": HeadCorrection(1, 0)})
    with pytest.raises(InvalidField, match="at most"):
        HeadCorrection(0, 0, dict.fromkeys(range(MOST_WORDS + 1), 1))


def test_the_classifier_of_a_decision_names_it() -> None:
    assert taught("rules-5+818483b1+d37650f7a8a4") == "d37650f7a8a4"
    assert taught("rules-5+818483b1") is None
    assert taught("") is None


# --- whether it is any better ----------------------------------------------------------------------------------------

BEFORE = Measured(messages=60, statements=100, agreed=80, unsafe=20, answered=4, risky=10, missed=2, automated=30)


def report(after: Measured, before: Measured = BEFORE) -> Report:
    return Report("v1", 300, 60, 100, 40, 3, 90, START, START, {}, {}, {}, before, after)


@pytest.mark.parametrize(
    ("after", "objection"),
    [
        (Measured(60, 100, 99, 20, 5, 10, 2, 40), "answer 5 messages"),
        (Measured(60, 100, 99, 20, 4, 10, 3, 40), "miss 3 messages"),
        (Measured(60, 100, 79, 20, 0, 10, 0, 40), "agrees with people 79 times"),
        (BEFORE, "changes nothing"),
        (Measured(60, 100, 81, 20, 4, 10, 2, 30), None),
        (Measured(60, 100, 80, 20, 3, 10, 2, 29), None),
    ],
)
def test_it_must_do_no_harm_and_some_good_on_what_was_held_out(after: Measured, objection: str | None) -> None:
    found = report(after).objection()
    assert (found is None) if objection is None else objection in str(found)
