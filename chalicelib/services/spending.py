"""Spending: what a send costs is taken in the same write as the claim that pays it, and never passes a cap.

A ledger of each month of the workspace, and one of each campaign, hold what was taken (`store/ledgers.py`). The claim's
group carries `takings`: where a cap would be passed their condition fails and nothing is claimed. What was taken for
a send that did nothing is given back; where that is lost, too much is counted, never too little.

Two brakes go on by themselves: once so much of a cap is spent that a person should look (`look`, called by the tick), and
where a claim would pass the cap (`stopped`). Lifting them is a person's decision, or the next month's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.brake import Brake, Scope
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.money import dollars, month_after, month_of, near
from chalicelib.domain.post import Variant
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Member, Workspace
from chalicelib.ports import ConditionFailed, Key, Mail, MailInDoubt, MailRefused, Update
from chalicelib.services.choosing import chosen
from chalicelib.services.desk import Desk
from chalicelib.store import keys, ledgers
from chalicelib.store.repository import whole
from connectors.contract import Draft

WORKER = Actor.worker("spending")

TELL_AGAIN_AFTER = timedelta(minutes=15)
"""After a mail that was refused."""

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


def take(desk: Desk, workspace: str, micro_usd: int, now: datetime, *, account: str) -> bool:
    """Take an amount by itself, for what is asked for at once; False where the month's cap would be passed."""
    if not micro_usd:
        return True
    update = taking(desk.workspace(workspace), micro_usd, now, account=account)
    try:
        desk.store.table.update(update.key, update.change, update.when)
    except ConditionFailed:
        return False
    return True


def count(desk: Desk, workspace: str, micro_usd: int, now: datetime, *, account: str) -> None:
    """Put an amount into the month's ledger whatever its cap says."""
    if micro_usd:
        update = ledgers.taken(ledgers.of_month(workspace, now), micro_usd, None, now, account, None)
        desk.store.table.update(update.key, update.change)


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


def untake(desk: Desk, variant: Variant, taken_at: datetime, written: int) -> None:
    """Give back the first `written` of a variant's `takings`, where the next one failed: nothing of it was claimed."""
    if written:
        key = ledgers.of_month(variant.workspace, taken_at)
        _give_back(desk, key, variant.micro_usd, taken_at, variant.account, variant.campaign)


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


# --- looking in time -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cap:
    """What one ledger is held to, and the stops that keep it. of: whose it is, in words."""

    cap: int | None
    of: str
    stops: tuple[tuple[Scope, str], ...]
    until: datetime | None


def look(desk: Desk, workspace: str, ledger_id: str, now: datetime) -> None:
    """Stop what costs money once a cap is nearly used up, and tell those who manage; each once. Called by the tick.

    Once a person has lifted the brake it does not come back by itself before the cap is changed, or would be passed.
    """
    key = keys.within(workspace, "SPEND", ledger_id)
    found, ledger = desk.workspace(workspace), ledgers.read(desk.store.table, key)
    cap = _cap(desk, found, ledger_id, now)
    if cap is not None and near(ledger.spent, cap.cap, found.brake_at) and ledger.told_at is None:
        why = f"{dollars(ledger.spent)} of {dollars(cap.cap or 0)} {cap.of} are spent"
        if ledger.stopped_at is None:
            _stop(desk, workspace, cap, why, now)
            ledgers.mark(desk.store.table, key, "stopped_at", now)
        # Noted first: a mail that may have been sent is not sent again. What was lost with it is seen at the brakes.
        if ledgers.mark(desk.store.table, key, "told_at", now) and not _tell(desk, found, ledger_id, cap, why):
            ledgers.unmark(desk.store.table, key, "told_at")
            ledgers.look_soon(desk.store.table, key, now + TELL_AGAIN_AFTER)
            return
    ledgers.looked_at(desk.store.table, key, ledger.spent)


def costly_platforms(desk: Desk) -> tuple[str, ...]:
    """The platforms that ask money for saying something."""
    return tuple(one for one in sorted(desk.policy.timing) if desk.platforms.price(one, Draft("a")) is not None)


def _cap(desk: Desk, workspace: Workspace, ledger_id: str, now: datetime) -> _Cap | None:
    """What a ledger is held to now; None for a month that is over, and a campaign that is gone."""
    if ledger_id == month_of(now):
        stops = tuple((Scope.PLATFORM, platform) for platform in costly_platforms(desk))
        return _Cap(workspace.cap_micro_usd, "of this month", stops, month_after(now))
    campaign = desk.store.campaigns.get(workspace.id, ledger_id)
    if campaign is None:
        return None
    return _Cap(campaign.budget_micro_usd, "of a campaign's budget", ((Scope.PAID, campaign.id),), None)


def _stop(desk: Desk, workspace: str, cap: _Cap, why: str, now: datetime) -> None:
    from chalicelib.services import braking

    for scope, target in cap.stops:
        braking.put_on_by_itself(desk, workspace, braking.Stop(scope, target, why, cap.until), WORKER, now)


def _tell(desk: Desk, workspace: Workspace, ledger_id: str, cap: _Cap, why: str) -> bool:
    """Mail owners and managers; False where it was surely not sent."""
    from chalicelib.services.wording import mail

    to = tuple(one.email for one in _members(desk, workspace.id) if one.role in {Role.OWNER, Role.MANAGER})
    address = desk.policy.public_url
    rendered = mail(
        "spending",
        workspace=workspace.name,
        why=why,
        brakes=", ".join(f"{scope.value}.{target}" for scope, target in cap.stops),
        until=None if cap.until is None else f"{cap.until:%d %B %Y, %H:%M} (UTC)",
        url=f"{address}/brakes" if address else None,
    )
    mail_id = f"spending-{workspace.id}-{ledger_id}-{cap.cap}"
    try:
        desk.mailer.send(Mail(mail_id, to, rendered.subject, rendered.text, rendered.html))
    except MailRefused:
        return False
    except MailInDoubt:
        return True
    return True


def _members(desk: Desk, workspace: str) -> Iterator[Member]:
    pk = keys.workspace(workspace).pk
    return whole(lambda after: desk.store.members.queried(pk, "MEMBER#", after=after))


# --- the cap ---------------------------------------------------------------------------------------------------------


def set_cap(desk: Desk, caller: Caller, cap: int | None, brake_at: int, now: datetime) -> Workspace:
    """Say what may be spent in a month, and at how many permille of it a person is to look. Raises Conflict.

    Lifts nothing: what was stopped for the old cap stays so until somebody lifts it. A lower cap takes nothing back.
    """
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, cap_micro_usd=cap, brake_at=brake_at)
    why = "there is no cap" if cap is None else f"{dollars(cap)} a month, stopped at {brake_at} permille"
    saved = chosen(desk, caller, workspace, after, "set_cap", why, now)
    look_again(desk, ledgers.of_month(workspace.id, now), now)
    return saved


def look_again(desk: Desk, key: Key, now: datetime) -> None:
    """A cap was changed: whether its ledger comes near it is asked anew."""
    ledgers.unmark(desk.store.table, key, "stopped_at", "told_at")
    ledgers.look_soon(desk.store.table, key, now)
