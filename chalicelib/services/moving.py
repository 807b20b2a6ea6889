"""Moving and cancelling many at once: shown first, and done as it was shown.

What was shown is kept under an id made of every variant's revision and its new time. Whatever changed since is left as it
is, and told; each variant is changed by the road of one (`changing`), with an audit event of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.moving import Deed, Plan, Planned, said_at, shifted
from chalicelib.domain.post import VARIANT, Schedule, Variant, VariantState
from chalicelib.domain.spreading import spread
from chalicelib.domain.timing import LATEST
from chalicelib.services import blackouts, changing, coming, scheduling
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode

MOST: Final = 200
"""Variants of one plan: so many are changed within a request's time, also on AWS."""

MOVABLE = frozenset({VariantState.SCHEDULED, VariantState.HELD})
OPEN = MOVABLE | {VariantState.AWAITING_APPROVAL}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which variants are meant: all that fit what is given. since and until: of their time, the end left out."""

    campaign: str | None = None
    account: str | None = None
    label: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    states: frozenset[VariantState] = OPEN


@dataclass(frozen=True, slots=True)
class Window:
    """A span over which what is moved is spread evenly, an account's own at least `gap` apart."""

    since: datetime
    until: datetime
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of one variant: its new time where it is moved, or why nothing would."""

    variant: Variant
    when: Schedule | None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done. complete: whether it is all that was chosen, or only the first so many."""

    id: str
    foreseen: tuple[Foreseen, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one variant of a plan. why_not: why it was left as it is; None where it was done."""

    variant: str
    why_not: str | None = None


def preview_move(desk: Desk, caller: Caller, choice: Choice, to: timedelta | Window, now: datetime) -> Preview:
    """Show where these would be said: each so much later on its wall clock, or all of them spread over a window.

    Nothing is changed. Raises InvalidField where the window does not hold them.
    """
    found, complete = _chosen(desk, caller.workspace, choice)
    whys = {one.id: _why_not_moved(one) for one in found}
    movable = [one for one in found if whys[one.id] is None]
    times = _spread(desk, movable, to) if isinstance(to, Window) else _shifted(movable, to)
    foreseen = []
    for one in found:
        when = times.get(one.id)
        why = whys[one.id] if when is None else _why_not_then(desk, one, when, now)
        foreseen.append(
            Foreseen(one, when if why is None else None, why or (None if when else "there is no such time"))
        )
    return _kept(desk, caller, Deed.MOVE, foreseen, complete)


def preview_cancel(desk: Desk, caller: Caller, choice: Choice) -> Preview:
    """Show what would be cancelled. Nothing is changed."""
    found, complete = _chosen(desk, caller.workspace, choice)
    return _kept(desk, caller, Deed.CANCEL, [Foreseen(one, None, _why_not_cancelled(one)) for one in found], complete)


def apply(desk: Desk, caller: Caller, plan_id: str, deed: Deed, now: datetime) -> list[Done]:
    """Do what was shown under this id, to what is still as it was; what became of each. Raises NotFound."""
    item = desk.store.table.get(keys.within(caller.workspace, "PLAN", plan_id))
    plan = None if item is None else decode(Plan, item)
    if plan is None or plan.deed is not deed:
        raise NotFound
    return [_done(desk, caller, one, now) for one in plan.planned]


def _done(desk: Desk, caller: Caller, planned: Planned, now: datetime) -> Done:
    try:
        if planned.when is None:
            changing.cancel(desk, caller, planned.variant, now, rev=planned.rev)
        else:
            variant = desk.store.variants.get(caller.workspace, planned.variant)
            version = 0 if variant is None else variant.version
            edit = changing.Edit(version, when=planned.when, rev=planned.rev)
            changing.edit(desk, caller, planned.variant, edit, now)
    except (Conflict, InvalidField, NotFound) as error:
        return Done(planned.variant, error.detail)
    return Done(planned.variant)


def _chosen(desk: Desk, workspace: str, choice: Choice) -> tuple[list[Variant], bool]:
    """The first so many of what is meant, by their time, as the index of what is to be said shows them."""
    found = [one for one in coming.variants(desk, workspace, LATEST, choice.account) if _fits(one, choice)]
    if choice.label is not None:
        found = _labelled(desk, workspace, found, choice.label)
    return found[:MOST], len(found) <= MOST


def _fits(one: Variant, choice: Choice) -> bool:
    return (
        one.state in choice.states
        and choice.campaign in {None, one.campaign}
        and (choice.since is None or one.schedule.at >= choice.since)
        and (choice.until is None or one.schedule.at < choice.until)
    )


def _labelled(desk: Desk, workspace: str, found: Iterable[Variant], label: str) -> list[Variant]:
    variants = list(found)
    ids = sorted({one.post for one in variants})
    posts = desk.store.posts.get_many(keys.post(workspace, one) for one in ids)
    bearing = {one.id for one in posts if label in one.labels}
    return [one for one in variants if one.post in bearing]


def _why_not_moved(one: Variant) -> str | None:
    if one.state not in MOVABLE:
        return f"it is {one.state.value}: give it its time where it is agreed on"
    return "a part of it stands there already" if one.begun else None


def _why_not_cancelled(one: Variant) -> str | None:
    return None if VARIANT.allows(one.state, "cancel") else f"it is {one.state.value}"


def _why_not_then(desk: Desk, one: Variant, when: Schedule, now: datetime) -> str | None:
    try:
        scheduling.check_time(when.at, now)
        blackouts.check(desk, one.workspace, [one.account], when)
    except InvalidField as error:
        return f"{error.detail}. {error.fix}"
    return None


def _shifted(found: Iterable[Variant], by: timedelta) -> dict[str, Schedule]:
    times = {}
    for one in found:
        try:
            times[one.id] = shifted(one.schedule, by)
        except (ValueError, OverflowError):
            continue  # before 2000, or after 2199
    return times


def _spread(desk: Desk, found: list[Variant], window: Window) -> dict[str, Schedule]:
    if not found:
        return {}
    closed = blackouts.on(desk, found[0].workspace)
    times = spread([one.account for one in found], window.since, window.until, window.gap, closed)
    return {one.id: said_at(one.schedule, at) for one, at in zip(found, times, strict=True)}


def _kept(desk: Desk, caller: Caller, deed: Deed, foreseen: list[Foreseen], complete: bool) -> Preview:
    planned = tuple(Planned(one.variant.id, one.variant.rev, one.when) for one in foreseen if one.why_not is None)
    fields = encode(Plan(deed, planned))
    plan_id = desk.keyed(caller.workspace, "plan", json.dumps(fields, sort_keys=True))
    key = keys.within(caller.workspace, "PLAN", plan_id)
    desk.store.table.put({"pk": key.pk, "sk": key.sk, **fields})
    return Preview(plan_id, tuple(foreseen), complete)
