"""Choosing: what a workspace chose is changed in one write, together with the event that says who, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services.desk import Desk


def chosen(
    desk: Desk,
    caller: Caller,
    before: Workspace,
    after: Workspace,
    act: str,
    why: str,
    now: datetime,
    *,
    turned: tuple[str | None, str | None] = (None, None),
    along: Sequence[Write] = (),
) -> Workspace:
    """The workspace after a person's choice. turned: from what to what, where the act has such; along: what is written with it.

    Raises Conflict.
    """
    actor, subject = Actor.member(caller.member), f"workspace:{before.id}"
    event = AuditEvent(before.id, subject, act, now, actor, why, *turned)
    try:
        desk.store.write([desk.store.workspaces.changed(before, after, event), *along])
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from failed
    return desk.store.workspaces.advanced(before, after, event)
