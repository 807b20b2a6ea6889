"""What the four façades share: routing, JSON answers, refusals, bearer tokens. It must never know a platform's rule."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, NoReturn

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.sandbox.model import Account, Platform, Post, Sort, TokenUse
from local.sandbox.network import SandboxNetwork

Answer = Callable[..., Response]


class Refusal(Exception):
    """The platform says no; `response` is how it says it."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, in UTF-8."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers, content_type="application/json; charset=utf-8")


def refuse(body: Any, status: int, headers: Mapping[str, str] | None = None) -> NoReturn:
    """Stop here with a JSON answer."""
    raise Refusal(json_response(body, status, headers))


def milliseconds(at: datetime) -> str:
    """2026-11-20T12:00:00.000Z, as X, Mastodon and Bluesky write a time."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def basic_credentials(request: Request) -> tuple[str, str]:
    """User and password of HTTP basic authentication; empty where there are none."""
    given = request.authorization
    if given is None or given.type != "basic":
        return "", ""
    return given.username or "", given.password or ""


def bearer_token(request: Request) -> str:
    """The bearer token, or empty. Reddit and Mastodon take any case of the word."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def json_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body; empty if there is none."""
    found = request.get_json(silent=True, force=True)
    return found if isinstance(found, dict) else {}


class Facade(ABC):
    """One platform's wire protocol over the network's state. Called under the network's lock."""

    platform: ClassVar[Platform]

    def __init__(self, network: SandboxNetwork) -> None:
        self.network = network
        rules = [Rule(path, methods=[method], endpoint=answer) for (method, path), answer in self.routes().items()]
        self._map = Map(rules, merge_slashes=True)

    @abstractmethod
    def routes(self) -> dict[tuple[str, str], Answer]:
        """(method, path without a trailing slash) -> the method that answers."""

    @abstractmethod
    def error(self, status: int, seconds: float = 0.0) -> Response:
        """This platform's own wording for a status; `seconds`: when to try again."""

    @abstractmethod
    def signed_out(self) -> Response:
        """This platform's way to say that a token is no longer good."""

    @abstractmethod
    def sort_of(self, method: str, path: str) -> Sort:
        """What kind of request this is."""

    @abstractmethod
    def credential(self, account: Account) -> dict[str, str]:
        """What a connector needs to act for this account, by the platform's own names; made if there is none."""

    @abstractmethod
    def make_account(self, handle: str, name: str, *, ours: bool) -> Account:
        """An account with a native id and a handle that is legal here; the same handle gives the same account."""

    @abstractmethod
    def say(
        self,
        author: Account,
        text: str,
        *,
        parent: Post | None = None,
        toward: Account | None = None,
        community: str = "",
    ) -> Post:
        """A scripted member says something: toward an account, under a post, or to nobody in particular."""

    def edit(self, post: Post, text: str) -> Post:
        """Whoever wrote a post says something else in it; it stays the same post."""
        return self.network.keep_post(replace(post, text=text))

    @abstractmethod
    def private_messages(self) -> list[dict[str, Any]]:
        """Every private message that stands: {id, author, to, text}, accounts by id; who wrote it, and who may read it."""

    @abstractmethod
    def link(self, post: Post) -> str:
        """Where the real platform would show this post (host of the sandbox's own invention)."""

    def limited_but_created(self, response: Response) -> Response:
        """The answer that refuses and names what was made all the same; only Reddit has one (control.py checks)."""
        return response

    def finish(self, request: Request, path: str, response: Response) -> Response:
        """Last touch on every answer, such as rate headers."""
        del request, path
        return response

    def answer(self, request: Request, path: str) -> Response:
        """Answer one request; `path` is relative to the mount."""
        try:
            response = self._matched(request, path)
        except Refusal as refusal:
            response = refusal.response
        return self.finish(request, path, response)

    def _matched(self, request: Request, path: str) -> Response:
        adapter = self._map.bind("sandbox")
        try:
            endpoint, found = adapter.match("/" + path.strip("/"), method=request.method)
        except HTTPException:
            return self.error(404)
        answered: Response = endpoint(request, **found)
        return answered

    def account_of(self, value: str, use: TokenUse = TokenUse.ACCESS) -> Account | None:
        """Whose usable token this is, or None."""
        token = self.network.token(self.platform, value)
        if token is None or not self.network.usable(token, use):
            return None
        return self.network.account(self.platform, token.account)

    def caller(self, request: Request) -> Account:
        """Who is signed in. Raises Refusal with this platform's 401."""
        account = self.account_of(bearer_token(request))
        if account is None:
            raise Refusal(self.signed_out())
        return account

    def first_token(self, account: Account, use: TokenUse = TokenUse.ACCESS) -> str:
        """A token of this kind that never expires: the one there is, or a new one."""
        lasting = [t for t in self.network.tokens_of(account, use) if t.expires_at is None]
        return lasting[0].value if lasting else self.network.issue(account, use).value
