"""What went past the desk: read here, told by mail."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Ask, route
from chalicelib.api.names import named
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

blueprint = Blueprint(__name__)


@route(blueprint, "/escalations", action=Action.ESCALATION_READ, listing=True)
def list_escalations(ask: Ask) -> dict[str, Any]:
    """Every escalation, the newest first."""
    shelf = keys.shelf(ask.caller.workspace, "ESCALATIONS")
    page = ask.page.of(
        lambda limit, after: ask.desk.store.escalations.listed(shelf, limit=limit, after=after, newest_first=True),
        shapes.escalation,
    )
    return named(ask, page)


@route(blueprint, "/escalations/{escalation_id}", action=Action.ESCALATION_READ)
def get_escalation(ask: Ask, escalation_id: str) -> dict[str, Any]:
    """One escalation."""
    found = ask.desk.store.escalations.get(ask.caller.workspace, escalation_id)
    if found is None:
        raise NotFound
    return named(ask, shapes.escalation(found))
