"""Hooks: the one door by which others bring what was said to us. Each delivery is verified, taken once, and heard as usual.

It must believe nothing before its signature fits. What was taken is noted only after it lies in the record: a delivery
whose answer was lost is brought again, and hearing it twice changes nothing.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, Unauthenticated
from chalicelib.domain.hook import HOOK, Hook, HookState
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ABSENT, AllOf, Change, ConditionFailed, Equals, Missing, Put, Update
from chalicelib.services import revoking
from chalicelib.services.desk import Desk
from chalicelib.services.hearing import hear
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from connectors.contract import Identity
from connectors.inbound import Delivery, Forged, Unreadable

WINDOW: Final = timedelta(minutes=10)
"""For at least so long a delivery is known again; a relay's is good for five minutes."""
_WINDOWS: Final = 3
"""Windows kept: the present one, the one before, and one to be written over."""
_LISTENS = frozenset({AccountState.ACTIVE, AccountState.THROTTLED, AccountState.NEEDS_RECONNECT})
_SECRET_BYTES: Final = 30


class NotGenuine(Unauthenticated):
    """A delivery does not prove where it comes from."""

    fix = "Sign the body with the secret of this address; docs/webhooks.md tells how."


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a delivery. again: it had been taken before."""

    new: int
    skipped: int
    again: bool = False


def open_hook(
    desk: Desk, caller: Caller, account_id: str, sender: str, secret: str | None, now: datetime
) -> tuple[str, Hook]:
    """An address for one account's deliveries, and the secret that signs them, shown this once.

    secret: X's, the consumer secret of the app; a relay's is made here. Raises NotFound, InvalidField.
    """
    account = desk.store.accounts.get(caller.workspace, account_id)
    if account is None:
        raise NotFound
    if sender not in {"relay", account.platform} or desk.platforms.inbound(sender) is None:
        raise InvalidField(
            "/sender", f"nothing of this kind is brought for {account.platform}", fix="Use `relay`, or poll as usual."
        )
    if (secret is None) is not (sender == "relay"):
        fix = "Leave it out: it is made here." if sender == "relay" else "Give the consumer secret of the app."
        raise InvalidField("/secret", "a relay's secret is made here, every other sender's is given", fix=fix)
    shown = secret or b32encode(desk.entropy.token(_SECRET_BYTES)).decode().rstrip("=").lower()
    hook = Hook(
        f"{caller.workspace}.{desk.new_id()}", caller.workspace, HookState.OPEN, account.id, sender, caller.member, now
    )
    sealed = desk.vault.seal(shown.encode(), seal_context(hook.workspace, "hook", hook.id))
    why = f"takes what {sender} brings for account {account.id}"
    actor = Actor.member(caller.member)
    event = AuditEvent(hook.workspace, f"hook:{hook.id}", "open", now, actor, why, None, hook.state.value)
    desk.store.write(
        [desk.store.hooks.created(hook, event), desk.store.sealed_put(hook.workspace, "HOOKSECRET", hook.id, sealed)]
    )
    return shown, replace(hook, rev=1, events=(event,))


def revoke(desk: Desk, caller: Caller, hook_id: str, now: datetime) -> Hook:
    """From now on its address takes nothing; taking it back twice is taking it back once. Raises NotFound."""
    return revoking.revoke(desk.store.hooks, HOOK, lambda: get(desk, caller.workspace, hook_id), caller, now)


def get(desk: Desk, workspace: str, hook_id: str) -> Hook:
    """A hook of this workspace. Raises NotFound."""
    found = desk.store.hooks.get(workspace, hook_id)
    if found is None:
        raise NotFound
    return found


def challenged(desk: Desk, sender: str, hook_id: str, token: str) -> dict[str, str]:
    """The proof that the sender asks for. Raises NotFound, also where it has none to ask for."""
    _, _, secret = _opened(desk, sender, hook_id)
    dialect = desk.platforms.inbound(sender)
    if dialect is None or not token:
        raise NotFound
    try:
        return dialect.challenge(secret, token)
    except Unreadable:
        raise NotFound from None


def deliver(desk: Desk, sender: str, hook_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Taken:
    """Take what is brought. Raises NotGenuine, InvalidField, Conflict where a relay's was taken already.

    An address that there is not, or not any more, is refused as a forgery is: nobody learns which there are. NotFound is
    for a sender that nobody knows.
    """
    dialect = desk.platforms.inbound(sender)
    if dialect is None:
        raise NotFound
    try:
        opened = _opened(desk, sender, hook_id)
    except NotFound:
        opened = None
    try:
        dialect.verify(headers, body, desk.new_id() if opened is None else opened[2], now)
    except Forged as forged:
        raise NotGenuine(str(forged)) from None
    if opened is None:
        raise NotFound
    hook, account, _ = opened
    try:
        delivery = dialect.read(body, Identity(account.native_id, account.handle))
    except Unreadable as unreadable:
        raise InvalidField("", str(unreadable), fix="See docs/webhooks.md for what may be brought.") from None
    if _known(desk, hook, delivery, now):
        if not dialect.REPLAYS:
            raise Conflict("this delivery was taken already", fix="Give each its own `id`; a repeat needs no answer.")
        return Taken(0, delivery.skipped, again=True)
    new = hear(desk, account, delivery.items, now) if delivery.items else 0
    _note(desk, hook, delivery, now)
    return Taken(new, delivery.skipped)


def _opened(desk: Desk, sender: str, hook_id: str) -> tuple[Hook, Account, str]:
    """An open hook, its account and its secret. Raises NotFound, in the same words whatever is wrong with it."""
    workspace = hook_id.partition(".")[0]
    hook = desk.store.hooks.get(workspace, hook_id)
    if hook is None or hook.state is not HookState.OPEN or hook.sender != sender:
        raise NotFound
    account = desk.store.accounts.get(workspace, hook.account)
    item = desk.store.table.get(keys.within(workspace, "HOOKSECRET", hook.id))
    if account is None or item is None or account.state not in _LISTENS:
        raise NotFound
    return hook, account, desk.vault.open(str(item["sealed"]), seal_context(workspace, "hook", hook.id)).decode()


# --- what was taken already -------------------------------------------------------------------------------------------


def _mark(delivery: Delivery) -> str:
    return "d" + hashlib.sha256(delivery.id.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _known(desk: Desk, hook: Hook, delivery: Delivery, now: datetime) -> bool:
    window = int(now.timestamp() // WINDOW.total_seconds())
    items = desk.store.table.get_many(
        [keys.deliveries(hook.workspace, hook.id, one % _WINDOWS) for one in (window, window - 1)]
    )
    return any(
        item is not None and item.get("window") == one and _mark(delivery) in item
        for item, one in zip(items, (window, window - 1), strict=True)
    )


def _note(desk: Desk, hook: Hook, delivery: Delivery, now: datetime) -> None:
    """Note it in its window's item, which is begun anew where an older window's lies there."""
    window, mark = int(now.timestamp() // WINDOW.total_seconds()), _mark(delivery)
    key = keys.deliveries(hook.workspace, hook.id, window % _WINDOWS)
    noted = Update(key, Change(set={mark: 1}), AllOf((Equals("window", window), Missing(mark))))
    for _ in range(3):
        try:
            desk.store.table.update(noted.key, noted.change, noted.when)
        except ConditionFailed as failed:
            lies = failed.current
            if lies is not None and lies.get("window") == window:
                return  # somebody else has just noted the same
            when = ABSENT if lies is None else Equals("window", lies["window"])
            with suppress(ConditionFailed):
                desk.store.table.put(Put({"pk": key.pk, "sk": key.sk, "window": window, mark: 1}).item, when)
                return
        else:
            return
