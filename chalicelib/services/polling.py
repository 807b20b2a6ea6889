"""Polling: accounts are read in slots; a slot's claim is one conditional write, and an empty poll writes nothing.

A reading's cursor is saved last, after everything it covers lies in the record. Reading the same again is harmless;
skipping is not. What a slot's accounts are like is read for many at once and may lag: an old cursor reads the same again,
and what is old signs nobody out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.account import ACCOUNT, Account, AccountState
from chalicelib.domain.polling import Reading, Slot
from chalicelib.ports import Index, Key
from chalicelib.services import accounts, probing
from chalicelib.services.desk import Desk
from chalicelib.services.hearing import hear
from chalicelib.services.listening import asked
from chalicelib.services.signing_in import Secrets, connector_for, secrets_of
from chalicelib.store import keys
from chalicelib.store.codec import decode
from connectors import errors

MOST_PAGES = 10
"""Pages read of one account in one go; what is left waits behind the cursor for the next run."""

TOGETHER = 100
"""Accounts of a slot whose record is read at once."""

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
    polled: list[Polled] = []
    after: str | None = None
    while True:
        page = desk.store.table.query_index(Index.SHELF, keys.slot_shelf(name), limit=TOGETHER, after=after)
        found = _found(desk, [row.key for row in page.rows], may_lag=True)
        polled += _side_by_side(desk, [one for one in found if one.account.state in _READABLE], now, at_once)
        after = page.after
        if after is None:
            return polled


def poll_account(desk: Desk, account: Account, now: datetime) -> Polled:
    """Read what is new for one account into the record. Unknown errors of a connector are not caught."""
    reading = desk.store.reading(account.workspace, account.id)
    return _poll(desk, _Known(account, reading, secrets_of(desk, account), may_lag=False), now)


@dataclass(frozen=True, slots=True)
class _Known:
    """An account as it lies in the record, how far it was read, and what signs it in. may_lag: it may be a little old."""

    account: Account
    reading: Reading
    secrets: Secrets
    may_lag: bool


def _found(desk: Desk, places: Sequence[Key], *, may_lag: bool) -> list[_Known]:
    """What is known of the accounts under these keys, read together; those that are gone are left out."""
    wanted: list[Key] = []
    for place in places:
        workspace, account = keys.workspace_of(place), keys.id_of(place)
        wanted += [place, *(keys.within(workspace, kind, account) for kind in ("READING", "CREDENTIAL", "SESSION"))]
    items = iter(desk.store.table.get_many(wanted, may_lag=may_lag))
    return [
        _Known(
            decode(Account, account),
            decode(Reading, reading or {}),
            Secrets(*(None if one is None else str(one["sealed"]) for one in (credential, session))),
            may_lag,
        )
        for account, reading, credential, session in zip(items, items, items, items, strict=True)
        if account is not None
    ]


def _side_by_side(desk: Desk, found: Sequence[_Known], now: datetime, at_once: int) -> list[Polled]:
    if at_once == 1 or len(found) < 2:
        return [_poll(desk, one, now) for one in found]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(at_once, len(found))) as pool:
        return list(pool.map(lambda one: _poll(desk, one, now), found))


def _anew(desk: Desk, known: _Known) -> _Known | None:
    """The same as it lies there in truth; None where it may not be read any more."""
    found = _found(desk, [keys.within(known.account.workspace, "ACCOUNT", known.account.id)], may_lag=False)
    return next((one for one in found if one.account.state in _READABLE), None)


def _poll(desk: Desk, known: _Known, now: datetime) -> Polled:
    account, reading = known.account, known.reading
    if account.state is AccountState.THROTTLED and account.throttled_until and now < account.throttled_until:
        return Polled(account.id)
    if reading.not_before is not None and now < reading.not_before:
        return Polled(account.id)
    if known.may_lag and known.secrets.credential is None:
        # It was connected a moment ago: the account shows, and what came with it does not yet.
        found = _anew(desk, known)
        return Polled(account.id) if found is None else _poll(desk, found, now)
    connector = connector_for(desk, account, known.secrets)
    new = skipped = 0
    cursor = reading.cursor
    try:
        connector.sign_in()
        for _ in range(MOST_PAGES):
            page = connector.fetch_interactions(cursor, asked(account))
            new += hear(desk, account, page.items, now)
            skipped += page.skipped
            cursor = page.cursor if page.cursor is not None else cursor
            if page.caught_up:
                break
    except errors.AuthExpired as error:
        # An old credential says nothing about the present one: a person may have signed in anew a moment ago.
        found = _anew(desk, known) if known.may_lag else known
        if found is None:
            return Polled(account.id, new, skipped)
        if found.secrets.credential != known.secrets.credential:
            return _poll(desk, found, now)
        accounts.signed_out(desk, found.account, error.detail, now, error.cause)
        return _failed(desk, account, reading, cursor, error, now)
    except errors.Unpaid as error:
        accounts.unpaid(desk, account, str(error), now)
        return _failed(desk, account, reading, cursor, error, now)
    except errors.ConnectorError as error:
        return _failed(desk, account, reading, cursor, error, now)
    if cursor != reading.cursor or reading.failing_since is not None:
        desk.store.save_reading(account.workspace, account.id, Reading(cursor=cursor, read_at=now))
    if account.state is AccountState.THROTTLED:
        accounts.recovered(desk, account, now)
    if not account.probed:
        probing.plan(desk, account, now)
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
