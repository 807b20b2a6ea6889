"""Accounts: connecting one, and what the platform's answers do to its state."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account import ACCOUNT, Account, AccountState, HouseRules
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, RemoteRefused, RemoteUnavailable
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import terms
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.contract import Identity, SignIn, Turn


def connect(
    desk: Desk, caller: Caller, platform: str, credential: Mapping[str, str], base_url: str | None, now: datetime
) -> Account:
    """Connect an account, or give a signed-out one a new credential. Asks the platform who is signed in.

    What was held while it was signed out is back on its schedule.

    Raises InvalidField (unknown platform, address not allowed, credential incomplete), RemoteRefused, RemoteUnavailable,
    Conflict.
    """
    from chalicelib.services import holding

    address = _allowed(desk, platform, base_url)
    problem = desk.platforms.credential_problem(platform, credential)
    if problem is not None:
        raise InvalidField("/credential", problem, fix="See the platform's README under connectors/ for the names.")
    session: list[str] = []
    identity, rules = _identify(desk, platform, SignIn(address, dict(credential), sessions=_Remembered(session)))
    account_id = derived_id("account", caller.workspace, platform, address, identity.id)
    actor = Actor.member(caller.member)
    sealed = desk.vault.seal(
        json.dumps(dict(credential)).encode(), seal_context(caller.workspace, "credential", account_id)
    )
    writes = [desk.store.sealed_put(caller.workspace, "CREDENTIAL", account_id, sealed)]
    if session:
        sealed = desk.vault.seal(session[-1].encode(), seal_context(caller.workspace, "session", account_id))
        writes.append(desk.store.sealed_put(caller.workspace, "SESSION", account_id, sealed))

    known = desk.store.accounts.get(caller.workspace, account_id)
    if known is None:
        account = Account(
            id=account_id,
            workspace=caller.workspace,
            platform=platform,
            base_url=address,
            native_id=identity.id,
            handle=identity.handle,
            state=AccountState.ACTIVE,
            created_at=now,
            house_rules=rules,
        )
        event = AuditEvent(
            caller.workspace, f"account:{account_id}", "connect", now, actor, "connected by a member", None, "active"
        )
        desk.store.open_slot(keys.slot_of(platform, account_id), now)
        _write(desk, [desk.store.accounts.created(account, event), *writes])
        return replace(account, rev=1, events=(event,))
    if not ACCOUNT.allows(known.state, "reconnect"):
        if known.state in {AccountState.ACTIVE, AccountState.THROTTLED}:
            desk.store.write(writes)
            holding.release_account(desk, known, actor, now)
            return known
        raise Conflict(f"the account is {known.state.value}")
    after = replace(known, state=ACCOUNT.move(known.state, "reconnect"), handle=identity.handle, releasing_since=now)
    after = replace(after, house_rules=rules)
    event = desk.store.accounts.moved(known, after, "reconnect", now, actor, "signed in again by a member")
    _write(desk, [desk.store.accounts.changed(known, after, event), *writes])
    holding.release_account(desk, after, actor, now)
    return desk.store.accounts.advanced(known, after, event)


def _write(desk: Desk, writes: Sequence[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("the account was changed at the same moment") from failed


def signed_out(desk: Desk, account: Account, why: str, now: datetime) -> None:
    """The platform no longer takes the credential: nothing is asked of it until a person signs in again."""
    _move(desk, account, "signed_out", why, now)


def throttled(desk: Desk, account: Account, until: datetime, now: datetime) -> None:
    """The platform asked to slow down: the account waits, not only the post."""
    _move(desk, account, "throttle", "the platform asked to slow down", now, until)


def recovered(desk: Desk, account: Account, now: datetime) -> None:
    """The platform answers again as usual."""
    _move(desk, account, "recover", "the platform answers again", now)


def _move(
    desk: Desk, account: Account, act: str, why: str, now: datetime, throttled_until: datetime | None = None
) -> None:
    current: Account | None = account
    while current is not None and ACCOUNT.allows(current.state, act):
        after = replace(current, state=ACCOUNT.move(current.state, act), throttled_until=throttled_until)
        try:
            event = desk.store.accounts.moved(current, after, act, now, Actor.worker("connector"), why)
            desk.store.accounts.save(current, after, event)
        except Stale as stale:
            current = stale.current
        else:
            return


class _Remembered:
    """Keeps the session that signing in opened until the account has an id to seal it to."""

    def __init__(self, kept: list[str]) -> None:
        self._kept = kept

    def load(self) -> str | None:
        return self._kept[-1] if self._kept else None

    def save(self, session: str) -> None:
        self._kept.append(session)

    def take_turn(self) -> Turn:
        return Turn.OURS

    def in_turn(self) -> bool:
        return True

    def end_turn(self, *, lost: bool = False) -> None:
        pass


def _identify(desk: Desk, platform: str, sign_in: SignIn) -> tuple[Identity, HouseRules | None]:
    """Who is signed in, and what their place allows."""
    connector = desk.platforms.connect(platform, sign_in)
    try:
        connector.sign_in()
        return connector.identify(), terms.house_rules(connector.terms())
    except errors.Retryable as error:
        raise RemoteUnavailable(str(error)) from error
    except errors.ConnectorError as error:
        raise RemoteRefused(str(error)) from error


def _allowed(desk: Desk, platform: str, base_url: str | None) -> str:
    hosts = desk.policy.hosts.get(platform)
    if hosts is None:
        known = ", ".join(sorted(desk.policy.hosts))
        raise InvalidField("/platform", f"unknown platform; known are {known}", fix="Name one of the known platforms.")
    if base_url is None:
        if not hosts:
            raise InvalidField("/base_url", "this platform needs the address of its instance", fix="Give `base_url`.")
        return hosts[0]
    with suppress(ValueError):
        return hosts[hosts.index(base_url.rstrip("/"))]
    raise InvalidField(
        "/base_url",
        "this address is not on the installation's list",
        fix=f"Ask the operator to add it to PARLEY_HOSTS_{platform.upper()}.",
    )
