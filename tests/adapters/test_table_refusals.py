"""What no Table engine takes, refused by all in the same words and with nothing written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.ports import (
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Change,
    Check,
    Delete,
    Equals,
    Index,
    Key,
    Missing,
    Put,
    Table,
    Update,
)

HERE = Key("W", "P")


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


ITEMS: list[tuple[dict[Any, Any], type[Exception], str]] = [
    ({"share": 0.5}, TypeError, "'share' holds a float"),
    ({"shape": {"a": [0.5]}}, TypeError, "'shape' holds a float"),
    ({"raw": b"x"}, TypeError, "'raw' holds a bytes"),
    ({"pair": (1, 2)}, TypeError, "'pair' holds a tuple"),
    ({"names": {"a"}}, TypeError, "'names' holds a set"),
    ({"shape": {1: "a"}}, TypeError, "'shape' holds a dict whose keys"),
    ({"shape": {"": "a"}}, ValueError, "'shape' holds a dict with an empty key"),
    ({1: "a"}, TypeError, "a field name is text"),
    ({"": "a"}, ValueError, "a field name may not be empty"),
    ({"big": 10**38}, ValueError, "'big' holds a number of more than 38 digits"),
    ({"big": [-(10**38)]}, ValueError, "'big' holds a number of more than 38 digits"),
    ({"text": "a\ud800"}, ValueError, "'text' holds a lone surrogate"),
    ({"shape": {"\udfff": 1}}, ValueError, "'shape' holds a lone surrogate"),
    ({"a\ud800": 1}, ValueError, "lone surrogate"),
    ({"deep": deep(33)}, ValueError, "'deep' is nested more than 32"),
    ({"deep": deep(5000)}, ValueError, "'deep' is nested more than 32"),
    ({"text": "x" * 409_600}, ValueError, "larger than 400 KB"),
    ({"text": "é" * 204_800}, ValueError, "larger than 400 KB"),
    ({"list": [None] * 204_800}, ValueError, "larger than 400 KB"),
    ({"pk": ""}, ValueError, "'pk' is a key and may not be empty"),
    ({"sk": ""}, ValueError, "'sk' is a key and may not be empty"),
    ({"pk": 1}, TypeError, "'pk' is a key and holds text only"),
    ({"sk": None}, TypeError, "'sk' is a key and holds text only"),
    ({"pk": "x" * 2049}, ValueError, "'pk' is a key of more than 2048"),
    ({"sk": "é" * 513}, ValueError, "'sk' is a key of more than 1024"),
    ({"g": ""}, ValueError, "'g' is a key and may not be empty"),
    ({"gs": ""}, ValueError, "'gs' is a key and may not be empty"),
    ({"l": 5}, TypeError, "'l' is a key and holds text only"),
    ({"ls": None}, TypeError, "'ls' is a key and holds text only"),
    ({"ls": "x" * 1025}, ValueError, "'ls' is a key of more than 1024"),
]


@pytest.mark.parametrize(("fields", "error", "words"), ITEMS, ids=[words for _, _, words in ITEMS])
def test_an_item_that_cannot_be_stored(
    table: Table, fields: dict[Any, Any], error: type[Exception], words: str
) -> None:
    item = {"pk": "W", "sk": "P", **fields}
    with pytest.raises(error, match=words):
        table.put(item)
    with pytest.raises(error, match=words):
        table.transact([Put({"pk": "W", "sk": "Q"}), Put(item)])
    assert table.query("W").items == []


@pytest.mark.parametrize("missing", ["pk", "sk"])
def test_an_item_without_its_key(table: Table, missing: str) -> None:
    item = {"pk": "W", "sk": "P"}
    del item[missing]
    with pytest.raises(ValueError, match=f"has no '{missing}'"):
        table.put(item)


CHANGES: list[tuple[Change, type[Exception], str]] = [
    (Change(), ValueError, "at least one field"),
    (Change(set={"pk": "X"}), ValueError, "'pk' is the item's own key"),
    (Change(remove=("sk",)), ValueError, "'sk' is the item's own key"),
    (Change(set={"a": 1}, remove=("a",)), ValueError, "'a' is named twice"),
    (Change(add={"a": 1}, append={"a": []}), ValueError, "'a' is named twice"),
    (Change(remove=("a", "a")), ValueError, "'a' is named twice"),
    (Change(set={"share": 0.5}), TypeError, "'share' holds a float"),
    (Change(set={"gs": ""}), ValueError, "'gs' is a key and may not be empty"),
    (Change(set={"g": 1}), TypeError, "'g' is a key and holds text only"),
    (Change(add={"g": 1}), TypeError, "'g' is a key and holds text only"),
    (Change(append={"ls": ["a"]}), TypeError, "'ls' is a key and holds text only"),
    (Change(add={"n": True}), TypeError, "'n': only an int can be added"),
    (Change(add={"n": 1.5}), TypeError, "'n': only an int can be added"),  # type: ignore[dict-item]
    (Change(append={"log": "text"}), TypeError, "'log': only a sequence can be appended"),
    (Change(append={"log": [0.5]}), TypeError, "'log' holds a float"),
    (Change(append={"log": [deep(32)]}), ValueError, "'log' is nested more than 32"),
]


@pytest.mark.parametrize(("change", "error", "words"), CHANGES, ids=[words for _, _, words in CHANGES])
def test_a_change_that_cannot_be_made(table: Table, change: Change, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        table.update(HERE, change)
    with pytest.raises(error, match=words):
        table.transact([Update(HERE, change)])
    assert table.get(HERE) is None


@pytest.mark.parametrize(
    ("when", "error", "words"),
    [
        (AllOf(()), ValueError, "at least one"),
        (AnyOf((Missing("a"), AllOf(()))), ValueError, "at least one"),
        (Equals("a", 0.5), TypeError, "'a' holds a float"),
        (Equals("", 1), ValueError, "field name may not be empty"),
        (Below("a", True), TypeError, "'a' can be compared with text or an int"),  # noqa: FBT003
        (AtMost("a", None), TypeError, "'a' can be compared with text or an int"),  # type: ignore[arg-type]
        (Below("a", "\ud800"), ValueError, "'a' holds a lone surrogate"),
        ("a = 1", TypeError, "is not a condition"),
    ],
)
def test_a_condition_that_means_nothing(table: Table, when: Any, error: type[Exception], words: str) -> None:
    for write in (
        lambda: table.put({"pk": "W", "sk": "P"}, when),
        lambda: table.delete(HERE, when),
        lambda: table.transact([Check(HERE, when)]),
    ):
        with pytest.raises(error, match=words):
            write()
    assert table.get(HERE) is None


def test_a_sum_of_more_than_38_digits(table: Table) -> None:
    # moto adds what DynamoDB refuses.
    if "Dynamo" in type(table).__name__:
        pytest.skip("moto 5.2.5 has no limit for a sum")
    table.put({"pk": "W", "sk": "P", "n": 10**38 - 1})
    with pytest.raises(ValueError, match="38 digits"):
        table.update(HERE, Change(add={"n": 1}))


@pytest.mark.parametrize(
    ("writes", "words"),
    [
        ([], "1 to 100"),
        ([Delete(Key("W", str(number))) for number in range(101)], "1 to 100"),
        ([Delete(HERE), Put({"pk": "W", "sk": "P"})], "only once"),
        ([Put({"pk": "W", "sk": str(number), "text": "x" * 400_000}) for number in range(11)], "at most 4 MB"),
    ],
    ids=["none", "too many", "same key", "too large"],
)
def test_a_transaction_that_cannot_be_made(table: Table, writes: list[Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        table.transact(writes)
    assert table.query("W").items == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda table: table.get(Key("", "P")),
        lambda table: table.get(Key("W", "")),
        lambda table: table.get_many([HERE, Key("W", "\ud800")]),
        lambda table: table.query(""),
        lambda table: table.query("W", limit=0),
        lambda table: table.query("W", prefix="\ud800"),
        lambda table: table.query_index(Index.DUE, ""),
        lambda table: table.query_index(Index.DUE, "D", upto=""),
        lambda table: table.query_index(Index.DUE, "D", limit=-1),
    ],
)
def test_a_question_that_means_nothing(table: Table, ask: Callable[[Table], Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        ask(table)


def test_a_refusal_never_quotes_what_it_refuses(table: Table) -> None:
    with pytest.raises(ValueError) as refusal:
        table.put({"pk": "W", "sk": "P", "text": "a secret \ud800"})
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
