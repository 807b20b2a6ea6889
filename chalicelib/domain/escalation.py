"""Escalation: what went past the desk: who was told, about what, why, and by when somebody must have acted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

ACT_WITHIN = timedelta(hours=1)
"""How soon the named person must have acted: our own default for what may cost a life."""


MOST_TRIES = 5
"""After so many mails that failed, it stays UNTOLD: shown at the top of the desk and in every digest."""

TELL_AGAIN_AFTER = timedelta(minutes=1)


class EscalationState(StrEnum):
    """What is already true of an escalation. Told twice harms nobody, silence may: a lost answer leads back to OPEN."""

    OPEN = "open"
    TELLING = "telling"
    TOLD = "told"
    UNTOLD = "untold"


_S = EscalationState

ESCALATION = Machine(
    "Escalation",
    EscalationState,
    {
        (_S.OPEN, "tell"): _S.TELLING,
        (_S.TELLING, "told"): _S.TOLD,
        (_S.TELLING, "refused"): _S.OPEN,
        (_S.TELLING, "lost"): _S.OPEN,
        (_S.OPEN, "give_up"): _S.UNTOLD,
    },
)


@dataclass(frozen=True, slots=True)
class Escalation:
    """One interaction that went past the desk, the member who is told, and the clock."""

    id: str
    workspace: str
    interaction: str
    state: EscalationState
    tell: str
    """Id of the member who is told."""
    risks: tuple[str, ...]
    severity: int
    opened_at: datetime
    deadline: datetime
    told_at: datetime | None = None
    tries: int = 0
    lease_until: datetime | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
