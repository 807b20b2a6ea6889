"""Forecasting: what is planned of a cap, whether one thing more still fits, and on which day a cap would be reached.

What is planned is summed from the record when it is asked for. A counter would have to follow every road on which
a variant is scheduled, edited, held, cancelled or missed, and be wrong for ever after the first one that forgets. Only
variants of accounts on platforms that ask money are read, so a sum costs what the cap lets anybody plan. It may lag
behind by what the index does: two who schedule at the same moment may plan more than a cap; they cannot spend it, since
the claim is held to the ledger itself (`spending`). What a series has not made posts of yet is not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.money import (
    Cost,
    Purse,
    day_of,
    month_begins,
    month_of,
    paid_at,
    reached_on,
    refusal,
    to_pay,
)
from chalicelib.domain.post import Body, Variant
from chalicelib.domain.timing import LATEST
from chalicelib.domain.workspace import Workspace
from chalicelib.services.bodies import priced_drafts
from chalicelib.services.desk import Desk
from chalicelib.services.spending import costly_platforms
from chalicelib.store import keys, ledgers

HELD_PAST = timedelta(days=7)
"""How much later than its own time a held variant may lie in the due index: the longest limit of lateness."""

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Day:
    """What is spent and planned of one day (UTC)."""

    day: str
    spent: int
    planned: int


@dataclass(frozen=True, slots=True)
class Share:
    """What is spent and planned for one account, or one campaign."""

    id: str
    spent: int
    planned: int


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a forecast. reached_on: when what is planned would pass the cap; None: it does not."""

    month: str
    purse: Purse
    days: tuple[Day, ...]
    accounts: tuple[Share, ...]
    campaigns: tuple[Share, ...]
    reached_on: datetime | None


def planned(desk: Desk, workspace: str, upto: datetime) -> Iterator[Variant]:
    """Every variant that costs money and is to be said by then, as far as the index shows it."""
    accounts = _costly_accounts(desk, workspace)
    if not accounts:
        return
    places = [
        entry.key
        for entry in desk.store.due_of(workspace, upto + HELD_PAST)
        if keys.due_noun(entry.sort) in {"variant", "approval"} and keys.due_account(entry.sort) in accounts | {None}
    ]
    for start in range(0, len(places), _AT_ONCE):
        for one in desk.store.variants.get_many(places[start : start + _AT_ONCE]):
            if to_pay(one):
                yield one


def _costly_accounts(desk: Desk, workspace: str) -> set[str | None]:
    platforms = costly_platforms(desk)
    if not platforms:
        return set()
    return {one.id for one in desk.store.accounts_of(workspace) if one.platform in platforms}


# --- does one thing more fit -----------------------------------------------------------------------------------------


@dataclass
class Purses:
    """The caps that plans are held to, each read once and kept while more is planned: for one post, or a whole import.

    instead_of: ids of variants whose present cost is to be replaced.
    """

    desk: Desk
    workspace: Workspace
    now: datetime
    instead_of: Collection[str] = ()
    _months: dict[str, Purse] = field(default_factory=dict, repr=False)
    _campaigns: dict[str, Purse] = field(default_factory=dict, repr=False)
    _coming: list[Variant] | None = field(default=None, repr=False)

    def refusal(self, cost: Cost, campaign: Campaign | None) -> str | None:
        """Why it may not be planned; None where it fits."""
        if not cost.micro_usd:
            return None
        if self.workspace.cap_micro_usd is not None:
            month = month_of(cost.at)
            of = "this month" if month == month_of(self.now) else f"for {month}"
            why = refusal(cost, self.of_month(cost.at), of)
            if why is not None:
                return why
        if campaign is not None and campaign.budget_micro_usd is not None:
            return refusal(cost, self.of_campaign(campaign), "for this campaign")
        return None

    def plan(self, cost: Cost, campaign: Campaign | None) -> None:
        """Count it as planned for whatever is asked about next."""
        month = month_of(cost.at)
        if month in self._months:
            self._months[month] = _more(self._months[month], cost)
        if campaign is not None and campaign.id in self._campaigns:
            self._campaigns[campaign.id] = _more(self._campaigns[campaign.id], cost)

    def of_month(self, at: datetime) -> Purse:
        """What is spent and planned of the workspace's cap in the month of an instant."""
        month = month_of(at)
        if month not in self._months:
            spent = ledgers.read(self.desk.store.table, ledgers.of_month(self.workspace.id, at)).spent
            coming = sum(to_pay(one) for one in self._planned() if month_of(paid_at(one, self.now)) == month)
            self._months[month] = Purse(spent, coming, self.workspace.cap_micro_usd)
        return self._months[month]

    def of_campaign(self, campaign: Campaign) -> Purse:
        """What is spent and planned of a campaign's budget."""
        if campaign.id not in self._campaigns:
            spent = ledgers.read(self.desk.store.table, ledgers.of_campaign(self.workspace.id, campaign.id)).spent
            coming = sum(to_pay(one) for one in self._planned() if one.campaign == campaign.id)
            self._campaigns[campaign.id] = Purse(spent, coming, campaign.budget_micro_usd)
        return self._campaigns[campaign.id]

    def _planned(self) -> list[Variant]:
        if self._coming is None:
            found = planned(self.desk, self.workspace.id, LATEST - HELD_PAST)
            self._coming = [one for one in found if one.id not in self.instead_of]
        return self._coming


def _more(purse: Purse, cost: Cost) -> Purse:
    return replace(purse, planned=purse.planned + cost.micro_usd)


def check(purses: Purses, campaign: Campaign | None, costs: Iterable[Cost]) -> None:
    """Refuse what would plan more than a cap leaves; what fits is counted. Raises InvalidField with the figures."""
    for cost in costs:
        why = purses.refusal(cost, campaign)
        if why is not None:
            leave = f"Leave {cost.without} out" if cost.without else "Say it where it is free"
            raise InvalidField(cost.pointer, why, fix=f"{leave}, choose another month, or have the cap raised.")
        purses.plan(cost, campaign)


def cost_of(desk: Desk, platform: str, body: Body, at: datetime, pointer: str = "") -> Cost:
    """What saying a body costs on a platform, all of its parts together. Asks nobody."""
    can = desk.platforms.capabilities(platform)
    found = (desk.platforms.price(platform, draft) for draft in priced_drafts(body, can))
    prices = [one for one in found if one is not None]
    dear = [one for one in prices if one.instead is not None]
    whole_price = sum(one.micro_usd for one in prices)
    instead = whole_price - sum(one.micro_usd - (one.instead or 0) for one in dear) if dear else None
    return Cost(whole_price, at, pointer, instead, dear[0].without if dear else "")


def check_edit(desk: Desk, variant: Variant, said: Body, at: datetime, now: datetime) -> None:
    """Refuse an edit that makes a variant dearer, or moves it to another month, where a cap leaves no room for that.

    Raises InvalidField.
    """
    cost = cost_of(desk, variant.platform, said, max(at, now), "/text")
    if not cost.micro_usd or (
        cost.micro_usd <= to_pay(variant) and month_of(cost.at) == month_of(paid_at(variant, now))
    ):
        return
    workspace = desk.workspace(variant.workspace)
    campaign = None if variant.campaign is None else desk.store.campaigns.get(workspace.id, variant.campaign)
    check(Purses(desk, workspace, now, instead_of={variant.id}), campaign, [cost])


# --- the forecast ----------------------------------------------------------------------------------------------------


def forecast(desk: Desk, workspace: Workspace, now: datetime) -> tuple[Month, ...]:
    """This month, and every later one in which something is planned: by day, by account, by campaign."""
    months: dict[str, list[tuple[datetime, Variant]]] = {month_of(now): []}
    for one in planned(desk, workspace.id, LATEST - HELD_PAST):
        at = paid_at(one, now)
        months.setdefault(month_of(at), []).append((at, one))
    return tuple(_month(desk, workspace, now, month, coming) for month, coming in sorted(months.items()))


def _month(
    desk: Desk, workspace: Workspace, now: datetime, month: str, coming: Sequence[tuple[datetime, Variant]]
) -> Month:
    begins = month_begins(coming[0][0] if coming else now)
    ledger = ledgers.read(desk.store.table, ledgers.of_month(workspace.id, begins))
    days, accounts, campaigns = Counter[str](), Counter[str](), Counter[str]()
    for at, one in coming:
        days[day_of(at)] += to_pay(one)
        accounts[one.account] += to_pay(one)
        if one.campaign is not None:
            campaigns[one.campaign] += to_pay(one)
    cap = workspace.cap_micro_usd
    return Month(
        month,
        Purse(ledger.spent, days.total(), cap),
        tuple(Day(day, ledger.by_day.get(day, 0), days[day]) for day in sorted({*ledger.by_day, *days})),
        tuple(
            Share(one, ledger.by_account.get(one, 0), accounts[one]) for one in sorted({*ledger.by_account, *accounts})
        ),
        tuple(
            Share(one, ledger.by_campaign.get(one, 0), campaigns[one])
            for one in sorted({*ledger.by_campaign, *campaigns})
        ),
        reached_on(ledger.spent, [(at, to_pay(one)) for at, one in coming], cap),
    )
