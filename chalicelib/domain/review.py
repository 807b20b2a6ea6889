"""ReviewItem: a question for a person, with a deadline; Claim: one person's lease on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.rationale import Rationale

CLAIM_LASTS = timedelta(minutes=15)
"""One person's lease on an item: long enough to read a thread and write, short enough that a forgotten tab frees it."""

ANSWER_WITHIN = {
    3: timedelta(minutes=15),
    2: timedelta(hours=1),
    1: timedelta(hours=8),
    0: timedelta(hours=24),
}
"""Deadline by severity, from the item's opening: our own default, to be set by workspace once business hours exist."""


class ReviewState(StrEnum):
    """What is already true of a review item."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    ESCALATED = "escalated"


_S = ReviewState

REVIEW = Machine(
    "ReviewItem",
    ReviewState,
    {
        (_S.OPEN, "claim"): _S.CLAIMED,
        (_S.CLAIMED, "claim"): _S.CLAIMED,
        (_S.CLAIMED, "release"): _S.OPEN,
        (_S.CLAIMED, "decide"): _S.RESOLVED,
        (_S.OPEN, "overdue"): _S.ESCALATED,
        (_S.CLAIMED, "overdue"): _S.ESCALATED,
        (_S.ESCALATED, "claim"): _S.CLAIMED,
        **{(state, "moot"): _S.RESOLVED for state in (_S.OPEN, _S.CLAIMED, _S.ESCALATED)},
        (_S.RESOLVED, "undo"): _S.OPEN,
    },
)


class Verdict(StrEnum):
    """What a person may decide about an item in this release."""

    ANSWER = "answer"
    LET_GO = "let_go"
    MODERATE = "moderate"
    """By a ruling, which closes the item with it: it is decided at the interaction, not at the item."""
    PUBLISHED = "published"
    SEND_AGAIN = "send_again"
    CLOSE = "close"


class Subject(StrEnum):
    """What an item asks about: an interaction, or a variant whose outcome cannot be known."""

    INTERACTION = "interaction"
    VARIANT = "variant"


VERDICTS: dict[Subject, frozenset[Verdict]] = {
    Subject.INTERACTION: frozenset({Verdict.ANSWER, Verdict.LET_GO}),
    Subject.VARIANT: frozenset({Verdict.PUBLISHED, Verdict.SEND_AGAIN, Verdict.CLOSE}),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One person's lease on an item."""

    member: str
    until: datetime

    def live(self, now: datetime) -> bool:
        """Whether the lease still holds."""
        return now < self.until


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A question for a person. `severity` 0 to 3 orders the queue before the deadline does."""

    id: str
    workspace: str
    subject: Subject
    about: str
    """Id of the interaction or variant."""
    state: ReviewState
    severity: int
    opened_at: datetime
    deadline: datetime
    question: str
    claim: Claim | None = None
    first_claimed_at: datetime | None = None
    verdict: Verdict | None = None
    rationale: Rationale | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
