"""An account's line to X: tweepy's client on our wire, signed in, for one call at a time.

tweepy's Client has no timeout, follows redirects, and names its host in its source; `connectors.http.Wire` mends all
three. tweepy never retries by itself as long as `wait_on_rate_limit` is off. It keeps nothing but a renewed token.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connectors.contract import Identity, SignIn
from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.http import Wire
from connectors.sessions import Shelf
from connectors.translate import translated
from connectors.x import BASE_URL, posts, tokens
from connectors.x.refusals import TABLE

for _name in ("tweepy", "oauthlib", "requests_oauthlib"):  # at DEBUG these write tokens and bodies to the log
    logging.getLogger(_name).setLevel(logging.INFO)


class Line:
    """What the verbs of one account call X through."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._shelf = Shelf(sign_in)

    @property
    def oauth1(self) -> bool:
        """Whether requests are signed by OAuth 1.0a; tweepy asks for it with every call (`user_auth`)."""
        return bool(self._sign_in.credential.get("consumer_key"))

    @property
    def handle(self) -> str | None:
        """The account's handle, where it is known without asking."""
        return self._sign_in.identity.handle if self._sign_in.identity else None

    def renew(self) -> None:
        """Renew an OAuth 2.0 token that is nearly spent, where the credential can; otherwise there is nothing to do."""
        credential = self._sign_in.credential
        if self.oauth1 or not tokens.is_renewable(credential):
            return

        def ask(session: dict[str, Any]) -> dict[str, Any]:
            with Wire(self._sign_in.timeout) as wire:
                spent = session.get("refresh_token") or credential["refresh_token"]
                return tokens.renewed(wire, self._sign_in.base_url, credential, spent)

        self._shelf.renew(
            "x",
            ask,
            lasts=lambda session: tokens.lasts(session or credential),
            works=lambda session: tokens.lasts(session or credential, reserve=0),
        )

    def identity(self) -> Identity:
        """Who is signed in; asked only where the caller does not know."""
        return self._sign_in.identity or self.identify()

    def identify(self) -> Identity:
        """GET /2/users/me."""
        with self.client() as (client, wire), translated(TABLE, wire):
            found = posts.identity(client.get_me(user_auth=self.oauth1))
        if found is None:
            raise Retryable("x", "X did not say who is signed in.", code="no-identity")
        return found

    @contextmanager
    def client(self) -> Iterator[tuple[Any, Wire]]:
        """tweepy's client, and the wire below it. Raises AuthExpired where there is no token."""
        import tweepy

        credential = self._sign_in.credential
        access_token = self._shelf.load().get("access_token") or credential.get("access_token")
        if not access_token:
            raise AuthExpired("x", "No access token is stored for this account.", code="no-token")
        if self.oauth1:
            names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
            given = {name: credential.get(name) for name in names}
        else:
            given = {"bearer_token": access_token}
        client = tweepy.Client(**given, return_type=dict, wait_on_rate_limit=False)
        client.session.close()
        moved = (BASE_URL, self._sign_in.base_url.rstrip("/"))
        with Wire(self._sign_in.timeout, moved=moved) as wire:
            client.session = wire
            yield client, wire

    def asked(self, method: str, path: str, *, missing: tuple[int, ...] = (), **content: Any) -> Any:
        """What one call past tweepy answers, for what its Client does not know. Only for what may be repeated.

        None where the status is one of `missing`, by which X says that there is no such thing; {} where it says nothing.
        """
        with self.client() as (client, wire):
            try:
                with translated(TABLE, wire):
                    wire.request(method, BASE_URL + path, **self._authority(client), **content)
            except Rejected:
                if wire.answer is None or wire.answer.status not in missing:
                    raise
                return None
        return wire.answer.body if wire.answer and wire.answer.body is not None else {}

    def _authority(self, client: Any) -> dict[str, Any]:
        """What a request needs to be this account's, as tweepy would give it."""
        if not self.oauth1:
            return {"headers": {"Authorization": f"Bearer {client.bearer_token}"}}
        import tweepy

        keys = (client.consumer_key, client.consumer_secret, client.access_token, client.access_token_secret)
        return {"auth": tweepy.OAuth1UserHandler(*keys).apply_auth()}
