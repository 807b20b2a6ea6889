"""Clearing: what was scheduled into a blackout before it was set up is moved behind it, once a person has seen where to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain import timing
from chalicelib.domain.access import Caller
from chalicelib.domain.blackout import Blackout, next_allowed
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Schedule, Variant
from chalicelib.services import blackouts, changing
from chalicelib.services.desk import Desk, derived_id

APART = timedelta(minutes=10)
"""How far apart what is moved goes out on one account."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What would become, or became, of one variant. to: None where it cannot be moved, and why."""

    variant: Variant
    to: Schedule | None
    why_not: str | None = None


def preview(desk: Desk, blackout: Blackout, now: datetime) -> tuple[str, list[Moved]]:
    """Where everything in a blackout would be moved, and the mark by which this preview is known. Changes nothing."""
    known = blackouts.on(desk, blackout.workspace)
    said: Counter[tuple[str, datetime]] = Counter()
    moves = []
    for one in blackouts.inside(desk, blackout, now):
        free = next_allowed(known, one.account, one.schedule.at)
        if free is None:
            moves.append(Moved(one, None, "no time is allowed within a year"))
            continue
        at = next_allowed(known, one.account, free + said[one.account, free] * APART) or free
        said[one.account, free] += 1
        zone = one.schedule.zone
        wall = timing.wall_time(at, zone).isoformat(timespec="minutes")
        moves.append(Moved(one, Schedule(at, zone, wall, one.schedule.late_limit)))
    seen = [f"{one.variant.id}#{one.variant.rev}#{one.to.at if one.to else ''}" for one in moves]
    return derived_id("clearing", blackout.id, *seen), moves


def move(desk: Desk, caller: Caller, blackout: Blackout, mark: str, now: datetime) -> list[Moved]:
    """Move what the preview showed, and say of each whether it was. Raises Conflict where it would show something else now."""
    known, moves = preview(desk, blackout, now)
    if known != mark:
        raise Conflict("what lies in the blackout has changed since", fix="Look at the preview again.")
    done = []
    for one in moves:
        if one.to is None:
            done.append(one)
            continue
        try:
            wanted = changing.Edit(one.variant.version, when=one.to)
            after = changing.edit(desk, caller, one.variant.id, wanted, now)
        except (Conflict, InvalidField) as problem:
            done.append(Moved(one.variant, None, problem.detail))
        else:
            done.append(Moved(after, one.to))
    return done
