"""`parley campaign`: a workspace's campaigns on one machine, read from the record itself. It changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from local import door
from local.options import as_json, home, plainly

_id = click.argument("campaign_id", metavar="ID")

_COURSES = {
    "reached": "reached",
    "on_course": "on course",
    "behind": "behind",
    "missed": "missed",
    "open": "open",
    "not_measured": "not measured",
}


@click.group()
def campaign() -> None:
    """List campaigns, show one, or tell how far one has come."""


@campaign.command("list")
@home
@door.token
@as_json
@plainly
def list_campaigns(home: Path, token: str, as_json: bool) -> None:
    """List every campaign of the workspace."""
    from chalicelib.api import shapes_campaigns
    from chalicelib.domain.access import Action
    from chalicelib.store import keys
    from chalicelib.store.repository import whole

    desk, caller, now = door.opened(home, token, Action.CAMPAIGN_READ)
    pk = keys.workspace(caller.workspace).pk
    every = whole(lambda after: desk.store.campaigns.queried(pk, "CAMPAIGN#", after=after))
    found = [shapes_campaigns.campaign(one, now) for one in every]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['id']}  {one['state']:<9}  {_day(one['starts'])} to {_day(one['ends'])}  {one['name']}")
    if not found:
        click.echo("There is no campaign yet.")


@campaign.command()
@_id
@home
@door.token
@as_json
@plainly
def show(campaign_id: str, home: Path, token: str, as_json: bool) -> None:
    """Show one campaign: what it is for, what is to be reached, for whom, and where its posts are."""
    from chalicelib.api import shapes_campaigns
    from chalicelib.api.names import names_in
    from chalicelib.domain.access import Action
    from chalicelib.services import campaigns

    desk, caller, now = door.opened(home, token, Action.CAMPAIGN_READ)
    found = campaigns.get(desk, caller.workspace, campaign_id)
    told = {**shapes_campaigns.campaign(found, now), **shapes_campaigns.states(campaigns.count(desk, found))}
    names = names_in(desk, caller.workspace, told)
    if as_json:
        click.echo(json.dumps({**told, "names": names}))
        return
    click.echo(f"{told['name']}: {told['state']}, {_day(told['starts'])} to {_day(told['ends'])}")
    click.echo(told["objective"])
    for one in told["targets"]:
        click.echo(
            f"  target   {one['measure']}: {one['goal']} {one['unit']}".rstrip() + f", by {_day(one['by'], 'its end')}"
        )
    for one in told["segments"]:
        click.echo(f"  for      {one['name']}{_narrowed(one)}")
    spoken_by = [names["accounts"].get(one, one) for one in told["accounts"]]
    click.echo(f"  accounts {', '.join(spoken_by) or 'any'}")
    click.echo(f"  budget   {_money(told['budget_micro_usd'])}")
    click.echo(f"  posts    {_counts(told['variants'])}")


@campaign.command()
@_id
@home
@door.token
@as_json
@plainly
def progress(campaign_id: str, home: Path, token: str, as_json: bool) -> None:
    """Tell how far a campaign has come: every target, on what evidence, and whether it is on course."""
    from chalicelib.api import shapes_campaigns
    from chalicelib.domain.access import Action
    from chalicelib.services import campaigns
    from chalicelib.services.progress import progress as gather

    desk, caller, now = door.opened(home, token, Action.CAMPAIGN_READ)
    told = shapes_campaigns.progress(gather(desk, campaigns.get(desk, caller.workspace, campaign_id), now), now)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{told['name']}: {told['state']}")
    for one in told["targets"]:
        reached = "?" if one["reached"] is None else one["reached"]
        by = _day(one["by"], "no date")
        click.echo(f"  {_COURSES[one['course']]:<12}  {one['measure']}: {reached} of {one['goal']}, by {by}")
        click.echo(f"  {'':<12}  {one['evidence']}")
    budget = told["budget"]
    spent, planned = _money(budget["spent_micro_usd"]), _money(budget["planned_micro_usd"])
    click.echo(f"  money         {spent} spent, {planned} planned, of {_money(budget['cap_micro_usd'])}")
    click.echo(f"  posts         {_counts(told['variants'])}")
    if not told["complete"]:
        click.echo("Only the latest posts and messages were looked at: the figures may be higher.")


def _day(text: str | None, otherwise: str = "no end") -> str:
    return otherwise if text is None else text[:10]


def _money(micro_usd: int | None) -> str:
    from chalicelib.domain.money import dollars

    return "no limit" if micro_usd is None else dollars(micro_usd)


def _counts(variants: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in variants.items()) or "none yet"


def _narrowed(segment: dict[str, Any]) -> str:
    parts = [segment[one] for one in ("platform", "account", "community", "language", "zone") if segment[one]]
    parts += segment["tags"]
    return f" ({', '.join(parts)})" if parts else ""
