"""The simulator: the real services and store in virtual time, against platforms that a plan makes fail.

Workers are invocations of `ticking.tick` and `publishing.publish`, and a member who cancels or signs in again. While one
sleeps at a boundary, the others go on inside it; then it wakes up, however late. Not covered yet: clocks that differ
between workers or jump, a vault that fails, threads of several parts, brakes, edits, and a person's decision on what
waits for one. Nothing here may read the wall clock or draw without a seed.
"""

from __future__ import annotations

import base64
import heapq
import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import Conflict, RemoteRefused, RemoteUnavailable
from chalicelib.domain.post import Body, Schedule, Variant, VariantState
from chalicelib.ports import EngineBusy, Mail, SealBroken, Table, Write
from chalicelib.services import accounts, changing, publishing, scheduling, ticking, workspaces
from chalicelib.services.desk import Desk, Policy
from chalicelib.store.store import Store
from tests.simulation.places import Through
from tests.simulation.plans import Plan
from tests.simulation.platforms import SimulatedPlatform, Witness
from tests.simulation.ports import EmbeddedFails, EngineFails, SimulatedQueue, SimulatedTable
from tests.simulation.road import SECOND, START, TIMING, Clock, Crash, Road, Worker
from tests.simulation.sandbox import LIVES, NEARLY_SPENT, SandboxPlatform

TICK = 5 * SECOND
FAULTS_END = START + timedelta(seconds=240)
GIVES_UP = START + timedelta(seconds=900)
"""Without faults everything settles long before: what has not by then never will."""
SIGNS_IN_AFTER = 12 * SECOND
RESTING = frozenset(VariantState) - {VariantState.SCHEDULED, VariantState.SENDING}


class PlainVault:
    """ports.Vault without a secret: the simulation has nothing to hide, and needs the same bytes in every run."""

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """See ports."""
        return base64.b64encode(json.dumps([secret.hex(), dict(context)], sort_keys=True).encode()).decode()

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """See ports."""
        secret, sealed_to = json.loads(base64.b64decode(sealed))
        if sealed_to != dict(context):
            raise SealBroken
        return bytes.fromhex(secret)


@dataclass
class CountingEntropy:
    """Bytes that differ each time, the same in every run."""

    count: int = 0

    def token(self, size: int) -> bytes:
        """See ports."""
        self.count += 1
        return self.count.to_bytes(size, "big")


class NoMail:
    """ports.Mailer on a road that sends none."""

    def send(self, mail: Mail) -> None:
        """See ports."""
        raise AssertionError(f"nobody asked for mail {mail.id}")


@dataclass
class World:
    """One plan's world, and everything that happens in it."""

    plan: Plan
    clock: Clock = field(default_factory=Clock)
    cancelled: set[str] = field(default_factory=set)
    """Variants whose cancel was acknowledged."""
    unforeseen: list[str] = field(default_factory=list)
    """Errors out of a client library that ended a worker: the contract says that nobody catches them."""
    _acts: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _counted: int = 0
    _signing_in: bool = False

    def __post_init__(self) -> None:
        plan = self.plan
        opened = _opened(plan.through, plan.platform, plan.spent)
        self.road = Road(self.clock, list(plan.faults), self._meanwhile, self._cancel)
        self.platform = _witness(plan.through)(
            plan.platform, self.clock, self.road, timedelta(seconds=plan.lag), plan.remembers, opened.memory
        )
        self.table, fails = _table(plan.through)
        self.queue = SimulatedQueue(self.clock, self.road)
        self.desk = _desk(self.platform, self.queue, SimulatedTable(self.table, self.road, fails))
        for writes in opened.writes:
            self.table.transact(writes)
        self.caller, self.account_id = opened.caller, opened.account
        self.texts = {self._schedule(at, f"Post {number}"): f"Post {number}" for number, at in enumerate(plan.due)}
        self.victim = list(self.texts)[plan.victim]

    def close(self) -> None:
        """Let go of the record."""
        if isinstance(self.table, SqliteTable):
            self.table.close()

    # --- what lies in the record, read beside the road ---------------------------------------------------------------

    def variants(self) -> list[Variant]:
        """Every variant as it lies in the record now."""
        store = Store(self.table)
        found = [store.variants.get(self.caller.workspace, one) for one in self.texts]
        return [one for one in found if one is not None]

    def account(self) -> Account:
        """The account as it lies in the record now."""
        found = Store(self.table).accounts.get(self.caller.workspace, self.account_id)
        assert found is not None
        return found

    # --- a run -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Carry the plan out, then go on without faults until everything is settled, or `GIVES_UP`."""
        with self.platform.mounted():
            self._run()

    def _run(self) -> None:
        self.road.say(self.plan.words())
        self.road.open = True
        if self.plan.cancel_at is not None:
            self._at(START + timedelta(seconds=self.plan.cancel_at), self._cancel)
        self._at(START, self._tick)
        for variant, seconds in zip(self.texts, self.plan.due, strict=True):
            # A hint that comes too soon must change nothing.
            self._at(START + max(0.0, seconds - 1) * SECOND, partial(self._publish, variant))
        while self.clock.at < GIVES_UP:
            self._until(self.clock.at + TICK)
            if self.clock.at >= FAULTS_END:
                self.road.faults.clear()
            if all(one.state in RESTING for one in self.variants()) and not self._owed():
                break
        self.road.open = False
        # Whatever is still under way lands before anybody counts.
        self.clock.move((TIMING.landing + TIMING.visible).total_seconds())
        self.platform.settle()
        for one in self.variants():
            self.road.say(f"{one.id} {one.state.value}")

    def _owed(self) -> bool:
        """Whether a member still has to do what the plan says."""
        cancel_at = self.plan.cancel_at
        return (cancel_at is not None and self.clock.at <= START + timedelta(seconds=cancel_at)) or (
            self.plan.reconnects and (self._signing_in or self.account().state is AccountState.NEEDS_RECONNECT)
        )

    def _until(self, until: datetime) -> None:
        """Let the world go on until then: hints, ticks and members, each in its time."""
        while True:
            hinted = self.queue.waiting[0][0] if self.queue.waiting else until + TICK
            acted = self._acts[0][0] if self._acts else until + TICK
            if min(hinted, acted) > until:
                self.clock.at = max(self.clock.at, until)
                return
            self.clock.at = max(self.clock.at, min(hinted, acted))
            if acted <= hinted:
                heapq.heappop(self._acts)[2]()
            else:
                body = self.queue.due()
                if body is not None:
                    self._publish(body["variant"])

    def _meanwhile(self, seconds: float) -> None:
        """A worker sleeps: others take the same variants up at once, and then time goes by."""
        if len(self.road.workers) > 1:
            return
        until = self.clock.at + timedelta(seconds=seconds)
        for variant in self.texts:
            self._publish(variant)
        self._until(until)

    def _at(self, at: datetime, act: Callable[[], None]) -> None:
        self._counted += 1
        heapq.heappush(self._acts, (at, self._counted, act))

    @contextmanager
    def _worker(self, name: str) -> Iterator[None]:
        """One invocation: it may be killed, and the engine may refuse it; nothing else may end it."""
        self._counted += 1
        self.road.workers.append(Worker(f"{name} {self._counted}"))
        try:
            yield
        except Crash:
            self.road.say("is killed")
        except EngineBusy:
            self.road.say("ends: the engine is busy")
        except Exception as error:
            if not _is_of_a_library(error):
                raise
            self.unforeseen.append(repr(error))
            self.road.say(f"ends: {error!r}")
        finally:
            self.road.workers.pop()

    # --- who acts ----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._at(self.clock.at + TICK, self._tick)
        with self._worker("tick"):
            ticking.tick(self.desk, self.clock.now())
        if self.plan.reconnects and not self._signing_in and self.account().state is AccountState.NEEDS_RECONNECT:
            self._signing_in = True
            self._at(self.clock.at + SIGNS_IN_AFTER, self._sign_in)

    def _publish(self, variant: str) -> None:
        with self._worker("publish"):
            state = publishing.publish(self.desk, self.caller.workspace, variant)
            self.road.say(f"leaves {variant} {state}")

    def _cancel(self) -> None:
        with self._worker("member"):
            try:
                changing.cancel(self.desk, self.caller, self.victim, self.clock.now())
            except Conflict as refusal:
                self.road.say(f"may not cancel: {refusal}")
            else:
                self.cancelled.add(self.victim)
                self.road.say(f"has cancelled {self.victim}")

    def _sign_in(self) -> None:
        with self._worker("member"):
            try:
                self._connect()
            except (Conflict, RemoteRefused, RemoteUnavailable) as refusal:
                self.road.say(f"cannot sign in: {refusal}")
            else:
                self._signing_in = False
                self.road.say("has signed the account in again")
        if self._signing_in:
            self._at(self.clock.at + SIGNS_IN_AFTER, self._sign_in)

    def _connect(self) -> Account:
        return _connect(self.desk, self.caller, self.platform, self.clock.now())

    def _schedule(self, seconds: float, text: str) -> str:
        at = START + timedelta(seconds=seconds)
        when = Schedule(at, "UTC", at.isoformat(), timedelta(seconds=self.plan.late_limit))
        body = (
            Body(text, title="Opening hours", community="parley_square")
            if self.plan.platform == "reddit"
            else Body(text)
        )
        wish = scheduling.Wish(self.account_id, body, "/variants/0")
        return scheduling.schedule(self.desk, self.caller, None, when, [wish], START).variants[0]


def _is_of_a_library(error: BaseException) -> bool:
    """Whether an error came out of a real connector, and from beneath it."""
    files = [Path(frame.filename).parts for frame in traceback.extract_tb(error.__traceback__)]
    return any("connectors" in parts for parts in files) and "site-packages" in files[-1]


@dataclass(frozen=True, slots=True)
class Opened:
    """A workspace with one account, as the writes that made it: opening one takes longer than most plans.

    memory: what the platform knows of the account.
    """

    writes: tuple[tuple[Write, ...], ...]
    caller: Caller
    account: str
    memory: Any


@cache
def _opened(through: Through, name: str, spent: bool) -> Opened:
    if through is Through.MOTO:
        return _opened(Through.PORT, name, spent)
    clock = Clock()
    road = Road(clock, [])
    if spent and through is Through.CLIENTS:
        clock.at -= LIVES.get(name, NEARLY_SPENT) - NEARLY_SPENT
    platform = _witness(through)(name, clock, road)
    with closing(SqliteTable(":memory:")) as inner, platform.mounted():
        table = SimulatedTable(inner, road)
        desk = _desk(platform, SimulatedQueue(clock, road), table, first_id=0)
        desk.store.open()
        workspace, owner, _ = workspaces.open_workspace(desk, "Desk", "UTC", "Owner", "owner@desk.example", clock.at)
        caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
        account = _connect(desk, caller, platform, clock.at)
        return Opened(tuple(table.written), caller, account.id, platform.remember())


def _witness(through: Through) -> Callable[..., Witness]:
    return SandboxPlatform if through is Through.CLIENTS else SimulatedPlatform


def _table(through: Through) -> tuple[Table, EngineFails]:
    if through is not Through.MOTO:
        return SqliteTable(":memory:"), EmbeddedFails()
    from tests.simulation import dynamo

    return dynamo.empty_table(), dynamo.AwsFails()


def _connect(desk: Desk, caller: Caller, platform: Witness, now: datetime) -> Account:
    return accounts.connect(desk, caller, platform.name, platform.credential(), None, now)


def _desk(platform: Witness, queue: SimulatedQueue, table: SimulatedTable, first_id: int = 1000) -> Desk:
    return Desk(
        store=Store(table),
        queue=queue,
        mailer=NoMail(),
        vault=PlainVault(),
        clock=queue.clock,
        entropy=CountingEntropy(first_id),
        platforms=platform.platforms(),
        policy=Policy(
            timing={platform.name: TIMING},
            hosts={platform.name: (platform.base_url,)},
            poll_every=timedelta(days=1),
        ),
    )
