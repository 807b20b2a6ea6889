"""OAuth 2.0 as X, Reddit and Mastodon speak it: apps, the page on which a person allows one, codes, and what they are good for.

It must never be kinder than the real ones: a code is good once and for minutes, a redirect has to be the one that the app
was registered with, and a verifier has to hash to its challenge.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform
from local.sandbox.network import SandboxNetwork
from local.sandbox.wire import basic_credentials, json_body, refuse

CODE_LASTS = {Platform.X: timedelta(seconds=30), Platform.REDDIT: timedelta(minutes=10)}
_USUAL = timedelta(minutes=10)
POLICY = "default-src 'none'; style-src 'self'; form-action *; base-uri 'none'; frame-ancestors 'none'"

OURS = {"client_id": "sandbox-app", "client_secret": "sandbox-app-secret"}
"""The app that X's and Reddit's pages for developers would have made for us. Loopback only, so its secret is none."""


@dataclass(frozen=True, slots=True)
class _App:
    client: str
    secret: str = field(repr=False)
    redirects: tuple[str, ...] = ()
    """None: any address on this machine."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a person allowed, until its code is exchanged."""

    account: str
    client: str
    redirect: str
    scope: str
    until: datetime
    challenge: str | None


class Consent:
    """The apps and open codes of one platform. Lost with the process, as codes are."""

    def __init__(self, network: SandboxNetwork, platform: Platform) -> None:
        self._network = network
        self._platform = platform
        self._apps = {OURS["client_id"]: _App(OURS["client_id"], OURS["client_secret"])}
        self._codes: dict[str, _Grant] = {}

    def register(self, redirects: tuple[str, ...]) -> dict[str, str]:
        """A new app. Its secret follows from its id, so that it is known again after a start."""
        client = f"app-{secrets.token_hex(8)}-{_digest(' '.join(redirects))}"
        return {"client_id": client, "client_secret": _digest(f"secret of {client}")}

    def page(self, request: Request) -> Response:
        """GET: the page with our accounts on it; POST {account, allow}: back to where the app wants the person to be."""
        asked = request.args
        app = self._app(asked.get("client_id", ""))
        redirect = asked.get("redirect_uri", "")
        if app is None or not self._fits(app, redirect) or asked.get("response_type") != "code":
            return Response("This app, or the address it wants you sent to, is not known here.\n", 400)
        if request.method == "GET":
            return self._asking(request)
        back = {"state": asked.get("state", "")}
        account = self._network.account_by_handle(self._platform, request.form.get("account", ""))
        if request.form.get("allow") != "yes" or account is None or not account.ours:
            return _sent(redirect, {"error": "access_denied", **back})
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return _sent(redirect, {"error": "invalid_request", **back})
        code = secrets.token_urlsafe(24)
        until = self._network.now() + CODE_LASTS.get(self._platform, _USUAL)
        scope = request.form.get("scope", asked.get("scope", ""))
        self._codes[code] = _Grant(account.id, app.client, redirect, scope, until, asked.get("code_challenge"))
        return _sent(redirect, {"code": code, **back})

    def client(self, request: Request) -> str | None:
        """The app that a request to the token endpoint comes from; None where it does not prove it."""
        client, secret = basic_credentials(request)
        form = {**request.form.to_dict(), **json_body(request)}
        client, secret = client or str(form.get("client_id", "")), secret or str(form.get("client_secret", ""))
        app = self._app(client)
        public = self._platform is Platform.X and not secret
        return client if app is not None and (public or secrets.compare_digest(app.secret, secret)) else None

    def redeem(self, request: Request) -> tuple[Account, str]:
        """Whose code this is, and what they allowed. Refuses with 400 invalid_grant; a code is gone once it was shown."""
        form = {**request.form.to_dict(), **json_body(request)}
        grant = self._codes.pop(str(form.get("code", "")), None)
        verifier = str(form.get("code_verifier", ""))
        account = None if grant is None else self._network.account(self._platform, grant.account)
        if (
            grant is None
            or account is None
            or grant.until <= self._network.now()
            or grant.client != self.client(request)
            or grant.redirect != form.get("redirect_uri")
            or (grant.challenge is not None and grant.challenge != _challenge(verifier))
        ):
            status = 200 if self._platform is Platform.REDDIT else 400
            refuse({"error": "invalid_grant", "error_description": "The code is not valid."}, status)
        return account, grant.scope

    def _app(self, client: str) -> _App | None:
        known = self._apps.get(client)
        if known is not None or not client.startswith("app-"):
            return known
        return _App(client, _digest(f"secret of {client}"), (client.rpartition("-")[2],))

    @staticmethod
    def _fits(app: _App, redirect: str) -> bool:
        if app.redirects:
            return _digest(redirect) in app.redirects
        return redirect.startswith(("http://127.0.0.1:", "http://localhost:", "https://"))

    def _asking(self, request: Request) -> Response:
        ours = self._network.accounts(self._platform, ours=True)
        choices = "".join(f"<option>{escape(one.handle)}</option>" for one in ours)
        scope = escape(request.args.get("scope", ""))
        body = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow an app</title><link rel="stylesheet" href="/_sandbox/style.css"></head>
<body><h1>Allow Parley to act for an account of the sandbox’s {self._platform.value}?</h1>
<p>It asks for: {scope}</p>
<form method="post"><p><label>Account <select name="account">{choices}</select></label></p>
<p><button name="allow" value="yes">Allow</button> <button name="allow" value="no">Refuse</button></p></form>
</body></html>"""
        response = Response(body, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response


def _sent(redirect: str, told: dict[str, str]) -> Response:
    joined = "&" if "?" in redirect else "?"
    return Response(status=302, headers={"Location": f"{redirect}{joined}{urlencode(told)}"})


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
