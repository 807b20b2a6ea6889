"""Campaigns: a purpose, what would show that it was met, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_campaigns as shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.campaign import Campaign, Segment, Target
from chalicelib.store import keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chalicelib.api import forms, forms_campaigns

blueprint = Blueprint(__name__)


@route(blueprint, "/campaigns", method="POST", action=Action.CAMPAIGN_CREATE, form="CampaignForm")
def create_campaign(ask: Ask, form: forms_campaigns.CampaignForm) -> Answer:
    """Set up a campaign."""
    from chalicelib.services import campaigns

    campaign = campaigns.create(
        ask.desk,
        ask.caller,
        form.name,
        form.objective,
        _targets(form.targets),
        tuple(form.accounts),
        instant(form.starts),
        _time(form.ends),
        ask.now,
        segments=_segments(form.segments),
        budget_micro_usd=form.budget_micro_usd,
    )
    return Answer(shapes.campaign(campaign, ask.now), status=201)


@route(blueprint, "/campaigns", action=Action.CAMPAIGN_READ, listing=True)
def list_campaigns(ask: Ask) -> dict[str, Any]:
    """Every campaign of the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.campaigns.queried(pk, "CAMPAIGN#", limit=limit, after=after),
        lambda one: shapes.campaign(one, ask.now),
    )


@route(blueprint, "/campaigns/{campaign_id}", action=Action.CAMPAIGN_READ)
def get_campaign(ask: Ask, campaign_id: str) -> dict[str, Any]:
    """One campaign, with how many of its variants are in each state."""
    from chalicelib.services import campaigns

    return _whole(ask, campaigns.get(ask.desk, ask.caller.workspace, campaign_id))


@route(blueprint, "/campaigns/{campaign_id}", method="PATCH", action=Action.CAMPAIGN_EDIT, form="CampaignEditForm")
def edit_campaign(ask: Ask, form: forms_campaigns.CampaignEditForm, campaign_id: str) -> dict[str, Any]:
    """Change a campaign. `rev` says which one was read; what is left out stays as it is."""
    from chalicelib.services import campaigns

    named = frozenset(form.model_fields_set) - {"rev"}
    wanted = campaigns.Changes(
        form.rev,
        named,
        form.name,
        form.objective,
        _targets(form.targets),
        _segments(form.segments),
        tuple(form.accounts),
        instant(form.starts) if "starts" in named else None,
        _time(form.ends),
        form.budget_micro_usd,
        form.owner,
    )
    return _whole(ask, campaigns.edit(ask.desk, ask.caller, campaign_id, wanted, ask.now))


@route(blueprint, "/campaigns/{campaign_id}/pause", method="POST", action=Action.CAMPAIGN_EDIT, form="WhyForm")
def pause_campaign(ask: Ask, form: forms.WhyForm, campaign_id: str) -> dict[str, Any]:
    """Stop a campaign for now: its brake is on once this has answered."""
    from chalicelib.services import campaigns

    return _whole(ask, campaigns.pause(ask.desk, ask.caller, campaign_id, form.why, ask.now))


@route(blueprint, "/campaigns/{campaign_id}/resume", method="POST", action=Action.CAMPAIGN_EDIT, form="WhyForm")
def resume_campaign(ask: Ask, form: forms.WhyForm, campaign_id: str) -> dict[str, Any]:
    """Go on with a paused campaign. What its pause held goes back on its schedule, staggered."""
    from chalicelib.services import campaigns

    campaign, released = campaigns.resume(ask.desk, ask.caller, campaign_id, form.why, ask.now)
    return {**_whole(ask, campaign), "released": released}


@route(blueprint, "/campaigns/{campaign_id}/end", method="POST", action=Action.CAMPAIGN_EDIT, form="WhyForm")
def end_campaign(ask: Ask, form: forms.WhyForm, campaign_id: str) -> dict[str, Any]:
    """End a campaign before its time: it takes no more posts; what is scheduled still goes out."""
    from chalicelib.services import campaigns

    return _whole(ask, campaigns.end(ask.desk, ask.caller, campaign_id, form.why, ask.now))


@route(blueprint, "/campaigns/{campaign_id}/cancel", method="POST", action=Action.CAMPAIGN_EDIT, form="WhyForm")
def cancel_campaign(ask: Ask, form: forms.WhyForm, campaign_id: str) -> dict[str, Any]:
    """Call a campaign off: its brake is on once this has answered, and stays on."""
    from chalicelib.services import campaigns

    return _whole(ask, campaigns.cancel(ask.desk, ask.caller, campaign_id, form.why, ask.now))


@route(blueprint, "/campaigns/{campaign_id}/progress", action=Action.CAMPAIGN_READ)
def get_progress(ask: Ask, campaign_id: str) -> dict[str, Any]:
    """How far a campaign has come: every target with what is reached, on what evidence, and whether it is on course."""
    from chalicelib.services import campaigns
    from chalicelib.services.progress import progress

    campaign = campaigns.get(ask.desk, ask.caller.workspace, campaign_id)
    return shapes.progress(progress(ask.desk, campaign, ask.now), ask.now)


@route(blueprint, "/campaigns/{campaign_id}/counted", method="POST", action=Action.CAMPAIGN_EDIT, form="CountedForm")
def count_by_hand(ask: Ask, form: forms_campaigns.CountedForm, campaign_id: str) -> dict[str, Any]:
    """Note what somebody counted for a target that the record does not measure."""
    from chalicelib.services import campaigns

    campaign = campaigns.count_by_hand(
        ask.desk, ask.caller, campaign_id, form.measure, form.value, form.source, ask.now
    )
    return _whole(ask, campaign)


def _whole(ask: Ask, campaign: Campaign) -> dict[str, Any]:
    from chalicelib.services import campaigns

    return {**shapes.campaign(campaign, ask.now), **shapes.states(campaigns.count(ask.desk, campaign))}


def _targets(given: Iterable[forms_campaigns.TargetForm]) -> tuple[Target, ...]:
    return tuple(Target(one.measure, one.goal, _time(one.by), one.unit) for one in given)


def _segments(given: Iterable[forms_campaigns.SegmentForm]) -> tuple[Segment, ...]:
    return tuple(
        Segment(one.name, one.platform, one.account, one.community, one.language, one.zone, tuple(one.tags))
        for one in given
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else instant(text)
