"""Occurring: a series' occurrences as people look at them, with what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.series import Planned, Series, plan
from chalicelib.services import series as making_series
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Listing


@dataclass(frozen=True, slots=True)
class Shown:
    """One occurrence. state: planned, posted, skipped, refused, or passed (it was never made). post: of which post."""

    planned: Planned
    state: str
    post: str | None = None
    why: str | None = None


def listed(desk: Desk, workspace: str, series_id: str, limit: int, after: str | None, now: datetime) -> Listing[Shown]:
    """One page of a series' occurrences by time. Raises NotFound, and ValueError for a token that is none of this list."""
    series = making_series.get(desk, workspace, series_id)
    planned = plan(series)
    begin = 0 if after is None else int(after)
    if not 0 <= begin <= len(planned):
        raise ValueError("there is no such page")
    end = begin + limit
    page = [_shown(series, one, now) for one in planned[begin:end]]
    return Listing(page, str(end) if end < len(planned) else None)


def _shown(series: Series, one: Planned, now: datetime) -> Shown:
    made = series.ledger.of(one.wall)
    if made is not None and not made.withdrawn:
        return Shown(one, "posted", made.post)
    if one.skipped:
        return Shown(one, "skipped")
    refused = next((each.why for each in series.refused if each.wall == one.wall), None)
    if refused is not None:
        return Shown(one, "refused", why=refused)
    if one.at < max(series.since, now - series.late_limit):
        return Shown(one, "passed")
    return Shown(one, "planned")
