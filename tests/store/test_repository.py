"""Every change is fenced, carries its event, and keeps the indexes, in one write; on both engines."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.store.repository import Repository, Stale
from chalicelib.store.store import Store
from tests.store.samples import SAMPLES, WS, event

pytestmark = pytest.mark.parametrize("name", SAMPLES)


def opened(store: Store, name: str) -> tuple[Repository[Any], Any]:
    """A repository of the store, and a noun of it that was created."""
    repository: Repository[Any] = getattr(store, name)
    return repository, repository.create(SAMPLES[name], event("create"))


def lying(repository: Repository[Any], item_id: str) -> Any:
    """The noun as it lies in the record."""
    found = repository.get(WS, item_id)
    assert found is not None
    return found


def test_what_was_created_is_there_with_its_event(store: Store, name: str) -> None:
    repository, created = opened(store, name)
    found = lying(repository, created.id)
    assert found == created == SAMPLES[name]
    assert (found.rev, found.events) == (created.rev, created.events) == (1, (event("create"),))


def test_a_second_create_is_told_what_lies_there_and_changes_nothing(store: Store, name: str) -> None:
    repository, created = opened(store, name)
    with pytest.raises(Stale) as stale:
        repository.create(SAMPLES[name], event("create again"))
    current: Any = stale.value.current
    assert current == created
    assert current.events == (event("create"),)
    assert lying(repository, created.id).events == (event("create"),)


def test_of_two_writers_that_read_the_same_one_wins(store: Store, name: str) -> None:
    repository, created = opened(store, name)
    first = repository.save(created, created, event("first"))
    with pytest.raises(Stale) as stale:
        repository.save(created, created, event("second"))
    current: Any = stale.value.current
    assert current.events == first.events
    assert [one.act for one in lying(repository, created.id).events] == ["create", "first"]


def test_each_save_appends_its_one_event_and_counts_one_up(store: Store, name: str) -> None:
    repository, noun = opened(store, name)
    for number in range(3):
        before = noun
        noun = repository.save(noun, noun, event(f"change {number}"))
        found = lying(repository, noun.id)
        assert found.rev == noun.rev == before.rev + 1
        assert found.events == noun.events == (*before.events, event(f"change {number}"))


def test_nobody_saves_what_is_not_there(store: Store, name: str) -> None:
    repository: Repository[Any] = getattr(store, name)
    gone = replace(SAMPLES[name], rev=1)
    with pytest.raises(Stale) as stale:
        repository.save(gone, gone, event())
    assert stale.value.current is None
    assert repository.get(WS, gone.id) is None


def test_another_workspaces_noun_is_not_there(store: Store, name: str) -> None:
    repository, created = opened(store, name)
    assert repository.get("w2", created.id) is None


def test_writers_in_a_crowd_lose_no_event(store: Store, name: str) -> None:
    repository, created = opened(store, name)
    turn = threading.Barrier(4)

    def write(who: int) -> None:
        turn.wait()
        noun = created
        while True:
            try:
                repository.save(noun, noun, event(f"writer {who}"))
            except Stale as stale:
                noun = stale.current
            else:
                return

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    found = lying(repository, created.id)
    assert found.rev == 5
    assert sorted(one.act for one in found.events) == ["create", *(f"writer {who}" for who in range(4))]
