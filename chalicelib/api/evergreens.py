"""Evergreens: messages that are said again in their turn, at a distance, until their end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies
from chalicelib.api import shapes_content as shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.evergreen import Entry, Evergreen
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_content

blueprint = Blueprint(__name__)


@route(blueprint, "/evergreens", method="POST", action=Action.SERIES_PLAN, form="EvergreenForm")
def make_evergreen(ask: Ask, form: forms_content.EvergreenForm) -> Answer:
    """Set up messages that are said again in their turn. Each platform's rules about repetition are checked at once."""
    from chalicelib.services import reposting

    late = form.late_limit_seconds
    wanted = Evergreen(
        id=ask.desk.new_id(),
        workspace=ask.caller.workspace,
        name=form.name,
        accounts=tuple(dict.fromkeys(form.accounts)),
        entries=tuple(Entry(tuple(one.wordings), bodies.attachments(one.pictures)) for one in form.entries),
        start=form.start,
        zone=form.zone,
        every_days=form.every_days,
        turns=form.turns,
        gap=timedelta(minutes=form.gap_minutes),
        late_limit=ask.desk.policy.late_limit if late is None else timedelta(seconds=late),
        owner=ask.caller.member,
        created_at=ask.now,
        campaign=form.campaign,
        language=form.language,
    )
    return Answer(shapes.evergreen(reposting.create(ask.desk, ask.caller, wanted, ask.now)), status=201)


@route(blueprint, "/evergreens", action=Action.SERIES_READ, listing=True)
def list_evergreens(ask: Ask) -> dict[str, Any]:
    """Every evergreen, by name, ended ones too."""
    shelf = keys.shelf(ask.caller.workspace, "EVERGREENS")
    return ask.page.of(
        lambda limit, after: ask.desk.store.evergreens.listed(shelf, limit=limit, after=after), shapes.evergreen
    )


@route(blueprint, "/evergreens/{evergreen_id}", action=Action.SERIES_READ)
def get_evergreen(ask: Ask, evergreen_id: str) -> dict[str, Any]:
    """One evergreen: its pool, what comes next and when, and what became of each turn."""
    from chalicelib.services import reposting

    return shapes.evergreen(reposting.get(ask.desk, ask.caller.workspace, evergreen_id))


@route(blueprint, "/evergreens/{evergreen_id}/results", action=Action.SERIES_READ)
def compare_wordings(ask: Ask, evergreen_id: str) -> dict[str, Any]:
    """What each wording drew, and which did better: only where chance would hardly make it so."""
    from chalicelib.services import comparing

    found = comparing.wordings(ask.desk, ask.caller.workspace, evergreen_id, ask.now)
    return {"entries": [shapes.compared(one) for one in found]}


@route(blueprint, "/evergreens/{evergreen_id}/pause", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def pause_evergreen(ask: Ask, form: forms.WhyForm, evergreen_id: str) -> dict[str, Any]:
    """Make no more posts of it until it is resumed. Turns that fall into the pause are left out."""
    return _turned(ask, evergreen_id, "pause", form.why)


@route(blueprint, "/evergreens/{evergreen_id}/resume", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def resume_evergreen(ask: Ask, form: forms.WhyForm, evergreen_id: str) -> dict[str, Any]:
    """Go on with a paused evergreen."""
    return _turned(ask, evergreen_id, "resume", form.why)


@route(blueprint, "/evergreens/{evergreen_id}/end", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def end_evergreen(ask: Ask, form: forms.WhyForm, evergreen_id: str) -> dict[str, Any]:
    """End an evergreen for good. A post that was made of it already stays; cancel that by itself."""
    return _turned(ask, evergreen_id, "end", form.why)


def _turned(ask: Ask, evergreen_id: str, act: str, why: str) -> dict[str, Any]:
    from chalicelib.services import reposting

    return shapes.evergreen(reposting.turn_to(ask.desk, ask.caller, evergreen_id, act, why, ask.now))
