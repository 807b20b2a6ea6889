"""Budget: how much an account may say in a span of time, and the one write that it has in flight.

A token bucket that holds a quarter of the allowance and is refilled with the rest over its span, so that no window of
that length ever holds more writes than the platform allows. What the platform itself says is left lowers it, never raises
it. An app-wide budget, shared by all tenants that speak through one client, is the same without a write in flight.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.post import Variant, VariantState

WHOLE = 1_000_000
"""One write in the bucket's own unit, a millionth: whole numbers refill without rounding away."""

CLAIMED_WITHIN = timedelta(seconds=10)
"""A worker that took the turn claims within this time, or takes it again: only so long does a worker that died between
the two keep the others waiting."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """So many writes in any window of this length."""

    writes: int
    span: timedelta

    @property
    def burst(self) -> int:
        """How many may be said at once after a rest."""
        return max(1, self.writes // 4)

    def refilled(self, passed: timedelta) -> int:
        """What so much time puts back, in millionths of a write."""
        again = max(1, self.writes - self.burst)
        return (
            int(max(passed, timedelta(0)) // timedelta(microseconds=1))
            * again
            * WHOLE
            // (self.span // timedelta(microseconds=1))
        )

    def wait_for(self, missing: int) -> timedelta:
        """How long it takes until so many millionths of a write are back, rounded up."""
        again = max(1, self.writes - self.burst) * WHOLE
        return timedelta(microseconds=-(-missing * (self.span // timedelta(microseconds=1)) // again))


@dataclass(frozen=True, slots=True)
class Turn:
    """The one write of an account that may be in flight: whose, which attempt, and when the turn was taken."""

    variant: str
    attempt: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of an allowance as of `at`, in millionths of a write. `closed_until`: the platform said so."""

    left: int
    at: datetime
    turn: Turn | None = None
    closed_until: datetime | None = None
    rev: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now; from `until` on it is worth asking again. Each one more takes about `each` longer, up to `most` at once."""

    until: datetime
    each: timedelta = timedelta(0)
    most: int = 1


def full(allowed: Allowed, now: datetime) -> Budget:
    """The budget of an account that has not spoken yet."""
    return Budget(allowed.burst * WHOLE, now)


def taken(budget: Budget, allowed: Allowed, now: datetime, turn: Turn | None = None, writes: int = 1) -> Budget | Wait:
    """The budget once so many writes were taken from it, or how long to wait. Never before what the platform said."""
    if budget.closed_until is not None and now < budget.closed_until:
        return Wait(budget.closed_until)
    left = min(allowed.burst * WHOLE, budget.left + allowed.refilled(now - budget.at))
    if left < writes * WHOLE:
        until = max(now, budget.at) + allowed.wait_for(writes * WHOLE - left)
        return Wait(until, allowed.wait_for(WHOLE), allowed.burst)
    return replace(budget, left=left - writes * WHOLE, at=max(now, budget.at), turn=turn, closed_until=None)


def lowered(budget: Budget, allowed: Allowed, left: int, closed_for: timedelta, now: datetime) -> Budget | None:
    """The budget brought down to what the platform says is left until `closed_for` has passed; None if it is lower already."""
    if left > 0:
        ours = min(allowed.burst * WHOLE, budget.left + allowed.refilled(now - budget.at))
        return replace(budget, left=left * WHOLE, at=max(now, budget.at)) if left * WHOLE < ours else None
    until = now + closed_for
    if budget.closed_until is not None and budget.closed_until >= until:
        return None
    return replace(budget, left=0, at=max(until, budget.at), closed_until=until)


def busy(turn: Turn | None, holder: Variant | None, now: datetime, skew: timedelta) -> bool:
    """Whether the turn is still somebody's. `holder`: the variant it names, as it lies in the record now.

    While that is SENDING nothing else may go out on the account, in doubt or not: a look-up must read a timeline in which
    nothing else moves. A turn that was taken and never used ends by itself.
    """
    if turn is None or holder is None:
        return False
    if holder.state is VariantState.SENDING:
        return True
    return holder.attempts < turn.attempt and now < turn.taken_at + CLAIMED_WITHIN + skew
