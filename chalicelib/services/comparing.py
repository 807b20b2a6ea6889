"""Comparing what the wordings of an evergreen drew, each post counted for the same span, from the record alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.comparing import Drawn, better
from chalicelib.domain.composing import assigned
from chalicelib.domain.post import Variant
from chalicelib.services import reposting
from chalicelib.services.best_times import COUNTED_FOR, reactions_to
from chalicelib.services.desk import Desk
from chalicelib.store import keys


@dataclass(frozen=True, slots=True)
class Compared:
    """One entry's wordings, by what their posts drew. best: from 0; None where nobody can tell, and `why` says so."""

    drawn: tuple[Drawn, ...]
    best: int | None
    why: str


def wordings(desk: Desk, workspace: str, evergreen_id: str, now: datetime) -> list[Compared]:
    """How the wordings of each entry did. A post counts once it has been out long enough. Raises NotFound."""
    one = reposting.get(desk, workspace, evergreen_id)
    said: list[tuple[Variant, datetime]] = []
    places: dict[str, tuple[int, int]] = {}
    for turn in range(one.turn):
        post_id = desk.keyed(workspace, "evergreen", one.id, str(turn))
        entry = turn % len(one.entries)
        turns = assigned(one.accounts, len(one.entries[entry].wordings), turn // len(one.entries))
        places |= {f"{post_id}.{number}": (entry, wording) for number, wording in enumerate(turns)}
    for variant in desk.store.variants.get_many(keys.variant(workspace, item) for item in places):
        at = variant.published_at
        # Whoever edited a post gave it words that are none of the pool's.
        if at is not None and at <= now - COUNTED_FOR and variant.version == 1:
            said.append((variant, at))
    reactions, since = reactions_to(desk, workspace, said) if said else ({}, now)
    counted: dict[tuple[int, int], list[int]] = {}
    for variant, at in said:
        if at >= since:
            counted.setdefault(places[variant.id], []).append(reactions.get(variant.id, 0))
    found = []
    for entry, pool in enumerate(one.entries):
        drawn = tuple(Drawn(place, tuple(counted.get((entry, place), ()))) for place in range(len(pool.wordings)))
        found.append(Compared(drawn, *better(drawn)))
    return found
