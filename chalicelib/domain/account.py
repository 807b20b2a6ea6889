"""Account: our signed-in presence on a platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.listening import USUAL, Listening
from chalicelib.domain.machine import Machine
from chalicelib.domain.polling import Pace


class AccountState(StrEnum):
    """What is already true of an account."""

    ACTIVE = "active"
    THROTTLED = "throttled"
    NEEDS_RECONNECT = "needs_reconnect"
    UNPAID = "unpaid"
    """Our app's money on the platform is spent: nothing is said or read there until somebody pays."""
    PAUSED = "paused"
    DISABLED = "disabled"


_S = AccountState

ACCOUNT = Machine(
    "Account",
    AccountState,
    {
        (_S.ACTIVE, "throttle"): _S.THROTTLED,
        (_S.THROTTLED, "throttle"): _S.THROTTLED,
        (_S.THROTTLED, "recover"): _S.ACTIVE,
        (_S.ACTIVE, "signed_out"): _S.NEEDS_RECONNECT,
        (_S.THROTTLED, "signed_out"): _S.NEEDS_RECONNECT,
        (_S.NEEDS_RECONNECT, "reconnect"): _S.ACTIVE,
        (_S.ACTIVE, "unpaid"): _S.UNPAID,
        (_S.THROTTLED, "unpaid"): _S.UNPAID,
        (_S.UNPAID, "paid"): _S.ACTIVE,
        (_S.UNPAID, "disable"): _S.DISABLED,
        (_S.ACTIVE, "pause"): _S.PAUSED,
        (_S.PAUSED, "resume"): _S.ACTIVE,
        (_S.ACTIVE, "disable"): _S.DISABLED,
        (_S.PAUSED, "disable"): _S.DISABLED,
        (_S.NEEDS_RECONNECT, "disable"): _S.DISABLED,
        (_S.THROTTLED, "disable"): _S.DISABLED,
        (_S.DISABLED, "reconnect"): _S.ACTIVE,
    },
)


@dataclass(frozen=True, slots=True)
class PollRules:
    """What a poll may be there. choice: characters of one of its choices."""

    fewest: int
    most: int
    choice: int
    shortest: timedelta
    longest: timedelta
    many: bool = False


@dataclass(frozen=True, slots=True)
class VideoRules:
    """What the one video of a part may be there. size: bytes. rate: frames a second. alt: characters of a description."""

    types: tuple[str, ...]
    size: int
    pixels: int | None = None
    rate: int | None = None
    alt: int | None = None


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What the account's own place allows, where that is not its platform's usual. None: as usual. Sizes in bytes, pixels."""

    max_length: int | None = None
    url_length: int | None = None
    pictures: int | None = None
    picture_types: tuple[str, ...] = ()
    picture_bytes: int | None = None
    max_alt: int | None = None
    picture_side: int | None = None
    picture_pixels: int | None = None
    polls: PollRules | None = None
    video: VideoRules | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A guideline version, and since when it is active: what was made before then was checked against another."""

    version: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Our presence on one platform. `native_id` and `handle` are our own, public ones; the credential lies sealed apart."""

    id: str
    workspace: str
    platform: str
    base_url: str
    native_id: str
    handle: str
    state: AccountState
    created_at: datetime
    throttled_until: datetime | None = None
    releasing_since: datetime | None = None
    """Since when what was held for it is put back on its schedule; None once all of it surely was."""
    house_rules: HouseRules | None = None
    incident: str | None = None
    """Why it needs somebody (domain/incident.py); None while it needs nobody."""
    probed: bool = False
    """Whether it has its place among those whose credential is tried daily."""
    listening: Listening = USUAL
    pace: Pace | None = None
    """How often it is read; None until that is known."""
    spoke_at: datetime | None = None
    """When it spoke last, as far as those who listen were told; only where its own threads are read."""
    gate: Gate | None = None
    """The guideline that what it says must pass, where one was activated since it was connected."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
