"""Compositions and prechecks: what a message would be on each account, and what would become of it. Nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies
from chalicelib.api import shapes_content as shapes
from chalicelib.api.door import Ask, route
from chalicelib.api.posts import when
from chalicelib.api.shapes import remarks
from chalicelib.domain.access import Action
from chalicelib.domain.composing import Composition, Own

if TYPE_CHECKING:
    from chalicelib.api import forms_content as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/compositions", method="POST", action=Action.LIBRARY_READ, form="CompositionForm")
def compose(ask: Ask, form: forms.CompositionForm) -> dict[str, Any]:
    """Adapt a message to accounts: `variants` is what `POST /posts` takes. Nothing is stored."""
    from chalicelib.services import composing

    composed = composing.compose(ask.desk, ask.caller.workspace, _message(form), form.campaign)
    return {
        "variants": [shapes.wish(one.account, one.body) for one in composed.wishes],
        "wordings": list(composed.wordings),
        "remarks": remarks(composed.remarks),
    }


@route(blueprint, "/posts/precheck", method="POST", action=Action.POST_READ, form="PrecheckForm")
def precheck(ask: Ask, form: forms.PrecheckForm) -> dict[str, Any]:
    """What would become of a post if it were scheduled: every fault, count, price and remark. Nothing is stored."""
    from chalicelib.services import checking, prechecking, replying

    wishes = [
        checking.Wish(one.account, bodies.body(one), f"/variants/{number}") for number, one in enumerate(form.variants)
    ]
    if form.reply_to is not None:
        _, answer = replying.aimed(ask.desk, ask.caller, form.reply_to, wishes)
        wishes = [answer]
    at = None if form.schedule is None else when(form.schedule, ask.desk.policy.late_limit, ask.now)
    return shapes.report(prechecking.check(ask.desk, ask.caller, wishes, at, ask.now, campaign=form.campaign))


def _message(form: forms.CompositionForm) -> Composition:
    return Composition(
        accounts=tuple(form.accounts),
        account_set=form.account_set,
        text=form.text,
        prepared=form.prepared,
        variables=form.variables,
        alternatives=tuple(form.alternatives),
        title=form.title,
        community=form.community,
        language=form.language,
        pictures=bodies.attachments(form.pictures),
        rest=bodies.parts(form.rest),
        options=bodies.options(form.options),
        own=tuple(_own(one) for one in form.own),
        split=form.split,
        numbered=form.numbered,
        tag_links=form.tag_links,
    )


def _own(form: forms.OwnForm) -> Own:
    return Own(
        form.account,
        form.text,
        form.title,
        form.community,
        form.language,
        None if form.pictures is None else bodies.attachments(form.pictures),
        None if form.rest is None else bodies.parts(form.rest),
        None if form.options is None else bodies.options(form.options),
    )
