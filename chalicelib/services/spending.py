"""Spending: what a send costs is taken in the same write as the claim that pays it, and never passes a cap.

A ledger of each month of the workspace, and one of each campaign, hold what was taken (`store/ledgers.py`). The claim's
group carries `takings`: where a cap would be passed their condition fails and nothing is claimed. What was taken for
a send that did nothing is given back; where that is lost, too much is counted, never too little.

Two brakes go on by themselves: once so much of a cap is spent that a person should look (`look`, called by the tick), and
where a claim would pass the cap (`stopped`). Lifting them is a person's decision, or the next month's.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.brake import Brake, Scope
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.money import dollars, month_after
from chalicelib.domain.post import Variant
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import Key, Update
from chalicelib.services.desk import Desk
from chalicelib.store import ledgers

WORKER = Actor.worker("spending")

_TRIES = 5
"""How often giving back is tried while others write the same ledger."""


def taking(
    workspace: Workspace, micro_usd: int, now: datetime, *, account: str | None = None, campaign: str | None = None
) -> Update:
    """The write that takes an amount from the workspace's month, unless its cap would be passed.

    account, campaign: for whom, so that it can be told.
    """
    key = ledgers.of_month(workspace.id, now)
    return ledgers.taken(key, micro_usd, workspace.cap_micro_usd, now, account, campaign)


def takings(workspace: Workspace, campaign: Campaign | None, variant: Variant, now: datetime) -> tuple[Update, ...]:
    """Every write that takes what a variant's next part costs, its campaign's among them; none where it costs nothing."""
    if not variant.micro_usd:
        return ()
    month = taking(workspace, variant.micro_usd, now, account=variant.account, campaign=variant.campaign)
    if campaign is None:
        return (month,)
    key = ledgers.of_campaign(workspace.id, campaign.id)
    return month, ledgers.taken(key, variant.micro_usd, campaign.budget_micro_usd, now, variant.account, None)


def give_back(
    desk: Desk,
    workspace: str,
    micro_usd: int,
    taken_at: datetime,
    *,
    account: str | None = None,
    campaign: str | None = None,
) -> None:
    """Give back what was taken at `taken_at` for a send that surely did nothing. Call it once for each taking.

    account, campaign: as they were given to the taking. As well as it can: where it fails, too much stays counted.
    """
    if not micro_usd:
        return
    _give_back(desk, ledgers.of_month(workspace, taken_at), micro_usd, taken_at, account, campaign)
    if campaign is not None:
        _give_back(desk, ledgers.of_campaign(workspace, campaign), micro_usd, taken_at, account, None)


def _give_back(
    desk: Desk, key: Key, micro_usd: int, taken_at: datetime, account: str | None, campaign: str | None
) -> None:
    for _ in range(_TRIES):
        if ledgers.given_back(desk.store.table, key, micro_usd, taken_at, account, campaign):
            return


def stopped(desk: Desk, variant: Variant, now: datetime) -> Brake | None:
    """Stop what costs money, since a variant's claim would pass a cap; the brake that does, to hold the variant with.

    None where nothing is passed any more: it may be tried again. Raises NotFound, Conflict.
    """
    from chalicelib.services import braking

    workspace = desk.workspace(variant.workspace)
    cap = workspace.cap_micro_usd
    spent = ledgers.read(desk.store.table, ledgers.of_month(workspace.id, now)).spent
    if cap is not None and spent + variant.micro_usd > cap:
        why = f"the next post costs {dollars(variant.micro_usd)}, and {dollars(spent)} of this month's {dollars(cap)} are spent"
        stop = braking.Stop(Scope.PLATFORM, variant.platform, why, month_after(now))
        return braking.put_on_by_itself(desk, workspace.id, stop, WORKER, now)
    campaign = None if variant.campaign is None else desk.store.campaigns.get(workspace.id, variant.campaign)
    if campaign is None or campaign.budget_micro_usd is None:
        return None
    spent = ledgers.read(desk.store.table, ledgers.of_campaign(workspace.id, campaign.id)).spent
    if spent + variant.micro_usd <= campaign.budget_micro_usd:
        return None
    budget = dollars(campaign.budget_micro_usd)
    why = f"the next post costs {dollars(variant.micro_usd)}, and {dollars(spent)} of the campaign's {budget} are spent"
    return braking.put_on_by_itself(desk, workspace.id, braking.Stop(Scope.PAID, campaign.id, why), WORKER, now)
