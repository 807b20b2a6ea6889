"""Blackouts: times in which nothing is planned, and what was scheduled into them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_time
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import scheduled
from chalicelib.domain.access import Action
from chalicelib.store import keys

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.api import forms, forms_time
    from chalicelib.domain.blackout import Blackout

blueprint = Blueprint(__name__)


@route(blueprint, "/blackouts", method="POST", action=Action.BLACKOUT_SET, form="BlackoutForm")
def create_blackout(ask: Ask, form: forms_time.BlackoutForm) -> Answer:
    """Close a time: nothing is scheduled into it from now on. The answer lists what lies in it already."""
    from chalicelib.domain.blackout import Hours
    from chalicelib.services import blackouts

    hours = form.hours
    wanted = blackouts.Wanted(
        form.account,
        form.reason,
        _time(ask, form, "starts"),
        _time(ask, form, "ends"),
        None if hours is None else Hours(tuple(dict.fromkeys(hours.days)), hours.since, hours.until, hours.zone),
    )
    return Answer(_whole(ask, blackouts.create(ask.desk, ask.caller, wanted, ask.now)), status=201)


@route(blueprint, "/blackouts", action=Action.BLACKOUT_READ, listing=True)
def list_blackouts(ask: Ask) -> dict[str, Any]:
    """Every blackout that was ever set up, on or lifted."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.blackouts.queried(pk, "BLACKOUT#", limit=limit, after=after),
        shapes_time.blackout,
    )


@route(blueprint, "/blackouts/{blackout_id}", action=Action.BLACKOUT_READ)
def get_blackout(ask: Ask, blackout_id: str) -> dict[str, Any]:
    """One blackout, and what is scheduled within it although it should not be."""
    from chalicelib.services import blackouts

    return _whole(ask, blackouts.get(ask.desk, ask.caller.workspace, blackout_id))


@route(blueprint, "/blackouts/{blackout_id}/lift", method="POST", action=Action.BLACKOUT_SET, form="WhyForm")
def lift_blackout(ask: Ask, form: forms.WhyForm, blackout_id: str) -> dict[str, Any]:
    """Open the time again, for good."""
    from chalicelib.services import blackouts

    return shapes_time.blackout(blackouts.lift(ask.desk, ask.caller, blackout_id, form.why, ask.now))


@route(blueprint, "/blackouts/{blackout_id}/preview", action=Action.BLACKOUT_READ)
def preview_clearing(ask: Ask, blackout_id: str) -> dict[str, Any]:
    """Where everything that lies in the blackout would be moved, behind it. Changes nothing."""
    from chalicelib.services import blackouts, clearing

    blackout = blackouts.get(ask.desk, ask.caller.workspace, blackout_id)
    mark, moves = clearing.preview(ask.desk, blackout, ask.now)
    return {"preview": mark, "items": [shapes_time.moved(one) for one in moves]}


@route(blueprint, "/blackouts/{blackout_id}/clear", method="POST", action=Action.VARIANT_EDIT, form="ClearForm")
def clear_blackout(ask: Ask, form: forms_time.ClearForm, blackout_id: str) -> dict[str, Any]:
    """Move what the preview showed to where it showed it, and say what became of each."""
    from chalicelib.services import blackouts, clearing

    blackout = blackouts.get(ask.desk, ask.caller.workspace, blackout_id)
    moves = clearing.move(ask.desk, ask.caller, blackout, form.preview, ask.now)
    return {"items": [shapes_time.moved(one) for one in moves]}


def _time(ask: Ask, form: forms_time.BlackoutForm, name: str) -> datetime | None:
    text = getattr(form, name)
    if text is None:
        return None
    zone = form.zone or ask.desk.workspace(ask.caller.workspace).zone
    return scheduled(f"/{name}", text, "/zone", zone)


def _whole(ask: Ask, blackout: Blackout) -> dict[str, Any]:
    from chalicelib.services import blackouts

    return shapes_time.blackout(blackout, blackouts.inside(ask.desk, blackout, ask.now))
