"""One request after another to Reddit, through praw, for one account: what is asked, and what may go wrong with it.

Bodies are read raw, not as praw's objects: praw turns an answer that holds both an error and the id of the created post
into an exception, and a scheduler that believed it posted twice (praw issue 1768). A write is sent once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from connectors.contract import Identity, SignIn
from connectors.errors import AuthExpired, Cause, Rejected, Retryable
from connectors.http import Wire
from connectors.reddit import CREDENTIALS, mapping
from connectors.reddit.refusals import TABLE
from connectors.sessions import Shelf
from connectors.shape import at, rows, word
from connectors.translate import Table, translated

PAGE_SIZE = 100
TOKEN_RESERVE = 120.0
"""Seconds that a token must still last for `sign_in` to leave it alone."""
_PATH = re.compile(r"[\w./-]+", re.ASCII)
SIGN_IN_TABLE = Table(
    "reddit",
    libraries=TABLE.libraries,
    code=TABLE.code,
    rules={(400, None): AuthExpired, (403, None): AuthExpired, (200, "invalid_grant"): AuthExpired},
    wait=TABLE.wait,
    scope=TABLE.scope,
    causes={"invalid_grant": Cause.REVOKED, "http-400": Cause.REVOKED, "http-401": Cause.UNKNOWN},
)


class Calls:
    """The requests of one signed-in account."""

    def __init__(self, sign_in: SignIn) -> None:
        self.base_url = sign_in.base_url
        self.timeout = sign_in.timeout
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)

    def sign_in(self) -> None:
        """Renew the access token if it is spent or nearly so, and keep it with its expiry."""
        credential = self._sign_in.credential
        lacking = [name for name in CREDENTIALS[0] if not credential.get(name)]
        if lacking:
            raise AuthExpired("reddit", f"The stored credential lacks {', '.join(lacking)}.", code="no-token")

        def ask(session: dict[str, Any]) -> dict[str, Any]:
            from connectors.reddit.client import client, renewed

            with Wire(self.timeout) as wire, translated(SIGN_IN_TABLE, wire):
                reddit = client(wire, self.base_url, credential, None)
                return renewed(reddit, session.get("refresh_token") or credential["refresh_token"])

        self._shelf.renew("reddit", ask, lasts=self._lasts, works=lambda session: self._lasts(session, 0))

    def _lasts(self, session: Mapping[str, Any], reserve: float = TOKEN_RESERVE) -> bool:
        token = session.get("access_token")
        good = bool(token) and session.get("expires_at", 0) > time.time() + reserve
        return good and not self._shelf.is_refused(token)

    def _forget_access(self) -> None:
        self._shelf.refuse(self._shelf.load().get("access_token"))

    def identity(self) -> Identity:
        """Who is signed in, asked only where the caller does not know."""
        return self._sign_in.identity or self.who()

    @property
    def own(self) -> Identity | None:
        """Who is signed in, as far as the caller knows."""
        return self._sign_in.identity

    def who(self) -> Identity:
        """GET /api/v1/me. A suspended account is let in and may do nothing: it counts as signed out."""
        body = self.thing("api/v1/me")
        found = mapping.identity(body)
        if found is None:
            raise Retryable("reddit", "Reddit did not say who is signed in.", code="no-identity")
        if at(body, "is_suspended") is True:
            raise AuthExpired("reddit", "Reddit has suspended the account.", cause=Cause.SUSPENDED, code="suspended")
        return found

    def read(self, path: str, **params: str | int) -> Any:
        """GET a path; a token that Reddit has forgotten early is renewed once."""
        self.sign_in()
        try:
            return self.look(path, params)
        except AuthExpired as error:
            if error.cause is Cause.SCOPE:
                raise
            self._forget_access()
            self.sign_in()
            return self.look(path, params)

    def listing(self, path: str, **params: str | int) -> Any:
        """GET a listing. What is none is no silence: it raises Retryable."""
        page = self.read(path, **params)
        if not isinstance(at(page, "data", "children"), list):
            raise Retryable("reddit", "Reddit answered something that is no listing.", code="not-a-listing")
        return page

    def thing(self, path: str) -> dict[str, Any]:
        """GET one thing. What is none raises Retryable."""
        body = self.read(path)
        if not isinstance(body, dict):
            raise Retryable("reddit", "Reddit answered something that is no thing.", code="unknown-shape")
        return body

    def look(self, path: str, params: dict[str, str | int]) -> Any:
        """GET a path, and nothing else whatever comes of it."""
        _check(path)
        with self._client() as (reddit, wire), translated(TABLE, wire):
            return reddit.request(method="GET", path=path, params=params)

    def post(
        self,
        path: str,
        form: dict[str, Any],
        *,
        as_json: bool = False,
        writing: bool = False,
        made: Callable[[Any], object] | None = None,
    ) -> Wire:
        """POST a form once; a token that Reddit refuses is not used again. The rest is as in `translated`."""
        _check(path)
        self.sign_in()
        try:
            with self._client() as (reddit, wire), translated(TABLE, wire, writing=writing, made=made):
                reddit.request(method="POST", path=path, **{"json" if as_json else "data": form})
        except AuthExpired as error:
            if error.cause is not Cause.SCOPE:
                self._forget_access()
            raise
        return wire

    def pages(self, path: str, *, most: int, over: Callable[[Any], bool], **params: str | int) -> Iterator[Any]:
        """Up to `most` pages of a listing, newest first, by `after`, until one is the last or `over` says so.

        Never by `before`: it lies (README.md).
        """
        after: str | None = None
        for _ in range(most):
            page = self.listing(path, limit=PAGE_SIZE, **params, **({"after": after} if after else {}))
            yield page
            after = word(page, "data", "after")
            if after is None or over(page):
                return

    @contextmanager
    def _client(self) -> Iterator[tuple[Any, Wire]]:
        from connectors.reddit.client import client

        token = self._shelf.load().get("access_token")
        with Wire(self.timeout) as wire:
            yield client(wire, self.base_url, self._sign_in.credential, token), wire


def _check(path: str) -> None:
    """Refuse a path that a strange name (of a community, a member) would lead elsewhere."""
    if not _PATH.fullmatch(path) or ".." in path:
        raise Rejected("reddit", "That is no name on Reddit.", code="no-such-name")


def is_older(page: Any, back_to: datetime | None) -> bool:
    """Whether a whole page is older than this: one entry is not enough, for the order is not strict."""
    times = [made for child in rows(page, "data", "children") if (made := mapping.created_at(child))]
    return bool(back_to and times and max(times) < back_to)
