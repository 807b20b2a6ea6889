"""Conversations: what was said under one remote root, in order. Authors are pseudonyms here and stay so."""

from __future__ import annotations

from typing import Any

from chalice import Blueprint

from chalicelib.api import shapes_acts as shapes
from chalicelib.api.door import Ask, route
from chalicelib.api.names import named
from chalicelib.api.problems import InvalidParameter
from chalicelib.domain.access import Action

blueprint = Blueprint(__name__)


@route(blueprint, "/conversations", action=Action.INTERACTION_READ, listing=True)
def list_conversations(ask: Ask) -> dict[str, Any]:
    """The conversations, each once, by its newest message; a page may hold fewer than `limit`, and is the last without `next`."""
    from chalicelib.services import conversing

    page = ask.page.of(
        lambda limit, after: conversing.listed(ask.desk, ask.caller.workspace, limit=limit, after=after),
        shapes.conversation_row,
    )
    return named(ask, page)


@route(blueprint, "/conversations/{conversation_id}", action=Action.INTERACTION_READ, listing=True)
def get_conversation(ask: Ask, conversation_id: str) -> dict[str, Any]:
    """One conversation, the oldest first, our own answers as ours; how hot it is and why, and whether a person of ours acted."""
    from chalicelib.services import conversing

    limit, after = ask.page.limit, ask.page.after
    try:
        found = conversing.conversation(
            ask.desk, ask.caller.workspace, conversation_id, ask.now, limit=limit, after=after
        )
    except ValueError as error:
        if after is None:
            raise
        raise InvalidParameter(
            "parameter", "after", "this is not a page token of this list", fix="Send back `next` as it was given."
        ) from error
    return named(ask, shapes.conversation(found))
