"""When an account's credential is tried next: at a time of day that its id chooses, or sooner.

It is kept apart from the account (`PROBE`), without history: nothing is decided by it. Who tries it is `probing`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zlib import crc32

from chalicelib.domain.account import Account
from chalicelib.ports import Change, Item, Put
from chalicelib.services.desk import Desk
from chalicelib.store import keys

NOUN = "probe"
DAY = timedelta(days=1)
UNPAID_EVERY = timedelta(hours=6)
"""How often an unpaid account is tried: a question that is refused for want of money costs none."""


def next_time(account: str, after: datetime) -> datetime:
    """The account's own moment of the day, as it comes next after an instant."""
    midnight = after.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(seconds=crc32(account.encode()) % int(DAY.total_seconds()))
    return moment if moment > after else moment + DAY


def planned(account: Account, now: datetime) -> Put:
    """The write that gives a new account its place among those that are tried daily."""
    key = keys.within(account.workspace, "PROBE", account.id)
    return Put({"pk": key.pk, "sk": key.sk, **due(account, next_time(account.id, now))})


def try_soon(desk: Desk, account: Account, at: datetime) -> None:
    """Have the account tried at `at`."""
    desk.store.table.update(keys.within(account.workspace, "PROBE", account.id), Change(set=due(account, at)))


def due(account: Account, at: datetime) -> Item:
    """Its place on the index of what is due."""
    return {"g": keys.due_shard(account.workspace, account.id), "gs": keys.due_sort(at, NOUN)}
