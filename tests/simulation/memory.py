"""The embedded table in memory, one for the whole process: laid out anew for each plan, answering as SqliteTable does.

Only what most of a plan's time went to is done once where that asks twice: an item is parsed once for each text, and the
shards of an index are read by one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import Entries, Entry, Index, Item, Key

_MOST_KEPT = 20_000
_DUE = "SELECT g, gs, pk, sk FROM item WHERE g IN ({}) AND gs <= ? ORDER BY g, gs, pk, sk"


class MemoryTable(SqliteTable):
    """ports.Table for plans. Whoever reads an item may not change it: the next to ask gets the same one."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self._parsed: dict[str, Item] = {}

    def image(self) -> bytes:
        """Everything in it."""
        return self._database._writer.serialize()

    def lay_out(self, image: bytes) -> None:
        """Hold this and nothing else."""
        self._database._writer.deserialize(image)
        if len(self._parsed) > _MOST_KEPT:
            self._parsed.clear()

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """See ports."""
        assert index is Index.DUE
        found: dict[str, list[Entry]] = {one: [] for one in partitions}
        statement = _DUE.format(",".join("?" * len(partitions)))
        for group, sort, pk, sk in self._database.rows(statement, [*partitions, upto]):
            found[group].append(Entry(Key(pk, sk), sort))
        assert all(len(rows) <= limit for rows in found.values()), "a plan with more than one page"
        return [Entries(rows, None) for rows in found.values()]

    def _item(self, body: str) -> Item:
        known = self._parsed.get(body)
        if known is None:
            known = self._parsed[body] = super()._item(body)
        return known


@cache
def memory() -> MemoryTable:
    """The one table: opening one takes as long as a tick."""
    return MemoryTable()
