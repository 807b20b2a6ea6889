"""Changing what is to be said: edit and cancel, each acknowledged only where no attempt can be live.

An acknowledged cancel is never followed by a post, and an acknowledged edit is what goes out: both are conditional on the
variant as it was read, and what an attempt has begun on takes neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.domain import approval
from chalicelib.domain.access import Caller
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.options import Options
from chalicelib.domain.post import VARIANT, Attachment, Body, Origin, Part, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import aftermath, blackouts, bodies, checking, drafting, forecasting, scheduling
from chalicelib.services.desk import Desk


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed; None stays as it is. `version`: the one that whoever edits has seen.

    rev: the revision that it must still be at, where anything else about it counts too.
    """

    version: int
    text: str | None = None
    title: str | None = None
    community: str | None = None
    language: str | None = None
    when: Schedule | None = None
    pictures: tuple[Attachment, ...] | None = None
    rest: tuple[Part, ...] | None = None
    options: Options | None = None
    rev: int | None = None


def edit(desk: Desk, caller: Caller, variant_id: str, wanted: Edit, now: datetime) -> Variant:
    """Change what a variant says, or when. Once this returns, nothing older is said.

    What was approved waits for approval again, unless only its time moved and by no more than the workspace tolerates. A
    draft, or what waits for approval already, is edited as a draft (`drafting`).

    Raises NotFound; Conflict where an attempt has begun, it was edited since, or it changed at this moment; InvalidField
    where the platform or the guideline would not take it.
    """
    variant = _variant(desk, caller, variant_id, wanted.rev)
    if not VARIANT.allows(variant.state, "edit"):
        raise Conflict(
            f"it is {variant.state.value}", fix="Only what no attempt has begun on can be edited; read it again."
        )
    if variant.begun:
        raise Conflict(_told(variant), fix="What remains of a thread that has begun can only go on, or be stopped.")
    if variant.version != wanted.version:
        raise Conflict(f"it is at version {variant.version} by now", fix="Read it again, and edit what it says now.")
    before = bodies.body_of(desk, variant)
    said = Body(
        before.text if wanted.text is None else wanted.text,
        before.title if wanted.title is None else wanted.title,
        before.community if wanted.community is None else wanted.community,
        before.language if wanted.language is None else wanted.language,
        before.answers,
        before.pictures if wanted.pictures is None else wanted.pictures,
        before.rest if wanted.rest is None else wanted.rest,
        before.options if wanted.options is None else wanted.options,
    )
    if variant.state in drafting.OPEN:
        return drafting.edit(desk, caller, variant_id, drafting.DraftEdit(wanted.version, said, when=wanted.when), now)
    if wanted.when is not None:
        scheduling.check_time(wanted.when.at, now)
        blackouts.check(desk, caller.workspace, [variant.account], wanted.when)
    _check(desk, caller, variant, said)
    when = wanted.when or variant.schedule
    forecasting.check_edit(desk, variant, said, when.at, now)
    act, waits = _approvals(desk, caller, variant, before, said, when, now)
    after = replace(
        variant,
        state=VARIANT.move(variant.state, act),
        version=variant.version + 1,
        schedule=when,
        not_before=max(when.at, variant.not_before) if wanted.when is None else when.at,
        # Another text is another send: the key that an earlier, clean attempt was given belongs to the old one.
        key=None,
        first_claimed_at=None,
        **waits,
        **scheduling.said_by(desk, variant.platform, said),
    )
    why = _what_changed(before, said, variant.schedule, when)
    event = desk.store.variants.moved(variant, after, act, now, Actor.member(caller.member), why)
    words = bodies.words(desk, variant.workspace, variant.id, said)
    new = bodies.words_put(variant.workspace, variant.id, after.version, words)
    _write(desk, [desk.store.variants.changed(variant, after, event), new])
    after = desk.store.variants.advanced(variant, after, event)
    scheduling.announce(desk, after, now)
    return after


def _approvals(
    desk: Desk, caller: Caller, variant: Variant, before: Body, said: Body, when: Schedule, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The edge that this edit takes, and what it makes of the variant's approvals. The words are the editor's from now on."""
    workspace = desk.workspace(caller.workspace)
    asks = workspace.approvals.asks(caller.role, Origin.PERSON, reply=said.answers is not None)
    rule = workspace.approvals
    if approval.after_edit(variant, before, said, when, rule.tolerance, asks=asks) == "keep":
        return "edit", {}
    waits = approval.awaiting(rule, when, max(asks, variant.asks), now)
    return "edit_void", {**waits, "held_by": None, "reason": None}


def _check(desk: Desk, caller: Caller, variant: Variant, said: Body) -> None:
    account = desk.store.accounts.get(caller.workspace, variant.account)
    if account is None:
        raise Conflict("its account is gone", fix="Cancel it.")
    wish = checking.Wish(account.id, said, "", variant.summoned)
    checking.check(desk, account, desk.guideline(desk.workspace(caller.workspace)), wish)


def _what_changed(before: Body, after: Body, was: Schedule, when: Schedule) -> str:
    """Which fields a member changed: names only, never what they say."""
    fields = ("text", "title", "community", "language", "pictures", "rest", "options")
    names = [one for one in fields if getattr(before, one) != getattr(after, one)]
    if was != when:
        names.append(f"time to {when.wall} ({when.zone})")
    if not names:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    return f"edited by a member: {', '.join(names)}"


def cancel(desk: Desk, caller: Caller, variant_id: str, now: datetime, *, rev: int | None = None) -> Variant:
    """Cancel a variant that no attempt has begun on. Once this returns, it is not said. Raises NotFound, Conflict.

    Of a thread that has begun, what remains is stopped: it is CLOSED, and nobody is told that it was cancelled.
    rev: the revision that it must still be at.
    """
    variant = _variant(desk, caller, variant_id, rev)
    if variant.state is VariantState.CANCELLED:
        return variant
    if not VARIANT.allows(variant.state, "cancel"):
        raise Conflict(
            f"it is {variant.state.value}", fix="Only what no attempt has begun on can be cancelled; read it again."
        )
    act, why = (
        ("stop", f"stopped by a member: {_told(variant)}") if variant.begun else ("cancel", "cancelled by a member")
    )
    after = replace(variant, state=VARIANT.move(variant.state, act), reason=why, held_by=None)
    event = desk.store.variants.moved(variant, after, act, now, Actor.member(caller.member), why)
    follow = aftermath.of(desk, after, now)
    _write(desk, [desk.store.variants.changed(variant, after, event), *follow.writes])
    follow.announce(desk)
    return desk.store.variants.advanced(variant, after, event)


def _told(variant: Variant) -> str:
    return f"{len(variant.said)} of {variant.parts} parts stand there"


def _variant(desk: Desk, caller: Caller, variant_id: str, rev: int | None = None) -> Variant:
    variant = desk.store.variants.get(caller.workspace, variant_id)
    if variant is None:
        raise NotFound
    if rev is not None and variant.rev != rev:
        raise Conflict("it was changed since", fix="Look at it again.")
    return variant


def _write(desk: Desk, writes: list[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from failed
