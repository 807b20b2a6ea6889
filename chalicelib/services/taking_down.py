"""Taking down: deleting on the platform what was published. PUBLISHED stays what it is; the record says that it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.domain.errors import Conflict, NotFound, RemoteRefused, RemoteUnavailable
from chalicelib.domain.post import VARIANT, Variant
from chalicelib.domain.rationale import Actor
from chalicelib.services import accounts, spending
from chalicelib.services.bodies import ref_of
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.contract import Connector, RemoteRef


def take_down(desk: Desk, caller: Caller, variant_id: str, why: str, now: datetime) -> Variant:
    """Delete a published post on its platform. Safe to repeat: what is gone already is gone.

    Raises NotFound, Conflict where it is not published, RemoteRefused where the platform refuses or the account is signed
    out, RemoteUnavailable where nobody knows whether it was done: then asking again is right.
    """
    variant = desk.store.variants.get(caller.workspace, variant_id)
    if variant is None:
        raise NotFound
    if not VARIANT.allows(variant.state, "take_down") or variant.remote is None:
        raise Conflict(f"it is {variant.state.value}", fix="Only what is published can be taken down.")
    if variant.taken_down_at is not None:
        return variant
    timing = desk.policy.timing[variant.platform]
    landed = variant.published_at + timing.landing + timing.skew if variant.takeovers and variant.published_at else now
    if now < landed:
        # An earlier attempt's request may still land, and would make it anew (tests/model).
        raise Conflict("an earlier attempt may still land", fix=f"Ask again after {landed:%H:%M:%S} UTC.")
    account = desk.store.accounts.get(caller.workspace, variant.account)
    if account is None:
        raise Conflict("its account is gone", fix="Delete it on the platform.")
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
        # The last part first: what is left of a thread that could not be taken down whole still has its beginning.
        for one in reversed(variant.said or (variant.remote,)):
            _delete(desk, account, connector, ref_of(one), now)
    except (errors.Retryable, errors.Ambiguous) as error:
        raise RemoteUnavailable(str(error)) from error
    except errors.ConnectorError as error:
        accounts.refused(desk, account, error, now)
        raise RemoteRefused(str(error)) from error
    while True:
        after = replace(variant, state=VARIANT.move(variant.state, "take_down"), taken_down_at=now)
        event = desk.store.variants.moved(variant, after, "take_down", now, Actor.member(caller.member), why)
        try:
            saved: Variant = desk.store.variants.save(variant, after, event)
            return saved
        except Stale as stale:
            if stale.current is None:
                raise NotFound from stale
            current: Variant = stale.current
            variant = current
            if variant.taken_down_at is not None:
                return variant


def _delete(desk: Desk, account: Account, connector: Connector, ref: RemoteRef, now: datetime) -> None:
    """Delete one part, and count what that costs. No cap stops it: what has to go goes."""
    cost = desk.platforms.capabilities(account.platform).micro_usd_per_deletion
    spending.count(desk, account.workspace, cost, now, account=account.id)
    try:
        connector.delete(ref)
    except errors.Ambiguous:
        raise
    except errors.ConnectorError:
        spending.give_back(desk, account.workspace, cost, now, account=account.id)
        raise
