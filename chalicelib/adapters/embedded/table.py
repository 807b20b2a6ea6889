"""The record on one machine: the Table port in a SQLite file.

Conditions are evaluated in Python (`conditions`) inside one BEGIN IMMEDIATE transaction, so that one writer decides at
a time, whatever the number of threads and processes. Ordering is by UTF-8 bytes: SQLite's BINARY collation.

It must never answer a write before it is on the disk, and never take what DynamoDB would refuse (`adapters.items`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from chalicelib.adapters import items
from chalicelib.adapters.embedded.conditions import changed, holds
from chalicelib.adapters.embedded.database import BUSY_SECONDS, Database
from chalicelib.ports import (
    Change,
    Clock,
    Condition,
    ConditionFailed,
    Delete,
    Entries,
    Entry,
    Index,
    Item,
    Key,
    Put,
    Rows,
    Update,
    Write,
)

# An item lies in an index only if it has both fields of it; otherwise both columns are NULL.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
  pk TEXT NOT NULL, sk TEXT NOT NULL, body TEXT NOT NULL, g TEXT, gs TEXT, l TEXT, ls TEXT, PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON item (g, gs, pk, sk) WHERE g IS NOT NULL;
CREATE INDEX IF NOT EXISTS shelf ON item (l, ls, pk, sk) WHERE l IS NOT NULL
"""
_READ = "SELECT body FROM item WHERE pk = ? AND sk = ?"
# CROSS JOIN keeps the order of the two, so that each key is looked up and the table is never walked.
_READ_MANY = (
    "WITH asked (pk, sk) AS (VALUES {}) "
    "SELECT item.pk, item.sk, body FROM asked CROSS JOIN item ON item.pk = asked.pk AND item.sk = asked.sk"
)
_TOGETHER = 400
"""Keys of one statement; SQLite takes 32,766 parameters, older builds 999."""
_WRITE = "INSERT OR REPLACE INTO item (pk, sk, body, g, gs, l, ls) VALUES (?, ?, ?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM item WHERE pk = ? AND sk = ?"


class SqliteTable:
    """ports.Table in one file, or in memory with ":memory:"."""

    def __init__(self, path: Path | str, busy_seconds: float = BUSY_SECONDS, clock: Clock | None = None) -> None:
        """Open or make the file. Raises EngineUnusable, and EngineBusy if it is locked longer than `busy_seconds`.

        clock: what tells the record's own time (`clock.SteadyClock`); without one that is not known.
        """
        self._database = Database(path, _SCHEMA, busy_seconds)
        self._clock = clock

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def get(self, key: Key) -> Item | None:
        """The item under a key, or None."""
        key = items.checked_key(key)
        rows = self._database.rows(_READ, (key.pk, key.sk))
        return self._item(rows[0][0]) if rows else None

    def get_many(self, keys: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:  # noqa: ARG002 - nothing lags
        """The items under these keys, in the order asked, None where there is none."""
        clean = [items.checked_key(key) for key in keys]
        found: dict[tuple[str, str], str] = {}
        for start in range(0, len(clean), _TOGETHER):
            asked = [part for key in clean[start : start + _TOGETHER] for part in (key.pk, key.sk)]
            marks = ",".join(["(?,?)"] * (len(asked) // 2))
            for pk, sk, body in self._database.rows(_READ_MANY.format(marks), asked):
                found[pk, sk] = body
        # Parsed for each asking: the same item asked for twice is two items, as from the other engine.
        return [self._item(found[key.pk, key.sk]) if (key.pk, key.sk) in found else None for key in clean]

    def put(self, item: Item, when: Condition | None = None) -> None:
        """Write a whole item. Raises ConditionFailed, EngineBusy; TypeError or ValueError for what cannot be stored."""
        self._apply([items.checked_write(Put(item, when))])

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """Change one item and return it as it is afterwards. Raises as `put` does."""
        (after,) = self._apply([items.checked_write(Update(key, change, when))])
        return cast("Item", after)

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """Remove one item. Raises ConditionFailed, EngineBusy."""
        self._apply([items.checked_write(Delete(key, when))])

    def transact(self, writes: Sequence[Write]) -> None:
        """All of these writes, or none. Raises ConditionFailed with `index`, EngineBusy."""
        self._apply(items.checked_writes(writes))

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """Each group all or none, in one commit; what failed stands in its group's place. Raises EngineBusy."""
        clean = [items.checked_writes(writes) for writes in groups]
        failures: list[ConditionFailed | None] = []
        with self._database.writing() as connection:
            for writes in clean:
                try:
                    self._write(connection, writes)
                except ConditionFailed as failed:
                    failures.append(failed)
                else:
                    failures.append(None)
        return failures

    def in_turn(self, writes: Sequence[Write]) -> None:
        """Each for itself, up to the first that fails, in one commit. Raises ConditionFailed with `index`, EngineBusy."""
        clean = items.checked_writes(writes)
        with self._database.writing() as connection:
            for index, write in enumerate(clean):
                try:
                    self._write(connection, [write])
                except ConditionFailed as failed:
                    refused = ConditionFailed(str(failed), failed.current, index)
                    break
            else:
                return
        raise refused

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """Items of one partition whose `sk` begins with `prefix`, ordered by `sk`. Raises ValueError on a bad token."""
        limit = items.checked_limit(limit)
        prefix = items.checked_prefix(prefix)
        terms, values = ["pk = ?", "sk >= ?"], [items.checked_partition(pk, "pk"), prefix]
        ceiling = _ceiling(prefix)
        if ceiling:
            terms.append("sk < ?")
            values.append(ceiling)
        if after is not None:
            terms.append("sk < ?" if newest_first else "sk > ?")
            values.append(items.checked_query_token(after, prefix))
        order = "DESC" if newest_first else "ASC"
        # One row more than asked tells whether there is a next page.
        statement = f"SELECT sk, body FROM item WHERE {' AND '.join(terms)} ORDER BY sk {order} LIMIT ?"  # noqa: S608
        rows = self._database.rows(statement, [*values, limit + 1])
        page = rows[:limit]
        return Rows([self._item(body) for _, body in page], items.page_token(page[-1][0]) if rows[limit:] else None)

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
        """Rows of one index partition, ordered by sort value then key. Raises ValueError on a bad token."""
        limit = items.checked_limit(limit)
        group, sort = items.INDEX_FIELDS[index]
        terms, values = [f"{group} = ?"], [items.checked_partition(partition, group)]
        if upto is not None:
            terms.append(f"{sort} <= ?")
            values.append(items.checked_partition(upto, sort))
        if after is not None:
            terms.append(f"({sort}, pk, sk) {'<' if newest_first else '>'} (?, ?, ?)")
            values += items.checked_index_token(after, index, upto)
        order = "DESC" if newest_first else "ASC"
        statement = (
            f"SELECT {sort}, pk, sk FROM item WHERE {' AND '.join(terms)} "  # noqa: S608
            f"ORDER BY {sort} {order}, pk {order}, sk {order} LIMIT ?"
        )
        rows = self._database.rows(statement, [*values, limit + 1])
        page = rows[:limit]
        entries = [Entry(Key(pk, sk), value) for value, pk, sk in page]
        return Entries(entries, items.page_token(*page[-1]) if rows[limit:] else None)

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """The first page of each of these partitions, in their order."""
        return [self.query_index(index, one, upto=upto, limit=limit) for one in partitions]

    def time(self) -> datetime | None:
        """The record's own time now; None if no clock was given."""
        return None if self._clock is None else self._clock.now()

    def _apply(self, writes: Sequence[Write]) -> list[Item | None]:
        """Do these checked writes in one transaction and return each item as it is afterwards."""
        with self._database.writing() as connection:
            return self._write(connection, writes)

    def _write(self, connection: sqlite3.Connection, writes: Sequence[Write]) -> list[Item | None]:
        """All of these, or none: every condition is looked at before anything is written. Raises ConditionFailed."""
        before = [self._before(connection, write) for write in writes]
        for index, (write, current) in enumerate(zip(writes, before, strict=True)):
            if write.when is not None and not holds(write.when, current):
                raise ConditionFailed(current=current, index=index)
        return [_written(connection, write, current) for write, current in zip(writes, before, strict=True)]

    def _before(self, connection: sqlite3.Connection, write: Write) -> Item | None:
        """The item as it lies there, where the write's condition or change looks at it."""
        if write.when is None and not isinstance(write, Update):
            return None
        key = items.written_key(write)
        row = connection.execute(_READ, (key.pk, key.sk)).fetchone()
        return self._item(row[0]) if row else None

    def _item(self, body: str) -> Item:
        """The item that a row holds. Raises EngineUnusable where it is damaged."""
        try:
            return cast("Item", json.loads(body))
        except ValueError as error:
            raise self._database.damaged() from error


def _written(connection: sqlite3.Connection, write: Write, current: Item | None) -> Item | None:
    match write:
        case Put(item):
            _store(connection, item)
            return item
        case Update(key, change):
            after = changed(key, current, change)
            _store(connection, after)
            return after
        case Delete(key):
            connection.execute(_REMOVE, (key.pk, key.sk))
            return None
    return current


def _store(connection: sqlite3.Connection, item: Item) -> None:
    columns: list[str | None] = []
    for group, sort in items.INDEX_FIELDS.values():
        columns += (item[group], item[sort]) if group in item and sort in item else (None, None)
    body = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    items.check_size(item, body)
    connection.execute(_WRITE, (item["pk"], item["sk"], body, *columns))


def _ceiling(prefix: str) -> str:
    """The least text above everything that begins with `prefix`; empty if there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            # The code points of surrogates have no UTF-8 form: what follows U+D7FF is U+E000.
            return prefix[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)
        prefix = prefix[:-1]
    return ""
