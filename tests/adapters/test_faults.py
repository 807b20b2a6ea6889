"""Under the real services: a full disk, a locked file, an engine without time.

The promise is the product's own: whatever breaks, nothing is lost, nothing is said twice, and after it everything goes
on. What one engine answers to a fault is asked of it alone in `test_sqlite_durability` and `test_aws_failures`.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.adapters.aws.dynamodb import DynamoTable
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.post import VariantState
from chalicelib.ports import EngineBusy, EngineUnusable, QueueName
from chalicelib.services import lines, publishing
from chalicelib.services.ticking import tick
from tests.adapters.engines import client, create_table, fake_aws
from tests.world import TIMING, MovableClock, World, make_world

ROOT = Path(__file__).parents[2]
PLATFORMS = ("x", "mastodon", "bluesky")
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1


def publish(world: World, variant_id: str) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant_id)


def said(world: World, platform: str) -> list[str]:
    return sorted(text for text, _, _ in world.platforms[platform].posted)


def at_landing(world: World, platform: str, act: Callable[[], Any]) -> None:
    """Let this happen once the platform has the next post, before we have its answer."""

    def once() -> None:
        world.platforms[platform].before_landing = lambda: None
        act()

    world.platforms[platform].before_landing = once


def command(function: Callable[..., None], *arguments: object) -> list[str]:
    """How a process of its own runs a function of this module, its arguments as text."""
    code = f"import sys; from {__name__} import {function.__name__} as run; run(*sys.argv[1:])"
    return [sys.executable, "-c", code, *map(str, arguments)]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


# --- a full disk -----------------------------------------------------------------------------------------------------


@dataclass
class FullDisk:
    """A file system of a few MB, of which a file can take all that is left."""

    folder: Path
    words: str = "cannot grow because the disk is full; nothing was written: free some space and go on"

    def fill(self) -> None:
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(4096)):
                pass

    def free(self) -> None:
        (self.folder / "ballast").unlink()


@dataclass
class Limit:
    """A process that may make no file longer than the record's log is now."""

    folder: Path
    words: str = "cannot be read or written; check the disk, its free space and the limits of this process"

    def fill(self) -> None:
        allow_files_of((self.folder / "record.sqlite-wal").stat().st_size)

    def free(self) -> None:
        allow_files_of(resource.getrlimit(resource.RLIMIT_FSIZE)[1])


def allow_files_of(size: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))


DISKS: dict[str, type[FullDisk | Limit]] = {"full": FullDisk, "limited": Limit}


def go_through_a_full_disk(folder: str, kind: str) -> None:
    disk = DISKS[kind](Path(folder))
    world = make_world(Path(folder))

    def refused() -> AbstractContextManager[Any]:
        return pytest.raises(EngineUnusable, match=disk.words)

    for platform, other in zip(PLATFORMS, [*PLATFORMS[1:], PLATFORMS[0]], strict=True):
        taken, waiting = world.schedule(platform, "taken"), world.schedule(other, "waiting")
        at_landing(world, platform, disk.fill)
        with refused():
            publish(world, taken.id)
        full = world.record()
        assert world.variant(taken.id).state is VariantState.SENDING
        with refused():
            publish(world, waiting.id)
        with refused():
            world.schedule(platform, "never accepted")
        assert world.record() == full, "what could not be written whole was not written"
        assert "taken" in said(world, platform)
        assert "waiting" not in said(world, other)

        disk.free()
        assert publish(world, waiting.id) is VariantState.PUBLISHED
        world.clock.move(SETTLED_AFTER)
        assert publish(world, taken.id) is VariantState.PUBLISHED
        after = world.schedule(platform, "after")
        assert publish(world, after.id) is VariantState.PUBLISHED

    for platform in PLATFORMS:
        assert said(world, platform) == ["after", "taken", "waiting"]
        assert world.platforms[platform].asked == 3


def test_a_process_that_may_write_no_more_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    ended = run(*command(go_through_a_full_disk, tmp_path, "limited"))
    assert ended.returncode == 0, ended.stderr


def test_a_full_disk_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    # A namespace of its own: the small file system is gone with the process, however that ends.
    apart = ("unshare", "--map-root-user", "--mount", "sh", "-c")
    mount = 'mount -t tmpfs -o size=4m parley "$0"'
    if not shutil.which("unshare") or run(*apart, mount, str(tmp_path)).returncode:
        pytest.skip("this user may mount no file system of its own here")
    ended = run(*apart, f'{mount} && exec "$@"', str(tmp_path), *command(go_through_a_full_disk, tmp_path, "full"))
    assert ended.returncode == 0, ended.stderr
    assert not list(tmp_path.iterdir()), "it was not this disk"


# --- a locked file ---------------------------------------------------------------------------------------------------

LOCKER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked_elsewhere(world: World) -> Iterator[None]:
    """Another process holds the record's write lock."""
    words = [sys.executable, "-c", LOCKER, str(world.folder / "record.sqlite")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as locker:
        assert locker.stdout
        assert locker.stdout.readline() == "locked\n"
        yield
        locker.communicate("\n")


def impatient_world(folder: Path) -> World:
    """A world that waits a tenth of a second for a lock."""
    return make_world(folder, SqliteTable(folder / "record.sqlite", busy_seconds=0.1))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_commit_that_met_a_lock_for_too_long_ends_published_once(tmp_path: Path, platform: str) -> None:
    world = impatient_world(tmp_path)
    variant = world.schedule(platform, "Hello")
    with ExitStack() as stack:
        at_landing(world, platform, lambda: stack.enter_context(locked_elsewhere(world)))
        with pytest.raises(EngineBusy, match="stayed locked"):
            publish(world, variant.id)
        assert world.variant(variant.id).state is VariantState.SENDING
    assert publish(world, variant.id) is VariantState.SENDING, "its lease still runs"
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.PUBLISHED
    assert said(world, platform) == ["Hello"]
    assert world.platforms[platform].asked == 1


def test_what_met_a_lock_before_it_was_said_is_said_afterwards(tmp_path: Path) -> None:
    world = impatient_world(tmp_path)
    variant = world.schedule("x", "Hello")
    with locked_elsewhere(world):
        before = world.record()
        with pytest.raises(EngineBusy):
            publish(world, variant.id)
        with pytest.raises(EngineBusy):
            world.schedule("x", "Never accepted")
        assert world.record() == before
    assert publish(world, variant.id) is VariantState.PUBLISHED
    assert said(world, "x") == ["Hello"]


def test_a_commit_waits_for_a_lock_that_ends_in_time(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    variant = world.schedule("x", "Hello")
    with ExitStack() as stack:
        landed = threading.Event()

        def lock() -> None:
            stack.enter_context(locked_elsewhere(world))
            landed.set()

        at_landing(world, "x", lock)
        publisher = threading.Thread(target=publish, args=(world, variant.id))
        publisher.start()
        assert landed.wait(30)
        publisher.join(0.3)
        assert publisher.is_alive()
    publisher.join(30)
    assert world.variant(variant.id).state is VariantState.PUBLISHED
    assert said(world, "x") == ["Hello"]


# --- an engine without time ------------------------------------------------------------------------------------------

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})


@dataclass
class Throttle:
    """Refuses every write in DynamoDB's place while it is on, and counts; DynamoDB's clock is the world's."""

    code: str
    clock: MovableClock = field(default_factory=MovableClock)
    on: bool = False
    refused: int = 0

    def refuse(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if not self.on or model.name not in WRITES:
            return None
        self.refused += 1
        refusal = {"Error": {"Code": self.code, "Message": "slow down"}, "ResponseMetadata": {}}
        return AWSResponse("", 400, {}, None), refusal

    def date(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed["ResponseMetadata"].setdefault("HTTPHeaders", {})["date"] = format_datetime(
            self.clock.now(), usegmt=True
        )

    def running(self) -> float:
        return self.clock.now().timestamp()


@dataclass
class Worker:
    """Ticks every minute of virtual time and takes each hint in its turn, as the deployed functions do."""

    world: World
    refused: int = 0
    """Invocations that ended with EngineBusy."""

    def work(self, minutes: int) -> None:
        for _ in range(minutes):
            self.world.clock.move(60)
            self.invoke(lambda: tick(self.world.desk, self.world.clock.now()))
            while messages := self.world.desk.queue.receive(QueueName.PUBLISH):
                for message in messages:
                    self.invoke(lambda body=message.body: self.take(body), message.receipt)

    def take(self, body: str) -> None:
        hint = json.loads(body)
        lines.speak(self.world.desk, hint["workspace"], hint["account"], hint["variants"])

    def invoke(self, act: Callable[[], Any], receipt: str | None = None) -> None:
        try:
            act()
        except EngineBusy:
            self.refused += 1
        else:
            if receipt is not None:
                self.world.desk.queue.delete(QueueName.PUBLISH, receipt)


@pytest.fixture(params=["ProvisionedThroughputExceededException", "ThrottlingException"])
def throttled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, Throttle]]:
    throttle = Throttle(request.param)
    dynamodb = client("dynamodb")
    with fake_aws():
        create_table(dynamodb)
        hooks = {"before-call.dynamodb": throttle.refuse, "after-call.dynamodb": throttle.date}
        for event, hook in hooks.items():
            dynamodb.meta.events.register(event, hook)
        world = make_world(tmp_path, DynamoTable("parley", dynamodb, throttle.running))
        throttle.clock = world.clock
        yield world, throttle
        for event, hook in hooks.items():
            dynamodb.meta.events.unregister(event, hook)


def test_five_minutes_without_a_write_lose_nothing_and_say_nothing_twice(throttled: tuple[World, Throttle]) -> None:
    world, throttle = throttled
    worker = Worker(world)
    caught = {platform: world.schedule(platform, "caught in the middle") for platform in PLATFORMS}
    later = [world.schedule(one, f"due then {n}", seconds=60 + n) for n in range(5) for one in PLATFORMS]
    for platform, variant in caught.items():
        at_landing(world, platform, lambda: setattr(throttle, "on", True))
        with pytest.raises(EngineBusy):
            publish(world, variant.id)
        throttle.on = False

    throttle.on, throttle.refused = True, 0
    worker.work(minutes=5)
    assert throttle.refused == worker.refused > 0, "whoever is refused gives up, and does not ask again at once"
    assert all(said(world, platform) == ["caught in the middle"] for platform in PLATFORMS)

    throttle.on = False
    worker.work(minutes=2)
    everything = [*caught.values(), *later]
    assert {world.variant(one.id).state for one in everything} == {VariantState.PUBLISHED}
    for platform in PLATFORMS:
        assert said(world, platform) == ["caught in the middle", *(f"due then {n}" for n in range(5))]
        assert world.platforms[platform].asked == 6
