"""Guideline versions: added, looked up, compared; and the first of them all. A version never changes."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.guideline_differences import Difference, differences
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Put
from chalicelib.services import guidelines_yaml, replies
from chalicelib.services.desk import Desk
from chalicelib.store.store import Version


def starter(desk: Desk, workspace: str, actor: Actor, now: datetime) -> tuple[str, Put]:
    """The version id and the write of the guideline that a new workspace begins with."""
    text = guidelines_yaml.starter()
    guideline = _shipped(text)
    version = guideline.version
    event = AuditEvent(workspace, f"guideline:{version}", "add", now, actor, "the starter guideline")
    return version, desk.store.guideline_put(workspace, version, guideline.to_record(), event.fields(), text)


@lru_cache(maxsize=8)
def _shipped(text: str) -> Guideline:
    """A guideline that we ship, read and tried on its own examples once in a process: that takes 60 ms."""
    return guidelines_yaml.parse(text, version=version_of(text))


def add(desk: Desk, caller: Caller, text: str, why: str, now: datetime) -> Version:
    """Keep a version, as a draft: nothing is decided by it. The same text is the same version.

    Raises InvalidGuideline (every problem, with line and column).
    """
    version = version_of(text)
    guideline = guidelines_yaml.parse(text, version=version, replies=replies.names(desk, caller.workspace))
    event = AuditEvent(caller.workspace, f"guideline:{version}", "add", now, Actor.member(caller.member), why)
    put = desk.store.guideline_put(caller.workspace, version, guideline.to_record(), event.fields(), text)
    with suppress(ConditionFailed):  # it is there already, and versions never change
        desk.store.table.put(put.item, put.when)
    return get(desk, caller.workspace, version)


def get(desk: Desk, workspace: str, version: str) -> Version:
    """A version. Raises NotFound."""
    found = desk.store.guideline_version(workspace, version)
    if found is None:
        raise NotFound
    return found


def compared(desk: Desk, workspace: str, version: str, against: str | None) -> tuple[Difference, ...]:
    """What a version says otherwise than another one, the active one where none is named. Raises NotFound."""
    other = against or desk.workspace(workspace).guideline
    return differences(get(desk, workspace, other).guideline, get(desk, workspace, version).guideline)


def version_of(text: str) -> str:
    """A version is known by what it says: 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
