"""Metrics: what was counted, as people ask for it: of a post, of an account over time, of a campaign in sum.

Nothing is asked of a platform here, and nothing is filled in: what is not told stays missing, and how much of it is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import NotFound
from chalicelib.domain.measuring import Sample, Sums, Trouble, next_at, summed
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import campaigns
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import Listing


class Standing(StrEnum):
    """How the counting of one variant stands."""

    NOT_PUBLISHED = "not_published"
    NOT_TOLD = "not_told"
    """Its platform tells no counts."""
    WAITING = "waiting"
    COUNTED = "counted"
    GONE = "gone"
    """The platform knows it no more, or does not show it to us."""
    TAKEN_DOWN = "taken_down"


@dataclass(frozen=True, slots=True)
class Counted:
    """One variant with its samples, the oldest first. next_at: when it is counted next; None where it is not."""

    variant: Variant
    standing: Standing
    tells: tuple[str, ...]
    samples: tuple[Sample, ...]
    next_at: datetime | None
    trouble: Trouble | None


def of_post(desk: Desk, workspace: str, post_id: str, now: datetime) -> list[Counted]:
    """How each variant of a post was counted. Raises NotFound."""
    post = desk.store.posts.get(workspace, post_id)
    if post is None:
        raise NotFound
    tally = desk.store.measurings.get(workspace)
    found = []
    for one in desk.store.variants.get_many(keys.variant(workspace, name) for name in post.variants):
        samples = tuple(desk.store.measurings.of_post(workspace, one.id))
        tells = tuple(sorted(desk.platforms.capabilities(one.platform).measures))
        standing = _standing(one, samples, tells)
        again = None
        if tally is not None and tells and one.published_at is not None and standing is not Standing.TAKEN_DOWN:
            again = next_at(one.published_at, samples[-1].at if samples else one.published_at)
        trouble = None if tally is None else tally.trouble(one.account, now)
        found.append(Counted(one, standing, tells, samples, again, trouble))
    return found


def of_account(desk: Desk, workspace: str, account_id: str, *, limit: int, after: str | None) -> Listing[Sample]:
    """A page of what was counted of an account and of the communities it moderates, the newest first. Raises NotFound."""
    if desk.store.accounts.get(workspace, account_id) is None:
        raise NotFound
    return desk.store.measurings.of_account(workspace, account_id, limit=limit, after=after)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a campaign's posts come to, whole and by platform. complete: False where older posts were not looked at."""

    all: Sums
    by_platform: Mapping[str, Sums]
    complete: bool


def of_campaign(desk: Desk, campaign: Campaign) -> Totals:
    """The sums of the last sample of every post of a campaign that stands, or stood, on its platform."""
    variants, complete = campaigns.variants(desk, campaign)
    out = [one for one in variants if one.state is VariantState.PUBLISHED and one.taken_down_at is None]
    samples = {one.id: desk.store.measurings.of_post(campaign.workspace, one.id) for one in out}
    platforms = sorted({one.platform for one in out})
    return Totals(
        summed(samples.values()),
        {name: summed(samples[one.id] for one in out if one.platform == name) for name in platforms},
        complete,
    )


def _standing(one: Variant, samples: Sequence[Sample], tells: Sequence[str]) -> Standing:
    if one.state is not VariantState.PUBLISHED:
        return Standing.NOT_PUBLISHED
    if one.taken_down_at is not None:
        return Standing.TAKEN_DOWN
    if not samples:
        return Standing.WAITING if tells else Standing.NOT_TOLD
    return Standing.GONE if samples[-1].gone else Standing.COUNTED
