"""How campaigns are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, time
from chalicelib.api.shapes_money import purse

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.domain.campaign import Campaign, Counted, Segment, Target
    from chalicelib.services.campaigns import States
    from chalicelib.services.progress import Figure, Progress


def campaign(one: Campaign, now: datetime) -> Json:
    """A campaign, in the state that it is in now."""
    return {
        "id": one.id,
        "rev": one.rev,
        "name": one.name,
        "objective": one.objective,
        "state": one.state_at(now).value,
        "targets": [_target(target) for target in one.targets],
        "segments": [_segment(segment) for segment in one.segments],
        "accounts": list(one.accounts),
        "starts": time(one.starts),
        "ends": time(one.ends),
        "budget_micro_usd": one.budget_micro_usd,
        "owner": one.owner,
        "counted": [_counted(counted) for counted in one.counted],
        "created_at": time(one.created_at),
        "events": events(one.events),
    }


def states(one: States) -> Json:
    """How many of a campaign's variants are where."""
    by_state = {state.value: number for state, number in sorted(one.by_state.items())}
    return {"variants": by_state, "variants_complete": one.complete}


def progress(one: Progress, now: datetime) -> Json:
    """How far a campaign has come."""
    return {
        "id": one.campaign.id,
        "name": one.campaign.name,
        "state": one.campaign.state_at(now).value,
        "at": time(now),
        "targets": [_figure(figure) for figure in one.figures],
        **states(one.states),
        "budget": purse(one.purse),
        "complete": one.complete,
    }


def _target(one: Target) -> Json:
    return {
        "measure": one.measure,
        "goal": one.goal,
        "by": time(one.by),
        "unit": one.unit,
        "measured_by": "hand" if one.measured is None else "record",
    }


def _segment(one: Segment) -> Json:
    return {
        "name": one.name,
        "platform": one.platform,
        "account": one.account,
        "community": one.community,
        "language": one.language,
        "zone": one.zone,
        "tags": list(one.tags),
    }


def _counted(one: Counted) -> Json:
    return {"measure": one.measure, "value": one.value, "at": time(one.at), "by": one.by, "source": one.source}


def _figure(one: Figure) -> Json:
    return {
        "measure": one.target.measure,
        "goal": one.target.goal,
        "reached": one.reached,
        "unit": one.unit,
        "by": time(one.by),
        "course": one.course.value,
        "measured_by": "hand" if one.by_hand else "record",
        "evidence": one.evidence,
    }
