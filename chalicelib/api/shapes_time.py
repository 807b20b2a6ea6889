"""Nouns of time as the API shows them; see shapes.py for what holds for all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.api import shapes
from chalicelib.api.shapes import Json, events, time
from chalicelib.domain.blackout import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.domain.blackout import Blackout
    from chalicelib.domain.event import Announcement, Event
    from chalicelib.domain.post import Post, Variant
    from chalicelib.domain.series import Override, Saying, Series
    from chalicelib.domain.slots import Slots
    from chalicelib.services.batching import Placed
    from chalicelib.services.best_times import Advice
    from chalicelib.services.clearing import Moved
    from chalicelib.services.events import Told
    from chalicelib.services.occurring import Shown
    from chalicelib.services.queueing import Place


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
    return [{"account": one.account, **shapes.says(one.body)} for one in said]


def _override(one: Override) -> Json:
    return {
        "id": occurrence_id(one.wall),
        "wall": one.wall,
        "skip": one.skipped,
        "at": one.to,
        "variants": says(one.said),
    }


def blackout(one: Blackout, inside: Iterable[Variant] | None = None) -> Json:
    """A time in which nothing is planned; with `inside` also what is scheduled within it."""
    shown: Json = {
        "id": one.id,
        "account": one.account,
        "reason": one.reason,
        "owner": one.owner,
        "state": one.state.value,
        "starts": time(one.starts),
        "ends": time(one.ends),
        "hours": None
        if one.hours is None
        else {
            "days": list(one.hours.days),
            "since": one.hours.since,
            "until": one.hours.until,
            "zone": one.hours.zone,
        },
        "lifted_at": time(one.lifted_at),
        "created_at": time(one.created_at),
        "events": events(one.events),
    }
    if inside is not None:
        shown["inside"] = [
            {"variant": each.id, "account": each.account, "at": time(each.schedule.at), "state": each.state.value}
            for each in inside
        ]
    return shown


def moved(one: Moved) -> Json:
    """What would become, or became, of one variant in a blackout."""
    return {
        "variant": one.variant.id,
        "account": one.variant.account,
        "to": None if one.to is None else time(one.to.at),
        "wall": None if one.to is None else one.to.wall,
        "why_not": one.why_not,
    }


def slots(one: Slots, places: Iterable[Place]) -> Json:
    """An account's slots, and the next of them."""
    return {
        "account": one.id,
        "zone": one.zone,
        "slots": [{"day": each.day, "at": each.at} for each in one.week],
        "next": [
            {
                "at": time(each.time.at),
                "wall": each.time.wall.isoformat(timespec="minutes"),
                "variant": each.variant,
            }
            for each in places
        ],
        "events": events(one.events),
    }


def queued(post: Post, variant: Variant | None) -> Json:
    """A post that took a slot."""
    return {
        "post": post.id,
        "variant": post.variants[0],
        "at": None if variant is None else time(variant.schedule.at),
        "wall": None if variant is None else variant.schedule.wall,
        "zone": None if variant is None else variant.schedule.zone,
        "state": None if variant is None else variant.state.value,
    }


def placed(one: Placed) -> Json:
    """One post of a batch, and when it is said."""
    return {"account": one.wish.account, "at": time(one.when.at), "wall": one.when.wall, "post": one.post}


def event(one: Event) -> Json:
    """Something that takes place, and the posts about it."""
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "zone": one.zone,
        "starts": one.starts,
        "ends": one.ends,
        "place": one.place,
        "link": one.link,
        "campaign": one.campaign,
        "owner": one.owner,
        "late_limit_seconds": int(one.late_limit.total_seconds()),
        "announcements": [
            {**_announcement(each), "variants": says(each.said), "post": each.post} for each in one.announcements
        ],
        "farewell": one.farewell,
        "version": one.version,
        "created_at": time(one.created_at),
        "events": events(one.events),
    }


def told(one: Event, found: Iterable[Told]) -> Json:
    """An event, and what becomes of each of its announcements."""
    return {
        **event(one),
        "told": [
            {
                **_announcement(each.announcement),
                "at": None if each.when is None else time(each.when.at),
                "wall": None if each.when is None else each.when.wall,
                "says": says(each.said),
                "left": [{"account": account, "why": why} for account, why in each.left],
                "why_not": each.why_not,
            }
            for each in found
        ],
    }


def _announcement(one: Announcement) -> Json:
    return {"kind": one.kind.value, "offset_minutes": one.offset // timedelta(minutes=1)}


def best_times(one: Advice) -> Json:
    """What an account's own history says about the hours of the week."""
    return {
        "account": one.account,
        "zone": one.zone,
        "since": time(one.since),
        "posts": one.times.posts,
        "hours_compared": one.times.hours,
        "silent": one.times.silent,
        "hints": [
            {
                "day": WEEKDAYS[each.weekday],
                "hour": each.hour,
                "posts": each.posts,
                "median_reactions": each.median,
                "median_of_the_rest": each.median_of_rest,
                "posts_above_it": each.above,
                "rest": each.rest,
            }
            for each in one.times.hints
        ],
    }
