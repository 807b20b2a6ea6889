"""The whole decision about what a rule alone gets wrong: negation, quotation, counter-speech, reclaimed words, look-alikes.

`escalate`, `review`, `answer`: just that, by the clause that is named. `person`: somebody looks, a machine does not weigh it.
`quiet`: nobody is called at once for a look-alike.
"""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import TriageAction
from tests.signals.deciding import decided, told

HEAD, CASES = told("decisions.tsv")


def test_each_is_told_once_and_says_why() -> None:
    assert HEAD == "want\tclause\twhy\ttext"
    assert len({text for *_, text in CASES}) == len(CASES) >= 70
    assert all(why for _, _, why, _ in CASES)
    assert set(Counter(want for want, *_ in CASES)) == {"escalate", "review", "answer", "person", "quiet"}


@pytest.mark.parametrize(("want", "clause", "why", "text"), CASES, ids=[text for *_, text in CASES])
def test_it_is_decided_as_somebody_who_knows_would(
    want: str, clause: str, why: str, text: str, starter: Guideline
) -> None:
    decision = decided(text, starter)
    told = f"{why}: {decision.rationale.why}"
    match want:
        case "person":
            assert decision.action.for_a_person, told
        case "quiet":
            assert decision.action is not TriageAction.ESCALATE, told
        case _:
            assert decision.action.value == want, told
    if clause:
        assert clause in decision.rationale.clauses, told
        assert decision.rationale.why.startswith("Clause "), told
