"""Context: what a message answers, so that whoever decides about it sees what it was said to, also where that is not ours.

It is asked of the platform when a person looks for the first time, kept sealed with the message, and purged with it. Nothing
of it is decided about, and nothing of it enters a log.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.timing import stamp, unstamp
from chalicelib.services import ingesting
from chalicelib.services.bodies import ref_of
from chalicelib.services.desk import Desk, keyed_id
from chalicelib.services.signing_in import connector_for, seal_context
from connectors import errors
from connectors.contract import RemoteInteraction

PARENTS: Final = 3
"""How many of those right above a message are shown, beside the first of its thread."""

LONGEST: Final = 2_000
"""Characters shown of each."""

_ANSWERS = frozenset({"reply", "comment", "community"})
"""Kinds that answer something: where nothing is shown above one of them, that is said."""


@dataclass(frozen=True, slots=True)
class Above:
    """One thing that stands above a message. author: a pseudonym as everywhere; None where it is ours, or nobody knows."""

    at: datetime
    text: str
    ours: bool
    author: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What stands above a message, the first of the thread first. left_out: how many between it and the rest.

    missing: why it is not, or not all, there, in a sentence; None where nothing is.
    """

    above: tuple[Above, ...] = ()
    left_out: int = 0
    missing: str | None = None


def of(desk: Desk, interaction: Interaction) -> Context:
    """What it answers; asked of the platform the first time, and only while it is kept itself."""
    content = desk.store.contents.get(interaction)
    if content is None or interaction.state is InteractionState.WITHDRAWN:
        return Context(missing="The message is no longer kept, nor what stood above it.")
    sealed = desk.store.contents.context(interaction)
    if sealed is not None:
        return _opened(desk, interaction, sealed)
    account = desk.store.accounts.get(interaction.workspace, interaction.account)
    if account is None or account.state is not AccountState.ACTIVE:
        return Context(missing="The account that heard it cannot be used now.")
    if desk.platforms.capabilities(account.platform).micro_usd_per_read and not account.listening.threads:
        return Context(missing="Reading threads costs money there, and is not switched on for this account.")
    ref = ref_of(ingesting.unsealed(desk, interaction, content).remote)
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
        found = _shown(desk, account, interaction, connector.thread(ref).above)
    except errors.Rejected as refused:
        if refused.code != "gone":
            return Context(missing="The platform does not show what stands above it.")
        found = Context(missing="It is not on the platform any more, nor what stood above it.")
    except errors.ConnectorError:
        return Context(missing="The platform did not answer just now; look again later.")
    _keep(desk, interaction, found)
    return found


def _shown(desk: Desk, account: Account, interaction: Interaction, above: Sequence[RemoteInteraction]) -> Context:
    if not above:
        gone = interaction.kind in _ANSWERS
        return Context(missing="What it answers was deleted, or is not shown to this account." if gone else None)
    chosen = [above[0], *above[1:][-PARENTS:]]
    return Context(tuple(_above(desk, account, one) for one in chosen), len(above) - len(chosen))


def _above(desk: Desk, account: Account, one: RemoteInteraction) -> Above:
    ours = one.author.id is not None and one.author.id == account.native_id
    known_by = one.author.id or one.author.handle
    key = desk.key(account.workspace)
    author = None if ours or known_by is None else keyed_id(key, "author", account.platform, known_by)
    text = one.text if len(one.text) <= LONGEST else one.text[:LONGEST] + " […]"
    return Above(one.created_at, text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), ours, author)


def _keep(desk: Desk, interaction: Interaction, found: Context) -> None:
    lines = [[stamp(one.at), one.text, one.ours, one.author] for one in found.above]
    told = json.dumps([lines, found.left_out, found.missing]).encode()
    sealed = desk.vault.seal(told, seal_context(interaction.workspace, "context", interaction.id))
    desk.store.contents.keep_context(interaction, sealed)


def _opened(desk: Desk, interaction: Interaction, sealed: str) -> Context:
    told: list[Any] = json.loads(
        desk.vault.open(sealed, seal_context(interaction.workspace, "context", interaction.id))
    )
    lines, left_out, missing = told
    above = tuple(Above(unstamp(at), text, ours, author) for at, text, ours, author in lines)
    return Context(above, left_out, missing)
