"""Automatic replies: the words that a workspace answers with, what waits to be said, and taking one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes, shapes_content
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.posts import single
from chalicelib.domain.access import Action
from chalicelib.domain.texts import Wording
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_content

blueprint = Blueprint(__name__)


@route(blueprint, "/replies", method="POST", action=Action.REPLY_WRITE, form="NewReplyForm")
def make_reply(ask: Ask, form: forms_content.NewReplyForm) -> Answer:
    """Keep a reply under a name, once every account could say it. Wordings of one language take turns."""
    from chalicelib.services import replies

    made = replies.make(ask.desk, ask.caller, form.name, _wordings(form.wordings), ask.now)
    return Answer(shapes_content.reply(made), status=201)


@route(blueprint, "/replies", action=Action.REPLY_READ, listing=True)
def list_replies(ask: Ask) -> dict[str, Any]:
    """The workspace's own replies, by name; with every page those that are shipped, and the variables there are."""
    from chalicelib.domain.reply_template import FILTERS, VARIABLES
    from chalicelib.services import reply_words

    shelf = keys.shelf(ask.caller.workspace, "REPLIES")
    own = ask.page.of(
        lambda limit, after: ask.desk.store.replies.listed(shelf, limit=limit, after=after), shapes_content.reply
    )
    shipped = [shapes_content.reply(one) for one in reply_words.shipped().values()]
    return {**own, "shipped": shipped, "variables": dict(VARIABLES), "filters": sorted(FILTERS)}


@route(blueprint, "/replies/preview", method="POST", action=Action.REPLY_READ, form="ReplyForm")
def preview_reply(ask: Ask, form: forms_content.ReplyForm) -> dict[str, Any]:
    """Each wording as each account would say it, counted, with every fault and its line. Nothing is stored."""
    from chalicelib.services import replies

    found = replies.preview(ask.desk, ask.caller.workspace, _wordings(form.wordings))
    return {"items": [shapes_content.shown_reply(one) for one in found]}


@route(blueprint, "/replies/{reply_id}", action=Action.REPLY_READ)
def get_reply(ask: Ask, reply_id: str) -> dict[str, Any]:
    """One reply by its name: the workspace's own, else the one that is shipped."""
    from chalicelib.services import replies

    return shapes_content.reply(replies.named(ask.desk, ask.caller.workspace, reply_id))


@route(blueprint, "/replies/{reply_id}", method="PUT", action=Action.REPLY_WRITE, form="ReplyForm")
def edit_reply(ask: Ask, form: forms_content.ReplyForm, reply_id: str) -> dict[str, Any]:
    """Put other words in its place. What was said with it stays as it is; the same words again change nothing."""
    from chalicelib.services import replies

    return shapes_content.reply(replies.edit(ask.desk, ask.caller, reply_id, _wordings(form.wordings), ask.now))


@route(blueprint, "/replies/{reply_id}", method="DELETE", action=Action.REPLY_WRITE)
def retire_reply(ask: Ask, reply_id: str) -> Answer:
    """Use the workspace's own reply no more; a shipped one of its name takes its place. Doing it twice is doing it once."""
    from chalicelib.services import replies

    replies.retire(ask.desk, ask.caller, reply_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/answers", action=Action.POST_READ, listing=True)
def list_waiting_answers(ask: Ask) -> dict[str, Any]:
    """The automatic answers that are not said yet and can be stopped, by when they will be."""
    from chalicelib.services import taking_back

    return ask.page.of(
        lambda limit, after: taking_back.waiting(ask.desk, ask.caller.workspace, limit=limit, after=after),
        lambda one: single(ask, one),
    )


@route(blueprint, "/interactions/{interaction_id}/suggestions", action=Action.INTERACTION_READ)
def list_suggestions(ask: Ask, interaction_id: str) -> dict[str, Any]:
    """Words that a person may answer with: the guideline's reply, or what may calm a heated conversation."""
    from chalicelib.services import suggesting

    found = suggesting.suggestions(ask.desk, ask.caller.workspace, interaction_id, ask.now)
    return {"items": [shapes_content.suggestion(one) for one in found]}


@route(
    blueprint,
    "/interactions/{interaction_id}/withdraw_answer",
    method="POST",
    action=Action.REVIEW_DECIDE,
    form="WhyForm",
)
def withdraw_answer(ask: Ask, form: forms.WhyForm, interaction_id: str) -> dict[str, Any]:
    """Take an automatic answer back: stopped, or deleted on the platform. A person gets the message."""
    from chalicelib.services import taking_back

    return shapes.interaction(taking_back.take_back(ask.desk, ask.caller, interaction_id, form.why, ask.now))


def _wordings(given: Sequence[forms_content.ReplyWordingForm]) -> list[Wording]:
    return [Wording(one.language, one.words) for one in given]
