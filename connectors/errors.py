"""What a connector may raise, and nothing else.

ConnectorError(platform, detail, code, request_id)   str() shows what the platform said
├── Retryable(retry_after?)        nothing happened; may be asked again
│   └── RateLimited(retry_after, scope=account|app)   park the account, not only the post
├── AuthExpired                    the account must sign in again; its variants wait (HELD)
├── Rejected(reason)               will fail again; a person must change something
│   └── Unsupported(capability)    we cannot say this to that platform
└── Ambiguous                      it may have happened. Only find_published may answer.

An exception's docstring is its default message. Unknown exceptions are not caught: the lease runs out, and the row goes
the same road as an ambiguous answer. `detail` is the platform's own short wording or code, never a member's text, a
request body or a token: it may be shown to people and written to the record.
"""

from __future__ import annotations

from connectors.contract import Scope

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


class AuthExpired(ConnectorError):
    """The account must be signed in again."""


class Rejected(ConnectorError):
    """The platform refuses this; it will refuse it again until a person changes something."""


class Unsupported(Rejected):
    """This cannot be said to that platform."""


class Ambiguous(ConnectorError):
    """The answer was lost: it may have happened, or not."""
