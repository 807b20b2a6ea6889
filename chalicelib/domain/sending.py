"""The publish protocol's decisions, pure: when a variant may be claimed or taken over, and what each outcome leads to.

Never twice, never silently lost. Assumptions, per platform (`Timing`): a request sent at t takes effect by t + landing or
never; an effect is visible to our reader within `visible`; no attempt sends after its lease; clocks differ by at most
`skew`. A takeover after lease + landing + visible + skew therefore reads a complete timeline. Where the platform refuses a
second write under the same id (`atomic`), the lease alone is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.post import VARIANT, HalfSent, Remote, Variant, VariantState
from chalicelib.domain.timing import Timing

MOST_TAKEOVERS = 8
"""After so many a person decides: a cap against a loop that nobody foresaw."""


class Step(StrEnum):
    """What a worker may do with a variant now."""

    WAIT = "wait"
    CLAIM = "claim"
    MISS = "miss"
    ASK = "ask"
    """A thread that has begun is too late to go on by itself."""
    TAKE_OVER = "take_over"
    LEAVE = "leave"


def next_step(variant: Variant, now: datetime, timing: Timing) -> Step:
    """What may be done with the variant now; WAIT where it is not yet time, LEAVE where nothing is owed."""
    if variant.state is VariantState.SCHEDULED:
        if now < variant.schedule.at or now < variant.not_before:
            return Step.WAIT
        # An automatic resend that a person ordered, or a deferral past the limit, is late like any other.
        return _late(variant) if out_of_time(variant, now) else Step.CLAIM
    if variant.state is VariantState.HELD:
        return _late(variant) if out_of_time(variant, now) else Step.LEAVE
    if variant.state is VariantState.AWAITING_APPROVAL:
        return Step.MISS if variant.schedule.too_late(now) else Step.LEAVE
    if variant.state is VariantState.SENDING:
        return Step.TAKE_OVER if now > takeover_at(variant, timing) else Step.WAIT
    return Step.LEAVE


def out_of_time(variant: Variant, now: datetime) -> bool:
    """Whether it may no longer be said by itself; the rest of a thread may be, where its author said so."""
    return variant.schedule.too_late(now) and not (variant.begun and variant.half_sent is HalfSent.GO_ON)


def _late(variant: Variant) -> Step:
    return Step.ASK if variant.begun else Step.MISS


def takeover_at(variant: Variant, timing: Timing) -> datetime:
    """From when on another worker may settle a variant that is SENDING."""
    if variant.lease_until is None:
        raise ValueError("a variant without a lease is not being sent")
    return variant.lease_until + timing.takeover_after


def may_still_send(lease_until: datetime, now: datetime, timing: Timing) -> bool:
    """Whether a call that starts now is sure to end inside the lease, with the clock's error as margin."""
    return now + timing.call + timing.skew < lease_until


# --- what a call came to ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform says that it holds it. `thread`: the parts that went with it in the same write."""

    remote: Remote
    thread: tuple[Remote, ...] = ()


@dataclass(frozen=True, slots=True)
class NothingHappened:
    """Definitely no effect; may be asked again from `retry_at` on. parks: the whole account is asked to wait until then."""

    retry_at: datetime
    why: str
    parks: bool = False


@dataclass(frozen=True, slots=True)
class SignedOut:
    """Definitely no effect of this call; the account must sign in again. cause: by its word (domain/incident.py)."""

    why: str
    cause: str = "unknown"


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Definitely no effect of this call; our app's money on the platform is spent."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Definitely no effect of this call; a person must change something."""

    why: str


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """It may have happened."""

    why: str


@dataclass(frozen=True, slots=True)
class FoundEarlier:
    """A look-up found what an earlier attempt had sent. `thread`: the parts that went with it in the same write."""

    remote: Remote
    thread: tuple[Remote, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvedAbsent:
    """A look-up proved that no earlier attempt landed."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A look-up read all there is to read and found nothing, which proves nothing where a listing lags.

    send_again_at: when the workspace wants it taken for absence; None where it wants a person asked.
    """

    why: str
    send_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CannotKnow:
    """A look-up ended, and proves nothing: a person decides."""

    why: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """A brake stood in the moment before it would have been said; nothing was asked of the platform."""

    brake: str
    why: str


Outcome = (
    Sent
    | NothingHappened
    | SignedOut
    | Unpaid
    | Refused
    | AnswerLost
    | FoundEarlier
    | ProvedAbsent
    | Silence
    | CannotKnow
    | Stopped
)


# --- and what follows ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Commit:
    """SENDING -> PUBLISHED. `thread`: the parts that went with it in the same write."""

    remote: Remote
    why: str
    thread: tuple[Remote, ...] = ()


@dataclass(frozen=True, slots=True)
class PartSaid:
    """SENDING -> SCHEDULED: this part stands there, and the next one may be said."""

    remote: Remote
    why: str


@dataclass(frozen=True, slots=True)
class Defer:
    """SENDING -> SCHEDULED, not before `until`. Clean attempts only."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """SENDING -> HELD: the account is signed out or unpaid, or a brake is on. Clean attempts only."""

    why: str
    brake: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """SENDING -> FAILED. Clean attempts only."""

    why: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Stays SENDING, in doubt; the next look-up may come once the lease, set to `lease_until`, has run out."""

    lease_until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """SENDING -> NEEDS_REVIEW."""

    why: str


@dataclass(frozen=True, slots=True)
class SendAgain:
    """Stays SENDING under this same attempt: nothing landed before, so it is sent now."""


Next = Commit | PartSaid | Defer | Hold | Fail | Doubt | GiveUp | SendAgain


def advance(variant: Variant, outcome: Outcome, now: datetime) -> Next:
    """What follows for a SENDING variant from what a call came to. Total over outcomes.

    Only a clean attempt leaves SENDING by "nothing happened", "signed out" or "refused": an earlier, dirty one may have
    landed, and a cancel of the then SCHEDULED post would be acknowledged against the truth (publish model, N12).
    """
    lease = variant.lease_until or now
    match outcome:
        case Sent(remote, thread):
            return _stands(variant, remote, thread, "the platform answered with its id")
        case FoundEarlier(remote, thread):
            return _stands(variant, remote, thread, "an earlier attempt was found on the platform")
        case AnswerLost(why):
            return Doubt(lease, why) if variant.takeovers < MOST_TAKEOVERS else GiveUp(why)
        case NothingHappened(retry_at, why, _):
            if not variant.dirty:
                return Defer(retry_at, why)
            return Doubt(max(now, retry_at), why) if variant.takeovers < MOST_TAKEOVERS else GiveUp(why)
        case SignedOut(why, _):
            return GiveUp(f"signed out while in doubt: {why}") if variant.dirty else Hold(why)
        case Unpaid(why):
            return GiveUp(f"the money is spent while in doubt: {why}") if variant.dirty else Hold(why)
        case Refused(why):
            if variant.begun:
                return GiveUp(f"{len(variant.said)} of {variant.parts} parts stand there, the next was refused: {why}")
            return GiveUp(f"refused while in doubt: {why}") if variant.dirty else Fail(why)
        case Stopped(brake, why):
            return GiveUp(f"stopped while in doubt: {why}") if variant.dirty else Hold(why, brake)
        case ProvedAbsent():
            return _again(variant, now)
        case Silence(why, send_again_at):
            if send_again_at is None:
                return GiveUp(why)
            return _again(variant, now) if now >= send_again_at else Doubt(max(now, send_again_at), why)
        case CannotKnow(why):
            return GiveUp(why)


def going_on(variant: Variant, remote: Remote, now: datetime) -> Variant:
    """A thread of which one more part stands there: the next is a send of its own, with its own key."""
    return replace(
        variant,
        remote=variant.remote or remote,
        said=(*variant.said, remote),
        micro_usd=variant.costs[len(variant.said) + 1] if variant.costs else 0,
        not_before=now,
        owner=None,
        lease_until=None,
        doubt=None,
        dirty=False,
        takeovers=0,
        key=None,
        first_claimed_at=None,
        reason=None,
    )


def _stands(variant: Variant, remote: Remote, thread: tuple[Remote, ...], why: str) -> Commit | PartSaid:
    if len(variant.said) + 1 < variant.parts:
        return PartSaid(remote, f"part {len(variant.said) + 1} of {variant.parts}: {why}")
    return Commit(remote, why, thread)


def _again(variant: Variant, now: datetime) -> SendAgain | GiveUp:
    if out_of_time(variant, now):
        return GiveUp("it is not there, and it is later than its own limit allows")
    return SendAgain() if variant.takeovers < MOST_TAKEOVERS else GiveUp("too many attempts were left behind")


_ACTS: dict[type[Next], str] = {
    Commit: "commit",
    PartSaid: "part",
    Defer: "defer",
    Hold: "hold",
    Fail: "reject",
    Doubt: "doubt",
    GiveUp: "give_up",
}


def settled(
    variant: Variant, follows: Commit | PartSaid | Defer | Hold | Fail | Doubt | GiveUp, now: datetime
) -> tuple[Variant, str]:
    """The variant once this was written down, and the edge that it takes."""
    act = _ACTS[type(follows)]
    after = replace(variant, state=VARIANT.move(variant.state, act))
    if isinstance(follows, PartSaid):
        return going_on(after, follows.remote, now), act
    if isinstance(follows, Doubt):
        return replace(after, lease_until=follows.lease_until, doubt=follows.why), act
    after = replace(after, owner=None, lease_until=None)
    match follows:
        case Commit(remote, _, thread):
            said = (*variant.said, remote, *thread)
            after = replace(after, remote=variant.remote or remote, published_at=now, doubt=None, dirty=False)
            return replace(after, said=said if len(said) > 1 else ()), act
        case Defer(until, why):
            return replace(after, not_before=until, reason=why), act
        case Hold(why, brake):
            return replace(after, reason=why, held_by=brake), act
        case Fail(why) | GiveUp(why):
            return replace(after, reason=why), act
