"""The same random operations on tables in memory (the embedded one, the simulation's) and on DynamoDB as moto plays it.

The same answers, always.

Where moto departs from DynamoDB's documentation, `engines.fake_aws` puts it right. One departure is kept out of the
machine's way: moto reports a change that cannot be made before a failed condition of another write of the same
transaction, where DynamoDB lists both; so transactions here add to ints and append to lists only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.ports import (
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Change,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Exists,
    Index,
    Item,
    Key,
    Missing,
    Put,
    Table,
    Update,
    Write,
)
from tests.adapters.engines import TABLES

pytestmark = pytest.mark.long

PARTITIONS = ["A", "B"]
PLACES = ["1", "1#x", "2"]
INDEX_VALUES = {"g": ["D", "E"], "gs": ["1", "2", "2é"], "l": ["D"], "ls": ["1", "2"]}

keys = st.builds(Key, st.sampled_from(PARTITIONS), st.sampled_from(PLACES))
values = st.sampled_from(
    ["", "a", "b", 0, 1, 2, True, False, None, [], [1], [True], {}, {"a": 1}, {"a": True}, {"a": [None]}]
)
lists = st.lists(st.sampled_from(["a", 1, True, None, [1]]), max_size=2)
numbers = st.integers(-3, 3)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "x": values,
    "y": values,
    "n": numbers,
    "log": lists,
    **{name: st.sampled_from(texts) for name, texts in INDEX_VALUES.items()},
}
fields = st.fixed_dictionaries({}, optional=FIELDS)
items = st.builds(lambda key, more: {"pk": key.pk, "sk": key.sk, **more}, keys, fields)

names = st.sampled_from([*FIELDS, "pk", "never"])
simple = st.one_of(
    names.flatmap(lambda name: st.builds(Equals, st.just(name), FIELDS.get(name, values))),
    st.builds(Below, names, st.sampled_from([0, 1, "", "1", "b"])),
    st.builds(AtMost, names, st.sampled_from([0, 1, "", "1", "b"])),
    st.builds(Exists, names),
    st.builds(Missing, names),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
maybe = st.none() | conditions


@st.composite
def changes(draw: st.DrawFn, adds: Sequence[str], appends: Sequence[str]) -> Change:
    kinds: dict[str, dict[str, Any]] = {"set": {}, "remove": {}, "add": {}, "append": {}}
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), unique=True, max_size=4)):
        possible = ["set", "remove", *["add"] * (name in adds), *["append"] * (name in appends)]
        kind = draw(st.sampled_from(possible))
        kinds[kind][name] = draw({"add": numbers, "append": lists}.get(kind, FIELDS[name]))
    return Change(kinds["set"], tuple(kinds["remove"]), kinds["add"], kinds["append"])


any_change = changes(adds=("n", "x"), appends=("log", "y"))
sure_change = changes(adds=("n",), appends=("log",))
writes: st.SearchStrategy[Write] = st.one_of(
    st.builds(Put, items, maybe),
    st.builds(Update, keys, sure_change, maybe),
    st.builds(Delete, keys, maybe),
    st.builds(Check, keys, conditions),
)


def exactly(value: Any) -> Any:
    """A form in which True is not 1 and the order of a dict does not matter."""
    if isinstance(value, dict):
        return {name: exactly(part) for name, part in value.items()}
    if isinstance(value, list):
        return [exactly(part) for part in value]
    return type(value).__name__, value


def outcome(call: Callable[[Table], Any], table: Table) -> Any:
    try:
        return "answered", exactly(call(table))
    except ConditionFailed as failure:
        return "condition failed", failure.index, exactly(failure.current)
    except (TypeError, ValueError) as refusal:
        return "refused", type(refusal)


def pages(table: Table, ask: Callable[[Table, str | None], tuple[list[Any], str | None]]) -> list[list[Any]]:
    """The rows of every page of a query, in order."""
    found, after = [], None
    while True:
        rows, after = ask(table, after)
        found.append(rows)
        if after is None:
            return found


class TwoTables(RuleBasedStateMachine):
    engine = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.ours: Table = self.opened.enter_context(TABLES[self.engine](Path()))
        self.dynamo: Table = self.opened.enter_context(TABLES["dynamodb"](Path()))

    def teardown(self) -> None:
        self.opened.close()

    def both(self, call: Callable[[Table], Any]) -> None:
        assert outcome(call, self.ours) == outcome(call, self.dynamo)

    @rule(key=keys)
    def get(self, key: Key) -> None:
        self.both(lambda table: table.get(key))

    @rule(wanted=st.lists(keys, max_size=5))
    def get_many(self, wanted: list[Key]) -> None:
        self.both(lambda table: table.get_many(wanted))

    @rule(item=items, when=maybe)
    def put(self, item: Item, when: Condition | None) -> None:
        self.both(lambda table: table.put(item, when))

    @rule(key=keys, change=any_change, when=maybe)
    def update(self, key: Key, change: Change, when: Condition | None) -> None:
        self.both(lambda table: table.update(key, change, when))

    @rule(key=keys, when=maybe)
    def delete(self, key: Key, when: Condition | None) -> None:
        self.both(lambda table: table.delete(key, when))

    @rule(chosen=st.lists(writes, min_size=1, max_size=4))
    def transact(self, chosen: list[Write]) -> None:
        self.both(lambda table: table.transact(chosen))

    @rule(
        pk=st.sampled_from(PARTITIONS),
        prefix=st.sampled_from(["", "1", "1#", "3"]),
        limit=st.integers(0, 3),
        newest=st.booleans(),
    )
    def query(self, pk: str, prefix: str, limit: int, newest: bool) -> None:
        def ask(table: Table, after: str | None) -> tuple[list[Any], str | None]:
            page = table.query(pk, prefix=prefix, limit=limit, newest_first=newest, after=after)
            return page.items, page.after

        self.both(lambda table: pages(table, ask))

    @rule(
        index=st.sampled_from(Index),
        partition=st.sampled_from(["D", "E"]),
        upto=st.sampled_from([None, "0", "1", "2", "2é"]),
        limit=st.integers(1, 3),
        newest=st.booleans(),
    )
    def query_index(self, index: Index, partition: str, upto: str | None, limit: int, newest: bool) -> None:
        def ask(table: Table, after: str | None) -> tuple[list[Any], str | None]:
            page = table.query_index(index, partition, upto=upto, limit=limit, newest_first=newest, after=after)
            return [(row.sort, row.key) for row in page.rows], page.after

        self.both(lambda table: pages(table, ask))

    @invariant()
    def both_hold_the_same_items(self) -> None:
        self.both(lambda table: table.get_many([Key(pk, sk) for pk in PARTITIONS for sk in PLACES]))

    @invariant()
    def both_list_the_same_rows(self) -> None:
        for index, partition in ((Index.DUE, "D"), (Index.DUE, "E"), (Index.SHELF, "D")):
            self.both(lambda table, index=index, partition=partition: table.query_index(index, partition))


class SimulatedAndDynamo(TwoTables):
    engine = "simulated"


_SETTINGS = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTwoTables = TwoTables.TestCase
TestTwoTables.settings = _SETTINGS
TestSimulatedAndDynamo = SimulatedAndDynamo.TestCase
TestSimulatedAndDynamo.settings = _SETTINGS
