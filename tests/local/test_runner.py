"""The runner plays Lambda on one machine: on time, never twice, past every failure, and it ends when asked to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.account import Account
from chalicelib.domain.post import Body, Schedule, Variant, VariantState
from chalicelib.ports import QueueName
from chalicelib.services import accounts, scheduling, workspaces
from chalicelib.services.desk import Desk, ask
from local.runner import Runner
from tests.lines import Lines, logged
from tests.local.desks import PATIENCE, Shared, desk_at, posted, shared, wait_until

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class House:
    """A home with an open workspace and one account, and the runner of this process."""

    home: Path
    platform: Shared
    desk: Desk
    caller: Caller
    account: Account
    runner: Runner
    lines: Lines

    def schedule(self, *texts: str, seconds: float = 0, account: Account | None = None) -> list[Variant]:
        """Variants that are all due so many seconds from now, on the one account unless another is named."""
        now = datetime.now(UTC)
        at = now + timedelta(seconds=seconds)
        when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
        made = []
        for text in texts:
            wish = scheduling.Wish((account or self.account).id, Body(text), "/variants/0")
            post = scheduling.schedule(self.desk, self.caller, None, when, [wish], now)
            made.append(self.variant(post.variants[0]))
        return made

    def variant(self, variant_id: str) -> Variant:
        found = self.desk.store.variants.get(self.caller.workspace, variant_id)
        assert found is not None
        return found

    def published(self, variants: list[Variant]) -> bool:
        return all(self.variant(one.id).state is VariantState.PUBLISHED for one in variants)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    platform = shared(tmp_path)
    desk = desk_at(tmp_path, platform, visibility_seconds=0)
    now = datetime.now(UTC)
    workspace, owner, _ = workspaces.open_workspace(desk, "Desk", "UTC", "Owner", "owner@desk.example", now)
    caller = Caller(workspace.id, owner.id, Role.OWNER, "token")
    account = accounts.connect(desk, caller, "x", {"token": "test"}, None, now)
    bootstrap.use(desk)
    with logged() as lines:
        runner = Runner(desk, publishers=1)
        yield House(tmp_path, platform, desk, caller, account, runner, lines)
        runner.stop()
    bootstrap.use(None)


def forget_hints(desk: Desk) -> None:
    """As if every hint had been lost."""
    for queue in QueueName:
        for message in desk.queue.receive(queue):
            desk.queue.delete(queue, message.receipt)


def test_a_scheduled_post_goes_out_at_its_time_and_not_before(house: House) -> None:
    house.runner.start()
    wanted = house.schedule("Hello", seconds=1.3)
    wait_until(lambda: house.published(wanted))
    (one,) = posted(house.home)
    assert one.text == "Hello"
    assert timedelta(0) <= one.at - wanted[0].schedule.at < timedelta(seconds=5)


def test_a_post_whose_hint_was_lost_is_found_by_the_tick(house: House) -> None:
    wanted = house.schedule("Hello")
    forget_hints(house.desk)
    house.runner.start()
    wait_until(lambda: house.published(wanted))
    assert [one.text for one in posted(house.home)] == ["Hello"]


def test_a_message_whose_handler_failed_comes_again_until_it_is_given_up(house: House) -> None:
    house.desk.queue.send(QueueName.PUBLISH, "no JSON at all")
    wanted = house.schedule("Hello")
    house.runner.start()
    wait_until(lambda: house.desk.queue.dead(QueueName.PUBLISH) and house.published(wanted))
    (given_up,) = house.desk.queue.dead(QueueName.PUBLISH)
    assert (given_up.body, given_up.deliveries) == ("no JSON at all", 5)
    assert [one["step"] for one in house.lines.steps() if "error" in one] == ["publish"] * 5


def test_a_message_that_went_well_does_not_come_again(house: House) -> None:
    wanted = house.schedule("Hello")
    house.runner.start()
    wait_until(lambda: house.published(wanted))
    house.runner.stop()
    assert house.desk.queue.receive(QueueName.PUBLISH) == []
    assert house.desk.queue.dead(QueueName.PUBLISH) == []


def test_a_tick_that_fails_is_followed_by_the_next(house: House) -> None:
    failures = [RuntimeError("otter-words"), RuntimeError("otter-words")]
    at_first = list(failures)

    def fails_at_first() -> None:
        if at_first:
            raise at_first.pop()

    house.platform.before_asking = fails_at_first
    house.runner.start()
    wait_until(lambda: not at_first)
    wanted = house.schedule("Hello")
    forget_hints(house.desk)
    wait_until(lambda: house.published(wanted))
    told = [one for one in house.lines.steps() if one.get("error")]
    assert [(one["step"], one["error"]) for one in told] == [("tick", "RuntimeError")] * 2
    assert "otter-words" not in house.lines.text


def test_stopping_lets_what_has_begun_end_and_begins_nothing_more(house: House) -> None:
    begun, go = threading.Event(), threading.Event()

    def waits() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    house.platform.before_landing = waits
    first, second = house.schedule("First", "Second")
    threads = set(threading.enumerate())
    house.runner.start()
    workers = set(threading.enumerate()) - threads
    assert {one.name for one in workers} == {"tick", "listen", "triage", "publish"}
    assert begun.wait(PATIENCE)
    stopping = threading.Thread(target=house.runner.stop)
    stopping.start()
    wait_until(lambda: sum(one.is_alive() for one in workers) == 1)
    assert stopping.is_alive()
    go.set()
    stopping.join(PATIENCE)
    assert not any(one.is_alive() for one in workers)
    # Scheduled in one moment for one moment: which of the two came first is nobody's to say.
    states = {house.variant(one.id).state for one in (first, second)}
    assert states == {VariantState.PUBLISHED, VariantState.SCHEDULED}
    house.runner.stop()


def test_two_runners_on_one_record_post_each_of_thirty_exactly_once(house: House) -> None:
    """Two processes, four accounts, hints in threefold, all due in the same moment: turns and the fence alone decide."""
    house.platform.company = 2
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.local.desks", str(house.home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        others = [
            accounts.connect(house.desk, house.caller, name, {"token": "test"}, None, datetime.now(UTC))
            for name in ("mastodon", "bluesky", "reddit")
        ]
        lines = (house.account, *others)  # each runner's two hands can hold only two of them
        wanted = [
            one
            for number in range(30)
            for one in house.schedule(f"Post {number}", seconds=2, account=lines[number % len(lines)])
        ]
        for variant in [*wanted, *reversed(wanted)]:
            hint = ask(variant.workspace, variant.account, [variant.id])
            house.desk.queue.send(QueueName.PUBLISH, json.dumps(hint), timedelta(seconds=2))
        runner = Runner(house.desk, publishers=2).start()
        wait_until(lambda: house.published(wanted))
        runner.stop()
        other.stdin.close()
        assert other.wait(PATIENCE) == 0
    finally:
        other.kill()
        other.wait()
        other.stdout.close()  # type: ignore[union-attr]
    found = posted(house.home)
    assert Counter(one.text for one in found) == Counter({f"Post {number}": 1 for number in range(30)})
    assert {one.process for one in found} == {os.getpid(), other.pid}
    assert all(one.at >= wanted[0].schedule.at for one in found)
    assert all(house.variant(one.id).attempts == 1 for one in wanted)
