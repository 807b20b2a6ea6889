"""A repository of one noun: every change is fenced, audited, and keeps the indexes, in one write.

It must never write a noun without its AuditEvent, nor over a version that the caller has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ABSENT, Change, ConditionFailed, Equals, Index, Item, Key, Put, Table, Update
from chalicelib.store import keys
from chalicelib.store.codec import decode, difference, encode, shortened, shortened_event

T = TypeVar("T", bound=Any)


class Stale(Exception, Generic[T]):
    """Somebody else changed it first; nothing was written. `current` is how it lies there now (None: it does not)."""

    def __init__(self, current: T | None) -> None:
        super().__init__((self.__doc__ or "").splitlines()[0])
        self.current = current


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of a list; `after` asks for the next, None where there is none."""

    items: list[T]
    after: str | None


def whole(read: Callable[[str | None], Listing[T]]) -> Iterator[T]:
    """Everything in a list, page by page as it is asked for; `read` gives the page that begins after a token."""
    after: str | None = None
    while True:
        page = read(after)
        yield from page.items
        after = page.after
        if after is None:
            return


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a noun lies in a list for people: the list's name and the sort value in it."""

    partition: str
    sort: str


@dataclass(frozen=True, slots=True)
class Repository(Generic[T]):
    """The items of one noun. `due` and `shelf` say from the noun alone when it needs attention and where it is listed."""

    table: Table
    noun: str
    cls: type[T]
    key: Callable[[str, str], Key]
    due: Callable[[T], datetime | None] = lambda _: None
    shelf: Callable[[T], Shelf | None] = lambda _: None
    line: Callable[[T], str | None] = lambda _: None
    """The account in whose line the noun stands while it needs attention; None where order does not matter."""
    hands: Callable[[T], str] | None = None
    """In whose hands the noun belongs while it needs attention; its own name's, where nothing is said."""
    whole: tuple[str, ...] = ()
    """Fields that are read whole and never searched: they are kept packed."""

    def get(self, workspace: str, item_id: str) -> T | None:
        """The noun of this id, or None."""
        item = self.table.get(self.key(workspace, item_id))
        return None if item is None else decode(self.cls, item)

    def get_many(self, found: Iterable[Key], *, may_lag: bool = False) -> list[T]:
        """The nouns under these keys, in order; those that are gone are left out. may_lag: see ports.Table."""
        items = self.table.get_many(list(found), may_lag=may_lag)
        return [decode(self.cls, item) for item in items if item is not None]

    def listed(self, partition: str, *, limit: int, after: str | None = None, newest_first: bool = False) -> Listing[T]:
        """One page of a shelf, read fresh from the table."""
        page = self.table.query_index(Index.SHELF, partition, limit=limit, after=after, newest_first=newest_first)
        return Listing(self.get_many(row.key for row in page.rows), page.after)

    def queried(self, pk: str, prefix: str, *, limit: int = 100, after: str | None = None) -> Listing[T]:
        """One page of the partition's items whose place begins with `prefix`."""
        page = self.table.query(pk, prefix=prefix, limit=limit, after=after)
        return Listing([decode(self.cls, item) for item in page.items], page.after)

    def moved(self, before: T, after: T, act: str, at: datetime, actor: Actor, why: str) -> AuditEvent:
        """The event of one edge taken: from the state of `before` to the state of `after`."""
        subject = f"{self.noun}:{before.id}"
        return AuditEvent(before.workspace, subject, act, at, actor, why, before.state.value, after.state.value)

    def created(self, noun: T, *events: AuditEvent) -> Put:
        """The write that makes a noun, unless one lies there; with several events it has gone through as many changes."""
        made = replace(noun, rev=len(events), events=events)
        key = self.key(noun.workspace, noun.id)
        return Put({"pk": key.pk, "sk": key.sk, **self._fields(key, made), **self._index_fields(made)}, ABSENT)

    def create(self, noun: T, event: AuditEvent) -> T:
        """Make a noun. Raises Stale with what lies there already."""
        put = self.created(noun, event)
        try:
            self.table.put(put.item, put.when)
        except ConditionFailed as failed:
            raise Stale(self.held(failed.current)) from failed
        return replace(noun, rev=1, events=(event,))

    def changed(self, before: T, after: T, event: AuditEvent) -> Update:
        """The write that turns `before`, as it was read, into `after`, with the event that says why."""
        key = self.key(before.workspace, before.id)
        new, gone = difference(before, after)
        was, lies = self._index_fields(before), self._index_fields(after)
        change = Change(
            set={
                **shortened(key, new, self.whole),
                # All of them or none: an older release may have left `before` on another shard, or on no index at all.
                **(lies if lies != was else {}),
                "rev": before.rev + 1,
            },
            remove=(*gone, *(name for name in was if name not in lies)),
            append={"events": [shortened_event(key, event)]},
        )
        return Update(key, change, Equals("rev", before.rev))

    def save(self, before: T, after: T, event: AuditEvent) -> T:
        """Turn `before` into `after`. Raises Stale if it was changed since `before` was read."""
        update = self.changed(before, after, event)
        try:
            self.table.update(update.key, update.change, update.when)
        except ConditionFailed as failed:
            raise Stale(self.held(failed.current)) from failed
        return self.advanced(before, after, event)

    def advanced(self, before: T, after: T, event: AuditEvent) -> T:
        """`after` as it lies in the table once the write of `changed` was done."""
        return replace(after, rev=before.rev + 1, events=(*before.events, event))

    def held(self, item: Item | None) -> T | None:
        """The noun that such an item holds."""
        return None if item is None else decode(self.cls, item)

    def _fields(self, key: Key, noun: T) -> Item:
        fields = shortened(key, encode(noun), self.whole)
        return {**fields, "events": [shortened_event(key, event) for event in noun.events]}

    def _index_fields(self, noun: T) -> Item:
        fields: Item = {}
        due = self.due(noun)
        if due is not None:
            line = self.line(noun)
            shard = keys.due_shard(noun.workspace, line or noun.id)
            fields |= {"g": shard, "gs": keys.due_sort(due, self.hands(noun) if self.hands else self.noun, line)}
        shelf = self.shelf(noun)
        if shelf is not None:
            fields |= {"l": shelf.partition, "ls": shelf.sort}
        return fields
