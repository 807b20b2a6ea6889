"""What a workspace is yet to say: scheduled, on its way, held, or awaiting approval; drafts are not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.domain.post import Variant, VariantState
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import whole

STATES = frozenset({VariantState.SCHEDULED, VariantState.SENDING, VariantState.HELD, VariantState.AWAITING_APPROVAL})

_AT_ONCE = 100


def variants(desk: Desk, workspace: str, upto: datetime, account: str | None = None) -> list[Variant]:
    """What is to be said by then, by anybody or by one account, in its order, as the indexes show it."""
    places = [
        one.key
        for one in desk.store.due_of(workspace, upto)
        if keys.due_noun(one.sort) == "variant" and account in {None, keys.due_account(one.sort)}
    ]
    found: dict[str, Variant] = {}
    for start in range(0, len(places), _AT_ONCE):
        found |= {one.id: one for one in desk.store.variants.get_many(places[start : start + _AT_ONCE])}
    for name in ("HELD", "APPROVALS"):  # not in the due index, or there at another time
        found |= {one.id: one for one in _listed(desk, keys.shelf(workspace, name))}
    return sorted(
        (
            one
            for one in found.values()
            if one.state in STATES and account in {None, one.account} and one.schedule.at <= upto
        ),
        key=lambda one: one.place,
    )


def _listed(desk: Desk, shelf: str) -> Iterator[Variant]:
    return whole(lambda after: desk.store.variants.listed(shelf, limit=_AT_ONCE, after=after))
