"""Learns a correction from people's decisions: a small logistic layer per head over the table's logits, held near nothing at all.

Messages that a machine settled, and to which nobody objected, pull every head back to what the table says. The same decisions
give the same correction, to the digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain import lesson as lessons_of
from chalicelib.domain.correction import (
    ANSWER,
    CLIP,
    HEADS,
    MOST_WORDS,
    Correction,
    HeadCorrection,
    Measured,
    Report,
)
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.labels import RISKS, Label, Signals, TriageAction
from chalicelib.domain.lesson import LEAST_OBJECTIONS, Lesson, careful, supported, too_few
from chalicelib.domain.rationale import Actor
from chalicelib.domain.triage import ThreadFacts, decide
from chalicelib.services.lessons import MOST, Taken
from chalicelib.signals import features
from chalicelib.signals.reading import by_rules, read
from chalicelib.signals.table import Table, log_odds, shipped
from local.training.design import said

Doubles = npt.NDArray[np.float64]

HELD_TO_NOTHING: Final = 40.0
"""How strongly shift and slope are held to 0: what people object to is a subject more often than everything a little."""
WORDS_HELD: Final = 2.0
"""And each word's weight (docs/decisions/2026-11-27-learning-from-decisions.md tells how both were chosen)."""
ANCHOR: Final = 0.25
"""How much a message counts that a machine settled alone; all of them together count at most as much as the lessons."""
WORD_OF_AUTHORS: Final = 3
WORD_OF_REVIEWERS: Final = 2
"""A word is weighed where so many authors wrote it, and so many people decided about it."""
_STEPS: Final = 50


class TooFew(Exception):
    """There are too few decisions to learn from."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("; ".join(missing))
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A correction, what it did to the decisions held out, and every decision that it was learnt from or tried on."""

    correction: Correction
    report: Report
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One message as the table sees it. lesson: None of an anchor."""

    lesson: Lesson | None
    words: frozenset[int]
    logits: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Sets:
    """What is learnt from, what it is tried on, and what holds the table where it is."""

    taught: list[Taken]
    held_out: list[Taken]
    anchors: list[Taken]

    @property
    def lessons(self) -> list[Lesson]:
        return [one.lesson for one in (*self.taught, *self.held_out) if one.lesson is not None]


def learn(taken: Sequence[Taken], guideline: Guideline, table: Table | None = None) -> Learnt:
    """What these messages teach. Raises TooFew."""
    table = table or shipped()
    sets = parted(taken)
    if missing := too_few(sets.lessons):
        raise TooFew(missing)
    taught = [_seen(table, one) for one in sets.taught]
    anchors = [_seen(table, one) for one in sets.anchors]
    heads: dict[str, HeadCorrection] = {}
    learnt: dict[str, tuple[int, int]] = {}
    left: dict[str, str] = {}
    for head in HEADS:
        rows = [one for one in taught if one.lesson and head in one.lesson.says]
        stricter = sum(careful(head, says=one.lesson.says[head]) for one in rows if one.lesson)
        learnt[head] = (stricter, len(rows) - stricter)
        more, less = supported(head, [one.lesson for one in rows if one.lesson])
        if more < LEAST_OBJECTIONS:
            left[head] = (
                f"{more} decisions ask for more care without those of any one person; {LEAST_OBJECTIONS} are needed"
            )
        else:
            heads[head] = _fit(head, rows, anchors, only_careful=less < LEAST_OBJECTIONS)
    correction = Correction(table.id, lessons_of.digest(sets.lessons), heads)
    report = _report(sets, guideline, correction, learnt, left)
    return Learnt(correction, report, tuple(sorted(sets.lessons, key=lambda one: one.at, reverse=True)))


def parted(taken: Sequence[Taken]) -> _Sets:
    """The messages apart: nobody's stand on both sides, and no wording does."""
    ordered = sorted(taken, key=lambda one: one.interaction.id)
    newest = sorted((one for one in ordered if one.lesson), key=lambda one: one.interaction.created_at, reverse=True)
    with_lesson = {one.interaction.id for one in newest[:MOST]}
    lessons = [one for one in ordered if one.interaction.id in with_lesson]
    taught = [one for one in lessons if one.lesson and not one.lesson.held_out]
    known = {_wording(one) for one in taught}
    held_out = [one for one in lessons if one.lesson and one.lesson.held_out and _wording(one) not in known]
    apart = {_wording(one) for one in held_out}, {one.lesson.author for one in held_out if one.lesson}
    anchors = [
        one
        for one in ordered
        if one.lesson is None and _wording(one) not in apart[0] and one.interaction.author.pseudonym not in apart[1]
    ]
    return _Sets(taught, held_out, anchors)


def _wording(one: Taken) -> tuple[str, ...]:
    return tuple(said(one.text))


def _seen(table: Table, one: Taken) -> _Seen:
    tokens = said(one.text)
    judged = table.judge(tokens, by_rules(one.text))
    logits = {head: log_odds(judged.chances[head]) for head in HEADS if head != ANSWER and head in judged.chances}
    return _Seen(one.lesson, frozenset(features.hashed(tokens)[0]), logits | {ANSWER: log_odds(judged.p_auto)})


# --- one head --------------------------------------------------------------------------------------------------------


def _fit(head: str, rows: Sequence[_Seen], anchors: Sequence[_Seen], *, only_careful: bool) -> HeadCorrection:
    """A logistic layer, each weight held to 0, and no further from it than it is without any one person's decisions.

    So nobody can move a weight away from 0 alone: whoever decides otherwise than the rest can only keep it nearer to it.
    """
    seen = [*rows, *anchors]
    offset = np.array([one.logits[head] for one in seen])
    wanted = _chances(offset)
    wanted[: len(rows)] = [float(one.lesson.says[head]) for one in rows if one.lesson]
    vocabulary = _vocabulary(rows, wanted - _chances(offset))
    inputs = np.zeros((len(seen), 2 + len(vocabulary)))
    inputs[:, 0] = 1
    inputs[:, 1] = np.clip(offset, -CLIP, CLIP) / CLIP
    place = {bucket: 2 + at for at, bucket in enumerate(vocabulary)}
    for at, one in enumerate(seen):
        for bucket in one.words:
            if bucket in place:
                inputs[at, place[bucket]] = 1 / len(one.words) ** 0.5
    without = lessons_of.groups(one.lesson for one in rows if one.lesson)
    found = _nearest([_newton(inputs, offset, wanted, _weight(rows, len(anchors), each)) for each in without])
    whole_numbers = [round(1000 * float(value)) for value in found]
    words = {bucket: whole_numbers[at] for bucket, at in place.items() if whole_numbers[at]}
    return HeadCorrection(whole_numbers[0], whole_numbers[1], words, only_careful)


def _weight(rows: Sequence[_Seen], anchors: int, without: Collection[str]) -> Doubles:
    """How much each row counts without these people, then each anchor: together at most as much as the rows."""
    left = [one.lesson for one in rows if one.lesson and one.lesson.by not in without]
    counts = iter(lessons_of.weights(left))
    of_rows = [next(counts) if one.lesson and one.lesson.by not in without else 0.0 for one in rows]
    each = min(ANCHOR, sum(of_rows) / anchors) if anchors else 0.0
    return np.array(of_rows + [each] * anchors)


def _nearest(found: Sequence[Doubles]) -> Doubles:
    """Of each weight the value nearest to 0; 0 where they do not agree on which side it lies."""
    every = np.array(found)
    agreed = (every > 0).all(0) | (every < 0).all(0)
    return np.where(agreed, np.sign(every[0]) * np.abs(every).min(0), 0.0)


def _vocabulary(rows: Sequence[_Seen], pull: Doubles) -> list[int]:
    """The buckets that several authors and reviewers share, those first on which people and table differ most."""
    authors: dict[int, set[str]] = {}
    reviewers: dict[int, set[str]] = {}
    apart: Counter[int] = Counter()
    for one, by in zip(rows, pull.tolist(), strict=False):
        if one.lesson is None:
            continue
        for bucket in one.words:
            authors.setdefault(bucket, set()).add(one.lesson.author)
            reviewers.setdefault(bucket, set()).add(one.lesson.by)
            apart[bucket] += round(1e6 * by / len(one.words) ** 0.5)
    shared = [
        bucket
        for bucket in apart
        if len(authors[bucket]) >= WORD_OF_AUTHORS and len(reviewers[bucket]) >= WORD_OF_REVIEWERS
    ]
    return sorted(shared, key=lambda bucket: (-abs(apart[bucket]), bucket))[:MOST_WORDS]


def _chances(logits: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-logits)))


def _newton(inputs: Doubles, offset: Doubles, wanted: Doubles, weight: Doubles) -> Doubles:
    held = np.full(inputs.shape[1], WORDS_HELD)
    held[:2] = HELD_TO_NOTHING
    found = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = _chances(offset + inputs @ found)
        slope = inputs.T @ (weight * (chance - wanted)) + held * found
        bend = (inputs * (weight * chance * (1 - chance))[:, None]).T @ inputs + np.diag(held)
        step = np.clip(np.linalg.solve(bend, slope), -1, 1)
        found = found - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return found


# --- what it did to the decisions held out ---------------------------------------------------------------------------


def _report(
    sets: _Sets,
    guideline: Guideline,
    correction: Correction,
    learnt: dict[str, tuple[int, int]],
    left: dict[str, str],
) -> Report:
    lessons = sets.lessons
    return Report(
        guideline=guideline.version,
        lessons=len(lessons),
        held_out=len(sets.held_out),
        anchors=len(sets.anchors),
        overturned=sum(one.overturned for one in lessons),
        reviewers=len({one.by for one in lessons}),
        authors=len({one.author for one in lessons}),
        since=min(one.at for one in lessons),
        until=max(one.at for one in lessons),
        taught=dict(sorted(Counter(one.taught.value for one in lessons).items())),
        learnt=learnt,
        left_alone=left,
        before=measured(sets.held_out, guideline, read),
        after=measured(sets.held_out, guideline, lambda text: read(text, correction=correction)),
    )


def measured(held_out: Sequence[Taken], guideline: Guideline, reader: Callable[[str], Signals]) -> Measured:
    """How a reader fares on decisions that nothing was learnt from, as if nothing but the text spoke against an answer."""
    found = Counter[str]()
    for one in held_out:
        if one.lesson is None:
            continue
        signals = reader(one.text)
        decision = decide(
            guideline=guideline,
            signals=signals,
            facts=ThreadFacts(),
            actor=Actor.worker("train"),
            now=one.lesson.at,
            kind=one.interaction.kind,
            platform=one.interaction.platform,
        )
        says = one.lesson.says
        alone = not decision.action.for_a_person
        risky = any(value for head, value in says.items() if head != ANSWER and Label(head) in RISKS)
        unsafe = says.get(ANSWER) is False
        found["messages"] += 1
        found["statements"] += len(says)
        found["agreed"] += sum(_sees(head, signals, guideline) is value for head, value in says.items())
        found["unsafe"] += unsafe
        found["answered"] += unsafe and decision.action is TriageAction.ANSWER
        found["risky"] += risky
        found["missed"] += risky and alone
        found["automated"] += alone
    return Measured(**found)


def _sees(head: str, signals: Signals, guideline: Guideline) -> bool:
    """Whether a reader says of a text what a lesson may say: that a machine may answer, or that a risk is there."""
    if head == ANSWER:
        return signals.p_auto is not None and signals.p_auto >= guideline.thresholds.auto
    return signals.labels.get(Label(head), 0) >= guideline.thresholds.low
