"""From what a client library raised, and what really came over the wire, to one of our errors.

The rule is written once and does not depend on the library: no answer to a write is Ambiguous, a connection that never
stood is Retryable, 5xx and 408 on a write are Ambiguous (the post may be there), 429 is RateLimited, 401 is AuthExpired,
any other refusal is Rejected. A platform adds exceptions by (status, code), never by a sentence alone.

It must never put a platform's sentence into an error: those quote members' texts and request fields. A code and the
HTTP status are all that leaves.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from connectors.capabilities import Scope
from connectors.errors import (
    Ambiguous,
    AuthExpired,
    Cause,
    ConnectorError,
    RateLimited,
    Rejected,
    Retryable,
    Unpaid,
    Unsupported,
)

if TYPE_CHECKING:
    from connectors.http import Answer, Wire

Verdict = type[Retryable] | type[AuthExpired] | type[Rejected] | type[Unsupported] | type[Unpaid] | type[Ambiguous]

WAIT_UNTOLD = 60.0
"""Seconds to wait after a 429 that names no time."""
WAIT_LONGEST = 24 * 3600.0
"""Seconds: the longest window of any platform here (X's 24-hour caps)."""

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_REQUEST_IDS = ("x-request-id", "x-transaction-id", "x-transaction")


def _no_code(_answer: Answer) -> str | None:
    return None


def _retry_after_header(answer: Answer) -> float | None:
    return seconds(answer.headers.get("retry-after"))


def _account(_answer: Answer) -> Scope:
    return "account"


@dataclass(frozen=True, slots=True)
class Table:
    """How one platform says no.

    libraries: top-level packages whose exceptions stand for a failed call, beside requests. code: the platform's own code
    in an answer. rules: (status, code) or (status, None) -> error class, where the common rule does not fit.
    wait: seconds asked for by a 429. scope: whom that 429 means. causes: code -> why an account is not let in any more.
    """

    platform: str
    libraries: frozenset[str] = frozenset()
    code: Callable[[Answer], str | None] = _no_code
    rules: Mapping[tuple[int, str | None], Verdict] = field(default_factory=dict)
    wait: Callable[[Answer], float | None] = _retry_after_header
    scope: Callable[[Answer], Scope] = _account
    causes: Mapping[str, Cause] = field(default_factory=dict)

    def verdict(self, answer: Answer | None, *, left: bool, writing: bool) -> ConnectorError:
        """The error that an answer means, or the lack of one. `left`: the request may have reached the platform."""
        if answer is None:
            return self._unanswered(left=left, writing=writing)
        code = as_code(self.code(answer))
        request_id = as_code(next((answer.headers[name] for name in _REQUEST_IDS if name in answer.headers), None))
        rule = self.rules.get((answer.status, code)) or self.rules.get((answer.status, None))
        kind = rule or _common_rule(answer.status, writing=writing)
        said = f"HTTP {answer.status} {_phrase(answer.status)}".rstrip()
        code = code or f"http-{answer.status}"
        if kind is RateLimited:
            wait = bounded(self.wait(answer))
            return RateLimited(
                self.platform, said, retry_after=wait, scope=self.scope(answer), code=code, request_id=request_id
            )
        if kind is AuthExpired:
            cause = self.causes.get(code, Cause.UNKNOWN)
            return AuthExpired(self.platform, said, cause=cause, code=code, request_id=request_id)
        return kind(self.platform, said, code=code, request_id=request_id)

    def _unanswered(self, *, left: bool, writing: bool) -> ConnectorError:
        if not left:
            return Retryable(self.platform, "The platform could not be reached.", code="unreachable")
        if writing:
            return Ambiguous(self.platform, code="no-answer")
        return Retryable(self.platform, "The platform did not answer.", code="no-answer")


def as_code(told: str | None) -> str | None:
    """What a platform calls a code, if it looks like one: a server may put anything there, a member's text included."""
    return told if told and _CODE.fullmatch(told) else None


def _common_rule(status: int, *, writing: bool) -> Verdict:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited
    if status == HTTPStatus.UNAUTHORIZED:
        return AuthExpired
    if status < 300 or status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return Ambiguous if writing else Retryable
    return Rejected


@contextmanager
def translated(
    table: Table, wire: Wire, *, writing: bool = False, made: Callable[[Any], object] | None = None
) -> Iterator[None]:
    """Raise our error for whatever goes wrong inside. Errors that say nothing about the platform pass as they are.

    writing: the call is a post whose effect cannot be taken back; a delete, which may be repeated, is not.
    made: finds in an answer's body what was created. It is asked first: what was made was made, whatever status, error or
    exception came with it (Reddit's RATELIMIT with an id, praw issue 1768), and then nothing is raised.
    """
    try:
        yield
    except ConnectorError:
        raise
    except Exception as error:
        if _was_made(wire, made):
            return
        known = type(error).__module__.partition(".")[0] in table.libraries | {"requests", "urllib3"}
        if not known and not _was_refused(wire):
            raise
        raise table.verdict(wire.answer, left=wire.left, writing=writing) from None
    if _was_refused(wire) and not _was_made(wire, made):  # a library that takes a redirect for an answer
        raise table.verdict(wire.answer, left=wire.left, writing=writing)


def _was_made(wire: Wire, made: Callable[[Any], object] | None) -> bool:
    return made is not None and wire.answer is not None and made(wire.answer.body) is not None


def _was_refused(wire: Wire) -> bool:
    return wire.answer is not None and wire.answer.status >= 300


# --- how long to wait, in the platforms' dialects ---------------------------------------------------------------------


def bounded(wait: float | None) -> float:
    """A wait in seconds between 1 and 24 hours; one minute where none was told."""
    return WAIT_UNTOLD if wait is None else min(max(wait, 1.0), WAIT_LONGEST)


def seconds(value: str | None) -> float | None:
    """A header that counts seconds, or None where it is missing or is no finite number."""
    try:
        told = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return told if math.isfinite(told) else None


def until(epoch: float | None, answer: Answer) -> float | None:
    """Seconds from the platform's own now (its Date header) to a moment in Unix seconds."""
    return None if epoch is None else epoch - server_now(answer)


def server_now(answer: Answer) -> float:
    """The platform's clock in Unix seconds, ours where it does not tell: a reset time is meant by the platform's clock."""
    try:
        return parsedate_to_datetime(answer.headers["date"].replace("UTC", "GMT")).timestamp()
    except (KeyError, ValueError, TypeError):
        return time.time()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
