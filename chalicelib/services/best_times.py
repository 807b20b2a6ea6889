"""Best times, from what the record holds: an account's own posts, and what people did under each within two days."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import timing
from chalicelib.domain.best_times import BestTimes, Drew, best_times
from chalicelib.domain.errors import NotFound
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import recent
from chalicelib.services.desk import Desk
from chalicelib.store import keys

COUNTED_FOR: Final = timedelta(days=2)
"""How long after a post reactions are counted: the same for each, and a younger post is left out."""

LOOKED_BACK: Final = timedelta(days=366)

MOST_INTERACTIONS: Final = 5000
"""How many interactions are read, the newest first; older posts are left out with what drew them."""

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Advice:
    """What an account's history says, in which zone the hours are meant, and since when it was looked at."""

    account: str
    zone: str
    since: datetime | None
    times: BestTimes


def of(desk: Desk, workspace: str, account_id: str, now: datetime) -> Advice:
    """The hours at which the account's posts drew more than its others. Raises NotFound."""
    if desk.store.accounts.get(workspace, account_id) is None:
        raise NotFound
    slots = desk.store.slots_of.get(workspace, account_id)
    zone = desk.workspace(workspace).zone if slots is None else slots.zone
    said = _said(desk, workspace, account_id, now)
    if not said:
        return Advice(account_id, zone, None, best_times([]))
    reactions, since = reactions_to(desk, workspace, said)
    drew = [Drew(timing.wall_time(at, zone), reactions[one.id]) for one, at in said if at >= since]
    return Advice(account_id, zone, min((at for _, at in said if at >= since), default=None), best_times(drew))


def _said(desk: Desk, workspace: str, account: str, now: datetime) -> list[tuple[Variant, datetime]]:
    """The account's own posts that have been out long enough, with when each was published."""
    found = []
    for one in recent.variants(desk, workspace):
        at = one.published_at
        answers = one.interaction is not None
        if one.account != account or one.state is not VariantState.PUBLISHED or at is None or answers:
            continue
        if now - LOOKED_BACK <= at <= now - COUNTED_FOR:
            found.append((one, at))
    return found


def reactions_to(desk: Desk, workspace: str, said: list[tuple[Variant, datetime]]) -> tuple[Counter[str], datetime]:
    """How many interactions each post drew, and since when that is known of all."""
    by_thread = {
        desk.keyed(workspace, "conversation", one.platform, one.remote.id): (one.id, at)
        for one, at in said
        if one.remote is not None
    }
    oldest = min(at for _, at in said)
    counted: Counter[str] = Counter()
    shelf, after, read = keys.shelf(workspace, "INBOX"), None, 0
    while True:
        page = desk.store.interactions.listed(shelf, limit=_PAGE, after=after, newest_first=True)
        for one in page.items:
            _count(one, by_thread, counted)
        read, after = read + len(page.items), page.after
        last = page.items[-1].created_at if page.items else oldest
        if after is None or last < oldest:
            return counted, oldest
        if read >= MOST_INTERACTIONS:
            return counted, last


def _count(one: Interaction, by_thread: dict[str, tuple[str, datetime]], counted: Counter[str]) -> None:
    found = by_thread.get(one.conversation.id)
    if found is None or one.state is InteractionState.WITHDRAWN:
        return
    variant, at = found
    if at <= one.created_at <= at + COUNTED_FOR:
        counted[variant] += 1
