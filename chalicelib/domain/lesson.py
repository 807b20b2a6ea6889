"""Lesson: what one decision of a person teaches about a message, how much it counts, and whether there are enough. Pure.

A lesson names the decision, never the words: those are read where they are kept, and a lesson whose words are gone is gone. What
nobody looked at teaches nothing. Neither one reviewer nor one author can teach much alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zlib import crc32

from chalicelib.domain.correction import ANSWER, HEADS, RISK_HEADS
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.labels import RISKS, URGENT, Label, TriageAction
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review import ReviewItem, Verdict
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.domain.timing import stamp

OVERTURNED_COUNTS: Final = 3.0
"""How much a decision counts that overturned an automatic one; any other counts 1."""
OF_ONE_AUTHOR: Final = 3.0
"""The most that all messages of one author count together."""
GROUPS: Final = 5

LEAST_LESSONS: Final = 200
LEAST_HELD_OUT: Final = 40
LEAST_REVIEWERS: Final = 2
LEAST_AUTHORS: Final = 50
LEAST_OBJECTIONS: Final = 10
"""Lessons that ask for more care which a head needs, of those that are learnt from and without those of any one person; and as
many against, before it may be moved towards less."""

_HELD_OUT_OF: Final = 5
"""Of the authors, one in five teaches nothing: their messages show whether anything was learnt."""


class Taught(StrEnum):
    """By which act of a person something is taught."""

    TAKEN_BACK = "taken_back"
    """An automatic answer was taken back: it should not have been given."""
    MODERATED = "moderated"
    UNDONE = "undone"
    """What a clause did on a platform was undone."""
    LET_GO = "let_go"
    SAID_AS_SUGGESTED = "said_as_suggested"
    """A person said the very words that were suggested."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one decision teaches. says: by head, whether a risk is there, and whether a machine may answer (`answer`).

    decision: id of the review item, ruling or variant. by: the member, whom nobody is shown. role: what they are here for.
    """

    interaction: str
    revision: int
    decision: str
    role: str
    at: datetime
    guideline: str
    classifier: str
    taught: Taught
    says: Mapping[str, bool]
    overturned: bool = False
    author: str = field(default="", repr=False)
    by: str = field(default="", repr=False)

    tried: bool = False
    """As it is kept: whether nothing was learnt from it, so that it could show whether anything was."""

    @property
    def shown(self) -> Lesson:
        """The lesson as it is kept beside what was learnt: without whose message it was, and who decided."""
        return replace(self, author="", by="", tried=self.held_out)

    @property
    def held_out(self) -> bool:
        """Whether it is kept apart, to be asked about afterwards: by its author, so that nobody stands on both sides."""
        return crc32(self.author.encode()) % _HELD_OUT_OF == 0

    @property
    def counts(self) -> float:
        """How much it counts before anybody's share is bounded."""
        return OVERTURNED_COUNTS if self.overturned else 1.0


@dataclass(frozen=True, slots=True)
class Past:
    """What became of one message. automatic: its automatic answer, where there was one. suggested: a person said those words."""

    interaction: Interaction
    item: ReviewItem | None = None
    rulings: tuple[Ruling, ...] = ()
    automatic: Variant | None = None
    suggested: bool = False


def lesson(past: Past, guidelines: Sequence[Guideline], roles: Mapping[str, str]) -> Lesson | None:
    """What a message's past teaches; None where no person decided about what it says now. roles: by member.

    An answer that was taken back comes first, then what a person had done, what was undone, and what was decided at the desk:
    the earlier counts where two say otherwise. guidelines: those whose clauses may be named, the one that counts first.
    """
    one = past.interaction
    if one.decision is None:
        return None
    found = [
        each
        for each in (_taken_back(past), *_by_rulings(past, guidelines), _at_the_desk(past))
        if each is not None and each.actor.is_person and each.at >= _edited(one)
    ]
    says: dict[str, bool] = {}
    for each in found:
        says = {**each.says, **says}
    if not says:
        return None
    first = next(each for each in found if each.says)
    member = first.actor.id.removeprefix("member:")
    return Lesson(
        interaction=one.id,
        revision=one.revision,
        author=one.author.pseudonym,
        decision=first.decision,
        by=member,
        role=roles.get(member, ""),
        at=first.at,
        guideline=one.decision.guideline,
        classifier=one.decision.classifier,
        taught=first.taught,
        says={head: says[head] for head in HEADS if head in says},
        overturned=any(each.overturned for each in found),
    )


@dataclass(frozen=True, slots=True)
class _Act:
    taught: Taught
    decision: str
    actor: Actor
    at: datetime
    says: Mapping[str, bool]
    overturned: bool = False


def _edited(one: Interaction) -> datetime:
    """When it came to say what it says."""
    return max((event.at for event in one.events if event.act == "edited"), default=one.received_at)


def _taken_back(past: Past) -> _Act | None:
    """The automatic answer was said and taken back, or stopped before; by a person."""
    answer = past.automatic
    if answer is None:
        return None
    acts = [event for event in past.interaction.events if event.act == "undo" and event.before == "answered"]
    if answer.state is VariantState.CANCELLED:
        acts.append(answer.events[-1])
    if not acts:
        return None
    return _Act(Taught.TAKEN_BACK, answer.id, acts[-1].actor, acts[-1].at, {ANSWER: False}, overturned=True)


def _by_rulings(past: Past, guidelines: Sequence[Guideline]) -> Iterable[_Act]:
    """What people had done about it and stands; what clauses did and people undid. The last ruling first."""
    decision = past.interaction.decision
    alone = decision is not None and decision.action in {TriageAction.ANSWER, TriageAction.IGNORE}
    for one in sorted(past.rulings, key=lambda each: (each.asked_at, each.id), reverse=True):
        if one.revision != past.interaction.revision:
            continue
        by = one.rationale.actor
        risks = _risks(one.rationale.clauses, guidelines)
        if by.is_person and one.state in {RulingState.ASKED, RulingState.DONE}:
            says = {ANSWER: False, **dict.fromkeys(risks, True)}
            yield _Act(Taught.MODERATED, one.id, by, one.asked_at, says, overturned=alone)
        elif not by.is_person and one.state in {RulingState.UNDOING, RulingState.UNDONE}:
            undone = next((each for each in reversed(one.events) if each.act in {"undo", "drop"}), None)
            if undone is not None:
                wrong = {risk: False for risk in risks if Label(risk) not in URGENT}
                yield _Act(Taught.UNDONE, one.id, undone.actor, undone.at, wrong, overturned=True)


def _risks(clauses: Sequence[str], guidelines: Sequence[Guideline]) -> set[str]:
    """The risks that these clauses are about: those that name exactly one, so that nobody has to guess which was meant."""
    found = set()
    for name in clauses:
        clause = next((each for one in guidelines for each in one.clauses if each.id == name), None)
        named = [] if clause is None else [label for label in clause.when.labels if label in RISKS]
        if len(named) == 1 and named[0] in RISK_HEADS:
            found.add(named[0].value)
    return found


def _at_the_desk(past: Past) -> _Act | None:
    """Let go without naming a clause, or answered in the words that were suggested. Other words say neither yes nor no."""
    item = past.item
    if item is None or item.verdict is None or item.rationale is None:
        return None
    decided = next((event for event in reversed(item.events) if event.act == "decide"), None)
    if decided is None:
        return None
    harmless = {label.value: False for label in RISK_HEADS}
    if item.verdict is Verdict.LET_GO and not item.rationale.clauses:
        return _Act(Taught.LET_GO, item.id, item.rationale.actor, decided.at, harmless)
    if item.verdict is Verdict.ANSWER and past.suggested:
        says = {ANSWER: True, **harmless}
        return _Act(Taught.SAID_AS_SUGGESTED, item.id, item.rationale.actor, decided.at, says)
    return None


# --- how much each counts --------------------------------------------------------------------------------------------


def weights(lessons: Sequence[Lesson]) -> list[float]:
    """How much each lesson counts, once no author has more than their share."""
    of_author: dict[str, float] = {}
    for one in lessons:
        of_author[one.author] = of_author.get(one.author, 0.0) + one.counts
    return [one.counts * min(1.0, OF_ONE_AUTHOR / of_author[one.author]) for one in lessons]


def groups(lessons: Iterable[Lesson]) -> list[frozenset[str]]:
    """The people who decided, in at most GROUPS groups: what is learnt must stand without any one of them."""
    often = Counter(one.by for one in lessons)
    ordered = sorted(often, key=lambda name: (-often[name], name))
    return [frozenset(ordered[first::GROUPS]) for first in range(min(GROUPS, len(ordered)))]


def supported(head: str, lessons: Sequence[Lesson]) -> tuple[int, int]:
    """How many lessons ask for more care about a head, and how many for less: as many as are left without any one person."""
    found: list[tuple[str, bool]] = [
        (one.by, careful(head, says=one.says[head])) for one in lessons if head in one.says
    ]

    def left(*, stricter: bool) -> int:
        often = Counter(by for by, asks in found if asks is stricter)
        return often.total() - max(often.values(), default=0)

    return left(stricter=True), left(stricter=False)


def digest(lessons: Iterable[Lesson]) -> str:
    """16 hex digits by which the same lessons are known, whatever order they come in."""
    rows = sorted(f"{one.interaction}#{one.revision}#{one.decision}#{stamp(one.at)}#{_said(one)}" for one in lessons)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]


def _said(one: Lesson) -> str:
    return ",".join(f"{head}={int(value)}" for head, value in sorted(one.says.items()))


def careful(head: str, *, says: bool) -> bool:
    """Whether a lesson asks for more care about a head: no machine may answer, or the risk is there."""
    return says is not (head == ANSWER)


def too_few(lessons: Sequence[Lesson]) -> list[str]:
    """What is missing before anything can be learnt from these, in words; nothing where they are enough."""
    taught = [one for one in lessons if not one.held_out]
    best = max(supported(head, taught)[0] for head in HEADS)
    there = (
        (len(lessons), LEAST_LESSONS, "decisions that teach something"),
        (len(lessons) - len(taught), LEAST_HELD_OUT, "of them held out, to see whether anything was learnt"),
        (len({one.by for one in lessons}), LEAST_REVIEWERS, "people who decided"),
        (len({one.author for one in lessons}), LEAST_AUTHORS, "authors"),
        (best, LEAST_OBJECTIONS, "decisions that ask for more care about one matter, without those of any one person"),
    )
    return [f"{have} {what}, and {least} are needed" for have, least, what in there if have < least]
