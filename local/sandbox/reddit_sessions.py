"""Reddit's tokens: of script apps, and of the app that people allow on its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.oauth import Consent
from local.sandbox.wire import basic_credentials, json_response, refuse

TOKEN_LIFE = timedelta(hours=24)


class RedditSessions:
    """Answers at the token endpoint. Called under the network's lock."""

    def __init__(self, network: SandboxNetwork, account_of: Callable[[str, TokenUse], Account | None]) -> None:
        self._network = network
        self._account_of = account_of
        self.consent = Consent(network, Platform.REDDIT)

    def _client(self, request: Request) -> Account:
        """Whom the app acts for: a script app for its own account, the one that people allowed for whose token it shows."""
        if self.consent.client(request) is not None:
            shown = request.form.get("refresh_token") or request.form.get("token", "")
            owner = self._account_of(shown, TokenUse.REFRESH)
            if owner is None:
                refuse({"message": "Bad Request", "error": 400}, 400)
            return owner
        client, secret = basic_credentials(request)
        account = self._account_of(secret, TokenUse.CLIENT)
        if account is None or client != f"sandbox-{account.id}":
            refuse({"message": "Unauthorized", "error": 401}, 401)
        return account

    def token(self, request: Request) -> Response:
        """Codes, refresh tokens, passwords of script apps."""
        grant = request.form.get("grant_type")
        if grant == "authorization_code":
            return self._allowed(*self.consent.redeem(request))
        client = self._client(request)
        body: dict[str, Any] = {"token_type": "bearer", "expires_in": int(TOKEN_LIFE.total_seconds()), "scope": "*"}
        if grant == "refresh_token":
            value = request.form.get("refresh_token", "")
            if self._account_of(value, TokenUse.REFRESH) != client:
                refuse({"message": "Bad Request", "error": 400}, 400)
            body["refresh_token"] = value
        elif grant == "password":
            if (request.form.get("username", "").lower(), request.form.get("password")) != (
                client.handle.lower(),
                client.password,
            ):
                refuse({"error": "invalid_grant"}, 200)
        elif grant != "client_credentials":
            refuse({"error": "unsupported_grant_type"}, 200)
        body["access_token"] = self._network.issue(client, TokenUse.ACCESS, lifetime=TOKEN_LIFE).value
        return json_response(body)

    def _allowed(self, account: Account, scope: str) -> Response:
        tokens = {
            "access_token": self._network.issue(account, TokenUse.ACCESS, lifetime=TOKEN_LIFE).value,
            "refresh_token": self._network.issue(account, TokenUse.REFRESH).value,
        }
        lasts = int(TOKEN_LIFE.total_seconds())
        return json_response({**tokens, "token_type": "bearer", "expires_in": lasts, "scope": scope})

    def revoke(self, request: Request) -> Response:
        """The same answer whether the token was known or not."""
        if self.consent.client(request) is None:
            self._client(request)
        token = self._network.token(Platform.REDDIT, request.form.get("token", ""))
        if token is not None:
            self._network.revoke(token)
        return Response(status=204)
