"""Polling: accounts are read in slots; a slot's claim is one conditional write, and an empty poll writes nothing.

A reading's cursor is saved last, after everything it covers lies in the record. Reading the same again is harmless;
skipping is not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.account import ACCOUNT, Account, AccountState
from chalicelib.domain.polling import Reading, Slot
from chalicelib.services import accounts
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import ingest
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from chalicelib.store.repository import whole
from connectors import errors

MOST_PAGES = 10
"""Pages read of one account in one go; what is left waits behind the cursor for the next run."""

_READABLE = frozenset({AccountState.ACTIVE, AccountState.THROTTLED})


@dataclass(frozen=True, slots=True)
class Polled:
    """What reading one account came to. failure: why it could not be read, in the platform's short words."""

    account: str
    new: int = 0
    skipped: int = 0
    failure: str | None = None


def due_slots(desk: Desk, now: datetime) -> list[Slot]:
    """The slots whose turn it is; each has to be claimed by `Store.claim_slot` before it is read."""
    return [
        slot for slot in desk.store.slots(tuple(desk.policy.hosts)) if slot.ran_at <= now - _every(desk, slot.platform)
    ]


def _every(desk: Desk, platform: str) -> timedelta:
    return desk.policy.poll_every or desk.platforms.capabilities(platform).poll_every


def poll_slot(desk: Desk, name: str, now: datetime, *, at_once: int = 1) -> list[Polled]:
    """Read every account of a slot. One account's failure leaves the others' reading alone.

    at_once: how many are read side by side; reading is mostly waiting for platforms.
    """
    shelf = keys.slot_shelf(name)
    accounts_of_slot = whole(lambda after: desk.store.accounts.listed(shelf, limit=100, after=after))
    readable = [account for account in accounts_of_slot if account.state in _READABLE]
    if at_once == 1 or len(readable) < 2:
        return [poll_account(desk, account, now) for account in readable]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(at_once, len(readable))) as pool:
        return list(pool.map(lambda account: poll_account(desk, account, now), readable))


def poll_account(desk: Desk, account: Account, now: datetime) -> Polled:
    """Read what is new for one account into the record. Unknown errors of a connector are not caught."""
    if account.state is AccountState.THROTTLED and account.throttled_until and now < account.throttled_until:
        return Polled(account.id)
    reading = desk.store.reading(account.workspace, account.id)
    if reading.not_before is not None and now < reading.not_before:
        return Polled(account.id)
    connector = connector_for(desk, account)
    new = skipped = 0
    cursor = reading.cursor
    try:
        connector.sign_in()
        for _ in range(MOST_PAGES):
            page = connector.fetch_interactions(cursor)
            new += len(ingest(desk, account, page.items, now))
            skipped += page.skipped
            cursor = page.cursor if page.cursor is not None else cursor
            if page.caught_up:
                break
    except errors.AuthExpired as error:
        accounts.signed_out(desk, account, error.detail, now)
        return _failed(desk, account, reading, cursor, error, now)
    except errors.ConnectorError as error:
        return _failed(desk, account, reading, cursor, error, now)
    if cursor != reading.cursor or reading.failing_since is not None:
        desk.store.save_reading(account.workspace, account.id, Reading(cursor=cursor, read_at=now))
    if account.state is AccountState.THROTTLED:
        accounts.recovered(desk, account, now)
    return Polled(account.id, new, skipped)


def _failed(
    desk: Desk, account: Account, reading: Reading, cursor: str | None, error: errors.ConnectorError, now: datetime
) -> Polled:
    wait = error.retry_after if isinstance(error, errors.Retryable) else None
    desk.store.save_reading(
        account.workspace,
        account.id,
        replace(
            reading,
            cursor=cursor,
            failing_since=reading.failing_since or now,
            failure=str(error),
            not_before=None if wait is None else now + timedelta(seconds=wait),
        ),
    )
    return Polled(account.id, failure=str(error))


def silent_since(desk: Desk, account: Account, now: datetime) -> datetime | None:
    """Since when an account has not been read with success; None while all is well. Silence is said, never "no mentions"."""
    reading = desk.store.reading(account.workspace, account.id)
    if reading.failing_since is not None:
        return reading.failing_since
    if not ACCOUNT.allows(account.state, "signed_out"):
        return reading.read_at or account.created_at
    name = keys.slot_of(account.platform, account.id)
    run = next((slot.ran_at for slot in desk.store.slots((account.platform,)) if slot.name == name), None)
    if run is None:
        return account.created_at
    return run if now - run > 3 * _every(desk, account.platform) + timedelta(minutes=1) else None
