"""Digest: what a manager reads, mailed at most once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine


class DigestState(StrEnum):
    """What is already true of a digest. A lost answer leaves IN_DOUBT: it is not sent again by itself."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    IN_DOUBT = "in_doubt"


_S = DigestState

DIGEST = Machine(
    "Digest",
    DigestState,
    {
        (_S.DUE, "claim"): _S.SENDING,
        (_S.SENDING, "sent"): _S.SENT,
        (_S.SENDING, "refused"): _S.DUE,
        (_S.SENDING, "lost"): _S.IN_DOUBT,
    },
)


@dataclass(frozen=True, slots=True)
class Digest:
    """One summary of one span of time for some members of a workspace."""

    id: str
    workspace: str
    state: DigestState
    to: tuple[str, ...]
    """Ids of the members who read it."""
    since: datetime
    until: datetime
    due_at: datetime
    lease_until: datetime | None = None
    tries: int = 0
    sent_at: datetime | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
