"""Signing accounts in: how each platform does it, the first half, the second, and the page between them.

No secret goes out but the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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


ALLOWED: Final = """You allowed it there. One step is left:

Copy the whole address of this page from your browser's address bar, and paste it where you began to sign in.
It is good for ten minutes and for one use. Show it to nobody; then close this window.
"""
REFUSED: Final = """It was not allowed there, so nothing was signed in.

You may close this window. If that was not what you meant, begin to sign in again where you began.
"""
NOTHING: Final = """Platforms send people to this page once they allowed an account to be used here.

There is nothing of that in this address. Begin to sign in where you work with Parley.
"""


@route(blueprint, "/signed-in", public=True, open_query=True)
def come_back(ask: Ask) -> Answer:
    """Where a platform sends a person back: says in words what happened, and what is next. It reads and keeps nothing."""
    words = REFUSED if "error" in ask.named else ALLOWED if "code" in ask.named else NOTHING
    return Answer(words, media="text/plain; charset=utf-8", headers=_ALONE)


_ALONE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The address of the page is a secret for ten minutes: nobody else is told it, and nothing else is loaded."""


def _shown(one: Handshake) -> dict[str, Any]:
    return {
        "id": one.id,
        "platform": one.platform,
        "base_url": one.base_url,
        "redirect": one.redirect,
        "account": one.only,
        "expires_at": shapes.time(one.expires_at),
    }
