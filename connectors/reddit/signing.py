"""Signing a Reddit account in: OAuth 2.0 with a code, for a web app, with a refresh token that lasts (duration=permanent).

Source: https://github.com/reddit-archive/reddit/wiki/OAuth2. Since November 2025 Reddit has to approve an app (README.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.http import Answer, Wire
from connectors.reddit import BASE_URL
from connectors.shape import word
from connectors.signing import App, Begun, lacking, place, refuse_lacking
from connectors.translate import Table, translated

SITE_URL = "https://www.reddit.com"
"""Where people allow an app, and where tokens come from; everywhere else (a loopback server) it is the API's own host."""

NEEDED = ("identity", "read", "submit", "edit", "history", "privatemessages")
"""Who is signed in, posts and comments, one's own listings (by which a lost answer is settled), the inbox."""
WANTED = (*NEEDED, "flair", "report", "modposts", "modcontributors", "mysubreddits", "subscribe")
"""For flair, reports, and acting as a moderator; each is left out of what can be done where it was not given."""


def _code(answer: Answer) -> str | None:
    return word(answer.body, "error")


TABLE = Table(
    "reddit",
    code=_code,
    rules={(400, None): Rejected, (401, None): Rejected, (403, None): Rejected},
)


def begin(app: App, base_url: str, state: str) -> Begun:
    """The page on which a person allows our app. No request is made."""
    url = place(
        _site(base_url),
        "/api/v1/authorize",
        client_id=app.client["client_id"],
        response_type="code",
        state=state,
        redirect_uri=app.redirect,
        duration="permanent",
        scope=" ".join(WANTED),
    )
    return Begun(url, {})


def finish(app: App, base_url: str, secret: Mapping[str, str], code: str) -> dict[str, str]:  # noqa: ARG001
    """The credential for the code, in one request. Raises Rejected, Retryable."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect}
    with Wire(app.timeout) as wire, translated(TABLE, wire):
        _post(wire, app.client, f"{_site(base_url)}/api/v1/access_token", form)
    body = wire.answer.body if wire.answer else None
    refused = word(body, "error")
    if refused:  # Reddit refuses a code with status 200
        raise Rejected("reddit", "Reddit does not take the code.", code=refused)
    refresh = word(body, "refresh_token")
    if refresh is None:
        raise Retryable("reddit", "Reddit gave no refresh token.", code="no-token")
    granted = word(body, "scope")
    refuse_lacking("reddit", lacking(NEEDED, granted))
    client = {name: app.client[name] for name in ("client_id", "client_secret", "user_agent")}
    return {**client, "refresh_token": refresh, **({"scope": granted} if granted else {})}


def revoke(app: App, base_url: str, credential: Mapping[str, str]) -> None:
    """POST /api/v1/revoke_token; Reddit answers the same whether the token was known or not."""
    try:
        with Wire(app.timeout) as wire, translated(TABLE, wire):
            form = {"token": credential["refresh_token"], "token_type_hint": "refresh_token"}
            _post(wire, credential, f"{_site(base_url)}/api/v1/revoke_token", form)
    except (Rejected, AuthExpired):
        return


def _post(wire: Wire, client: Mapping[str, str], url: str, form: dict[str, str]) -> None:
    auth = (client["client_id"], client["client_secret"])
    wire.post(url, data=form, auth=auth, headers={"User-Agent": client["user_agent"]})


def _site(base_url: str) -> str:
    api = base_url.rstrip("/")
    return SITE_URL if api == BASE_URL else api
