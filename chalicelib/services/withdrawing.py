"""Withdrawing: posts that a plan made and nothing has begun on are cancelled, so that they can be made anew.

A cancellation and the note that its occurrence may be made again are one write: an occurrence is never lost in between,
and never said twice. What a person edited or cut stays as it is; where the series stops it is cancelled, for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.domain.post import VARIANT, Post, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import Made, Series, SeriesState
from chalicelib.ports import Write
from chalicelib.services import aftermath
from chalicelib.services.desk import Desk
from chalicelib.services.making import MOST_WRITES
from chalicelib.store import keys

WHY = "taken back: what it was made from was changed or stopped"
_WORKER = Actor.worker("series")


def withdraw(desk: Desk, series: Series, now: datetime) -> Series:
    """Take back some of the posts that the series names in `withdraw`, as many as one write holds.

    Raises ConditionFailed where a worker began on one of them, or the series was changed: nothing was written then.
    """
    writes: list[Write] = []
    entries: list[Made] = []
    left = list(series.withdraw)
    while left:
        entry = series.ledger.of(left[0])
        cancels: list[Write] = []
        if entry is not None and not entry.withdrawn:
            variants = variants_of(desk, series.workspace, entry.post)
            fresh = bool(variants) and all(_untouched(one) for one in variants)
            if fresh or series.state is not SeriesState.ACTIVE:
                cancels = cancelling(desk, variants, _WORKER, WHY, now)
            if writes and len(writes) + len(cancels) > MOST_WRITES:
                break
            if fresh:
                entries.append(replace(entry, withdrawn=True))
        writes += cancels
        left.pop(0)
    after = replace(series, ledger=series.ledger.with_(entries), withdraw=tuple(left), wake_at=now)
    if not left and series.state is not SeriesState.ACTIVE:
        after = replace(after, wake_at=None)
    why = f"posts of {len(entries)} occurrences taken back"
    event = desk.store.series.moved(series, after, "withdraw", now, _WORKER, why)
    desk.store.write([desk.store.series.changed(series, after, event), *writes])
    return desk.store.series.advanced(series, after, event)


def variants_of(desk: Desk, workspace: str, post_id: str) -> list[Variant]:
    """The variants of a post as they stand; none where there is no such post."""
    post: Post | None = desk.store.posts.get(workspace, post_id)
    if post is None:
        return []
    return desk.store.variants.get_many(keys.variant(workspace, one) for one in post.variants)


def cancelling(desk: Desk, variants: Sequence[Variant], actor: Actor, why: str, now: datetime) -> list[Write]:
    """The writes that cancel those of them that nothing has begun on; the others are left as they are."""
    writes: list[Write] = []
    for one in variants:
        if not VARIANT.allows(one.state, "cancel") or one.begun:
            continue
        after = replace(one, state=VARIANT.move(one.state, "cancel"), reason=why, held_by=None)
        event = desk.store.variants.moved(one, after, "cancel", now, actor, why)
        writes += [desk.store.variants.changed(one, after, event), *aftermath.of(desk, after, now).writes]
    return writes


def _untouched(variant: Variant) -> bool:
    """Whether nobody edited it and nothing has begun on it, so that another can take its place."""
    waiting = {VariantState.SCHEDULED, VariantState.HELD, VariantState.AWAITING_APPROVAL}
    return variant.version == 1 and variant.state in waiting and not variant.begun
