"""What people taught the reader: seen with what it was learnt from, replayed, put in force, and taken back in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_guideline

blueprint = Blueprint(__name__)


@route(blueprint, "/corrections", action=Action.GUIDELINE_READ, listing=True)
def list_corrections(ask: Ask) -> dict[str, Any]:
    """What people's decisions taught, by id: what each was learnt from, and what it did to the decisions held out."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections

    workspace = ask.desk.workspace(ask.caller.workspace)
    return ask.page.of(
        lambda limit, after: corrections.listed(ask.desk, workspace.id, limit=limit, after=after),
        lambda one: shapes_corrections.head(one, workspace),
    )


@route(blueprint, "/corrections/{correction_id}", action=Action.GUIDELINE_READ)
def get_correction(ask: Ask, correction_id: str) -> dict[str, Any]:
    """One of them, with how far it moves each matter. It holds no word and no name."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections

    found = corrections.get(ask.desk, ask.caller.workspace, correction_id)
    return shapes_corrections.correction(found, ask.desk.workspace(ask.caller.workspace))


@route(blueprint, "/corrections/{correction_id}/lessons", action=Action.GUIDELINE_READ, listing=True)
def list_lessons(ask: Ask, correction_id: str) -> dict[str, Any]:
    """The decisions that it was learnt from or tried on, the newest first: which, by what role, when, and what it says."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections

    kept = corrections.get(ask.desk, ask.caller.workspace, correction_id)
    return ask.page.of(
        lambda limit, after: ask.desk.store.corrections.lessons(
            ask.caller.workspace, kept.correction.id, limit=limit, after=after
        ),
        shapes_corrections.lesson,
    )


@route(
    blueprint,
    "/corrections/{correction_id}/replay",
    method="POST",
    action=Action.GUIDELINE_WRITE,
    form="ReplayForm",
)
def replay_correction(ask: Ask, form: forms_guideline.ReplayForm, correction_id: str) -> Answer:
    """Try a correction on the messages of some days, beside what is in force. Nothing is changed by it."""
    from chalicelib.api.guidelines import begun
    from chalicelib.services import corrections

    return begun(ask, corrections.begin_replay(ask.desk, ask.caller, correction_id, form.days, ask.now))


@route(
    blueprint,
    "/corrections/{correction_id}/activate",
    method="POST",
    action=Action.GUIDELINE_WRITE,
    form="ActivateForm",
)
def activate_correction(ask: Ask, form: forms_guideline.ActivateForm, correction_id: str) -> dict[str, Any]:
    """Put a correction in force, on the strength of a complete replay of the last 24 hours."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections

    after = corrections.activate(ask.desk, ask.caller, correction_id, form.replay, form.why, ask.now)
    return shapes_corrections.in_force(after)


@route(blueprint, "/corrections/rollback", method="POST", action=Action.GUIDELINE_WRITE, form="RollbackForm")
def roll_back_correction(ask: Ask, form: forms_guideline.RollbackForm) -> dict[str, Any]:
    """Put what was in force before back in force, at once and without a replay: another correction, or none."""
    from chalicelib.api import shapes_corrections
    from chalicelib.services import corrections

    return shapes_corrections.in_force(corrections.roll_back(ask.desk, ask.caller, form.why, ask.now))


@route(blueprint, "/corrections/shadow", method="PUT", action=Action.GUIDELINE_WRITE, form="CorrectionShadowForm")
def put_correction_shadow(ask: Ask, form: forms_guideline.CorrectionShadowForm) -> dict[str, Any]:
    """Have a correction asked about each message beside what is in force; nothing follows from it. null: none is."""
    from chalicelib.api.guidelines import shadow
    from chalicelib.services import shadowing

    shadowing.put_on(ask.desk, ask.caller, shadowing.Part.CORRECTION, form.correction, form.why, ask.now)
    return shadow(ask, shadowing.Part.CORRECTION)


@route(blueprint, "/corrections/shadow", action=Action.GUIDELINE_READ)
def get_correction_shadow(ask: Ask) -> dict[str, Any]:
    """What the correction in the shadow said otherwise in the last 30 days, as of a guideline version."""
    from chalicelib.api.guidelines import shadow
    from chalicelib.services import shadowing

    return shadow(ask, shadowing.Part.CORRECTION)
