"""Guideline versions: the starter, a new one from YAML, and which one is active."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Put
from chalicelib.services import gating, guidelines_yaml, replies
from chalicelib.services.desk import Desk


def starter(desk: Desk, workspace: str, actor: Actor, now: datetime) -> tuple[str, Put]:
    """The version id and the write of the guideline that a new workspace begins with."""
    guideline = _shipped(guidelines_yaml.starter())
    version = guideline.version
    event = AuditEvent(workspace, f"guideline:{version}", "add", now, actor, "the starter guideline")
    return version, desk.store.guideline_put(workspace, version, guideline.to_record(), event.fields())


@lru_cache(maxsize=8)
def _shipped(text: str) -> Guideline:
    """A guideline that we ship, read and tried on its own examples once in a process: that takes 60 ms."""
    return guidelines_yaml.parse(text, version=_version(text))


def activate(desk: Desk, caller: Caller, text: str, why: str, now: datetime) -> Guideline:
    """Add a guideline version and make it the active one. Later decisions follow it; earlier ones keep theirs.

    Raises InvalidGuideline (every problem, with line and column), Conflict.
    """
    version = _version(text)
    guideline = guidelines_yaml.parse(text, version=version, replies=replies.names(desk, caller.workspace))
    actor = Actor.member(caller.member)
    workspace = desk.workspace(caller.workspace)
    if workspace.guideline == version:
        gating.note(desk, workspace.id, version, actor, now)  # an activation that broke off is carried through
        return guideline
    activated = AuditEvent(
        caller.workspace,
        f"workspace:{caller.workspace}",
        "activate_guideline",
        now,
        actor,
        why,
        workspace.guideline,
        version,
    )
    writes = [desk.store.workspaces.changed(workspace, replace(workspace, guideline=version), activated)]
    if desk.store.guideline(caller.workspace, version) is None:
        added = AuditEvent(caller.workspace, f"guideline:{version}", "add", now, actor, why)
        desk.store.write(
            [*writes, desk.store.guideline_put(caller.workspace, version, guideline.to_record(), added.fields())]
        )
        gating.note(desk, workspace.id, version, actor, now)
        return guideline
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("another version was activated at the same moment") from failed
    gating.note(desk, workspace.id, version, actor, now)
    return guideline


def _version(text: str) -> str:
    """A version is known by what it says: 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
