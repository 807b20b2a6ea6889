"""One trial: twenty jobs are scheduled, the worker dies in the seventh, is started again, and what happened is counted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.crash_peers.effect import APART, JOBS

LEAD = 15.0
"""Seconds from the first job's scheduling to its time: enough to schedule all and to start a worker, on a busy machine too."""
DOWN = 3.0
"""Seconds between the kill and the worker's next start."""
PATIENCE = 90.0
"""Seconds after that start until what is still not done counts as stuck. The slowest that recovers by itself needs 60."""
AT_REST = 2.0
"""Seconds that what has just left the record may still take to have its effect."""


class Subject(Protocol):
    """One way to run twenty jobs, in a place of its own."""

    def schedule(self, lead: float) -> float:
        """Put the twenty jobs on record, the first due `lead` seconds from the moment that all is ready for them.

        Returns that time, in seconds since 1970.
        """

    def start(self, dies: str) -> subprocess.Popen[bytes]:
        """Start the worker, the leader of a process group. dies: before, after, or "" for never."""

    def left(self) -> int:
        """How many jobs its record shows as not done."""

    def effects(self) -> Mapping[int, int]:
        """How many effects each job had, by the counting server."""

    def to_person(self) -> Collection[int]:
        """The jobs that wait for a person, visibly."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of twenty jobs. left: those that the peer's record still shows as not done when patience was over."""

    lost: tuple[int, ...]
    twice: tuple[int, ...]
    to_person: tuple[int, ...]
    left: int = 0


def compare(effects: Mapping[int, int], to_person: Collection[int], left: int = 0) -> Outcome:
    """Lost: no effect, and no person is asked. Twice: more than one effect, whoever is asked."""
    jobs = range(1, JOBS + 1)
    return Outcome(
        tuple(job for job in jobs if not effects.get(job) and job not in to_person),
        tuple(job for job in jobs if effects.get(job, 0) > 1),
        tuple(sorted(to_person)),
        left,
    )


def run(subject: Subject, dies: str, tell: Callable[[str], None]) -> Outcome:
    """One trial. dies: before or after the effect, or "" for a clean run.

    Raises RuntimeError where the machine was too slow for a trial: a job was due before the worker that dies was there.
    """
    starts = subject.schedule(LEAD)
    worker = subject.start(dies)
    try:
        if time.time() > starts:
            raise RuntimeError(
                f"scheduling {JOBS} jobs and starting a worker took more than {LEAD:g} s: nothing is shown"
            )
        if dies:
            if worker.wait(LEAD + PATIENCE) != -signal.SIGKILL:
                raise RuntimeError(f"the worker ended by itself with {worker.returncode}")
            tell("killed")
            time.sleep(DOWN)
            worker = subject.start("")
        time.sleep(max(0.0, starts + (JOBS + 1) * APART.total_seconds() - time.time()))
        left = _wait_for_rest(subject)
        to_person = subject.to_person()
    finally:
        end(worker)
    return compare(subject.effects(), to_person, left)


def _wait_for_rest(subject: Subject) -> int:
    ends = time.monotonic() + PATIENCE
    while (left := subject.left()) and time.monotonic() < ends:
        time.sleep(2)
    time.sleep(AT_REST)
    return left


def launched(command: Sequence[str], where: Path, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a worker as the leader of a process group of its own; what it says goes to the log."""
    with log.open("ab") as said:
        return subprocess.Popen(
            command, cwd=where, env=environment, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )


def end(worker: subprocess.Popen[bytes]) -> None:
    """End a worker with all its processes."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
