"""Hooks: opened and taken back by members; the door itself is open to whoever can sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chalice import Blueprint

from chalicelib.api import shapes
from chalicelib.api.door import JSON, Answer, Ask, Takes, route
from chalicelib.domain.access import Action
from chalicelib.domain.hook import Hook
from chalicelib.store import keys

if TYPE_CHECKING:
    from chalicelib.api import forms

blueprint = Blueprint(__name__)

DELIVERY: Final = Takes((JSON,), 256 * 1024)
"""X's largest sample is 30 KB; a hundred relayed messages of 2,000 characters fit."""


@route(blueprint, "/hooks", method="POST", action=Action.HOOK_OPEN, form="HookForm")
def open_hook(ask: Ask, form: forms.HookForm) -> Answer:
    """Open an address at which an account's messages are brought; a relay's secret is shown this once."""
    from chalicelib.services import hooks

    secret, hook = hooks.open_hook(ask.desk, ask.caller, form.account, form.sender, form.secret, ask.now)
    path = f"/hooks/{hook.sender}/{hook.id}"
    base = ask.desk.policy.public_url.rstrip("/")
    shown = {"secret": secret} if form.secret is None else {}
    return Answer({**_shown(hook), "path": path, "address": f"{base}{path}" if base else None, **shown}, status=201)


@route(blueprint, "/hooks", action=Action.HOOK_READ, listing=True)
def list_hooks(ask: Ask) -> dict[str, Any]:
    """Every hook that was ever opened, without its secret."""
    pk = keys.workspace(ask.caller.workspace).pk
    return ask.page.of(lambda limit, after: ask.desk.store.hooks.queried(pk, "HOOK#", limit=limit, after=after), _shown)


@route(blueprint, "/hooks/{hook_id}", method="DELETE", action=Action.HOOK_OPEN)
def revoke_hook(ask: Ask, hook_id: str) -> Answer:
    """Take an address back: from now on it takes nothing. Doing it twice is doing it once."""
    from chalicelib.services import hooks

    hooks.revoke(ask.desk, ask.caller, hook_id, ask.now)
    return Answer(None, status=204)


@route(blueprint, "/hooks/{sender}/{hook_id}", public=True, query="crc_token")
def prove_hook(ask: Ask, sender: str, hook_id: str) -> dict[str, str]:
    """The proof that a sender asks for: that whoever answers here holds the secret."""
    from chalicelib.services import hooks

    return hooks.challenged(ask.desk, sender, hook_id, ask.query)


@route(blueprint, "/hooks/{sender}/{hook_id}", method="POST", public=True, takes=DELIVERY)
def take_delivery(ask: Ask, body: bytes, sender: str, hook_id: str) -> dict[str, Any]:
    """Take what is brought, once its signature fits; how much of it was new."""
    from chalicelib.services import hooks

    headers = {name.lower(): value for name, value in ask.headers.items()}
    taken = hooks.deliver(ask.desk, sender, hook_id, headers, body, ask.now)
    return {"new": taken.new, "skipped": taken.skipped, "again": taken.again}


def _shown(one: Hook) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state.value,
        "account": one.account,
        "sender": one.sender,
        "owner": one.owner,
        "created_at": shapes.time(one.created_at),
        "events": shapes.events(one.events),
    }
