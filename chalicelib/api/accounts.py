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
    return _shown(ask, _known(ask, account_id))


@route(blueprint, "/accounts/{account_id}", method="PATCH", action=Action.ACCOUNT_SET, form="AccountChangeForm")
def change_account(ask: Ask, form: forms_listening.AccountChangeForm, account_id: str) -> dict[str, Any]:
    """Say what the account hears beside what is said to it; the platform must be able to tell it."""
    from chalicelib.services import listening

    wanted = form.listening.listening()
    return _shown(ask, listening.listen_for(ask.desk, ask.caller, account_id, wanted, ask.now))


@route(blueprint, "/accounts/{account_id}/disconnect", method="POST", action=Action.ACCOUNT_CONNECT, form="WhyForm")
def disconnect_account(ask: Ask, form: forms.WhyForm, account_id: str) -> dict[str, Any]:
    """Put an account out of work, and give the right to act for it back. It can be connected again."""
    from chalicelib.services import connecting

    return _shown(ask, connecting.disconnect(ask.desk, ask.caller, account_id, form.why, ask.now))


@route(blueprint, "/accounts/{account_id}/probe", method="POST", action=Action.ACCOUNT_CONNECT)
def probe_account(ask: Ask, account_id: str) -> dict[str, Any]:
    """Try an account's credential now, instead of at its time of the day; one question to the platform."""
    from chalicelib.services import probing

    probed = probing.probe(ask.desk, _known(ask, account_id), ask.now)
    return {"well": probed.well, "why": probed.why, "account": _shown(ask, probed.account)}


@route(blueprint, "/accounts/{account_id}/paid", method="POST", action=Action.ACCOUNT_CONNECT)
def say_paid(ask: Ask, account_id: str) -> dict[str, Any]:
    """Say that the app's money on the platform is there again: all accounts that waited for it go on."""
    from chalicelib.domain.rationale import Actor
    from chalicelib.services import accounts

    account = _known(ask, account_id)
    accounts.paid(ask.desk, account, Actor.member(ask.caller.member), "a member says that it is paid", ask.now)
    return _shown(ask, _known(ask, account_id))


@route(blueprint, "/incidents", action=Action.ACCOUNT_READ, listing=True)
def list_incidents(ask: Ask) -> dict[str, Any]:
    """Every time that an account was shut out, or something stood out, the latest first."""
    shelf = keys.shelf(ask.caller.workspace, "INCIDENTS")
    return ask.page.of(
        lambda limit, after: ask.desk.store.incidents.listed(shelf, limit=limit, after=after, newest_first=True),
        shapes.incident,
    )


@route(blueprint, "/incidents/{incident_id}", action=Action.ACCOUNT_READ)
def get_incident(ask: Ask, incident_id: str) -> dict[str, Any]:
    """One of them, with what is in danger while it lasts."""
    from chalicelib.services import incidents

    incident = ask.desk.store.incidents.get(ask.caller.workspace, incident_id)
    if incident is None:
        raise NotFound
    return shapes.incident(incident, incidents.in_danger(ask.desk, incident, ask.now))


def _known(ask: Ask, account_id: str) -> Account:
    account = ask.desk.store.accounts.get(ask.caller.workspace, account_id)
    if account is None:
        raise NotFound
    return account


def _shown(ask: Ask, account: Account) -> dict[str, Any]:
    from chalicelib.services.bands import noticed
    from chalicelib.services.incidents import of
    from chalicelib.services.polling import silent_since
    from chalicelib.services.probing import probed_at
    from chalicelib.services.reading_back import history

    silent = silent_since(ask.desk, account, ask.now)
    reading = ask.desk.store.reading(account.workspace, account.id)
    return shapes.account(
        account,
        silent,
        of(ask.desk, account),
        probed_at(ask.desk, account),
        history(ask.desk, account, reading, ask.now),
        noticed(ask.desk, account, reading),
        reading.watch.gaps,
    )
