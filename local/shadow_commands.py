"""`shadow` of `parley guideline` and `parley correction`: asked about every message beside what is live, and decides nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from local import door
from local.options import as_json, home, plainly


def add_shadow(group: click.Group, part: str) -> None:
    """Give a group the command `shadow`. part: what of that which decides, as `services.shadowing.Part` has it."""
    noun = "version" if part == "guideline" else "correction"

    @group.command(
        help=f"Say what the {noun} in the shadow said otherwise; with an ID, put that one there. It decides nothing."
    )
    @click.argument("shadow", metavar="[ID]", required=False)
    @click.option("--off", is_flag=True, help="Have none asked any more.")
    @click.option("--why", help="Why, for the audit trail; needed with an ID and with --off.")
    @home
    @door.token
    @as_json
    @plainly
    def shadow(shadow: str | None, off: bool, why: str | None, home: Path, token: str, as_json: bool) -> None:
        from chalicelib.api import shapes_guideline
        from chalicelib.domain.access import Action
        from chalicelib.services import shadowing

        if off and shadow is not None:
            raise click.UsageError("name an ID, or say --off")
        changes, which = off or shadow is not None, shadowing.Part(part)
        if changes and not why:
            raise click.UsageError("say why: --why")
        desk, caller, now = door.opened(home, token, Action.GUIDELINE_WRITE if changes else Action.GUIDELINE_READ)
        if changes:
            shadowing.put_on(desk, caller, which, shadow, why or "", now)
        workspace = desk.workspace(caller.workspace)
        told = shapes_guideline.shadow(workspace, which, shadowing.disagreements(desk, workspace, which, now))
        click.echo(json.dumps(told) if as_json else _told(told, noun))


def _told(told: dict[str, Any], noun: str) -> str:
    if told[noun] is None:
        return f"No {noun} is in the shadow."
    lines = [
        f"In the shadow: {noun} {told[noun]}, beside {told['against'] or 'none'}. In the last 30 days it says otherwise:"
    ]
    lines += [f"  {number:>6}  {change}" for change, number in sorted(told["counts"].items(), key=lambda one: -one[1])]
    lines += [f"  {told['failed']:>6}  could not be decided"] if told["failed"] else []
    for one in told["examples"]:
        lines.append(f"  {one['interaction']}  {one['change']}")
        lines.append(f"    live:   {one['against']['rationale']['why']}")
        lines.append(f"    shadow: {one['shadow']['rationale']['why']}")
    return "\n".join(lines if told["counts"] or told["failed"] else [*lines, "       0"])
