"""Renewing an OAuth 2.0 user token of X, which lasts two hours.

X's refresh token can be used once: the answer holds the next one, and whoever loses it must sign in again. So it is asked
for only when the access token is nearly spent, and what comes back must be saved before anything else is done.
One worker at a time may ask (`sessions.Shelf.renew`): a token that is used twice may end every token that grew from it.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from connectors.errors import AuthExpired, Cause, Retryable
from connectors.http import Wire
from connectors.shape import at, word
from connectors.translate import Table, translated

RESERVE = 120.0
"""Seconds that an access token must still last to be left alone."""
LASTS_UNTOLD = 7200.0

CAUSES = {"invalid_grant": Cause.EXPIRED, "invalid_request": Cause.EXPIRED, "access_denied": Cause.REVOKED}
"""X calls a refresh token that is spent, expired or revoked `invalid_request` ("Value passed for the token was invalid."):
which of them it is, it does not tell."""

TABLE = Table(
    "x",
    code=lambda answer: word(answer.body, "error"),
    rules={(400, None): AuthExpired, (403, None): AuthExpired},
    causes=CAUSES,
)


def is_renewable(credential: Mapping[str, str]) -> bool:
    """Whether the credential holds what a renewal needs; without it the access token is used until X refuses it."""
    return bool(credential.get("refresh_token") and credential.get("client_id"))


def lasts(session: Mapping[str, Any], reserve: float = RESERVE) -> bool:
    """Whether a session's access token, or a credential's own, is good for so many seconds more."""
    return bool(session.get("access_token")) and float(session.get("expires_at", 0)) > time.time() + reserve


def renewed(wire: Wire, base_url: str, credential: Mapping[str, str], refresh_token: str) -> dict[str, Any]:
    """The next session: {access_token, refresh_token, expires_at (Unix seconds)}. Raises AuthExpired, Retryable."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": credential["client_id"]}
    secret = credential.get("client_secret")
    asked_at = time.time()
    with translated(TABLE, wire):
        url = f"{base_url.rstrip('/')}/2/oauth2/token"
        if secret:
            wire.post(url, data=form, auth=(credential["client_id"], secret))
        else:
            wire.post(url, data=form)
    body = wire.answer.body if wire.answer else None
    access_token = word(body, "access_token")
    if access_token is None:
        raise Retryable("x", "X gave no access token.", code="no-token")
    told = at(body, "expires_in")
    return {
        "access_token": access_token,
        "refresh_token": word(body, "refresh_token") or refresh_token,
        "expires_at": asked_at + (float(told) if isinstance(told, int | float) else LASTS_UNTOLD),
    }
