"""`parley export`: what the record holds as a file, page by page to standard output, with the rights of a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from local import door
from local.options import home, plainly

if TYPE_CHECKING:
    from chalicelib.domain.access import Action
    from chalicelib.services.desk import Desk
    from chalicelib.services.exporting_counts import Row
    from chalicelib.store.repository import Listing

PAGE = 100
"""Posts, or counts of accounts, that are read at once."""

_json = click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of CSV.")


@click.group()
def export() -> None:
    """Print posts or counts as CSV or JSON, to be sent into a file."""


@export.command()
@home
@door.token
@plainly
def posts(home: Path, token: str) -> None:
    """Print the posts of the workspace as CSV, the newest first, as an import takes them."""
    from chalicelib.domain.access import Action
    from chalicelib.services import exporting

    desk, caller, _ = door.opened(home, token, Action.POST_READ)
    text, after = exporting.page(desk, caller.workspace, PAGE, None)
    click.echo(text, nl=False)
    while after is not None:
        text, after = exporting.page(desk, caller.workspace, PAGE, after)
        click.echo(text, nl=False)


@export.command()
@home
@door.token
@_json
@plainly
def metrics(home: Path, token: str, as_json: bool) -> None:
    """Print what was counted of each published post, one row for each count, the newest post first."""
    from chalicelib.domain.access import Action
    from chalicelib.services import exporting_counts as counts

    _print(home, token, Action.POST_READ, counts.OF_POSTS, counts.of_posts, as_json=as_json)


@export.command("account-metrics")
@home
@door.token
@_json
@plainly
def account_metrics(home: Path, token: str, as_json: bool) -> None:
    """Print what was counted of each account and of its communities, account by account, the newest count first."""
    from chalicelib.domain.access import Action
    from chalicelib.services import exporting_counts as counts

    _print(home, token, Action.ACCOUNT_READ, counts.OF_ACCOUNTS, counts.of_accounts, as_json=as_json)


def _print(
    home: Path,
    token: str,
    action: Action,
    columns: Sequence[str],
    read: Callable[[Desk, str, int, str | None], Listing[Row]],
    *,
    as_json: bool,
) -> None:
    """Every page of a list, each printed before the next is read."""
    from chalicelib.api import shapes_metrics
    from chalicelib.services.exporting_counts import as_csv

    desk, caller, _ = door.opened(home, token, action)
    after: str | None = None
    first, begun = True, False
    while first or after is not None:
        page = read(desk, caller.workspace, PAGE, after)
        if as_json:
            for row in page.items:
                click.echo(",\n" if begun else "[\n", nl=False)
                click.echo(json.dumps(shapes_metrics.row(row, columns)), nl=False)
                begun = True
        else:
            click.echo(as_csv(columns, page.items, heading=first), nl=False)
        first, after = False, page.after
    if as_json:
        click.echo("\n]" if begun else "[]")
