"""Brake: a person's "stop", over everything or a part of it, with its reason and its end.

Accepted once it is stored. In force once every sender has seen it (`seen_by`) and no attempt that was claimed before is
live, at most one lease later; from then on nothing in its scope is sent. It writes nothing to variants: the sender reads
the brakes no longer than `SEEN_WITHIN` before it sends, and moves what is due to HELD. Whoever lifts it sees first what
would go out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.post import Origin, Variant

SEEN_WITHIN = timedelta(seconds=5)
"""A sender's reading of the brakes is no older than this in the moment its request leaves, or it reads them again."""


STAGGER = timedelta(seconds=30)
"""How far apart what a brake held goes out on one account, unless its owner says otherwise."""


def seen_by(accepted_at: datetime, skew: timedelta) -> datetime:
    """From when on every claim in its scope is made by somebody who has seen the brake; `skew` for each of two clocks."""
    return accepted_at + SEEN_WITHIN + 2 * skew


class Scope(StrEnum):
    """What a brake stops."""

    ALL = "all"
    PLATFORM = "platform"
    ACCOUNT = "account"
    CAMPAIGN = "campaign"
    AUTOMATIC = "automatic"
    """Only what nobody wrote by hand: automatic answers."""
    PAID = "paid"
    """Only what costs money in one campaign: its budget is used up, and what is free goes on."""


class BrakeState(StrEnum):
    """What is already true of a brake."""

    ON = "on"
    LIFTED = "lifted"


_S = BrakeState

BRAKE = Machine(
    "Brake",
    BrakeState,
    {
        (_S.ON, "lift"): _S.LIFTED,
        (_S.ON, "expire"): _S.LIFTED,
        (_S.LIFTED, "put_on"): _S.ON,
    },
)


@dataclass(frozen=True, slots=True)
class Brake:
    """One brake of a workspace; there is at most one for each scope and target, and it can be put on again.

    target: the platform, account or campaign it stops; None for the scopes that need none. stagger: how far apart what
    it held goes out on one account once it is lifted.
    """

    id: str
    workspace: str
    scope: Scope
    target: str | None
    state: BrakeState
    reason: str
    owner: str
    accepted_at: datetime
    expires_at: datetime | None = None
    stagger: timedelta = STAGGER
    lifted_at: datetime | None = None
    settled: bool = True
    """False while what it held may still have to be released, also what the index showed too late."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def stops(self, now: datetime) -> bool:
        """Whether it stops anything at all now."""
        return self.state is BrakeState.ON and (self.expires_at is None or now < self.expires_at)


def brake_id(scope: Scope, target: str | None) -> str:
    """The id of the one brake for this scope and target. Raises ValueError where the target is missing or too many."""
    if (target is None) is not (scope in {Scope.ALL, Scope.AUTOMATIC}):
        raise ValueError(f"the scope {scope.value} {'takes no' if target is not None else 'needs a'} target")
    return scope.value if target is None else f"{scope.value}.{target}"


def brakes_over(variant: Variant) -> tuple[str, ...]:
    """The ids of every brake that would stop this variant."""
    return (
        Scope.ALL.value,
        *((Scope.AUTOMATIC.value,) if variant.origin is Origin.TRIAGE else ()),
        brake_id(Scope.PLATFORM, variant.platform),
        brake_id(Scope.ACCOUNT, variant.account),
        *_of_campaign(variant),
    )


def _of_campaign(variant: Variant) -> tuple[str, ...]:
    if variant.campaign is None:
        return ()
    scopes = (Scope.CAMPAIGN, Scope.PAID) if variant.micro_usd else (Scope.CAMPAIGN,)
    return tuple(brake_id(scope, variant.campaign) for scope in scopes)
