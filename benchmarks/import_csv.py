"""`python -m benchmarks.import_csv [--rows N]`: a table of posts brought, checked and scheduled, twice; one JSON line.

On the embedded engine in a file, flushed to disk as in life. `rows_per_s`: rows of the first run by the time from the file's
bytes to the last post, checking included. `peak_mb`: the most memory that Python held at once while it ran, in a second,
untimed pass. `second_run_made`: posts that the same file made when it was brought again; exit code 1 unless that is 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.virtual import START, Virtual, virtual
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller
from chalicelib.domain.imports import Mode
from chalicelib.services import importing

ACCOUNTS = 10


def table(accounts: Sequence[str], rows: int) -> bytes:
    """So many posts, one each minute, over all accounts."""
    lines = ["when,zone,account,text,key"]
    for number in range(rows):
        at = START + timedelta(days=1, minutes=number)
        lines.append(f"{at:%Y-%m-%dT%H:%M},UTC,{accounts[number % len(accounts)]},Post {number} of the plan.,")
    return "\n".join(lines).encode()


def run(world: Virtual, caller: Caller, data: bytes) -> dict[str, int]:
    """Bring and begin one file; its rows by outcome."""
    workspace = caller.workspace
    found = importing.bring(world.desk, caller, data, START)
    importing.work(world.desk, workspace, found.id, START, lambda: False)
    importing.begin(world.desk, caller, found.id, Mode.ROW_WISE, START + timedelta(seconds=1))
    importing.work(world.desk, workspace, found.id, START + timedelta(seconds=1), lambda: False)
    done = importing.get(world.desk, workspace, found.id)
    return dict(done.counts)


def measure(rows: int) -> dict[str, float]:
    """The figures of the module's docstring."""
    with tempfile.TemporaryDirectory() as folder:
        world = virtual(SqliteTable(Path(folder) / "record.sqlite"))
        caller, accounts = world.open("Desk", ACCOUNTS)
        data = table([one.id for one in accounts], rows)
        began = time.perf_counter()
        first = run(world, caller, data)
        took = time.perf_counter() - began
        if first != {"made": rows}:
            raise SystemExit(f"of {rows} rows came {first}")
        again = run(world, caller, data)
    with tempfile.TemporaryDirectory() as folder:
        world = virtual(SqliteTable(Path(folder) / "record.sqlite"))
        caller, accounts = world.open("Desk", ACCOUNTS)
        data = table([one.id for one in accounts], rows)
        tracemalloc.start()
        run(world, caller, data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return {
        "rows": rows,
        "rows_per_s": round(rows / took),
        "peak_mb": round(peak / 2**20, 1),
        "second_run_made": again.get("made", 0),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line; exit code 1 where the second run made anything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_csv", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the file (default 10,000)")
    found = measure(parser.parse_args(arguments).rows)
    print(json.dumps(found))
    sys.exit(bool(found["second_run_made"]))


if __name__ == "__main__":
    main()
