"""Digests: ordered here, mailed by the tick, at most once each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/digests", method="POST", action=Action.DIGEST_SEND, form="DigestForm")
def order_digest(ask: Ask, form: forms.DigestForm) -> Answer:
    """Order a summary; it is mailed within a minute or so."""
    from chalicelib.services import digesting

    to = tuple(dict.fromkeys(form.to))
    digest = digesting.order(ask.desk, ask.caller, to, instant(form.since), instant(form.until), ask.now)
    return Answer(shapes.digest(digest), status=202)


@route(blueprint, "/digests", action=Action.DIGEST_READ, listing=True)
def list_digests(ask: Ask) -> dict[str, Any]:
    """Every digest, the newest span first."""
    shelf = keys.shelf(ask.caller.workspace, "DIGESTS")
    return ask.page.of(
        lambda limit, after: ask.desk.store.digests.listed(shelf, limit=limit, after=after, newest_first=True),
        shapes.digest,
    )


@route(blueprint, "/digests/{digest_id}", action=Action.DIGEST_READ)
def get_digest(ask: Ask, digest_id: str) -> dict[str, Any]:
    """One digest."""
    found = ask.desk.store.digests.get(ask.caller.workspace, digest_id)
    if found is None:
        raise NotFound
    return shapes.digest(found)
