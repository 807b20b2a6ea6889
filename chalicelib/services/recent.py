"""A workspace's posts with their variants, the newest first: for whoever looks back over them, no further than asked."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.post import Post, Variant
from chalicelib.services.desk import Desk
from chalicelib.store import keys

MOST_POSTS = 1000
"""How far a look goes back unless told otherwise: about two seconds of reading on AWS at most."""

_PAGE = 100


def posts(desk: Desk, workspace: str, most: int = MOST_POSTS) -> Iterator[tuple[Post, list[Variant]]]:
    """Up to `most` posts, each with its variants; a page of them is read at a time, as it is asked for."""
    shelf, seen = keys.shelf(workspace, "POSTS"), 0
    after: str | None = None
    while seen < most:
        page = desk.store.posts.listed(shelf, limit=min(_PAGE, most - seen), after=after, newest_first=True)
        places = [keys.variant(workspace, one) for post in page.items for one in post.variants]
        found = {one.id: one for one in desk.store.variants.get_many(places)}
        for post in page.items:
            yield post, [found[one] for one in post.variants if one in found]
        seen, after = seen + len(page.items), page.after
        if after is None:
            return


def variants(desk: Desk, workspace: str, most: int = MOST_POSTS) -> Iterator[Variant]:
    """The variants of up to `most` posts."""
    for _, found in posts(desk, workspace, most):
        yield from found
