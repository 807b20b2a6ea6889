"""The people of a workspace."""

from __future__ import annotations

from typing import Annotated, Any

from chalice import Blueprint
from pydantic import Field

from chalicelib.api import shapes
from chalicelib.api.documents import Form, Name
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action, Role
from chalicelib.store import keys

blueprint = Blueprint(__name__)


class MemberForm(Form):
    """A person to be added. `escalations`: from now on they are the one who is told."""

    name: Name
    email: Name
    role: Annotated[Role, Field(strict=False)]
    escalations: bool = False


@route(blueprint, "/members", method="POST", action=Action.MEMBER_ADD, form=MemberForm)
def add_member(ask: Ask, form: MemberForm) -> Answer:
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
