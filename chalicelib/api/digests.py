"""Digests: ordered here, mailed by the tick, at most once each."""

from __future__ import annotations

from typing import Annotated, Any

from chalice import Blueprint
from pydantic import Field

from chalicelib.api import shapes
from chalicelib.api.documents import Form, Id
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import Instant, instant
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

blueprint = Blueprint(__name__)


class DigestForm(Form):
    """A summary of a span of time, for members of the workspace."""

    to: Annotated[list[Id], Field(min_length=1, max_length=50)]
    since: Instant
    until: Instant


@route(blueprint, "/digests", method="POST", action=Action.DIGEST_SEND, form=DigestForm)
def order_digest(ask: Ask, form: DigestForm) -> Answer:
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
