"""Talk with desks of many trades, by hand: what never gets a machine's answer, what mostly should, and harmless look-alikes.

`person`: negated, quoted, ironic, spoken-against, disguised or polite abuse, and trouble in the tone of a plain question. `kind`:
plain praise and plain questions. `quiet`: words that only look dangerous.
"""

from __future__ import annotations

import pytest

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import TriageAction
from chalicelib.signals.reading import read
from tests.signals.deciding import decided, told

HEAD, CASES = told("talk.tsv")
MOSTLY = 0.5
"""Of the kind ones at least so many get their answer; the others wait for a person, which costs time and nothing else."""


def of(want: str) -> list[str]:
    return [text for wanted, text in CASES if wanted == want]


def test_there_are_enough_and_each_is_told_once() -> None:
    assert HEAD == "want\ttext"
    assert len({text for _, text in CASES}) == len(CASES) >= 130


@pytest.mark.parametrize("text", of("person"))
def test_it_is_left_to_a_person(text: str, starter: Guideline) -> None:
    assert decided(text, starter).action is not TriageAction.ANSWER


@pytest.mark.parametrize("text", of("quiet"))
def test_it_calls_nobody_at_once(text: str, starter: Guideline) -> None:
    assert decided(text, starter).action is not TriageAction.ESCALATE


@pytest.mark.parametrize("text", of("kind"))
def test_kind_words_call_nobody_at_once(text: str, starter: Guideline) -> None:
    assert decided(text, starter).action.rank <= TriageAction.REVIEW.rank


def test_plain_praise_and_plain_questions_mostly_get_their_answer(starter: Guideline) -> None:
    answered = [text for text in of("kind") if decided(text, starter).action is TriageAction.ANSWER]
    assert len(answered) >= MOSTLY * len(of("kind")), answered


def test_what_the_table_calls_safe_is_kind(starter: Guideline) -> None:
    least = starter.thresholds.auto
    safe = {text for want, text in CASES if want == "person" and (read(text).p_auto or 0) >= least}
    assert len(safe) <= 0.1 * len(of("person")), safe
