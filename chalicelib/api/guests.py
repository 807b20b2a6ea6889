"""What somebody without an account may do: see the one post that a link shows, and say yes or no to it, once.

The link's token comes as `Authorization: Bearer review_...`, never in an address: those are written down on the way.
Whatever does not open is the same 404.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import media, shapes_approvals
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.errors import NotFound
from chalicelib.domain.review_link import GuestVerdict

if TYPE_CHECKING:
    from chalicelib.api import forms_approvals as forms

blueprint = Blueprint(__name__)

_BEARER = re.compile(r"bearer ([A-Za-z0-9_-]{1,199})", re.IGNORECASE | re.ASCII)


@route(blueprint, "/review", public=True)
def show_review(ask: Ask) -> dict[str, Any]:
    """What a review link shows: one post as it waits for a word, and no more."""
    from chalicelib.services import review_links

    return shapes_approvals.guest(review_links.show(ask.desk, _token(ask), ask.now))


@route(blueprint, "/review/pictures/{media_id}/content", public=True)
def show_picture(ask: Ask, media_id: str) -> Answer:
    """A picture that the post shows, by the same link."""
    from chalicelib.services import review_links

    shown = review_links.show(ask.desk, _token(ask), ask.now)
    if not any(one.media == media_id for part in shown.body.parts for one in part.pictures):
        raise NotFound
    return media.served(ask, shown.variant.workspace, media_id)


@route(blueprint, "/review", method="POST", public=True, form="GuestForm")
def decide_review(ask: Ask, form: forms.GuestForm) -> dict[str, Any]:
    """Say yes, or ask for changes, to the version that was shown. The link is used with it."""
    from chalicelib.services import review_links

    yes = form.verdict is GuestVerdict.APPROVE
    review_links.decide(ask.desk, _token(ask), form.version, form.comment, ask.now, yes=yes)
    return {"verdict": form.verdict.value, "version": form.version}


def _token(ask: Ask) -> str:
    shown = _BEARER.fullmatch(ask.headers.get("authorization") or "")
    return "" if shown is None else shown[1]
