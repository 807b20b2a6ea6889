"""Signing a Lemmy account in: name and password are exchanged for a token at once, and only the token is kept.

Lemmy has no passwords for apps, and no page on which an app asks. An account with a second factor cannot be signed in so.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.http import Wire
from connectors.lemmy.instance import API
from connectors.shape import word
from connectors.signing import App, Begun
from connectors.translate import Table, translated

TABLE = Table("lemmy", code=lambda answer: word(answer.body, "error"), rules={(401, None): Rejected})


def begin(app: App, base_url: str, state: str) -> Begun:  # noqa: ARG001
    """There is no page: whoever signs in types a password."""
    raise Rejected("lemmy", "Lemmy is signed in with a name and a password.", code="no-page")


def finish(app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:
    """POST /user/login. secret: {"identifier"}, a name or an e-mail address; code: the password. Raises Rejected, Retryable."""
    asked = {"username_or_email": secret["identifier"].strip().removeprefix("@"), "password": code}
    try:
        with Wire(app.timeout) as wire, translated(TABLE, wire):
            wire.post(f"{base_url.rstrip('/')}{API}/user/login", json=asked)
    except Rejected as refused:
        if refused.code in ("missing_totp_token", "incorrect_totp_token"):
            told = "This account asks for a second factor, which an app cannot give: connect one that does not."
            raise Rejected("lemmy", told, code="second-factor") from None
        raise
    jwt = word(wire.answer.body if wire.answer else None, "jwt")
    if jwt is None:
        raise Retryable("lemmy", "The instance gave no token.", code="no-token")
    return {"jwt": jwt}


def revoke(app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """POST /user/logout: the token ends. One that has ended is fine."""
    headers = {"Authorization": f"Bearer {credential.get('jwt', '')}"}
    try:
        with Wire(app.timeout) as wire, translated(TABLE, wire):
            wire.post(f"{base_url.rstrip('/')}{API}/user/logout", headers=headers)
    except (AuthExpired, Rejected) as gone:
        if gone.code not in ("not_logged_in", "incorrect_login", "http-401"):
            raise
