"""Labelling: words of one's own by which posts are found together again. They change nothing that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.post import Post
from chalicelib.domain.rationale import Actor
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale


def put(desk: Desk, caller: Caller, post_id: str, labels: Sequence[str], now: datetime) -> Post:
    """Give a post these labels and no others. Raises NotFound, Conflict."""
    before = desk.store.posts.get(caller.workspace, post_id)
    if before is None:
        raise NotFound
    after = replace(before, labels=tidy(labels))
    if after.labels == before.labels:
        return before
    why = "labels changed by a member"
    event = AuditEvent(caller.workspace, f"post:{post_id}", "label", now, Actor.member(caller.member), why)
    try:
        return desk.store.posts.save(before, after, event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def tidy(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels as they are kept: without blanks around them, each once whatever its case, in their order."""
    found: dict[str, str] = {}
    for one in labels:
        found.setdefault(" ".join(one.split()).casefold(), " ".join(one.split()))
    return tuple(found.values())
