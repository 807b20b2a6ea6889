"""Budgets in the record: a turn is taken just before a claim, by one conditional write, and ends with what was said.

Ending it costs no write: whoever comes next sees in the record that the variant it names is no longer being sent.
An app-wide budget (Reddit counts by client id) is shared by every tenant that speaks through the same client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from chalicelib.domain.budget import CLAIMED_WITHIN, Allowed, Budget, Turn, Wait, busy, full, lowered, taken
from chalicelib.domain.post import Variant
from chalicelib.ports import ConditionFailed, Item, Key, Put
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors.capabilities import Allowance
from connectors.contract import Limit

_COLLIDED = timedelta(seconds=1)
"""How long to wait where others take from a client's budget faster than we can."""


HANDFUL = 10
"""Writes of a client's budget that a process takes at once: the item is everybody's, and asked for by every post."""

HANDFUL_KEPT = timedelta(seconds=10)
"""What a process took and did not say by then is given up."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was known of an account's line at `read_at`. whole: whether the index showed all of it."""

    near: Mapping[str, Variant]
    whole: bool
    read_at: datetime


UNKNOWN = Line({}, whole=False, read_at=datetime.min.replace(tzinfo=UTC))
"""Where nobody looked."""


@dataclass(frozen=True, slots=True)
class Taking:
    """A turn to be taken: the account's budget as it will be, and the write that makes it so.

    client: under what its client's budget lies, of which one write was taken already; None where nobody counts that.
    """

    account: Budget
    put: Put
    client: str | None

    def was_written(self, current: Item | None) -> bool:
        """Whether it is this very turn that lies there: an engine may repeat a write whose answer it lost."""
        return current is not None and current.get("turn") == self.put.item["turn"]


def prepare(
    desk: Desk,
    variant: Variant,
    attempt: int,
    budget: Budget | None,
    credential: Mapping[str, str],
    line: Line,
    now: datetime,
) -> Taking | Wait | None:
    """What it takes to have the account's turn for this attempt of a variant; None where it is another's.

    `budget`: the account's, as it was read. Nothing of the account's is written yet; a write of the client's budget is
    taken at once, and may be lost to a refusal, never gained.
    """
    timing, can = desk.policy.timing[variant.platform], desk.platforms.capabilities(variant.platform)
    turn = budget.turn if budget is not None else None
    if turn is not None and busy(turn, _holder(desk, variant, turn, line), now, timing.skew):
        return None
    allowed = _allowed(can.allowance)
    after = taken(budget or full(allowed, now), allowed, now, Turn(variant.id, attempt, now))
    if isinstance(after, Wait):
        return after
    client = None
    if can.app_allowance is not None:
        client_id = desk.platforms.client_id(variant.platform, credential)
        client = None if client_id is None else app_key(variant.platform, client_id)
        refused = None if client is None else _take_of_client(desk, client, can.app_allowance, now)
        if refused is not None:
            return refused
    put = desk.store.budget_put(keys.budget(variant.workspace, variant.account), budget, after)
    return Taking(replace(after, rev=put.item["rev"]), put, client)


def take(desk: Desk, taking: Taking) -> bool:
    """Take the turn by itself; False where another was faster."""
    try:
        desk.store.table.put(taking.put.item, taking.put.when)
    except ConditionFailed as failed:
        return taking.was_written(failed.current)
    return True


def still_ours(desk: Desk, variant: Variant, had: Taking, now: datetime) -> bool:
    """Whether the turn is still the one that was taken: asked anew only where the claim took so long that it may not be."""
    turn = had.account.turn
    if turn is None or now <= turn.taken_at + CLAIMED_WITHIN:
        return True
    found = desk.store.budget(keys.budget(variant.workspace, variant.account))
    return found is not None and found.turn == turn


def heed(desk: Desk, variant: Variant, had: Taking, limit: Limit, now: datetime) -> None:
    """Bring a budget down to what the platform said is left. Losing this to a collision is harmless: it says so again."""
    closed_for = timedelta(seconds=max(0.0, limit.resets_in))
    if limit.scope == "account":
        key, before = keys.budget(variant.workspace, variant.account), had.account
    elif had.client is not None:
        desk.handfuls.drop(had.client)
        key = keys.app_budget(had.client)
        found = desk.store.budget(key)
        if found is None:
            return
        before = found
    else:
        return
    can = desk.platforms.capabilities(variant.platform)
    allowance = can.allowance if limit.scope == "account" else can.app_allowance
    after = None if allowance is None else lowered(before, _allowed(allowance), limit.left, closed_for, now)
    if after is None:
        return
    put = desk.store.budget_put(key, before, after)
    try:
        desk.store.table.put(put.item, put.when)
    except ConditionFailed:
        return


def app_key(platform: str, client_id: str) -> str:
    """The digest under which a client's budget lies: the id itself stands only in the sealed credential."""
    return f"{platform}#{hashlib.sha256(client_id.encode()).hexdigest()[:26]}"


def _allowed(allowance: Allowance) -> Allowed:
    return Allowed(allowance.writes, allowance.span)


def _take_of_client(desk: Desk, client: str, allowance: Allowance, now: datetime) -> Wait | None:
    """One write of what all accounts that speak through one client may: from the handful, or a new handful is taken."""
    if desk.handfuls.take(client, now):
        return None
    # What is taken now may be said up to HANDFUL_KEPT later: a window that much longer holds no more than is allowed.
    allowed = Allowed(allowance.writes, allowance.span + HANDFUL_KEPT)
    key: Key = keys.app_budget(client)
    for writes in (max(1, min(HANDFUL, allowed.burst // 4)), 1, 1):
        before = desk.store.budget(key)
        after = taken(before or full(allowed, now), allowed, now, writes=writes)
        if isinstance(after, Wait):
            if writes > 1:
                continue
            return after
        put = desk.store.budget_put(key, before, after)
        try:
            desk.store.table.put(put.item, put.when)
        except ConditionFailed:
            continue
        desk.handfuls.keep(client, writes - 1, now + HANDFUL_KEPT)
        return None
    return Wait(now + _COLLIDED)


def _holder(desk: Desk, variant: Variant, turn: Turn, line: Line) -> Variant | None:
    """The variant whose turn it is, as near as it must be known; None where it is surely done."""
    if turn.variant == variant.id:
        # A takeover's own turn: it is the one being sent, and may be sent again.
        return variant if variant.attempts < turn.attempt else None
    if turn.taken_at < line.read_at:
        if turn.variant in line.near:
            return line.near[turn.variant]
        if line.whole and line.read_at - turn.taken_at > desk.policy.index_lag:
            return None
    return desk.store.variants.get(variant.workspace, turn.variant)
