"""A sandbox on a free port, driven by the real clients; and the recorded corpus, where it is there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import praw
import pytest
import requests
import tweepy
from mastodon import Mastodon
from requests.adapters import HTTPAdapter

from local.sandbox.server import SandboxServer

CORPUS = Path(os.environ.get("PARLEY_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")


@pytest.fixture
def corpus() -> Callable[[str], Any]:
    def read(name: str) -> Any:
        path = CORPUS / name
        if not path.exists():
            pytest.skip(f"needs the recorded corpus: {name} is not there (set PARLEY_CORPUS)")
        return json.loads(path.read_text())

    return read


class Control:
    """The control interface as a person with curl would use it."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/_sandbox"

    def post(self, path: str, /, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=5)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = requests.get(f"{self.url}/{path}", params=query, timeout=5)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def account(self, platform: str, handle: str = "parley-desk") -> dict[str, Any]:
        return self.post("accounts", platform=platform, handle=handle)

    def texts(self, platform: str, **query: str) -> list[str]:
        return [one["text"] for one in self.get("posts", platform=platform, **query)["posts"]]

    def writes(self, platform: str) -> list[str]:
        return [one["outcome"] for one in self.get("requests", platform=platform, sort="write")["requests"]]


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    return Control(server.url)


class _Moved(HTTPAdapter):
    """tweepy has its host as a literal; this sends what was meant for it to the sandbox."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        request.url = request.url.replace("https://api.twitter.com", self._base, 1)
        kwargs["timeout"] = 5
        return super().send(request, *args, **kwargs)


class Wire:
    """Makes the real clients for accounts of one sandbox."""

    def __init__(self, url: str) -> None:
        self._url = url

    def x(self, account: dict[str, Any]) -> tweepy.Client:
        client = tweepy.Client(bearer_token=account["credential"]["access_token"], return_type=dict)
        client.session.mount("https://api.twitter.com", _Moved(f"{self._url}/x"))
        return client

    def reddit(self, account: dict[str, Any], base: str = "/reddit") -> praw.Reddit:
        url = self._url + base
        return praw.Reddit(
            **account["credential"],
            oauth_url=url + "/" if base else url,
            reddit_url=url,
            check_for_updates=False,
            ratelimit_seconds=-1,
            timeout=5,
        )

    def mastodon(self, account: dict[str, Any]) -> Mastodon:
        return Mastodon(
            access_token=account["credential"]["access_token"],
            api_base_url=f"{self._url}/mastodon",
            version_check_mode="none",
            ratelimit_method="throw",
            request_timeout=5,
        )

    def bluesky(self, account: dict[str, Any]) -> Xrpc:
        return Xrpc(f"{self._url}/bluesky/xrpc", account)


class Xrpc:
    """Plain XRPC over requests, as the connector speaks it."""

    def __init__(self, url: str, account: dict[str, Any]) -> None:
        self._url = url
        self.did = account["id"]
        given = account["credential"]
        login = {"identifier": given["identifier"], "password": given["app_password"]}
        self.session = self.post("com.atproto.server.createSession", login, token="").json()

    def post(self, nsid: str, body: Any = None, token: str | None = None) -> requests.Response:
        return requests.post(f"{self._url}/{nsid}", json=body, headers=self._headers(token), timeout=5)

    def get(self, nsid: str, token: str | None = None, **query: Any) -> requests.Response:
        return requests.get(f"{self._url}/{nsid}", params=query, headers=self._headers(token), timeout=5)

    def upload(self, data: bytes, mime: str = "image/png") -> requests.Response:
        headers = {**self._headers(None), "Content-Type": mime}
        return requests.post(f"{self._url}/com.atproto.repo.uploadBlob", data=data, headers=headers, timeout=5)

    def put(self, rkey: str, text: str, **more: Any) -> requests.Response:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-11-20T12:00:00.000Z"}
        record |= more.pop("record", {})
        body = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record, **more}
        return self.post("com.atproto.repo.putRecord", body)

    def _headers(self, token: str | None) -> dict[str, str]:
        token = self.session["accessJwt"] if token is None else token
        return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture
def wire(server: SandboxServer) -> Wire:
    return Wire(server.url)


def shape_problems(recorded: Any, ours: Any, where: str = "$") -> list[str]:
    """Where our answer has another type than the recorded one, or a key that no recording has. null fits anything."""
    if recorded is None or ours is None:
        return []
    if isinstance(recorded, dict) and isinstance(ours, dict):
        problems = [f"{where}.{key} is not in the recording" for key in sorted(ours.keys() - recorded.keys())]
        for key in ours.keys() & recorded.keys():
            problems += shape_problems(recorded[key], ours[key], f"{where}.{key}")
        return problems
    if isinstance(recorded, list) and isinstance(ours, list):
        return shape_problems(recorded[0], ours[0], f"{where}[0]") if recorded and ours else []
    number = isinstance(recorded, int | float) and isinstance(ours, int | float)
    same = type(recorded) is type(ours) or (number and not isinstance(recorded, bool) and not isinstance(ours, bool))
    return [] if same else [f"{where} is {type(ours).__name__}, recorded {type(recorded).__name__}"]


@pytest.fixture
def compare_shapes() -> Callable[[Any, Any], list[str]]:
    return shape_problems
