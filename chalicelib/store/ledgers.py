"""Ledgers: what was spent of a cap, counted where the claim that pays is written. No nouns: nothing here is decided.

A ledger is one item for each month of a workspace (`SPEND#2026-11`) and one for each campaign (`SPEND#<campaign>`):
the sum, the same by day, account and campaign, and whether somebody was told that it is nearly used up. While it has
to be looked at it lies on DUE as `spend`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.domain.money import day_of, month_of
from chalicelib.domain.timing import stamp
from chalicelib.ports import (
    AtMost,
    Change,
    Condition,
    ConditionFailed,
    Equals,
    Item,
    Key,
    Missing,
    Table,
    Update,
    any_of,
)
from chalicelib.store import keys

NOUN = "spend"

_ACCOUNT, _CAMPAIGN, _DAY = "account_", "campaign_", "day_"


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one ledger says. stopped_at: when it was found nearly used up and a brake was put on; told_at: when mailed."""

    spent: int = 0
    by_day: Mapping[str, int] = field(default_factory=dict)
    by_account: Mapping[str, int] = field(default_factory=dict)
    by_campaign: Mapping[str, int] = field(default_factory=dict)
    stopped_at: str | None = None
    told_at: str | None = None


def of_month(ws: str, at: datetime) -> Key:
    """The ledger of the month in which an instant lies."""
    return keys.within(ws, "SPEND", month_of(at))


def of_campaign(ws: str, campaign: str) -> Key:
    """The ledger of a campaign's whole life."""
    return keys.within(ws, "SPEND", campaign)


def read(table: Table, key: Key) -> Ledger:
    """What a ledger says; an empty one where nothing was ever taken."""
    return ledger(table.get(key))


def ledger(item: Item | None) -> Ledger:
    """What such an item says."""
    if item is None:
        return Ledger()
    return Ledger(
        int(item.get("spent", 0)),
        _amounts(item, _DAY),
        _amounts(item, _ACCOUNT),
        _amounts(item, _CAMPAIGN),
        item.get("stopped_at"),
        item.get("told_at"),
    )


def _amounts(item: Item, prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): int(value) for name, value in item.items() if name.startswith(prefix) and value}


def taken(
    key: Key, micro_usd: int, cap: int | None, now: datetime, account: str | None, campaign: str | None
) -> Update:
    """The write that takes an amount, unless the cap would be passed. Where there is a cap the next tick looks at it."""
    watched = {} if cap is None else _due(key, now)
    return Update(key, Change(set=watched, add=_shares(micro_usd, now, account, campaign)), _fits(micro_usd, cap))


def _due(key: Key, at: datetime) -> Item:
    return {"g": keys.due_shard(keys.workspace_of(key), keys.id_of(key)), "gs": keys.due_sort(at, NOUN)}


def _fits(micro_usd: int, cap: int | None) -> Condition | None:
    if cap is None:
        return None
    below = AtMost("spent", cap - micro_usd)
    # What costs more than the whole cap does not fit an empty ledger either.
    return any_of(Missing("spent"), below) if micro_usd <= cap else below


def _shares(micro_usd: int, at: datetime, account: str | None, campaign: str | None) -> dict[str, int]:
    return {
        "spent": micro_usd,
        f"{_DAY}{day_of(at)}": micro_usd,
        **({f"{_ACCOUNT}{account}": micro_usd} if account is not None else {}),
        **({f"{_CAMPAIGN}{campaign}": micro_usd} if campaign is not None else {}),
    }


def given_back(
    table: Table, key: Key, micro_usd: int, taken_at: datetime, account: str | None, campaign: str | None
) -> bool:
    """Take an amount out again. False where that much was not taken, or others wrote at once: nothing was changed."""
    spent = read(table, key).spent
    if spent < micro_usd:
        return False
    back = {name: -amount for name, amount in _shares(micro_usd, taken_at, account, campaign).items()}
    try:
        table.update(key, Change(add=back), Equals("spent", spent))
    except ConditionFailed:
        return False
    return True


def look_soon(table: Table, key: Key, at: datetime) -> None:
    """Have the tick look at a ledger at `at`, or as soon after it as it comes."""
    table.update(key, Change(set=_due(key, at)))


def looked_at(table: Table, key: Key, seen: int) -> None:
    """Note that a ledger was looked at when it said `seen`; where something was taken since, it stays due."""
    same = Equals("spent", seen)
    with suppress(ConditionFailed):
        table.update(key, Change(remove=("g", "gs")), same if seen else any_of(Missing("spent"), same))


def mark(table: Table, key: Key, name: str, at: datetime) -> bool:
    """Note once that something was done about a ledger (`stopped_at`, `told_at`); False where it was noted before."""
    try:
        table.update(key, Change(set={name: stamp(at)}), Missing(name))
    except ConditionFailed:
        return False
    return True


def unmark(table: Table, key: Key, *names: str) -> None:
    """What was noted did not come about after all, or is to be done again."""
    table.update(key, Change(remove=names))
