"""Whose post is it? What a look-up found belongs to one variant only, also where two say the same on one account."""

from __future__ import annotations

from chalicelib.domain.post import Remote, Variant
from chalicelib.ports import ABSENT, ConditionFailed
from chalicelib.services import recent
from chalicelib.services.desk import Desk, derived_id
from chalicelib.store import keys


def bind(desk: Desk, variant: Variant, remote: Remote) -> bool:
    """Take the post that was found for this variant; False where it is another's. Safe to repeat."""
    if remote.id in {one.id for one in variant.said} or _published_as(desk, variant, remote):
        return False
    key = keys.bound(variant.workspace, variant.account, derived_id("bound", remote.id))
    try:
        desk.store.table.put({"pk": key.pk, "sk": key.sk, "variant": variant.id}, ABSENT)
    except ConditionFailed as failed:
        found = failed.current or desk.store.table.get(key) or {}
        if found.get("variant") != variant.id:
            return False
    return not _published_as(desk, variant, remote)


def _published_as(desk: Desk, variant: Variant, remote: Remote) -> bool:
    """Whether another variant of the account was answered with this id when it was sent; what is found was said lately."""
    return any(
        remote.id in {one.id for one in (other.remote, *other.said) if one is not None}
        for other in recent.variants(desk, variant.workspace)
        if other.account == variant.account and other.id != variant.id
    )
