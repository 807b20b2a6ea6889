"""Where the story plays: one machine, or the packaged template on the AWS emulator. The story knows only this."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import requests

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds for one call of the API or the sandbox: a cold Lambda on the emulator takes a few."""

LAST = {"published", "failed", "missed", "needs_review", "cancelled", "closed"}
"""States that a variant does not leave by itself."""


class StoryFailed(Exception):
    """A step of the story could not be verified."""


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail as it reached the mail-box: addresses, subject, and both bodies."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


class Stage(Protocol):
    """What the story needs of the place where it plays."""

    @property
    def api_url(self) -> str:
        """Where the API answers, without a trailing slash."""

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox network answers."""

    @property
    def operator_token(self) -> str:
        """An API token that may open workspaces."""

    def mails(self) -> list[SentMail]:
        """Every mail that was handed over so far."""

    def review_messages(self) -> list[dict[str, Any]]:
        """Bodies of the messages on the review queue."""

    def nudge(self) -> None:
        """Called while the story waits: a stage whose schedule is slow may tick here."""


@dataclass(slots=True)
class Api:
    """The HTTP API, as one credential."""

    url: str
    token: str = field(repr=False)

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Call it and give the JSON answer. Raises StoryFailed where the status is another than expected."""
        answer = requests.request(
            method,
            f"{self.url}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
            timeout=TIMEOUT,
        )
        if answer.status_code != expect:
            raise StoryFailed(f"{method} {path} answered {answer.status_code}, not {expect}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def hand_over(self, data: bytes, mime: str, alt: str) -> str:
        """Bring a picture, by whichever way this stage takes the bytes, and give its id. Raises StoryFailed."""
        said = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "type": mime}
        media = self.call("POST", "/media", {"upload": said, "alt": alt}, expect=201)
        path, form = f"/media/{media['id']}", media.get("form")
        if form is not None:
            sent = requests.post(form["url"], data=form["fields"], files={"file": data}, timeout=TIMEOUT)
        else:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": mime}
            sent = requests.put(f"{self.url}{path}/content", data=data, headers=headers, timeout=TIMEOUT)
        if not sent.ok:
            raise StoryFailed(f"a picture was answered with {sent.status_code}: {sent.text[:300]}")
        media = self.call("POST", f"{path}/finish") if form is not None else sent.json()
        if media["state"] != "ready":
            raise StoryFailed(f"a picture came to rest as {media['state']}: {media.get('reason')}")
        return str(media["id"])

    def all(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        items: list[Any] = []
        after = ""
        while True:
            page = self.call("GET", f"{path}?limit=100{after}")
            items += page["items"]
            if page.get("next") is None:
                return items
            after = f"&after={requests.utils.quote(page['next'], safe='')}"  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The sandbox's own side: the independent witness of what was really posted."""

    url: str

    def make_account(self, platform: str, handle: str) -> dict[str, Any]:
        """Our account there, with its credential."""
        return self._post("accounts", {"platform": platform, "handle": handle})

    def say(self, platform: str, kind: str, **where: str) -> dict[str, Any]:
        """Let a member say something."""
        return self._post("members/say", {"platform": platform, "kind": kind, **where})

    def posts(self, platform: str, account: str) -> list[dict[str, Any]]:
        """What one account of ours really posted, oldest first."""
        answer = requests.get(
            f"{self.url}/_sandbox/posts", params={"platform": platform, "account": account}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        posts: list[dict[str, Any]] = answer.json()["posts"]
        return posts

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=TIMEOUT)
        if answer.status_code >= 300:
            raise StoryFailed(f"the sandbox answered {answer.status_code} to {path}: {answer.text[:200]}")
        made: dict[str, Any] = answer.json()
        return made


def until(stage: Stage, what: str, look: Callable[[], T | None], seconds: float) -> T:
    """Wait until `look` gives something, nudging the stage. Raises StoryFailed, naming what did not come."""
    ends = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > ends:
            raise StoryFailed(f"after {seconds:.0f} s still waiting for {what}")
        stage.nudge()
        time.sleep(0.2)


def published(stage: Stage, api: Api, post: str, what: str, seconds: float) -> list[dict[str, Any]]:
    """Wait until every variant of a post is out, and give them. Raises StoryFailed where one came to rest otherwise."""

    def at_rest() -> list[dict[str, Any]] | None:
        variants: list[dict[str, Any]] = api.call("GET", f"/posts/{post}")["variants"]
        return variants if all(one["state"] in LAST for one in variants) else None

    variants = until(stage, f"{what} to be out", at_rest, seconds)
    lost = [
        f"{one['platform']}: {one['state']} ({one.get('reason')})" for one in variants if one["state"] != "published"
    ]
    if lost:
        raise StoryFailed(f"{what} came to rest as {', '.join(lost)}")
    return variants
