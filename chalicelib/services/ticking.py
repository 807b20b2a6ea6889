"""Ticking: what needs attention now, found from the table alone, and put into the hands that it belongs in.

A tick decides nothing. It reads the sparse index (at most 16 queries) and the polling slots, and hands each entry on as a
hint; the small, rare acts (mails, deadlines) it does itself. Losing any hint, or the whole tick, changes nothing: the
next one finds the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.ports import QueueName
from chalicelib.services.desk import Desk, hint
from chalicelib.services.polling import due_slots
from chalicelib.store import keys

PER_SHARD = 100
"""Entries read of one shard in one tick; the oldest come first, so what is left over is the next tick's first."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick handed on, by noun, and how many polling slots it began."""

    handed_on: dict[str, int]
    slots: int


def tick(desk: Desk, now: datetime, enough: Callable[[], bool] = lambda: False) -> Ticked:
    """Hand on everything that is due. Stops between entries once `enough` says so."""
    handed_on: dict[str, int] = {}
    for entry in desk.store.due(now, per_shard=PER_SHARD):
        if enough():
            return Ticked(handed_on, 0)
        noun = keys.due_noun(entry.sort)
        workspace, item = keys.workspace_of(entry.key), keys.id_of(entry.key)
        handed_on[noun] = handed_on.get(noun, 0) + 1
        match noun:
            case "variant":
                hint(desk, QueueName.PUBLISH, {"workspace": workspace, "variant": item})
            case "interaction":
                hint(desk, QueueName.TRIAGE, {"workspace": workspace, "interactions": [item]})
            case "escalation":
                from chalicelib.services import escalating

                escalating.tell(desk, workspace, item, now)
            case "digest":
                from chalicelib.services import digesting

                digesting.send(desk, workspace, item, now)
            case "review":
                from chalicelib.services import reviewing

                reviewing.overdue(desk, workspace, item, now)
            case _:
                raise ValueError(f"nobody's hands for {noun}")
    slots = 0
    for slot in due_slots(desk, now):
        if enough():
            break
        if desk.store.claim_slot(slot, now):
            hint(desk, QueueName.LISTEN, {"slot": slot.name})
            slots += 1
    return Ticked(handed_on, slots)
