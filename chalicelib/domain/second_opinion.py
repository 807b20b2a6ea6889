"""Second opinion: when another reader is asked, what of its answer is believed, and what may follow from it. Pure.

It is asked where the first reader is unsure, about risks only. It may raise every one of them. It may lower them only where
the first reader itself was ready to let an answer go, no rule saw an urgent risk, and by no more than half. What it said
stands in the evidence, in full, so that a decision replays from its record; what is not of the agreed shape was not said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import RISKS, URGENT, Label, Signals, TriageAction
from chalicelib.domain.rationale import Evidence
from chalicelib.domain.triage import TriageDecision, joint_risk

SAID_BY: Final = "second:"
"""Begins the rule of each mark by which a second reader's figure stands in the evidence: `second:<reader>:<reason>`."""

ORDERS: Final = "instructions"
"""Given as the reason where the text tried to tell its reader what to answer: such an opinion may only raise."""

REASONS: Final = ("no_risk", "risk", "quoted", "joking", "unclear", ORDERS)
"""The only words that a reader may give as its reason."""

SURE: Final = 800
"""A joint risk (permille) from which a person looks in any case: nothing that is said about it would change that."""


class OddAnswer(Exception):
    """A second reader's answer is not of the agreed shape; it counts as none."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a second reader believes: each label it was asked about in whole permille, and one of `REASONS`."""

    figures: Mapping[Label, int]
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of asking. opinion: None where there was none, and `why_not` says why, in words."""

    reader: str
    opinion: Opinion | None = None
    why_not: str = ""

    @property
    def told(self) -> str:
        """A sentence for the rationale."""
        if self.opinion is None:
            return f"A second reader was not heard: {self.why_not}."
        return f"A second reader was heard ({self.reader}: {self.opinion.reason})."


def checked(figures: object, reason: object, labels: Collection[Label]) -> Opinion:
    """The opinion, where it is one: a figure of 0 to 1000 for each label asked, no other, and a known reason.

    Raises OddAnswer, which never quotes what was said.
    """
    if not isinstance(figures, Mapping) or set(figures) != {label.value for label in labels}:
        raise OddAnswer("its answer did not hold one figure for each label")
    if any(type(one) is not int or not 0 <= one <= 1000 for one in figures.values()):
        raise OddAnswer("its answer held something else than whole figures from 0 to 1000")
    if not isinstance(reason, str) or reason not in REASONS:
        raise OddAnswer("its answer gave no known reason")
    return Opinion({label: figures[label.value] for label in labels}, reason)


# --- when it is asked ------------------------------------------------------------------------------------------------


def wanted(first: TriageDecision, signals: Signals, guideline: Guideline) -> bool:
    """Whether a second reader may change anything for the better about what was decided first.

    It may where a person was to look for no clause's sake and the risk is neither plain nor absent, and where an answer was
    to go out though the first reader was not quite sure that it is safe.
    """
    if first.action is TriageAction.ANSWER:
        return signals.p_auto is not None and signals.p_auto < _quite_sure(guideline)
    if first.action is not TriageAction.REVIEW or _led(first, guideline):
        return False
    return guideline.thresholds.low // 2 <= joint_risk(signals) < SURE


def _quite_sure(guideline: Guideline) -> int:
    """Halfway between what lets an answer go and certainty."""
    return (guideline.thresholds.auto + 1000) // 2


def _led(decision: TriageDecision, guideline: Guideline) -> bool:
    """Whether a clause sent it to a person, and not uncertainty."""
    grave = {one.id for one in guideline.clauses if one.action.rank >= TriageAction.REVIEW.rank}
    return not grave.isdisjoint(decision.rationale.clauses)


# --- what follows from it --------------------------------------------------------------------------------------------


def reconsidered(
    decide: Callable[[Signals], TriageDecision], signals: Signals, guideline: Guideline, heard: Heard | None
) -> TriageDecision:
    """What is decided once a second reader was asked; without one, what was decided first. The rationale says which it was."""
    first = decide(signals)
    if heard is None:
        return first
    if heard.opinion is None:
        return _noted(first, heard)
    may_lower = first.action is TriageAction.REVIEW and ready(signals, guideline)
    return _noted(decide(combine(signals, heard, may_lower=may_lower)), heard)


def ready(signals: Signals, guideline: Guideline) -> bool:
    """Whether the first reader by itself holds an automatic answer to be safe."""
    return signals.familiar and signals.p_auto is not None and signals.p_auto >= guideline.thresholds.auto


def vetoed(signals: Signals) -> bool:
    """Whether a rule saw an urgent risk: nobody's opinion lowers anything then."""
    return any(mark.label in URGENT and not mark.rule.startswith(SAID_BY) for mark in signals.evidence)


def combine(signals: Signals, heard: Heard, *, may_lower: bool) -> Signals:
    """The signals as they are with an opinion, which stands in their evidence. Without one they are as they were.

    Each figure is the higher of the two; where lowering is allowed and no veto fired, the opinion's, but at least half of
    the first one. Raising a figure of the opinion never lowers one of the result.
    """
    if heard.opinion is None:
        return signals
    lower = may_lower and heard.opinion.reason != ORDERS and not vetoed(signals)
    labels = dict(signals.labels)
    for label, figure in heard.opinion.figures.items():
        if label in RISKS:
            before = labels.get(label, 0)
            labels[label] = max(figure, (before + 1) // 2 if lower else before)
    return replace(signals, labels=labels, evidence=signals.evidence + _marks(heard.reader, heard.opinion))


def recorded(evidence: Sequence[Evidence]) -> Heard | None:
    """The opinion that stands in a decision's evidence, so that it is decided again without asking; None where there is none."""
    marks = [mark for mark in evidence if mark.rule.startswith(SAID_BY)]
    if not marks:
        return None
    reader, _, reason = marks[0].rule.removeprefix(SAID_BY).rpartition(":")
    return Heard(reader, Opinion({Label(mark.label): mark.permille for mark in marks}, reason))


def _marks(reader: str, opinion: Opinion) -> tuple[Evidence, ...]:
    rule = f"{SAID_BY}{reader}:{opinion.reason}"
    return tuple(Evidence(label.value, rule, figure) for label, figure in opinion.figures.items())


def _noted(decision: TriageDecision, heard: Heard) -> TriageDecision:
    rationale = replace(decision.rationale, why=f"{decision.rationale.why} {heard.told}")
    return replace(decision, rationale=rationale)
