"""What reading costs where a platform asks money for it (X): counted with the reading, put into the workspace's ledger in lots.

An empty poll costs nothing there: what is paid for is each message. Reading is paid before anybody is asked, so the ledger
takes it whatever the cap says; once the cap is reached nothing that costs is read before the month is over, or the cap is
raised.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.domain.account import Account
from chalicelib.domain.money import month_after
from chalicelib.domain.polling import Reading
from chalicelib.services.desk import Desk
from chalicelib.store import ledgers

LOT: Final = 50_000
"""Millionths of a dollar that are owed to the ledger at most: five cents, for which one more write is worth it."""

CAPPED: Final = "nothing is read that costs: this month's cap is reached"


def owe(desk: Desk, account: Account, reading: Reading, new: int, now: datetime) -> Reading:
    """The reading with what so many new messages cost; in the ledger, once it is worth a write."""
    price = desk.platforms.capabilities(account.platform).micro_usd_per_read
    owed = reading.owed + price * new
    if not owed or owed < LOT:
        return replace(reading, owed=owed)
    workspace = desk.workspace(account.workspace)
    key = ledgers.of_month(workspace.id, now)
    write = ledgers.taken(key, owed, None, now, account.id, None)
    item = desk.store.table.update(write.key, write.change)
    cap = workspace.cap_micro_usd
    if cap is not None:
        ledgers.look_soon(desk.store.table, key, now)
    reached = cap is not None and ledgers.ledger(item).spent >= cap
    return replace(reading, owed=0, capped_until=month_after(now) if reached else None)


def capped(desk: Desk, account: Account, reading: Reading, now: datetime) -> bool:
    """Whether nothing that costs may be read for the account now. Asks the ledger only where its cap was reached."""
    if reading.capped_until is None or now >= reading.capped_until:
        return False
    cap = desk.workspace(account.workspace).cap_micro_usd
    return cap is not None and ledgers.read(desk.store.table, ledgers.of_month(account.workspace, now)).spent >= cap
