"""Campaigns: a purpose, what would show that it was met, and how far it has come."""

from __future__ import annotations

from typing import Annotated, Any

from chalice import Blueprint
from pydantic import Field

from chalicelib.api import shapes
from chalicelib.api.documents import Form, Id, Name, Words
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import Instant, instant
from chalicelib.domain.access import Action
from chalicelib.domain.campaign import Target
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

blueprint = Blueprint(__name__)


class TargetForm(Form):
    """What is to be reached."""

    measure: Name
    goal: Annotated[int, Field(ge=0, le=10**15)]


class CampaignForm(Form):
    """A campaign to be set up."""

    name: Name
    objective: Words
    targets: Annotated[list[TargetForm], Field(max_length=20)] = []
    accounts: Annotated[list[Id], Field(max_length=50)] = []
    starts: Instant
    ends: Instant | None = None


@route(blueprint, "/campaigns", method="POST", action=Action.CAMPAIGN_CREATE, form=CampaignForm)
def create_campaign(ask: Ask, form: CampaignForm) -> Answer:
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
