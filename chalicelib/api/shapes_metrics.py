"""Counts as the API shows them: a measure that was not told is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, time

if TYPE_CHECKING:
    from chalicelib.domain.measuring import Sample, Sums
    from chalicelib.services.exporting_counts import Row
    from chalicelib.services.metrics import Counted, Totals


def sample(one: Sample) -> Json:
    """What was told at one moment; of an account itself where it names no community."""
    return {"at": time(one.at), "counts": dict(one.counts), "gone": one.gone, "community": one.of}


def post(post_id: str, variants: Sequence[Counted]) -> Json:
    """Every variant of a post with its counts."""
    return {"post": post_id, "variants": [_variant(one) for one in variants]}


def _variant(one: Counted) -> Json:
    last = next((each for each in reversed(one.samples) if not each.gone), None)
    return {
        "variant": one.variant.id,
        "account": one.variant.account,
        "platform": one.variant.platform,
        "published_at": time(one.variant.published_at),
        "standing": one.standing.value,
        "tells": list(one.tells),
        "counts": None if last is None else dict(last.counts),
        "counted_at": None if last is None else time(last.at),
        "next_at": time(one.next_at),
        "trouble": None if one.trouble is None else {"why": one.trouble.why, "until": time(one.trouble.until)},
        "samples": [{"at": time(each.at), "counts": dict(each.counts), "gone": each.gone} for each in one.samples],
    }


def totals(campaign_id: str, found: Totals) -> Json:
    """A campaign's sums, whole and by platform."""
    by_platform = {name: _sums(one) for name, one in found.by_platform.items()}
    return {"campaign": campaign_id, **_sums(found.all), "platforms": by_platform, "complete": found.complete}


def _sums(one: Sums) -> Json:
    """`told`: how many posts each sum is of. `oldest`: the oldest count in it."""
    return {
        "posts": one.posts,
        "counted": one.counted,
        "waiting": one.waiting,
        "gone": one.gone,
        "counts": dict(one.counts),
        "told": dict(one.told),
        "oldest": time(one.oldest),
    }


def row(one: Row, columns: Sequence[str]) -> Json:
    """One row of an export: of whom, by column, and what was told. `counts` null: it was not counted yet."""
    at = None if one.sample is None else time(one.sample.at)
    counts = None if one.sample is None else dict(one.sample.counts)
    gone = one.sample is not None and one.sample.gone
    return {**{name: one.of.get(name) for name in columns}, "at": at, "gone": gone, "counts": counts}
