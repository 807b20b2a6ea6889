"""Slots: the times of the week at which an account says what waits in its queue; and batches spread over a window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies, shapes_time
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.posts import key
from chalicelib.api.series import sayings
from chalicelib.api.times import scheduled
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_time
    from chalicelib.domain.slots import Slots

blueprint = Blueprint(__name__)

SHOWN = 20
"""How many of the next slots are shown."""


@route(blueprint, "/accounts/{account_id}/slots", method="PUT", action=Action.SLOT_SET, form="SlotsForm")
def set_slots(ask: Ask, form: forms_time.SlotsForm, account_id: str) -> dict[str, Any]:
    """Give an account these slots instead of those it had. What is queued already stays where it is."""
    from chalicelib.domain.slots import WeekSlot
    from chalicelib.services import queueing

    week = [WeekSlot(one.day, one.at) for one in form.slots]
    return _whole(ask, queueing.set_slots(ask.desk, ask.caller, account_id, form.zone, week, ask.now))


@route(blueprint, "/accounts/{account_id}/slots", action=Action.SLOT_READ)
def get_slots(ask: Ask, account_id: str) -> dict[str, Any]:
    """An account's slots, and the next of them with what takes each."""
    from chalicelib.services import queueing

    return _whole(ask, queueing.get(ask.desk, ask.caller.workspace, account_id))


@route(blueprint, "/accounts/{account_id}/queue", method="POST", action=Action.POST_SCHEDULE, form="QueuedForm")
def queue_post(ask: Ask, form: forms_time.QueuedForm, account_id: str) -> Answer:
    """Schedule a post in the account's next free slot. `Idempotency-Key` makes it safe to send again."""
    from chalicelib.services import queueing

    body, again = bodies.body(form), key(ask)
    post = queueing.add(ask.desk, ask.caller, account_id, body, ask.now, campaign=form.campaign, idempotency_key=again)
    variant = ask.desk.store.variants.get(post.workspace, post.variants[0])
    return Answer(shapes_time.queued(post, variant), status=201)


@route(blueprint, "/accounts/{account_id}/best_times", action=Action.SLOT_READ)
def get_best_times(ask: Ask, account_id: str) -> dict[str, Any]:
    """At which hours of the week the account's own posts drew more than its others, with the evidence, or why none is named."""
    from chalicelib.services import best_times

    return shapes_time.best_times(best_times.of(ask.desk, ask.caller.workspace, account_id, ask.now))


@route(blueprint, "/posts/spread", method="POST", action=Action.POST_SCHEDULE, form="BatchForm")
def spread_posts(ask: Ask, form: forms_time.BatchForm) -> Answer:
    """Schedule a batch of posts evenly over a window, none in a blackout; with `preview` only say when each would be."""
    from chalicelib.services import batching, making

    window = batching.Window(
        scheduled("/window/since", form.window.since, "/window/zone", form.window.zone),
        scheduled("/window/until", form.window.until, "/window/zone", form.window.zone),
        form.window.zone,
        timedelta(minutes=form.window.gap_minutes),
    )
    wishes = making.wishes(sayings(form.variants))
    if form.preview:
        placed = batching.place(ask.desk, ask.caller.workspace, wishes, window, ask.now)
    else:
        again = key(ask)
        placed = batching.schedule(
            ask.desk, ask.caller, wishes, window, ask.now, campaign=form.campaign, idempotency_key=again
        )
    return Answer({"items": [shapes_time.placed(one) for one in placed]}, status=200 if form.preview else 201)


def _whole(ask: Ask, slots: Slots) -> dict[str, Any]:
    from chalicelib.services import queueing

    return shapes_time.slots(slots, queueing.places(ask.desk, slots, ask.now, SHOWN))
