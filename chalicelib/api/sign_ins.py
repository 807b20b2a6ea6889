"""Signing accounts in: how each platform does it, the first half, and the second. No secret goes out but the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_accounts
    from chalicelib.domain.handshake import Handshake

blueprint = Blueprint(__name__)


@route(blueprint, "/ways", action=Action.ACCOUNT_READ)
def list_ways(ask: Ask) -> dict[str, Any]:
    """How accounts of each platform are signed in here, and which settings that still lacks."""
    from chalicelib.services import connecting

    return {
        "redirect": ask.desk.policy.redirect,
        "ways": [
            {"platform": one.platform, "way": one.way.value, "hosts": list(one.hosts), "lacks": list(one.lacks)}
            for one in connecting.ways(ask.desk)
        ],
    }


@route(blueprint, "/sign_ins", method="POST", action=Action.ACCOUNT_CONNECT, form="SignInForm")
def begin_sign_in(ask: Ask, form: forms_accounts.SignInForm) -> Answer:
    """The first half: the address to which a person goes, and the state that they bring back. `url` null: a password is typed."""
    from chalicelib.services import connecting

    begun = connecting.begin(ask.desk, ask.caller, form.platform, form.base_url, ask.now, form.account)
    told = {**_shown(begun.handshake), "way": begun.way.value, "url": begun.url, "state": begun.state}
    return Answer(told, status=201)


@route(blueprint, "/sign_ins/{sign_in_id}/finish", method="POST", action=Action.ACCOUNT_CONNECT, form="FinishForm")
def finish_sign_in(ask: Ask, form: forms_accounts.FinishForm, sign_in_id: str) -> dict[str, Any]:
    """The second half, once and within ten minutes: the account, signed in."""
    from chalicelib.services import connecting

    code = form.code.get_secret_value()
    state = form.state.get_secret_value()
    account = connecting.finish(ask.desk, ask.caller, sign_in_id, state, code, ask.now, form.identifier)
    return shapes.account(account, None)


def _shown(one: Handshake) -> dict[str, Any]:
    return {
        "id": one.id,
        "platform": one.platform,
        "base_url": one.base_url,
        "redirect": one.redirect,
        "account": one.only,
        "expires_at": shapes.time(one.expires_at),
    }
