"""Events: something that takes place, with what is said about it; planned, moved and cancelled, each with a look first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_time
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.series import sayings
from chalicelib.domain.access import Action
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms_time

blueprint = Blueprint(__name__)


@route(blueprint, "/events", method="POST", action=Action.EVENT_PLAN, form="EventForm")
def plan_event(ask: Ask, form: forms_time.EventForm) -> Answer:
    """Plan an event and make a post of each announcement; with `preview` only say what they would be."""
    from chalicelib.domain.event import Announcement
    from chalicelib.services import events

    limit = form.late_limit_seconds
    wanted = events.Wanted(
        form.name,
        form.zone,
        form.starts,
        form.ends,
        ask.desk.policy.late_limit if limit is None else timedelta(seconds=limit),
        tuple(
            Announcement(one.kind, timedelta(minutes=one.offset_minutes), sayings(one.variants))
            for one in form.announcements
        ),
        form.place,
        form.link,
        form.campaign,
    )
    event, told = events.plan(ask.desk, ask.caller, wanted, ask.now, preview=form.preview)
    return Answer(shapes_time.told(event, told), status=200 if form.preview else 201)


@route(blueprint, "/events", action=Action.EVENT_READ, listing=True)
def list_events(ask: Ask) -> dict[str, Any]:
    """Every event of the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.events.queried(pk, "EVENT#", limit=limit, after=after), shapes_time.event
    )


@route(blueprint, "/events/{event_id}", action=Action.EVENT_READ)
def get_event(ask: Ask, event_id: str) -> dict[str, Any]:
    """One event: when, what is said about it, and the post of each announcement."""
    from chalicelib.services import events

    return shapes_time.event(events.get(ask.desk, ask.caller.workspace, event_id))


@route(blueprint, "/events/{event_id}/move", method="POST", action=Action.EVENT_PLAN, form="MoveEventForm")
def move_event(ask: Ask, form: forms_time.MoveEventForm, event_id: str) -> dict[str, Any]:
    """Move an event: what was not said yet is said at its new time, with the new date; the rest is told."""
    from chalicelib.services import events

    event, told = events.move(
        ask.desk, ask.caller, event_id, form.version, form.starts, form.ends, ask.now, preview=form.preview
    )
    return shapes_time.told(event, told)


@route(blueprint, "/events/{event_id}/cancel", method="POST", action=Action.EVENT_PLAN, form="CancelEventForm")
def cancel_event(ask: Ask, form: forms_time.CancelEventForm, event_id: str) -> dict[str, Any]:
    """Cancel an event. `say` must be given: the words for those to whom it was announced, or null for none."""
    from chalicelib.services import events

    event, told = events.cancel(
        ask.desk, ask.caller, event_id, form.version, form.say, form.why, ask.now, preview=form.preview
    )
    return shapes_time.told(event, told)
