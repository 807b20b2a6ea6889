"""Signing an X account in: OAuth 2.0 with PKCE, for an app with a secret or without one.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code. A code is good for 30 seconds, once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.http import Wire
from connectors.shape import at, word
from connectors.signing import App, Begun, lacking, pkce, place, refuse_lacking
from connectors.translate import Table, translated
from connectors.x import BASE_URL
from connectors.x.tokens import LASTS_UNTOLD

SITE_URL = "https://x.com"
"""Where people allow an app; everywhere else (a loopback server) it is the API's own host."""

NEEDED = ("tweet.read", "tweet.write", "users.read", "offline.access", "media.write", "tweet.moderate.write")
"""Without one of these a post, a picture, a hidden reply or the next renewal would fail on the day."""
WANTED = (*NEEDED, "mute.read", "mute.write", "block.read", "block.write", "dm.read", "dm.write")
"""For muting, blocking and private messages; each is left out of what can be done where it was not given."""

TABLE = Table(
    "x",
    code=lambda answer: word(answer.body, "error"),
    rules={(400, None): Rejected, (401, None): Rejected, (403, None): Rejected},
)


def begin(app: App, base_url: str, state: str) -> Begun:
    """The page on which a person allows our app; the verifier stays with us. No request is made."""
    verifier, challenge = pkce()
    url = place(
        SITE_URL if base_url.rstrip("/") == BASE_URL else base_url,
        "/i/oauth2/authorize",
        response_type="code",
        client_id=app.client["client_id"],
        redirect_uri=app.redirect,
        scope=" ".join(WANTED),
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    return Begun(url, {"verifier": verifier})


def finish(app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:
    """The credential for the code, in one request. Raises Rejected, Retryable."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect,
        "code_verifier": secret["verifier"],
    }
    asked_at = time.time()
    with Wire(app.timeout) as wire, translated(TABLE, wire):
        _post(wire, app.client, f"{base_url.rstrip('/')}/2/oauth2/token", form)
    body = wire.answer.body if wire.answer else None
    access, refresh = word(body, "access_token"), word(body, "refresh_token")
    if access is None:
        raise Retryable("x", "X gave no access token.", code="no-token")
    granted = word(body, "scope")
    refuse_lacking("x", lacking(NEEDED, granted) or (() if refresh else ("offline.access",)))
    told = at(body, "expires_in")
    lasts = float(told) if isinstance(told, int | float) else LASTS_UNTOLD
    kept = {name: app.client[name] for name in ("client_id", "client_secret") if app.client.get(name)}
    return {
        **kept,
        "access_token": access,
        "refresh_token": refresh or "",
        "expires_at": str(int(asked_at + lasts)),
        **({"scope": granted} if granted else {}),
    }


def revoke(app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """POST /2/oauth2/revoke of what renews; what it made ends with it. A token that is not known is gone already."""
    client = credential if credential.get("client_id") else app.client
    if not client.get("client_id"):
        return  # OAuth 1.0a, or a token of another app: its owner takes it back on X
    for name in ("refresh_token", "access_token"):
        if token := credential.get(name):
            try:
                with Wire(app.timeout) as wire, translated(TABLE, wire):
                    form = {"token": token, "token_type_hint": name}
                    _post(wire, client, f"{base_url.rstrip('/')}/2/oauth2/revoke", form)
            except (Rejected, AuthExpired):
                continue


def _post(wire: Wire, client: Mapping[str, str], url: str, form: dict[str, str]) -> None:
    """As an app with a secret tells who it is, or one without."""
    if client.get("client_secret"):
        wire.post(url, data=form, auth=(client["client_id"], client["client_secret"]))
    else:
        wire.post(url, data={**form, "client_id": client["client_id"]})
