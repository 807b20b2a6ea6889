"""The record and the queue of the simulation: the embedded table, each call a boundary; a queue of hints in memory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Never, Protocol, TypeVar

from chalicelib.adapters import items
from chalicelib.ports import (
    Change,
    Condition,
    ConditionFailed,
    EngineBusy,
    Entries,
    Index,
    Item,
    Key,
    Message,
    Put,
    QueueName,
    Rows,
    Table,
    Update,
    Write,
)
from chalicelib.store import keys
from tests.simulation.lagging import Past
from tests.simulation.road import TIMING, Clock, Fault, Kind, Road

T = TypeVar("T")


def busy(_: Fault) -> Never:
    """Nothing is sent."""
    raise EngineBusy


class EngineFails(Protocol):
    """How an engine does not do as asked. Both raise EngineBusy."""

    def refuse(self, fault: Fault, effect: Callable[[], T]) -> T:
        """It does nothing."""

    def lose_the_answer(self, fault: Fault, effect: Callable[[], T]) -> T:
        """It does it all the same."""


class EmbeddedFails:
    """As the embedded engine says it."""

    def refuse(self, fault: Fault, effect: Callable[[], T]) -> T:
        """See EngineFails."""
        raise EngineBusy

    def lose_the_answer(self, fault: Fault, effect: Callable[[], T]) -> T:
        """See EngineFails."""
        effect()
        raise EngineBusy


def place_of_key(key: Key) -> str:
    """What lies under a key, in the words of the trace."""
    return key.sk.partition("#")[0].lower()


def place_of_writes(writes: Sequence[Write]) -> str:
    """What a write does, named by the first audit event in it: `write variant claim`."""
    for write in writes:
        if isinstance(write, Update) and write.change.append.get("events"):
            act = write.change.append["events"][0]["act"]
            return f"write {place_of_key(write.key)} {act}"
    first = writes[0]
    return f"write {place_of_key(Key(first.item['pk'], first.item['sk']) if isinstance(first, Put) else first.key)}"


def _variant_in(writes: Sequence[Write]) -> str:
    return next(keys.id_of(one.key) for one in writes if isinstance(one, Update) and one.change.append.get("events"))


_LEASED = frozenset({"write variant claim", "write variant take_over"})


@dataclass
class SimulatedTable:
    """ports.Table over a real one."""

    inner: Table
    road: Road
    fails: EngineFails = field(default_factory=EmbeddedFails)
    lag: timedelta = timedelta(0)
    """How far both indexes are behind what was written."""
    on_claim: Callable[[str], None] = lambda _: None
    """Told of each variant that was claimed, before anything else happens."""
    written: list[tuple[Write, ...]] = field(default_factory=list)
    """Everything written while the road was closed, so that it can be written into another table."""
    changed: set[Key] = field(default_factory=set)
    """What was written since whoever looks on beside the road read it."""
    writes: int = 0
    """How often anything was written."""

    def __post_init__(self) -> None:
        self._past = Past(self.lag, self.road.clock) if self.lag else None

    def get(self, key: Key) -> Item | None:
        """See ports."""
        return self._read(f"read {place_of_key(key)}", lambda: self.inner.get(key))

    def get_many(self, places: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        """See ports."""
        what = f"read each {place_of_key(places[0])}" if places else "read nothing"
        return self._read(what, lambda: self.inner.get_many(places, may_lag=may_lag))

    def put(self, item: Item, when: Condition | None = None) -> None:
        """See ports."""
        self._write([Put(item, when)], lambda: self.inner.put(item, when))

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        """See ports."""
        return self._write([Update(key, change, when)], lambda: self.inner.update(key, change, when))

    def delete(self, key: Key, when: Condition | None = None) -> None:
        """Nobody deletes on the publish road."""
        raise AssertionError(f"nobody asked to delete {key}")

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        """See ports."""
        found = f"list {prefix.rstrip('#').lower()}"
        read = self.inner.query
        return self._read(found, lambda: read(pk, prefix=prefix, limit=limit, newest_first=newest_first, after=after))

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

        def listed() -> Entries:
            found = self.inner.query_index(
                index, partition, upto=upto, limit=limit, newest_first=newest_first, after=after
            )
            return (
                found
                if self._past is None
                else self._past.shown(index, partition, upto, found, newest_first=newest_first)
            )

        name = "line" if index is Index.DUE else partition.rpartition("#")[2].lower()
        name = "slot" if partition.startswith("SLOT") else name
        return self._read(f"list {name}", listed)

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """See ports."""

        def listed() -> list[Entries]:
            found = self.inner.query_index_each(index, partitions, upto=upto, limit=limit)
            if self._past is None:
                return found
            past = self._past
            return [past.shown(index, one, upto, rows) for one, rows in zip(partitions, found, strict=True)]

        return self._read("find due", listed)

    def transact(self, writes: Sequence[Write]) -> None:
        """See ports."""
        # botocore sends a token along, by which DynamoDB knows the second try of a transaction.
        self._write(writes, lambda: self.inner.transact(writes), knows_again=True)

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """See ports: each group is a call of its own."""
        failures: list[ConditionFailed | None] = []
        for writes in groups:
            try:
                self.transact(writes)
            except ConditionFailed as failed:
                failures.append(failed)
            else:
                failures.append(None)
        return failures

    def in_turn(self, writes: Sequence[Write]) -> None:
        """See ports: as on DynamoDB, each write is a call of its own."""
        for index, write in enumerate(writes):
            try:
                match write:
                    case Put(item, when):
                        self.put(item, when)
                    case Update(key, change, when):
                        self.update(key, change, when)
                    case other:
                        raise AssertionError(f"nobody asked for {other}")
            except ConditionFailed as failed:
                raise ConditionFailed(str(failed), failed.current, index) from failed

    def time(self) -> datetime | None:
        """True time: whose clock is off is found out by this. Nothing is asked of anybody."""
        return self.road.clock.at

    def _read(self, place: str, effect: Callable[[], T]) -> T:
        return self.road.cross(place, effect, {Kind.BUSY: lambda fault: self.fails.refuse(fault, effect)})

    def _write(self, writes: Sequence[Write], effect: Callable[[], T], *, knows_again: bool = False) -> T:
        place = place_of_writes(writes)

        def written() -> T:
            self.writes += 1
            self.changed.update(items.written_key(one) for one in writes)
            result = effect() if self._past is None else self._past.noted(self.inner, writes, effect)
            if not self.road.open:
                self.written.append(tuple(writes))
            if place in _LEASED and self.road.workers:
                self.road.workers[-1].lease_until = self.road.clock.at + TIMING.lease
                if place == "write variant claim":
                    self.on_claim(_variant_in(writes))
            return result

        def repeated(_: Fault) -> T:
            result = written()
            return result if knows_again else effect()

        return self.road.cross(
            place,
            written,
            {
                Kind.BUSY: lambda fault: self.fails.refuse(fault, effect),
                Kind.BUSY_YET_DONE: lambda fault: self.fails.lose_the_answer(fault, written),
                Kind.REPEATED: repeated,
            },
        )


@dataclass
class SimulatedQueue:
    """ports.Queue of hints: in memory, delivered by the simulator in virtual time, each hint once unless doubled."""

    clock: Clock
    road: Road
    waiting: list[tuple[datetime, int, QueueName, dict[str, Any]]] = field(default_factory=list)
    backlog: timedelta = timedelta(0)
    """How much later than asked every hint arrives."""

    def __post_init__(self) -> None:
        self._count = len(self.waiting)

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        """See ports."""

        def doubled(fault: Fault) -> None:
            self._keep(queue, body, delay)
            self._keep(queue, body, delay + timedelta(seconds=fault.seconds))

        self.road.cross(
            f"hint {queue.value}",
            lambda: self._keep(queue, body, delay),
            {
                Kind.BUSY: busy,
                Kind.LOST: lambda _: None,
                Kind.DOUBLED: doubled,
            },
        )

    def send_many(self, queue: QueueName, messages: Sequence[tuple[str, timedelta]]) -> None:
        """See ports. Each message is a boundary of its own: an engine may take some of them only."""
        for body, delay in messages:
            self.send(queue, body, delay)

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """The simulator takes from `waiting` itself."""
        raise AssertionError(f"nobody receives from {queue} ({limit})")

    def delete(self, queue: QueueName, receipt: str) -> None:
        """The simulator takes from `waiting` itself."""
        raise AssertionError(f"nobody deletes {receipt} from {queue}")

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Nothing is ever given up."""
        raise AssertionError(f"nobody looks at {limit} dead of {queue}")

    def due(self) -> tuple[QueueName, dict[str, Any]] | None:
        """The next hint to publish, to triage or to listen whose time has come, taken off the queue."""
        while self.waiting and self.waiting[0][0] <= self.clock.now():
            _, _, queue, body = heapq.heappop(self.waiting)
            if queue in {QueueName.PUBLISH, QueueName.TRIAGE, QueueName.LISTEN}:
                return queue, body
        return None

    def _keep(self, queue: QueueName, body: str, delay: timedelta) -> None:
        self._count += 1
        at = self.clock.now() + delay + self.backlog
        heapq.heappush(self.waiting, (at, self._count, queue, json.loads(body)))
