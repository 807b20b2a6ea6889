"""ReviewLink: by which somebody without an account says yes or no to one variant, once.

A link hands on its maker's own right to approve: what is decided by it counts as theirs, so that one person never stands
for two, nor for their own words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

LONGEST = timedelta(days=14)
USUAL = timedelta(days=7)


class GuestVerdict(StrEnum):
    """What a guest may say."""

    APPROVE = "approve"
    CHANGES = "changes"


class LinkState(StrEnum):
    """Whether it was used or taken back. Time ends it without a change of state."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"


_S = LinkState

LINK = Machine("ReviewLink", LinkState, {(_S.OPEN, "use"): _S.USED, (_S.OPEN, "revoke"): _S.REVOKED})


@dataclass(frozen=True, slots=True)
class ReviewLink:
    """A link as the record keeps it: the hash of its secret, never the secret.

    label: whom its maker means it for, in their own words; it stands in no event. by: the member who made it.
    """

    id: str
    workspace: str
    variant: str
    state: LinkState
    secret_hash: str
    label: str
    by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def opens(self, now: datetime) -> bool:
        """Whether it may be used now."""
        return self.state is LinkState.OPEN and now < self.expires_at
