"""A desk on counted ports, with workspaces and accounts, and Lambda and EventBridge played by hand.

The services, the store, the workers and the adapters of SQS and KMS are the real ones; the platform answers at once with
references as long as the real ones are. Time stands until it is moved.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.meter.clients import CountingKms, CountingMailer, CountingSqs
from benchmarks.meter.table import MeteredTable
from benchmarks.meter.usage import Usage
from chalicelib import bootstrap, settings
from chalicelib.adapters.aws.kms import KmsVault
from chalicelib.adapters.aws.sqs import SqsQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.ports import QueueName, Table
from chalicelib.services import accounts, ticking, workspaces
from chalicelib.services.desk import Desk, Platforms, Policy
from chalicelib.store import keys
from chalicelib.store.store import Store
from chalicelib.workers import queues
from connectors import errors, registry
from connectors.bluesky.record import tid
from connectors.capabilities import Capabilities, InteractionKind, Terms
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
    RemoteAuthor,
    RemoteInteraction,
    RemoteRef,
    SignIn,
)
from connectors.text import derived_key
from local.stack.events import queue_batch

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HANDLE = "the-community-desk"
PLATFORMS = ("x", "reddit", "mastodon", "bluesky")

WORKERS = {
    QueueName.PUBLISH: (queues.publish, 10),
    QueueName.LISTEN: (queues.listen, 1),
    QueueName.TRIAGE: (queues.triage, 10),
}
"""Who is called for each queue, and with how many messages at most (the `batch_size` in `chalicelib/workers/queues.py`)."""

_SESSION_CHARACTERS = 900
"""Two tokens of Bluesky's, as the connector keeps them."""

EVENT_BYTES = 26
"""What CloudWatch Logs adds to each line: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


@dataclass
class Entropy:
    """Bytes that differ each time, the same in every run."""

    count: int = 0

    def token(self, size: int) -> bytes:
        """The next number, spread over all bits: ids and shards are as even as random ones."""
        self.count += 1
        number: int = self.count * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2 ** (8 * size)
        return number.to_bytes(size, "big")


def reference(platform: str, number: int) -> RemoteRef:
    """A post's reference as long as this platform's are."""
    match platform:
        case "x":
            post = f"19{number:017}"
            return RemoteRef(post, f"https://x.com/{HANDLE}/status/{post}")
        case "reddit":
            post = f"1{number:06}"
            title = "the_spring_workshop_begins_on_monday_all_places"
            return RemoteRef(f"t3_{post}", f"https://www.reddit.com/r/{HANDLE}/comments/{post}/{title}/")
        case "mastodon":
            status = f"1153{number:014}"
            return RemoteRef(status, f"https://mastodon.social/@{HANDLE}/{status}")
        case "bluesky":
            did, key = "did:plc:z72i7hdynmk6r22z27h6tvur", f"3l{number:011}"
            uri = f"at://{did}/app.bsky.feed.post/{key}"
            return RemoteRef(uri, f"https://bsky.app/profile/{did}/post/{key}", "bafyrei" + "a" * 52)
    raise ValueError(f"no platform {platform}")


class ListeningPlatform:
    """One platform with every account's inbox, answering at once."""

    def __init__(self, name: str, usage: Usage) -> None:
        self.name = name
        self.usage = usage
        self.said = 0
        self.puts_off = 0
        """How many sends it refuses, unharmed, before it takes one."""
        self.inboxes: dict[str, list[RemoteInteraction]] = {}

    def connect(self, given: SignIn) -> Connected:
        """A connector for whoever signs in."""
        return Connected(self, given)


class Connected:
    """A connector to a `ListeningPlatform`. It keeps a session where the real one does."""

    def __init__(self, platform: ListeningPlatform, given: SignIn) -> None:
        self.platform = platform
        self.given = given
        self.capabilities: Capabilities = registry.capabilities(platform.name)

    def sign_in(self) -> None:
        """Load the session that is kept, or keep one."""
        sessions = self.given.sessions
        if self.platform.name in {"bluesky", "reddit"} and sessions is not None and sessions.load() is None:
            sessions.save("s" * _SESSION_CHARACTERS)

    def terms(self) -> Terms:
        """As everywhere."""
        return Terms()

    def identify(self) -> Identity:
        """The account that the credential names."""
        self.sign_in()
        return Identity(self.given.credential["access_token"], HANDLE)

    def length(self, draft: Draft) -> int:
        """Code points."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """As the real connectors make it."""
        return tid(seed, at) if self.platform.name == "bluesky" else derived_key(seed, at)

    def publish(self, draft: Draft, *, key: str) -> Receipt:  # noqa: ARG002 - it keeps nothing
        """Said, unless it is put off."""
        if self.platform.puts_off:
            self.platform.puts_off -= 1
            raise errors.Retryable(self.platform.name, "The server is busy.", retry_after=30)
        self.platform.said += 1
        self.platform.usage.requests["platform.publish"] += 1
        return Receipt(reference(self.platform.name, self.platform.said))

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:  # noqa: ARG002
        """Nothing is kept."""
        return Absent()

    def confirm(self, draft: Draft, reference: str) -> Lookup:  # noqa: ARG002
        """Nothing is kept."""
        return Absent()

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:  # noqa: ARG002
        """Nothing was posted before."""
        self.platform.usage.requests["platform.fetch"] += 1
        return ()

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:  # noqa: ARG002
        """What came since; the cursor is as long as an id of Mastodon's."""
        self.platform.usage.requests["platform.fetch"] += 1
        us = self.given.identity.id if self.given.identity else ""
        inbox = self.platform.inboxes.get(us, [])
        begin = int(cursor) - 10**17 if cursor else 0
        return Page(tuple(inbox[begin:]), str(10**17 + len(inbox)) if inbox else cursor)

    def delete(self, ref: RemoteRef) -> None:
        """Gone."""


@dataclass(frozen=True)
class Tenant:
    """One workspace with its accounts."""

    caller: Caller
    accounts: tuple[Account, ...]


class Rig:
    """An installation of Parley on which everything is counted."""

    def __init__(
        self, platform: str = "mastodon", workspaces_: int = 1, accounts_each: int = 1, inner: Table | None = None
    ) -> None:
        """Open so many workspaces with so many accounts each. inner: where the items lie; in memory by default."""
        self.usage = Usage()
        self.clock = Clock()
        self.platform = ListeningPlatform(platform, self.usage)
        self.sqs = CountingSqs(self.clock, self.usage)
        self.table = MeteredTable(inner or SqliteTable(":memory:"), self.usage)
        self._entropy = Entropy()
        self._heard = 0
        kms = CountingKms(self.usage)
        self._vault = KmsVault("key", self.table, keys.data_key, self.clock, kms, lambda: 0.0)
        self.desk = self._new_desk()
        self.desk.store.open()
        self.tenants = [self._tenant(number, accounts_each) for number in range(workspaces_)]

    def _new_desk(self) -> Desk:
        read = settings.read({})
        name = self.platform.name
        return Desk(
            store=Store(self.table),
            queue=SqsQueue({one: one.value for one in QueueName}, client=self.sqs),
            mailer=CountingMailer(self.usage),
            vault=self._vault,
            clock=self.clock,
            entropy=self._entropy,
            platforms=Platforms(
                # What a community asks is learnt every six hours at most: counted apart (docs/costs.md).
                capabilities=lambda name: replace(registry.capabilities(name), tells_rules=False),
                connect=lambda _, given: self.platform.connect(given),
                length=lambda _, draft: len(draft.text),
                credential_problem=lambda _, __: None,
            ),
            policy=Policy(timing=read.timing, hosts={name: (f"https://{name}.example",)}),
        )

    def _tenant(self, number: int, accounts_each: int) -> Tenant:
        now = self.clock.now()
        workspace, owner, _ = workspaces.open_workspace(
            self.desk, f"Community {number}", "Europe/Berlin", "Owner", "owner@desk.example", now
        )
        caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
        connected = [
            accounts.connect(
                self.desk, caller, self.platform.name, {"access_token": f"{10**17 + 1000 * number + one}"}, None, now
            )
            for one in range(accounts_each)
        ]
        return Tenant(caller, tuple(connected))

    def new_process(self) -> None:
        """As if it came to a process that never met this workspace: nothing is remembered but the installation's data key.

        A process opens that once in 15 minutes, whatever it works on: no unit of work's own cost.
        """
        self.desk = self._new_desk()

    @contextmanager
    def used(self) -> Iterator[Usage]:
        """What is used within; the given count is complete when the block ends."""
        before = self.usage.copy()
        during = Usage()
        yield during
        for name, value in vars(self.usage - before).items():
            setattr(during, name, value)

    def hears(self, account: Account, text: str, *, author: str | None = None, language: str = "en") -> None:
        """Somebody says something toward an account; in a thread of their own, by somebody new unless named."""
        self._heard += 1
        number = self._heard
        who = author or f"109{number:015}"
        ref = reference(self.platform.name, 10**6 + number)
        self.platform.inboxes.setdefault(account.native_id, []).append(
            RemoteInteraction(
                native_id=ref.id,
                kind=InteractionKind.MENTION,
                author=RemoteAuthor(who, f"member{who}@mastodon.example", "A Member's Name"),
                text=text,
                created_at=self.clock.now(),
                conversation_id=f"https://mastodon.example/users/member/statuses/{number}",
                ref=ref,
                language=language,
                url=ref.url,
            )
        )

    def tick(self) -> None:
        """EventBridge calls the tick once."""
        self.usage.requests["lambda.tick"] += 1
        ticking.tick(self.desk, self.clock.now())

    def deliver(self, *names: QueueName) -> int:
        """Lambda takes every batch that is due from these queues (all, if none is named), and says how many there were."""
        batches = 0
        for name in names or tuple(WORKERS):
            worker, size = WORKERS[name]
            while bodies := self.sqs.deliver(name.value, size):
                batches += 1
                self._invoke(name, worker, bodies)
        return batches

    def _invoke(self, name: QueueName, worker: Any, bodies: Sequence[str]) -> None:
        self.usage.requests[f"lambda.{name.value}"] += 1
        bootstrap.use(self.desk)
        try:
            with _counted_log(self.usage):
                failed = worker(queue_batch(name.value, bodies), None)["batchItemFailures"]
        finally:
            bootstrap.use(None)
        if failed:
            raise AssertionError(f"{name.value}: {len(failed)} of {len(bodies)} messages failed")

    def settle(self, seconds: int = 0, *queues: QueueName) -> None:
        """Deliver, second by second, until so many seconds have passed and no queue (of these) holds anything that is due."""
        end = self.clock.at + timedelta(seconds=seconds)
        while self.deliver(*queues) or self.clock.at < end:
            if self.clock.at < end:
                self.clock.at += timedelta(seconds=1)


@contextmanager
def _counted_log(usage: Usage) -> Iterator[None]:
    """Count the worker's lines as CloudWatch Logs would, and print none."""
    logger = logging.getLogger("parley")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    logger.handlers, logger.propagate = [_Counter(usage)], False
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


class _Counter(logging.Handler):
    def __init__(self, usage: Usage) -> None:
        super().__init__()
        self._usage = usage

    def emit(self, record: logging.LogRecord) -> None:
        self._usage.log_lines += 1
        self._usage.log_bytes += len(record.getMessage().encode()) + EVENT_BYTES
