"""Campaign: a purpose with dates, targets and accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached: a measure in words and a whole number."""

    measure: str
    goal: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A purpose: the objective in words, what would show it was met, when, and on which accounts."""

    id: str
    workspace: str
    name: str
    objective: str
    targets: tuple[Target, ...]
    accounts: tuple[str, ...]
    starts: datetime
    ends: datetime | None
    owner: str
    created_at: datetime
    budget_micro_usd: int | None = None
    """What may be spent on it in its whole life; None: only the workspace's cap counts."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
