"""The queues on AWS: the Queue port over SQS standard queues, each with a dead-letter queue.

How long a message is hidden and after how many deliveries it is given up are settings of the queues themselves. It
must never wait for a message: on AWS the workers are called by SQS, and this `receive` is for tools and tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import calls
from chalicelib.adapters.messages import MAX_BODY_BYTES, checked_body, checked_count, checked_delay
from chalicelib.ports import EngineBusy, EngineUnusable, Message, QueueName

_COUNT = "ApproximateReceiveCount"
_BATCH = 10
"""Messages of one request; together they may be as large as one: both limits are SendMessageBatch's."""
_SECOND = timedelta(seconds=1)


class SqsQueue:
    """ports.Queue over SQS."""

    def __init__(
        self, urls: Mapping[QueueName, str], dead_urls: Mapping[QueueName, str] | None = None, client: Any = None
    ) -> None:
        """urls, dead_urls: of each queue and of its dead-letter queue; a function may know only those it uses."""
        self._urls = dict(urls)
        self._dead_urls = dict(dead_urls or {})
        self._given = client

    @cached_property
    def _client(self) -> Any:
        return self._given or calls.connect("sqs")

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        """Put a message on a queue, visible after `delay` (0 to 900 s, rounded up). Raises EngineBusy, ValueError."""
        self._called("send_message", queue, self._urls, _wire(body, delay))

    def send_many(self, queue: QueueName, messages: Sequence[tuple[str, timedelta]]) -> None:
        """Put messages on a queue, ten in a request. Raises EngineBusy, ValueError (then nothing was sent).

        SQS answers for each message: one that it did not take is sent once more, alone with its like.
        """
        for batch in _batches([_wire(*message) for message in messages]):
            left = self._refused(queue, self._refused(queue, batch))
            if left:
                raise EngineBusy(f"AWS did not take {len(left)} of {len(batch)} messages for the queue {queue.value}.")

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Up to `limit` (1 to 10) visible messages, hidden from others for the queue's visibility time."""
        return self._received(queue, self._urls, {"MaxNumberOfMessages": checked_count(limit)})

    def delete(self, queue: QueueName, receipt: str) -> None:
        """Done with this delivery; deleting twice is fine."""
        try:
            self._called("delete_message", queue, self._urls, {"ReceiptHandle": receipt})
        except _ReceiptUnknown:
            return

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Look at messages that were given up after too many deliveries; SQS may show only some of them at a time."""
        return self._received(
            queue, self._dead_urls, {"MaxNumberOfMessages": checked_count(limit), "VisibilityTimeout": 0}
        )

    def _refused(self, queue: QueueName, batch: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Send these in one request, and return those that SQS did not take."""
        if not batch:
            return []
        entries = [{"Id": str(number), **wire} for number, wire in enumerate(batch)]
        answer = self._called("send_message_batch", queue, self._urls, {"Entries": entries})
        return [batch[int(failed["Id"])] for failed in answer.get("Failed", [])]

    def _received(self, queue: QueueName, urls: Mapping[QueueName, str], request: Mapping[str, Any]) -> list[Message]:
        more = {"WaitTimeSeconds": 0, "MessageSystemAttributeNames": [_COUNT]}
        answer = self._called("receive_message", queue, urls, {**request, **more})
        return [
            Message(one["MessageId"], one["Body"], one["ReceiptHandle"], int(one["Attributes"][_COUNT]))
            for one in answer.get("Messages", [])
        ]

    def _called(self, call: str, queue: QueueName, urls: Mapping[QueueName, str], request: Mapping[str, Any]) -> Any:
        if queue not in urls:
            raise EngineUnusable(
                f"No address is set for the queue {queue.value}; set it in the function's environment."
            )
        try:
            return getattr(self._client, call)(QueueUrl=urls[queue], **request)
        except calls.FAILURES as error:
            if isinstance(error, ClientError) and calls.error_code(error) == "ReceiptHandleIsInvalid":
                raise _ReceiptUnknown from error
            raise calls.port_error(error, f"queue {queue.value}") from error


def _wire(body: str, delay: timedelta) -> dict[str, Any]:
    """A checked message as SQS takes it. SQS counts whole seconds, and a message may not be seen before its time."""
    return {"MessageBody": checked_body(body), "DelaySeconds": -(-checked_delay(delay) // _SECOND)}


def _batches(wires: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """These messages in their order, at most ten and at most 256 KB at a time."""
    batch: list[dict[str, Any]] = []
    room = MAX_BODY_BYTES
    for wire in wires:
        size = len(wire["MessageBody"].encode())
        if batch and (len(batch) == _BATCH or size > room):
            yield batch
            batch, room = [], MAX_BODY_BYTES
        batch.append(wire)
        room -= size
    if batch:
        yield batch


class _ReceiptUnknown(Exception):
    """SQS does not know this receipt (any more)."""
