"""What people decide to have done about what was said: asked for here, done by a worker, undone in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_acts as shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.names import named
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_acts

blueprint = Blueprint(__name__)


@route(blueprint, "/interactions/{interaction_id}/moderations", action=Action.INTERACTION_READ)
def list_moderations(ask: Ask, interaction_id: str) -> dict[str, Any]:
    """What may be done about it and what may not, with the reason, and every ruling so far. No platform is asked."""
    from chalicelib.services import moderating

    found = moderating.choices(ask.desk, ask.caller.workspace, interaction_id)
    so_far = moderating.of(ask.desk, ask.caller.workspace, interaction_id)
    shown = {"choices": [shapes.choice(one) for one in found], "rulings": [shapes.ruling(one) for one in so_far]}
    return named(ask, shown)


@route(
    blueprint,
    "/interactions/{interaction_id}/moderations",
    method="POST",
    action=Action.INTERACTION_MODERATE,
    form="ModerationForm",
)
def moderate(ask: Ask, form: forms_acts.ModerationForm, interaction_id: str) -> Answer:
    """Decide that something is done about it: hide, remove, lock, mute, block, ban, report, as the platform can."""
    from chalicelib.services import moderating

    wish = moderating.Wish(form.action, form.why, tuple(form.clauses), form.days)
    ruling = moderating.moderate(ask.desk, ask.caller, interaction_id, wish, ask.now)
    return Answer(shapes.ruling(ruling), status=202)


@route(blueprint, "/rulings", action=Action.INTERACTION_READ, listing=True)
def list_rulings(ask: Ask) -> dict[str, Any]:
    """Every ruling, the newest first."""
    from chalicelib.services import moderating

    page = ask.page.of(
        lambda limit, after: moderating.listed(ask.desk, ask.caller.workspace, limit=limit, after=after), shapes.ruling
    )
    return named(ask, page)


@route(blueprint, "/rulings/{ruling_id}", action=Action.INTERACTION_READ)
def get_ruling(ask: Ask, ruling_id: str) -> dict[str, Any]:
    """One ruling with the words that it was made about (None once they were purged)."""
    from chalicelib.services import evidence

    found = ask.desk.store.rulings.get(ask.caller.workspace, ruling_id)
    if found is None:
        raise NotFound
    kept = evidence.of(ask.desk, found.workspace, found.id)
    return named(ask, {**shapes.ruling(found), "said": None if kept is None else kept.text})


@route(blueprint, "/rulings/{ruling_id}/undo", method="POST", action=Action.INTERACTION_MODERATE, form="WhyForm")
def undo_ruling(ask: Ask, form: forms.WhyForm, ruling_id: str) -> Answer:
    """Take a ruling back; the interaction goes before a person again."""
    from chalicelib.services import moderating

    return Answer(shapes.ruling(moderating.undo(ask.desk, ask.caller, ruling_id, form.why, ask.now)), status=202)


@route(blueprint, "/rulings/{ruling_id}/notice", action=Action.INTERACTION_READ)
def get_notice(ask: Ask, ruling_id: str) -> dict[str, Any]:
    """What the member may be told: what was done, under which clause, how to object. Or why it cannot be said."""
    from chalicelib.services import notices

    return shapes.notice(notices.offered(ask.desk, ask.caller.workspace, ruling_id))


@route(blueprint, "/rulings/{ruling_id}/notice", method="POST", action=Action.INTERACTION_MODERATE, form="NoticeForm")
def send_notice(ask: Ask, form: forms_acts.NoticeForm, ruling_id: str) -> Answer:
    """Tell the member, as a reply where it was said; once. What is told may be changed before."""
    from chalicelib.services import notices

    return Answer(shapes.ruling(notices.send(ask.desk, ask.caller, ruling_id, form.text, ask.now)), status=202)
