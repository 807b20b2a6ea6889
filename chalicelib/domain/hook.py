"""Hook: an address at which what is said to an account is brought, instead of being fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine


class HookState(StrEnum):
    """Whether its address takes anything."""

    OPEN = "open"
    REVOKED = "revoked"


HOOK = Machine("Hook", HookState, {(HookState.OPEN, "revoke"): HookState.REVOKED})


@dataclass(frozen=True, slots=True)
class Hook:
    """One address of one account. sender: whose signature it asks for (`x`, `relay`); the secret for that lies sealed apart."""

    id: str
    workspace: str
    state: HookState
    account: str
    sender: str
    owner: str
    created_at: datetime
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
