"""API tokens: issued, listed without what opens, revoked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.api.times import instant
from chalicelib.domain.access import Action
from chalicelib.domain.errors import InvalidField, NotFound

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)


@route(blueprint, "/tokens", method="POST", action=Action.TOKEN_ISSUE, form="TokenForm")
def issue_token(ask: Ask, form: forms.TokenForm) -> Answer:
    """Issue a token; `token` is shown this once."""
    from chalicelib.services import workspaces

    try:
        secret, kept = workspaces.issue_token(
            ask.desk,
            ask.caller,
            form.member,
            ask.now,
            scopes=None if form.scopes is None else frozenset(form.scopes),
            expires_at=None if form.expires_at is None else instant(form.expires_at),
        )
    except NotFound:
        raise InvalidField("/member", "there is no such member", fix="Give the id of a member.") from None
    return Answer({**shapes.token(kept), "token": secret}, status=201)


@route(blueprint, "/tokens", action=Action.TOKEN_READ)
def list_tokens(ask: Ask) -> dict[str, Any]:
    """The workspace's tokens, revoked ones too."""
    return {"items": [shapes.token(one) for one in ask.desk.store.tokens(ask.caller.workspace)], "next": None}


@route(blueprint, "/tokens/{token_id}", method="DELETE", action=Action.TOKEN_REVOKE)
def revoke_token(ask: Ask, token_id: str) -> Answer:
    """Revoke a token: the next request that shows it is refused. Doing it twice is doing it once."""
    from chalicelib.services import access

    access.revoke(ask.desk, ask.caller, token_id, ask.now)
    return Answer(None, status=204)
