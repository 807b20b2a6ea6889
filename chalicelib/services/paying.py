"""Paying: what a send costs goes into the group of writes that claims it, and comes back where nothing was said.

On platforms that cost nothing none of this reads or writes anything.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.brake import Brake
from chalicelib.domain.errors import Conflict
from chalicelib.domain.post import Variant
from chalicelib.ports import ConditionFailed, Update
from chalicelib.services import spending
from chalicelib.services.desk import Desk


def takings(desk: Desk, variant: Variant, now: datetime) -> tuple[Update, ...]:
    """The writes that take what a variant's next send costs; where a cap would be passed one of them fails."""
    if not variant.micro_usd:
        return ()
    campaign = None if variant.campaign is None else desk.store.campaigns.get(variant.workspace, variant.campaign)
    return spending.takings(desk.workspace(variant.workspace), campaign, variant, now)


def take(desk: Desk, variant: Variant, now: datetime) -> bool:
    """Take it by itself, for a send that is made once more; False where a cap would be passed."""
    updates = takings(desk, variant, now)
    try:
        if updates:
            desk.store.table.in_turn(updates)
    except ConditionFailed as failed:
        untake(desk, variant, now, failed.index)
        return False
    return True


def untake(desk: Desk, variant: Variant, taken_at: datetime, written: int) -> None:
    """Give back the first `written` of the takings, where the next one failed."""
    spending.untake(desk, variant, taken_at, written)


def give_back(desk: Desk, variant: Variant, taken_at: datetime) -> None:
    """Give back what was taken for a send that surely did nothing."""
    spending.give_back(
        desk, variant.workspace, variant.micro_usd, taken_at, account=variant.account, campaign=variant.campaign
    )


def stopped(desk: Desk, variant: Variant, now: datetime) -> Brake | None:
    """The brake that is on because the variant cannot be paid; None where it may be tried again."""
    try:
        return spending.stopped(desk, variant, now)
    except Conflict:
        return None  # somebody changed the brake at this moment: the next step looks again
