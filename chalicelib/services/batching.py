"""Batching: posts of one account each, spread over a window. What was previewed is what is scheduled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain import timing
from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Post, Schedule
from chalicelib.domain.spreading import spread
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import blackouts, forecasting, scheduling
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.services.making import batches
from chalicelib.services.scheduling import NewPost


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant up to another; walls are told in `zone`. gap: how far apart one account's posts lie at least."""

    since: datetime
    until: datetime
    zone: str
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Placed:
    """One post of a batch, and when it is said. post: None in a preview."""

    wish: Wish
    when: Schedule
    post: str | None = None


def place(desk: Desk, workspace: str, wishes: Sequence[Wish], window: Window, now: datetime) -> list[Placed]:
    """When each post of a batch would be said. Changes nothing. Raises InvalidField where the window does not hold them."""
    if window.until <= window.since:
        raise InvalidField("/window/until", "the window would end before it begins", fix="Give a later end.")
    scheduling.check_time(window.since, now, "/window/from")
    times = spread(
        [one.account for one in wishes], window.since, window.until, window.gap, blackouts.on(desk, workspace)
    )
    late = desk.policy.late_limit
    return [
        Placed(wish, Schedule(at, window.zone, timing.wall_time(at, window.zone).isoformat(timespec="minutes"), late))
        for wish, at in zip(wishes, times, strict=True)
    ]


def schedule(
    desk: Desk,
    caller: Caller,
    wishes: Sequence[Wish],
    window: Window,
    now: datetime,
    *,
    campaign: str | None = None,
    idempotency_key: str | None = None,
) -> list[Placed]:
    """Schedule a batch over a window, a post for each wish; everything is checked before anything is written.

    The same Idempotency-Key schedules nothing twice, and goes on where it was interrupted. Raises as `scheduling.schedule`.
    """
    placed = place(desk, caller.workspace, wishes, window, now)
    planned: list[Post | NewPost] = []
    purses = forecasting.Purses(desk, desk.workspace(caller.workspace), now)
    for number, one in enumerate(placed):
        key = None if idempotency_key is None else f"{idempotency_key}.{number}"
        planned.append(
            scheduling.plan(desk, caller, campaign, one.when, [one.wish], now, idempotency_key=key, purses=purses)
        )
    new = [one for one in planned if isinstance(one, NewPost)]
    for batch in batches(new, lambda one: len(one.writes)):
        writes: list[Write] = [write for one in batch for write in one.writes]
        try:
            desk.store.write(writes)
        except ConditionFailed as failed:
            raise Conflict("this batch is being scheduled at the same moment", fix="Send it again.") from failed
        for each in batch:
            each.announce(desk, now)
    return [
        Placed(one.wish, one.when, made.post.id if isinstance(made, NewPost) else made.id)
        for one, made in zip(placed, planned, strict=True)
    ]
