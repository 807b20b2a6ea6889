"""One HTTP session for every connector, whatever client library sits on top: a deadline, no redirects, no retries.

It also keeps what the last answer really was, because client libraries hide it (Mastodon.py drops the headers of a 429,
praw turns a body into an exception). It must never repeat a request, follow a redirect (a 307 would post again, a 302
would carry the token elsewhere), log a body or a header, or read a password from ~/.netrc.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import ConnectTimeout, JSONDecodeError, RequestException
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NewConnectionError

_MEDDLED = ("deprecation", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used")
"""Headers that client libraries act on: praw's limiter sleeps or raises KeyError on them, Mastodon.py raises
MastodonRatelimitError on a 200 whose reset it cannot read, which would make a sent post look unsent."""

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""Where JSON spells a half of a character; most that are found make a pair, and are one character once they are read."""
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is the decoded JSON, or None where it is none; header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(repr=False)


class Wire(requests.Session):
    """A `requests.Session` that sends once.

    timeout: seconds, for connecting and for reading each. moved: (prefix, replacement) for the start of every URL, before
    it is signed; for a client library whose host is a literal in its source (tweepy).
    answer: the last answer, None where none came. left: whether the last request may have reached the server.
    """

    def __init__(self, timeout: float, *, moved: tuple[str, str] | None = None) -> None:
        super().__init__()
        self.timeout = timeout
        self.moved = moved
        self.answer: Answer | None = None
        self.left = False
        self.auth = _unchanged  # an explicit no-op: otherwise requests would put a ~/.netrc password over our token

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepare a request, for the address where the platform really is."""
        if self.moved and request.url and request.url.startswith(self.moved[0]):
            request.url = self.moved[1] + request.url.removeprefix(self.moved[0])
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request once and keep its answer. Raises what requests raises."""
        self.answer, self.left = None, True
        kwargs["timeout"] = self.timeout
        kwargs["allow_redirects"] = False
        try:
            response = super().send(request, **kwargs)
        except RequestException as error:
            self.left = not _never_left(error)
            raise
        self.answer = Answer(response.status_code, CaseInsensitiveDict(response.headers), _json(response))
        for name in _MEDDLED:
            response.headers.pop(name, None)
        return response


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _json(response: requests.Response) -> Any:
    """The body as JSON, or None where it is none that can be read and kept."""
    try:
        body = response.json()
        if _HALF.search(response.content) and (whole := _whole(body)) != body:
            body, response._content = whole, json.dumps(whole).encode()  # noqa: SLF001  (client libraries read it too)
        return body
    except JSONDecodeError:
        return None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets without end
        response._content = b""  # noqa: SLF001  (client libraries would meet the same, and raise what nobody expects)
        return None


def _whole(value: Any) -> Any:
    """The same with a mark in place of each half of a character: nothing that is kept or sent could hold it."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value


def _never_left(error: RequestException) -> bool:
    """Whether no byte of the request can have arrived: refused, not resolved, not connected in time."""
    if isinstance(error, ConnectTimeout):
        return True
    if not isinstance(error, NotConnected) or not error.args:
        return False
    reason = getattr(error.args[0], "reason", error.args[0])
    return isinstance(reason, NewConnectionError)
