"""Comment: what somebody says about a variant, to those who work on it. It is never said on a platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.audit import AuditEvent


@dataclass(frozen=True, slots=True)
class Comment:
    """One remark. `by` is the actor: a member, or the link by which a guest spoke. `version`: of what it speaks.

    Its id is the variant's, a point, and what sorts by time.
    """

    id: str
    workspace: str
    variant: str
    version: int
    by: str
    at: datetime
    text: str
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
