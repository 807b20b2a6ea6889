"""What the publish road's tests share: platforms that tell limits, a table and a queue that can be watched, more tenants."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.brake import Brake, Scope
from chalicelib.domain.post import Body, Schedule, Variant, VariantState
from chalicelib.ports import (
    Change,
    Condition,
    ConditionFailed,
    Delete,
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
from chalicelib.services import accounts, braking, lines, publishing, scheduling, workspaces
from chalicelib.services.desk import Platforms
from chalicelib.store.store import Store
from connectors import errors
from connectors.capabilities import Allowance, Capabilities
from connectors.contract import Draft, Identity, Limit, Lookup, Receipt, RemoteRef, Unproven
from tests.world import MovableClock, ScriptedConnector, ScriptedPlatform, World, make_world

HOUR = timedelta(hours=1)


def nothing(*_: Any) -> None:
    """Nobody watches."""


# --- platforms -------------------------------------------------------------------------------------------------------


@dataclass
class Terms:
    """What a platform allows and tells, beside what its script says."""

    allowance: Allowance | None = None
    app_allowance: Allowance | None = None
    tells: deque[Limit | None] = field(default_factory=deque)
    """What is left, told with each answer in turn."""
    silent: bool = False
    """A look-up that finds nothing has read a complete listing."""
    before_request: Callable[[], None] = nothing
    """Happens in the moment in which a writing request leaves."""
    requests: list[tuple[str, datetime]] = field(default_factory=list)
    """By whom and when each writing request left."""
    deleted: list[str] = field(default_factory=list)

    def of(self, capabilities: Capabilities) -> Capabilities:
        return replace(
            capabilities, allowance=self.allowance or capabilities.allowance, app_allowance=self.app_allowance
        )


@dataclass
class ToldConnector(ScriptedConnector):
    """A connector to a scripted platform that has terms. The credential tells who is signed in, and by which client."""

    dealings: Terms

    @property
    def capabilities(self) -> Capabilities:
        return self.dealings.of(self.platform.capabilities())

    def identify(self) -> Identity:
        who = self.given.credential.get("who", "us")
        return Identity(who, f"desk-of-{who}")

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        self.dealings.before_request()
        who = self.given.identity.id if self.given.identity is not None else ""
        self.dealings.requests.append((who, self.platform.clock.now()))
        if self.platform.script and self.platform.script[0] == "limited as an app":
            self.platform.script.popleft()
            raise errors.RateLimited(self.platform.name, "the client is too busy", retry_after=300, scope="app")
        receipt = super().publish(draft, key=key)
        return replace(receipt, limit=self.dealings.tells.popleft() if self.dealings.tells else None)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        found = super().find_published(draft, key=key, since=since)
        return replace(found, silent=self.dealings.silent) if isinstance(found, Unproven) else found

    def delete(self, ref: RemoteRef) -> None:
        self.dealings.deleted.append(ref.id)


def on_terms(world: World, terms: Mapping[str, Terms]) -> None:
    """Put the world's platforms on these terms, by name; from here on credentials tell who they are."""
    known = {name: terms.get(name, Terms()) for name in world.platforms}
    world.desk = replace(
        world.desk,
        platforms=Platforms(
            capabilities=lambda name: known[name].of(world.platforms[name].capabilities()),
            connect=lambda name, sign_in: ToldConnector(world.platforms[name], sign_in, known[name]),
            length=lambda _, draft: len(draft.text),
            credential_problem=lambda _, given: None if "token" in given else "the credential lacks token",
            client_id=lambda _, credential: credential.get("client"),
        ),
    )


def connect(world: World, platform: str, who: str, client: str = "a client") -> Account:
    """Another account of the world's workspace."""
    credential = {"token": f"secret-of-{who}", "who": who, "client": client}
    return accounts.connect(world.desk, world.caller, platform, credential, None, world.clock.now())


def another_tenant(world: World, platform: str, who: str, client: str = "a client") -> World:
    """The same installation as another workspace sees it, with one account."""
    now = world.clock.now()
    workspace, owner, _ = workspaces.open_workspace(world.desk, who, "UTC", "Owner", f"{who}@desk.example", now)
    caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
    theirs = replace(world, workspace=workspace, caller=caller, accounts={})
    theirs.accounts[platform] = connect(theirs, platform, who, client)
    return theirs


def due(
    world: World,
    account: Account,
    text: str,
    *,
    seconds: float = 0,
    late_limit: timedelta = HOUR,
    campaign: str | None = None,
) -> Variant:
    """What an account is to say in so many seconds."""
    at = world.clock.now() + timedelta(seconds=seconds)
    when = Schedule(at, "UTC", at.isoformat(), late_limit)
    wish = scheduling.Wish(account.id, Body(text), "/variants/0")
    post = scheduling.schedule(world.desk, world.caller, campaign, when, [wish], world.clock.now())
    return world.variant(post.variants[0])


def speak(world: World, account: Account, *named: Variant, front: bool = False) -> list[VariantState]:
    """Work on an account's line once."""
    states = lines.speak(world.desk, world.workspace.id, account.id, [one.id for one in named], front=front)
    return list(states.values())


def publish(world: World, variant: Variant) -> VariantState | None:
    """Take one variant's step, whatever stands before it in its line."""
    return publishing.publish(world.desk, world.workspace.id, variant.id)


def stop(world: World, scope: Scope = Scope.ALL, target: str | None = None, **more: object) -> Brake:
    """Put a brake on."""
    wanted = braking.Stop(scope, target, "a storm", **more)  # type: ignore[arg-type]
    return braking.put_on(world.desk, world.caller, wanted, world.clock.now())


def lift(world: World, brake: Brake) -> int:
    """Lift a brake; how many it held."""
    return braking.lift(world.desk, world.caller, brake.id, "it is over", world.clock.now())


def texts(platform: ScriptedPlatform) -> list[str]:
    """What really stands on a platform, in the order in which it was said."""
    return [text for text, _, _ in platform.posted]


# --- the engine ------------------------------------------------------------------------------------------------------


@dataclass
class WatchedTable:
    """A table that tells of each access in the moment before it happens."""

    inner: Table
    before_write: Callable[[Sequence[Write]], None] = nothing
    before_read: Callable[[Sequence[Key]], None] = nothing
    index_rows: int = 0
    """How many rows of an index were read."""
    shows: Callable[[Index], bool] = lambda _: True
    """Whether an index shows what lies in it by now."""
    clock: MovableClock | None = None
    """The engine's own time, where it has one."""
    apart: bool = False
    """Makes one commit of each of the writes that come one after the other, as the engine that grows does."""

    def get(self, key: Key) -> Item | None:
        self.before_read([key])
        return self.inner.get(key)

    def get_many(self, places: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        self.before_read(places)
        return self.inner.get_many(places, may_lag=may_lag)

    def put(self, item: Item, when: Condition | None = None) -> None:
        self.before_write([Put(item, when)])
        self.inner.put(item, when)

    def update(self, key: Key, change: Change, when: Condition | None = None) -> Item:
        self.before_write([Update(key, change, when)])
        return self.inner.update(key, change, when)

    def delete(self, key: Key, when: Condition | None = None) -> None:
        self.before_write([Delete(key, when)])
        self.inner.delete(key, when)

    def query(
        self, pk: str, *, prefix: str = "", limit: int = 100, newest_first: bool = False, after: str | None = None
    ) -> Rows:
        return self.inner.query(pk, prefix=prefix, limit=limit, newest_first=newest_first, after=after)

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
        return self._seen(
            index,
            self.inner.query_index(index, partition, upto=upto, limit=limit, newest_first=newest_first, after=after),
        )

    def query_index_each(self, index: Index, partitions: Sequence[str], *, upto: str, limit: int) -> list[Entries]:
        return [
            self._seen(index, one) for one in self.inner.query_index_each(index, partitions, upto=upto, limit=limit)
        ]

    def transact(self, writes: Sequence[Write]) -> None:
        self.before_write(writes)
        self.inner.transact(writes)

    def transact_each(self, groups: Sequence[Sequence[Write]]) -> list[ConditionFailed | None]:
        self.before_write([write for writes in groups for write in writes])
        return self.inner.transact_each(groups)

    def in_turn(self, writes: Sequence[Write]) -> None:
        if not self.apart:
            self.before_write(writes)
            return self.inner.in_turn(writes)
        for index, write in enumerate(writes):
            self.before_write([write])
            try:
                self.inner.in_turn([write])
            except ConditionFailed as failed:
                raise ConditionFailed(current=failed.current, index=index) from failed
        return None

    def time(self) -> datetime | None:
        return self.inner.time() if self.clock is None else self.clock.now()

    def _seen(self, index: Index, found: Entries) -> Entries:
        if not self.shows(index):
            return Entries([], None)
        self.index_rows += len(found.rows)
        return found


def watched(world: World) -> WatchedTable:
    """Watch the world's table from here on."""
    table = WatchedTable(world.desk.store.table)
    world.desk = replace(world.desk, store=Store(table))
    return table


def lagging(world: World, by: timedelta = timedelta(seconds=30)) -> WatchedTable:
    """Watch the world's table, whose due index shows nothing from here on: it may be so far behind."""
    world.desk = replace(world.desk, policy=replace(world.desk.policy, index_lag=by))
    table = watched(world)
    table.shows = lambda index: index is not Index.DUE
    return table


def acts(writes: Sequence[Write]) -> set[str]:
    """What these writes do, by the acts of their audit events: `claim`, `hold`, `commit`."""
    changed = [one.change.append.get("events", []) for one in writes if isinstance(one, Update)]
    made = [one.item.get("events", []) for one in writes if isinstance(one, Put)]
    return {event["act"] for events in [*changed, *made] for event in events}


def once(act: Callable[[], object], when: Callable[..., bool] = lambda *_: True) -> Callable[..., None]:
    """Do this the first time that it fits, and never again, also not while it is being done."""
    done: list[bool] = []

    def do(*given: Any) -> None:
        if not done and when(*given):
            done.append(True)
            act()

    return do


@dataclass
class ListedQueue:
    """A queue whose messages can be looked at, also those that are kept back."""

    clock: MovableClock
    waiting: list[tuple[datetime, QueueName, str]] = field(default_factory=list)
    sent: Counter[QueueName] = field(default_factory=Counter)
    """How many messages were ever put on each queue."""

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        self.send_many(queue, [(body, delay)])

    def send_many(self, queue: QueueName, messages: Sequence[tuple[str, timedelta]]) -> None:
        self.sent[queue] += len(messages)
        self.waiting += [(self.clock.now() + delay, queue, body) for body, delay in messages]

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        raise AssertionError("nobody receives here but `taken`")

    def delete(self, queue: QueueName, receipt: str) -> None:
        raise AssertionError("what was taken is gone")

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        return []

    def bodies(self, queue: QueueName = QueueName.PUBLISH) -> list[dict[str, Any]]:
        """Every message of a queue."""
        return [json.loads(body) for _, name, body in self.waiting if name is queue]

    def delays(self, queue: QueueName = QueueName.PUBLISH) -> list[float]:
        """In how many seconds each message of a queue is seen."""
        now = self.clock.now()
        return [(at - now).total_seconds() for at, name, _ in self.waiting if name is queue]

    def taken(self, queue: QueueName = QueueName.PUBLISH) -> list[dict[str, Any]]:
        """Take every message of a queue that is to be seen by now, in the order of their times."""
        now = self.clock.now()
        found = sorted((one for one in self.waiting if one[1] is queue and one[0] <= now), key=lambda one: one[0])
        self.waiting = [one for one in self.waiting if one not in found]
        return [json.loads(body) for _, _, body in found]


def listed(world: World) -> ListedQueue:
    """Put an empty queue that can be looked at on the world's desk."""
    queue = ListedQueue(world.clock)
    world.desk = replace(world.desk, queue=queue)
    return queue


def deliver(world: World, queue: ListedQueue) -> int:
    """Hand every hint that is to be seen by now to a worker, as the queue's consumer does; how many those were."""
    hints = queue.taken()
    for hint in hints:
        lines.speak(world.desk, hint["workspace"], hint.get("account"), hint["variants"], front="front" in hint)
    return len(hints)


def brief_world() -> World:
    """A world in memory, for one example of a property."""
    with TemporaryDirectory() as folder:
        return make_world(Path(folder), SqliteTable(":memory:"))
