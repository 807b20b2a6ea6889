"""The load: posts are scheduled all the time, and members speak, whether anybody listens just now or not.

What the API did not acknowledge is sent again under its Idempotency-Key until it does, as a client should.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from benchmarks.kill9.verdict import Said
from local.sandbox.members import CAST, Kind

PLATFORMS = ("x", "reddit", "mastodon", "bluesky")
POSTS_EVERY = 1.5
MESSAGES_EVERY = 1.0
"""Seconds."""
PAUSE = 0.05
"""Seconds between two requests to the API."""
WITHIN = 3.0
"""Seconds: a post is due within so long of `ahead`. Acknowledged after a restart, its time may have passed by then."""
KINDS = (Kind.PRAISE, Kind.QUESTION, Kind.PRAISE, Kind.INSULT)
"""What members say: most of it is answered automatically."""
MARK = "mark"


@dataclass(slots=True)
class Load:
    """Speaks until stopped. accounts: by platform, id in the record and id on the sandbox network.

    ahead: seconds between asking for a post and the first moment at which it may be due.
    """

    api: str
    token: str = field(repr=False)
    sandbox: str
    accounts: dict[str, list[tuple[str, str]]]
    rng: random.Random
    ahead: float = 0.0
    owed: set[Said] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    _waiting: deque[tuple[str, dict[str, Any]]] = field(default_factory=deque)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to speak."""
        self._threads = [threading.Thread(target=job, daemon=True) for job in (self._wish, self._insist, self._speak)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask for nothing new; what was asked for is still asked until it is acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        while self._waiting:
            self._ask()

    def _wish(self) -> None:
        number = 0
        while not self._stopping.wait(POSTS_EVERY * self.rng.uniform(0.5, 1.5)):
            number += 1
            mark = f"{MARK}-{number:05}"
            self._waiting.append((mark, self._post(number, mark)))

    def _insist(self) -> None:
        while not self._stopping.wait(PAUSE):
            if self._waiting:
                self._ask()

    def _post(self, number: int, mark: str) -> dict[str, Any]:
        at = datetime.now(UTC) + timedelta(seconds=self.ahead + self.rng.uniform(0, WITHIN))
        variants = []
        for platform in PLATFORMS:
            ours = self.accounts[platform]
            one: dict[str, str] = {"account": ours[number % len(ours)][0], "text": f"Bring what is broken ({mark})"}
            if platform == "reddit":
                one |= {"title": f"The repair workshop, {mark}", "community": "repairs"}
            variants.append(one)
        return {"schedule": {"at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "zone": "UTC"}, "variants": variants}

    def _ask(self) -> None:
        """Ask for the oldest wish; it goes back to the end of the line unless it is acknowledged."""
        mark, wish = self._waiting.popleft()
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": mark}
        try:
            answer = requests.post(f"{self.api}/posts", json=wish, headers=headers, timeout=5)
        except requests.RequestException:
            self._waiting.append((mark, wish))
            return
        if answer.status_code == requests.codes.created:
            self.owed |= {(platform, mark) for platform in PLATFORMS}
        elif answer.status_code in {409, 429} or answer.status_code >= 500:
            self._waiting.append((mark, wish))
        else:
            self.refused.append(f"{mark}: {answer.status_code} {answer.text[:200]}")

    def _speak(self) -> None:
        number = 0
        while not self._stopping.wait(MESSAGES_EVERY * self.rng.uniform(0.5, 1.5)):
            number += 1
            mark, platform = f"message-{number:05}", self.rng.choice(PLATFORMS)
            text = f"{CAST[self.rng.choice(KINDS)].text} @{mark}"  # what reads as a name is not weighed as a word
            _, account = self.rng.choice(self.accounts[platform])
            where = {"platform": platform, "member": f"member-{number}", "account": account, "community": "repairs"}
            answer = requests.post(f"{self.sandbox}/_sandbox/members/say", json={**where, "text": text}, timeout=10)
            answer.raise_for_status()
            self.said.add(mark)
