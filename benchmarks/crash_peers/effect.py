"""What every peer's job does, and where its worker is killed. The standard library only: it runs in the peers' environments.

A job prepares for a moment, as one that says something in public does, and makes one HTTP POST to the counting server.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

JOBS = 20
KILLED = 7
"""The job in which the worker is killed."""
APART = timedelta(seconds=0.25)
"""Between two jobs' times: at most one or two are on their way when the kill comes."""
PREPARES = 0.05
"""Seconds before the request leaves: a text is read, a connection is made."""

STORE = os.environ.get("CRASH_STORE", "")
"""The peer's own record: a file, or the address of its server."""
RECOVERY = bool(os.environ.get("CRASH_RECOVERY"))
"""Whether the peer runs with the recovery that its documentation describes, or as it comes."""


def due(job: int) -> datetime:
    """When a job is to run."""
    return datetime.fromtimestamp(float(os.environ["CRASH_STARTS"]), UTC) + job * APART


def effect(job: int) -> None:
    """Have one effect, which the counting server counts."""
    time.sleep(PREPARES)
    die_at(job, "before")
    address = f"{os.environ['CRASH_COUNTER']}/effect/{os.environ['CRASH_RUN']}/{job}"
    with urlopen(Request(address, method="POST"), timeout=10) as answer:
        answer.read()
    die_at(job, "after")


def die_at(job: int, moment: str) -> None:
    """End this worker with all its processes, as `kill -9` does, where this is the job and the moment asked for."""
    if job == KILLED and os.environ.get("CRASH_DIES") == moment:
        os.killpg(0, signal.SIGKILL)
