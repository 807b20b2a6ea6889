"""Drafts: what is kept and not said yet; scheduled once it is ready, or proposed to those who must approve it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies, posts
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import UNSET, Body

if TYPE_CHECKING:
    from chalicelib.api import forms_approvals as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/drafts", method="POST", action=Action.POST_DRAFT, form="DraftForm")
def save_draft(ask: Ask, form: forms.DraftForm) -> Answer:
    """Keep a post as a draft: nothing of it is said. `Idempotency-Key` as with `POST /posts`."""
    from chalicelib.services import checking, drafting

    wishes = [
        checking.Wish(one.account, bodies.body(one), f"/variants/{number}") for number, one in enumerate(form.variants)
    ]
    key = posts.key(ask)
    post = drafting.save_draft(
        ask.desk,
        ask.caller,
        wishes,
        ask.now,
        campaign=form.campaign,
        when=UNSET if form.schedule is None else posts.when(form.schedule, ask.desk.policy.late_limit, ask.now),
        post_id=None if key is None else ask.desk.keyed(ask.caller.workspace, "draft", key),
    )
    return Answer(posts.whole(ask, post), status=201)


@route(blueprint, "/drafts", action=Action.POST_READ, listing=True)
def list_drafts(ask: Ask) -> dict[str, Any]:
    """Every draft, by when it is to be said; those without a time come last."""
    from chalicelib.services import drafting

    return ask.page.of(
        lambda limit, after: drafting.waiting(ask.desk, ask.caller.workspace, limit=limit, after=after),
        lambda one: posts.single(ask, one),
    )


@route(blueprint, "/drafts/{variant_id}", method="PATCH", action=Action.POST_DRAFT, form="DraftEditForm")
def edit_draft(ask: Ask, form: forms.DraftEditForm, variant_id: str) -> dict[str, Any]:
    """Change a draft, or take back what waits for approval by changing it. No limit of a platform is checked yet."""
    from chalicelib.services import drafting
    from chalicelib.services.bodies import body_of

    known = ask.desk.store.variants.get(ask.caller.workspace, variant_id)
    if known is None:
        raise NotFound
    limit = known.schedule.late_limit if known.schedule.is_set else ask.desk.policy.late_limit
    wanted = drafting.DraftEdit(
        form.version,
        _said(form, body_of(ask.desk, known)),
        form.account,
        None if form.schedule is None else posts.when(form.schedule, limit, ask.now),
    )
    return posts.single(ask, drafting.edit(ask.desk, ask.caller, variant_id, wanted, ask.now))


@route(blueprint, "/posts/{post_id}/schedule", method="POST", action=Action.POST_DRAFT, form="DraftScheduleForm")
def schedule_draft(ask: Ask, form: forms.DraftScheduleForm, post_id: str) -> dict[str, Any]:
    """Schedule the drafts of a post, or propose them where approval is asked. Takes post:schedule where it is not."""
    from chalicelib.services import drafting

    when = None if form.schedule is None else posts.when(form.schedule, ask.desk.policy.late_limit, ask.now)
    return posts.whole(ask, drafting.schedule_draft(ask.desk, ask.caller, post_id, when, ask.now))


def _said(form: forms.DraftEditForm, before: Body) -> Body:
    """What the draft says once the form's fields are in it."""
    given = {
        name: value for name in ("text", "title", "community", "language") if (value := getattr(form, name)) is not None
    }
    if form.pictures is not None:
        before = replace(before, pictures=bodies.attachments(form.pictures))
    if form.rest is not None:
        before = replace(before, rest=bodies.parts(form.rest))
    if form.options is not None:
        before = replace(before, options=bodies.options(form.options))
    return replace(before, **given)
