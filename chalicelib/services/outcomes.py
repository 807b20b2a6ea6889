"""Writing down what became of a variant, together with what that means for others: fenced, audited, in one write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.post import VARIANT, Variant
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed
from chalicelib.services import aftermath
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale

WORKER = Actor.worker("publish")


def leave(desk: Desk, variant: Variant, act: str, why: str, now: datetime) -> Variant:
    """Out of SCHEDULED or HELD without an attempt. Raises Stale."""
    after = replace(variant, state=VARIANT.move(variant.state, act), reason=why, held_by=None)
    return save(desk, variant, after, desk.store.variants.moved(variant, after, act, now, WORKER, why))


def save(desk: Desk, before: Variant, after: Variant, event: AuditEvent) -> Variant:
    """Save a variant with what its new state means for the interaction it answers, or for the review queue. Raises Stale.

    The outcome of a send is never lost to a quarrel over its consequences: after three it is saved alone, and owes them.
    """
    variants = desk.store.variants
    for _ in range(3):
        follow = aftermath.of(desk, after, event.at)
        if not follow.writes:
            return variants.save(before, after, event)
        try:
            desk.store.write([variants.changed(before, after, event), *follow.writes])
        except ConditionFailed as failed:
            if failed.index == 0:
                raise Stale(variants.get(before.workspace, before.id)) from failed
            continue  # the interaction moved meanwhile: look again at what follows
        follow.announce(desk)
        return variants.advanced(before, after, event)
    return variants.save(before, replace(after, owes=True), event)


def make_up(desk: Desk, variant: Variant, now: datetime) -> Variant:
    """Write what an earlier outcome still owes to others. Raises Stale."""
    after = replace(variant, owes=False)
    event = desk.store.variants.moved(variant, after, "make_up", now, WORKER, "what follows from its outcome was owed")
    return save(desk, variant, after, event)
