"""Plays Lambda on one machine: ticks every second, hands queue messages to the same handlers, deletes what went well.

The handlers get the events that AWS would send. A message whose handler failed stays on its queue and comes again; a
process that is killed loses nothing, since the table, not the queue, says what is owed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib import log
from chalicelib.ports import EngineBusy, Message, QueueName
from chalicelib.services.desk import Desk

TICK_EVERY = 1.0
"""Seconds. Posts that were scheduled through this process are hinted at their own time; the tick finds the rest."""
LOOK_EVERY = 0.1
"""Seconds between two looks at a queue that was empty."""
BUDGET = 60.0
"""Seconds that an invocation may last, as Lambda's time-out for these functions."""

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may ask of its invocation."""

    until: float
    stopping: threading.Event
    """Once it is set no time is left: what has begun comes to its end, and nothing more is begun."""
    aws_request_id: str = "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        return 0 if self.stopping.is_set() else int(1000 * (self.until - time.monotonic()))


class Runner:
    """Runs the workers in threads of this process until it is stopped."""

    def __init__(self, desk: Desk, *, publishers: int = 2) -> None:
        self._desk = desk
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._publishers = publishers

    def start(self) -> Runner:
        """Start ticking and working."""
        from chalicelib.workers import queues, schedules

        jobs: list[tuple[str, Callable[[], None]]] = [
            ("tick", lambda: self._tick(schedules.tick)),
            ("listen", lambda: self._work(QueueName.LISTEN, queues.listen)),
            ("triage", lambda: self._work(QueueName.TRIAGE, queues.triage)),
            *[("publish", lambda: self._work(QueueName.PUBLISH, queues.publish)) for _ in range(self._publishers)],
        ]
        self._threads = [threading.Thread(target=job, name=name, daemon=True) for name, job in jobs]
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Let what has begun come to its end, then stop. Stopping twice is fine."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=BUDGET)
        self._threads = []

    def _tick(self, handler: Handler) -> None:
        while not self._stopping.wait(TICK_EVERY):
            self._safely("tick", lambda: handler(_schedule_event(), self._context()))

    def _work(self, queue: QueueName, handler: Handler) -> None:
        while not self._stopping.is_set():
            worked = False

            def once() -> None:
                nonlocal worked
                messages = self._desk.queue.receive(queue, 1)
                worked = bool(messages)
                if messages:
                    self._invoke(queue, handler, messages)

            self._safely(queue.value, once)
            if not worked:
                self._stopping.wait(LOOK_EVERY)

    def _invoke(self, queue: QueueName, handler: Handler, messages: list[Message]) -> None:
        answer = handler(_queue_event(queue, messages), self._context())
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        for message in messages:
            if message.id not in failed:
                self._desk.queue.delete(queue, message.receipt)

    def _context(self) -> Context:
        return Context(time.monotonic() + BUDGET, self._stopping)

    def _safely(self, what: str, act: Callable[[], None]) -> None:
        try:
            act()
        except EngineBusy as error:
            log.failure(what, error)
            self._stopping.wait(LOOK_EVERY)
        except Exception as error:  # noqa: BLE001 - as on Lambda: one invocation fails, the next goes on
            log.failure(what, error)
            self._stopping.wait(TICK_EVERY)


def _schedule_event() -> dict[str, Any]:
    return {
        "version": "0",
        "id": "local",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "local",
        "resources": [],
        "detail": {},
    }


def _queue_event(queue: QueueName, messages: list[Message]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": one.id,
                "receiptHandle": one.receipt,
                "body": one.body,
                "attributes": {"ApproximateReceiveCount": str(one.deliveries)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:local::parley-{queue.value}",
                "awsRegion": "local",
            }
            for one in messages
        ]
    }
