"""Incident: a platform shuts an account out, our app's money there is spent, what an account hears stands out, or what people
taught the reader says nothing any more.

It is told of once, with one next step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

MOST_TRIES = 5
TELL_AGAIN_AFTER = timedelta(minutes=1)


class Cause(StrEnum):
    """What happened, as far as the platform told."""

    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    SCOPE = "scope"
    UNKNOWN = "unknown"
    UNPAID = "unpaid"
    """Nothing is wrong with the account: our app's money on the platform is spent."""
    SILENCE = "silence"
    """It could not be read for hours, or nobody speaks to it who usually would."""
    SURGE = "surge"
    """Far more is said to it than usual."""
    GAPS = "gaps"
    """A part of what it listens to is not told to it."""
    OUTGROWN = "outgrown"
    """Of the workspace: what people taught the reader was learnt over a table that texts are no longer read with."""


NOTICED = frozenset({Cause.SILENCE, Cause.SURGE, Cause.GAPS, Cause.OUTGROWN})
"""What stands out while everything works: it shuts nobody out, and closes by itself."""


NEXT_STEP = {
    Cause.EXPIRED: "Sign the account in again.",
    Cause.REVOKED: "Ask whoever took the app's right away, then sign the account in again.",
    Cause.SUSPENDED: "Have the account restored on the platform itself, then sign it in again.",
    Cause.SCOPE: "Sign the account in again, and allow everything that is asked for.",
    Cause.UNKNOWN: "Sign the account in again.",
    Cause.SILENCE: "Look at the account on the platform itself: whether people speak to it there that are not heard here.",
    Cause.SURGE: "Read what came in, and say whether automatic answers are to stop meanwhile.",
    Cause.GAPS: "Give the account the right to read it there, or have it listen to less.",
    Cause.OUTGROWN: "Train anew (`parley train --with-decisions`), replay and activate what comes of it; or take this one back.",
    Cause.UNPAID: "Pay on the platform's page for developers, then have the account tried again.",
}
"""The one thing that somebody does about it."""


class IncidentState(StrEnum):
    """What is already true of an incident."""

    OPEN = "open"
    TELLING = "telling"
    TOLD = "told"
    UNTOLD = "untold"
    """No mail could be sent: it is seen at the account alone."""
    CLOSED = "closed"


_S = IncidentState

INCIDENT = Machine(
    "Incident",
    IncidentState,
    {
        (_S.OPEN, "tell"): _S.TELLING,
        (_S.OPEN, "give_up"): _S.UNTOLD,
        (_S.TELLING, "told"): _S.TOLD,
        (_S.TELLING, "refused"): _S.OPEN,
        # A notice that may have been sent is not sent again: one is what was promised, and the account shows it too.
        (_S.TELLING, "doubt"): _S.TOLD,
        (_S.OPEN, "close"): _S.CLOSED,
        (_S.TELLING, "close"): _S.CLOSED,
        (_S.TOLD, "close"): _S.CLOSED,
        (_S.UNTOLD, "close"): _S.CLOSED,
    },
)


@dataclass(frozen=True, slots=True)
class Incident:
    """One time that an account was shut out, or something stood out. why: the platform's own short words or code.

    Its id names the account. account: None for the workspace's own.
    """

    id: str
    workspace: str
    account: str | None
    cause: Cause
    why: str
    state: IncidentState
    opened_at: datetime
    told_at: datetime | None = None
    closed_at: datetime | None = None
    tries: int = 0
    lease_until: datetime | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def next_step(self) -> str:
        """The one thing that somebody does about it."""
        return NEXT_STEP[self.cause]


def episode_id(account: str, cause: str, begun: datetime) -> str:
    """The id of what stands out of an account since `begun`: whoever notices it opens the same incident."""
    return f"{account}.{cause}.{int(begun.timestamp())}"


def incident_id(one: str, rev: int) -> str:
    """The id of what happens to an account, or a workspace, when it stands at `rev`: the same act, tried twice, opens one
    incident."""
    return f"{one}.{rev}"
