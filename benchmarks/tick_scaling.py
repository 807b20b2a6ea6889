"""`python -m benchmarks.tick_scaling [--due N]`: rows of the due index that one tick reads, one JSON line.

However many posts are scheduled for later, a tick reads what is due and at most 16 rows more (one query a shard).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.virtual import START, virtual
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import Entries, Index
from chalicelib.services import ticking


@dataclass
class Counted(SqliteTable):
    """The embedded table, counting what its indexes hand out."""

    rows: int = 0
    queries: int = 0

    def __init__(self) -> None:
        super().__init__(":memory:")

    def query_index(
        self,
        index: Index,
        partition: str,
        *,
        upto: str | None = None,
        limit: int = 100,
        newest_first: bool = False,
        after: str | None = None,
    ) -> Entries:
        """See ports."""
        page = super().query_index(index, partition, upto=upto, limit=limit, newest_first=newest_first, after=after)
        self.rows += len(page.rows)
        self.queries += 1
        return page


def measure(scheduled: int, due: int) -> dict[str, int]:
    """Rows and queries of one tick with so many posts scheduled, of which `due` are due."""
    table = Counted()
    world = virtual(table)
    caller, accounts = world.open("Desk", 10)
    later = START + timedelta(hours=1)
    limit = timedelta(hours=1)
    for number, account in enumerate(accounts):
        share = scheduled // len(accounts)
        texts = [f"Post {number}.{place}" for place in range(share)]
        world.schedule(caller, account, texts, later, timedelta(seconds=1), limit)
    for number in range(due):
        world.schedule(caller, accounts[number % len(accounts)], [f"Due {number}"], START, timedelta(0), limit)
    table.rows = table.queries = 0
    ticked = ticking.tick(world.desk, START)
    if ticked.handed_on.get("variant") != due:
        raise SystemExit(f"{due} were due, and the tick handed on {ticked.handed_on}")
    return {"rows": table.rows, "queries": table.queries}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line; exit code 1 where a tick reads more than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tick_scaling", description=__doc__)
    parser.add_argument("--due", type=int, default=10, help="posts that are due (default 10)")
    parser.add_argument(
        "--scheduled", type=int, nargs="*", default=[1_000, 10_000, 100_000], help="posts scheduled for later"
    )
    asked = parser.parse_args(arguments)
    found = {str(scheduled): measure(scheduled, asked.due) for scheduled in asked.scheduled}
    rows = {scheduled: one["rows"] for scheduled, one in found.items()}
    queries = {scheduled: one["queries"] for scheduled, one in found.items()}
    print(json.dumps({"rows_read": rows, "queries": queries, "due": asked.due}))
    sys.exit(any(one > asked.due + 16 for one in rows.values()))


if __name__ == "__main__":
    main()
