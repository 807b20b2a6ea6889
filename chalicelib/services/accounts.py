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
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteRefused, RemoteUnavailable
from chalicelib.domain.incident import Cause
from chalicelib.domain.rationale import Actor
from chalicelib.domain.sending import Outcome, SignedOut, Unpaid
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import incidents, probe_times, terms
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.signing_in import credential_in, seal_context, secrets_of
from chalicelib.store import keys
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.contract import Identity, SignIn, Turn


def connect(
    desk: Desk,
    caller: Caller,
    platform: str,
    credential: Mapping[str, str],
    base_url: str | None,
    now: datetime,
    *,
    only: str | None = None,
) -> Account:
    """Connect an account, or give a signed-out one a new credential. Asks the platform who is signed in.

    What was held while it was signed out is back on its schedule. only: the id of the account that it has to be.

    Raises InvalidField (unknown platform, address not allowed, credential incomplete), RemoteRefused, RemoteUnavailable,
    Conflict.
    """
    address = allowed(desk, platform, base_url)
    problem = desk.platforms.credential_problem(platform, credential)
    if problem is not None:
        raise InvalidField("/credential", problem, fix="See the platform's README under connectors/ for the names.")
    session: list[str] = []
    identity, rules = _identify(desk, platform, SignIn(address, dict(credential), sessions=_Remembered(session)))
    account_id = derived_id("account", caller.workspace, platform, address, identity.id)
    if only not in {None, account_id}:
        fix = "Sign out of the platform in your browser, and sign in there as the account that is meant."
        raise Conflict(f"{identity.handle} is signed in there, which is another account than the one meant", fix=fix)
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
            probed=True,
        )
        event = AuditEvent(
            caller.workspace, f"account:{account_id}", "connect", now, actor, "connected by a member", None, "active"
        )
        desk.store.open_slot(keys.slot_of(platform, account_id), now)
        _write(desk, [desk.store.accounts.created(account, event), *writes, probe_times.planned(account, now)])
        return replace(account, rev=1, events=(event,))
    return _again(desk, replace(known, house_rules=rules), known, identity, writes, actor, now)


def _again(
    desk: Desk,
    ruled: Account,
    known: Account,
    identity: Identity,
    writes: Sequence[Write],
    actor: Actor,
    now: datetime,
) -> Account:
    """A known account with its new credential, back at work. Raises Conflict where a person had put it out of work."""
    from chalicelib.services import holding

    if known.state in {AccountState.ACTIVE, AccountState.THROTTLED}:
        desk.store.write(writes)
        holding.release_account(desk, known, actor, now)
        return known
    if known.state is AccountState.UNPAID:
        desk.store.write(writes)
        paid(desk, known, actor, "a member signed in again, and the platform answered", now)
        return desk.store.accounts.get(known.workspace, known.id) or known
    if not ACCOUNT.allows(known.state, "reconnect"):
        raise Conflict(f"the account is {known.state.value}")
    after = replace(ruled, state=ACCOUNT.move(known.state, "reconnect"), handle=identity.handle, releasing_since=now)
    after = replace(after, incident=None, probed=True)
    event = desk.store.accounts.moved(known, after, "reconnect", now, actor, "signed in again by a member")
    closes = incidents.closing(desk, known, actor, "the account is signed in again", now)
    place = [] if known.probed else [probe_times.planned(known, now)]
    _write(desk, [desk.store.accounts.changed(known, after, event), *writes, *closes, *place])
    holding.release_account(desk, after, actor, now)
    return desk.store.accounts.advanced(known, after, event)


def _write(desk: Desk, writes: Sequence[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("the account was changed at the same moment") from failed


def signed_out(
    desk: Desk, account: Account, why: str, now: datetime, cause: errors.Cause = errors.Cause.UNKNOWN
) -> None:
    """The platform no longer takes the credential: nothing is asked of it until a person signs in again.

    Opens the incident of which owners and managers are told.
    """
    _shut_out(desk, account, "signed_out", Cause(cause.value), why, now)


def unpaid(desk: Desk, account: Account, why: str, now: datetime) -> None:
    """Our app's money on the platform is spent: every account of the workspace that speaks through that app falls silent.

    One incident for all of them. It ends with a person's word (`paid`), or a probe that goes well.
    """
    shut = _shut_out(desk, account, "unpaid", Cause.UNPAID, why, now)
    if shut is None:
        return
    probe_times.try_soon(desk, shut, now + probe_times.UNPAID_EVERY)
    client = _client(desk, account)
    for one in desk.store.accounts_of(account.workspace):
        same = one.platform == account.platform and one.id != account.id and client is not None
        if same and ACCOUNT.allows(one.state, "unpaid") and _client(desk, one) == client:
            _move(desk, one, "unpaid", why, now, incident=shut.incident)


def paid(desk: Desk, account: Account, actor: Actor, why: str, now: datetime) -> None:
    """Our app's money is there again: all that waited for it go on. Safe to repeat. Raises Conflict where it was not spent."""
    from chalicelib.services import holding

    incident = incidents.of(desk, account)
    if account.state is not AccountState.UNPAID or incident is None:
        raise Conflict("the account does not wait for money")
    for one in incidents.shut_out(desk, incident):
        if not ACCOUNT.allows(one.state, "paid"):
            continue
        after = replace(one, state=ACCOUNT.move(one.state, "paid"), incident=None, releasing_since=now)
        event = desk.store.accounts.moved(one, after, "paid", now, actor, why)
        closes = incidents.closing(desk, one, actor, why, now)
        _write(desk, [desk.store.accounts.changed(one, after, event), *closes])
        holding.release_account(desk, after, actor, now, "the app's money is there again")


def _client(desk: Desk, account: Account) -> str | None:
    try:
        return desk.platforms.client_id(account.platform, credential_in(desk, account, secrets_of(desk, account)))
    except NotFound:
        return None


def _shut_out(desk: Desk, account: Account, act: str, cause: Cause, why: str, now: datetime) -> Account | None:
    """The account with its incident, both in one write; None where another was faster, or it is out already."""
    current: Account | None = account
    while current is not None and ACCOUNT.allows(current.state, act):
        incident, put = incidents.opening(desk, current, cause, why, now)
        after = replace(current, state=ACCOUNT.move(current.state, act), throttled_until=None, incident=incident.id)
        event = desk.store.accounts.moved(current, after, act, now, Actor.worker("connector"), why)
        try:
            desk.store.write([desk.store.accounts.changed(current, after, event), put])
        except ConditionFailed:
            current = desk.store.accounts.get(account.workspace, account.id)
        else:
            return desk.store.accounts.advanced(current, after, event)
    return None


def refused(desk: Desk, account: Account, error: errors.ConnectorError, now: datetime) -> None:
    """What a platform's refusal means for the account, whatever it was asked for: signed out, unpaid, or nothing."""
    match error:
        case errors.AuthExpired():
            signed_out(desk, account, error.detail, now, error.cause)
        case errors.Unpaid():
            unpaid(desk, account, str(error), now)


def follow(desk: Desk, account: Account, outcome: Outcome, now: datetime) -> None:
    """What the outcome of a call means for the account, whatever becomes of what was to be said."""
    match outcome:
        case SignedOut(why, cause):
            signed_out(desk, account, why, now, errors.Cause(cause))
        case Unpaid(why):
            unpaid(desk, account, why, now)
        case _:
            return


def throttled(desk: Desk, account: Account, until: datetime, now: datetime) -> None:
    """The platform asked to slow down: the account waits, not only the post."""
    _move(desk, account, "throttle", "the platform asked to slow down", now, until)


def recovered(desk: Desk, account: Account, now: datetime) -> None:
    """The platform answers again as usual."""
    _move(desk, account, "recover", "the platform answers again", now)


def _move(
    desk: Desk,
    account: Account,
    act: str,
    why: str,
    now: datetime,
    throttled_until: datetime | None = None,
    incident: str | None = None,
) -> None:
    current: Account | None = account
    while current is not None and ACCOUNT.allows(current.state, act):
        after = replace(current, state=ACCOUNT.move(current.state, act), throttled_until=throttled_until)
        after = replace(after, incident=incident)
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


def allowed(desk: Desk, platform: str, base_url: str | None) -> str:
    """The address at which accounts are reached, if it is on the installation's list. Raises InvalidField."""
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
