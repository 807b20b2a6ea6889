"""Rereading: what a person is about to act on is read again where it was said, so that they act on what stands there now."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.account import AccountState
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.services import ingesting, revising
from chalicelib.services.bodies import ref_of
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from connectors import errors

SURE_FOR = timedelta(minutes=5)
"""So soon after a message was heard it is taken to stand there as it was."""


def fresh(desk: Desk, interaction: Interaction, now: datetime) -> bool:
    """Whether it still stands there as the record tells it, so that nothing automatic answers what was changed since.

    Asks the platform once `SURE_FOR` has passed since it was heard; one that does not tell just now changes nothing.
    Where it was changed or taken back the record follows, as with `look`, and False is returned.
    """
    if now - interaction.received_at < SURE_FOR:
        return True
    return not look(desk, interaction, now)


def look(desk: Desk, interaction: Interaction, now: datetime) -> bool:
    """Read it again; whether it was changed or taken back. A platform that does not tell just now changes nothing."""
    if interaction.state is InteractionState.WITHDRAWN or interaction.digest is None:
        return False
    account = desk.store.accounts.get(interaction.workspace, interaction.account)
    content = desk.store.contents.get(interaction)
    if account is None or content is None or account.state is not AccountState.ACTIVE:
        return False
    ref = ref_of(ingesting.unsealed(desk, interaction, content).remote)
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
        found = connector.read([ref]).get(ref.id)
    except errors.ConnectorError:
        return False  # whoever reads this account anyway says what is wrong with it
    if found is None:
        return revising.withdrawn(desk, interaction, now)
    return ingesting.compare(desk, account, interaction, found, now)
