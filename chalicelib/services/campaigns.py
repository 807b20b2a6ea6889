"""Campaigns: a purpose with dates, targets and accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.campaign import Campaign, Target
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services.desk import Desk
from chalicelib.store import keys

MOST_POSTS: Final = 1000
"""Posts looked through for one count, newest first: about two seconds of reading at most."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of a campaign's variants are in each state; complete is False where older posts were not looked at."""

    by_state: Mapping[VariantState, int]
    complete: bool


def create(
    desk: Desk,
    caller: Caller,
    name: str,
    objective: str,
    targets: tuple[Target, ...],
    accounts: tuple[str, ...],
    starts: datetime,
    ends: datetime | None,
    now: datetime,
) -> Campaign:
    """Set up a campaign. Raises InvalidField where an account is unknown or it ends before it starts."""
    if ends is not None and ends <= starts:
        raise InvalidField("/ends", "the campaign would end before it starts", fix="Give a later end, or none.")
    for place, account in enumerate(accounts):
        if desk.store.accounts.get(caller.workspace, account) is None:
            raise InvalidField(f"/accounts/{place}", "there is no such account", fix="Connect the account first.")
    campaign = Campaign(
        id=desk.new_id(),
        workspace=caller.workspace,
        name=name,
        objective=objective,
        targets=targets,
        accounts=accounts,
        starts=starts,
        ends=ends,
        owner=caller.member,
        created_at=now,
    )
    event = AuditEvent(
        caller.workspace, f"campaign:{campaign.id}", "create", now, Actor.member(caller.member), "set up by a member"
    )
    return desk.store.campaigns.create(campaign, event)


def count(desk: Desk, campaign: Campaign) -> Counted:
    """Count the campaign's variants by state, from the workspace's posts since the campaign was set up."""
    by_state: Counter[VariantState] = Counter()
    shelf, seen, after = keys.shelf(campaign.workspace, "POSTS"), 0, None
    while seen < MOST_POSTS:
        page = desk.store.posts.listed(shelf, limit=100, after=after, newest_first=True)
        posts = [one for one in page.items if one.created_at >= campaign.created_at]
        ours = [key for one in posts if one.campaign == campaign.id for key in one.variants]
        found = desk.store.variants.get_many(keys.variant(campaign.workspace, one) for one in ours)
        by_state.update(one.state for one in found)
        seen, after = seen + len(page.items), page.after
        if after is None or len(posts) < len(page.items):
            return Counted(by_state, complete=True)
    return Counted(by_state, complete=False)
