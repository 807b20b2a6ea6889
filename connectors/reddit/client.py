"""A praw client that sends once and never sleeps. The only file that touches praw's private parts; praw is pinned for it.

What is taken out of praw 8.0.3 / prawcore 4.0.0, and why (connectors/reddit/README.md has the measurements):
- its retries, which repeat a POST up to three times after a time-out or a 5xx;
- its rate limiter, which sleeps up to a whole window before a call: `Wire` takes away the headers that it acts on;
- its token refresh inside a call, so that a post is one request. Tokens are renewed beforehand by `renewed`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import praw
import prawcore
from prawcore.auth import Authorizer, BaseAuthorizer
from prawcore.sessions import FiniteRetryStrategy

from connectors.errors import Retryable
from connectors.http import Wire
from connectors.reddit import BASE_URL

SITE_URL = "https://www.reddit.com"
"""Where Reddit gives tokens; everywhere else (a loopback server) it is the API's own host."""

logging.getLogger("prawcore").setLevel(logging.WARNING)  # at DEBUG it writes request bodies to the log


class NoRetry(FiniteRetryStrategy):  # type: ignore[misc]
    """No second try. The default must be 0 too: prawcore sleeps 2 to 4 seconds where fewer retries are left than that."""

    DEFAULT_RETRIES = 0


class HeldToken(BaseAuthorizer):  # type: ignore[misc]
    """An access token that is there or is not. It has no `refresh`, so prawcore cannot put one inside a post."""

    def __init__(self, authenticator: Any, access_token: str) -> None:
        super().__init__(authenticator=authenticator)
        self.access_token = access_token

    def is_valid(self) -> bool:
        """Always: whoever holds it has looked at its time."""
        return True


def client(wire: Wire, base_url: str, credential: Mapping[str, str], access_token: str | None) -> praw.Reddit:
    """A praw.Reddit on this wire. Without an access token it is good for `renewed` only."""
    api = base_url.rstrip("/")
    reddit = praw.Reddit(
        "DEFAULT",
        client_id=credential["client_id"],
        client_secret=credential["client_secret"],
        user_agent=credential["user_agent"],
        username=None,
        password=None,
        refresh_token=None,
        oauth_url=f"{api}/",  # urljoin would drop the last part of a path without the slash
        reddit_url=SITE_URL if api == BASE_URL else api,
        check_for_updates=False,
        check_for_async=False,
        ratelimit_seconds=-1,
        requestor_kwargs={"session": wire, "timeout": wire.timeout},
    )
    if access_token:
        core = prawcore.session(authorizer=HeldToken(_authenticator(reddit), access_token))
        core._retry_strategy_class = partial(NoRetry, retries=0)  # noqa: SLF001
        reddit._core = reddit._authorized_core = core  # noqa: SLF001
    return reddit


def renewed(reddit: praw.Reddit, refresh_token: str) -> dict[str, Any]:
    """A new access token: {access_token, expires_at (Unix seconds), refresh_token}; Reddit may hand out another of each."""
    authorizer = Authorizer(authenticator=_authenticator(reddit), refresh_token=refresh_token)
    asked_at = time.time()
    try:
        authorizer.refresh()
    except (KeyError, TypeError) as error:  # prawcore takes the fields of the answer without a look
        raise Retryable("reddit", "The answer to a renewal holds no token.", code="unknown-shape") from error
    lasts = (authorizer._expiration_timestamp_ns - time.monotonic_ns()) / 1e9  # noqa: SLF001
    return {
        "access_token": authorizer.access_token,
        "expires_at": asked_at + lasts - 10,  # prawcore adds ten seconds of its own
        "refresh_token": authorizer.refresh_token or refresh_token,
    }


def _authenticator(reddit: praw.Reddit) -> Any:
    return reddit._read_only_core.authorizer.authenticator  # noqa: SLF001
