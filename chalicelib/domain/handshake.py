"""Handshake: a sign-in that waits for its person to come back from the platform, bound to them, for a while, for one use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

LASTS = timedelta(minutes=10)
"""From the platform's address to its code: as long as platforms keep theirs, or longer."""


class HandshakeState(StrEnum):
    """What is already true of a handshake."""

    OPEN = "open"
    USED = "used"
    """Its code is being exchanged, or was: never a second time."""
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


_S = HandshakeState

HANDSHAKE = Machine(
    "Handshake",
    HandshakeState,
    {
        (_S.OPEN, "use"): _S.USED,
        (_S.OPEN, "expire"): _S.EXPIRED,
        (_S.USED, "done"): _S.DONE,
        (_S.USED, "fail"): _S.FAILED,
    },
)


@dataclass(frozen=True, slots=True)
class Handshake:
    """One of them. state_hash: what comes back with the code must hash to it. only: the account that is to be signed in again.

    What else is needed for the exchange lies sealed apart, and goes with the use.
    """

    id: str
    workspace: str
    member: str
    platform: str
    base_url: str
    redirect: str
    state: HandshakeState
    state_hash: str
    begun_at: datetime
    expires_at: datetime
    only: str | None = None
    account: str | None = None
    """Whom it signed in."""
    reason: str | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
