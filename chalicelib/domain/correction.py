"""Correction: what a workspace's people taught, as a thin layer of whole numbers over the learnt table. Pure.

It holds no word and no name: a shift, a slope, and weights of hashed words, per head. It may make a decision much more careful.
It may make one less careful by `LENIENT` at most, never about an urgent risk, and not at all where a rule saw a risk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import RISKS, URGENT, Label

ANSWER: Final = "answer"
"""The head that says how safe an automatic answer is; the others say how surely a risk is there, under its label."""

RISK_HEADS: Final = (Label.INSULT, Label.HATE, Label.THREAT, Label.SELF_HARM, Label.CRISIS, Label.LEGAL)
"""Risks that people can teach. Personal data is left to the rules, which are exact."""

HEADS: Final = (ANSWER, *(label.value for label in RISK_HEADS))

CAREFUL: Final = 4000
"""The most by which a head is moved towards more care, in thousandths of a logit."""
LENIENT: Final = 1000
"""And towards less: 400 permille become 644 at most, 300 become 538."""
MOST_WORDS: Final = 400
"""Weights of hashed words and pairs that one head may hold."""
CLIP: Final = 4.0
"""What the table says is cut off at so many logits, and halved twice, before the slope counts it."""


@dataclass(frozen=True, slots=True)
class HeadCorrection:
    """How one head is moved, in thousandths of a logit: always, by what the table says, and by what words are there.

    words: by bucket (`signals.features`). careful: it may only be moved towards more care.
    """

    shift: int
    slope: int
    words: Mapping[int, int] = field(default_factory=dict)
    careful: bool = True

    def __post_init__(self) -> None:
        if len(self.words) > MOST_WORDS:
            raise InvalidField("/words", f"a head holds at most {MOST_WORDS} weights")

    def moves(self, logit: float, buckets: Collection[int]) -> float:
        """By how much (logits) the head is moved where the table says `logit`, before any bound."""
        seen = min(CLIP, max(-CLIP, logit)) / CLIP
        found = sum(self.words.get(one, 0) for one in buckets) if self.words else 0
        return float(self.shift + self.slope * seen + found / (len(buckets) or 1) ** 0.5) / 1000


@dataclass(frozen=True, slots=True)
class Correction:
    """One version of what was learnt. base: id of the table that it was fitted over; over any other it says nothing.

    lessons: digest of what it was learnt from.
    """

    base: str
    lessons: str
    heads: Mapping[str, HeadCorrection]
    id: str = field(init=False)
    """It is known by what it says: 12 hex digits of its SHA-256."""

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.heads) - set(HEADS)):
            raise InvalidField("/heads", f"there is no head {unknown[0]}", fix=f"There are: {', '.join(HEADS)}.")
        text = json.dumps(self.to_record(), sort_keys=True, separators=(",", ":"))
        object.__setattr__(self, "id", hashlib.sha256(text.encode()).hexdigest()[:12])

    def to_record(self) -> dict[str, Any]:
        """The correction in JSON types without floats, as the store keeps it."""
        return {
            "base": self.base,
            "lessons": self.lessons,
            "heads": {name: _head(self.heads[name]) for name in self.heads},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Correction:
        """The correction that `to_record` wrote. Raises KeyError, ValueError, TypeError for one that is damaged."""
        return cls(record["base"], record["lessons"], {name: _read(one) for name, one in record["heads"].items()})


def bounded(head: str, move: float, *, careful: bool) -> float:
    """A move (logits) of a head, kept within what is allowed. careful: only towards more care."""
    stricter = move if head != ANSWER else -move
    least = 0.0 if careful or (head != ANSWER and Label(head) in URGENT) else -LENIENT / 1000
    kept = min(CAREFUL / 1000, max(least, stricter))
    return kept if head != ANSWER else -kept


def vetoed(rules: Mapping[Label, int]) -> bool:
    """Whether the rules saw any risk, however faint: then nothing that was learnt makes a decision less careful."""
    return any(rules.get(label, 0) > 0 for label in RISKS)


def taught(classifier: str) -> str | None:
    """Which correction a decision's classifier names: `<rules>+<table>+<correction>`; None where there was none."""
    return next(iter(classifier.split("+")[2:]), None)


def _head(one: HeadCorrection) -> dict[str, Any]:
    words = {str(bucket): one.words[bucket] for bucket in sorted(one.words)}
    return {"shift": one.shift, "slope": one.slope, "words": words, "careful": one.careful}


def _read(fields: Mapping[str, Any]) -> HeadCorrection:
    words = {int(bucket): int(weight) for bucket, weight in fields["words"].items()}
    return HeadCorrection(int(fields["shift"]), int(fields["slope"]), words, bool(fields["careful"]))


# --- what it did to decisions that it did not learn from -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """How the decisions of people that were held out fare with one reader; counts.

    statements: what they say about single matters, of which `agreed` are seen alike. unsafe: messages that no machine was to
    answer, of which `answered` would be. risky: messages in which a person saw a risk, of which `missed` would reach nobody.
    automated: messages that would need no person.
    """

    messages: int = 0
    statements: int = 0
    agreed: int = 0
    unsafe: int = 0
    answered: int = 0
    risky: int = 0
    missed: int = 0
    automated: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What a correction was learnt from, and what it did to the decisions held out.

    taught: lessons by act. learnt: by head, lessons that ask for more care and for less. left_alone: heads that were not
    corrected, and why.
    """

    guideline: str
    lessons: int
    held_out: int
    anchors: int
    overturned: int
    reviewers: int
    authors: int
    since: datetime
    until: datetime
    taught: Mapping[str, int]
    learnt: Mapping[str, tuple[int, int]]
    left_alone: Mapping[str, str]
    before: Measured
    after: Measured

    def objection(self) -> str | None:
        """Why the correction is no better than none, in words; None where it is."""
        if self.after.answered > self.before.answered:
            return f"it would answer {self.after.answered} messages that no machine should, in place of {self.before.answered}"
        if self.after.missed > self.before.missed:
            return f"it would miss {self.after.missed} messages with a risk, in place of {self.before.missed}"
        if self.after.agreed < self.before.agreed:
            return f"it agrees with people {self.after.agreed} times, and {self.before.agreed} without it"
        if self.after == self.before:
            return "it changes nothing"
        return None
