"""One account's instance on the wire: how a call is made there, and what its refusals mean.

Mastodon.py waits by itself unless told to throw, and asks for the instance document (and then recurses without end where
that fails) unless the version check is off; both are set here, and no method that needs the document is called. What an
answer says is read from the wire, not from the library's types: they turn what they do not know into something else.
It keeps nothing between calls and repeats none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.contract import Limit, SignIn
from connectors.errors import Ambiguous, AuthExpired, Cause, Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.limits import limit
from connectors.shape import moment, word
from connectors.translate import Table, seconds, translated, until

PAGE_SIZE = 40
"""The most that Mastodon gives at once for statuses; notifications take up to 80."""
AT_ONCE = 20
"""The most statuses that may be named in one request (`DEFAULT_STATUSES_LIMIT`)."""
USER_AGENT = "parley"

_SAID: dict[int, tuple[tuple[str, str], ...]] = {
    400: (("already attached", "picture-attached"),),
    401: (("was revoked", "token-revoked"), ("expired", "token-expired")),
    403: (
        ("authorized scopes", "scope"),
        ("login is currently disabled", "account-disabled"),
        ("confirmed e-mail", "account-unconfirmed"),
        ("pending approval", "account-pending"),
    ),
    422: (
        ("character limit", "too-long"),
        ("already attached", "picture-attached"),
        ("not finished processing", "picture-not-ready"),
        ("requires an authenticated user", "signed-out"),
    ),
}
"""Mastodon has no codes, only sentences, which we ask for in English; those that somebody can act on are named."""

_CAUSES = {
    "token-revoked": Cause.REVOKED,
    "token-expired": Cause.EXPIRED,
    "http-401": Cause.EXPIRED,
    "scope": Cause.SCOPE,
    "account-disabled": Cause.SUSPENDED,
    "account-unconfirmed": Cause.SUSPENDED,
    "account-pending": Cause.SUSPENDED,
}


def _code(answer: Answer) -> str | None:
    said = (word(answer.body, "error") or "").lower()
    named = next((code for words, code in _SAID.get(answer.status, ()) if words in said), None)
    return named or {404: "not-found", 410: "gone"}.get(answer.status)


def resets_in(answer: Answer) -> float | None:
    """X-RateLimit-Reset is ISO 8601 on Mastodon and Unix seconds on GoToSocial."""
    told = answer.headers.get("x-ratelimit-reset")
    reset = moment(told)
    return until(reset.timestamp() if reset else seconds(told), answer)


def _wait(answer: Answer) -> float | None:
    told = resets_in(answer)
    return told if told is not None else seconds(answer.headers.get("retry-after"))


def limit_told(answer: Answer | None) -> Limit | None:
    """The answer to a new status counts statuses (300 in 3 hours), not requests."""
    if answer is None:
        return None
    return limit(seconds(answer.headers.get("x-ratelimit-remaining")), resets_in(answer), "account")


TABLE = Table(
    "mastodon",
    libraries=frozenset({"mastodon"}),
    code=_code,
    rules={
        (403, "scope"): AuthExpired,
        (403, "account-disabled"): AuthExpired,
        (403, "account-unconfirmed"): AuthExpired,
        (403, "account-pending"): AuthExpired,
        (422, "signed-out"): AuthExpired,
        # dropped, or on the status that an earlier attempt left: only a look tells
        (400, "picture-attached"): Ambiguous,
        (422, "picture-attached"): Ambiguous,
        (422, "picture-not-ready"): Retryable,
    },
    wait=_wait,
    causes=_CAUSES,
)


class Instance:
    """The instance on which an account lives, as that account sees it."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self.url = sign_in.base_url.rstrip("/")

    def asked(self, method: str, path: str, **content: Any) -> Wire:
        """One call past the library, for what it has not, or asks for the instance document first."""
        headers = {"Authorization": f"Bearer {self._token()}", "User-Agent": USER_AGENT, "Accept-Language": "en"}
        with Wire(self._sign_in.timeout) as wire, translated(TABLE, wire):
            wire.request(method, self.url + path, headers=headers, **content)
        return wire

    @contextmanager
    def client(self) -> Iterator[tuple[Any, Wire]]:
        """Mastodon.py, and the wire on which its calls go."""
        import mastodon

        token = self._token()
        with Wire(self._sign_in.timeout) as wire:
            client = mastodon.Mastodon(
                api_base_url=self._sign_in.base_url,
                ratelimit_method="throw",
                request_timeout=self._sign_in.timeout,
                session=wire,
                user_agent=USER_AGENT,
                version_check_mode="none",
                lang="en",  # of its sentences: some are told apart, and an account may read another language
            )
            client.access_token = token  # not by the constructor, which would read a file of that name
            yield client, wire

    def page(self, path: str, **query: Any) -> list[Any]:
        """One page of a listing, as it came."""
        return listed(self.asked("GET", path, params={name: it for name, it in query.items() if it is not None}))

    def statuses(self, ids: Sequence[str]) -> list[Any]:
        """The statuses with these ids that are there and visible, in no order. One by one where they cannot be named at once."""
        found: list[Any] = []
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            try:
                found += self.page("/api/v1/statuses", **{"id[]": list(some)})
            except Rejected as refused:
                if refused.code not in ("not-found", "http-405"):  # before 4.3
                    raise
                found += filter(None, map(self.status, some))
        return found

    def status(self, status_id: str) -> Any:
        """One status, or None where it is not there or not visible."""
        try:
            with self.client() as (client, wire), translated(TABLE, wire):
                client.status(status_id)
        except Rejected as refused:
            if refused.code not in ("not-found", "gone"):
                raise
            return None
        return body_of(wire)

    def _token(self) -> str:
        token = self._sign_in.credential.get("access_token")
        if not token:
            raise AuthExpired("mastodon", "No access token is stored for this account.", code="no-token")
        return token


def body_of(wire: Wire) -> Any:
    """What the last answer said."""
    return wire.answer.body if wire.answer else None


def listed(wire: Wire) -> list[Any]:
    """The page as it came. An answer that is no list is no empty page: silence must not be read into it."""
    body = body_of(wire)
    if not isinstance(body, list):
        raise Retryable("mastodon", "The instance answered something that is no list.", code="not-a-list")
    return body
