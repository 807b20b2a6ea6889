"""The peers as subjects of a trial: each runs its own command line in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from benchmarks.crash_peers.environments import HERE
from benchmarks.crash_peers.trial import launched

WORK = {
    "apscheduler": ("python", "-c", "import peer_apscheduler; peer_apscheduler.work()"),
    "huey": ("huey_consumer", "peer_huey.huey", "--quiet"),
    "dramatiq": ("dramatiq", "peer_dramatiq"),
    "procrastinate": ("procrastinate", "--app=peer_procrastinate.app", "worker"),
}
"""How each peer's worker is started: its documentation's command, nothing set."""

ASKED_WITHIN = 60


@dataclass(slots=True)
class Peer:
    """One peer. record: its file, or the address of its server's record."""

    name: str
    environment: Path
    record: str
    recovery: bool
    counter: str
    log: Path
    run: str
    _starts: float = field(default=0.0, init=False)

    def schedule(self, lead: float) -> float:
        """By the peer's own means."""
        self._starts = time.time() + lead
        self._ask("schedule()")
        return self._starts

    def start(self, dies: str) -> subprocess.Popen[bytes]:
        """Its worker, in a process group of its own."""
        program, *arguments = WORK[self.name]
        command = [str(self.environment / "bin" / program), *arguments]
        return launched(command, HERE, self._environment(dies), self.log)

    def left(self) -> int:
        """As the peer's own record says."""
        return int(self._ask("left()"))

    def effects(self) -> Mapping[int, int]:
        """As the counting server says."""
        return counted(f"{self.counter}/effects/{self.run}")

    def to_person(self) -> Collection[int]:
        """No peer knows the state."""
        return ()

    def _ask(self, call: str) -> str:
        asked = subprocess.run(
            [self.environment / "bin" / "python", "-c", f"import peer_{self.name} as peer; print(peer.{call})"],
            cwd=HERE,
            env=self._environment(""),
            check=False,
            capture_output=True,
            text=True,
            timeout=ASKED_WITHIN,
        )
        if asked.returncode:
            raise RuntimeError(f"{self.name} could not {call}: {asked.stderr[-400:]}")
        return asked.stdout

    def _environment(self, dies: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CRASH_COUNTER": self.counter,
            "CRASH_RUN": self.run,
            "CRASH_STORE": self.record,
            "CRASH_RECOVERY": "1" if self.recovery else "",
            "CRASH_DIES": dies,
            "CRASH_STARTS": str(self._starts),
        }


def counted(address: str) -> dict[int, int]:
    """The effects of one run by job, as the counting server tells them."""
    with urlopen(address, timeout=30) as answer:
        return {int(job): times for job, times in json.load(answer).items()}
