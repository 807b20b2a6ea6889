"""A desk on a home's files, as many processes as want may run: what its platform was told to post lies in one file.

`python -m tests.local.desks HOME` runs a Runner of its own there: it says "ready", and stops when its input ends.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from chalicelib import bootstrap, settings
from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.services.desk import Desk, Platforms
from connectors.capabilities import Dedupe
from connectors.contract import Draft, Receipt, RemoteRef
from local.runner import Runner
from tests.world import MovableClock, ScriptedConnector, ScriptedPlatform

HOSTS = {f"PARLEY_HOSTS_{one.upper()}": f"https://{one}.example" for one in settings.PLATFORMS}
PATIENCE = 30.0
"""Seconds; what takes longer has failed."""


@dataclass(frozen=True)
class Posted:
    """One thing that really stands on the platform: who posted it, when, and what."""

    process: int
    at: datetime
    text: str


@dataclass
class Shared(ScriptedPlatform):
    """A platform that keeps what was posted in a file of the home."""

    home: Path = field(default_factory=Path)
    company: int = 1
    """So many processes must be in the middle of a send before any of them lands."""
    before_asking: Callable[[], None] = lambda: None

    def land(self, draft: Draft, key: str) -> Receipt:
        (self.home / f"sending-{os.getpid()}").touch()
        wait_until(lambda: len(list(self.home.glob("sending-*"))) >= self.company)
        self.before_landing()
        line = f"{os.getpid()} {datetime.now(UTC).isoformat()} {draft.text}\n"
        descriptor = os.open(self.home / "posted", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(descriptor, line.encode())
        os.close(descriptor)
        return Receipt(RemoteRef(f"{self.name}-{draft.text}"))


def desk_at(home: Path, platform: Shared, *, visibility_seconds: int = 60) -> Desk:
    """The embedded desk as bootstrap builds it, but for its platform."""

    def capabilities(_: str) -> object:
        platform.before_asking()
        return platform.capabilities()

    desk = bootstrap.build(settings.read({"PARLEY_HOME": str(home), **HOSTS}))
    platforms = Platforms(
        capabilities=capabilities,  # type: ignore[arg-type]
        connect=lambda _, given: ScriptedConnector(platform, given),  # type: ignore[arg-type, return-value]
        length=lambda _, draft: len(draft.text),
        credential_problem=lambda _, given: None,
    )
    queue = SqliteQueue(home / "queues.sqlite", visibility_seconds=visibility_seconds)
    return replace(desk, platforms=platforms, queue=queue)


def shared(home: Path, *, company: int = 1) -> Shared:
    return Shared("x", Dedupe.BY_SEARCH, MovableClock(), home=home, company=company)


def posted(home: Path) -> list[Posted]:
    """Everything that was posted, by whichever process."""
    path = home / "posted"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    parts = [line.split(" ", 2) for line in lines]
    return [Posted(int(process), datetime.fromisoformat(at), text) for process, at, text in parts]


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.01)


def main(home: Path) -> None:
    desk = desk_at(home, shared(home, company=2))
    bootstrap.use(desk)
    runner = Runner(desk).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    runner.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
