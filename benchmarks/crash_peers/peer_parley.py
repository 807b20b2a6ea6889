"""Parley's worker as a subject of the trial: the embedded machine, as `parley serve` starts it.

Killed at the same point as the peers: in job 7, just before the connector's one call that says something in public, or
just after it has returned and before its outcome is recorded. Only this process's connector is changed for that.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.crash_peers.counter import JOB
from benchmarks.crash_peers.effect import die_at
from local.machine import Machine, log_to_file


def dying(platform: str) -> None:
    """Let the platform's connector die with its worker where `CRASH_DIES` says."""
    room: Any = import_module(f"connectors.{platform}")
    connect = room.connect

    def connected(sign_in: Any) -> Any:
        kind: Any = type(connector := connect(sign_in))
        publish = kind.publish

        def published(self: Any, draft: Any, **key: Any) -> Any:
            said = JOB.search(draft.text)
            job = int(said[1]) if said else 0
            die_at(job, "before")
            receipt = publish(self, draft, **key)
            die_at(job, "after")
            return receipt

        kind.publish = published
        room.connect = connect
        return connector

    room.connect = connected


def main(home: Path, port: int, platform: str) -> None:
    """Work until killed. Without the sandbox in this process: it is the platform, and is not killed with us."""
    log_to_file(home)
    dying(platform)
    with Machine(
        home, port, environment={key: value for key, value in os.environ.items() if key.startswith("PARLEY_")}
    ):
        signal.pause()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
