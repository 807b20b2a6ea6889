"""The review queue: take an item, decide about it with a reason, or give it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Ask, route
from chalicelib.api.names import named
from chalicelib.domain.access import Action
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.review import ReviewItem, Subject, Verdict

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)

_TAKES = {Verdict.ANSWER: {"text"}, Verdict.PUBLISHED: {"remote_id", "url"}}


@route(blueprint, "/reviews", action=Action.REVIEW_READ, listing=True)
def list_reviews(ask: Ask) -> dict[str, Any]:
    """What waits for a person: the gravest first, then by deadline."""
    from chalicelib.services import reviewing

    page = ask.page.of(
        lambda limit, after: reviewing.waiting(ask.desk, ask.caller.workspace, limit=limit, after=after), shapes.review
    )
    return named(ask, page)


@route(blueprint, "/reviews/{review_id}", action=Action.REVIEW_READ)
def get_review(ask: Ask, review_id: str) -> dict[str, Any]:
    """One item, decided ones too, and what the message answers that it asks about."""
    found = ask.desk.store.reviews.get(ask.caller.workspace, review_id)
    if found is None:
        raise NotFound
    return _whole(ask, found)


@route(blueprint, "/reviews/{review_id}/claim", method="POST", action=Action.REVIEW_DECIDE)
def claim_review(ask: Ask, review_id: str) -> dict[str, Any]:
    """Take the item for a while; taking it again is taking it for longer."""
    from chalicelib.services import reviewing

    return _whole(ask, reviewing.claim(ask.desk, ask.caller, review_id, ask.now))


def _whole(ask: Ask, item: ReviewItem) -> dict[str, Any]:
    """The item with its context; None where it asks about no message."""
    from chalicelib.api.shapes_acts import context
    from chalicelib.services.context import of

    about = None
    if item.subject is Subject.INTERACTION:
        about = ask.desk.store.interactions.get(ask.caller.workspace, item.about)
    return named(ask, {**shapes.review(item), "context": None if about is None else context(of(ask.desk, about))})


@route(blueprint, "/reviews/{review_id}/release", method="POST", action=Action.REVIEW_DECIDE)
def release_review(ask: Ask, review_id: str) -> dict[str, Any]:
    """Give the item back."""
    from chalicelib.services import reviewing

    return shapes.review(reviewing.release(ask.desk, ask.caller, review_id, ask.now))


@route(blueprint, "/reviews/{review_id}/decide", method="POST", action=Action.REVIEW_DECIDE, form="DecisionForm")
def decide_review(ask: Ask, form: forms.DecisionForm, review_id: str) -> dict[str, Any]:
    """Decide about an item that the caller holds. What became of a post takes the right variant:settle as well."""
    from chalicelib.services import reviewing

    for name in ("text", "remote_id", "url"):
        if getattr(form, name) is not None and name not in _TAKES.get(form.verdict, set()):
            raise InvalidField(f"/{name}", f"the verdict {form.verdict.value} takes none", fix="Leave it out.")
    decision = reviewing.Decision(
        form.verdict, form.why, tuple(form.clauses), text=form.text, remote_id=form.remote_id, url=form.url
    )
    return shapes.review(reviewing.decide(ask.desk, ask.caller, review_id, decision, ask.now))
