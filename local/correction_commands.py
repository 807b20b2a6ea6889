"""`parley correction`: what people taught the reader, tried on what was said, put in force, and taken back in one step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from local import door
from local.options import as_json, home, plainly
from local.shadow_commands import add_shadow

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.domain.access import Caller
    from chalicelib.services.desk import Desk

_id = click.argument("correction_id", metavar="ID")
_why = click.option("--why", required=True, help="Why, for the audit trail.")


def _door(home: Path, token: str) -> tuple[Desk, Caller, datetime]:
    from chalicelib.domain.access import Action

    return door.opened(home, token, Action.GUIDELINE_WRITE)


@click.group()
def correction() -> None:
    """List what was learnt from decisions, replay it, put it in force, or take it back. `parley train` makes one."""


add_shadow(correction, "correction")


@correction.command("list")
@home
@door.token
@as_json
@plainly
def list_corrections(home: Path, token: str, as_json: bool) -> None:
    """List every correction of the workspace; the one in force is marked."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections, readers
    from chalicelib.store.repository import whole

    desk, caller, _ = _door(home, token)
    workspace = desk.workspace(caller.workspace)
    every = whole(lambda after: corrections.listed(desk, workspace.id, limit=100, after=after))
    found = [shapes_corrections.head(one, workspace) for one in every]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        mark = "in force" if one["active"] else "in the shadow" if one["shadow"] else "draft"
        mark += f"; it says nothing: {one['objection']}" if one["objection"] else ""
        click.echo(f"{one['id']}  {one['report']['lessons']:>6} decisions  {one['events'][0]['at'][:10]}  {mark}")
    if any(one["objection"] and (one["active"] or one["shadow"]) for one in found):
        click.echo(f"What was learnt over another table says nothing. {readers.TRAIN_ANEW}")
    if not found:
        click.echo("Nothing was learnt yet: `parley train --with-decisions`.")


@correction.command()
@_id
@home
@door.token
@as_json
@plainly
def show(correction_id: str, home: Path, token: str, as_json: bool) -> None:
    """Show what a correction was learnt from, and what it did to the decisions held out."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections, readers
    from local.training.commands import told

    desk, caller, _ = _door(home, token)
    found = corrections.get(desk, caller.workspace, correction_id)
    if as_json:
        click.echo(json.dumps(shapes_corrections.correction(found, desk.workspace(caller.workspace))))
        return
    click.echo("\n".join(told(found.report)))
    if (why := readers.objection(found.correction)) is not None:
        click.echo(f"It says nothing: {why}. {readers.TRAIN_ANEW}")


@correction.command()
@_id
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="How many days back.")
@click.option("--shown", type=click.IntRange(0, 1000), default=20, show_default=True, help="Changes that are listed.")
@home
@door.token
@as_json
@plainly
def replay(correction_id: str, days: int, shown: int, home: Path, token: str, as_json: bool) -> None:
    """Try a correction on the last days' messages: which decisions would change. It changes nothing."""
    from chalicelib.services import corrections
    from local.guideline_commands import carry_out

    desk, caller, now = _door(home, token)
    found = corrections.begin_replay(desk, caller, correction_id, days, now)
    what = f"correction {correction_id} beside {found.active.correction or 'none'}"
    carry_out(desk, found, now, shown, what, as_json)


@correction.command()
@_id
@click.option("--replay", "replay_id", required=True, help="Id of a replay of this correction, at most 24 hours old.")
@_why
@home
@door.token
@plainly
def activate(correction_id: str, replay_id: str, why: str, home: Path, token: str) -> None:
    """Put a correction in force, on the strength of a replay."""
    from chalicelib.services import corrections

    desk, caller, now = _door(home, token)
    corrections.activate(desk, caller, correction_id, replay_id, why, now)
    click.echo(f"Correction {correction_id} is in force. `parley correction rollback` takes it back.")


@correction.command()
@_why
@home
@door.token
@plainly
def rollback(why: str, home: Path, token: str) -> None:
    """Put what was in force before back in force, at once and without a replay."""
    from chalicelib.services import corrections

    desk, caller, now = _door(home, token)
    after = corrections.roll_back(desk, caller, why, now)
    click.echo(
        "No correction is in force." if after.correction is None else f"Correction {after.correction} is in force."
    )
