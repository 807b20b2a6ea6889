"""Exports: what the record holds, as files that other programs open."""

from __future__ import annotations

from typing import Final

from chalice import Blueprint

from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.problems import InvalidParameter
from chalicelib.domain.access import Action

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
        if ask.page.after is None:
            raise
        raise InvalidParameter(
            "parameter", "after", "this is not a page token of this list", fix="Send back the token as it was given."
        ) from error
    headers = {"Content-Disposition": 'attachment; filename="posts.csv"'}
    return Answer(text, media="text/csv; charset=utf-8", headers=headers if after is None else {**headers, NEXT: after})
