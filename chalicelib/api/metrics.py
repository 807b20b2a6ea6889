"""What platforms counted: of posts, accounts, communities and campaigns. What is not told is missing, and never zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api import shapes_metrics as told
from chalicelib.api.door import Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_acts

blueprint = Blueprint(__name__)


@route(blueprint, "/workspace/measuring", method="PUT", action=Action.WORKSPACE_SET, form="MeasuringForm")
def set_measuring(ask: Ask, form: forms_acts.MeasuringForm) -> dict[str, Any]:
    """Begin to count posts, accounts and communities, or stop. On X each count costs money, and the month's cap holds."""
    from chalicelib.services import measuring

    return shapes.workspace(measuring.switch(ask.desk, ask.caller, ask.now, on=form.on))


@route(blueprint, "/posts/{post_id}/metrics", action=Action.POST_READ)
def get_post_metrics(ask: Ask, post_id: str) -> dict[str, Any]:
    """What was counted of each variant of a post, an hour, six hours, a day, 3, 7 and 30 days after it was published."""
    from chalicelib.services import metrics

    return told.post(post_id, metrics.of_post(ask.desk, ask.caller.workspace, post_id, ask.now))


@route(blueprint, "/posts/{post_id}/metrics", method="POST", action=Action.POST_COUNT)
def count_post(ask: Ask, post_id: str) -> dict[str, Any]:
    """Count a post now, at most once a minute; on X that costs money."""
    from chalicelib.services import measuring, metrics

    measuring.count_now(ask.desk, ask.caller, post_id, ask.now)
    return told.post(post_id, metrics.of_post(ask.desk, ask.caller.workspace, post_id, ask.now))


@route(blueprint, "/accounts/{account_id}/metrics", action=Action.ACCOUNT_READ, listing=True)
def get_account_metrics(ask: Ask, account_id: str) -> dict[str, Any]:
    """What was counted of an account, and of the communities that it moderates, day by day, the newest first."""
    from chalicelib.services import metrics

    return ask.page.of(
        lambda limit, after: metrics.of_account(ask.desk, ask.caller.workspace, account_id, limit=limit, after=after),
        told.sample,
    )


@route(blueprint, "/campaigns/{campaign_id}/metrics", action=Action.CAMPAIGN_READ)
def get_campaign_metrics(ask: Ask, campaign_id: str) -> dict[str, Any]:
    """What a campaign's posts come to, whole and by platform, and how many of them are missing from it."""
    from chalicelib.services import campaigns, metrics

    campaign = campaigns.get(ask.desk, ask.caller.workspace, campaign_id)
    return told.totals(campaign_id, metrics.of_campaign(ask.desk, campaign))
