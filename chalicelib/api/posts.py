"""Posts: scheduled for several accounts at once, watched, and cancelled while no attempt has begun."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import bodies, shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.names import named
from chalicelib.api.problems import InvalidParameter
from chalicelib.api.times import scheduled
from chalicelib.domain import timing
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Body, Post, Schedule, Variant
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)

NOW = "now"
"""How a schedule says: as soon as possible."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@route(blueprint, "/posts", method="POST", action=Action.POST_SCHEDULE, form="PostForm")
def schedule_post(ask: Ask, form: forms.PostForm) -> Answer:
    """Schedule a post. The header `Idempotency-Key` makes it safe to send again: the same key is the same post."""
    from chalicelib.services import checking, labelling, noticing, replying, scheduling

    wishes = [
        checking.Wish(one.account, bodies.body(one), f"/variants/{number}") for number, one in enumerate(form.variants)
    ]
    at, own = when(form.schedule, ask.desk.policy.late_limit, ask.now), key(ask)
    known = None if own is None else scheduling.id_of_key(ask.desk, ask.caller.workspace, own)
    if known is not None and form.schedule.at == NOW:
        # The same request again means the now of the first.
        at = scheduling.first_time(ask.desk, ask.caller.workspace, known) or at
    # Before it is scheduled: what fails here must not hide that something was.
    remarks = noticing.remarks(
        ask.desk, ask.caller.workspace, wishes, at.at, ask.now, most=noticing.MOST_AT_ONCE, but=known
    )
    reply = None
    if form.reply_to is not None:
        reply = replying.reply(ask.desk, ask.caller, form.reply_to, wishes, ask.now)
    post = scheduling.schedule(
        ask.desk,
        ask.caller,
        form.campaign,
        at,
        wishes if reply is None else [reply.wish],
        ask.now,
        idempotency_key=own,
        labels=labelling.tidy(form.labels),
        half_sent=form.half_sent,
        interaction=None if reply is None else reply.interaction,
        **({} if reply is None else {"beside": reply.acted}),
    )
    return Answer({**whole(ask, post), "remarks": shapes.remarks(remarks)}, status=201)


@route(blueprint, "/posts", action=Action.POST_READ, listing=True)
def list_posts(ask: Ask) -> dict[str, Any]:
    """Every post of the workspace with its variants, the newest first."""
    shelf = keys.shelf(ask.caller.workspace, "POSTS")
    page = ask.page.of(
        lambda limit, after: ask.desk.store.posts.listed(shelf, limit=limit, after=after, newest_first=True),
        lambda post: whole(ask, post),
    )
    return named(ask, page)


@route(blueprint, "/posts/{post_id}", action=Action.POST_READ)
def get_post(ask: Ask, post_id: str) -> dict[str, Any]:
    """One post with its variants: how each stands, and what happens next."""
    post = ask.desk.store.posts.get(ask.caller.workspace, post_id)
    if post is None:
        raise NotFound
    return named(ask, whole(ask, post))


@route(blueprint, "/posts/{post_id}/labels", method="PUT", action=Action.VARIANT_EDIT, form="LabelsForm")
def label_post(ask: Ask, form: forms.LabelsForm, post_id: str) -> dict[str, Any]:
    """Give a post these labels and no others. They change nothing that is said."""
    from chalicelib.services import labelling

    return whole(ask, labelling.put(ask.desk, ask.caller, post_id, form.labels, ask.now))


@route(blueprint, "/variants/{variant_id}/cancel", method="POST", action=Action.VARIANT_CANCEL)
def cancel_variant(ask: Ask, variant_id: str) -> dict[str, Any]:
    """Cancel a variant. Once this has answered, it is not said."""
    from chalicelib.services import changing

    return single(ask, changing.cancel(ask.desk, ask.caller, variant_id, ask.now))


@route(blueprint, "/variants/{variant_id}", method="PATCH", action=Action.VARIANT_EDIT, form="EditForm")
def edit_variant(ask: Ask, form: forms.EditForm, variant_id: str) -> dict[str, Any]:
    """Change what a variant says, or when. Once this has answered, nothing older is said."""
    from chalicelib.services import changing

    at = None
    if form.schedule is not None:
        known = ask.desk.store.variants.get(ask.caller.workspace, variant_id)
        timed = known is not None and known.schedule.is_set
        limit = known.schedule.late_limit if known and timed else ask.desk.policy.late_limit
        at = when(form.schedule, limit, ask.now)
    wanted = changing.Edit(
        form.version,
        form.text,
        form.title,
        form.community,
        form.language,
        at,
        None if form.pictures is None else bodies.attachments(form.pictures),
        None if form.rest is None else bodies.parts(form.rest),
        None if form.options is None else bodies.options(form.options),
    )
    return single(ask, changing.edit(ask.desk, ask.caller, variant_id, wanted, ask.now))


@route(blueprint, "/variants/{variant_id}/take_down", method="POST", action=Action.VARIANT_TAKE_DOWN, form="WhyForm")
def take_down_variant(ask: Ask, form: forms.WhyForm, variant_id: str) -> dict[str, Any]:
    """Delete a published post on its platform. What is gone already is gone."""
    from chalicelib.services import taking_down

    return single(ask, taking_down.take_down(ask.desk, ask.caller, variant_id, form.why, ask.now))


@route(blueprint, "/held", action=Action.POST_READ, listing=True)
def list_held(ask: Ask) -> dict[str, Any]:
    """What is held, and why: by when it was to be said."""
    return _listed(ask, "HELD", newest_first=False)


@route(blueprint, "/unsaid", action=Action.POST_READ, listing=True)
def list_unsaid(ask: Ask) -> dict[str, Any]:
    """What was never said because it was too late or the platform refused it, the newest first."""
    return _listed(ask, "UNSAID", newest_first=True)


def _listed(ask: Ask, name: str, *, newest_first: bool) -> dict[str, Any]:
    shelf = keys.shelf(ask.caller.workspace, name)
    page = ask.page.of(
        lambda limit, after: ask.desk.store.variants.listed(shelf, limit=limit, after=after, newest_first=newest_first),
        lambda one: single(ask, one),
    )
    return named(ask, page)


def when(form: forms.ScheduleForm, limit: timedelta, now: datetime) -> Schedule:
    """The schedule that a request asks for; `limit`: how late it may be, where it does not say.

    `now` as its time is as soon as possible: what the zone's clock shows at this moment.
    """
    late = limit if form.late_limit_seconds is None else timedelta(seconds=form.late_limit_seconds)
    if form.at != NOW:
        return Schedule(scheduled("/schedule/at", form.at, "/schedule/zone", form.zone), form.zone, form.at, late)
    scheduled("/schedule/at", f"{now.isoformat()[:19]}Z", "/schedule/zone", form.zone)
    return Schedule(now, form.zone, timing.wall_time(now, form.zone).isoformat(timespec="seconds"), late)


def whole(ask: Ask, post: Post) -> dict[str, Any]:
    """A post with its variants, in shape."""
    variants = ask.desk.store.variants.get_many(keys.variant(post.workspace, one) for one in post.variants)
    return shapes.post(post, shown(ask, variants, post))


def single(ask: Ask, variant: Variant) -> dict[str, Any]:
    """One variant, in shape."""
    return shown(ask, [variant])[0]


def shown(ask: Ask, variants: Iterable[Variant], post: Post | None = None) -> list[dict[str, Any]]:
    """Variants with what they say, in shape. post: theirs, where it was read already."""
    from chalicelib.services.bodies import body_in, body_of

    found = []
    for one in variants:
        try:
            body: Body | None = body_of(ask.desk, one) if post is None else body_in(ask.desk, one, post)
        except NotFound:
            body = None
        found.append(shapes.variant(one, body, ask.now, ask.desk.policy.timing[one.platform]))
    return found


def key(ask: Ask) -> str | None:
    """The request's Idempotency-Key. Raises InvalidParameter."""
    key = ask.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidParameter(
            "header",
            "Idempotency-Key",
            "it must be 1 to 255 visible ASCII characters",
            fix="Send a key such as a UUID.",
        )
    return key
