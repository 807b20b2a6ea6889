"""The simulator: the real services and store in virtual time, against platforms that a plan makes fail.

Workers are invocations of `ticking.tick` and `lines.speak`, and members at the desk. While one sleeps at a boundary, the
others go on inside it; then it wakes up, however late. Each worker has its own clock, some a little wrong, some very.
Nothing here may read the wall clock or draw without a seed.
"""

from __future__ import annotations

import heapq
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.brake import Brake
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import Origin, Variant, VariantState
from chalicelib.ports import EngineBusy, Key, QueueName
from chalicelib.services import lines, polling, ticking, triaging
from chalicelib.services.clocks import ClockOff
from chalicelib.store import keys
from chalicelib.store.repository import Repository
from chalicelib.store.store import Store
from connectors.capabilities import Allowance
from tests.simulation.inbox import Inbox
from tests.simulation.members import Intent, Members
from tests.simulation.opening import TICK, Wanted, beginning, desk_at, table_of, witness_of
from tests.simulation.places import Through
from tests.simulation.plans import Plan
from tests.simulation.ports import SimulatedQueue, SimulatedTable
from tests.simulation.road import SECOND, START, TIMING, Clock, Crash, Fault, Kind, Road, Worker
from tests.simulation.thread import Thread

T = TypeVar("T")
N = TypeVar("N")

FAULTS_END = START + timedelta(seconds=240)
MOST_INDEX_LAG = 30 * SECOND
"""What the services are told where indexes are behind at all; no plan's are further."""
POLLS_EVERY = 5 * SECOND
NEVER = timedelta(days=1)
RARELY = 40 * SECOND
"""How often a tick comes while it can only find that nothing was overlooked."""
GIVES_UP = START + timedelta(seconds=900)
"""Without faults everything settles long before: what has not by then never will."""
_MOVING = frozenset({VariantState.SCHEDULED, VariantState.SENDING, VariantState.AWAITING_APPROVAL, VariantState.DRAFT})
TAMPERED = "What nobody wrote"


@dataclass
class World:
    """One plan's world, and everything that happens in it."""

    plan: Plan
    clock: Clock = field(default_factory=Clock)
    overtaken: list[str] = field(default_factory=list)
    """Claims that came before something older of the same account, in words."""
    misled: list[str] = field(default_factory=list)
    """Claims by workers whose clocks were too far off."""
    unforeseen: list[str] = field(default_factory=list)
    """Errors out of a client library that ended a worker: the contract says that nobody catches them."""
    _acts: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _counted: int = 0
    _lying: dict[Key, Any] = field(default_factory=dict)
    _listed: tuple[tuple[int, int], list[Variant]] = field(default=((-1, 0), []))
    """Every variant as of so many writes and intents."""

    def __post_init__(self) -> None:
        plan = self.plan
        wanted = Wanted(
            plan.due,
            plan.late_limit,
            plan.accounts,
            plan.again_after,
            plan.asked,
            plan.parts,
            plan.goes_on,
            plan.pictures,
            plan.approved_at is not None,
            plan.cap,
        )
        spent = plan.spent and plan.through is Through.CLIENTS
        begun = beginning(plan.through, plan.platform, spent, wanted)
        self.members = Members(self)
        self._draw = random.Random(f"{plan.seed}/{plan.number}/workers")
        self.road = Road(self.clock, list(plan.faults), self._beside(), plan.zombies)
        self.platform = witness_of(plan.through)(
            plan.platform, self.clock, self.road, timedelta(seconds=plan.lag), plan.remembers, begun.memory
        )
        if plan.allowed is not None:
            self.platform.allowance = Allowance(plan.allowed[0], timedelta(seconds=plan.allowed[1]))
        if plan.shared is not None:
            self.platform.app_allowance = Allowance(plan.shared[0], timedelta(seconds=plan.shared[1]))
        self.platform.charges, self.platform.slow = plan.cap is not None, plan.pictures
        late = timedelta(seconds=plan.backlog)
        self.queue = SimulatedQueue(self.clock, self.road, [(at + late, *rest) for at, *rest in begun.hints], late)
        self.table, fails = table_of(plan.through, begun)
        lag = timedelta(seconds=plan.index_lag)
        self._record = Store(self.table)
        self._watched = SimulatedTable(self.table, self.road, fails, lag, self._claimed)
        told = MOST_INDEX_LAG if plan.index_lag else timedelta(0)
        every = POLLS_EVERY if plan.said else NEVER
        self.desk = desk_at(self.platform, self.queue, self._watched, begun.drawn, told, every)
        self.caller, self.account_ids, self.campaign = begun.caller, begun.accounts, begun.campaign
        self.second = replace(begun.caller, member=begun.second)
        self.intents = {one.variant: Intent(one.account, [one.text], one.due, {one.text}) for one in begun.scheduled}
        self.thread = Thread(self, begun.heard)
        self.platform.said = plan.said
        self.inbox = Inbox(self)
        self.victim = list(self.intents)[plan.victim]

    # --- what lies in the record, read beside the road ---------------------------------------------------------------

    def variants(self) -> list[Variant]:
        """Every variant as it lies in the record now."""
        self.thread.notice()
        self.inbox.notice()
        asked = (self._watched.writes, len(self.intents))
        if self._listed[0] != asked:
            places = [keys.variant(self.caller.workspace, one) for one in self.intents]
            found = [self._as_it_lies(self._record.variants, one) for one in places]
            self._listed = asked, [one for one in found if one is not None]
        return self._listed[1]

    def accounts(self) -> list[Account]:
        """The plan's accounts as they lie in the record now."""
        workspace, ours = self.caller.workspace, self.account_ids[: self.plan.accounts]
        found = [self._as_it_lies(self._record.accounts, keys.within(workspace, "ACCOUNT", one)) for one in ours]
        return [one for one in found if one is not None]

    def interaction(self, of: str) -> Interaction | None:
        """An interaction as it lies in the record now."""
        return self._as_it_lies(self._record.interactions, keys.interaction(self.caller.workspace, of))

    def brake(self) -> Brake | None:
        """The plan's brake as it lies in the record now."""
        stop = self.members.stop
        if stop is None:
            return None
        return self._as_it_lies(self._record.brakes, keys.within(self.caller.workspace, "BRAKE", stop.brake.id))

    def _as_it_lies(self, repository: Repository[N], key: Key) -> N | None:
        """A noun, read again only after it was written."""
        changed = self._watched.changed
        if key not in self._lying or key in changed:
            changed.discard(key)
            self._lying[key] = repository.held(self.table.get(key))
        return cast("N | None", self._lying[key])

    def tamper(self) -> None:
        """Somebody who can reach the record changes what the victim was to say."""
        post = keys.post(self.caller.workspace, self.victim.rpartition(".")[0])
        item = self.table.get(post)
        assert item is not None
        says = [{**one, "text": TAMPERED} for one in item["says"]]
        self.table.put({**item, "says": says})
        self.road.say("the record is tampered with")

    def beside_the_road(self, read: Callable[[], T]) -> T:
        """Read something without a boundary."""
        was, self.road.open = self.road.open, False
        try:
            return read()
        finally:
            self.road.open = was

    # --- a run -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Carry the plan out, then go on without faults until everything is settled, or `GIVES_UP`."""
        with self.platform.mounted():
            self._run()

    def _run(self) -> None:
        plan = self.plan
        self.road.say(plan.words())
        self.road.open = True
        for seconds, act in (
            (plan.cancel_at, self.members.cancel),
            (plan.edit_at, self.members.edit),
            (plan.brake_at, self.members.put_the_brake_on),
            (plan.acts_at, self.thread.act),
            (plan.approved_at, self.members.approve),
            (plan.tampered_at, self.tamper),
        ):
            if seconds is not None:
                self.at(START + timedelta(seconds=seconds), act)
        self.at(START, self._tick)
        for variant, intent in self.intents.items():
            # A hint that comes too soon must change nothing.
            early = {"account": self.account_ids[intent.account], "variants": [variant]}
            self.at(max(START, intent.due - SECOND), partial(self._speak, early))
        while self.clock.at < GIVES_UP:
            self._until(self.clock.at + TICK)
            if self.clock.at >= FAULTS_END:
                self.road.faults.clear()
            if self._at_rest():
                break
        self.road.open = False
        # Whatever is still under way lands before anybody counts.
        self.clock.move((TIMING.landing + TIMING.visible).total_seconds())
        self.platform.settle()
        for one in self.variants():
            self.road.say(f"{one.id} {one.state.value}")

    def _at_rest(self) -> bool:
        """Whether nothing is left to be done, by anybody."""
        brake = self.brake()
        swept = (brake is None or brake.settled) and all(one.releasing_since is None for one in self.accounts())
        return swept and self._over()

    def _over(self) -> bool:
        """Whether nobody has anything to do but to look again for what was overlooked."""
        plan, stop = self.plan, self.members.stop
        moments = (plan.cancel_at, plan.edit_at, plan.brake_at, plan.acts_at, plan.approved_at, plan.tampered_at)
        planned = (one for one in moments if one is not None)
        if self.members.owe or any(self.clock.at <= START + timedelta(seconds=one) for one in planned):
            return False
        if stop is not None and (stop.until is None or self.clock.at <= stop.until + TIMING.skew):
            return False
        variants = self.variants()
        if any(one.state in _MOVING or one.owes for one in variants):
            return False
        if plan.cap is None and any(one.held_by is not None for one in variants):
            return False
        if any(one.state is InteractionState.NEW for one in self.thread.interactions()) or not self.inbox.at_rest():
            return False
        if plan.settles and any(one.state is VariantState.NEEDS_REVIEW for one in variants):
            return False
        return not (plan.reconnects and any(one.state is AccountState.NEEDS_RECONNECT for one in self.accounts()))

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
                match self.queue.due():
                    case (QueueName.PUBLISH, body):
                        self._speak(body)
                    case (QueueName.TRIAGE, body):
                        self._triage(body)
                    case (QueueName.LISTEN, body):
                        self._listen(body)

    def _beside(self) -> dict[Kind, Callable[[Fault], None]]:
        """What happens beside a call that a plan interrupts."""
        members = self.members
        return {
            Kind.PAUSED_BEFORE: self._meanwhile,
            Kind.PAUSED_AFTER: self._meanwhile,
            Kind.CANCELLED_HERE: lambda _: members.cancel(),
            Kind.EDITED_HERE: lambda _: members.edit(),
            Kind.BRAKED_HERE: lambda _: members.put_the_brake_on(),
        }

    def _meanwhile(self, fault: Fault) -> None:
        """A worker sleeps: others take the same lines up at once, and then time goes by."""
        if len(self.road.workers) > 1:
            return
        until = self.clock.at + timedelta(seconds=fault.seconds)
        ours = () if self.plan.backlog else self.account_ids[: self.plan.accounts]
        for number, account in enumerate(ours):
            named = [variant for variant, intent in self.intents.items() if intent.account == number]
            self._speak({"account": account, "variants": named})
        self._until(until)

    def at(self, at: datetime, act: Callable[[], None]) -> None:
        """Have this done then."""
        self._counted += 1
        heapq.heappush(self._acts, (at, self._counted, act))

    @contextmanager
    def worker(self, name: str) -> Iterator[None]:
        """One invocation: it may be killed, and the engine may refuse it; nothing else may end it."""
        self._counted += 1
        offset = self.plan.offsets[self._counted % len(self.plan.offsets)]
        if self.plan.rogue and name in {"publish", "tick"} and self.clock.at < FAULTS_END and self._draw.random() < 0.3:
            offset = self.plan.rogue
        self.road.workers.append(Worker(f"{name} {self._counted}", self.clock.at + timedelta(seconds=offset), offset))
        try:
            yield
        except Crash:
            self.road.say("is killed")
        except EngineBusy:
            self.road.say("ends: the engine is busy")
        except ClockOff as off:
            self.road.say(f"ends: its clock is off by {off}")
        except Exception as error:
            if not _is_of_a_library(error):
                raise
            self.unforeseen.append(repr(error))
            self.road.say(f"ends: {error!r}")
        finally:
            self.road.workers.pop()

    # --- who acts ----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self.at(self.clock.at + (RARELY if self._over() else TICK), self._tick)
        with self.worker("tick"):
            ticking.tick(self.desk, self.desk.clock.now())
        self.members.look()
        self.inbox.look()

    def _speak(self, body: dict[str, Any]) -> None:
        with self.worker("publish"):
            workspace, front = self.caller.workspace, "front" in body
            states = lines.speak(self.desk, workspace, body.get("account"), body["variants"], front=front)
            left = ", ".join(f"{variant} {state.value}" for variant, state in states.items())
            self.road.say(f"leaves {left or 'nothing to say'}")

    def _triage(self, body: dict[str, Any]) -> None:
        with self.worker("triage"):
            triaging.triage_all(self.desk, self.caller.workspace, body["interactions"], self.desk.clock.now())

    def _listen(self, body: dict[str, Any]) -> None:
        with self.worker("listen"):
            polling.answer(self.desk, body)

    def _claimed(self, claimed: str) -> None:
        """At each claim: is there anything older of the same account still to be said, and is this worker's clock right?"""
        if not self.road.open:
            return
        worker = self.road.workers[-1]
        if abs(worker.offset) > (TIMING.skew + 2 * SECOND).total_seconds():
            self.misled.append(f"{claimed} was claimed by a clock that is off by {worker.offset:+g} s")
        variants = {one.id: one for one in self.variants()}
        mine = variants[claimed]
        # A thread that has begun goes on, whatever a lifted brake has let loose before it meanwhile.
        begun = bool(mine.said)
        for one in variants.values():
            if one.account != mine.account or one.id == mine.id:
                continue
            # Whoever cannot see the older one yet, because an index lags, cannot wait for it.
            older = one.place < mine.place and not self.plan.index_lag and not begun
            # An answer is due from the moment at which triage began: whoever read the line before cannot know of it.
            older = older and one.origin is not Origin.TRIAGE
            # Nor can they know of a post that was agreed to since.
            agreed = max((event.at for event in one.events if event.act == "approve"), default=None)
            older = older and (agreed is None or agreed < worker.began)
            if one.state is VariantState.SENDING or (older and one.state is VariantState.SCHEDULED):
                self.overtaken.append(f"{claimed} was claimed while {one.id} was {one.state.value}")


def _is_of_a_library(error: BaseException) -> bool:
    """Whether an error came out of a real connector, and from beneath it."""
    files = [Path(frame.filename).parts for frame in traceback.extract_tb(error.__traceback__)]
    return any("connectors" in parts for parts in files) and "site-packages" in files[-1]
