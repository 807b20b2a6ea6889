"""Interaction: what somebody did toward us; Conversation: interactions under one remote root; Author: a pseudonym."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.triage import TriageDecision


class InteractionState(StrEnum):
    """What is already true of an interaction."""

    NEW = "new"
    IGNORED = "ignored"
    ANSWERING = "answering"
    ANSWERED = "answered"
    IN_REVIEW = "in_review"
    MODERATING = "moderating"
    """A person decided to have something done about it, and the platform is asked."""
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


_S = InteractionState
_ANYWHERE = tuple(state for state in _S if state is not _S.WITHDRAWN)
_BY_A_PERSON = (_S.RESOLVED, _S.MODERATING)
"""What a person decided, nothing but a person changes: an edit is put before them."""

INTERACTION = Machine(
    "Interaction",
    InteractionState,
    {
        (_S.NEW, "ignore"): _S.IGNORED,
        (_S.NEW, "answer"): _S.ANSWERING,
        (_S.NEW, "review"): _S.IN_REVIEW,
        (_S.NEW, "escalate"): _S.ESCALATED,
        (_S.IGNORED, "undo"): _S.IN_REVIEW,
        (_S.ANSWERING, "undo"): _S.IN_REVIEW,
        (_S.ANSWERED, "undo"): _S.IN_REVIEW,
        (_S.ESCALATED, "undo"): _S.IN_REVIEW,
        (_S.RESOLVED, "undo"): _S.IN_REVIEW,
        (_S.MODERATING, "undo"): _S.IN_REVIEW,
        **{
            (state, "moderate"): _S.MODERATING
            for state in (_S.NEW, _S.IGNORED, _S.ANSWERED, _S.IN_REVIEW, _S.ESCALATED, _S.RESOLVED)
        },
        (_S.MODERATING, "done"): _S.RESOLVED,
        (_S.MODERATING, "cannot"): _S.IN_REVIEW,
        (_S.ANSWERING, "sent"): _S.ANSWERED,
        (_S.ANSWERING, "refused"): _S.IN_REVIEW,
        (_S.IN_REVIEW, "decided"): _S.RESOLVED,
        **{(state, "edited"): _S.NEW for state in _ANYWHERE if state not in _BY_A_PERSON},
        **{(state, "edited"): _S.IN_REVIEW for state in _BY_A_PERSON},
        **{(state, "withdrawn"): _S.WITHDRAWN for state in _ANYWHERE},
    },
)


@dataclass(frozen=True, slots=True)
class Author:
    """A remote person, known here by a keyed pseudonym only; id, handle and name lie apart, sealed."""

    pseudonym: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Interactions under one remote root. `id` is keyed like every id made from a native one."""

    id: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing somebody did toward us, stored once per workspace, with the accounts that saw it.

    id is keyed from (platform, native id). The text lies in its own item; the remote reference is sealed there.
    """

    id: str
    workspace: str
    platform: str
    kind: str
    account: str
    author: Author
    conversation: Conversation
    state: InteractionState
    created_at: datetime
    received_at: datetime
    revision: int = 1
    seen_by: tuple[str, ...] = ()
    """Ids of the accounts whose readings brought it."""
    language: str | None = None
    decision: TriageDecision | None = None
    shadow: TriageDecision | None = None
    """What the guideline's shadow said about it in the same moment, where it disagreed; nothing followed from that."""
    correction_shadow: TriageDecision | None = None
    """The same of the correction that is asked beside the one in force, if any."""
    answer: str | None = None
    """Id of the variant that answers it, where one was made."""
    review: str | None = None
    """Id of the review item that asks about it, where one was made."""
    escalation: str | None = None
    """Id of the escalation it opened, where it did."""
    ruling: str | None = None
    """Id of the last ruling about it, where there is one."""
    about: str | None = None
    """Of a report: the id of what was reported, as it is known where it was heard for itself."""
    digest: str | None = None
    """A keyed digest of what it says, by which a change is noticed; None where an older release stored it."""
    bot: bool = False
    """Whether its platform marks its author as a machine."""
    history: bool = False
    """Whether it was read back, from before its account was connected: it asks nothing of anybody unless it is urgent."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
