"""Probing: once a day each account's credential is tried, so that a lost sign-in is found before a post is due.

One question to the platform ("who is this?"), at a time of day that the account's id chooses. What comes next is kept apart
from the account (`PROBE`), without history: nothing is decided by it. A probe that meets a platform in trouble says nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import stamp, unstamp
from chalicelib.ports import Change, ConditionFailed, Equals
from chalicelib.services import accounts, bands
from chalicelib.services.desk import Desk
from chalicelib.services.probe_times import UNPAID_EVERY, due, next_time, planned
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from chalicelib.store.repository import Stale
from connectors import errors

_PROBED = frozenset({AccountState.ACTIVE, AccountState.THROTTLED, AccountState.PAUSED, AccountState.UNPAID})
WORKER = Actor.worker("probe")


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe came to. well: None where the platform did not say either way; why: in its own short words."""

    account: Account
    well: bool | None = None
    why: str | None = None


def plan(desk: Desk, account: Account, now: datetime) -> None:
    """The same for one that an earlier release connected. Safe to repeat."""
    if account.probed:
        return
    after = replace(account, probed=True)
    event = desk.store.accounts.moved(account, after, "plan_probe", now, WORKER, "its credential is tried daily")
    with suppress(ConditionFailed):
        desk.store.write([desk.store.accounts.changed(account, after, event), planned(account, now)])


def probed_at(desk: Desk, account: Account) -> datetime | None:
    """When the platform last said who is signed in, asked for that alone; None where it never was."""
    item = desk.store.table.get(keys.within(account.workspace, "PROBE", account.id))
    return None if item is None or "probed_at" not in item else unstamp(item["probed_at"])


def attend(desk: Desk, workspace: str, account_id: str, now: datetime) -> Probed | None:
    """Try an account whose moment has come; None where it has not, or another worker was faster. Safe to repeat."""
    account = desk.store.accounts.get(workspace, account_id)
    key = keys.within(workspace, "PROBE", account_id)
    item = desk.store.table.get(key)
    if item is None or "gs" not in item or keys.due_at(str(item["gs"])) > now:
        return None
    if account is None or account.state is AccountState.DISABLED:
        change = Change(remove=("g", "gs"))
    else:
        unpaid = account.state is AccountState.UNPAID
        change = Change(set=due(account, now + UNPAID_EVERY if unpaid else next_time(account_id, now)))
    try:
        desk.store.table.update(key, change, Equals("gs", item["gs"]))
    except ConditionFailed:
        return None
    return None if account is None or account.state not in _PROBED else probe(desk, account, now)


def probe(desk: Desk, account: Account, now: datetime) -> Probed:
    """Ask the platform who is signed in, and draw what follows: signed out, unpaid, paid again, or well.

    Raises NotFound where the account has no credential.
    """
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
        identity = connector.identify()
    except (errors.AuthExpired, errors.Unpaid) as error:
        accounts.refused(desk, account, error, now)
        return Probed(_anew(desk, account), well=False, why=str(error))
    except errors.ConnectorError as error:
        return Probed(account, why=str(error))
    if identity.id != account.native_id:
        why = "the credential is another account's"
        accounts.signed_out(desk, account, why, now)
        return Probed(_anew(desk, account), well=False, why=why)
    key = keys.within(account.workspace, "PROBE", account.id)
    desk.store.table.update(key, Change(set={"probed_at": stamp(now)}))
    if account.state in {AccountState.ACTIVE, AccountState.THROTTLED}:
        bands.listen(desk, account, now)
    if account.state is AccountState.UNPAID:
        accounts.paid(desk, account, WORKER, "the platform answers again", now)
    return Probed(_renamed(desk, _anew(desk, account), identity.handle, now), well=True)


def _renamed(desk: Desk, account: Account, handle: str, now: datetime) -> Account:
    """People see the handle that the account has now."""
    if account.handle == handle:
        return account
    after = replace(account, handle=handle)
    event = desk.store.accounts.moved(account, after, "rename", now, WORKER, "the platform tells another handle")
    try:
        return desk.store.accounts.save(account, after, event)
    except Stale as stale:
        return stale.current or account


def _anew(desk: Desk, account: Account) -> Account:
    found = desk.store.accounts.get(account.workspace, account.id)
    if found is None:
        raise NotFound
    return found
