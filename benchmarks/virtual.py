"""A desk in virtual time: the real services on an in-memory record, a clock that only moves when it is moved, and hints
that arrive when they are due. What takes an hour there takes seconds here, and comes to the same every time.
"""

from __future__ import annotations

import base64
import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.post import Body, Origin, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import Timing
from chalicelib.ports import Mail, Message, QueueName, Table
from chalicelib.services import accounts, scheduling, workspaces
from chalicelib.services.desk import Desk, Platforms, Policy
from chalicelib.store.store import Store
from connectors.capabilities import Allowance, Capabilities, Dedupe, InteractionKind, LengthUnit, Platform, Terms
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPost,
    Identity,
    Listening,
    Lookup,
    Page,
    Receipt,
    RemoteRef,
    SignIn,
)

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class VirtualClock:
    """Time that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """Virtual time."""
        return self.at


@dataclass
class VirtualQueue:
    """ports.Queue whose messages are taken by whoever plays the workers, in the order of their time.

    exact: delays are kept to the microsecond, as on one machine; else they are whole seconds, rounded up, as SQS has it.
    """

    clock: VirtualClock
    exact: bool = False
    waiting: list[tuple[datetime, int, QueueName, str]] = field(default_factory=list)
    requests: int = 0
    _numbers: Iterator[int] = field(default_factory=count)

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        """One request."""
        self.requests += 1
        self._keep(queue, body, delay)

    def send_many(self, queue: QueueName, messages: list[tuple[str, timedelta]]) -> None:
        """One request for ten."""
        self.requests += -(-len(messages) // 10)
        for body, delay in messages:
            self._keep(queue, body, delay)

    def take(self, until: datetime) -> tuple[datetime, QueueName, dict[str, list[str]]] | None:
        """The next message that is visible by then, off the queue."""
        if not self.waiting or self.waiting[0][0] > until:
            return None
        at, _, queue, body = heapq.heappop(self.waiting)
        return at, queue, json.loads(body)

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Nobody receives: see `take`."""
        raise NotImplementedError

    def delete(self, queue: QueueName, receipt: str) -> None:
        """Nobody deletes: see `take`."""
        raise NotImplementedError

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Nothing is given up."""
        raise NotImplementedError

    def _keep(self, queue: QueueName, body: str, delay: timedelta) -> None:
        wait = delay if self.exact else -(-delay // SECOND) * SECOND
        heapq.heappush(self.waiting, (self.clock.at + wait, next(self._numbers), queue, body))


@dataclass
class VirtualPlatform:
    """A platform that answers at once and keeps what it was told, by account: when, and what."""

    clock: VirtualClock
    allowance: Allowance = field(default_factory=lambda: Allowance(300, timedelta(minutes=5)))
    said: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def capabilities(self) -> Capabilities:
        """As a connector tells them."""
        return Capabilities(
            Platform.MASTODON,
            500,
            LengthUnit.CHARACTERS,
            Dedupe.BY_KEY,
            frozenset(InteractionKind),
            allowance=self.allowance,
        )


@dataclass(frozen=True)
class VirtualConnector:
    """connectors.contract.Connector to it, for one account."""

    platform: VirtualPlatform
    given: SignIn
    capabilities: Capabilities

    def sign_in(self) -> None:
        """Always signed in."""

    def terms(self) -> Terms:
        """As everywhere."""
        return Terms()

    def identify(self) -> Identity:
        """Whoever the credential says."""
        name = self.given.credential["access_token"]
        return Identity(name, name)

    def length(self, draft: Draft) -> int:
        """Code points."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """Any key will do."""
        return f"{seed}@{at:%H%M%S}"

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """Said."""
        name = self.given.credential["access_token"]
        self.platform.said.setdefault(name, []).append((self.platform.clock.at, draft.text))
        return Receipt(RemoteRef(key))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002
        """No answer is ever lost here."""
        return Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:  # noqa: ARG002
        """Nobody asks."""
        return Absent()

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Nothing was posted before."""
        return ()

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """Nothing is said here."""
        return Page((), cursor)

    def delete(self, ref: RemoteRef) -> None:
        """Gone."""


class OpenVault:
    """ports.Vault without a secret: there is nothing to hide."""

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:  # noqa: ARG002
        """See ports."""
        return base64.b64encode(secret).decode()

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:  # noqa: ARG002
        """See ports."""
        return base64.b64decode(sealed)


class NoMail:
    """ports.Mailer that keeps nothing."""

    def send(self, mail: Mail) -> None:
        """See ports."""


class Counting:
    """ports.Entropy: bytes that differ each time, the same in every run."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def token(self, size: int) -> bytes:
        """See ports."""
        return next(self._numbers).to_bytes(size, "big")


@dataclass
class Virtual:
    """A desk in virtual time, its platform and its hands on both."""

    desk: Desk
    clock: VirtualClock
    queue: VirtualQueue
    platform: VirtualPlatform

    def open(self, name: str, count_of_accounts: int) -> tuple[Caller, list[Account]]:
        """A workspace with so many accounts."""
        workspace, owner, _ = workspaces.open_workspace(
            self.desk, name, "UTC", "Owner", "owner@desk.example", self.clock.at
        )
        caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
        connected = [
            accounts.connect(self.desk, caller, "mastodon", {"access_token": f"{name}-{number}"}, None, self.clock.at)
            for number in range(count_of_accounts)
        ]
        return caller, connected

    def schedule(
        self, caller: Caller, account: Account, texts: list[str], at: datetime, apart: timedelta, late_limit: timedelta
    ) -> None:
        """Posts of one account, one after another, as if they had been scheduled long before."""
        for number, text in enumerate(texts):
            moment = at + number * apart
            when = Schedule(moment, "UTC", f"{moment:%FT%T}", late_limit)
            wish = scheduling.Wish(account.id, Body(text), "")
            actor = Actor.member(caller.member)
            new = scheduling.new_post(
                self.desk,
                caller.workspace,
                self.desk.new_id(),
                None,
                Origin.PERSON,
                actor,
                when,
                [wish],
                [account],
                moment,
            )
            self.desk.store.write(new.writes)


def virtual(table: Table | None = None, allowance: Allowance | None = None, *, exact: bool = False) -> Virtual:
    """A desk with nothing in it. table: another one than in memory. allowance: of each account. exact: see VirtualQueue."""
    clock = VirtualClock()
    queue, platform = VirtualQueue(clock, exact), VirtualPlatform(clock)
    if allowance is not None:
        platform.allowance = allowance
    timing = Timing(65 * SECOND, 8 * SECOND, 30 * SECOND, 5 * SECOND, 2 * SECOND)
    capabilities = platform.capabilities()
    desk = Desk(
        store=Store(SqliteTable(":memory:") if table is None else table),
        queue=queue,
        mailer=NoMail(),
        vault=OpenVault(),
        clock=clock,
        entropy=Counting(),
        platforms=Platforms(
            lambda _: capabilities,
            lambda _, given: VirtualConnector(platform, given, capabilities),
            lambda _, draft: len(draft.text),
            lambda _, __: None,
        ),
        policy=Policy(
            timing={"mastodon": timing}, hosts={"mastodon": ("https://m.example",)}, poll_every=timedelta(days=1)
        ),
    )
    desk.store.open()
    return Virtual(desk, clock, queue, platform)
