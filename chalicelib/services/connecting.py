"""Connecting: a person signs an account in on the platform's own page, or with a password that it made for apps.

Two halves with a person between them. The first gives the address and a state; the second takes the state and the code that
came back. A state is good once, for ten minutes, for the member who began. The verifier lies sealed until then. The code is
exchanged under a claim that is written first: whatever becomes of the worker, it is never exchanged again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account import ACCOUNT, Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, ParleyError, RemoteRefused, RemoteUnavailable
from chalicelib.domain.handshake import HANDSHAKE, LASTS, Handshake, HandshakeState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import INSTALLATION
from chalicelib.ports import ConditionFailed, Delete
from chalicelib.services import accounts, incidents
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.signing_in import credential_in, renewing, seal_context, secrets_of
from chalicelib.store import keys
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.signing import App, Way

_SECRET = "HANDSHAKESECRET"  # noqa: S105 - the name of a place
_APP = "APP"
WORKER = Actor.worker("connect")
BEGIN_AGAIN = "Begin the sign-in again."


@dataclass(frozen=True, slots=True)
class WayIn:
    """How accounts of a platform are signed in here. lacks: settings without which they are not; hosts: where they may live."""

    platform: str
    way: Way
    hosts: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Begun:
    """A handshake, and what its person needs: the state; the platform's address, or None where they type a password."""

    handshake: Handshake
    way: Way
    state: str = field(repr=False)
    url: str | None = field(default=None, repr=False)


def ways(desk: Desk) -> list[WayIn]:
    """Every platform's way in."""
    return [
        WayIn(platform, desk.platforms.way(platform), hosts, _lacking(desk, platform))
        for platform, hosts in sorted(desk.policy.hosts.items())
    ]


def begin(
    desk: Desk, caller: Caller, platform: str, base_url: str | None, now: datetime, only: str | None = None
) -> Begun:
    """The first half. only: the id of a known account that is to be signed in again, and no other.

    Raises InvalidField (unknown platform or account, address not allowed, no app), RemoteRefused, RemoteUnavailable.
    """
    known = None if only is None else desk.store.accounts.get(caller.workspace, only)
    if only is not None and (known is None or known.platform != platform):
        raise InvalidField("/account", "there is no such account of this platform", fix="Name one, or leave it out.")
    address = accounts.allowed(desk, platform, base_url or (known.base_url if known else None))
    lacking = _lacking(desk, platform)
    if lacking:
        fix = f"Ask the operator to set {', '.join(lacking)}."
        raise InvalidField("/platform", f"this installation has no app on {platform} yet", fix=fix)
    way = desk.platforms.way(platform)
    state = f"{desk.new_id()}.{urlsafe_b64encode(desk.entropy.token(24)).decode()}"
    url, secret = None, dict[str, str]()
    if way is Way.BROWSER:
        app = _app(desk, platform, address)
        try:
            begun = desk.platforms.begin(platform, app, address, state)
        except errors.Retryable as error:
            raise RemoteUnavailable(str(error)) from error
        except errors.ConnectorError as error:
            raise RemoteRefused(str(error)) from error
        url, secret = begun.url, dict(begun.secret)
        _keep_app(desk, platform, address, app, secret)
    handshake = Handshake(
        id=state.partition(".")[0],
        workspace=caller.workspace,
        member=caller.member,
        platform=platform,
        base_url=address,
        redirect=desk.policy.redirect,
        state=HandshakeState.OPEN,
        state_hash=_hash(state),
        begun_at=now,
        expires_at=now + LASTS,
        only=only,
    )
    actor = Actor.member(caller.member)
    event = AuditEvent(caller.workspace, f"handshake:{handshake.id}", "begin", now, actor, platform, None, "open")
    sealed = desk.vault.seal(json.dumps(secret).encode(), _context(handshake))
    desk.store.write(
        [
            desk.store.handshakes.created(handshake, event),
            desk.store.sealed_put(caller.workspace, _SECRET, handshake.id, sealed),
        ]
    )
    return Begun(handshake, way, state, url)


def finish(
    desk: Desk, caller: Caller, handshake_id: str, state: str, code: str, now: datetime, identifier: str | None = None
) -> Account:
    """The second half: the account, signed in. code: the code, or the password; identifier: whose password it is.

    Raises NotFound (no such handshake of this member), InvalidField (another state), Conflict (used, too late, another
    account than was meant), RemoteRefused, RemoteUnavailable.
    """
    handshake = desk.store.handshakes.get(caller.workspace, handshake_id)
    if handshake is None or handshake.member != caller.member:
        raise NotFound
    if not hmac.compare_digest(_hash(state), handshake.state_hash):
        raise InvalidField("/state", "this is not what the sign-in was begun with", fix=BEGIN_AGAIN)
    if handshake.state is HandshakeState.OPEN and now >= handshake.expires_at:
        raise Conflict("the sign-in took too long", fix=BEGIN_AGAIN)
    browser = desk.platforms.way(handshake.platform) is Way.BROWSER
    if not browser and not (identifier or "").strip():
        raise InvalidField("/identifier", "a password needs to say whose it is", fix="Give the handle or the address.")
    secret = _claimed(desk, handshake, caller, now)
    if not browser:
        secret["identifier"] = identifier or ""
    used = _read(desk, handshake)
    try:
        credential = _exchanged(desk, used, secret, code)
        account = accounts.connect(desk, caller, used.platform, credential, used.base_url, now, only=used.only)
    except ParleyError as error:
        _end(desk, used, "fail", error.detail, now)
        raise
    _end(desk, used, "done", "the account is signed in", now, account.id)
    return account


def expire(desk: Desk, workspace: str, handshake_id: str, now: datetime) -> None:
    """Nobody came back: what was sealed for the exchange goes. Called by the tick; safe to repeat."""
    known = desk.store.handshakes.get(workspace, handshake_id)
    if known is None or not HANDSHAKE.allows(known.state, "expire") or now < known.expires_at:
        return
    after = replace(known, state=HANDSHAKE.move(known.state, "expire"))
    event = desk.store.handshakes.moved(known, after, "expire", now, WORKER, "nobody came back in time")
    try:
        desk.store.write([desk.store.handshakes.changed(known, after, event), _forgetting(known)])
    except ConditionFailed:
        return


def _claimed(desk: Desk, handshake: Handshake, caller: Caller, now: datetime) -> dict[str, str]:
    """What was sealed, taken together with the right to use it. Raises Conflict where that was used, or is over."""
    sealed = desk.store.sealed(handshake.workspace, _SECRET, handshake.id)
    if sealed is None or not HANDSHAKE.allows(handshake.state, "use"):
        raise Conflict(f"this sign-in is {handshake.state.value}", fix=BEGIN_AGAIN)
    secret = dict(json.loads(desk.vault.open(sealed, _context(handshake))))
    after = replace(handshake, state=HANDSHAKE.move(handshake.state, "use"))
    actor = Actor.member(caller.member)
    event = desk.store.handshakes.moved(handshake, after, "use", now, actor, "its person came back")
    try:
        desk.store.write([desk.store.handshakes.changed(handshake, after, event), _forgetting(handshake)])
    except ConditionFailed as failed:
        raise Conflict("this sign-in is used", fix=BEGIN_AGAIN) from failed
    return secret


def _exchanged(desk: Desk, handshake: Handshake, secret: Mapping[str, str], code: str) -> dict[str, str]:
    platform, address = handshake.platform, handshake.base_url
    app = replace(_app(desk, platform, address), redirect=handshake.redirect)
    try:
        return dict(desk.platforms.finish(platform, app, address, secret, code))
    except errors.Retryable as error:
        # The code may be used up: asking with it again would only be refused.
        raise RemoteUnavailable(str(error), fix=BEGIN_AGAIN) from error
    except errors.ConnectorError as error:
        if error.code == "invalid_client":  # the instance has forgotten our app: it is registered anew the next time
            desk.store.table.delete(keys.within(INSTALLATION, _APP, _app_id(desk, platform, address)))
        raise RemoteRefused(
            f"{error.detail} ({error.code})" if error.code else error.detail, fix=BEGIN_AGAIN
        ) from error


def _read(desk: Desk, handshake: Handshake) -> Handshake:
    found = desk.store.handshakes.get(handshake.workspace, handshake.id)
    if found is None:
        raise NotFound
    return found


def _end(desk: Desk, handshake: Handshake, act: str, why: str, now: datetime, account: str | None = None) -> None:
    after = replace(handshake, state=HANDSHAKE.move(handshake.state, act), account=account)
    after = replace(after, reason=why if act == "fail" else None)
    try:
        event = desk.store.handshakes.moved(handshake, after, act, now, WORKER, why)
        desk.store.handshakes.save(handshake, after, event)
    except Stale:
        return  # only a second end could have come between, and it says the same


def _forgetting(handshake: Handshake) -> Delete:
    return Delete(keys.within(handshake.workspace, _SECRET, handshake.id))


def _context(handshake: Handshake) -> dict[str, str]:
    return seal_context(handshake.workspace, "handshake", handshake.id)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


# --- our apps ---------------------------------------------------------------------------------------------------------


def _lacking(desk: Desk, platform: str) -> tuple[str, ...]:
    """The settings that tell of our app there, and are not set."""
    known = desk.policy.apps.get(platform, {})
    return tuple(
        f"PARLEY_APP_{platform.upper()}_{name.upper()}"
        for name in desk.platforms.app_fields(platform)
        if not known.get(name)
    )


def _app(desk: Desk, platform: str, address: str) -> App:
    """Our app as the settings tell of it, or as it was registered at this instance before."""
    client = dict(desk.policy.apps.get(platform, {}))
    if not desk.platforms.app_fields(platform):
        sealed = desk.store.sealed(INSTALLATION, _APP, _app_id(desk, platform, address))
        if sealed is not None:
            client |= json.loads(desk.vault.open(sealed, _app_context(desk, platform, address)))
    timeout = desk.policy.timing[platform].call.total_seconds()
    return App(client, desk.policy.redirect, timeout)


def _keep_app(desk: Desk, platform: str, address: str, app: App, secret: Mapping[str, str]) -> None:
    """Keep what was registered at an instance just now, for the next who signs in there."""
    if app.client or "client_id" not in secret:
        return
    client = {name: secret[name] for name in ("client_id", "client_secret")}
    sealed = desk.vault.seal(json.dumps(client).encode(), _app_context(desk, platform, address))
    put = desk.store.sealed_put(INSTALLATION, _APP, _app_id(desk, platform, address), sealed)
    desk.store.table.put(put.item)


def _app_id(desk: Desk, platform: str, address: str) -> str:
    """An app is registered with the address that it sends people back to: another one is another app."""
    return derived_id("app", platform, address, desk.policy.redirect)


def _app_context(desk: Desk, platform: str, address: str) -> dict[str, str]:
    return seal_context(INSTALLATION, "app", _app_id(desk, platform, address))


# --- and the way out --------------------------------------------------------------------------------------------------


def disconnect(desk: Desk, caller: Caller, account_id: str, why: str, now: datetime) -> Account:
    """Put an account out of work, forget its credential, and give our right to act for it back where the platform takes it.

    What it was to say is held. It can be connected again. Raises NotFound, Conflict.
    """
    known = desk.store.accounts.get(caller.workspace, account_id)
    if known is None:
        raise NotFound
    if not ACCOUNT.allows(known.state, "disable"):
        raise Conflict(f"the account is {known.state.value} already")
    try:
        secrets = secrets_of(desk, known)
        credential = credential_in(desk, known, secrets) | renewing(desk, known, secrets)
    except NotFound:
        credential = {}
    actor = Actor.member(caller.member)
    after = replace(known, state=ACCOUNT.move(known.state, "disable"), throttled_until=None, incident=None)
    event = desk.store.accounts.moved(known, after, "disable", now, actor, why)
    gone = [Delete(keys.within(known.workspace, kind, known.id)) for kind in ("CREDENTIAL", "SESSION")]
    closes = incidents.closing(desk, known, actor, "the account was disconnected", now)
    try:
        desk.store.write([desk.store.accounts.changed(known, after, event), *gone, *closes])
    except ConditionFailed as failed:
        raise Conflict("the account was changed at the same moment") from failed
    if credential:
        with suppress(errors.ConnectorError, KeyError):  # forgotten here, it is of no use to us anyway
            desk.platforms.revoke(
                known.platform, _app(desk, known.platform, known.base_url), known.base_url, credential
            )
    return desk.store.accounts.advanced(known, after, event)
