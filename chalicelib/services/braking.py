"""Braking: putting a brake on, seeing whether it is in force, and lifting it with a look at what would go out.

Accepted means stored; nothing is written to any variant. What it holds is held by the senders themselves (`publishing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import BRAKE, STAGGER, Brake, BrakeState, Scope, brake_id, brakes_over, seen_by
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services import holding
from chalicelib.services.desk import Desk
from chalicelib.services.holding import SWEPT_FOR, TICK
from chalicelib.store import keys
from chalicelib.store.repository import Stale, whole

STORED_WITHIN = timedelta(seconds=1)
"""How long storing a brake may take without being told: the clocks' error, counted twice in `seen_by`, covers it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What a member asks for. stagger: how far apart what it held goes out on one account, once it is lifted."""

    scope: Scope
    target: str | None
    reason: str
    expires_at: datetime | None = None
    stagger: timedelta = STAGGER


@dataclass(frozen=True, slots=True)
class Standing:
    """How a brake stands now. sending: variants in its scope that were claimed before every sender had seen it.

    in_force_by: when it is in force at the latest, whatever a sender does. held: how many it holds.
    """

    brake: Brake
    in_force: bool
    in_force_by: datetime
    sending: tuple[str, ...]
    held: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """What would become of one held variant if the brake were lifted now: when it goes out, or that it is too late."""

    variant: Variant
    at: datetime
    missed: bool


def put_on(desk: Desk, caller: Caller, stop: Stop, now: datetime) -> Brake:
    """Put a brake on; once this returns it is accepted. Raises InvalidField, Conflict where it is on already."""
    _check(desk, caller, stop, now)
    return _put_on(desk, caller.workspace, stop, Actor.member(caller.member), caller.member, now)


def put_on_by_itself(desk: Desk, workspace: str, stop: Stop, worker: Actor, now: datetime) -> Brake:
    """The brake that one of Parley's own workers puts on, or the one that is on already. Raises Conflict."""
    known = desk.store.brakes.get(workspace, brake_id(stop.scope, stop.target))
    if known is not None and known.stops(now):
        return known
    return _put_on(desk, workspace, stop, worker, worker.id, now)


def _put_on(desk: Desk, workspace: str, stop: Stop, actor: Actor, owner: str, now: datetime) -> Brake:
    known = desk.store.brakes.get(workspace, brake_id(stop.scope, stop.target))
    if known is not None and known.stops(now):
        raise Conflict("this brake is on already", fix="Lift it first, or read how it stands.")
    if known is not None and known.state is BrakeState.ON:
        settle(desk, workspace, known.id, now)
        known = desk.store.brakes.get(workspace, known.id)
    # By whichever clock is later: a stop is never refused because a clock is off, and never in force too early.
    now = max(now, desk.store.table.time() or now)
    brake = Brake(
        id=brake_id(stop.scope, stop.target),
        workspace=workspace,
        scope=stop.scope,
        target=stop.target,
        state=BrakeState.ON,
        reason=stop.reason,
        owner=owner,
        accepted_at=now,
        expires_at=stop.expires_at,
        stagger=stop.stagger,
    )
    try:
        if known is None:
            event = AuditEvent(
                brake.workspace, f"brake:{brake.id}", "put_on", now, actor, stop.reason, None, brake.state.value
            )
            put = desk.store.brakes.create(brake, event)
        else:
            after = replace(brake, state=BRAKE.move(known.state, "put_on"))
            event = desk.store.brakes.moved(known, after, "put_on", now, actor, stop.reason)
            put = desk.store.brakes.save(known, after, event)
        return _accepted(desk, put, actor)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def _accepted(desk: Desk, brake: Brake, actor: Actor) -> Brake:
    """A brake is accepted once it is stored: where that took long, it is no older than that. Raises Stale."""
    stored_at = desk.clock.now()
    if stored_at - brake.accepted_at < STORED_WITHIN:
        return brake
    after = replace(brake, accepted_at=stored_at)
    why = "storing it took long: accepted only now"
    return desk.store.brakes.save(brake, after, desk.store.brakes.moved(brake, after, "accept", stored_at, actor, why))


def lift(desk: Desk, caller: Caller, brake: str, why: str, now: datetime) -> int:
    """Lift a brake, and put what it held back on its schedule, staggered; how many those were. Raises NotFound, Conflict."""
    known = get(desk, caller.workspace, brake)
    if known.state is BrakeState.LIFTED:
        return 0
    actor = Actor.member(caller.member)
    try:
        after = _lifted(desk, known, "lift", actor, why, now)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale
    return holding.release_brake(desk, after, actor, now)


def settle(desk: Desk, workspace: str, brake: str, now: datetime) -> None:
    """What time does to a brake: it expires, and what it held goes on its way. Called by the tick; safe to repeat."""
    known = desk.store.brakes.get(workspace, brake)
    if known is None:
        return
    try:
        if known.state is BrakeState.ON and not known.stops(now):
            known = _lifted(desk, known, "expire", TICK, "its time was over", now)
        if known.state is not BrakeState.LIFTED or known.settled or known.lifted_at is None:
            return
        holding.release_brake(desk, known, TICK, now)
        if now >= known.lifted_at + SWEPT_FOR:
            after = replace(known, settled=True)
            event = desk.store.brakes.moved(known, after, "settle", now, TICK, "what it held went on its way")
            desk.store.brakes.save(known, after, event)
    except Stale:
        return  # somebody else is at it


def get(desk: Desk, workspace: str, brake: str) -> Brake:
    """A brake. Raises NotFound."""
    found = desk.store.brakes.get(workspace, brake)
    if found is None:
        raise NotFound
    return found


def every(desk: Desk, workspace: str) -> Iterator[Brake]:
    """Every brake that was ever put on, on or lifted."""
    return whole(lambda after: desk.store.brakes.queried(keys.workspace(workspace).pk, "BRAKE#", after=after))


def standing(desk: Desk, brake: Brake, now: datetime) -> Standing:
    """How a brake stands. In force means that nothing in its scope leaves any more."""
    skew = max((one.skew for one in desk.policy.timing.values()), default=timedelta(0))
    lease = max((one.lease for one in desk.policy.timing.values()), default=timedelta(0))
    seen = seen_by(brake.accepted_at, skew)
    # Until the due index surely shows what was scheduled before, somebody may be sending what it does not show yet.
    shown = seen + desk.policy.index_lag
    # An attempt whose lease has ended sends nothing any more; one that was claimed later has seen the brake.
    sending = tuple(
        one.id
        for one in _being_sent(desk, brake.workspace, now)
        if brake.id in brakes_over(one)
        and one.lease_until is not None
        and now - skew < one.lease_until
        and one.lease_until - lease <= seen
    )
    return Standing(
        brake,
        in_force=brake.stops(now) and now >= shown and not sending,
        in_force_by=max(shown, seen + lease + skew),
        sending=sending,
        held=len(holding.held_by(desk, brake)),
    )


def preview(desk: Desk, brake: Brake, now: datetime) -> list[Resumed]:
    """What would go out if the brake were lifted now, and when; nothing is changed."""
    return [
        Resumed(one, at, one.schedule.too_late(at))
        for one, at in holding.staggered(holding.held_by(desk, brake), brake.stagger, now)
    ]


def _lifted(desk: Desk, brake: Brake, act: str, actor: Actor, why: str, now: datetime) -> Brake:
    after = replace(brake, state=BRAKE.move(brake.state, act), lifted_at=now, settled=False)
    return desk.store.brakes.save(brake, after, desk.store.brakes.moved(brake, after, act, now, actor, why))


def _being_sent(desk: Desk, workspace: str, now: datetime) -> Iterator[Variant]:
    """Every variant of the workspace that is being sent, from its two shards of the due index."""
    entries = [one for one in desk.store.due_of(workspace, now) if keys.due_noun(one.sort) == "variant"]
    for start in range(0, len(entries), 100):
        for one in desk.store.variants.get_many(entry.key for entry in entries[start : start + 100]):
            if one.state is VariantState.SENDING:
                yield one


def _check(desk: Desk, caller: Caller, stop: Stop, now: datetime) -> None:
    if stop.expires_at is not None and stop.expires_at <= now:
        raise InvalidField("/expires_at", "this time has passed", fix="Choose a time that lies ahead, or leave it out.")
    try:
        brake_id(stop.scope, stop.target)
    except ValueError as error:
        raise InvalidField("/target", str(error), fix="Name what it stops, or leave it out.") from error
    match stop.scope:
        case Scope.PLATFORM:
            known = stop.target in desk.policy.timing
        case Scope.ACCOUNT:
            known = desk.store.accounts.get(caller.workspace, stop.target or "") is not None
        case Scope.CAMPAIGN | Scope.PAID:
            known = desk.store.campaigns.get(caller.workspace, stop.target or "") is not None
        case Scope.ALL | Scope.AUTOMATIC:
            known = True
    if not known:
        raise InvalidField("/target", f"there is no such {stop.scope.value}", fix="Name one that there is.")
