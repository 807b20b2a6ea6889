"""Communities: what each asks of a post, learnt of the platform before something is scheduled or said there, and kept a while.

What was learnt is kept for each account, because a community may let one in and another not. What cannot be learnt just now
stands against nothing: the platform itself refuses what it does not take.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.post import Body
from chalicelib.ports import SealBroken
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from connectors.communities import CommunityRules
from connectors.contract import TellsRules
from connectors.errors import ConnectorError

FRESH = timedelta(hours=6)
"""How long what was learnt goes unasked: moderators change their rules by the week, and a request costs the app's budget."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a community asks, and when that was read."""

    rules: CommunityRules
    read_at: datetime


def known(desk: Desk, account: Account, body: Body) -> CommunityRules | None:
    """What the community of a first post asks, as far as it was learnt. Nobody is asked."""
    learnt = _learnt(desk, account, body)
    return None if learnt is None else learnt.rules


def learn(desk: Desk, account: Account, body: Body, now: datetime) -> None:
    """Ask the platform what the community of a first post asks, unless that was learnt a short while ago.

    Where it cannot be learnt, what was known stays; that the account is signed out is for its reading and speaking to find.
    """
    if not _has_rules(desk, account, body) or account.state is not AccountState.ACTIVE:
        return
    learnt = _learnt(desk, account, body)
    if learnt is not None and now - learnt.read_at < FRESH:
        return
    try:
        connector = connector_for(desk, account)
        if not isinstance(connector, TellsRules):
            return
        rules = connector.rules_of(body.community or "")
    except (ConnectorError, NotFound, SealBroken):
        return
    place = keys.place(account.workspace, account.id, body.community or "")
    desk.store.table.put({"pk": place.pk, "sk": place.sk, **encode(Learnt(rules, now))})


def _learnt(desk: Desk, account: Account, body: Body) -> Learnt | None:
    if not _has_rules(desk, account, body):
        return None
    item = desk.store.table.get(keys.place(account.workspace, account.id, body.community or ""))
    return None if item is None else decode(Learnt, item)


def _has_rules(desk: Desk, account: Account, body: Body) -> bool:
    told = body.answers is None and bool((body.community or "").strip())
    return told and desk.platforms.capabilities(account.platform).tells_rules
