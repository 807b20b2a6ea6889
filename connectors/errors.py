"""What a connector may raise, and nothing else.

ConnectorError(platform, detail, code, request_id)   str() shows what the platform said
├── Retryable(retry_after?)        nothing happened; may be asked again
│   └── RateLimited(retry_after, scope=account|app)   park the account, not only the post
├── AuthExpired(cause)             the account must sign in again; its variants wait (HELD)
├── Rejected(reason)               will fail again; a person must change something
│   ├── Unsupported(capability)    we cannot say this to that platform
│   └── Unpaid                     the app's money on the platform is spent: stop, and say so
└── Ambiguous                      it may have happened. Only find_published may answer.

An exception's docstring is its default message. Unknown exceptions are not caught: the lease runs out, and the row goes
the same road as an ambiguous answer. `detail` is the platform's own short wording or code, never a member's text, a
request body or a token: it may be shown to people and written to the record.
"""

from __future__ import annotations

from enum import StrEnum

from connectors.capabilities import Scope

PICTURE_NOT_UPLOADED = "picture-not-uploaded"
"""The code of a Rejected where the platform does not hold a picture of the draft, never did or no longer: nothing happened,
and the same goes through once `upload` has handed the picture over (again)."""


class ConnectorError(Exception):
    """The platform did not do what was asked."""

    def __init__(
        self, platform: str, detail: str = "", *, code: str | None = None, request_id: str | None = None
    ) -> None:
        self.platform = platform
        self.detail = detail or (self.__doc__ or "").strip().splitlines()[0]
        self.code = code
        self.request_id = request_id
        super().__init__(platform, self.detail, code, request_id)

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        return f"{self.platform}: {self.detail}{code}"


class Retryable(ConnectorError):
    """Nothing happened; the same may be asked again later."""

    def __init__(
        self,
        platform: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(platform, detail, code=code, request_id=request_id)
        self.retry_after = retry_after
        """Seconds to wait, where the platform said so."""


class RateLimited(Retryable):
    """The platform asks us to slow down; nothing happened."""

    def __init__(
        self,
        platform: str,
        detail: str = "",
        *,
        retry_after: float,
        scope: Scope = "account",
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(platform, detail, retry_after=retry_after, code=code, request_id=request_id)
        self.scope = scope


class Cause(StrEnum):
    """Why a platform does not let an account in any more, as far as it told."""

    EXPIRED = "expired"
    """The credential ran out, or is not known there: signing in again mends it."""
    REVOKED = "revoked"
    """Somebody took our app's right away: signing in again mends it, if they agree."""
    SUSPENDED = "suspended"
    """The account itself is suspended or locked: only its owner can mend that, on the platform."""
    SCOPE = "scope"
    """The credential does not cover this act: signing in again with all that is asked for mends it."""
    UNKNOWN = "unknown"


class AuthExpired(ConnectorError):
    """The account must be signed in again."""

    def __init__(
        self,
        platform: str,
        detail: str = "",
        *,
        cause: Cause = Cause.UNKNOWN,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(platform, detail, code=code, request_id=request_id)
        self.cause = cause


class Rejected(ConnectorError):
    """The platform refuses this; it will refuse it again until a person changes something."""


class Unsupported(Rejected):
    """This cannot be said to that platform."""


class Unpaid(Rejected):
    """The app's money on the platform is spent; nothing is said there until somebody pays."""


class Ambiguous(ConnectorError):
    """The answer was lost: it may have happened, or not."""
