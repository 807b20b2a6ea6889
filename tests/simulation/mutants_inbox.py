"""Listening broken on purpose, one rule at a time, at run time only."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.interaction import Interaction
from chalicelib.domain.polling import Reading
from chalicelib.ports import EngineBusy, Put
from chalicelib.services import polling
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Repository


def cursor_first(patch: pytest.MonkeyPatch) -> None:
    """Saves where a reading ended before what it brought is stored."""
    fetched: list[Any] = []
    opened, heard = polling.connector_for, polling.hear

    def connector_for(*given: Any) -> Any:
        connector = opened(*given)
        fetch = connector.fetch_interactions

        def fetch_interactions(*asked: Any) -> Any:
            fetched[:] = [fetch(*asked)]
            return fetched[0]

        connector.fetch_interactions = fetch_interactions
        return connector

    def hear(desk: Desk, account: Any, items: Any, now: Any) -> Any:
        desk.store.save_reading(account.workspace, account.id, Reading(cursor=fetched[0].cursor, read_at=now))
        return heard(desk, account, items, now)

    patch.setattr(polling, "connector_for", connector_for)
    patch.setattr(polling, "hear", hear)


def stored_anew(patch: pytest.MonkeyPatch) -> None:
    """Stores a message whatever lies there already: what was decided about it is gone."""
    created = Repository.created

    def over_whatever_lies_there(self: Any, noun: Any, *events: Any) -> Put:
        put = created(self, noun, *events)
        return Put(put.item, None) if isinstance(noun, Interaction) else put

    patch.setattr(Repository, "created", over_whatever_lies_there)
    patch.setattr(Repository, "get_many", _blind(Repository.get_many))


def _blind(get_many: Any) -> Any:
    def blind(self: Any, places: Any, *, may_lag: bool = False) -> Any:
        return [] if may_lag else get_many(self, places)

    return blind


def goes_on_past_a_failure(patch: pytest.MonkeyPatch) -> None:
    """Takes what could not be stored for stored."""
    heard = polling.hear

    def hear(*given: Any) -> Any:
        try:
            return heard(*given)
        except EngineBusy:
            return 0

    patch.setattr(polling, "hear", hear)
