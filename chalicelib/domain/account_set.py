"""AccountSet: accounts that are spoken through together, under one name."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True)
class AccountSet:
    """Some accounts, in the order in which they are shown."""

    id: str
    workspace: str
    name: str
    accounts: tuple[str, ...]
    retired: bool = False
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
