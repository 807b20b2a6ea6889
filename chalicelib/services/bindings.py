"""Whose post is it? What a look-up found belongs to one variant only, also where two say the same on one account."""

from __future__ import annotations

from chalicelib.domain.post import Remote, Variant
from chalicelib.ports import ABSENT, ConditionFailed
from chalicelib.services.desk import Desk, derived_id
from chalicelib.store import keys

MOST_POSTS = 1000
"""Posts looked through for one that was published under this id: what a look-up finds was said within hours."""


def bind(desk: Desk, variant: Variant, remote: Remote) -> bool:
    """Take the post that was found for this variant; False where it is another's. Safe to repeat."""
    key = keys.bound(variant.workspace, variant.account, derived_id("bound", remote.id))
    try:
        desk.store.table.put({"pk": key.pk, "sk": key.sk, "variant": variant.id}, ABSENT)
    except ConditionFailed as failed:
        found = failed.current or desk.store.table.get(key) or {}
        if found.get("variant") != variant.id:
            return False
    return not _published_as(desk, variant, remote)


def _published_as(desk: Desk, variant: Variant, remote: Remote) -> bool:
    """Whether another variant of the account was answered with this id when it was sent."""
    shelf, seen, after = keys.shelf(variant.workspace, "POSTS"), 0, None
    while seen < MOST_POSTS:
        page = desk.store.posts.listed(shelf, limit=100, after=after, newest_first=True)
        places = [keys.variant(post.workspace, one) for post in page.items for one in post.variants]
        for other in desk.store.variants.get_many(places):
            same = other.account == variant.account and other.remote is not None and other.remote.id == remote.id
            if same and other.id != variant.id:
                return True
        seen, after = seen + len(page.items), page.after
        if after is None:
            return False
    return False
