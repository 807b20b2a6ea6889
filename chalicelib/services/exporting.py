"""Exporting: posts as a table, page by page, each page what can be appended to the one before.

It holds what the desk itself says. What answers a member is left out: it may repeat their words, and, brought back as a
table, it would be said anew to nobody.
"""

from __future__ import annotations

from chalicelib.domain.errors import NotFound
from chalicelib.formats import table
from chalicelib.services import post_rows
from chalicelib.services.bodies import body_in
from chalicelib.services.desk import Desk
from chalicelib.store import keys


def page(desk: Desk, workspace: str, limit: int, after: str | None) -> tuple[str, str | None]:
    """The variants of up to `limit` posts as CSV, the newest first, and the token of the next page; None at the end.

    The first page begins with the columns' names. Raises ValueError for a token that is none of this list.
    """
    shelf = keys.shelf(workspace, "POSTS")
    posts = desk.store.posts.listed(shelf, limit=limit, after=after, newest_first=True)
    places = [keys.variant(workspace, one) for post in posts.items for one in post.variants]
    variants = {one.id: one for one in desk.store.variants.get_many(places)}
    owners = sorted({one.account for one in variants.values()})
    accounts = {
        one.id: one for one in desk.store.accounts.get_many(keys.within(workspace, "ACCOUNT", each) for each in owners)
    }
    rows = []
    for post in posts.items:
        for variant in (variants[one] for one in post.variants if one in variants):
            try:
                body = body_in(desk, variant, post)
            except NotFound:
                continue  # retention has purged what it said
            if variant.interaction is None and body.answers is None:
                rows.append(post_rows.row_of(post, variant, body, accounts.get(variant.account)))
    return table.written(post_rows.EXPORTED, rows, heading=after is None), posts.after
