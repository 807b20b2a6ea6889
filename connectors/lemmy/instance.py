"""One account's instance on the wire: how a call is made there, and what its refusals mean. It repeats no call.

Lemmy tells its errors by name, nearly all of them with status 400 (LemmyErrorType in its crates/utils/src/error.rs), and
which limit was hit by none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.contract import SignIn
from connectors.errors import AuthExpired, Cause, RateLimited, Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.shape import word
from connectors.translate import Table, translated

PAGE_SIZE = 50
"""The most that Lemmy gives at once (`FETCH_LIMIT_MAX`)."""
API = "/api/v3"
_NAMES = {
    "not_a_moderator": "not-moderator",
    "not_a_mod_or_admin": "not-moderator",
    "not_an_admin": "not-moderator",
    "not_higher_mod": "not-moderator",
    "not_found": "gone",
    "couldnt_find_post": "gone",
    "couldnt_find_comment": "gone",
    "couldnt_find_person": "gone",
    "couldnt_find_community": "no-community",
}
_SIGNED_OUT = {
    "not_logged_in": Cause.EXPIRED,
    "incorrect_login": Cause.EXPIRED,
    "site_ban": Cause.SUSPENDED,
    "deleted": Cause.SUSPENDED,
    "registration_application_is_pending": Cause.SUSPENDED,
    "email_not_verified": Cause.SUSPENDED,
}


def _code(answer: Answer) -> str | None:
    told = word(answer.body, "error")
    if answer.status == 404:
        return _NAMES.get(told or "", "gone")
    return _NAMES.get(told or "", told)


TABLE = Table(
    "lemmy",
    code=_code,
    rules={
        **{(400, name): AuthExpired for name in _SIGNED_OUT},
        **{(403, name): AuthExpired for name in _SIGNED_OUT},
        (400, "rate_limit_error"): RateLimited,
    },
    causes=_SIGNED_OUT | {"http-401": Cause.EXPIRED},
)


class Instance:
    """The instance on which an account lives, as that account sees it."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self.url = sign_in.base_url.rstrip("/")

    def told(self, path: str, **query: Any) -> dict[str, Any]:
        """What a reading answers. Raises Retryable for what is no JSON object: silence must not be read into it."""
        params = {name: it for name, it in query.items() if it is not None}
        body = self._asked("GET", path, writing=False, params=params)
        if not isinstance(body, dict):
            raise Retryable("lemmy", "The instance answered something that is no answer.", code="not-an-answer")
        return body

    def rows(self, path: str, name: str, **query: Any) -> list[Any]:
        """One page of a listing. Raises Retryable where it is none."""
        found = self.told(path, **query).get(name)
        if not isinstance(found, list):
            raise Retryable("lemmy", "The instance answered something that is no list.", code="not-a-list")
        return found

    def maybe(self, path: str, **query: Any) -> dict[str, Any] | None:
        """What a reading answers, or None where it is not there."""
        try:
            return self.told(path, **query)
        except Rejected as refused:
            if refused.code != "gone":
                raise
            return None

    def done(self, path: str, **content: Any) -> Any:
        """What an act answers that brings something to a state, and may be repeated."""
        return self._asked("POST", path, writing=False, json=content)

    def created(self, path: str, made: Callable[[Any], object], content: dict[str, Any]) -> Any:
        """What the answer to a write says was made; sent once, and in doubt where no answer came."""
        return self._asked("POST", path, writing=True, made=made, json=content)

    def _asked(
        self, method: str, path: str, *, writing: bool, made: Callable[[Any], object] | None = None, **content: Any
    ) -> Any:
        jwt = self._sign_in.credential.get("jwt")
        if not jwt:
            raise AuthExpired("lemmy", "No token is stored for this account.", code="no-token")
        headers = {"Authorization": f"Bearer {jwt}", "User-Agent": "parley"}
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire, writing=writing, made=made):
            wire.request(method, self.url + API + path, headers=headers, **content)
        return wire.answer.body if wire.answer else None
