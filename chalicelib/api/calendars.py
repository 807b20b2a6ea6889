"""Calendars: shared with programs that know no token, by an address that is a secret of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.names import named
from chalicelib.domain.access import Action
from chalicelib.domain.calendar import Calendar
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)

MEDIA: Final = "text/calendar; charset=utf-8"
KEPT: Final = {"Cache-Control": "private, no-cache"}
"""A program may keep what it read, and asks each time whether that is still so."""


@route(blueprint, "/calendars", method="POST", action=Action.CALENDAR_SHARE, form="CalendarForm")
def share_calendar(ask: Ask, form: forms.CalendarForm) -> Answer:
    """Share a calendar of the workspace, or of one account; its address is shown this once."""
    from chalicelib.services import calendars

    secret, calendar = calendars.share(ask.desk, ask.caller, form.account, ask.now, texts=form.texts)
    path = f"/calendars/{calendar.id}/{secret}"
    base = ask.desk.policy.public_url.rstrip("/")
    return Answer({**_shown(calendar), "path": path, "address": f"{base}{path}" if base else None}, status=201)


@route(blueprint, "/calendars", action=Action.CALENDAR_READ, listing=True)
def list_calendars(ask: Ask) -> dict[str, Any]:
    """Every calendar that was ever shared, without its address."""
    pk = keys.workspace(ask.caller.workspace).pk
    page = ask.page.of(
        lambda limit, after: ask.desk.store.calendars.queried(pk, "CALENDAR#", limit=limit, after=after), _shown
    )
    return named(ask, page)


@route(blueprint, "/calendars/{calendar_id}", action=Action.CALENDAR_READ)
def get_calendar(ask: Ask, calendar_id: str) -> dict[str, Any]:
    """One calendar's terms, without its address."""
    from chalicelib.services import calendars

    return named(ask, _shown(calendars.get(ask.desk, ask.caller.workspace, calendar_id)))


@route(blueprint, "/calendars/{calendar_id}", method="DELETE", action=Action.CALENDAR_SHARE)
def revoke_calendar(ask: Ask, calendar_id: str) -> Answer:
    """Take a calendar's address back: from now on it opens nothing. Doing it twice is doing it once."""
    from chalicelib.services import calendars

    calendars.revoke(ask.desk, ask.caller, calendar_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/calendars/{calendar_id}/{secret}", public=True)
def show_calendar(ask: Ask, calendar_id: str, secret: str) -> Answer:
    """A shared calendar as iCalendar, for whoever has its address."""
    from chalicelib.services import calendars

    shown = calendars.show(ask.desk, calendar_id, secret, ask.now)
    headers = {**KEPT, "ETag": shown.tag}
    known = {one.strip().removeprefix("W/") for one in (ask.headers.get("if-none-match") or "").split(",")}
    if shown.tag in known or "*" in known:
        return Answer(None, status=304, headers=headers)
    return Answer(shown.text, media=MEDIA, headers=headers)


def _shown(one: Calendar) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state.value,
        "account": one.account,
        "texts": one.texts,
        "owner": one.owner,
        "created_at": shapes.time(one.created_at),
        "events": shapes.events(one.events),
    }
