"""What schedules call: the tick, once a minute on AWS, every second on one machine."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint, Rate

from chalicelib import bootstrap, log
from chalicelib.workers.worker import remaining_ms

blueprint = Blueprint(__name__)

STOP_BEFORE_MS = 10_000
"""Milliseconds that must be left to begin another entry: a mail with its deadline, and the writes."""


@blueprint.schedule(Rate(1, unit=Rate.MINUTES))
def tick(event: Any) -> dict[str, Any]:
    """Hand on everything that needs attention now."""
    from chalicelib.services import ticking

    log.ready()
    desk = bootstrap.desk()
    ticked = ticking.tick(desk, desk.clock.now(), lambda: remaining_ms(event.context) < STOP_BEFORE_MS)
    for noun, error in ticked.failures:
        log.failure("tick", error, noun=noun)
    if ticked.handed_on or ticked.slots:
        log.step("tick", slots=ticked.slots, **ticked.handed_on)
    return {"handed_on": ticked.handed_on, "slots": ticked.slots}
