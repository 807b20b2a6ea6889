"""Opening a workspace (the operator), and looking at one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_listening, forms_media

blueprint = Blueprint(__name__)


@route(blueprint, "/workspaces", method="POST", action=Action.WORKSPACE_OPEN, form="WorkspaceForm")
def open_workspace(ask: Ask, form: forms.WorkspaceForm) -> Answer:
    """Open a workspace; `token` is the owner's, shown this once."""
    from chalicelib.services import workspaces

    workspace, owner, token = workspaces.open_workspace(
        ask.desk, form.name, form.zone, form.owner.name, form.owner.email, ask.now
    )
    return Answer({"workspace": shapes.workspace(workspace), "owner": shapes.member(owner), "token": token}, status=201)


@route(blueprint, "/workspace/silence", method="PUT", action=Action.WORKSPACE_SET, form="SilenceForm")
def set_silence(ask: Ask, form: forms.SilenceForm) -> dict[str, Any]:
    """Say whether a post whose answer was lost is sent again where silence proves nothing. Twice is possible then."""
    from datetime import timedelta

    from chalicelib.services import workspaces

    minutes = form.send_again_after_minutes
    after = None if minutes is None else timedelta(minutes=minutes)
    return shapes.workspace(workspaces.set_silence(ask.desk, ask.caller, after, ask.now))


@route(blueprint, "/workspace/surges", method="PUT", action=Action.WORKSPACE_SET, form="SurgeForm")
def set_surges(ask: Ask, form: forms_listening.SurgeForm) -> dict[str, Any]:
    """Say whether automatic answers stop by themselves where an account suddenly hears far more than usual."""
    from chalicelib.services import workspaces

    return shapes.workspace(workspaces.set_surges(ask.desk, ask.caller, ask.now, brakes=form.brakes_in_surge))


@route(blueprint, "/workspace/alt_text", method="PUT", action=Action.WORKSPACE_SET, form="AltTextForm")
def set_alt_text(ask: Ask, form: forms_media.AltTextForm) -> dict[str, Any]:
    """Say whether a picture needs a description for those who do not see it, or it is only asked for."""
    from chalicelib.services import workspaces

    return shapes.workspace(workspaces.set_alt_text(ask.desk, ask.caller, form.alt_text, ask.now))


@route(blueprint, "/workspace", action=Action.WORKSPACE_READ)
def get_workspace(ask: Ask) -> dict[str, Any]:
    """The workspace that the token belongs to."""
    return shapes.workspace(ask.desk.workspace(ask.caller.workspace))
