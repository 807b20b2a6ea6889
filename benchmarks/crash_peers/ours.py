"""Parley as a subject of a trial: scheduled through its HTTP API, speaking to the sandbox network."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.crash_peers.effect import APART, JOBS
from benchmarks.crash_peers.environments import ROOT
from benchmarks.crash_peers.peers import counted
from benchmarks.crash_peers.trial import end, launched
from chalicelib import settings
from local.machine import SANDBOX_TIMES
from local.story.stage import Api, Sandbox

READY_WITHIN = 30.0
UNDECIDED = frozenset({"scheduled", "sending"})


def free_port() -> int:
    """A port that nobody listens on just now, and that is no client's: below those that the system hands out.

    While the machine is down, a client that asks for it from that very port would be connected to itself and hold it.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        with closing(socket.socket()) as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@dataclass(slots=True)
class Parley:
    """The embedded machine on one platform of the sandbox network, on the sandbox's times (local/machine.py)."""

    platform: str
    home: Path
    sandbox: str
    counter: str
    run: str
    _port: int = field(default_factory=free_port, init=False)
    _token: str = field(default="", init=False, repr=False)
    _account: str = field(default="", init=False)
    _jobs: dict[str, int] = field(default_factory=dict, init=False)

    def schedule(self, lead: float) -> float:
        """Twenty posts through the API of a machine that is killed once they are on record."""
        operator = made(self.home)
        worker = self.start("")
        try:
            self._token = opened(self._url, operator)
            remote = Sandbox(self.sandbox).make_account(self.platform, f"{self.run.replace('-', '')[:12]}{self._port}")
            self._account = remote["id"]
            owner = self._owner
            wanted = {"platform": self.platform, "base_url": remote["base_url"], "credential": remote["credential"]}
            account = owner.call("POST", "/accounts", wanted, expect=201)["id"]
            starts = time.time() + lead
            for job in range(1, JOBS + 1):
                at = datetime.fromtimestamp(starts, UTC) + job * APART
                schedule = {"at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", "zone": "UTC"}
                variant = {"account": account, "text": f"This is job {job} of {JOBS}"}
                post = owner.call("POST", "/posts", {"schedule": schedule, "variants": [variant]}, expect=201)
                self._jobs[post["id"]] = job
        finally:
            end(worker)
        return starts

    def start(self, dies: str) -> subprocess.Popen[bytes]:
        """The machine, until it answers."""
        module = "benchmarks.crash_peers.peer_parley"
        command = [sys.executable, "-m", module, str(self.home), str(self._port), self.platform]
        environment = {**sandboxed(self.sandbox), "CRASH_DIES": dies}
        worker = launched(command, ROOT, environment, self.home / "worker.log")
        healthy(self._url, worker)
        return worker

    def left(self) -> int:
        """Posts whose state says that something is still to come without a person."""
        return sum(state in UNDECIDED for state in self._states().values())

    def effects(self) -> Mapping[int, int]:
        """What stands on the sandbox network, as the counting server finds it there."""
        posts = requests.compat.quote(
            f"{self.sandbox}/_sandbox/posts?platform={self.platform}&account={self._account}", safe=""
        )
        return counted(f"{self.counter}/effects/{self.run}?posts={posts}")

    def to_person(self) -> Collection[int]:
        """Posts that wait in the review queue."""
        return {job for job, state in self._states().items() if state == "needs_review"}

    def _states(self) -> dict[int, str]:
        return {self._jobs[post["id"]]: post["variants"][0]["state"] for post in self._owner.all("/posts")}

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def _owner(self) -> Api:
        return Api(self._url, self._token)


def made(home: Path) -> str:
    """Make a record in this folder; the operator's token."""
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "local.cli", "init", "--json", "--home", str(home)],
        cwd=ROOT,
        env=bare(),
        check=True,
        capture_output=True,
        text=True,
    )
    token: str = json.loads(done.stdout)["operator_token"]
    return token


def opened(url: str, operator: str) -> str:
    """Open a workspace; its owner's token."""
    owner = {"name": "Owner", "email": "owner@desk.example"}
    asked = {"name": "Crash", "zone": "UTC", "owner": owner}
    token: str = Api(url, operator).call("POST", "/workspaces", asked, expect=201)["token"]
    return token


def bare() -> dict[str, str]:
    """This process's environment without Parley's settings: what a developer set must not change a figure."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}


def sandboxed(sandbox: str) -> dict[str, str]:
    """The environment of a machine that speaks to a sandbox network in another process."""
    hosts = {f"PARLEY_HOSTS_{one.upper()}": f"{sandbox}/{one}" for one in settings.PLATFORMS}
    return {**bare(), **SANDBOX_TIMES, **hosts}


def healthy(url: str, worker: subprocess.Popen[Any]) -> None:
    """Wait until the API answers. Raises RuntimeError where the machine ended, or does not in time."""
    ends = time.monotonic() + READY_WITHIN
    while time.monotonic() < ends and worker.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=2).status_code == requests.codes.ok:
                return
        except requests.RequestException:
            time.sleep(0.02)
    raise RuntimeError(f"the machine did not start: {worker.poll()}")
