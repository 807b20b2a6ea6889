"""Blackouts: setting one up, seeing what lies in it, lifting it; and the check that every plan asks.

A blackout is asked when something is scheduled, edited, moved or made by a plan, never at the send: whatever was scheduled
before it goes out, unless a person moves or cancels it (`clearing`). Nothing is held or dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from chalicelib.domain import timing
from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.blackout import BLACKOUT, WEEKDAYS, Blackout, BlackoutState, Hours, blocking, next_allowed
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Stale, whole

MOST = 100
"""Blackouts that may be on at once in a workspace: all of them are read whenever something is planned."""

_ROUNDS = 4
"""How often the first blackout is set up anew where the workspace was changed under it."""

LOOK_AHEAD = timedelta(days=366)
"""How far ahead what lies in a blackout is looked for."""

_WAITING = frozenset({VariantState.SCHEDULED, VariantState.HELD, VariantState.AWAITING_APPROVAL})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A blackout as it is asked for: from and to, or hours of the week."""

    account: str | None
    reason: str
    starts: datetime | None = None
    ends: datetime | None = None
    hours: Hours | None = None


def create(desk: Desk, caller: Caller, wanted: Wanted, now: datetime) -> Blackout:
    """Set up a blackout; from now on nothing is scheduled into it. Raises InvalidField, and Conflict where too many are on."""
    _check(desk, caller.workspace, wanted, now)
    if len(on(desk, caller.workspace)) >= MOST:
        raise Conflict(f"{MOST} blackouts are on already", fix="Lift one that is not needed any more.")
    blackout = Blackout(
        id=desk.new_id(),
        workspace=caller.workspace,
        account=wanted.account,
        reason=wanted.reason,
        owner=caller.member,
        state=BlackoutState.ON,
        created_at=now,
        starts=wanted.starts,
        ends=wanted.ends,
        hours=wanted.hours,
    )
    actor = Actor.member(caller.member)
    subject, why = f"blackout:{blackout.id}", "set up by a member"
    event = AuditEvent(caller.workspace, subject, "create", now, actor, why, None, blackout.state.value)
    for _ in range(_ROUNDS):
        workspace = desk.workspace(caller.workspace)
        writes: list[Write] = [desk.store.blackouts.created(blackout, event)]
        if not workspace.has_blackouts:
            noted = AuditEvent(caller.workspace, f"workspace:{workspace.id}", "black_out", now, actor, why)
            writes.append(desk.store.workspaces.changed(workspace, replace(workspace, has_blackouts=True), noted))
        try:
            desk.store.write(writes)
        except ConditionFailed:
            continue  # the workspace was changed at this moment
        return replace(blackout, rev=1, events=(event,))
    raise Conflict("the workspace was changed at the same moment", fix="Try it again.")


def get(desk: Desk, workspace: str, blackout_id: str) -> Blackout:
    """A blackout. Raises NotFound."""
    found = desk.store.blackouts.get(workspace, blackout_id)
    if found is None:
        raise NotFound
    return found


def lift(desk: Desk, caller: Caller, blackout_id: str, why: str, now: datetime) -> Blackout:
    """End a blackout for good. Raises NotFound, Conflict."""
    before = get(desk, caller.workspace, blackout_id)
    if before.state is BlackoutState.LIFTED:
        return before
    after = replace(before, state=BLACKOUT.move(before.state, "lift"), lifted_at=now)
    event = desk.store.blackouts.moved(before, after, "lift", now, Actor.member(caller.member), why)
    try:
        return desk.store.blackouts.save(before, after, event)
    except Stale as changed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from changed


def on(desk: Desk, workspace: str) -> list[Blackout]:
    """Every blackout of the workspace that is on."""
    pk = keys.workspace(workspace).pk
    found = whole(lambda after: desk.store.blackouts.queried(pk, "BLACKOUT#", after=after))
    return [one for one in found if one.state is BlackoutState.ON]


def check(desk: Desk, workspace: str, accounts: Iterable[str], when: Schedule, pointer: str = "/schedule/at") -> None:
    """Refuse a time in which one of these accounts plans nothing. Raises InvalidField with the next time that is allowed."""
    known = on(desk, workspace)
    for account in accounts if known else ():
        blocked = blocking(known, account, when.at)
        if blocked is None:
            continue
        free = next_allowed(known, account, when.at)
        fix = "There is none within a year: have one of the blackouts lifted."
        if free is not None:
            fix = f"The next time that is allowed is {_shown(free, when.zone)} ({when.zone})."
        raise InvalidField(pointer, f"this lies in a blackout until {_shown(blocked[1], when.zone)}", fix=fix)


def inside(desk: Desk, blackout: Blackout, now: datetime) -> list[Variant]:
    """What is scheduled within a blackout and was not said yet, by time, within a year from now."""
    if blackout.state is not BlackoutState.ON:
        return []
    found = [
        one
        for one in _scheduled(desk, blackout.workspace, min(blackout.ends or now + LOOK_AHEAD, now + LOOK_AHEAD))
        if one.schedule.at >= now and blocking([blackout], one.account, one.schedule.at) is not None
    ]
    return sorted(found, key=lambda one: (one.schedule.at, one.id))


def _scheduled(desk: Desk, workspace: str, upto: datetime) -> Iterator[Variant]:
    """Every variant of the workspace that waits for its time, from its two shards of the due index."""
    entries = [one for one in desk.store.due_of(workspace, upto) if keys.due_noun(one.sort) == "variant"]
    for start in range(0, len(entries), 100):
        for one in desk.store.variants.get_many(entry.key for entry in entries[start : start + 100]):
            if one.state in _WAITING:
                yield one


def _check(desk: Desk, workspace: str, wanted: Wanted, now: datetime) -> None:
    if wanted.account is not None and desk.store.accounts.get(workspace, wanted.account) is None:
        raise InvalidField(
            "/account", "there is no such account", fix="Name one that there is, or leave it out for all."
        )
    if (wanted.hours is None) is (wanted.starts is None or wanted.ends is None):
        raise InvalidField("", "it needs a start and an end, or hours of the week", fix="Give one of the two.")
    if wanted.starts is not None and wanted.ends is not None:
        if wanted.ends <= wanted.starts:
            raise InvalidField("/ends", "it would end before it starts", fix="Give a later end.")
        if wanted.ends <= now:
            raise InvalidField("/ends", "this time has passed", fix="Choose a time that lies ahead.")
    if wanted.hours is not None:
        check_week(wanted.hours.days, wanted.hours.zone, (wanted.hours.since, wanted.hours.until), "/hours")


def check_week(days: Sequence[str], zone: str, times: Sequence[str], pointer: str) -> None:
    """Refuse what is no day, time or zone of the week. Raises InvalidField."""
    try:
        timing.zone(zone)
    except ValueError:
        raise InvalidField(
            f"{pointer}/zone", "unknown time zone", fix="Give an IANA name such as Europe/Berlin."
        ) from None
    if not days or not set(days) <= set(WEEKDAYS):
        raise InvalidField(pointer, "this is no day of the week", fix=f"Give some of {', '.join(WEEKDAYS)}.")
    for one in times:
        try:
            good = time.fromisoformat(one).isoformat("minutes") == one
        except ValueError:
            good = False
        if not good:
            raise InvalidField(pointer, "this is no time of the day", fix="Give one such as 22:00.")


def _shown(at: datetime, zone: str) -> str:
    return timing.wall_time(at, zone).isoformat(timespec="minutes")
