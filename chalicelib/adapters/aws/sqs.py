"""The queues on AWS: the Queue port over SQS standard queues, each with a dead-letter queue.

How long a message is hidden and after how many deliveries it is given up are settings of the queues themselves. It
must never wait for a message: on AWS the workers are called by SQS, and this `receive` is for tools and tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws import calls
from chalicelib.adapters.messages import checked_body, checked_count, checked_delay
from chalicelib.ports import EngineUnusable, Message, QueueName

_COUNT = "ApproximateReceiveCount"


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

    def send(self, queue: QueueName, body: str, delay_seconds: int = 0) -> None:
        """Put a message on a queue, visible after `delay_seconds` (0 to 900). Raises EngineBusy, ValueError."""
        request = {"MessageBody": checked_body(body), "DelaySeconds": checked_delay(delay_seconds)}
        self._called("send_message", queue, self._urls, request)

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


class _ReceiptUnknown(Exception):
    """SQS does not know this receipt (any more)."""
