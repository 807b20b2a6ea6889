"""Brakes: stop everything or a part of it, see whether that is in force, and go on with a look at what would go out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.brake import STAGGER

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/brakes", method="POST", action=Action.BRAKE_PUT_ON, form="BrakeForm")
def put_on_brake(ask: Ask, form: forms.BrakeForm) -> Answer:
    """Stop all, a platform, an account, a campaign, or what is automatic. Answered once it is accepted."""
    from chalicelib.services import braking

    stop = braking.Stop(
        form.scope,
        form.target,
        form.reason,
        None if form.expires_at is None else instant(form.expires_at),
        STAGGER if form.stagger_seconds is None else timedelta(seconds=form.stagger_seconds),
    )
    brake = braking.put_on(ask.desk, ask.caller, stop, ask.now)
    return Answer(shapes.brake(brake, braking.standing(ask.desk, brake, ask.now)), status=201)


@route(blueprint, "/brakes", action=Action.BRAKE_READ)
def list_brakes(ask: Ask) -> dict[str, Any]:
    """Every brake that was ever put on, on or lifted."""
    from chalicelib.services import braking

    return {"items": [shapes.brake(one) for one in braking.every(ask.desk, ask.caller.workspace)], "next": None}


@route(blueprint, "/brakes/{brake_id}", action=Action.BRAKE_READ)
def get_brake(ask: Ask, brake_id: str) -> dict[str, Any]:
    """How a brake stands: accepted, or in force; and what was already on its way when it was put on."""
    from chalicelib.services import braking

    brake = braking.get(ask.desk, ask.caller.workspace, brake_id)
    return shapes.brake(brake, braking.standing(ask.desk, brake, ask.now))


@route(blueprint, "/brakes/{brake_id}/preview", action=Action.BRAKE_READ)
def preview_brake(ask: Ask, brake_id: str) -> dict[str, Any]:
    """What would go out if the brake were lifted now, when, and what would be too late. Changes nothing."""
    from chalicelib.services import braking

    brake = braking.get(ask.desk, ask.caller.workspace, brake_id)
    return {"items": [shapes.resumed(one) for one in braking.preview(ask.desk, brake, ask.now)], "next": None}


@route(blueprint, "/brakes/{brake_id}/lift", method="POST", action=Action.BRAKE_LIFT, form="WhyForm")
def lift_brake(ask: Ask, form: forms.WhyForm, brake_id: str) -> dict[str, Any]:
    """Lift a brake. What it held goes back on its schedule, one after another on each account."""
    from chalicelib.services import braking

    released = braking.lift(ask.desk, ask.caller, brake_id, form.why, ask.now)
    brake = braking.get(ask.desk, ask.caller.workspace, brake_id)
    return {**shapes.brake(brake), "released": released}
