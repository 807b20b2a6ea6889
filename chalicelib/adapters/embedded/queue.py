"""The queues on one machine: the Queue port in a SQLite file, which may be the table's own.

A message lies in one row; receiving it moves the moment from which it is visible and gives it a new receipt. Once it
has been delivered too often and becomes visible again, it is dead: it stays, is shown by `dead`, and is received no
more. It must never wait for a message, and never write when there is nothing to receive.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib.adapters.embedded.clock import SystemClock
from chalicelib.adapters.embedded.database import BUSY_SECONDS, Database
from chalicelib.adapters.messages import checked_body, checked_count, checked_delay
from chalicelib.ports import Clock, Message, QueueName

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL,
  sent INTEGER NOT NULL, visible INTEGER NOT NULL, deliveries INTEGER NOT NULL, receipt TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS waiting ON message (queue, visible, id);
CREATE INDEX IF NOT EXISTS delivered ON message (receipt) WHERE receipt != ''
"""
_SEND = "INSERT INTO message (queue, body, sent, visible, deliveries, receipt) VALUES (?, ?, ?, ?, 0, '')"
_VISIBLE = """
SELECT id, body, deliveries FROM message
WHERE queue = ? AND visible <= ? AND deliveries < ? ORDER BY visible, id LIMIT ?
"""
_DEAD = """
SELECT id, body, deliveries, receipt FROM message
WHERE queue = ? AND visible <= ? AND deliveries >= ? ORDER BY visible, id LIMIT ?
"""
_DELIVER = "UPDATE message SET visible = ?, deliveries = ?, receipt = ? WHERE id = ?"
_DONE = "DELETE FROM message WHERE queue = ? AND receipt = ? AND receipt != ''"
_FORGET = "DELETE FROM message WHERE sent < ?"

# As long as SQS keeps a message at most.
_RETENTION = timedelta(days=14)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class SqliteQueue:
    """ports.Queue in one file, or in memory with ":memory:"."""

    def __init__(
        self,
        path: Path | str,
        clock: Clock | None = None,
        visibility_seconds: int = 60,
        max_deliveries: int = 5,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Open or make the file and forget what is older than 14 days. Raises EngineUnusable, EngineBusy.

        visibility_seconds: how long a received message is hidden. max_deliveries: after so many it is given up.
        """
        self._clock = clock or SystemClock()
        self._visibility = timedelta(seconds=visibility_seconds)
        self._max_deliveries = max_deliveries
        # Messages are hints and the table is the truth: a power cut may take the newest, and the tick finds them again.
        self._database = Database(path, _SCHEMA, busy_seconds, survives_power_cut=False)
        with self._database.writing() as connection:
            connection.execute(_FORGET, (_micros(self._clock.now() - _RETENTION),))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def send(self, queue: QueueName, body: str, delay: timedelta = timedelta(0)) -> None:
        """Put a message on a queue, visible after `delay` (0 to 900 s). Raises EngineBusy, ValueError."""
        self.send_many(queue, [(body, delay)])

    def send_many(self, queue: QueueName, messages: Sequence[tuple[str, timedelta]]) -> None:
        """Put messages on a queue, all of them in one commit or none. Raises EngineBusy, ValueError."""
        now = self._clock.now()
        rows = [
            (queue.value, checked_body(body), _micros(now), _micros(now + checked_delay(delay)))
            for body, delay in messages
        ]
        if rows:
            with self._database.writing() as connection:
                connection.executemany(_SEND, rows)

    def receive(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Up to `limit` (1 to 10) visible messages, oldest first, hidden from others for the visibility time."""
        now = self._clock.now()
        asked = (queue.value, _micros(now), self._max_deliveries, checked_count(limit))
        if not self._database.rows(_VISIBLE, asked):
            return []
        hidden_until = _micros(now + self._visibility)
        with self._database.writing() as connection:
            messages = [
                Message(str(id_), body, f"{id_}.{secrets.token_hex(8)}", deliveries + 1)
                for id_, body, deliveries in connection.execute(_VISIBLE, asked).fetchall()
            ]
            connection.executemany(
                _DELIVER, [(hidden_until, message.deliveries, message.receipt, int(message.id)) for message in messages]
            )
        return messages

    def delete(self, queue: QueueName, receipt: str) -> None:
        """Done with this delivery; deleting twice is fine, and a receipt of an earlier delivery does nothing."""
        with self._database.writing() as connection:
            connection.execute(_DONE, (queue.value, receipt))

    def dead(self, queue: QueueName, limit: int = 10) -> list[Message]:
        """Look at messages that were given up after too many deliveries, oldest first."""
        asked = (queue.value, _micros(self._clock.now()), self._max_deliveries, checked_count(limit))
        rows = self._database.rows(_DEAD, asked)
        return [Message(str(id_), body, receipt, deliveries) for id_, body, deliveries, receipt in rows]


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
