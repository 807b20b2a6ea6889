"""Queueing: an account's weekly slots, and a post that takes the next free one.

A slot of one week is taken by a conditional item that lies in the same write as the post: of two who ask at once, one gets
it and the other the next. It is free again once what took it was cancelled or moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.blackout import WEEKDAYS
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.post import Body, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.slots import Slots, SlotTime, WeekSlot, next_free, upcoming
from chalicelib.ports import ABSENT, ConditionFailed, Equals, Item, Put
from chalicelib.services import blackouts, checking, scheduling
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Stale

MOST_SLOTS: Final = 168
"""Slots of one account: every hour of the week."""

LOOKED_AT: Final = 500
"""How many slots ahead are looked at; whoever has filled so many is told so."""

_TRIES: Final = 10
_GONE: Final = frozenset({VariantState.CANCELLED, VariantState.CLOSED})


@dataclass(frozen=True, slots=True)
class Place:
    """One slot of one week, and the variant that took it; None: it is free."""

    time: SlotTime
    variant: str | None


def set_slots(desk: Desk, caller: Caller, account: str, zone: str, week: Sequence[WeekSlot], now: datetime) -> Slots:
    """Give an account these slots instead of those it had; what is queued stays where it is. Raises NotFound, InvalidField."""
    if desk.store.accounts.get(caller.workspace, account) is None:
        raise NotFound
    for number, one in enumerate(week):
        blackouts.check_week([one.day], zone, [one.at], f"/slots/{number}")
    wanted = tuple(sorted(set(week), key=lambda one: (WEEKDAYS.index(one.day), one.at)))
    actor, why = Actor.member(caller.member), f"{len(wanted)} slots a week set by a member"
    before = desk.store.slots_of.get(caller.workspace, account)
    event = AuditEvent(caller.workspace, f"slots:{account}", "set", now, actor, why)
    try:
        if before is None:
            return desk.store.slots_of.create(Slots(account, caller.workspace, zone, wanted), event)
        return desk.store.slots_of.save(before, replace(before, zone=zone, week=wanted), event)
    except Stale as changed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from changed


def get(desk: Desk, workspace: str, account: str) -> Slots:
    """An account's slots; none, where none were ever set. Raises NotFound for an account that is not there."""
    found = desk.store.slots_of.get(workspace, account)
    if found is None:
        if desk.store.accounts.get(workspace, account) is None:
            raise NotFound
        return Slots(account, workspace, desk.workspace(workspace).zone, ())
    return found


def places(desk: Desk, slots: Slots, now: datetime, most: int) -> list[Place]:
    """The next slots of an account, and what took each."""
    times = list(islice(upcoming(slots, now), most))
    held = _held(desk, slots, times)
    return [Place(one, held[one.at][0] if one.at in held else None) for one in times]


def add(
    desk: Desk,
    caller: Caller,
    account: str,
    body: Body,
    now: datetime,
    *,
    campaign: str | None = None,
    idempotency_key: str | None = None,
) -> Post:
    """Schedule a post in the account's next free slot. The same Idempotency-Key gives the same post, in the slot it has.

    Raises NotFound; InvalidField as `scheduling.schedule`; Conflict where the account has no slots, or none that is free.
    """
    slots = get(desk, caller.workspace, account)
    if not slots.week:
        raise Conflict("the account has no slots", fix=f"Set some: PUT /accounts/{account}/slots.")
    if idempotency_key is not None:
        known = desk.store.posts.get(caller.workspace, desk.keyed(caller.workspace, "post", idempotency_key))
        if known is not None:
            return _again(desk, known, campaign, account, body)
    closed = blackouts.on(desk, caller.workspace)
    wish = checking.Wish(account, body, "")
    for _ in range(_TRIES):
        times = list(islice(upcoming(slots, now), LOOKED_AT))
        held = _held(desk, slots, times)
        taken = {at for at, (variant, _) in held.items() if variant is not None}
        free = next_free(slots, taken, now, closed)
        if free is None or free.at > times[-1].at:
            raise Conflict("no slot is free", fix="Set more slots, or schedule it at a time of its own.")
        when = Schedule(free.at, slots.zone, free.wall.isoformat(timespec="minutes"), desk.policy.late_limit)
        planned = scheduling.plan(desk, caller, campaign, when, [wish], now, idempotency_key=idempotency_key)
        if isinstance(planned, Post):
            return planned
        marker = _marker(slots, free.at, planned.variants[0].id, held.get(free.at))
        try:
            desk.store.write([marker, *planned.writes])
        except ConditionFailed:
            continue  # somebody took the slot, or this very key was used, at the same moment: look again
        planned.announce(desk, now)
        return planned.post
    raise Conflict("too many ask for a slot at this moment", fix="Ask again.")


def _again(desk: Desk, known: Post, campaign: str | None, account: str, body: Body) -> Post:
    """The post that this key made, if the request says the same; its time is the slot that it was given."""
    variant = desk.store.variants.get(known.workspace, known.variants[0])
    if variant is None:
        return known
    return scheduling.same(desk, known, campaign, variant.schedule, [checking.Wish(account, body, "")])


def _held(desk: Desk, slots: Slots, times: Sequence[SlotTime]) -> dict[datetime, tuple[str | None, Item]]:
    """By instant, the variant that holds a slot (None: it held it, and does no more), and the item that says so."""
    found = desk.store.table.get_many([keys.slot_taken(slots.workspace, slots.id, one.at) for one in times])
    items = {one.at: item for one, item in zip(times, found, strict=True) if item is not None}
    variants = desk.store.variants.get_many(
        keys.variant(slots.workspace, str(item["variant"])) for item in items.values()
    )
    known = {one.id: one for one in variants}
    return {at: (_holder(known.get(str(item["variant"])), at), item) for at, item in items.items()}


def _holder(variant: Variant | None, at: datetime) -> str | None:
    if variant is None or variant.state in _GONE or variant.schedule.at != at:
        return None
    return variant.id


def _marker(slots: Slots, at: datetime, variant: str, held: tuple[str | None, Item] | None) -> Put:
    """The write that takes a slot, unless somebody took it since it was looked at."""
    key = keys.slot_taken(slots.workspace, slots.id, at)
    when = ABSENT if held is None else Equals("variant", held[1]["variant"])
    return Put({"pk": key.pk, "sk": key.sk, "variant": variant}, when)
