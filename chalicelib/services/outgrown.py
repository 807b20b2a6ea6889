"""Outgrown: a release reads with another table than the one that a correction in force was learnt over, which silences it.

Whoever may change what is in force is told once, by an incident of the workspace. It is written with the workspace's own change,
and closed in the same way: by the next correction, by taking this one back, or where texts are read with its table again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import NotFound
from chalicelib.domain.incident import Cause
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import incidents, readers
from chalicelib.services.desk import Desk

WORKER = Actor.worker("reader")


def look(desk: Desk, workspace: Workspace, now: datetime) -> None:
    """Tell of it, or that it is over, where that is not known yet; costs nothing otherwise. Called wherever texts are read."""
    try:
        why = silenced(desk, workspace)
    except NotFound:  # a correction that is not in the record is told of where it is read with
        return
    if (why is None) == (workspace.incident is None):
        return
    writes: list[Write]
    if why is None:
        why = "texts are read with the table that it was learnt over"
        after, writes = over(desk, workspace, WORKER, why, now)
    else:
        incident, put = incidents.opening(desk, workspace, Cause.OUTGROWN, why, now, WORKER)
        after, writes = replace(workspace, incident=incident.id), [put]
    act = "hear_correction" if after.incident is None else "silence_correction"
    event = AuditEvent(workspace.id, f"workspace:{workspace.id}", act, now, WORKER, why)
    with suppress(ConditionFailed):  # another worker was faster, or the next page looks again
        desk.store.write([desk.store.workspaces.changed(workspace, after, event), *writes])


def silenced(desk: Desk, workspace: Workspace) -> str | None:
    """Why what is in force says nothing, in words; None where it does, or nothing is in force. Raises NotFound."""
    correction = desk.correction(workspace)
    return None if correction is None else readers.objection(correction)


def over(desk: Desk, workspace: Workspace, actor: Actor, why: str, now: datetime) -> tuple[Workspace, list[Write]]:
    """The workspace without its incident, and the writes that close that with it."""
    return replace(workspace, incident=None), list(incidents.closing(desk, workspace, actor, why, now))
