"""How X says no, and what it says is left: one table by status and code, and the headers of its three windows.

It must never pass on a sentence of X's: those quote what was said. Where X gives no code (`about:blank`), the few sentences
that matter are turned into codes of ours.

Sources: README.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

from connectors.capabilities import Scope
from connectors.contract import Limit
from connectors.errors import PICTURE_NOT_UPLOADED, AuthExpired, Cause, Rejected, Retryable, Unpaid
from connectors.http import Answer
from connectors.limits import limit, tightest
from connectors.shape import at, rows, shape_of, word
from connectors.translate import Table, as_code, seconds, until

_NUMBERS: Mapping[Any, str] = {
    32: "not-authenticated",
    64: "account-suspended",
    88: "rate-limit-exceeded",
    89: "invalid-token",
    187: "duplicate-content",
    215: "not-authenticated",
    326: "account-locked",
}
"""Codes of v1.1 that still come from v2."""
_SENTENCES: Mapping[int, tuple[tuple[str, str], ...]] = {
    403: (
        ("duplicate content", "duplicate-content"),
        ("reply to or quote", "reply-not-permitted"),
        ("account is suspended", "account-suspended"),
        ("temporarily locked", "account-locked"),
    ),
    401: (("account is suspended", "account-suspended"), ("revoked", "token-revoked")),
}
"""Words in a sentence under `about:blank` -> our code."""
_PICTURES = ("media.media_ids", "media_ids", "media")
_APP_WINDOW = "x-app-limit-24hour"
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", _APP_WINDOW)


def problem(told: Any) -> str | None:
    """The end of a problem's type; None where X gives none. Both hosts are in use: api.twitter.com and api.x.com."""
    name = (word(told, "type") or "").rpartition("/problems/")[2]
    return name if name not in ("", "about:blank") else None


def gone(error: Any) -> bool:
    """Whether an entry of `errors` says that there is no such thing, or none that this account may see."""
    return problem(error) in {"resource-not-found", "not-authorized-for-resource"}


def code_of(answer: Answer) -> str | None:
    """A number of v1.1, the end of a problem's type, or for `about:blank` our own word for a sentence that we know."""
    number = at(answer.body, "errors", 0, "code")
    if isinstance(number, int):
        return _NUMBERS.get(number, str(number))
    if answer.status == 402:
        return "credits-depleted"
    if answer.status == 400 and _refused(answer.body, _PICTURES):
        return PICTURE_NOT_UPLOADED
    said = (word(answer.body, "detail") or "").lower()
    if answer.status == 403 and said == "forbidden":
        return problem(answer.body) or said
    known = (code for words, code in _SENTENCES.get(answer.status, ()) if words in said)
    return next(known, None) or problem(answer.body)


def refused_since_id(body: Any) -> bool:
    """Whether a 400 complains of `since_id` (too old, or not to be used here)."""
    return _refused(body, ("since_id",))


def _refused(body: Any, names: tuple[str, ...]) -> bool:
    return any(at(error, "parameters", name) is not None for error in rows(body, "errors") for name in names)


def _exhausted(answer: Answer) -> list[str]:
    return [name for name in _WINDOWS if seconds(answer.headers.get(f"{name}-remaining")) == 0]


def _wait(answer: Answer) -> float | None:
    """Until the last of the used-up windows opens: a 429 may come from a 24-hour cap while the 15-minute one is open."""
    used_up = _exhausted(answer) or ["x-rate-limit"]
    opens = [when for name in used_up if (when := seconds(answer.headers.get(f"{name}-reset"))) is not None]
    return until(max(opens), answer) if opens else seconds(answer.headers.get("retry-after"))


def _scope(answer: Answer) -> Scope:
    whole_app = _APP_WINDOW in _exhausted(answer) or code_of(answer) == "usage-capped"
    return "app" if whole_app else "account"


def left_of(answer: Answer) -> Limit | None:
    """The tightest of the windows that X tells of: 15 minutes and 24 hours for the user, 24 hours for the app."""

    def window(name: str) -> Limit | None:
        left, reset = (seconds(answer.headers.get(f"{name}-{end}")) for end in ("remaining", "reset"))
        return limit(left, until(reset, answer), "app" if name == _APP_WINDOW else "account")

    return tightest(map(window, _WINDOWS))


TABLE = Table(
    "x",
    libraries=frozenset({"tweepy"}),
    code=code_of,
    rules={
        (402, None): Unpaid,
        (400, "not-authenticated"): AuthExpired,
        (403, "account-locked"): AuthExpired,
        (403, "account-suspended"): AuthExpired,
        (403, "invalid-token"): AuthExpired,
        (403, "unsupported-authentication"): AuthExpired,
        (403, "oauth1-permissions"): AuthExpired,
    },
    wait=_wait,
    scope=_scope,
    causes={
        "account-locked": Cause.SUSPENDED,
        "account-suspended": Cause.SUSPENDED,
        "unsupported-authentication": Cause.SCOPE,
        "oauth1-permissions": Cause.SCOPE,
        "token-revoked": Cause.REVOKED,
        "invalid-token": Cause.EXPIRED,
        "not-authenticated": Cause.EXPIRED,
        "http-401": Cause.EXPIRED,
        "forbidden": Cause.SCOPE,
    },
)
"""A 401 of v2 tells no more than that: a token that ran out and one that was taken away look the same, and signing in again
mends both."""


OWN_TABLE = replace(TABLE, rules={**TABLE.rules, (403, "forbidden"): AuthExpired})
"""For endpoints that are about nobody but the account: there X's bare 403 can only mean that the token lacks their scope."""


@contextmanager
def allowed(scope: str) -> Iterator[None]:
    """For what an account may do without: where its sign-in does not allow `scope`, that is refused, and nothing else ends."""
    try:
        yield
    except (AuthExpired, Rejected) as refused:
        lacking = refused.code == "forbidden" or (isinstance(refused, AuthExpired) and refused.cause is Cause.SCOPE)
        if not lacking:
            raise
        detail = f"The account's sign-in does not allow `{scope}`: sign it in again, and allow everything."
        raise Rejected("x", detail, code="scope") from None


def unknown(body: Any) -> NoReturn:
    """Stop at an answer that X never gave before, and tell its shape; nothing of what it holds."""
    raise Retryable("x", f"X answered in a shape that is not known: {shape_of(body)}.", code="unknown-shape")


def listed(body: Any) -> list[Any]:
    """The entries of a listing; none where X says that there are none. Raises for an answer that is no listing."""
    found, told = at(body, "data"), at(body, "errors", 0)
    if isinstance(found, list):
        return found
    if found is None and isinstance(at(body, "meta"), dict):
        return []
    if found is None and told is not None:
        code = as_code(problem(told)) or "no-listing"
        raise Rejected("x", "X does not show this listing.", code=code)
    unknown(body)
