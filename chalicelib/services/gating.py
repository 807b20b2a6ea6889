"""Gating: what was scheduled under an earlier guideline is asked about again before it is said, at no reading more.

An activation notes its version on each account, which is read before every send anyway; the version itself is read once. So what
breaks a clause now fails before it is claimed, and names the clause.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, Gate
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Body
from chalicelib.domain.rationale import Actor
from chalicelib.services import checking
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale

MEANWHILE = timedelta(minutes=5)
"""What was made so shortly after an activation may have been checked against the version before: a slow request, a cache."""

ROUNDS = 10


def note(desk: Desk, workspace: str, version: str, actor: Actor, now: datetime) -> None:
    """Note on each account of a workspace which version is active. Safe to repeat.

    Raises Conflict where an account changes all the time.
    """
    for account in desk.store.accounts_of(workspace):
        _note(desk, account, version, actor, now)


def _note(desk: Desk, account: Account, version: str, actor: Actor, now: datetime) -> None:
    current: Account | None = account
    for _ in range(ROUNDS):
        if current is None or (current.gate is not None and current.gate.version == version):
            return
        why = f"guideline {version} is active"
        event = AuditEvent(current.workspace, f"account:{current.id}", "gate", now, actor, why)
        try:
            desk.store.accounts.save(current, replace(current, gate=Gate(version, now)), event)
        except Stale as stale:
            current = stale.current
            continue
        return
    raise Conflict("an account was changed at the same moment", fix="Activate the same text again.")


def against(desk: Desk, account: Account, body: Body, made_at: datetime | None) -> str | None:
    """Which clause forbids by now what was checked when it was made; None where none does, or nothing has changed."""
    gate = account.gate
    if gate is None or made_at is None or made_at > gate.since + MEANWHILE:
        return None
    guideline = desk.guideline_of(account.workspace, gate.version)
    try:
        checking.check_guideline(guideline, account.platform, checking.Wish(account.id, body, ""))
    except InvalidField as error:
        return error.detail
    return None
