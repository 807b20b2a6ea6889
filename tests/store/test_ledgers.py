"""A ledger on each engine: a cap is reached and not passed, whoever takes at once, and what is looked at leaves DUE."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from chalicelib.ports import ConditionFailed, Key
from chalicelib.store import keys, ledgers
from chalicelib.store.ledgers import Ledger
from chalicelib.store.store import Store

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
KEY = ledgers.of_month("w1", AT)


def take(store: Store, micro_usd: int, cap: int | None, key: Key = KEY) -> bool:
    try:
        store.write([ledgers.taken(key, micro_usd, cap, AT, "a1", "c1")])
    except ConditionFailed:
        return False
    return True


def read(store: Store) -> Ledger:
    return ledgers.read(store.table, KEY)


def due(store: Store) -> list[str]:
    return [keys.id_of(one.key) for one in store.due(AT + timedelta(minutes=1)) if keys.due_noun(one.sort) == "spend"]


def test_a_cap_is_reached_to_the_last_and_never_passed(store: Store) -> None:
    assert [take(store, 6, 5), take(store, 5, 5), take(store, 1, 5)] == [False, True, False]
    assert take(store, 0, 5)
    assert read(store) == Ledger(5, {"2026-11-21": 5}, {"a1": 5}, {"c1": 5})


def test_many_who_take_at_once_take_no_more_than_there_is(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(lambda _: take(store, 3, 20), range(24)))
    assert taken == 6
    assert read(store).spent == 18


def test_what_is_given_back_leaves_no_trace_and_never_more_than_was_taken(store: Store) -> None:
    assert take(store, 5, None)
    assert not ledgers.given_back(store.table, KEY, 6, AT, "a1", "c1")
    assert ledgers.given_back(store.table, KEY, 5, AT, "a1", "c1")
    assert read(store) == Ledger()


def test_a_ledger_with_a_cap_is_due_until_it_was_looked_at_as_it_is(store: Store) -> None:
    assert take(store, 5, None)
    assert due(store) == []
    assert take(store, 1, 100)
    assert due(store) == ["2026-11"]
    ledgers.looked_at(store.table, KEY, 5)
    assert due(store) == ["2026-11"], "something was taken since"
    ledgers.looked_at(store.table, KEY, 6)
    assert due(store) == []


def test_an_empty_ledger_can_be_looked_at_and_left(store: Store) -> None:
    ledgers.look_soon(store.table, KEY, AT)
    assert due(store) == ["2026-11"]
    ledgers.looked_at(store.table, KEY, 0)
    assert due(store) == []


def test_a_mark_is_set_by_one_and_can_be_taken_away(store: Store) -> None:
    assert [ledgers.mark(store.table, KEY, "told_at", AT) for _ in range(2)] == [True, False]
    ledgers.unmark(store.table, KEY, "stopped_at", "told_at")
    assert ledgers.mark(store.table, KEY, "told_at", AT)
