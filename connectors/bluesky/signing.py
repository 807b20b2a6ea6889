"""Signing a Bluesky account in: with an app password, which is tried once and kept; the account's own password is refused.

Why not OAuth: docs/decisions/2026-11-27-bluesky-sign-in.md. An app password cannot be made or taken back by an app: both are
for its owner, in Bluesky's settings.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress

from connectors.errors import AuthExpired, Cause, ConnectorError, Rejected, Retryable
from connectors.http import Wire
from connectors.shape import word
from connectors.signing import App, Begun
from connectors.translate import Table, translated

OWN_PASSWORD = "com.atproto.access"  # noqa: S105 - the name of a right
"""The scope of a session that was opened with the account's own password (`AuthScope.Access` of the PDS)."""

TABLE = Table(
    "bluesky",
    code=lambda answer: word(answer.body, "error"),
    rules={(400, "AccountTakedown"): AuthExpired, (401, "AccountTakedown"): AuthExpired, (401, None): Rejected},
    causes={"AccountTakedown": Cause.SUSPENDED},
)


def begin(app: App, base_url: str, state: str) -> Begun:  # noqa: ARG001
    """There is no page: whoever signs in types a password."""
    raise Rejected("bluesky", "Bluesky is signed in with an app password.", code="no-page")


def finish(app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:
    """The credential, once one session was opened with it. secret: {"identifier"}; code: the app password.

    Raises Rejected (a wrong password, or the account's own), AuthExpired(SUSPENDED), Retryable.
    """
    identifier, password = secret["identifier"].strip().removeprefix("@"), code.strip()
    try:
        with Wire(app.timeout) as wire, translated(TABLE, wire):
            asked = {"identifier": identifier, "password": password}
            wire.post(f"{base_url.rstrip('/')}/xrpc/com.atproto.server.createSession", json=asked)
    except Rejected as refused:
        if refused.code == "AuthFactorTokenRequired":  # asked for with the account's own password only
            raise _not_for_apps() from None
        raise
    body = wire.answer.body if wire.answer else None
    access, did = word(body, "accessJwt"), word(body, "did")
    if access is None or did is None:
        raise Retryable("bluesky", "The server opened no session.", code="no-session")
    _close(app, base_url, word(body, "refreshJwt"))
    if _scope(access) == OWN_PASSWORD:
        raise _not_for_apps()
    return {"identifier": did, "app_password": password}


def revoke(app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """Nothing: only its owner takes an app password back (Settings, Privacy and security, App passwords)."""


def _not_for_apps() -> Rejected:
    told = "This is the account's own password: make an app password (Settings, Privacy and security), and give that."
    return Rejected("bluesky", told, code="own-password")


def _close(app: App, base_url: str, refresh: str | None) -> None:
    """deleteSession: the session was opened to try the password, and nobody needs it. As well as it can."""
    if refresh is None:
        return
    with suppress(ConnectorError), Wire(app.timeout) as wire, translated(TABLE, wire):
        url = f"{base_url.rstrip('/')}/xrpc/com.atproto.server.deleteSession"
        wire.post(url, headers={"Authorization": f"Bearer {refresh}"})


def _scope(token: str) -> str | None:
    """What a session may do, as its token says; None where it does not say. It is read, not verified."""
    with suppress(IndexError, ValueError):
        claims = token.split(".")[1]
        return word(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))), "scope")
    return None
