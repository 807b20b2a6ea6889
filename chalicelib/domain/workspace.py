"""Workspace: one tenant; Member: a person in it, with a role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.access import Role
from chalicelib.domain.approval import NOBODY_ASKED, ApprovalRule
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.money import BRAKE_AT

MOST_BACK = 10
"""How far a rollback can go back along the guidelines, or the corrections, that were in force before, one step each."""

INSTALLATION = "installation"
"""The workspace id under which the operator's own tokens lie. It holds no tenant's record."""


class AltText(StrEnum):
    """Whether a picture may be shown without a description for those who do not see it."""

    REQUIRED = "required"
    ASKED = "asked"
    """It is asked for, and left to whoever writes."""


@dataclass(frozen=True, slots=True)
class SecondOpinions:
    """What a second reader may be asked on one day (UTC), in calls and micro-dollars. Nobody is asked where either is 0."""

    calls_per_day: int = 0
    micro_usd_per_day: int = 0

    @property
    def on(self) -> bool:
        """Whether anything may be asked at all."""
        return self.calls_per_day > 0 and self.micro_usd_per_day > 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """One tenant. `sealed_key` is the workspace's own key (for ids and pseudonyms), sealed by the vault."""

    id: str
    name: str
    zone: str
    created_at: datetime
    sealed_key: str
    guideline: str
    """Id of the active guideline version."""
    escalate_to: str
    """Id of the member to whom escalations are mailed."""
    send_again_after: timedelta | None = None
    """How long after the first attempt silence is taken for absence where a listing proves nothing (X, Reddit). None: a
    person is asked. A platform that is slower than this gets it twice: the workspace chose that."""
    cap_micro_usd: int | None = None
    """What may be spent in a calendar month (UTC); None: there is no cap."""
    brake_at: int = BRAKE_AT
    """At how many permille of the cap what costs money is stopped, so that a person looks before it is used up."""
    approvals: ApprovalRule = NOBODY_ASKED
    alt_text: AltText = AltText.REQUIRED
    measures: bool = False
    """Whether its posts, accounts and communities are counted; off until somebody switches it on, since X asks money for it."""
    brakes_in_surge: bool = False
    """Whether automatic answers stop by themselves where an account suddenly hears far more than usual."""
    second_opinions: SecondOpinions = SecondOpinions()
    has_blackouts: bool = False
    """Whether a blackout was ever set up: where none was, nobody who plans has to look for one."""
    guidelines_before: tuple[str, ...] = ()
    """Ids of the versions that were active before, the last one first: a rollback goes back along them."""
    correction: str | None = None
    """Id of what its people taught the reader, where that is in force; None: the reader is as it was shipped."""
    corrections_before: tuple[str, ...] = ()
    """Ids of those that were in force before, the last one first; empty for none at all."""
    shadow: str | None = None
    """Id of the guideline version that is asked beside the active one, and decides nothing; None: there is none."""
    correction_shadow: str | None = None
    """The same of the corrections."""
    incident: str | None = None
    """Id of the open incident that is told of: what is in force was outgrown, and says nothing; None: all is well."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def workspace(self) -> str:
        """Its own id: a workspace lies in itself."""
        return self.id


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the workspace. `email` is where mail for them goes."""

    id: str
    workspace: str
    name: str
    email: str
    role: Role
    created_at: datetime
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
