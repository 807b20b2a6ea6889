"""An account's line: what it has to say, oldest first, one thing at a time.

Nothing is said before everything that stands before it came to its end: one that waits, or whose answer was lost, keeps
the others waiting. Whoever works on a line may stop at any moment, and two may work on the same one: the turn (`budgets`)
and the claim decide, and the tick finds whatever is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.post import Variant, VariantState
from chalicelib.ports import QueueName
from chalicelib.services import publishing
from chalicelib.services.budgets import UNKNOWN, Line
from chalicelib.services.desk import Desk, ask, hint
from chalicelib.store import keys

MOST_AT_ONCE = 100
"""Entries of the due index, and variants, read of one line at once: one query and one batch on DynamoDB."""

SOON = timedelta(seconds=5)
"""A hint that came too early by less than this is sent once more: two clocks differ, and the tick may be a minute away."""

GATHER = 10
"""A line that waits for its budget is taken up again once about so many can be said in one go."""

_MOVING = frozenset({VariantState.SCHEDULED, VariantState.SENDING})


def speak(
    desk: Desk,
    workspace: str,
    account: str | None,
    named: Sequence[str] = (),
    enough: Callable[[], bool] = lambda: False,
    *,
    front: bool = False,
) -> dict[str, VariantState]:
    """Say what an account has to say by now, in order, as far as it may. Returns the state of each variant looked at.

    named: variants that a hint told of; the due index may not show them yet. front: they are the first of their line.
    account: None where a hint of an older release does not say. Stops between two variants once `enough` says so. Raises
    ClockOff, and what the engine raises.
    """
    now = desk.clock.now()
    ordered, line = _line(desk, workspace, account, named, now, front=front)
    near = dict(line.near)
    states: dict[str, VariantState] = {}
    said = 0
    for place, variant in enumerate(ordered):
        if enough():
            _again(desk, ordered[place:], timedelta(0))
            break
        left = _part_by_part(desk, variant, line, near, enough)
        if left is None:
            continue
        states[variant.id] = left.variant.state
        said += len(left.variant.said) > len(variant.said) and left.variant.state is not VariantState.PUBLISHED
        if left.variant.state in _MOVING:
            _relay(desk, ordered[place:], left, said, desk.clock.now())
            break
        said += left.variant.state is VariantState.PUBLISHED
    else:
        # The tick names no more than this of a line, and a search ends somewhere: what lies beyond is looked for at once.
        if said and not line.whole and (not front or len(named) >= MOST_AT_ONCE):
            hint(desk, QueueName.PUBLISH, ask(workspace, ordered[-1].account, []))
    return states


def _part_by_part(
    desk: Desk, variant: Variant, line: Line, near: dict[str, Variant], enough: Callable[[], bool]
) -> publishing.Left | None:
    """One variant's step; of a thread one after the other, as long as each part is said and the next may be."""
    while True:
        left = publishing.step(desk, variant, replace(line, near=near))
        if left is None:
            return None
        near[left.variant.id] = left.variant
        went_on = left.variant.state is VariantState.SCHEDULED and len(left.variant.said) > len(variant.said)
        if not went_on or enough():
            return left
        variant = left.variant


def _line(
    desk: Desk, workspace: str, account: str | None, named: Sequence[str], now: datetime, *, front: bool
) -> tuple[list[Variant], Line]:
    """What stands in the line now, in order; and everything that was read of it."""
    if account is None:
        told = desk.store.variants.get_many(keys.variant(workspace, one) for one in named[:1])
        if not told:
            return [], UNKNOWN
        account = told[0].account
    pages = 1 if front else 10
    found, whole = _found(desk, workspace, account, named, now, pages, front=front)
    early = [one.schedule.at for one in found if one.schedule.at > now]
    if early:
        # A hint that came too early names what may be due before this is over: what stands beside it must show as well.
        found, whole = _found(desk, workspace, account, named, max(early), pages, front=front)
    waiting = [one for one in found if one.state in _MOVING or one.owes or _held_too_long(one, now)]
    # What is being sent holds the turn, also where something was scheduled since for a time before it.
    ordered = sorted(waiting, key=lambda one: (one.state is not VariantState.SENDING, one.place))
    return ordered, Line({one.id: one for one in found}, whole, now)


def _found(
    desk: Desk, workspace: str, account: str, named: Sequence[str], upto: datetime, pages: int, *, front: bool
) -> tuple[list[Variant], bool]:
    """What the index shows of the line by then, with what a hint named; and whether that is all of it."""
    entries, whole = desk.store.line(workspace, account, upto, MOST_AT_ONCE, pages)
    # In a great backlog a search ends before the line does: what stands before a named one is not known then, and the
    # tick, which reads all that is due, names the first of the line.
    known = named if front or whole else ()
    places = dict.fromkeys([*(entry.key for entry in entries), *(keys.variant(workspace, one) for one in known)])
    found = [one for one in desk.store.variants.get_many(list(places)[:MOST_AT_ONCE]) if one.account == account]
    return found, whole and len(places) <= MOST_AT_ONCE


def _held_too_long(variant: Variant, now: datetime) -> bool:
    return variant.state is VariantState.HELD and variant.schedule.too_late(now)


def _relay(desk: Desk, rest: Sequence[Variant], left: publishing.Left, said: int, now: datetime) -> None:
    """Hint at the rest of a line that has to wait, where the tick would be too slow.

    Only whoever has said something hands on, so that the hints of one line do not grow in number.
    """
    if left.variant.state is not VariantState.SCHEDULED or left.again_at is None:
        return
    wait = left.again_at - now
    if said:
        if left.budget is not None:
            wait += (min(len(rest), GATHER, left.budget.most) - 1) * left.budget.each
        _again(desk, rest, wait)
    elif timedelta(0) < wait <= SOON and left.budget is None:
        _again(desk, rest[:1], wait)


def _again(desk: Desk, rest: Sequence[Variant], wait: timedelta) -> None:
    if rest:
        names = [one.id for one in rest]
        hint(desk, QueueName.PUBLISH, ask(rest[0].workspace, rest[0].account, names, front=True), wait)
