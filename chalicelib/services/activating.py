"""Which guideline version is active: set at the beginning, changed on the strength of a replay, rolled back.

It is the workspace's, and changes with an event that says why.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import MOST_BACK, Workspace
from chalicelib.services import choosing, gating, guidelines, guidelines_yaml, replaying, replies, shadowing
from chalicelib.services.desk import Desk
from chalicelib.store import keys


def set_up(desk: Desk, caller: Caller, text: str, why: str, now: datetime) -> Guideline:
    """Begin with a guideline: add it and make it the active one at once, while nothing was ever heard.

    Raises InvalidGuideline, Conflict where there is a message already: from then on a change is replayed first.
    """
    version = guidelines.version_of(text)
    guideline = guidelines_yaml.parse(text, version=version, replies=replies.names(desk, caller.workspace))
    workspace = desk.workspace(caller.workspace)
    if workspace.guideline == version:
        _carry_through(desk, workspace, caller, now)
        return guideline
    if desk.store.interactions.listed(keys.shelf(workspace.id, "INBOX"), limit=1).items:
        raise Conflict(
            "messages were heard already: a change of the guideline is tried on them first",
            fix="Add it by `POST /guideline/versions`, replay it, and activate it with the replay's id.",
        )
    guidelines.add(desk, caller, text, why, now)
    _switched(desk, workspace, _onto(workspace, version), "activate_guideline", why, caller, now)
    return guideline


def activate(desk: Desk, caller: Caller, version: str, replay_id: str, why: str, now: datetime) -> Workspace:
    """Make a version the active one, on the strength of a replay. Later decisions follow it; earlier ones keep theirs.

    Raises NotFound, Conflict where the replay is of something else, not complete, or too old.
    """
    workspace = desk.workspace(caller.workspace)
    guidelines.get(desk, workspace.id, version)
    if workspace.guideline == version:
        _carry_through(desk, workspace, caller, now)
        return workspace
    draft = replace(replaying.active(workspace), guideline=version)
    ground = replaying.ground(desk, workspace, draft, replay_id, now, "version")
    after = _onto(workspace, version)
    return _switched(desk, workspace, after, "activate_guideline", f"{why} ({ground})", caller, now)


def roll_back(desk: Desk, caller: Caller, why: str, now: datetime) -> Workspace:
    """Make the version that was active before the active one again, at once. Raises Conflict where there is none."""
    workspace = desk.workspace(caller.workspace)
    if not workspace.guidelines_before:
        raise Conflict("no version was active before this one", fix="Replay another version and activate it.")
    version, *older = workspace.guidelines_before
    after = replace(workspace, guideline=version, guidelines_before=tuple(older))
    return _switched(desk, workspace, after, "roll_back_guideline", why, caller, now)


def _carry_through(desk: Desk, workspace: Workspace, caller: Caller, now: datetime) -> None:
    """Note anew what follows from the active version: the activation may have broken off before that."""
    gating.note(desk, workspace.id, workspace.guideline, Actor.member(caller.member), now)


def _onto(workspace: Workspace, version: str) -> Workspace:
    before = (workspace.guideline, *workspace.guidelines_before)[:MOST_BACK]
    return replace(workspace, guideline=version, guidelines_before=before)


def _switched(
    desk: Desk, before: Workspace, after: Workspace, act: str, why: str, caller: Caller, now: datetime
) -> Workspace:
    turned = before.guideline, after.guideline
    saved = choosing.chosen(desk, caller, before, shadowing.lifted(after), act, why, now, turned=turned)
    _carry_through(desk, saved, caller, now)
    return saved
