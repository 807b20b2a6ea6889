"""Sets of accounts that are spoken through together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account_set import AccountSet
from chalicelib.domain.errors import InvalidField
from chalicelib.services import library
from chalicelib.services.desk import Desk
from chalicelib.store import keys


def make(desk: Desk, caller: Caller, name: str, accounts: Sequence[str], now: datetime) -> AccountSet:
    """Put accounts together. Raises InvalidField for one that is not there, or comes twice."""
    _check(desk, caller, accounts)
    made = AccountSet(desk.new_id(), caller.workspace, name, tuple(accounts))
    return library.make(desk.store.account_sets, caller, made, now)


def edit(desk: Desk, caller: Caller, set_id: str, name: str, accounts: Sequence[str], now: datetime) -> AccountSet:
    """Put others together under it. What was scheduled through it stays. Raises NotFound, Conflict, InvalidField."""
    library.found(desk.store.account_sets, caller, set_id)
    _check(desk, caller, accounts)
    return library.edit(desk.store.account_sets, caller, set_id, now, name=name, accounts=tuple(accounts))


def retire(desk: Desk, caller: Caller, set_id: str, now: datetime) -> None:
    """Offer it no more. Raises NotFound."""
    library.retire(desk.store.account_sets, caller, set_id, now)


def _check(desk: Desk, caller: Caller, accounts: Sequence[str]) -> None:
    places = [keys.within(caller.workspace, "ACCOUNT", one) for one in accounts]
    known = {one.id for one in desk.store.accounts.get_many(places)}
    for place, account in enumerate(accounts):
        if account not in known:
            raise InvalidField(f"/accounts/{place}", "there is no such account", fix="Connect the account first.")
        if account in accounts[:place]:
            raise InvalidField(f"/accounts/{place}", "this account is in it already", fix="Name it once.")
