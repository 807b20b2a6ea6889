"""The record and the queue of the simulation: the embedded table, each call a boundary; a queue of hints in memory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Never, Protocol, TypeVar

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
            event = write.change.append["events"][0]
            return f"write {event['subject'].partition(':')[0]} {event['act']}"
    first = writes[0]
    return f"write {place_of_key(Key(first.item['pk'], first.item['sk']) if isinstance(first, Put) else first.key)}"


@dataclass
class SimulatedTable:
    """ports.Table over a real one."""

    inner: Table
    road: Road
    fails: EngineFails = field(default_factory=EmbeddedFails)
    written: list[tuple[Write, ...]] = field(default_factory=list)
    """Everything written while the road was closed, so that it can be written into another table."""

    def get(self, key: Key) -> Item | None:
        """See ports."""
        return self._read(f"read {place_of_key(key)}", lambda: self.inner.get(key))

    def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        """See ports."""
        what = f"read each {place_of_key(keys[0])}" if keys else "read nothing"
        return self._read(what, lambda: self.inner.get_many(keys))

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
        """Nobody queries a partition on the publish road."""
        raise AssertionError(f"nobody asked to query {pk}")

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
        return self._read(
            f"list {partition.rpartition('#')[2].lower()}",
            lambda: self.inner.query_index(
                index, partition, upto=upto, limit=limit, newest_first=newest_first, after=after
            ),
        )

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        """See ports."""
        return self._read("find due", lambda: self.inner.query_index_each(index, partitions, upto=upto, limit=limit))

    def transact(self, writes: Sequence[Write]) -> None:
        """See ports."""
        self._write(writes, lambda: self.inner.transact(writes))

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        """Nobody writes groups on the publish road."""
        raise AssertionError(f"nobody asked for {len(groups)} groups")

    def time(self) -> datetime | None:
        """See ports. Nothing is asked of anybody."""
        return self.inner.time()

    def _read(self, place: str, effect: Callable[[], T]) -> T:
        return self.road.cross(place, effect, {Kind.BUSY: lambda fault: self.fails.refuse(fault, effect)})

    def _write(self, writes: Sequence[Write], effect: Callable[[], T]) -> T:
        place = place_of_writes(writes)
        if not self.road.open:
            self.written.append(tuple(writes))

        def written() -> T:
            result = effect()
            if place in {"write variant claim", "write variant take_over"} and self.road.workers:
                self.road.workers[-1].lease_until = self.road.clock.at + TIMING.lease
            return result

        def repeated(_: Fault) -> T:
            written()
            return effect()

        return self.road.cross(
            place,
            written,
            {
                Kind.BUSY: lambda fault: self.fails.refuse(fault, effect),
                Kind.BUSY_YET_DONE: lambda fault: self.fails.lose_the_answer(fault, effect),
                Kind.REPEATED: repeated,
            },
        )


@dataclass
class SimulatedQueue:
    """ports.Queue of hints: in memory, delivered by the simulator in virtual time, each hint once unless doubled."""

    clock: Clock
    road: Road
    waiting: list[tuple[datetime, int, QueueName, dict[str, str]]] = field(default_factory=list)
    _count: int = 0

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

    def due(self) -> dict[str, str] | None:
        """The next hint to publish whose time has come, taken off the queue."""
        while self.waiting and self.waiting[0][0] <= self.clock.now():
            _, _, queue, body = heapq.heappop(self.waiting)
            if queue is QueueName.PUBLISH:
                return body
        return None

    def _keep(self, queue: QueueName, body: str, delay: timedelta) -> None:
        self._count += 1
        at = self.clock.now() + delay
        heapq.heappush(self.waiting, (at, self._count, queue, json.loads(body)))
