"""Campaigns: a purpose with dates, targets and accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.campaign import Campaign, Target
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services import recent
from chalicelib.services.desk import Desk


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
    seen = 0
    for post, variants in recent.posts(desk, campaign.workspace):
        if post.created_at < campaign.created_at:
            return Counted(by_state, complete=True)
        if post.campaign == campaign.id:
            by_state.update(one.state for one in variants)
        seen += 1
    return Counted(by_state, complete=seen < recent.MOST_POSTS)
