"""A table of plain dicts, laid out anew for each plan: the answers of the engines, without what keeps them from being lost.

The contract suites and the stateful test hold it to the engines' own answers (tests/adapters). What may be written, what a
condition means and what a change does are theirs too; only where the items lie is this module's.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from json import JSONEncoder
from typing import Any, TypeVar, cast
from unittest.mock import patch

from chalicelib.adapters import items
from chalicelib.adapters.embedded.conditions import changed, holds
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
from chalicelib.store import repository
from chalicelib.store.codec import decode

T = TypeVar("T")
_Place = tuple[str, str]
"""pk and sk."""
_Moved = tuple[_Place, Item | None, Item | None]
"""What lay in a place, and what lies there since."""
_Row = tuple[str, str, str]
"""The sort value in an index, pk and sk."""

_as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOTHING = Entries([])
_AFTER_ALL = "\U0010ffff" * 2
"""Sorts after every key and sort value of a simulation, and of the suites."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything in a table: its items, the places of each partition and the rows of each index partition, in order."""

    items: Mapping[_Place, Item] = field(default_factory=dict)
    places: Mapping[str, list[str]] = field(default_factory=dict)
    rows: Mapping[tuple[Index, str], list[_Row]] = field(default_factory=dict)


class _Lying(dict[str, Any]):
    """An item as it lies in the table, which nobody changes; and what it was read as."""

    __slots__ = ("read",)


@contextmanager
def read_once() -> Iterator[None]:
    """Have each item as it lies be read as a noun once, by the codec: both never change, and are asked for all the time."""
    with patch.object(repository, "decode", _read):
        yield


def _read(cls: type[T], item: Item) -> T:
    if type(item) is not _Lying:
        return decode(cls, item)
    read = getattr(item, "read", None)
    if type(read) is not cls:
        read = item.read = decode(cls, item)
    return read


class MemoryTable:
    """ports.Table in memory; safe from many threads."""

    def __init__(self, clock: Clock | None = None, *, copies: bool = False) -> None:
        """clock: what tells the record's own time. copies: whether each who asks gets items of their own, as from an engine.

        Without copies nobody may change what they are given: the next to ask gets the same.
        """
        self._clock = clock
        self._copies = copies
        self._turn = threading.RLock()
        self.lay_out(Snapshot())

    def image(self) -> Snapshot:
        """Everything in it, as it is now."""
        places = {pk: list(found) for pk, found in self._places.items()}
        return Snapshot(dict(self._items), places, {of: list(found) for of, found in self._rows.items()})

    def lay_out(self, image: Snapshot) -> None:
        """Hold this and nothing else."""
        self._items = dict(image.items)
        self._places = {pk: list(found) for pk, found in image.places.items()}
        self._rows = {of: list(found) for of, found in image.rows.items()}

    # --- reading -----------------------------------------------------------------------------------------------------

    def get(self, key: Key) -> Item | None:
        """See ports."""
        found = self._items.get((key.pk, key.sk))
        if found is None:
            # What lies here was found good when it was written.
            items.checked_key(key)
        return self._own(found)

    def get_many(self, keys: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        """See ports."""
        return [self.get(key) for key in keys]

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """See ports."""
        limit, prefix = items.checked_limit(limit), items.checked_prefix(prefix)
        lies = self._places.get(items.checked_partition(pk, "pk"), [])
        begin = bisect_left(lies, prefix)
        found = lies[begin : bisect_right(lies, prefix + _AFTER_ALL, begin)]
        if after is not None:
            last = items.checked_query_token(after, prefix)
            found = found[: bisect_left(found, last)] if newest_first else found[bisect_right(found, last) :]
        page, more = _page(found, limit, newest_first=newest_first)
        token = items.page_token(page[-1]) if more else None
        return Rows([cast("Item", self._own(self._items[pk, sk])) for sk in page], token)

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
        limit = items.checked_limit(limit)
        group, sort = items.INDEX_FIELDS[index]
        found = self._rows.get((index, items.checked_partition(partition, group)), [])
        if upto is not None:
            found = found[: bisect_right(found, (items.checked_partition(upto, sort), _AFTER_ALL, ""))]
        if after is not None:
            last = items.checked_index_token(after, index, upto)
            found = found[: bisect_left(found, last)] if newest_first else found[bisect_right(found, last) :]
        page, more = _page(found, limit, newest_first=newest_first)
        return Entries(
            [Entry(Key(pk, sk), value) for value, pk, sk in page], items.page_token(*page[-1]) if more else None
        )

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """See ports."""
        return [
            self.query_index(index, one, upto=upto, limit=limit) if self._rows.get((index, one)) else _NOTHING
            for one in partitions
        ]

    def time(self) -> datetime | None:
        """See ports."""
        return None if self._clock is None else self._clock.now()

    # --- writing -----------------------------------------------------------------------------------------------------

    def put(self, item: Item, when: Condition | None = None) -> None:
        """See ports."""
        self._apply([items.checked_write(Put(item, when))])

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """See ports."""
        (after,) = self._apply([items.checked_write(Update(key, change, when))])
        return cast("Item", self._own(after))

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """See ports."""
        self._apply([items.checked_write(Delete(key, when))])

    def transact(self, writes: Sequence[Write]) -> None:
        """See ports."""
        self._apply(items.checked_writes(writes))

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """See ports: in one commit, as the embedded engine does."""
        clean = [items.checked_writes(writes) for writes in groups]
        failures: list[ConditionFailed | None] = []
        with self._all_or_none() as done:
            for writes in clean:
                try:
                    self._apply(writes, done)
                except ConditionFailed as failed:
                    failures.append(failed)
                else:
                    failures.append(None)
        return failures

    def in_turn(self, writes: Sequence[Write]) -> None:
        """See ports: in one commit, as the embedded engine does."""
        refused: ConditionFailed | None = None
        clean = items.checked_writes(writes)
        with self._all_or_none() as done:
            for index, write in enumerate(clean):
                try:
                    self._apply([write], done)
                except ConditionFailed as failed:
                    refused = ConditionFailed(str(failed), failed.current, index)
                    break
        if refused is not None:
            raise refused

    @contextmanager
    def _all_or_none(self) -> Iterator[list[_Moved]]:
        """Where a change cannot be made, nothing of all that was done is."""
        with self._turn:
            done: list[_Moved] = []
            try:
                yield done
            except BaseException:
                for place, was, now in reversed(done):
                    self._move(place, now, was)
                raise

    def _apply(self, writes: Sequence[Write], done: list[_Moved] | None = None) -> list[Item | None]:
        """Do these checked writes, all or none, and return each item as it is afterwards. Raises ConditionFailed.

        done: where to note what was moved.
        """
        with self._turn:
            keys = [items.written_key(write) for write in writes]
            before = [self._items.get((key.pk, key.sk)) for key in keys]
            for index, (write, current) in enumerate(zip(writes, before, strict=True)):
                if write.when is not None and not holds(write.when, current):
                    raise ConditionFailed(current=self._own(current), index=index)
            after = [_after(write, current) for write, current in zip(writes, before, strict=True)]
            for key, was, now in zip(keys, before, after, strict=True):
                if was is not now:
                    self._move((key.pk, key.sk), was, now)
                    if done is not None:
                        done.append(((key.pk, key.sk), was, now))
            return after

    def _move(self, place: _Place, was: Item | None, now: Item | None) -> None:
        """Have this lie there instead, and keep the order of everything."""
        pk, sk = place
        if now is None:
            del self._items[place]
            _take(self._places, pk, sk)
        else:
            self._items[place] = now
            if was is None:
                insort(self._places.setdefault(pk, []), sk)
        for index, (group, sort) in items.INDEX_FIELDS.items():
            left = None if was is None or group not in was or sort not in was else (was[group], was[sort])
            come = None if now is None or group not in now or sort not in now else (now[group], now[sort])
            if left == come:
                continue
            if left is not None:
                _take(self._rows, (index, left[0]), (left[1], *place))
            if come is not None:
                insort(self._rows.setdefault((index, come[0]), []), (come[1], *place))

    def _own(self, item: Item | None) -> Item | None:
        return deepcopy(dict(item)) if self._copies and item is not None else item


def _after(write: Write, current: Item | None) -> Item | None:
    """The item as it is after a write. Raises ValueError where it is too large, TypeError where it cannot be so changed."""
    match write:
        case Put(item):
            after = item
        case Update(key, change):
            after = changed(key, current, change)
        case Delete():
            return None
        case _:
            return current
    items.check_size(after, _as_json(after))
    return _Lying(after)


def _page(found: list[T], limit: int, *, newest_first: bool) -> tuple[list[T], bool]:
    """The first of these rows, and whether there are more."""
    if newest_first:
        return found[: -limit - 1 : -1], len(found) > limit
    return found[:limit], len(found) > limit


def _take(lists: dict[T, list[_Row]] | dict[T, list[str]], of: T, row: _Row | str) -> None:
    rows = cast("list[_Row | str]", lists[of])
    del rows[bisect_left(rows, row)]  # type: ignore[type-var]


@cache
def memory() -> MemoryTable:
    """The one table of this process, laid out for one plan after another."""
    return MemoryTable()
