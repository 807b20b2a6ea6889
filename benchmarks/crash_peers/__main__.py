"""`python -m benchmarks.crash_peers [--only parley,huey]`: one kill among twenty jobs, one JSON line.

Every row is a way to run twenty jobs, due a quarter of a second apart. The worker is killed with `kill -9`, all its
processes at once, in the seventh job: `before` its effect (the request has not left) or `after` it (the other side has
counted, nothing is recorded yet); `clean` is the same run without a kill. Three seconds later it is started again, and
after it has come to rest, or 90 s, the effects are counted by one server in a process of its own (counter.py). Peers'
jobs POST to it. Parley's posts go to the sandbox network, where the counting server reads which of them stand.

lost: jobs without an effect that nothing and nobody will make up for, a job that is stuck in a broker among them. twice:
jobs with more than one effect. to_person: posts that wait visibly in the review queue; no peer has such a state. `+recovery`
is the peer with the recovery that its own documentation describes (peer_*.py name it). Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.crash_peers import environments
from benchmarks.crash_peers.environments import ROOT
from benchmarks.crash_peers.ours import Parley
from benchmarks.crash_peers.peers import Peer
from benchmarks.crash_peers.servers import Postgres, Redis, Unavailable
from benchmarks.crash_peers.trial import Outcome, Subject, run
from chalicelib import VERSION

MOMENTS = {"clean": "", "before": "before", "after": "after"}
OURS = ("mastodon", "bluesky", "x")
AT_ONCE = 4
"""Trials side by side: they mostly wait."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bench:
    """What all trials share."""

    place: Path
    counter: str
    sandbox: str
    redis: Redis
    postgres: Postgres

    def subject(self, row: str, moment: str) -> Subject:
        """The row's subject with a fresh record. Raises servers.Unavailable."""
        name, _, rest = row.replace("+", " + ").partition(" ")
        trial = f"{row.replace(' ', '-').replace('+', '-')}-{moment}"
        home = self.place / trial
        if name == "parley":
            return Parley(rest.removeprefix("on "), home, self.sandbox, self.counter, trial)
        home.mkdir()
        records: dict[str, Callable[[], str]] = {"dramatiq": self.redis.record, "procrastinate": self.postgres.record}
        record = records.get(name, lambda: str(home / "jobs.sqlite"))()
        log = home / "worker.log"
        return Peer(name, environments.made(name), record, bool(rest), self.counter, log, trial)


def rows(only: Sequence[str]) -> list[str]:
    """The rows that were asked for, ours first. Raises ValueError for a name that there is not."""
    unknown = set(only) - {"parley", *environments.PEERS}
    if unknown:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}")
    ours = [f"parley on {one}" for one in OURS] if "parley" in only else []
    return ours + [f"{peer}{how}" for peer in environments.PEERS if peer in only for how in ("", "+recovery")]


def measure(only: Sequence[str], moments: Sequence[str] = tuple(MOMENTS)) -> Row:
    """Run the trials that were asked for: the line to print."""
    began = time.monotonic()
    wanted = rows(only)
    with bench() as shared, ThreadPoolExecutor(AT_ONCE) as side_by_side:

        def trial(asked: tuple[str, str]) -> Outcome | str:
            row, moment = asked

            def tell(what: str) -> None:
                print(f"{time.monotonic() - began:5.0f} s  {row}, {moment}: {what}", file=sys.stderr, flush=True)

            try:
                outcome = run(subjects[asked], MOMENTS[moment], tell)
            except Exception as error:  # noqa: BLE001 - one trial that could not be run is told in its row
                tell(f"{type(error).__name__}: {error}")
                return f"could not be run: {error}"
            tell(f"lost {outcome.lost}, twice {outcome.twice}, to a person {outcome.to_person}, left {outcome.left}")
            return outcome

        subjects: dict[tuple[str, str], Subject] = {}
        missing: dict[str, str] = {}
        for row in wanted:
            try:
                subjects |= {(row, moment): shared.subject(row, moment) for moment in moments}
            except Unavailable as error:
                print(f"{row} is left out: {error}", file=sys.stderr, flush=True)
                missing[row] = str(error)
        asked = [one for one in subjects if one[0] not in missing]
        # The longest first: what waits for its patience to end begins at once.
        asked.sort(key=lambda one: (one[1] == "clean", one[0] not in {"procrastinate", "dramatiq"}))
        outcomes = dict(zip(asked, side_by_side.map(trial, asked), strict=True))
        versions = versions_of(only, shared)
    told = {row: missing_row(missing[row]) if row in missing else shown(row, moments, outcomes) for row in wanted}
    return {"rows": told, "versions": versions, "seconds": round(time.monotonic() - began)}


def shown(row: str, moments: Sequence[str], outcomes: dict[tuple[str, str], Outcome | str]) -> Row:
    """One row of the table, with a note where its record was left unfinished."""
    cells: Row = {}
    notes = []
    for moment in moments:
        outcome = outcomes[row, moment]
        if isinstance(outcome, str):
            cells[moment] = None
            notes.append(f"{moment}: {outcome}")
            continue
        cells[moment] = {
            "lost": len(outcome.lost),
            "twice": len(outcome.twice),
            "to_person": len(outcome.to_person),
        }
        if outcome.left:
            notes.append(f"{moment}: {outcome.left} stuck in its record as not done")
    return cells | ({"note": "; ".join(notes)} if notes else {})


def missing_row(why: str) -> Row:
    """A row that could not be measured on this machine."""
    return {"skipped": why}


def versions_of(only: Sequence[str], shared: Bench) -> dict[str, str]:
    """What was measured."""
    found = {"python": platform.python_version(), "parley": VERSION}
    found |= {peer: environments.version(peer) for peer in environments.PEERS if peer in only}
    if "dramatiq" in only:
        found["redis"] = shared.redis.version()
    if "procrastinate" in only:
        found["postgresql"] = shared.postgres.version()
    return found


@contextmanager
def bench() -> Iterator[Bench]:
    """The counting server, the sandbox network and the peers' servers, all gone afterwards."""
    with ExitStack() as stack:
        place = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-peers-", ignore_cleanup_errors=True))
        )
        place.chmod(0o755)  # PostgreSQL's own user passes through
        folders = [place / name for name in ("redis", "postgres")]
        for folder in folders:
            folder.mkdir()
        counter = stack.enter_context(serving("benchmarks.crash_peers.counter"))
        sandbox = stack.enter_context(serving("local.sandbox", "--port", "0"))
        redis, postgres = stack.enter_context(Redis(folders[0])), stack.enter_context(Postgres(folders[1]))
        yield Bench(place, counter, sandbox, redis, postgres)


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """A module that says its address on its first line, in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("there is no pipe")
            yield process.stdout.readline().split()[-1].removesuffix("/_sandbox/")
        finally:
            process.terminate()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON line; 2 for a row that there is not."""
    parser = argparse.ArgumentParser(description="One kill among twenty jobs, side by side.")
    parser.add_argument("--only", default=",".join(("parley", *environments.PEERS)), help="comma-separated")
    asked = parser.parse_args(arguments)
    try:
        line = measure(asked.only.split(","))
    except ValueError as error:
        parser.error(str(error))
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
