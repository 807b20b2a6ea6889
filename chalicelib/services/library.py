"""The library: what a workspace keeps to write with. One way of making, changing and retiring all of it.

Nothing in it is ever deleted under a post that used it: what is retired is offered no more.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.rationale import Actor
from chalicelib.store.repository import Repository, Stale

T = TypeVar("T", bound=Any)


def found(repository: Repository[T], caller: Caller, item_id: str) -> T:
    """The noun, unless it is retired. Raises NotFound."""
    noun = repository.get(caller.workspace, item_id)
    if noun is None or getattr(noun, "retired", False):
        raise NotFound
    return noun


def make(repository: Repository[T], caller: Caller, noun: T, now: datetime) -> T:
    """Keep a new noun; one that was retired under its id comes back. Raises Conflict where one is there."""
    try:
        return repository.create(noun, _event(repository, caller, noun, "create", "set up by a member", now))
    except Stale as stale:
        there: T | None = stale.current
        if there is None or not getattr(there, "retired", False):
            raise Conflict(
                "there is one of this name already", fix="Change that one, or choose another name."
            ) from stale
        back: T = replace(noun, events=there.events, rev=there.rev)
        return change(repository, caller, there, back, "restore", "set up again by a member", now)


def change(repository: Repository[T], caller: Caller, before: T, after: T, act: str, why: str, now: datetime) -> T:
    """Keep it changed. Raises Conflict where somebody else changed it at this moment."""
    try:
        return repository.save(before, after, _event(repository, caller, before, act, why, now))
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def edit(repository: Repository[T], caller: Caller, item_id: str, now: datetime, **fields: Any) -> T:
    """Change these fields of a noun. What is so already stays so, without a word. Raises NotFound, Conflict."""
    before = found(repository, caller, item_id)
    after = replace(before, **fields)
    names = sorted(name for name in fields if getattr(before, name) != getattr(after, name))
    if not names:
        return before
    return change(repository, caller, before, after, "edit", f"edited by a member: {', '.join(names)}", now)


def retire(repository: Repository[T], caller: Caller, item_id: str, now: datetime, **emptied: Any) -> None:
    """Offer it no more. Doing it twice is doing it once. emptied: fields that are not to be kept. Raises NotFound."""
    before = repository.get(caller.workspace, item_id)
    if before is None:
        raise NotFound
    if not before.retired:
        after = replace(before, retired=True, **emptied)
        change(repository, caller, before, after, "retire", "retired by a member", now)


def _event(repository: Repository[T], caller: Caller, noun: T, act: str, why: str, now: datetime) -> AuditEvent:
    subject = f"{repository.noun}:{noun.id}"
    return AuditEvent(caller.workspace, subject, act, now, Actor.member(caller.member), why)
