"""Campaigns: a purpose, what would show that it was met, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.campaign import Target
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/campaigns", method="POST", action=Action.CAMPAIGN_CREATE, form="CampaignForm")
def create_campaign(ask: Ask, form: forms.CampaignForm) -> Answer:
    """Set up a campaign."""
    from chalicelib.services import campaigns

    campaign = campaigns.create(
        ask.desk,
        ask.caller,
        form.name,
        form.objective,
        tuple(Target(one.measure, one.goal) for one in form.targets),
        tuple(form.accounts),
        instant(form.starts),
        None if form.ends is None else instant(form.ends),
        ask.now,
    )
    return Answer(shapes.campaign(campaign), status=201)


@route(blueprint, "/campaigns", action=Action.CAMPAIGN_READ, listing=True)
def list_campaigns(ask: Ask) -> dict[str, Any]:
    """Every campaign of the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.campaigns.queried(pk, "CAMPAIGN#", limit=limit, after=after),
        shapes.campaign,
    )


@route(blueprint, "/campaigns/{campaign_id}", action=Action.CAMPAIGN_READ)
def get_campaign(ask: Ask, campaign_id: str) -> dict[str, Any]:
    """One campaign, with how many of its variants are in each state."""
    from chalicelib.services import campaigns

    campaign = ask.desk.store.campaigns.get(ask.caller.workspace, campaign_id)
    if campaign is None:
        raise NotFound
    counted = campaigns.count(ask.desk, campaign)
    variants = {state.value: number for state, number in sorted(counted.by_state.items())}
    return {**shapes.campaign(campaign), "variants": variants, "variants_complete": counted.complete}
