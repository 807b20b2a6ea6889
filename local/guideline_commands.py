"""`parley guideline`: a guideline as a file, looked at and tried before anybody lives by it. No decision changes by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from local import door
from local.options import as_json, home, plainly
from local.shadow_commands import add_shadow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chalicelib.domain.guideline_document import Problem
    from chalicelib.domain.replay import Changed, Findings, Replay
    from chalicelib.services.desk import Desk

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def guideline() -> None:
    """Check a guideline before it goes live, try it on what was said, and print the schema it is written to."""


@guideline.command()
@_file
@as_json
@plainly
def check(file: Path, as_json: bool) -> None:
    """Check a file: every problem with its line, column, clause and mend. Reads nothing else; exit code 1 if it has one."""
    from chalicelib.domain.guideline_document import InvalidGuideline
    from chalicelib.services import guidelines_yaml

    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8 text: save it as UTF-8.") from None
    try:
        found = guidelines_yaml.parse(text, version="checked")
    except InvalidGuideline as error:
        for one in error.problems:
            click.echo(json.dumps(_shape(one)) if as_json else f"{file}: {one}")
        raise click.exceptions.Exit(1) from None
    examples = sum(len(clause.must_match) + len(clause.must_not_match) for clause in found.clauses)
    if as_json:
        click.echo(json.dumps({"name": found.name, "clauses": len(found.clauses), "examples": examples}))
    else:
        click.echo(f"{file}: {found.name}, {len(found.clauses)} clauses, and all of their {examples} examples hold.")


def _shape(one: Problem) -> dict[str, str | int | None]:
    return {
        "line": one.line,
        "column": one.column,
        "pointer": one.pointer,
        "clause": one.clause,
        "detail": one.detail,
        "mend": one.mend,
    }


@guideline.command()
@plainly
def schema() -> None:
    """Print the JSON Schema of a guideline, for an editor that checks while you write."""
    from chalicelib.domain.guideline_schema import schema as published

    click.echo(json.dumps(published(), indent=2))


@guideline.command()
@click.argument("name", required=False)
@plainly
def starters(name: str | None) -> None:
    """List the guidelines to begin with, or print the one of this NAME."""
    from chalicelib.services import guidelines_yaml

    known = guidelines_yaml.starters()
    if name is None:
        click.echo("\n".join(known))
    elif name in known:
        click.echo(known[name], nl=False)
    else:
        raise click.ClickException(f"There is no starter of this name; there are: {', '.join(known)}.")


add_shadow(guideline, "guideline")


# --- trying a version on what was said -------------------------------------------------------------------------------


@guideline.command()
@click.option(
    "--version", required=True, help="Id of the version to be tried; it was added by `POST /guideline/versions`."
)
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="How many days back.")
@click.option("--shown", type=click.IntRange(0, 1000), default=20, show_default=True, help="Changes that are listed.")
@home
@door.token
@as_json
@plainly
def replay(version: str, days: int, shown: int, home: Path, token: str, as_json: bool) -> None:
    """Try a version on the last days' messages beside the active one: which decisions would change. It changes nothing."""
    from chalicelib.domain.access import Action
    from chalicelib.services import replaying

    desk, caller, now = door.opened(home, token, Action.GUIDELINE_WRITE)
    found = replaying.begin(desk, caller, version, days, now)
    carry_out(desk, found, now, shown, f"version {version} beside {found.active.guideline}", as_json)


def carry_out(desk: Desk, found: Replay, now: datetime, shown: int, what: str, as_json: bool) -> None:
    """Go through a replay to its end, and print what it found with so many of the changes. what: it tries, in words."""
    from chalicelib.services import replaying

    replaying.work(desk, found.workspace, found.id, now, lambda: False)
    found = replaying.get(desk, found.workspace, found.id)
    changes = replaying.changes(desk, found, max(1, shown), None).items[:shown]
    _tell(desk, found, replaying.findings(desk, found), changes, what, as_json)


def _tell(desk: Desk, found: Replay, findings: Findings, some: Sequence[Changed], what: str, as_json: bool) -> None:
    """Print what a replay found, with some of the decisions that would change. what: it tried, in words."""
    from chalicelib.api import shapes_guideline
    from chalicelib.api.names import names_in
    from chalicelib.domain.money import dollars

    told, changes = shapes_guideline.replay(found, findings), [shapes_guideline.changed(one) for one in some]
    if as_json:
        told = {**told, "items": changes}
        click.echo(json.dumps({**told, "names": names_in(desk, found.workspace, told)}))
        return
    click.echo(f"Replay {told['id']}: {what}, {(found.until - found.since).days} days")
    click.echo(f"  {told['replayed']} messages replayed, {told['changed']} decisions would change")
    for heading, counts in (("change", told["changes"]), ("clause", told["clauses"]), ("left out", told["left_out"])):
        for name, number in sorted(counts.items(), key=lambda one: -one[1]):
            click.echo(f"  {heading:<9} {number:>6}  {name}")
    for which, load in told["load"].items():
        actions = ", ".join(f"{number} {action}" for action, number in sorted(load["actions"].items())) or "nothing"
        click.echo(f"  {which:<9} {actions}; answers cost {dollars(load['micro_usd'])}")
    click.echo(f"  Facts of today, not of then: {told['facts_of_today']['messages']} messages whole; of every message:")
    for one in told["facts_of_today"]["of_every_message"]:
        click.echo(f"    {one}")
    for one in changes:
        click.echo(f"  {one['interaction']}  {one['change']}")
        click.echo(f"    active: {one['against']['rationale']['why']}")
        click.echo(f"    tried:  {one['version']['rationale']['why']}")
