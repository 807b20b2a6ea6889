"""The tick, with the event that EventBridge sends: what it hands on, what it says, and when it stops."""

from __future__ import annotations

import json

from chalicelib.domain.digest import DigestState
from chalicelib.ports import QueueName
from chalicelib.services import digesting
from chalicelib.workers import schedules
from local.stack.events import schedule
from tests.lines import Lines
from tests.workers.test_queues import Invocation
from tests.world import SECOND, START, World


def tick(context: Invocation | None = None) -> dict[str, object]:
    answer: dict[str, object] = schedules.tick(schedule(), context or Invocation())
    return answer


def hinted(world: World, queue: QueueName) -> list[dict[str, str]]:
    return [json.loads(one.body) for one in world.desk.queue.receive(queue, 10)]


def test_the_tick_hands_on_what_is_due_and_says_so(at_work: World, lines: Lines) -> None:
    due = at_work.schedule("x", seconds=60)
    at_work.schedule("mastodon", seconds=3600)
    at_work.clock.move(60)
    hinted(at_work, QueueName.PUBLISH)
    answer = tick()
    assert answer["handed_on"] == {"variant": 1}
    line = {"workspace": at_work.workspace.id, "account": due.account, "variants": [due.id], "front": "yes"}
    assert line in hinted(at_work, QueueName.PUBLISH)
    assert answer["slots"] == len(hinted(at_work, QueueName.LISTEN)) > 0
    (line,) = lines.steps()
    assert list(line)[:2] == ["at", "step"]
    assert (line["step"], line["slots"], line["variant"]) == ("tick", answer["slots"], 1)


def test_a_tick_with_nothing_to_do_says_nothing(at_work: World, lines: Lines) -> None:
    assert tick() == {"handed_on": {}, "slots": 0}
    assert lines.text == ""


def test_a_digest_that_is_due_is_mailed_by_the_tick(at_work: World) -> None:
    hour = 3600 * SECOND
    ordered = digesting.order(
        at_work.desk, at_work.caller, (at_work.caller.member,), START - hour, START, at_work.clock.now()
    )
    assert tick()["handed_on"] == {"digest": 1}
    found = at_work.desk.store.digests.get(at_work.workspace.id, ordered.id)
    assert found is not None
    assert found.state is DigestState.SENT


def test_a_tick_that_runs_out_of_time_stops_between_entries_and_the_next_goes_on(at_work: World) -> None:
    hour = 3600 * SECOND
    for _ in range(3):
        digesting.order(at_work.desk, at_work.caller, (at_work.caller.member,), START - hour, START, START)
    assert tick(Invocation(left=40_000, each=10_000)) == {"handed_on": {"digest": 2}, "slots": 0}
    assert len(at_work.mail.list_mails()) == 2
    assert tick()["handed_on"] == {"digest": 1}
    assert len(at_work.mail.list_mails()) == 3


def test_without_time_nothing_is_begun(at_work: World) -> None:
    at_work.schedule("x")
    at_work.clock.move(3600)
    assert tick(Invocation(left=9_000)) == {"handed_on": {}, "slots": 0}
    assert tick()["slots"]
