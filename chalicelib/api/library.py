"""The library: prepared texts, the address book, sets of accounts, and how links are tagged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_content as shapes
from chalicelib.api.door import Answer, Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.errors import NotFound
from chalicelib.domain.links import LinkRule
from chalicelib.domain.texts import Wording
from chalicelib.services import library
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms_content as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/texts", method="POST", action=Action.LIBRARY_WRITE, form="TextForm")
def make_text(ask: Ask, form: forms.TextForm) -> Answer:
    """Keep a prepared text. Every wording has the same places."""
    from chalicelib.services import texts

    return Answer(shapes.text(texts.make(ask.desk, ask.caller, form.name, _wordings(form), ask.now)), status=201)


@route(blueprint, "/texts", action=Action.LIBRARY_READ, listing=True)
def list_texts(ask: Ask) -> dict[str, Any]:
    """Every prepared text, by name."""
    shelf = keys.shelf(ask.caller.workspace, "TEXTS")
    return ask.page.of(lambda limit, after: ask.desk.store.texts.listed(shelf, limit=limit, after=after), shapes.text)


@route(blueprint, "/texts/{text_id}", action=Action.LIBRARY_READ)
def get_text(ask: Ask, text_id: str) -> dict[str, Any]:
    """One prepared text."""
    return shapes.text(library.found(ask.desk.store.texts, ask.caller, text_id))


@route(blueprint, "/texts/{text_id}", method="PUT", action=Action.LIBRARY_WRITE, form="TextForm")
def edit_text(ask: Ask, form: forms.TextForm, text_id: str) -> dict[str, Any]:
    """Put other wordings in its place. What was said with it stays as it is."""
    from chalicelib.services import texts

    return shapes.text(texts.edit(ask.desk, ask.caller, text_id, form.name, _wordings(form), ask.now))


@route(blueprint, "/texts/{text_id}", method="DELETE", action=Action.LIBRARY_WRITE)
def retire_text(ask: Ask, text_id: str) -> Answer:
    """Offer it no more. Doing it twice is doing it once."""
    from chalicelib.services import texts

    texts.retire(ask.desk, ask.caller, text_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/handles", method="POST", action=Action.LIBRARY_WRITE, form="HandleForm")
def make_handle(ask: Ask, form: forms.HandleForm) -> Answer:
    """Enter somebody who may be mentioned, with their handle on each platform."""
    from chalicelib.services import handles

    return Answer(shapes.handle(handles.make(ask.desk, ask.caller, form.name, form.handles, ask.now)), status=201)


@route(blueprint, "/handles", action=Action.LIBRARY_READ, listing=True)
def list_handles(ask: Ask) -> dict[str, Any]:
    """The address book, by name."""
    shelf = keys.shelf(ask.caller.workspace, "HANDLES")
    return ask.page.of(
        lambda limit, after: ask.desk.store.handles.listed(shelf, limit=limit, after=after), shapes.handle
    )


@route(blueprint, "/handles/{handle_id}", action=Action.LIBRARY_READ)
def get_handle(ask: Ask, handle_id: str) -> dict[str, Any]:
    """One entry of the address book."""
    return shapes.handle(library.found(ask.desk.store.handles, ask.caller, handle_id))


@route(blueprint, "/handles/{handle_id}", method="PUT", action=Action.LIBRARY_WRITE, form="HandlesForm")
def edit_handle(ask: Ask, form: forms.HandlesForm, handle_id: str) -> dict[str, Any]:
    """Give somebody other handles."""
    from chalicelib.services import handles

    return shapes.handle(handles.edit(ask.desk, ask.caller, handle_id, form.handles, ask.now))


@route(blueprint, "/handles/{handle_id}", method="DELETE", action=Action.LIBRARY_WRITE)
def retire_handle(ask: Ask, handle_id: str) -> Answer:
    """Strike somebody out of the address book: neither name nor handle is kept. Doing it twice is doing it once."""
    from chalicelib.services import handles

    handles.retire(ask.desk, ask.caller, handle_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/account_sets", method="POST", action=Action.LIBRARY_WRITE, form="AccountSetForm")
def make_account_set(ask: Ask, form: forms.AccountSetForm) -> Answer:
    """Put accounts together that are spoken through together."""
    from chalicelib.services import account_sets

    made = account_sets.make(ask.desk, ask.caller, form.name, form.accounts, ask.now)
    return Answer(shapes.account_set(made), status=201)


@route(blueprint, "/account_sets", action=Action.LIBRARY_READ, listing=True)
def list_account_sets(ask: Ask) -> dict[str, Any]:
    """Every set of accounts, by name."""
    shelf = keys.shelf(ask.caller.workspace, "ACCOUNTSETS")
    return ask.page.of(
        lambda limit, after: ask.desk.store.account_sets.listed(shelf, limit=limit, after=after), shapes.account_set
    )


@route(blueprint, "/account_sets/{account_set_id}", action=Action.LIBRARY_READ)
def get_account_set(ask: Ask, account_set_id: str) -> dict[str, Any]:
    """One set of accounts."""
    return shapes.account_set(library.found(ask.desk.store.account_sets, ask.caller, account_set_id))


@route(blueprint, "/account_sets/{account_set_id}", method="PUT", action=Action.LIBRARY_WRITE, form="AccountSetForm")
def edit_account_set(ask: Ask, form: forms.AccountSetForm, account_set_id: str) -> dict[str, Any]:
    """Put other accounts under it. What was scheduled through it stays as it is."""
    from chalicelib.services import account_sets

    done = account_sets.edit(ask.desk, ask.caller, account_set_id, form.name, form.accounts, ask.now)
    return shapes.account_set(done)


@route(blueprint, "/account_sets/{account_set_id}", method="DELETE", action=Action.LIBRARY_WRITE)
def retire_account_set(ask: Ask, account_set_id: str) -> Answer:
    """Offer it no more. Doing it twice is doing it once."""
    from chalicelib.services import account_sets

    account_sets.retire(ask.desk, ask.caller, account_set_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/link_rules/{link_rule_id}", method="PUT", action=Action.LIBRARY_WRITE, form="LinkRuleForm")
def put_link_rule(ask: Ask, form: forms.LinkRuleForm, link_rule_id: str) -> dict[str, Any]:
    """Have links tagged: `workspace` everywhere, a campaign's id for what is said in it. It changes nothing written before."""
    from chalicelib.services import link_rules

    rule = LinkRule(
        link_rule_id,
        ask.caller.workspace,
        tuple(form.hosts),
        form.medium,
        form.source,
        form.campaign,
        form.content,
        form.sources,
    )
    return shapes.link_rule(link_rules.put(ask.desk, ask.caller, rule, ask.now))


@route(blueprint, "/link_rules", action=Action.LIBRARY_READ, listing=True)
def list_link_rules(ask: Ask) -> dict[str, Any]:
    """How links are tagged, in the workspace and in campaigns that have a rule of their own."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(
        lambda limit, after: ask.desk.store.link_rules.queried(pk, "LINKRULE#", limit=limit, after=after),
        shapes.link_rule,
    )


@route(blueprint, "/link_rules/{link_rule_id}", action=Action.LIBRARY_READ)
def get_link_rule(ask: Ask, link_rule_id: str) -> dict[str, Any]:
    """One rule for links."""
    rule = ask.desk.store.link_rules.get(ask.caller.workspace, link_rule_id)
    if rule is None:
        raise NotFound
    return shapes.link_rule(rule)


def _wordings(form: forms.TextForm) -> list[Wording]:
    return [Wording(one.language, one.words) for one in form.wordings]
