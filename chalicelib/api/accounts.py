"""Accounts: connecting one, and how each stands. A credential goes in here and never comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.account import Account
from chalicelib.domain.errors import NotFound
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_listening

blueprint = Blueprint(__name__)


@route(blueprint, "/accounts", method="POST", action=Action.ACCOUNT_CONNECT, form="AccountForm")
def connect_account(ask: Ask, form: forms.AccountForm) -> Answer:
    """Connect an account, or sign a known one in again. The platform is asked who it is."""
    from chalicelib.services import accounts

    credential = {name: secret.get_secret_value() for name, secret in form.credential.items()}
    account = accounts.connect(ask.desk, ask.caller, form.platform, credential, form.base_url, ask.now)
    return Answer(_shown(ask, account), status=201)


@route(blueprint, "/accounts", action=Action.ACCOUNT_READ, listing=True)
def list_accounts(ask: Ask) -> dict[str, Any]:
    """Every account of the workspace."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.accounts.queried(pk, "ACCOUNT#", limit=limit, after=after),
        lambda account: _shown(ask, account),
    )


@route(blueprint, "/accounts/{account_id}", action=Action.ACCOUNT_READ)
def get_account(ask: Ask, account_id: str) -> dict[str, Any]:
    """One account."""
    account = ask.desk.store.accounts.get(ask.caller.workspace, account_id)
    if account is None:
        raise NotFound
    return _shown(ask, account)


@route(blueprint, "/accounts/{account_id}", method="PATCH", action=Action.ACCOUNT_SET, form="AccountChangeForm")
def change_account(ask: Ask, form: forms_listening.AccountChangeForm, account_id: str) -> dict[str, Any]:
    """Say what the account hears beside what is said to it; the platform must be able to tell it."""
    from chalicelib.services import listening

    wanted = form.listening.listening()
    return _shown(ask, listening.listen_for(ask.desk, ask.caller, account_id, wanted, ask.now))


def _shown(ask: Ask, account: Account) -> dict[str, Any]:
    from chalicelib.services.polling import silent_since

    return shapes.account(account, silent_since(ask.desk, account, ask.now))
