"""The people of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/members", method="POST", action=Action.MEMBER_ADD, form="MemberForm")
def add_member(ask: Ask, form: forms.MemberForm) -> Answer:
    """Add a person; `token` is theirs, shown this once."""
    from chalicelib.services import workspaces

    member, token = workspaces.add_member(
        ask.desk, ask.caller, form.name, form.email, form.role, ask.now, escalations=form.escalations
    )
    return Answer({"member": shapes.member(member), "token": token}, status=201)


@route(blueprint, "/members", action=Action.MEMBER_READ, listing=True)
def list_members(ask: Ask) -> dict[str, Any]:
    """Everybody in the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.members.queried(pk, "MEMBER#", limit=limit, after=after), shapes.member
    )
