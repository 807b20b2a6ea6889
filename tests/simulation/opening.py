"""What every plan begins with: a workspace, its accounts, and what they are to say, made once and laid down again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, ClassVar

from PIL import Image

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.post import Attachment, Body, HalfSent, Part, Schedule
from chalicelib.ports import Mail, SealBroken, Table, Write
from chalicelib.services import (
    accounts,
    approving,
    campaigns,
    checking,
    media,
    scheduling,
    spending,
    workspaces,
)
from chalicelib.services.desk import Desk, Policy
from chalicelib.services.ingesting import ingest
from chalicelib.store.store import Store
from tests.simulation.memory import MemoryTable, Snapshot, memory
from tests.simulation.places import Through
from tests.simulation.platforms import COSTS, SimulatedPlatform, Witness
from tests.simulation.ports import EmbeddedFails, EngineFails, SimulatedQueue, SimulatedTable, busy
from tests.simulation.road import SECOND, START, TIMING, Clock, Kind, Road, WorkersClock
from tests.simulation.said import SAID_BEFORE
from tests.simulation.sandbox import LIVES, NEARLY_SPENT, SandboxPlatform

TICK = 5 * SECOND
LOOKS_BACK = tuple(one * SECOND for one in (10, 30, 60, 120, 240))
"""A few days in so many minutes."""


def _png() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (32, 32), "teal").save(drawn, "PNG")
    return drawn.getvalue()


_PNG = _png()
_NUMBERED = re.compile(r" \(\d\)$")


@dataclass
class SimulatedVault:
    """ports.Vault without a secret: the simulation has nothing to hide, and needs the same bytes in every run."""

    road: Road

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """See ports."""
        return base64.b64encode(json.dumps([secret.hex(), dict(context)], sort_keys=True).encode()).decode()

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """See ports."""
        return self.road.cross(f"unseal {context['kind']}", lambda: _unsealed(sealed, context), {Kind.BUSY: busy})


def _unsealed(sealed: str, context: Mapping[str, str]) -> bytes:
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


class NobodyReads:
    """ports.Mailer: reminders go out, and nothing depends on them."""

    def send(self, mail: Mail) -> None:
        """See ports."""


@dataclass
class SimulatedBlobs:
    """ports.Blobs in memory, the same for every plan: what lies under a name never changes."""

    road: Road
    kept: ClassVar[dict[str, bytes]] = {}

    def put(self, name: str, data: bytes, mime: str) -> None:
        """See ports. Only what was made before is made again."""
        self.kept[name] = data

    def get(self, name: str) -> bytes | None:
        """See ports."""
        return self.road.cross("read blob", lambda: self.kept.get(name), {Kind.BUSY: busy})

    def delete(self, name: str) -> None:
        """Nobody forgets a picture on the publish road."""
        raise AssertionError(f"nobody asked to delete {name}")

    def form(self, name: str, mime: str, most: int, lifetime: timedelta) -> None:
        """See ports."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan has scheduled before anything happens. Times are seconds from START."""

    due: tuple[float, ...]
    late_limit: float
    accounts: int
    again_after: float | None = None
    """When silence is to be taken for absence; None: a person is asked."""
    asked: bool = False
    """Whether somebody has spoken to us (`thread`)."""
    parts: int = 1
    goes_on: bool = False
    pictures: bool = False
    approved: bool = False
    """Whether somebody must approve it."""
    cap: int | None = None
    """How many posts may be paid for."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One variant that was scheduled: for which account, what it says, and when it is due."""

    variant: str
    account: int
    text: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Beginning:
    """A workspace with two accounts and a plan's posts, made once: making it takes longer than most plans.

    writes, image: the record, to be written again or laid under a table in memory. hints: what waits on the queue.
    memory: what the platform knows of the accounts. drawn: how much entropy was used.
    """

    writes: tuple[tuple[Write, ...], ...]
    image: Snapshot
    hints: tuple[Any, ...]
    memory: Any
    caller: Caller
    accounts: tuple[str, ...]
    campaign: str
    scheduled: tuple[Scheduled, ...]
    drawn: int
    heard: tuple[str, ...] = ()
    picture: str = ""
    """Id of the one picture there is."""
    second: str = ""
    """Id of the member who approves what another wrote."""


@lru_cache(maxsize=4096)
def beginning(through: Through, name: str, spent: bool, wanted: Wanted) -> Beginning:
    """The beginning of a plan. spent: the accounts' sessions are nearly over when it begins."""
    if wanted.cap is None:
        return _scheduled(through, name, spent, wanted, charges=False)
    with _going_on(through, name, _scheduled(through, name, spent, replace(wanted, cap=None), charges=True)) as made:
        # Lowered once more was planned than it allows.
        spending.set_cap(made.desk, made.begun.caller, wanted.cap * COSTS, 1000, START)
    return made.begun


@lru_cache(maxsize=4096)
def _scheduled(through: Through, name: str, spent: bool, wanted: Wanted, *, charges: bool) -> Beginning:
    """What begins with some posts begins as what has one less. charges: whether the platform asks for money."""
    if not wanted.due:
        return _told(through, name, spent, wanted)
    before = _scheduled(through, name, spent, replace(wanted, due=wanted.due[:-1]), charges=charges)
    with _going_on(through, name, before, charges=charges) as made:
        scheduled = tuple(_schedule(made.desk, made.begun, name, wanted, len(wanted.due) - 1))
    return replace(made.begun, scheduled=(*made.begun.scheduled, *scheduled))


def _told(through: Through, name: str, spent: bool, wanted: Wanted) -> Beginning:
    """Before anything is scheduled: who must approve, what silence means, and what was said to us."""
    with _going_on(through, name, _opened(through, name, spent)) as made:
        desk, caller = made.desk, made.begun.caller
        if wanted.approved:
            approving.set_rule(desk, caller, ApprovalRule(people=1), START)
        if wanted.again_after is not None:
            workspaces.set_silence(desk, caller, timedelta(seconds=wanted.again_after), START)
        account = desk.store.accounts.get(caller.workspace, made.begun.accounts[0])
        assert account is not None
        heard = _heard(desk, account) if wanted.asked else ()
    return replace(made.begun, heard=heard)


@dataclass
class _GoingOn:
    """A desk at which a beginning goes on, and what it has come to, once that is over."""

    desk: Desk
    begun: Beginning


@contextmanager
def _going_on(through: Through, name: str, begun: Beginning, *, charges: bool = True) -> Iterator[_GoingOn]:
    """Go on from a beginning with what is done within."""
    clock = Clock()
    road = Road(clock, [])
    queue = SimulatedQueue(clock, road, list(begun.hints))
    inner = MemoryTable()
    inner.lay_out(begun.image)
    table = SimulatedTable(inner, road)
    witness = witness_of(through)(name, clock, road, memory=begun.memory)
    witness.charges = charges
    desk = desk_at(witness, queue, table, begun.drawn)
    made = _GoingOn(desk, begun)
    yield made
    made.begun = replace(
        begun,
        writes=(*begun.writes, *table.written),
        image=inner.image(),
        hints=tuple(queue.waiting),
        drawn=desk.entropy.count,
    )


@cache
def _opened(through: Through, name: str, spent: bool) -> Beginning:
    clock = Clock()
    road = Road(clock, [])
    if spent:
        clock.at -= LIVES.get(name, NEARLY_SPENT) - NEARLY_SPENT
    platform = witness_of(through)(name, clock, road)
    inner = MemoryTable()
    with platform.mounted():
        table = SimulatedTable(inner, road)
        desk = desk_at(platform, SimulatedQueue(clock, road), table, 0)
        desk.store.open()
        workspace, owner, _ = workspaces.open_workspace(desk, "Desk", "UTC", "Owner", "owner@desk.example", clock.at)
        caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
        ours = [connect(desk, caller, platform, number, clock.at) for number in range(2)]
        second, _ = workspaces.add_member(desk, caller, "Second", "second@desk.example", Role.OWNER, clock.at)
        picture = media.put(desk, caller, _PNG, clock.at, alt="A sign")
        aims = ((), tuple(one.id for one in ours), clock.at, None, clock.at)
        campaign = campaigns.create(desk, caller, "Opening hours", "Everybody knows them", *aims)
        return Beginning(
            writes=tuple(table.written),
            image=inner.image(),
            hints=(),
            memory=platform.remember(),
            caller=caller,
            accounts=tuple(one.id for one in ours),
            campaign=campaign.id,
            scheduled=(),
            drawn=desk.entropy.count,
            picture=picture.id,
            second=second.id,
        )


def _heard(desk: Desk, account: Account) -> tuple[str, ...]:
    """Have what was said before read into the record; the ids, the one to be answered first."""
    return tuple(one.id for one in ingest(desk, account, [said.told(0) for said in SAID_BEFORE], START))


def _schedule(desk: Desk, opened: Beginning, platform: str, wanted: Wanted, number: int) -> Iterator[Scheduled]:
    at = START + timedelta(seconds=wanted.due[number])
    when = Schedule(at, "UTC", at.isoformat(), timedelta(seconds=wanted.late_limit))
    texts = [f"Post {number}", f"Post {number} of the shop"][: wanted.accounts]
    wishes = []
    shown = (Attachment(opened.picture, "A sign"),) if wanted.pictures else ()
    for account, text in enumerate(texts):
        body = Body(text, "Opening hours", "parley_square") if platform == "reddit" else Body(text)
        rest = tuple(Part(one) for one in parts_of(text, wanted.parts)[1:])
        body = replace(body, pictures=shown, rest=rest)
        wishes.append(checking.Wish(opened.accounts[account], body, f"/variants/{account}"))
    # Every other post belongs to the campaign.
    campaign = None if number % 2 else opened.campaign
    half_sent = HalfSent.GO_ON if wanted.goes_on else HalfSent.TELL
    post = scheduling.schedule(desk, opened.caller, campaign, when, wishes, START, half_sent=half_sent)
    for account, (variant, text) in enumerate(zip(post.variants, texts, strict=True)):
        yield Scheduled(variant, account, text, at)


def parts_of(text: str, parts: int) -> list[str]:
    """What each part of a thread says that begins with this."""
    return [text, *(f"{text} ({number})" for number in range(2, parts + 1))]


def beginning_of(text: str) -> str:
    """What the first part of a thread says of which this is one."""
    return _NUMBERED.sub("", text)


def table_of(through: Through, begun: Beginning) -> tuple[Table, EngineFails]:
    """A plan's table on this way, as the plan begins, and how it fails. It is good until the next plan begins."""
    if through is not Through.MOTO:
        memory().lay_out(begun.image)
        return memory(), EmbeddedFails()
    from tests.simulation import dynamo

    table = dynamo.empty_table()
    for writes in begun.writes:
        table.transact(writes)
    return table, dynamo.AwsFails()


def witness_of(through: Through) -> Callable[..., Witness]:
    """What makes a platform on this way."""
    return SandboxPlatform if through is Through.CLIENTS else SimulatedPlatform


def connect(desk: Desk, caller: Caller, platform: Witness, number: int, now: datetime) -> Account:
    """A member signs one of our accounts in."""
    return accounts.connect(desk, caller, platform.name, platform.credential(number), None, now)


def desk_at(
    platform: Witness,
    queue: SimulatedQueue,
    table: SimulatedTable,
    drawn: int,
    index_lag: timedelta = timedelta(0),
    polls_every: timedelta = timedelta(days=1),
) -> Desk:
    """The desk that every worker sits at. index_lag: how far an index may be behind, as the services are told."""
    return Desk(
        store=Store(table),
        queue=queue,
        mailer=NobodyReads(),
        blobs=SimulatedBlobs(queue.road),
        vault=SimulatedVault(queue.road),
        clock=WorkersClock(queue.road),
        entropy=CountingEntropy(drawn),
        platforms=platform.platforms(),
        policy=Policy(
            timing={platform.name: TIMING},
            hosts={platform.name: (platform.base_url,)},
            tick_every=TICK,
            poll_every=polls_every,
            threads_after=LOOKS_BACK,
            index_lag=index_lag,
        ),
    )
