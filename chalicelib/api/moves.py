"""Moves and cancellations of many at once: a plan is shown, then done as it was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.moving import Deed
from chalicelib.domain.post import VariantState

if TYPE_CHECKING:
    from chalicelib.api import forms
    from chalicelib.services.moving import Choice, Done, Foreseen, Preview, Window

blueprint = Blueprint(__name__)


@route(blueprint, "/moves", method="POST", action=Action.VARIANT_EDIT, form="MoveForm")
def plan_move(ask: Ask, form: forms.MoveForm) -> Answer:
    """Show what moving these would come to, one by one. Nothing is changed."""
    from chalicelib.services import moving

    return _previewed(moving.preview_move(ask.desk, ask.caller, _choice(form), _to(form), ask.now))


@route(blueprint, "/moves/{move_id}/apply", method="POST", action=Action.VARIANT_EDIT)
def apply_move(ask: Ask, move_id: str) -> dict[str, Any]:
    """Move them as it was shown; what changed since is left as it is, and told."""
    from chalicelib.services import moving

    return _applied(moving.apply(ask.desk, ask.caller, move_id, Deed.MOVE, ask.now))


@route(blueprint, "/cancellations", method="POST", action=Action.VARIANT_CANCEL, form="CancellationForm")
def plan_cancellation(ask: Ask, form: forms.CancellationForm) -> Answer:
    """Show what cancelling these would come to, one by one. Nothing is changed."""
    from chalicelib.services import moving

    return _previewed(moving.preview_cancel(ask.desk, ask.caller, _choice(form)))


@route(blueprint, "/cancellations/{cancellation_id}/apply", method="POST", action=Action.VARIANT_CANCEL)
def apply_cancellation(ask: Ask, cancellation_id: str) -> dict[str, Any]:
    """Cancel them as it was shown; what changed since is left as it is, and told."""
    from chalicelib.services import moving

    return _applied(moving.apply(ask.desk, ask.caller, cancellation_id, Deed.CANCEL, ask.now))


def _choice(form: forms.ChoiceForm) -> Choice:
    from chalicelib.services import moving

    return moving.Choice(
        campaign=form.campaign,
        account=form.account,
        label=form.label,
        since=None if form.since is None else instant(form.since),
        until=None if form.until is None else instant(form.until),
        states=moving.OPEN if form.states is None else frozenset(VariantState(one) for one in form.states),
    )


def _to(form: forms.MoveForm) -> timedelta | Window:
    from chalicelib.services import moving

    if (form.by_minutes is None) is (form.window is None):
        raise InvalidField("/by_minutes", "either a step or a window is needed", fix="Give one of the two.")
    if form.window is None:
        if not form.by_minutes:
            raise InvalidField("/by_minutes", "this moves nothing", fix="Give a step.")
        return timedelta(minutes=form.by_minutes)
    window = form.window
    return moving.Window(instant(window.since), instant(window.until), timedelta(minutes=window.gap_minutes))


def _previewed(preview: Preview) -> Answer:
    return Answer(
        {
            "id": preview.id,
            "complete": preview.complete,
            "can": sum(1 for one in preview.foreseen if one.why_not is None),
            "items": [_foreseen(one) for one in preview.foreseen],
        },
        status=201,
    )


def _foreseen(one: Foreseen) -> dict[str, Any]:
    when = one.when
    becomes = None if when is None else {"at": shapes.time(when.at), "zone": when.zone, "wall": when.wall}
    return {
        "variant": one.variant.id,
        "post": one.variant.post,
        "account": one.variant.account,
        "state": one.variant.state.value,
        "at": shapes.time(one.variant.schedule.at),
        "becomes": becomes,
        "why_not": one.why_not,
    }


def _applied(done: list[Done]) -> dict[str, Any]:
    went = sum(1 for one in done if one.why_not is None)
    items = [{"variant": one.variant, "why_not": one.why_not} for one in done]
    return {"done": went, "left": len(done) - went, "items": items}
