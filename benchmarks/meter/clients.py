"""AWS's side of the other ports: just enough of SQS and KMS for the real adapters to work on, with each request counted.

A message is kept back for its delay by the clock that is given. It must never stand in for AWS in a test of the adapters.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.meter.usage import Usage
from chalicelib.ports import Clock, Mail

_PAYLOAD = 64 * 1024
"""SQS bills each started 64 KB of a request as one: https://aws.amazon.com/sqs/pricing/"""


@dataclass
class CountingSqs:
    """SQS as `adapters.aws.sqs` calls it, and as Lambda's event source does: batches, each received and deleted at once."""

    clock: Clock
    usage: Usage
    _waiting: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int) -> dict[str, Any]:  # noqa: N803
        """One message, one request."""
        self._count("SendMessage", [MessageBody])
        self._keep(QueueUrl, MessageBody, DelaySeconds)
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Up to ten messages, one request."""
        self._count("SendMessageBatch", [one["MessageBody"] for one in Entries])
        for one in Entries:
            self._keep(QueueUrl, one["MessageBody"], one["DelaySeconds"])
        return {"Successful": [], "Failed": []}

    def deliver(self, queue: str, size: int) -> list[str]:
        """The next batch that Lambda gets, at most `size` bodies: one receive and one delete; empty where none is due."""
        now = self.clock.now()
        due = [one for one in self._waiting.get(queue, []) if one[0] <= now][:size]
        if due:
            self._waiting[queue] = [one for one in self._waiting[queue] if one not in due]
            self._count("ReceiveMessage", [body for _, body in due])
            self._count("DeleteMessageBatch", [])
        return [body for _, body in due]

    def _keep(self, queue: str, body: str, delay: int) -> None:
        self._waiting.setdefault(queue, []).append((self.clock.now() + timedelta(seconds=delay), body))

    def _count(self, operation: str, bodies: Sequence[str]) -> None:
        size = sum(len(body.encode()) for body in bodies)
        self.usage.requests[f"sqs.{operation}"] += max(1, math.ceil(size / _PAYLOAD))


@dataclass
class CountingKms:
    """KMS as `adapters.aws.kms` calls it. Its sealed data key is the key itself: nothing here is a secret."""

    usage: Usage

    def generate_data_key(self, **_: Any) -> dict[str, bytes]:
        """A fresh key of 32 bytes; the sealed form is as long as KMS's own."""
        self.usage.requests["kms.GenerateDataKey"] += 1
        key = secrets.token_bytes(32)
        return {"Plaintext": key, "CiphertextBlob": key + bytes(_SEALED_KEY_BYTES - len(key))}

    def decrypt(self, *, CiphertextBlob: bytes, **_: Any) -> dict[str, bytes]:  # noqa: N803
        """The key that `generate_data_key` gave."""
        self.usage.requests["kms.Decrypt"] += 1
        return {"Plaintext": CiphertextBlob[:32]}


_SEALED_KEY_BYTES = 184
"""Of a 256-bit data key under a symmetric key of KMS."""


@dataclass
class CountingMailer:
    """ports.Mailer: every mail is accepted."""

    usage: Usage

    def send(self, mail: Mail) -> None:
        """One mail, one request for each who gets it."""
        self.usage.requests["ses.SendRawEmail"] += len(mail.to)
