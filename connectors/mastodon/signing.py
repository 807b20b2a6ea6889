"""Signing a Mastodon account in: our app is registered at the account's own instance, once, then OAuth 2.0 with a code.

Source: https://docs.joinmastodon.org/client/token and /methods/apps. PKCE is asked of every instance; those before 4.3 pass
over it. What `begin` registered is in `Begun.secret`; the caller keeps it and gives it back in `App.client` the next time.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.http import Wire
from connectors.shape import word
from connectors.signing import App, Begun, lacking, pkce, place, refuse_lacking
from connectors.translate import Table, translated

NAME = "Parley"
NEEDED = ("read:accounts", "read:statuses", "read:notifications", "write:statuses", "write:media")
"""Who is signed in, posts and pictures, what was said toward us."""
WANTED = (*NEEDED, "read:search", "read:blocks", "read:mutes", "write:mutes", "write:blocks", "write:reports")
"""For muting, blocking and reporting; none of them is missed before it is used."""
KEPT = ("client_id", "client_secret")
USER_AGENT = {"User-Agent": "parley"}

TABLE = Table(
    "mastodon",
    code=lambda answer: word(answer.body, "error"),
    rules={(400, None): Rejected, (401, None): Rejected, (403, None): Rejected},
)


def begin(app: App, base_url: str, state: str) -> Begun:
    """The instance's page on which a person allows our app, which is registered first where it is not yet."""
    client = dict(app.client) if all(app.client.get(name) for name in KEPT) else _registered(app, base_url)
    verifier, challenge = pkce()
    url = place(
        base_url,
        "/oauth/authorize",
        response_type="code",
        client_id=client["client_id"],
        redirect_uri=app.redirect,
        scope=" ".join(WANTED),
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    return Begun(url, {"verifier": verifier, **{name: client[name] for name in KEPT}})


def finish(app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:
    """The credential for the code, in one request. Raises Rejected (with `invalid_client`: register anew), Retryable."""
    client = {name: secret[name] for name in KEPT}
    form = {
        **client,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect,
        "scope": " ".join(WANTED),
        "code_verifier": secret["verifier"],
    }
    body = _asked(app, base_url, "/oauth/token", form)
    token = word(body, "access_token")
    if token is None:
        raise Retryable("mastodon", "The instance gave no access token.", code="no-token")
    granted = word(body, "scope")
    refuse_lacking("mastodon", lacking(NEEDED, granted))
    return {**client, "access_token": token, **({"scope": granted} if granted else {})}


def revoke(app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """POST /oauth/revoke, where the token is of an app of ours; one that is not known is gone already."""
    if not all(credential.get(name) for name in KEPT):
        return  # a token that a person made for themselves: they take it back in the instance's preferences
    form = {**{name: credential[name] for name in KEPT}, "token": credential["access_token"]}
    try:
        _asked(app, base_url, "/oauth/revoke", form)
    except (Rejected, AuthExpired):
        return


def _registered(app: App, base_url: str) -> dict[str, str]:
    form = {"client_name": NAME, "redirect_uris": app.redirect, "scopes": " ".join(WANTED)}
    body = _asked(app, base_url, "/api/v1/apps", form)
    found = {name: word(body, name) for name in KEPT}
    if not all(found.values()):
        raise Retryable("mastodon", "The instance did not register our app.", code="no-app")
    return {name: value for name, value in found.items() if value}


def _asked(app: App, base_url: str, path: str, form: dict[str, str]) -> object:
    with Wire(app.timeout) as wire, translated(TABLE, wire):
        wire.post(f"{base_url.rstrip('/')}{path}", data=form, headers=USER_AGENT)
    return wire.answer.body if wire.answer else None
