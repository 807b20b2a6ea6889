"""Series: what is said again and again, as a whole and one occurrence at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies, shapes_time
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import scheduled
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys
from chalicelib.store.repository import Listing

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_time
    from chalicelib.domain.series import Saying
    from chalicelib.services.occurring import Shown

blueprint = Blueprint(__name__)

_WALL = re.compile(r"(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})", re.ASCII)


@route(blueprint, "/series", method="POST", action=Action.SERIES_PLAN, form="SeriesForm")
def create_series(ask: Ask, form: forms_time.SeriesForm) -> Answer:
    """Set up what is said again and again by a rule; its posts are made ahead of time, each once."""
    from chalicelib.services import series

    limit = form.late_limit_seconds
    wanted = series.Wanted(
        form.name,
        form.rule,
        form.zone,
        form.start,
        None if form.ends is None else scheduled("/ends", form.ends, "/zone", form.zone),
        ask.desk.policy.late_limit if limit is None else timedelta(seconds=limit),
        sayings(form.variants),
        form.campaign,
    )
    return Answer(shapes_time.series(series.create(ask.desk, ask.caller, wanted, ask.now)), status=201)


@route(blueprint, "/series", action=Action.SERIES_READ, listing=True)
def list_series(ask: Ask) -> dict[str, Any]:
    """Every series of the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.series.queried(pk, "SERIES#", limit=limit, after=after), shapes_time.series
    )


@route(blueprint, "/series/{series_id}", action=Action.SERIES_READ)
def get_series(ask: Ask, series_id: str) -> dict[str, Any]:
    """One series: its rule, what it says, what is different about single occurrences, and what could not be made."""
    from chalicelib.services import series

    return shapes_time.series(series.get(ask.desk, ask.caller.workspace, series_id))


@route(blueprint, "/series/{series_id}", method="PATCH", action=Action.SERIES_PLAN, form="SeriesEditForm")
def edit_series(ask: Ask, form: forms_time.SeriesEditForm, series_id: str) -> dict[str, Any]:
    """Change a series from now on. Posts that would say what no longer holds are taken back and made anew."""
    from chalicelib.services import series

    zone = form.zone or series.get(ask.desk, ask.caller.workspace, series_id).zone
    change = series.Change(
        form.version,
        form.name,
        form.rule,
        form.zone,
        form.start,
        None if form.ends is None else scheduled("/ends", form.ends, "/zone", zone),
        None if form.variants is None else sayings(form.variants),
    )
    return shapes_time.series(series.edit(ask.desk, ask.caller, series_id, change, ask.now))


@route(blueprint, "/series/{series_id}/pause", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def pause_series(ask: Ask, form: forms.WhyForm, series_id: str) -> dict[str, Any]:
    """Stop a series until it is resumed; its posts that nothing has begun on are taken back."""
    from chalicelib.services import series

    return shapes_time.series(series.pause(ask.desk, ask.caller, series_id, form.why, ask.now))


@route(blueprint, "/series/{series_id}/resume", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def resume_series(ask: Ask, form: forms.WhyForm, series_id: str) -> dict[str, Any]:
    """Go on with a paused series. What fell into the pause is not said."""
    from chalicelib.services import series

    return shapes_time.series(series.resume(ask.desk, ask.caller, series_id, form.why, ask.now))


@route(blueprint, "/series/{series_id}/end", method="POST", action=Action.SERIES_PLAN, form="WhyForm")
def end_series(ask: Ask, form: forms.WhyForm, series_id: str) -> dict[str, Any]:
    """End a series for good; its posts that nothing has begun on are taken back."""
    from chalicelib.services import series

    return shapes_time.series(series.end(ask.desk, ask.caller, series_id, form.why, ask.now))


@route(blueprint, "/series/{series_id}/occurrences", action=Action.SERIES_READ, listing=True)
def list_occurrences(ask: Ask, series_id: str) -> dict[str, Any]:
    """Every occurrence by time: planned, posted, skipped, refused or passed, and whether it was moved or reworded."""
    from chalicelib.services import occurring

    def read(limit: int, after: str | None) -> Listing[Shown]:
        return occurring.listed(ask.desk, ask.caller.workspace, series_id, limit, after, ask.now)

    return ask.page.of(read, shapes_time.occurrence)


@route(
    blueprint,
    "/series/{series_id}/occurrences/{occurrence_id}",
    method="PATCH",
    action=Action.SERIES_PLAN,
    form="OccurrenceForm",
)
def change_occurrence(ask: Ask, form: forms_time.OccurrenceForm, series_id: str, occurrence_id: str) -> dict[str, Any]:
    """Leave out, move or reword one occurrence; the others stay. Once its post was made, that is edited instead."""
    from chalicelib.domain.series import Override
    from chalicelib.services import series

    named = _WALL.fullmatch(occurrence_id)
    if named is None:
        series.get(ask.desk, ask.caller.workspace, series_id)
        raise NotFound
    wall = "{}-{}-{}T{}:{}".format(*named.groups())
    wanted = Override(wall, form.skip, form.at, sayings(form.variants))
    changed = series.change_occurrence(ask.desk, ask.caller, series_id, form.version, wanted, ask.now)
    return shapes_time.series(changed)


def sayings(variants: Iterable[forms.VariantForm]) -> tuple[Saying, ...]:
    """What accounts are to say, as a form says it."""
    from chalicelib.domain.series import Saying

    return tuple(Saying(one.account, bodies.body(one)) for one in variants)
