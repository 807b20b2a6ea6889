"""How every worker runs: one JSON line each, a time budget, and failures told one by one. No text, no traceback.

Chalice's middleware does not run for a blueprint's event handlers on Lambda (they are imported without app.py), so this
decorator stands in its place, the same everywhere.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib import bootstrap, log
from chalicelib.ports import EngineBusy, EngineUnusable
from chalicelib.services.desk import Desk

STOP_BEFORE_MS = 25_000
"""Milliseconds that must be left to begin another item: sign-in and call with their deadlines, and the writes."""


def each_message(
    name: str, event: dict[str, Any], context: Any, step: Callable[[Desk, dict[str, Any]], str], *, at_once: int = 1
) -> dict[str, Any]:
    """Take one step per SQS message; those that failed, or were not begun in time, are told back by id.

    step: gets the desk and the message's JSON object, returns what it came to in a word. A message that cannot be read
    fails alone; after the queue's limit of deliveries it lies in the dead-letter queue. at_once: how many may run side by
    side, where steps wait for the world outside and one must not make the next one late.
    """
    log.ready()
    desk = bootstrap.desk()

    def went_well(record: dict[str, Any]) -> bool:
        if short_of_time(context):
            return False
        began = time.monotonic()
        try:
            body = json.loads(record["body"])
            if not isinstance(body, dict):
                raise TypeError("a message is a JSON object")
            came_to = step(desk, body)
        except Exception as error:  # noqa: BLE001 - one bad message must not take the batch with it
            # What an engine says of itself names paths and resources of ours only.
            said = str(error) if isinstance(error, EngineBusy | EngineUnusable) else None
            log.failure(name, error, message=record["messageId"], said=said)
            return False
        log.step(name, message=record["messageId"], came_to=came_to, ms=round(1000 * (time.monotonic() - began)))
        return True

    records = event["Records"]
    if at_once > 1 and len(records) > 1:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=min(at_once, len(records))) as pool:
            went = list(pool.map(went_well, records))
    else:
        went = [went_well(record) for record in records]
    failed = [record["messageId"] for record, well in zip(records, went, strict=True) if not well]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def short_of_time(context: Any) -> bool:
    """Whether this invocation may begin nothing more."""
    return remaining_ms(context) < STOP_BEFORE_MS


def until(span: timedelta) -> Callable[[], bool]:
    """Whether so much time has passed since this was called."""
    ends = time.monotonic() + span.total_seconds()
    return lambda: time.monotonic() >= ends


def remaining_ms(context: Any) -> int:
    """Milliseconds this invocation has left; plenty where nobody says."""
    ask = getattr(context, "get_remaining_time_in_millis", None)
    return int(ask()) if ask is not None else 10**9
