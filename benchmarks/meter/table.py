"""The Table port over another one, counting the requests that the DynamoDB adapter would make, and their units.

It decides nothing: conditions hold or fail in the table beneath. That the number of requests is the adapter's is held by
tests/benchmarks/test_meter.py, which runs the same operations through both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import RLock
from typing import TypeVar

from benchmarks.meter.units import index_write_units, query_units, read_units, stored_bytes, write_units
from benchmarks.meter.usage import Usage
from chalicelib.adapters.embedded.conditions import changed
from chalicelib.adapters.items import INDEX_FIELDS, item_size, written_key
from chalicelib.ports import (
    Change,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Entries,
    Index,
    Item,
    Key,
    Put,
    Rows,
    Table,
    Update,
    Write,
)

BATCH = 100
"""Keys of one BatchGetItem."""
TRANSACTION = "TransactWriteItems"

T = TypeVar("T")


class MeteredTable:
    """A table whose every call is counted in `usage`."""

    def __init__(self, inner: Table, usage: Usage) -> None:
        """inner: where the items really lie; nothing else may write there."""
        self._inner = inner
        self._usage = usage
        self._turn = RLock()  # a worker takes several messages at once
        self.sizes: dict[Key, int] = {}
        """Bytes of each item as it lies there now."""

    def get(self, key: Key) -> Item | None:
        """The item under a key, or None."""
        item = self._inner.get(key)
        self._read("GetItem", read_units(item))
        return item

    def get_many(self, keys: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        """The items under these keys; each different one is read once, a hundred in a request."""
        found = self._inner.get_many(keys)
        units = [read_units(item) for item in dict(zip(keys, found, strict=True)).values()]
        for start in range(0, len(units), BATCH):
            self._read("BatchGetItem", sum(units[start : start + BATCH]) / (2 if may_lag else 1))
        return found

    def put(self, item: Item, when: Condition | None = None) -> None:
        """Write a whole item."""
        self._written("PutItem", [Put(item, when)], lambda: self._inner.put(item, when))

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """Change one item and return it as it is afterwards."""
        return self._written("UpdateItem", [Update(key, change, when)], lambda: self._inner.update(key, change, when))

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """Remove one item."""
        self._written("DeleteItem", [Delete(key, when)], lambda: self._inner.delete(key, when))

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes, or none."""
        self._written(TRANSACTION, writes, lambda: self._inner.transact(writes))

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """Each group for itself: on DynamoDB a request each, and one write alone is no transaction."""
        failures: list[ConditionFailed | None] = []
        for writes in groups:
            try:
                self._alone(writes[0]) if len(writes) == 1 else self.transact(writes)
            except ConditionFailed as failed:
                failures.append(failed)
            else:
                failures.append(None)
        return failures

    def in_turn(self, writes: Sequence[Write]) -> None:
        """One after the other, up to the first that fails: on DynamoDB a request each."""
        for index, write in enumerate(writes):
            try:
                self._alone(write)
            except ConditionFailed as failed:
                raise ConditionFailed(str(failed), failed.current, index) from failed

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """Items of one partition. The adapter reads one row more than asked, which is paid for."""
        more = self._inner.query(pk, prefix=prefix, limit=limit + 1, newest_first=newest_first, after=after)
        self._read("Query", query_units(more.items, consistent=True))
        return self._inner.query(pk, prefix=prefix, limit=limit, newest_first=newest_first, after=after)

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
        """Rows of one index partition, of which the index holds the keys only."""

        def asked(most: int) -> Entries:
            return self._inner.query_index(
                index, partition, upto=upto, limit=most, newest_first=newest_first, after=after
            )

        group, sort = INDEX_FIELDS[index]
        rows = [{"pk": row.key.pk, "sk": row.key.sk, group: partition, sort: row.sort} for row in asked(limit + 1).rows]
        self._read("Query", query_units(rows, consistent=False))
        with self._turn:
            self._usage.index_queries += 1
        return asked(limit)

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """The first page of each of these partitions: a request each."""
        return [self.query_index(index, one, upto=upto, limit=limit) for one in partitions]

    def time(self) -> datetime | None:
        """The engine's own time; DynamoDB tells it with every answer."""
        return self._inner.time()

    def _alone(self, write: Write) -> None:
        match write:
            case Put(item, when):
                self.put(item, when)
            case Update(key, change, when):
                self.update(key, change, when)
            case Delete(key, when):
                self.delete(key, when)
            case Check():
                self.transact([write])

    def _read(self, operation: str, units: float) -> None:
        with self._turn:
            self._usage.requests[f"dynamodb.{operation}"] += 1
            self._usage.read_units += units

    def _written(self, operation: str, writes: Sequence[Write], act: Callable[[], T]) -> T:
        """Do it while nobody else writes, and count it by each item's images before and after.

        A failed condition costs what the write would have; of a cancelled transaction AWS tells no figure, and it is
        taken to cost as much as one that went through, less the indexes.
        """
        with self._turn:
            return self._counted(operation, writes, act)

    def _counted(self, operation: str, writes: Sequence[Write], act: Callable[[], T]) -> T:
        factor = 2 if operation == TRANSACTION else 1
        keys = [written_key(write) for write in writes]
        before = self._inner.get_many(keys)
        self._usage.requests[f"dynamodb.{operation}"] += 1
        try:
            done = act()
        except ConditionFailed:
            wanted = [_wanted(write, image) for write, image in zip(writes, before, strict=True)]
            self._usage.write_units += factor * sum(map(write_units, before, wanted))
            raise
        after = self._inner.get_many(keys)
        self._usage.write_units += factor * sum(map(write_units, before, after))
        self._usage.write_units += sum(map(index_write_units, before, after))
        self._usage.stored_bytes += sum(map(stored_bytes, after)) - sum(map(stored_bytes, before))
        self.sizes |= {key: item_size(item) for key, item in zip(keys, after, strict=True) if item is not None}
        return done


def _wanted(write: Write, before: Item | None) -> Item | None:
    """The item as the write would have left it."""
    match write:
        case Put(item):
            return item
        case Update(key, change):
            return changed(key, before, change)
    return before
