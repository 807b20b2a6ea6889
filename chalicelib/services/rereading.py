"""Rereading: what a person, or an automatic answer, is about to act on is read again where it was said: they act on what
stands there now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.domain import looking_back
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.polling import Reading
from chalicelib.domain.review import Subject
from chalicelib.services import ingesting, revising, spending
from chalicelib.services.bodies import ref_of
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from connectors import errors
from connectors.contract import Connector

SURE_FOR = timedelta(minutes=5)
"""So soon after a message was heard it is taken to stand there as it was."""

_READABLE = frozenset({AccountState.ACTIVE, AccountState.THROTTLED})


def fresh(desk: Desk, interaction: Interaction, now: datetime) -> bool:
    """Whether it still stands there as the record tells it, so that nothing automatic answers what was changed since.

    Asks the platform once `SURE_FOR` has passed since it was heard. Where it was changed or taken back the record follows,
    as with `look`, and False is returned. A platform that never tells changes nothing. Raises Retryable: ask again later.
    """
    if now - interaction.received_at < SURE_FOR:
        return True
    try:
        return not _look(desk, interaction, now)
    except errors.Retryable:
        raise
    except errors.ConnectorError:
        return True  # whoever is to speak for this account meets the same, and says what is wrong with it


MOST: Final = 100
"""Messages that one asking reads again, by the connector contract; of a workspace's queue the gravest."""


def is_due(desk: Desk, account: Account, reading: Reading, now: datetime) -> bool:
    """Whether what an account heard and a person has yet to decide about is to be read again; never where that costs money."""
    free = not desk.platforms.capabilities(account.platform).micro_usd_per_read
    return free and reading.reread_at is not None and reading.reread_at <= now


def waiting(desk: Desk, account: Account, connector: Connector, now: datetime) -> datetime | None:
    """Read again what waits for a person, in one asking; when to do so next, None where nothing waits.

    The times between grow with how long each has waited. A platform that does not answer is asked again a little later.
    Raises RateLimited, AuthExpired and Unpaid as reading does.
    """
    items = desk.store.reviews.listed(keys.shelf(account.workspace, "REVIEW"), limit=MOST).items
    about = [keys.interaction(account.workspace, one.about) for one in items if one.subject is Subject.INTERACTION]
    found = [
        one
        for one in desk.store.interactions.get_many(about)
        if one.account == account.id and one.state is InteractionState.IN_REVIEW and one.digest is not None
    ]
    if not found:
        return None
    contents = desk.store.contents.get_many(found)
    refs = {
        one.id: ref_of(ingesting.unsealed(desk, one, content).remote)
        for one, content in zip(found, contents, strict=True)
        if content is not None
    }
    try:
        told = connector.read(list(refs.values()))
    except (errors.RateLimited, errors.AuthExpired, errors.Unpaid):
        raise
    except errors.ConnectorError:
        return now + looking_back.AGAIN_AFTER
    for one in found:
        if one.id not in refs:
            continue
        there = told.get(refs[one.id].id)
        if there is None:
            revising.withdrawn(desk, one, now)
        else:
            ingesting.compare(desk, account, one, there, now)
    return looking_back.next_at((one.received_at for one in found), now)


def look(desk: Desk, interaction: Interaction, now: datetime) -> bool:
    """Read it again; whether it was changed or taken back. A platform that does not tell just now changes nothing."""
    try:
        return _look(desk, interaction, now)
    except errors.ConnectorError:
        return False  # whoever reads this account anyway says what is wrong with it


def _look(desk: Desk, interaction: Interaction, now: datetime) -> bool:
    if interaction.state is InteractionState.WITHDRAWN or interaction.digest is None:
        return False
    account = desk.store.accounts.get(interaction.workspace, interaction.account)
    content = desk.store.contents.get(interaction)
    if account is None or content is None or account.state not in _READABLE:
        return False
    ref = ref_of(ingesting.unsealed(desk, interaction, content).remote)
    connector = connector_for(desk, account)
    connector.sign_in()
    if not spending.take(desk, account.workspace, _price(desk, interaction, now), now, account=account.id):
        return False  # what the cap does not carry is not read: neither would it carry an answer
    found = connector.read([ref]).get(ref.id)
    if found is None:
        return revising.withdrawn(desk, interaction, now)
    return ingesting.compare(desk, account, interaction, found, now)


def _price(desk: Desk, interaction: Interaction, now: datetime) -> int:
    """What reading it once more costs: nothing on the day on which it was read first (connectors/x/README.md)."""
    same_day = interaction.received_at.astimezone(UTC).date() == now.astimezone(UTC).date()
    return 0 if same_day else desk.platforms.capabilities(interaction.platform).micro_usd_per_read
