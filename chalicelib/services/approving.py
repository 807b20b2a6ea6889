"""Approving: a yes to what is to be said, bound to its words, its account and its time; or a no that says what to change.

Nothing here sends. What waits for approval when its time is over is missed, loudly.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict
from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Workspace
from chalicelib.services import outcomes
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale


def set_rule(desk: Desk, caller: Caller, rule: ApprovalRule, now: datetime) -> Workspace:
    """Say what the workspace asks for. What waits, or is scheduled already, keeps what was asked of it. Raises Conflict."""
    workspace = desk.workspace(caller.workspace)
    after = replace(workspace, approvals=rule)
    event = AuditEvent(
        workspace.id, f"workspace:{workspace.id}", "set_approvals", now, Actor.member(caller.member), _in_words(rule)
    )
    try:
        return desk.store.workspaces.save(workspace, after, event)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def _in_words(rule: ApprovalRule) -> str:
    if rule.people == 0:
        return "nobody is asked before something is said"
    who = "by another" if rule.by_another else "by anybody who may"
    posts, replies = (", ".join(sorted(roles)) or "nobody" for roles in (rule.posts_of, rule.replies_of))
    return f"approved by {rule.people}, {who}: posts of {posts}; replies of {replies}"


def attend(desk: Desk, workspace: str, variant_id: str, now: datetime) -> None:
    """What time does to a variant that waits for approval: past its limit it is missed. Called by the tick; safe to repeat."""
    variant = desk.store.variants.get(workspace, variant_id)
    if variant is None or variant.state is not VariantState.AWAITING_APPROVAL:
        return
    if variant.schedule.too_late(now):
        try:
            outcomes.leave(desk, variant, "miss", "nobody approved it before its time", now)
        except Stale:
            return  # somebody was faster: theirs is the step that counts
