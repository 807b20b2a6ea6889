"""The calls of one account to its PDS, over plain XRPC. It keeps no state but the session, which its keeper seals.

Sessions are kept and refreshed, never made anew per call: the 31st sign-in within 5 minutes is refused. A write is sent
once; a read whose token is refused is asked once more with a new one.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from typing import Any

from connectors.bluesky import CREDENTIALS, POINTS, mapping
from connectors.contract import Limit, SignIn
from connectors.errors import PICTURE_NOT_UPLOADED, Ambiguous, AuthExpired, Cause, Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.limits import limit
from connectors.sessions import Shelf
from connectors.shape import rows, word
from connectors.translate import Table, seconds, translated, until

TOKEN_RESERVE = 120.0
"""Seconds that an access token must still last for `sign_in` to leave it alone."""
SWAPPED = "InvalidSwap"
"""The code of a write that was refused since something else lies there by now: nothing happened."""
MISSING = "RecordNotFound"
NOT_ALLOWED = "scope"
"""Our code for what the app password does not cover, though the session is good: private messages."""
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
"""To which service the PDS passes on what is asked of private messages."""


def _code(answer: Answer) -> str | None:
    """XRPC's error name; a text that is too long, and a password that does not go so far, are told by the wording only."""
    name = word(answer.body, "error")
    if name == "InvalidToken" and word(answer.body, "message") in ("Bad token method", "Bad token scope"):
        return NOT_ALLOWED
    if name == "BlobNotFound":
        return PICTURE_NOT_UPLOADED
    if name == "InvalidRequest" and " too big (maximum " in (word(answer.body, "message") or ""):
        return "too-long"
    return name


def _wait(answer: Answer) -> float | None:
    told = until(seconds(answer.headers.get("ratelimit-reset")), answer)
    return told if told is not None else seconds(answer.headers.get("retry-after"))


def left(answer: Answer) -> Limit | None:
    """Points, told of the tightest of the server's windows; what we write counts as creates."""
    points = seconds(answer.headers.get("ratelimit-remaining"))
    reset = until(seconds(answer.headers.get("ratelimit-reset")), answer)
    return limit(points // POINTS if points is not None else None, reset, "account")


_CLOSED = (
    "AccountTakedown",
    "AccountDeactivated",
    "AccountSuspended",
    "RepoTakendown",
    "RepoDeactivated",
    "RepoSuspended",
)

TABLE = Table(
    "bluesky",
    code=_code,
    rules={
        (400, "ExpiredToken"): AuthExpired,
        (400, "InvalidToken"): AuthExpired,
        **{(400, closed): AuthExpired for closed in _CLOSED},
        **{(403, closed): AuthExpired for closed in _CLOSED},
        (403, "ScopeMissingError"): AuthExpired,
        (400, SWAPPED): Ambiguous,  # something lies under our own key already: find_published says what
    },
    wait=_wait,
    causes={
        "ExpiredToken": Cause.EXPIRED,
        "InvalidToken": Cause.EXPIRED,
        "AuthMissing": Cause.EXPIRED,
        "AuthenticationRequired": Cause.REVOKED,  # createSession: nobody has this password (any more)
        "ScopeMissingError": Cause.SCOPE,
        **dict.fromkeys(_CLOSED, Cause.SUSPENDED),
    },
)


class Xrpc:
    """The calls. Every one raises what errors.py draws, and nothing else."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)
        self.base_url = sign_in.base_url.rstrip("/")
        self.timeout = sign_in.timeout

    def sign_in(self) -> None:
        """Keep the session if its access token lasts, else refresh it, else sign in with the app password."""
        self._shelf.renew("bluesky", self._renewed, lasts=self._lasts, works=lambda session: self._lasts(session, 0))

    @property
    def did(self) -> str:
        """Whose account this is. Signs in first, which is free after `sign_in`."""
        self.sign_in()
        return str(self._shelf.load()["did"])

    @property
    def handle(self) -> str:
        """The handle as the session knows it; it may have changed since."""
        self.sign_in()
        return str(self._shelf.load()["handle"] or "")

    def get(self, method: str, **params: Any) -> Any:
        """The body of a query's answer; an access token that the server calls expired or invalid is renewed once."""
        self.sign_in()
        try:
            return self._get(method, params)
        except AuthExpired:
            self._forget_access()
            self.sign_in()
            return self._get(method, params)

    def listed(self, method: str, name: str, **params: Any) -> tuple[list[Any], str | None]:
        """The rows under `name` of a query's answer, and the cursor behind them. Raises Retryable for another shape."""
        body = self.get(method, **params)
        if not isinstance(body, dict) or not isinstance(body.get(name), list):
            raise Retryable("bluesky", f"{method} answered {mapping.shape(body)}, no {name}.", code="unknown-shape")
        return rows(body, name), word(body, "cursor")

    def record(self, collection: str, key: str) -> Any:
        """A record of our own repository as getRecord answers it; None where there is none."""
        did = self.did
        try:
            return self.get("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
        except Rejected as refused:
            if refused.code == MISSING:
                return None
            raise

    def post(self, method: str, body: Any, *, writing: bool = False) -> Answer:
        """Ask a procedure once; a token that the server refuses is not used again. writing: see `translated`."""
        self.sign_in()
        try:
            with Wire(self._sign_in.timeout) as wire:
                self._call(wire, method, token=self._shelf.load()["accessJwt"], body=body, writing=writing)
        except AuthExpired:
            self._forget_access()
            raise
        return wire.answer or Answer(0, {}, None)

    def upload(self, mime: str, data: bytes) -> Any:
        """com.atproto.repo.uploadBlob, which may be repeated."""
        self.sign_in()
        try:
            return self._upload(mime, data)
        except AuthExpired:
            self._forget_access()
            self.sign_in()
            return self._upload(mime, data)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _renewed(self, session: dict[str, Any]) -> dict[str, Any]:
        """The next session; where the old one is not taken any more, a new one by the app password."""
        with Wire(self._sign_in.timeout) as wire:
            if _lasts(session.get("refreshJwt")):
                try:
                    self._call(wire, "com.atproto.server.refreshSession", token=session["refreshJwt"], body=None)
                except (AuthExpired, Rejected):
                    self._open(wire)
            else:
                self._open(wire)
            body = wire.answer.body if wire.answer else None
        if not word(body, "accessJwt") or not mapping.identity(body):
            raise Retryable("bluesky", "The server opened no session.", code="no-session")
        return {name: word(body, name) for name in ("accessJwt", "refreshJwt", "did", "handle")}

    def _lasts(self, session: Mapping[str, Any], reserve: float = TOKEN_RESERVE) -> bool:
        token = session.get("accessJwt")
        return _lasts(token, reserve) and not self._shelf.is_refused(token)

    def _open(self, wire: Wire) -> None:
        credential = self._sign_in.credential
        lacking = [name for name in CREDENTIALS[0] if not credential.get(name)]
        if lacking:
            raise AuthExpired("bluesky", f"The stored credential lacks {', '.join(lacking)}.", code="no-token")
        body = {"identifier": credential["identifier"], "password": credential["app_password"]}
        self._call(wire, "com.atproto.server.createSession", body=body)

    def _upload(self, mime: str, data: bytes) -> Any:
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            token = self._shelf.load()["accessJwt"]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": mime}
            wire.post(self._url("com.atproto.repo.uploadBlob"), data=data, headers=headers)
        return wire.answer.body if wire.answer else None

    def _get(self, method: str, params: dict[str, Any]) -> Any:
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            token = self._shelf.load()["accessJwt"]
            wire.get(self._url(method), params=params, headers=_headers(method, token)).json()
        return wire.answer.body if wire.answer else None

    def _call(self, wire: Wire, method: str, *, body: Any, token: str | None = None, writing: bool = False) -> None:
        """POST a method once; what it says is then `wire.answer`."""
        with translated(TABLE, wire, writing=writing):
            wire.post(self._url(method), json=body, headers=_headers(method, token))

    def _url(self, method: str) -> str:
        return f"{self.base_url}/xrpc/{method}"

    def _forget_access(self) -> None:
        self._shelf.refuse(self._shelf.load().get("accessJwt"))


def _headers(method: str, token: str | None) -> dict[str, str]:
    return ({"Authorization": f"Bearer {token}"} if token else {}) | (CHAT if method.startswith("chat.bsky.") else {})


def _lasts(token: Any, reserve: float = TOKEN_RESERVE) -> bool:
    """Whether a token is there and good for so long. Its time is read, not verified; one without a time is believed."""
    if not isinstance(token, str) or not token:
        return False
    try:
        claims = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return float(expires) > time.time() + reserve
    except (IndexError, KeyError, ValueError, TypeError):
        return True
