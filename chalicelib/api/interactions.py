"""What people did toward us, what was decided about it and why. Authors are pseudonyms here and stay so."""

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


@route(blueprint, "/interactions", action=Action.INTERACTION_READ, listing=True)
def list_interactions(ask: Ask) -> dict[str, Any]:
    """The inbox, the newest first; a text is read one by one."""
    shelf = keys.shelf(ask.caller.workspace, "INBOX")
    page = ask.page.of(
        lambda limit, after: ask.desk.store.interactions.listed(shelf, limit=limit, after=after, newest_first=True),
        shapes.interaction,
    )
    return named(ask, page)


@route(blueprint, "/interactions/{interaction_id}", action=Action.INTERACTION_READ)
def get_interaction(ask: Ask, interaction_id: str) -> dict[str, Any]:
    """One interaction with its text (None once it is purged), what it answers, and whether its decision follows from its record.

    What it answers is asked of the platform. Where `follows` is None, `follows_why_not` says why nobody can tell.
    """
    from chalicelib.api.shapes_acts import context
    from chalicelib.services.context import of
    from chalicelib.services.deriving import followed

    found = ask.desk.store.interactions.get(ask.caller.workspace, interaction_id)
    if found is None:
        raise NotFound
    content = ask.desk.store.contents.get(found)
    text = None if content is None else content.text
    above = context(of(ask.desk, found))
    again = followed(ask.desk, found)
    told = {"follows": again.follows, "follows_why_not": again.why_not}
    return named(ask, {**shapes.interaction(found), "text": text, "context": above, **told})
