"""Exports: what the record holds, as files that other programs open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from chalice import Blueprint

from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.problems import InvalidParameter
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.services.desk import Desk
    from chalicelib.services.exporting_counts import Row
    from chalicelib.store.repository import Listing

blueprint = Blueprint(__name__)

NEXT: Final = "Parley-Next"
"""The header that brings the next page's token, where a body has no place for it."""


@route(blueprint, "/exports/posts", action=Action.POST_READ, listing=True)
def export_posts(ask: Ask) -> Answer:
    """Posts as a CSV table, the newest first; the header `Parley-Next` brings the token of the next page."""
    from chalicelib.services import exporting

    try:
        text, after = exporting.page(ask.desk, ask.caller.workspace, ask.page.limit, ask.page.after)
    except ValueError as error:
        raise _no_token(ask, error) from error
    return _csv("posts.csv", text, after)


@route(blueprint, "/exports/metrics", action=Action.POST_READ, listing=True, query="format")
def export_metrics(ask: Ask) -> Answer:
    """Counts of published posts, a row for each count, as CSV or (`format=json`) JSON; `limit` counts posts, the newest first."""
    from chalicelib.services import exporting_counts as counts

    return _counts(ask, "metrics", counts.OF_POSTS, counts.of_posts)


@route(blueprint, "/exports/account_metrics", action=Action.ACCOUNT_READ, listing=True, query="format")
def export_account_metrics(ask: Ask) -> Answer:
    """Counts of accounts and of their communities, account by account, as CSV or (`format=json`) JSON; the newest first."""
    from chalicelib.services import exporting_counts as counts

    return _counts(ask, "account_metrics", counts.OF_ACCOUNTS, counts.of_accounts)


def _counts(
    ask: Ask, name: str, columns: Sequence[str], read: Callable[[Desk, str, int, str | None], Listing[Row]]
) -> Answer:
    if ask.query not in {"", "csv", "json"}:
        raise InvalidParameter("parameter", "format", "there is no such format", fix="Say `csv` or `json`.")
    try:
        page = read(ask.desk, ask.caller.workspace, ask.page.limit, ask.page.after)
    except ValueError as error:
        raise _no_token(ask, error) from error
    if ask.query == "json":
        from chalicelib.api import shapes_metrics

        return Answer({"items": [shapes_metrics.row(one, columns) for one in page.items], "next": page.after})
    from chalicelib.services.exporting_counts import as_csv

    return _csv(f"{name}.csv", as_csv(columns, page.items, heading=ask.page.after is None), page.after)


def _csv(name: str, text: str, after: str | None) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(text, media="text/csv; charset=utf-8", headers=headers if after is None else {**headers, NEXT: after})


def _no_token(ask: Ask, error: ValueError) -> Exception:
    """A token that is none of the list; where none was given the error is another's, and stays what it is."""
    if ask.page.after is None:
        return error
    return InvalidParameter(
        "parameter", "after", "this is not a page token of this list", fix="Send back the token as it was given."
    )
