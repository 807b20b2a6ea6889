"""One of our accounts in the sandbox network, and what the sandbox says was really said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connectors.capabilities import Platform
from connectors.contract import Connector, Draft, SignIn
from connectors.registry import capabilities, connect
from connectors.sessions import Memory
from local.sandbox.server import SandboxServer

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """One of our accounts in the sandbox."""

    platform: Platform
    connector: Connector
    draft: Draft
    url: str
    account: dict[str, Any]

    def tell(self, path: str, /, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    def ask(self, path: str, **query: str) -> Any:
        return requests.get(
            f"{self.url}/_sandbox/{path}", params={"platform": self.platform, **query}, timeout=5
        ).json()

    def posts(self) -> list[Any]:
        return list(self.ask("posts")["posts"])

    def texts(self) -> list[str]:
        return [it["text"] for it in self.posts()]

    def publish(self, draft: Draft, seed: str = "variant") -> Any:
        return self.connector.publish(draft, key=self.connector.new_key(seed, NOW))

    def look(self, draft: Draft, seed: str = "variant") -> Any:
        key = self.connector.new_key(seed, NOW)
        return self.connector.find_published(draft, key=key, since=NOW - timedelta(minutes=1))


@contextmanager
def desk_on(platform: Platform) -> Iterator[Desk]:
    """An account on a sandbox of its own, signed in."""
    with SandboxServer() as server:
        made = requests.post(
            f"{server.url}/_sandbox/accounts", json={"platform": platform, "handle": "parley-desk"}, timeout=5
        ).json()
        sign_in = SignIn(server.base_url(platform), made["credential"], sessions=Memory(), timeout=2.0)
        connector = connect(platform, sign_in)
        connector.sign_in()
        connector = connect(platform, replace(sign_in, identity=connector.identify()))
        draft = Draft("Grüße – see https://example.org/a?b=1&c=2 👩‍💻", language="de")
        if capabilities(platform).needs_community:
            draft = replace(draft, title="A title", community="community")
        yield Desk(platform, connector, draft, server.url, made)
