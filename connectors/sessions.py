"""Where a connector keeps a short-lived session (an access token and what renews it) between two calls.

The keeper seals what it is given; this module only knows that it is JSON. It must never be written to a log, and a session
that grew from another credential must never be used: a person who signs in again means the new one. What renews a session
may be good for one use only, so it is used by one worker at a time (`Shelf.renew`), and never by one whose turn may be over.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors.contract import SessionKeeper, SignIn, Turn
from connectors.errors import AuthExpired, Cause, ConnectorError, RateLimited, Retryable

_ORIGIN = "from"
_NOT_THE_ACCOUNTS = frozenset({"client_secret"})
"""What belongs to our app and may be changed without anybody's signing in again."""

PAUSE = 0.25
"""Seconds between two looks at a session that another worker is renewing."""

Session = dict[str, Any]


class Memory:
    """A SessionKeeper that forgets with its connector, for where nobody gave a better one."""

    def __init__(self) -> None:
        self._session: str | None = None

    def load(self) -> str | None:
        """What was saved last, or None."""
        return self._session

    def save(self, session: str) -> None:
        """Keep this instead."""
        self._session = session

    def take_turn(self) -> Turn:
        """Nobody else is there."""
        return Turn.OURS

    def in_turn(self) -> bool:
        """Nobody else is there."""
        return True

    def end_turn(self, *, lost: bool = False) -> None:
        """Nobody else is there."""


class Shelf:
    """The session of one sign-in: a dict of strings and numbers, empty when there is none for this credential."""

    def __init__(self, sign_in: SignIn, pause: Callable[[float], None] | None = None) -> None:
        self._keeper: SessionKeeper = sign_in.sessions or Memory()
        credential = sign_in.credential
        accounts_own = {name: value for name, value in credential.items() if name not in _NOT_THE_ACCOUNTS}
        # Earlier releases made it of the whole credential; a session of theirs is as good.
        self._origin, *self._origins = (_mark(sign_in.base_url, told) for told in (accounts_own, credential))
        self._waits = sign_in.timeout
        self._pause = pause or time.sleep
        self._refused: set[str] = set()

    def load(self) -> Session:
        """The session that grew from this credential, or an empty dict."""
        try:
            session = json.loads(self._keeper.load() or "{}")
        except ValueError:
            return {}
        grown = isinstance(session, dict) and session.get(_ORIGIN) in (self._origin, *self._origins)
        return session if grown else {}

    def save(self, session: Session) -> None:
        """Keep this session instead."""
        self._keeper.save(json.dumps({**session, _ORIGIN: self._origin}))

    def refuse(self, token: str | None) -> None:
        """The platform does not take this access token any more, however long it was to last."""
        if token:
            self._refused.add(token)

    def is_refused(self, token: str | None) -> bool:
        """Whether the platform refused it to this connector."""
        return token in self._refused

    def renew(
        self,
        platform: str,
        ask: Callable[[Session], Session],
        lasts: Callable[[Session], bool],
        works: Callable[[Session], bool],
    ) -> None:
        """See to a session that lasts: the one there is, another worker's new one, or what `ask` gets for the old one.

        ask: one request to the platform, made in our turn only. works: whether a session may be used a little longer, while
        another worker renews it. Raises what `ask` raises, and Retryable where the other takes too long.
        """
        waited = 0.0
        while not lasts(self.load()):
            turn = self._keeper.take_turn()
            if turn is not Turn.TAKEN:
                if lasts(self.load()):
                    self._keeper.end_turn()
                else:
                    self._ask(platform, ask, lasts, turn)
                return
            if works(self.load()):
                return
            if waited >= self._waits:
                raise Retryable(platform, "Another worker is renewing the session.", retry_after=5, code="in-renewal")
            self._pause(PAUSE)
            waited += PAUSE

    def _ask(
        self, platform: str, ask: Callable[[Session], Session], lasts: Callable[[Session], bool], turn: Turn
    ) -> None:
        if not self._keeper.in_turn():  # this process stood still since it took the turn
            raise Retryable(platform, "The turn to renew the session is over.", retry_after=5, code="in-renewal")
        try:
            session = ask(self.load())
        except AuthExpired as refused:
            # Before anybody is sent for: where our turn ran out meanwhile, another's new session may lie there, or be coming.
            self._keeper.end_turn()
            if self._keeper.take_turn() is Turn.TAKEN:
                raise Retryable(platform, "Another worker renews the session.", code="in-renewal") from refused
            self._keeper.end_turn()
            if lasts(self.load()):
                return
            if turn is Turn.AFTER_LOSS:
                raise _lost(platform, refused) from refused
            raise
        except ConnectorError as error:
            self._keeper.end_turn(lost=_may_have_landed(error))
            raise
        self.save(session)


def _mark(base_url: str, credential: Mapping[str, str]) -> str:
    told = json.dumps([base_url, sorted(credential.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _may_have_landed(error: ConnectorError) -> bool:
    return not isinstance(error, RateLimited) and error.code != "unreachable"


def _lost(platform: str, refused: AuthExpired) -> AuthExpired:
    told = "The answer to an earlier renewal was lost, and with it the token that renews."
    cause = Cause.EXPIRED if refused.cause is Cause.UNKNOWN else refused.cause
    return AuthExpired(platform, told, cause=cause, code="renewal-lost", request_id=refused.request_id)
