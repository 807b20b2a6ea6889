"""How Reddit says no: one table for its API, one for its tokens, one for the bucket that takes pictures.

A refusal is known by status and code, never by its sentence: those quote members' texts.
"""

from __future__ import annotations

from connectors.capabilities import Scope
from connectors.contract import Limit
from connectors.errors import (
    PICTURE_NOT_UPLOADED,
    Ambiguous,
    AuthExpired,
    Cause,
    ConnectorError,
    RateLimited,
    Rejected,
)
from connectors.http import Answer
from connectors.limits import limit
from connectors.reddit import answers
from connectors.translate import Table, as_code, bounded, seconds


def _code(answer: Answer) -> str | None:
    """The code of an error, or what the header says that tells a token from a right."""
    lacks_scope = "insufficient_scope" in answer.headers.get("www-authenticate", "")
    return "insufficient_scope" if lacks_scope else answers.code_of(answer.body)


def _wait(answer: Answer) -> float | None:
    """A break that a body asks for; else `retry-after`, which is all that the edge tells; else the end of the window."""
    asked = answers.asked_break(answer.body)
    if asked is not None:
        return asked
    told = seconds(answer.headers.get("retry-after"))
    return told if told is not None else seconds(answer.headers.get("x-ratelimit-reset"))


def _whom(answer: Answer) -> Scope:
    """The limit of requests is the app's; a break that a body asks for is the account's."""
    return "app" if answers.asked_break(answer.body) is None else "account"


def what_is_left(answer: Answer) -> Limit | None:
    """Requests of the app client, which a post costs one of. `remaining` is a float in words, `reset` seconds to go."""
    left, reset = (seconds(answer.headers.get(f"x-ratelimit-{end}")) for end in ("remaining", "reset"))
    return limit(left, reset, "app")


_SIGNED_OUT = frozenset({"USER_REQUIRED", "BAD_OAUTH", "WRONG_PASSWORD"})
CAUSES = {
    "http-401": Cause.EXPIRED,
    "USER_REQUIRED": Cause.EXPIRED,
    "BAD_OAUTH": Cause.EXPIRED,
    "insufficient_scope": Cause.SCOPE,
    "ACCOUNT_SUSPENDED": Cause.SUSPENDED,
    "USER_SUSPENDED": Cause.SUSPENDED,
}
TABLE = Table(
    "reddit",
    libraries=frozenset({"praw", "prawcore"}),
    code=_code,
    rules={
        (403, "USER_REQUIRED"): AuthExpired,
        (403, "insufficient_scope"): AuthExpired,
        (403, "ACCOUNT_SUSPENDED"): AuthExpired,
        (403, "USER_SUSPENDED"): AuthExpired,
        **{(status, code): RateLimited for status in (400, 403) for code in answers.BREAKS},
    },
    wait=_wait,
    scope=_whom,
    causes=CAUSES,
)
BUCKET_TABLE = Table("reddit", rules={(401, None): Rejected})
"""The bucket signs nobody in: what it refuses is the lease."""


def refused(answer: Answer | None, *, shows: bool = False) -> ConnectorError:
    """What an answer with status 200 and no id means; `shows`: of a post with pictures, whose one address is ours."""
    told = answers.refusal(answer.body) if answer else None
    if told is None:
        return Ambiguous("reddit", "Reddit took the post but did not say which one it is.", code="no-id")
    code, wait = as_code(told[0]) or "refused", told[1]
    if code in answers.BREAKS:
        return RateLimited("reddit", "Reddit asks for a break.", retry_after=bounded(wait), code=code)
    if code in _SIGNED_OUT:
        return AuthExpired("reddit", cause=CAUSES.get(code, Cause.UNKNOWN), code=code)
    if shows and code == "BAD_URL":
        return Rejected("reddit", "Reddit does not find the picture.", code=PICTURE_NOT_UPLOADED)
    return Rejected("reddit", "Reddit refused it.", code=code)
