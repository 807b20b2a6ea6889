"""Calendar: what is to be said and was said, for programs that subscribe to it by an address that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine


class CalendarState(StrEnum):
    """Whether its address opens anything."""

    SHARED = "shared"
    REVOKED = "revoked"


CALENDAR = Machine("Calendar", CalendarState, {(CalendarState.SHARED, "revoke"): CalendarState.REVOKED})


@dataclass(frozen=True, slots=True)
class Calendar:
    """One shared calendar of a workspace, or of one account. `secret_hash`: of the secret in its address, never that itself.

    texts: whether it tells what is said, or only when and where.
    """

    id: str
    workspace: str
    state: CalendarState
    account: str | None
    texts: bool
    secret_hash: str
    owner: str
    created_at: datetime
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
