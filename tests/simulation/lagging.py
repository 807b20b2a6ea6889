"""Indexes that are behind: what a table's lists looked like a while ago, though its items are read as they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.adapters import items
from chalicelib.ports import Entries, Entry, Index, Item, Key, Table, Write
from tests.simulation.road import Clock

T = TypeVar("T")

_Place = tuple[str, str]
"""Partition and sort value."""


@dataclass(frozen=True, slots=True)
class _Move:
    """One item moved within one index."""

    at: datetime
    index: Index
    key: Key
    before: _Place | None
    after: _Place | None


@dataclass
class Past:
    """The moves of the last while, to be undone for whoever asks."""

    lag: timedelta
    clock: Clock
    _moves: deque[_Move] = field(default_factory=deque)

    def noted(self, table: Table, writes: Sequence[Write], effect: Callable[[], T]) -> T:
        """Do these writes and remember what they moved."""
        touched = [items.written_key(one) for one in writes]
        before = table.get_many(touched)
        try:
            return effect()
        finally:
            # Also where the answer was lost: it may have been written.
            for key, was, now in zip(touched, before, table.get_many(touched), strict=True):
                for index in Index:
                    if _place(was, index) != _place(now, index):
                        self._moves.append(_Move(self.clock.at, index, key, _place(was, index), _place(now, index)))

    def shown(
        self, index: Index, partition: str, upto: str | None, found: Entries, *, newest_first: bool = False
    ) -> Entries:
        """What one partition shows: rows appear late, and those that are gone linger."""
        while self._moves and self._moves[0].at + self.lag <= self.clock.at:
            self._moves.popleft()
        rows = {one.key: one for one in found.rows}
        for move in reversed(self._moves):
            if move.index is not index:
                continue
            if move.after is not None and move.after[0] == partition:
                rows.pop(move.key, None)
            if move.before is not None and move.before[0] == partition and (upto is None or move.before[1] <= upto):
                rows[move.key] = Entry(move.key, move.before[1])
        ordered = sorted(rows.values(), key=lambda one: (one.sort, one.key), reverse=newest_first)
        return Entries(ordered, found.after)


def _place(item: Item | None, index: Index) -> _Place | None:
    group, sort = items.INDEX_FIELDS[index]
    return None if item is None or group not in item or sort not in item else (item[group], item[sort])
