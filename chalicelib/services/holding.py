"""Holding: what may not be said now waits, visibly, and goes on its way once it may.

A hold is written only together with a check that its reason still stands: whoever was slower than the person who took the
reason away would otherwise hold it for ever. What is held too long is missed, and says so (`domain.sending.next_step`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import Brake, BrakeState
from chalicelib.domain.post import VARIANT, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ABSENT, Check, ConditionFailed, Equals, QueueName, all_of, any_of
from chalicelib.services import recent
from chalicelib.services.desk import Desk, ask, hint
from chalicelib.store import keys
from chalicelib.store.repository import Stale, whole

TICK = Actor.worker("tick")

SILENT = frozenset({AccountState.NEEDS_RECONNECT, AccountState.UNPAID, AccountState.PAUSED, AccountState.DISABLED})
"""States in which an account says nothing, and what it was to say is held."""


SWEPT_FOR = timedelta(minutes=2)
"""How long what was held is looked for after its reason went: the list of it may lag, and a sender that read the reason
just before may hold one more."""


def hold(desk: Desk, before: Variant, after: Variant, event: AuditEvent, brake: Brake | None) -> Variant | None:
    """Hold a variant while its account says nothing, or its brake is on; None where it may go on, and nothing is written.

    Raises Stale where the variant was changed since it was read.
    """
    if brake is None:
        silent = any_of(ABSENT, *(Equals("state", state.value) for state in sorted(SILENT)))
        check = Check(keys.within(before.workspace, "ACCOUNT", before.account), silent)
    else:
        on = all_of(Equals("state", BrakeState.ON.value), Equals("rev", brake.rev))
        check = Check(keys.within(before.workspace, "BRAKE", brake.id), on)
    try:
        desk.store.write([desk.store.variants.changed(before, after, event), check])
    except ConditionFailed as failed:
        if failed.index == 0:
            raise Stale(desk.store.variants.get(before.workspace, before.id)) from failed
        return None
    return desk.store.variants.advanced(before, after, event)


def held(desk: Desk, workspace: str) -> Iterator[Variant]:
    """Everything that is held, by when it was to be said."""
    shelf = keys.shelf(workspace, "HELD")
    found = whole(lambda after: desk.store.variants.listed(shelf, limit=100, after=after))
    return (one for one in found if one.state is VariantState.HELD)


def release_account(
    desk: Desk, account: Account, actor: Actor, now: datetime, why: str = "the account is signed in again"
) -> int:
    """Put what was held for this account back on its schedule, now that it can speak again; how many those were.

    What is too late by then is missed like any other, and says so. Safe to repeat.
    """
    listed = {one.id: one for one in held(desk, account.workspace)}
    # Release 0.1.0 kept no list of what it held: among the latest posts some may be held and not listed.
    unlisted = (one for one in recent.variants(desk, account.workspace) if one.state is VariantState.HELD)
    every = [*listed.values(), *(one for one in unlisted if one.id not in listed)]
    mine = [one for one in every if one.account == account.id and one.held_by is None]
    return sum(_release(desk, one, now, actor, why, now) for one in mine)


def sweep_account(desk: Desk, workspace: str, account_id: str, now: datetime) -> None:
    """Release once more what the list of what is held showed too late. Called by the tick; safe to repeat."""
    account = desk.store.accounts.get(workspace, account_id)
    if account is None or account.releasing_since is None:
        return
    if account.state not in SILENT:
        release_account(desk, account, TICK, now)
        if now < account.releasing_since + SWEPT_FOR:
            return
    after = replace(account, releasing_since=None)
    why = "what was held for it went on its way" if account.state not in SILENT else "it cannot speak again"
    try:
        desk.store.accounts.save(account, after, desk.store.accounts.moved(account, after, "settle", now, TICK, why))
    except Stale:
        return  # the next tick looks again


def release_brake(desk: Desk, brake: Brake, actor: Actor, now: datetime) -> int:
    """Put what this brake held back on its schedule, each account's `stagger` apart; how many those were. Safe to repeat."""
    mine = held_by(desk, brake)
    why = f"the brake was lifted: {brake.scope.value}"
    return sum(_release(desk, one, at, actor, why, now) for one, at in staggered(mine, brake.stagger, now))


def held_by(desk: Desk, brake: Brake) -> list[Variant]:
    """What this brake holds, by when it was to be said."""
    return [one for one in held(desk, brake.workspace) if one.held_by == brake.id]


def staggered(variants: list[Variant], apart: timedelta, now: datetime) -> Iterator[tuple[Variant, datetime]]:
    """Each variant with the moment from which on it may go out: one after another on each account."""
    places: dict[str, int] = {}
    for one in variants:
        place = places.get(one.account, 0)
        if not one.schedule.too_late(now + place * apart):
            places[one.account] = place + 1
        yield one, max(one.schedule.at, now + place * apart)


def _release(desk: Desk, variant: Variant, at: datetime, actor: Actor, why: str, now: datetime) -> bool:
    while True:
        after = replace(
            variant,
            state=VARIANT.move(variant.state, "release"),
            not_before=max(variant.not_before, at),
            reason=None,
            held_by=None,
        )
        event = desk.store.variants.moved(variant, after, "release", now, actor, why)
        try:
            desk.store.variants.save(variant, after, event)
            break
        except Stale as stale:
            current: Variant | None = stale.current
            if current is None or current.state is not VariantState.HELD or current.held_by != variant.held_by:
                return False  # cancelled, missed, or released by another
            variant = current  # edited at the same moment
    wait = max(after.schedule.at, after.not_before) - now
    hint(desk, QueueName.PUBLISH, ask(variant.workspace, variant.account, [variant.id]), wait)
    return True
