"""`parley guideline`: a guideline as a file, looked at before anybody is asked to live by it. It changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from local.options import as_json, plainly

if TYPE_CHECKING:
    from chalicelib.domain.guideline_document import Problem

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def guideline() -> None:
    """Check a guideline before it goes live, and print the schema it is written to."""


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
    from chalicelib.domain.guideline_document import schema as published

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
