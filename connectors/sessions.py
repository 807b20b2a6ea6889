"""Where a connector keeps a short-lived session (an access token and what renews it) between two calls.

The keeper seals what it is given; this module only knows that it is JSON. It must never be written to a log, and a session
that grew from another credential must never be used: a person who signs in again means the new one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from connectors.contract import SessionKeeper, SignIn

_ORIGIN = "from"


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


class Shelf:
    """The session of one sign-in: a dict of strings and numbers, empty when there is none for this credential."""

    def __init__(self, sign_in: SignIn) -> None:
        self._keeper: SessionKeeper = sign_in.sessions or Memory()
        told = json.dumps([sign_in.base_url, sorted(sign_in.credential.items())])
        self._origin = hashlib.sha256(told.encode()).hexdigest()[:16]

    def load(self) -> dict[str, Any]:
        """The session that grew from this credential, or an empty dict."""
        try:
            session = json.loads(self._keeper.load() or "{}")
        except ValueError:
            return {}
        return session if isinstance(session, dict) and session.get(_ORIGIN) == self._origin else {}

    def save(self, session: dict[str, Any]) -> None:
        """Keep this session instead; an empty one forgets."""
        self._keeper.save(json.dumps({**session, _ORIGIN: self._origin}))
