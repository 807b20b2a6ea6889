"""Imports: a table of posts is brought, looked at, and begun; nothing is scheduled before that."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, Takes, route
from chalicelib.domain.access import Action
from chalicelib.domain.imports import Import, ImportRow
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)

TABLE: Final = Takes(("text/csv", "application/octet-stream"), 4 * 1024 * 1024)
"""`application/octet-stream` for what is not UTF-8: API Gateway reads a text as UTF-8, and spoils what is not."""

AT_ONCE: Final = 5.0
"""Seconds that a request itself works on an import, far within API Gateway's 29: a small one is done when it answers."""


@route(blueprint, "/imports", method="POST", action=Action.POST_SCHEDULE, takes=TABLE)
def bring_import(ask: Ask, table: bytes) -> Answer:
    """Bring a table of posts, one in each row. It is checked as a whole; nothing is scheduled yet."""
    from chalicelib.services import importing

    found = importing.bring(ask.desk, ask.caller, table, ask.now)
    return Answer(_worked_on(ask, found), status=201)


@route(blueprint, "/imports", action=Action.POST_READ, listing=True)
def list_imports(ask: Ask) -> dict[str, Any]:
    """Every import, the newest first."""
    shelf = keys.shelf(ask.caller.workspace, "IMPORTS")
    return ask.page.of(
        lambda limit, after: ask.desk.store.imports.listed(shelf, limit=limit, after=after, newest_first=True),
        lambda one: _shown(ask, one),
    )


@route(blueprint, "/imports/{import_id}", action=Action.POST_READ)
def get_import(ask: Ask, import_id: str) -> dict[str, Any]:
    """One import: how it stands, and its rows counted by what came of them."""
    from chalicelib.services import importing

    return _shown(ask, importing.get(ask.desk, ask.caller.workspace, import_id))


@route(blueprint, "/imports/{import_id}/rows", action=Action.POST_READ, listing=True)
def list_rows(ask: Ask, import_id: str) -> dict[str, Any]:
    """An import's rows in the file's order: what came of each, and what is wrong with it, by column."""
    from chalicelib.services import importing

    found = importing.get(ask.desk, ask.caller.workspace, import_id)
    return ask.page.of(lambda limit, after: importing.rows(ask.desk, found, limit, after), _row)


@route(blueprint, "/imports/{import_id}/begin", method="POST", action=Action.POST_SCHEDULE, form="ImportBeginForm")
def begin_import(ask: Ask, form: forms.ImportBeginForm, import_id: str) -> dict[str, Any]:
    """Schedule the rows of an import that was checked: those that are good, or all of them or nothing."""
    from chalicelib.services import importing

    return _worked_on(ask, importing.begin(ask.desk, ask.caller, import_id, form.mode, ask.now))


@route(blueprint, "/imports/{import_id}/cancel", method="POST", action=Action.POST_SCHEDULE)
def cancel_import(ask: Ask, import_id: str) -> dict[str, Any]:
    """Schedule no more of an import. What was scheduled stays; of one that was to be all or nothing it is cancelled."""
    from chalicelib.services import importing

    return _worked_on(ask, importing.cancel(ask.desk, ask.caller, import_id, ask.now))


def _worked_on(ask: Ask, found: Import) -> dict[str, Any]:
    from chalicelib.services import importing

    importing.work(ask.desk, found.workspace, found.id, ask.now, _for_seconds(AT_ONCE))
    return _shown(ask, importing.get(ask.desk, found.workspace, found.id))


def _for_seconds(seconds: float) -> Callable[[], bool]:
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() >= ends


def _shown(ask: Ask, one: Import) -> dict[str, Any]:
    from chalicelib.services import importing

    return {
        "id": one.id,
        "state": one.state.value,
        "mode": None if one.mode is None else one.mode.value,
        "owner": one.owner,
        "created_at": shapes.time(one.created_at),
        "since": shapes.time(one.since),
        "rows": one.rows,
        "counts": importing.counts(ask.desk, one),
        "reason": one.reason,
        "events": shapes.events(one.events),
    }


def _row(row: ImportRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "outcome": row.outcome.value,
        "post": row.post,
        "faults": [{"column": one.column, "detail": one.detail, "fix": one.fix} for one in row.faults],
    }
