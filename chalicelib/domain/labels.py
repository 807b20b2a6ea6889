"""What a text may be about, what was read from it, and what may be done: the words that guideline and triage share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.domain.rationale import Evidence


class Label(StrEnum):
    """What a text may be about: intents first, then risks."""

    PRAISE = "praise"
    QUESTION = "question"
    COMPLAINT = "complaint"
    SUPPORT = "support"
    SPAM = "spam"
    INSULT = "insult"
    HATE = "hate"
    THREAT = "threat"
    SELF_HARM = "self_harm"
    CRISIS = "crisis"
    PRIVACY = "privacy"
    LEGAL = "legal"


RISKS = frozenset({Label.INSULT, Label.HATE, Label.THREAT, Label.SELF_HARM, Label.CRISIS, Label.PRIVACY, Label.LEGAL})
URGENT = frozenset({Label.SELF_HARM, Label.THREAT, Label.CRISIS, Label.PRIVACY, Label.LEGAL})
INTENTS = (Label.SPAM, Label.COMPLAINT, Label.SUPPORT, Label.QUESTION, Label.PRAISE)
"""What a message may want, the one that needs more care first: that order breaks ties."""
ANSWERABLE = frozenset({Label.PRAISE, Label.QUESTION, Label.SUPPORT})
"""The only intents that may ever be answered automatically (design of triage, row ANSWER)."""


class TriageAction(StrEnum):
    """What follows from a decision, mildest first."""

    IGNORE = "ignore"
    ANSWER = "answer"
    REVIEW = "review"
    MODERATE = "moderate"
    """Done on the platform by a clause, without a person: graver than asking one, undone in one step."""
    ESCALATE = "escalate"

    @property
    def rank(self) -> int:
        """Place in the order from mild (0) to grave (4): a risk may only raise it."""
        return tuple(TriageAction).index(self)

    @property
    def for_a_person(self) -> bool:
        """Whether a person looks before anything is done."""
        return self in {TriageAction.REVIEW, TriageAction.ESCALATE}


@dataclass(frozen=True, slots=True)
class Signals:
    """What was read from one text: how strongly each label is present (whole permille), with evidence, and its language.

    classifier names the code and rules that read it, so that a decision can be replayed.
    """

    labels: Mapping[Label, int]
    evidence: tuple[Evidence, ...]
    language: str | None
    classifier: str
    plain: str = field(default="", repr=False)
    """The text as the guideline's phrases are compared with it: folded, disguises undone. Never stored, never logged."""
    starts: Sequence[int] | None = field(default=None, repr=False, compare=False)
    """For each code point of `plain`, its offset in the text as received; None where the two run side by side."""
    complete: bool = True
    """False where only a part of the text was read: such a message is never answered automatically."""
    p_auto: int | None = None
    """How safe an automatic answer is (calibrated permille; 0 under a veto); None where no learnt table was consulted."""
    p_risky: int | None = None
    """How likely the text is risky in any way, in permille, for sources that the table never learnt from; None without one."""
    familiar: bool = True
    """False where the text is unlike what the learnt table was trained on, so that its figures say little."""
    hides: bool = False
    """True where what people see is not what was read: unseen or turning characters, letters in disguise."""
    likeliest: str | None = None
    """The likeliest language, also where none is told; None of a text without words."""
    likely: int | None = None
    """How likely `likeliest` is, in permille; None where nothing says so."""
