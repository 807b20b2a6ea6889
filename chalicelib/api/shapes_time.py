"""Nouns of time as the API shows them; see shapes.py for what holds for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.domain.series import Override, Saying, Series
    from chalicelib.services.occurring import Shown


def series(one: Series) -> Json:
    """What is said again and again."""
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "rule": one.rule,
        "zone": one.zone,
        "start": one.start,
        "ends": time(one.ends),
        "late_limit_seconds": int(one.late_limit.total_seconds()),
        "campaign": one.campaign,
        "owner": one.owner,
        "variants": says(one.said),
        "changed": [_override(each) for each in one.overrides],
        "lost": [_override(each) for each in one.lost],
        "refused": [{"id": occurrence_id(each.wall), "wall": each.wall, "why": each.why} for each in one.refused],
        "version": one.version,
        "created_at": time(one.created_at),
        "events": events(one.events),
    }


def occurrence(one: Shown) -> Json:
    """One occurrence: when, and what became of it."""
    return {
        "id": occurrence_id(one.planned.wall),
        "wall": one.planned.wall,
        "said_at_wall": one.planned.shown,
        "at": time(one.planned.at),
        "state": one.state,
        "moved": one.planned.shown != one.planned.wall,
        "reworded": one.planned.override is not None and bool(one.planned.override.said),
        "post": one.post,
        "why": one.why,
    }


def occurrence_id(wall: str) -> str:
    """An occurrence's wall time as it stands in an address: `20261121t0900`."""
    return wall.replace("-", "").replace(":", "").lower()


def says(said: Iterable[Saying]) -> list[Json]:
    """What accounts say."""
    return [
        {
            "account": one.account,
            "text": one.body.text,
            "title": one.body.title,
            "community": one.body.community,
            "language": one.body.language,
        }
        for one in said
    ]


def _override(one: Override) -> Json:
    return {
        "id": occurrence_id(one.wall),
        "wall": one.wall,
        "skip": one.skipped,
        "at": one.to,
        "variants": says(one.said),
    }
