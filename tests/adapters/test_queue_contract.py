"""What every Queue engine answers, whatever stands behind it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.ports import QueueName
from tests.adapters.engines import MAX_DELIVERIES, VISIBILITY_SECONDS, QueueBench, Turntable

PUBLISH = QueueName.PUBLISH


def bodies(messages: list[Any]) -> list[str]:
    return sorted(message.body for message in messages)


def test_a_message_is_received_as_it_was_sent(queue_bench: QueueBench) -> None:
    body = '{"text": "grüße 🦉\\n"}\t\r\n'
    queue_bench.queue.send(PUBLISH, body)
    (message,) = queue_bench.queue.receive(PUBLISH)
    assert message.body == body
    assert message.deliveries == 1
    assert message.id


def test_an_empty_queue_gives_nothing(queue_bench: QueueBench) -> None:
    assert queue_bench.queue.receive(PUBLISH) == []
    assert queue_bench.queue.dead(PUBLISH) == []


def test_queues_do_not_mix(queue_bench: QueueBench) -> None:
    for name in QueueName:
        queue_bench.queue.send(name, name.value)
    for name in QueueName:
        assert bodies(queue_bench.queue.receive(name)) == [name.value]


def test_a_received_message_is_hidden_and_then_comes_again(queue_bench: QueueBench) -> None:
    queue, clock = queue_bench.queue, queue_bench.clock
    queue.send(PUBLISH, "once more")
    (first,) = queue.receive(PUBLISH)
    clock.turn(VISIBILITY_SECONDS - 1)
    assert queue.receive(PUBLISH) == []
    clock.turn(2)
    (second,) = queue.receive(PUBLISH)
    assert (second.id, second.body, second.deliveries) == (first.id, first.body, 2)


def test_a_deleted_message_never_comes_again(queue_bench: QueueBench) -> None:
    queue, clock = queue_bench.queue, queue_bench.clock
    queue.send(PUBLISH, "done")
    queue.send(PUBLISH, "not done")
    done = next(message for message in queue.receive(PUBLISH) if message.body == "done")
    queue.delete(PUBLISH, done.receipt)
    queue.delete(PUBLISH, done.receipt)
    queue.delete(PUBLISH, "a receipt of nothing")
    clock.turn(VISIBILITY_SECONDS + 1)
    assert bodies(queue.receive(PUBLISH)) == ["not done"]


def test_a_delayed_message_is_not_there_before_its_time(queue_bench: QueueBench) -> None:
    queue_bench.queue.send(PUBLISH, "later", timedelta(seconds=900))
    queue_bench.clock.turn(899)
    assert queue_bench.queue.receive(PUBLISH) == []
    queue_bench.clock.turn(2)
    assert bodies(queue_bench.queue.receive(PUBLISH)) == ["later"]


def test_a_part_of_a_second_is_never_cut_from_a_delay(queue_bench: QueueBench) -> None:
    queue_bench.queue.send(PUBLISH, "later", timedelta(seconds=1, milliseconds=1))
    queue_bench.clock.turn(1)
    assert queue_bench.queue.receive(PUBLISH) == []
    queue_bench.clock.turn(1)
    assert bodies(queue_bench.queue.receive(PUBLISH)) == ["later"]


def test_messages_are_sent_together_each_with_its_own_delay(queue_bench: QueueBench) -> None:
    queue, clock = queue_bench.queue, queue_bench.clock
    queue.send_many(PUBLISH, [(f"{number:02}", timedelta(seconds=number)) for number in range(23)])
    clock.turn(11)
    received = bodies([*queue.receive(PUBLISH), *queue.receive(PUBLISH)])
    assert received == [f"{number:02}" for number in range(12)]
    clock.turn(11)
    assert bodies([*queue.receive(PUBLISH), *queue.receive(PUBLISH)]) == [f"{number:02}" for number in range(12, 23)]


def test_no_messages_are_sent_without_asking_anybody(queue_bench: QueueBench) -> None:
    queue_bench.queue.send_many(PUBLISH, [])
    assert queue_bench.queue.receive(PUBLISH) == []


def test_messages_that_are_large_together_pass(queue_bench: QueueBench) -> None:
    queue_bench.queue.send_many(PUBLISH, [(letter * 200_000, timedelta(0)) for letter in "abcdef"])
    assert [body[0] for body in bodies(queue_bench.queue.receive(PUBLISH))] == list("abcdef")


def test_what_is_received_at_once_is_limited(queue_bench: QueueBench) -> None:
    queue = queue_bench.queue
    for number in range(13):
        queue.send(PUBLISH, f"{number:02}")
    received = [*queue.receive(PUBLISH, 1), *queue.receive(PUBLISH), *queue.receive(PUBLISH)]
    assert bodies(received) == [f"{number:02}" for number in range(13)]


def test_after_too_many_deliveries_a_message_is_dead_and_only_looked_at(queue_bench: QueueBench) -> None:
    queue, clock = queue_bench.queue, queue_bench.clock
    queue.send(PUBLISH, "poison")
    for delivery in range(1, MAX_DELIVERIES + 1):
        assert queue.dead(PUBLISH) == []
        (message,) = queue.receive(PUBLISH)
        assert message.deliveries == delivery
        clock.turn(VISIBILITY_SECONDS + 1)
    assert queue.receive(PUBLISH) == []
    assert bodies(queue.dead(PUBLISH)) == ["poison"]
    assert bodies(queue.dead(PUBLISH)) == ["poison"]
    assert queue.dead(QueueName.LISTEN) == []


@pytest.mark.parametrize(
    "body", ["", "\x00", "a\x0bb", "\ud800", "\uffff", "x" * 262_145, "é" * 131_073], ids=lambda body: ascii(body[:5])
)
def test_a_body_that_sqs_would_not_take_is_refused(queue_bench: QueueBench, body: str) -> None:
    with pytest.raises(ValueError, match="a queue message"):
        queue_bench.queue.send(PUBLISH, body)
    assert queue_bench.queue.receive(PUBLISH) == []


def test_the_largest_body_passes(queue_bench: QueueBench) -> None:
    queue_bench.queue.send(PUBLISH, "é" * 131_072)
    assert bodies(queue_bench.queue.receive(PUBLISH)) == ["é" * 131_072]


@pytest.mark.parametrize("delay", [timedelta(microseconds=-1), timedelta(seconds=900, microseconds=1)])
def test_a_delay_out_of_bounds_is_refused(queue_bench: QueueBench, delay: timedelta) -> None:
    with pytest.raises(ValueError, match="0 to 900 seconds"):
        queue_bench.queue.send(PUBLISH, "x", delay)
    with pytest.raises(ValueError, match="0 to 900 seconds"):
        queue_bench.queue.send_many(PUBLISH, [("y", timedelta(0)), ("x", delay)])
    queue_bench.clock.turn(1000)
    assert queue_bench.queue.receive(PUBLISH) == []


@pytest.mark.parametrize("limit", [0, 11])
def test_a_limit_out_of_bounds_is_refused(queue_bench: QueueBench, limit: int) -> None:
    for ask in (queue_bench.queue.receive, queue_bench.queue.dead):
        with pytest.raises(ValueError, match="1 to 10 messages"):
            ask(PUBLISH, limit)


# --- on one machine only ---------------------------------------------------------------------------------------------


def test_an_embedded_queue_remembers_over_a_restart(tmp_path: Path) -> None:
    clock = Turntable()
    queue = SqliteQueue(tmp_path / "queue.sqlite", clock)
    queue.send(PUBLISH, "hint")
    queue.receive(PUBLISH)
    queue.close()
    queue = SqliteQueue(tmp_path / "queue.sqlite", clock)
    assert queue.receive(PUBLISH) == []
    clock.turn(61)
    (message,) = queue.receive(PUBLISH)
    assert (message.body, message.deliveries) == ("hint", 2)


def test_an_embedded_queue_keeps_a_message_back_to_the_microsecond(tmp_path: Path) -> None:
    clock = Turntable()
    queue = SqliteQueue(tmp_path / "queue.sqlite", clock)
    queue.send(PUBLISH, "hint", timedelta(seconds=1, microseconds=1))
    clock.turn(1)
    assert queue.receive(PUBLISH) == []
    clock.turn(0.000_001)
    assert bodies(queue.receive(PUBLISH)) == ["hint"]


def test_an_embedded_queue_ignores_the_receipt_of_an_earlier_delivery(tmp_path: Path) -> None:
    # SQS promises less: it may or may not delete.
    clock = Turntable()
    queue = SqliteQueue(tmp_path / "queue.sqlite", clock)
    queue.send(PUBLISH, "slow")
    (early,) = queue.receive(PUBLISH)
    clock.turn(61)
    (late,) = queue.receive(PUBLISH)
    queue.delete(PUBLISH, early.receipt)
    clock.turn(61)
    (again,) = queue.receive(PUBLISH)
    assert again.deliveries == late.deliveries + 1


def test_an_embedded_queue_gives_the_oldest_first(tmp_path: Path) -> None:
    clock = Turntable()
    queue = SqliteQueue(tmp_path / "queue.sqlite", clock)
    for number in range(5):
        queue.send(PUBLISH, str(number))
        clock.turn(1)
    assert [message.body for message in queue.receive(PUBLISH, 3)] == ["0", "1", "2"]


def test_an_embedded_queue_forgets_after_fourteen_days(tmp_path: Path) -> None:
    clock = Turntable()
    SqliteQueue(tmp_path / "queue.sqlite", clock).send(PUBLISH, "old")
    clock.turn(timedelta(days=14).total_seconds() - 1)
    assert bodies(SqliteQueue(tmp_path / "queue.sqlite", clock, visibility_seconds=0).receive(PUBLISH)) == ["old"]
    clock.turn(2)
    assert SqliteQueue(tmp_path / "queue.sqlite", clock).receive(PUBLISH) == []
