"""Corrections: what people taught the reader is kept as a draft, replayed, activated on the strength of that, rolled back.

A correction never changes, and none comes into force by itself. Which one is in force is the workspace's, and changes with an
event that says why. It takes the rights that a guideline takes: both change what is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.correction import Correction, Report
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.lesson import Lesson
from chalicelib.domain.rationale import Actor
from chalicelib.domain.replay import Replay
from chalicelib.domain.workspace import MOST_BACK, Workspace
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import choosing, outgrown, readers, replaying, shadowing
from chalicelib.services.desk import Desk
from chalicelib.store.corrections import Kept
from chalicelib.store.repository import Listing


def add(
    desk: Desk, caller: Caller, one: Correction, report: Report, lessons: Sequence[Lesson], why: str, now: datetime
) -> Kept:
    """Keep a correction as a draft, with what it was learnt from: nothing is decided by it. The same one is kept once.

    Raises Conflict where it is no better on the decisions held out than none at all.
    """
    if (objection := report.objection()) is not None:
        raise Conflict(f"it is not kept: {objection}", fix="Wait for more decisions, and train again.")
    desk.store.corrections.keep_lessons(caller.workspace, one.id, [each.shown for each in lessons])
    event = AuditEvent(caller.workspace, f"correction:{one.id}", "add", now, Actor.member(caller.member), why)
    put = desk.store.corrections.put(caller.workspace, one, report, event.fields())
    with suppress(ConditionFailed):  # it is there already, and corrections never change
        desk.store.table.put(put.item, put.when)
    return get(desk, caller.workspace, one.id)


def get(desk: Desk, workspace: str, correction_id: str) -> Kept:
    """A correction. Raises NotFound."""
    found = desk.store.corrections.get(workspace, correction_id)
    if found is None:
        raise NotFound
    return found


def listed(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Kept]:
    """A page of a workspace's corrections, by their ids."""
    return desk.store.corrections.listed(workspace, limit=limit, after=after)


def begin_replay(desk: Desk, caller: Caller, correction_id: str, days: int, now: datetime) -> Replay:
    """Try a correction, under the active guideline, on what was said in the last `days`; see `replaying`. Raises NotFound."""
    workspace = desk.workspace(caller.workspace)
    get(desk, workspace.id, correction_id)
    against = "none" if workspace.correction is None else workspace.correction
    why = f"correction {correction_id} beside {against}, on {days} days"
    draft = replace(replaying.active(workspace), correction=correction_id)
    return replaying.begun(desk, caller, workspace, draft, days, why, now)


def activate(desk: Desk, caller: Caller, correction_id: str, replay_id: str, why: str, now: datetime) -> Workspace:
    """Put a correction in force, on the strength of a replay. Later decisions follow it; earlier ones keep theirs.

    Raises NotFound; Conflict where the replay is of something else, not complete, or too old, or the table is another by now.
    """
    workspace = desk.workspace(caller.workspace)
    kept = get(desk, workspace.id, correction_id)
    if workspace.correction == correction_id:
        return workspace
    readers.check(kept.correction)
    draft = replace(replaying.active(workspace), correction=correction_id)
    ground = replaying.ground(desk, workspace, draft, replay_id, now, "correction")
    before = (workspace.correction or "", *workspace.corrections_before)[:MOST_BACK]
    after = replace(workspace, correction=correction_id, corrections_before=before)
    return _switched(desk, workspace, after, "activate_correction", f"{why} ({ground})", caller, now)


def roll_back(desk: Desk, caller: Caller, why: str, now: datetime) -> Workspace:
    """Put what was in force before back in force, at once: another correction, or none. Raises Conflict where there is none."""
    workspace = desk.workspace(caller.workspace)
    if not workspace.corrections_before:
        raise Conflict("no correction was ever activated", fix="Replay one and activate it.")
    before, *older = workspace.corrections_before
    after = replace(workspace, correction=before or None, corrections_before=tuple(older))
    return _switched(desk, workspace, after, "roll_back_correction", why, caller, now)


def _switched(
    desk: Desk, before: Workspace, after: Workspace, act: str, why: str, caller: Caller, now: datetime
) -> Workspace:
    after, turned = shadowing.lifted(after), (before.correction, after.correction)
    along: list[Write] = []
    if outgrown.silenced(desk, after) is None:
        after, along = outgrown.over(desk, after, Actor.member(caller.member), "another is in force, or none", now)
    return choosing.chosen(desk, caller, before, after, act, why, now, turned=turned, along=along)
