"""What every Table engine answers, whatever stands behind it."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import Any

import pytest

from chalicelib.adapters.items import MAX_ITEM_BYTES
from chalicelib.ports import (
    ABSENT,
    PRESENT,
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
    Key,
    Missing,
    Put,
    Table,
    Update,
    all_of,
    any_of,
)
from tests.adapters.engines import HERE, item

# --- one item --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "",
        "grüße 🦉",
        "\x00 and \x1f",
        "\U0010ffff\uffff",
        0,
        -1,
        10**38 - 1,
        1 - 10**38,
        123000000000000000000000,
        True,
        False,
        None,
        [],
        {},
        [1, True, "1", None, [[]], {"a": {}}],
        {"b": 1, "a": [True, 1], "ü": None},
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_was(table: Table, value: Any) -> None:
    table.put(item(value=value))
    found = table.get(HERE)
    assert found == item(value=value)
    assert repr(found["value"]) == repr(value) or isinstance(value, dict)


def test_nothing_lies_under_an_unused_key(table: Table) -> None:
    table.put(item())
    assert table.get(Key("W#1", "P#2")) is None
    assert table.get(Key("W#2", "P#1")) is None


def test_a_put_replaces_the_whole_item(table: Table) -> None:
    table.put(item(a=1, g="D", gs="1"))
    table.put(item(b=2))
    assert table.get(HERE) == item(b=2)
    assert table.query_index(Index.DUE, "D").rows == []


def test_what_was_given_and_what_was_got_are_copies(table: Table) -> None:
    given = item(parts=["a"])
    table.put(given)
    given["parts"].append("b")
    got = table.get(HERE)
    assert got == item(parts=["a"])
    got["parts"].append("c")
    assert table.get(HERE) == item(parts=["a"])


def test_an_enum_of_text_is_stored_as_its_text(table: Table) -> None:
    class Shade(StrEnum):
        RED = "red"

    table.put(item(shade=Shade.RED))
    assert table.get(HERE) == item(shade="red")
    table.update(HERE, Change(set={"seen": True}), Equals("shade", Shade.RED))


def test_many_are_got_in_the_order_asked_with_gaps_and_repeats(table: Table) -> None:
    keys = [Key("W#1", f"P#{number:03}") for number in range(130)]
    for key in keys[::2]:
        table.put(item(key))
    asked = [*reversed(keys), keys[0], keys[1]]
    wanted = [item(key) if int(key.sk[2:]) % 2 == 0 else None for key in asked]
    assert table.get_many(asked) == wanted
    assert table.get_many([]) == []


def test_the_same_item_got_twice_is_two_copies(table: Table) -> None:
    table.put(item(parts=["a"]))
    one, other = table.get_many([HERE, HERE])
    assert one is not None
    one["parts"].append("b")
    assert other == item(parts=["a"])


def test_a_deleted_item_is_gone_and_deleting_it_again_is_fine(table: Table) -> None:
    table.put(item(g="D", gs="1"))
    table.delete(HERE)
    table.delete(HERE)
    assert table.get(HERE) is None
    assert table.query_index(Index.DUE, "D").rows == []


# --- changes ---------------------------------------------------------------------------------------------------------


def test_a_change_of_every_kind_at_once(table: Table) -> None:
    table.put(item(old=1, gone=2, count=3, log=["a"]))
    change = Change(
        set={"old": "new", "more": []}, remove=("gone", "never"), add={"count": -5, "zero": 0}, append={"log": ["b", 1]}
    )
    after = table.update(HERE, change)
    assert after == item(old="new", more=[], count=-2, zero=0, log=["a", "b", 1])
    assert table.get(HERE) == after


def test_an_update_makes_what_is_not_there(table: Table) -> None:
    after = table.update(HERE, Change(add={"count": 2}, append={"log": ["a"], "empty": []}))
    assert after == table.get(HERE) == item(count=2, log=["a"], empty=[])


def test_removing_a_field_from_nothing_makes_a_bare_item(table: Table) -> None:
    assert table.update(HERE, Change(remove=("x",))) == item()
    assert table.get(HERE) == item()


def test_words_of_the_query_language_are_ordinary_field_names(table: Table) -> None:
    table.put(item(**{"size": 1, "a.b": 2, "#n": 3, ":v": 4, "ü[0]": 5}))
    table.update(
        HERE, Change(set={"a.b": 6}, remove=("ü[0]",)), all_of(Equals("size", 1), Equals("#n", 3), Exists(":v"))
    )
    assert table.get(HERE) == item(**{"size": 1, "a.b": 6, "#n": 3, ":v": 4})


@pytest.mark.parametrize("change", [Change(add={"field": 1}), Change(append={"field": [1]})], ids=["add", "append"])
@pytest.mark.parametrize("before", ["text", True, None, {}], ids=repr)
def test_adding_to_what_is_of_another_type_is_refused(table: Table, change: Change, before: Any) -> None:
    table.put(item(field=before))
    with pytest.raises(TypeError):
        table.update(HERE, change)
    with pytest.raises(TypeError):
        table.transact([Update(HERE, change)])
    assert table.get(HERE) == item(field=before)


def test_a_refused_change_leaves_no_part_of_itself(table: Table) -> None:
    table.put(item(field="text", log=["a"]))
    with pytest.raises(TypeError):
        table.update(HERE, Change(set={"new": 1}, remove=("log",), add={"field": 1}))
    assert table.get(HERE) == item(field="text", log=["a"])


def test_a_failed_condition_is_reported_before_a_change_that_cannot_be_made(table: Table) -> None:
    table.put(item(field="text"))
    with pytest.raises(ConditionFailed):
        table.update(HERE, Change(add={"field": 1}), ABSENT)


def test_an_item_may_be_400_kb_and_no_more(table: Table) -> None:
    # moto refuses from 405,000 bytes on, AWS above 409,600.
    table.put(item(text="x" * 404_000))
    for refused in (
        lambda: table.put(item(text="x" * MAX_ITEM_BYTES)),
        lambda: table.update(HERE, Change(set={"more": "y" * 6_000})),
        lambda: table.transact([Update(HERE, Change(set={"more": "y" * 6_000}))]),
    ):
        with pytest.raises(ValueError, match="400 KB"):
            refused()
    assert table.get(HERE) == item(text="x" * 404_000)


# --- conditions ------------------------------------------------------------------------------------------------------

SAMPLE = item(text="m", number=5, yes=True, none=None, parts=[1, {"a": True}], shape={"a": 1, "b": []})

HOLD: list[Condition] = [
    Equals("text", "m"),
    Equals("number", 5),
    Equals("yes", value=True),
    Equals("none", None),
    Equals("parts", [1, {"a": True}]),
    Equals("shape", {"b": [], "a": 1}),
    Equals("pk", HERE.pk),
    Below("text", "n"),
    Below("text", "ma"),
    Below("number", 6),
    AtMost("number", 5),
    AtMost("text", "m"),
    Exists("none"),
    Missing("other"),
    PRESENT,
    AllOf((Exists("text"),)),
    AnyOf((Exists("text"),)),
    AllOf((AnyOf((AllOf((Exists("text"),)),)),)),
    all_of(Exists("text"), any_of(Missing("text"), Equals("number", 5)), Below("number", 9)),
    any_of(all_of(Exists("text"), Missing("text")), all_of(Exists("text"), Exists("number"))),
]
FAIL: list[Condition] = [
    Equals("text", "M"),
    Equals("number", 4),
    Equals("number", "5"),
    Equals("yes", 1),
    Equals("number", value=True),
    Equals("other", None),
    Equals("none", value=False),
    Equals("none", ""),
    Equals("parts", [True, {"a": True}]),
    Equals("parts", [1, {"a": 1}]),
    Equals("parts", [1]),
    Equals("parts", {}),
    Equals("shape", {"a": 1}),
    Below("text", "m"),
    Below("text", 9),
    Below("number", 5),
    Below("number", "9"),
    Below("yes", 2),
    Below("none", "a"),
    Below("other", 9),
    AtMost("number", 4),
    AtMost("yes", 1),
    Exists("other"),
    Missing("none"),
    ABSENT,
    all_of(Exists("text"), Missing("text")),
    any_of(Missing("text"), all_of(Exists("text"), Equals("number", 4))),
    # AND binds tighter than OR: without parentheses this would hold.
    all_of(any_of(Exists("text"), Exists("other")), Missing("text")),
]


@pytest.mark.parametrize("when", HOLD, ids=repr)
def test_a_condition_that_holds_lets_the_write_pass(table: Table, when: Condition) -> None:
    table.put(SAMPLE)
    table.transact([Check(HERE, when)])
    assert table.update(HERE, Change(set={"seen": 1}), when) == {**SAMPLE, "seen": 1}


@pytest.mark.parametrize("when", FAIL, ids=repr)
def test_a_condition_that_does_not_hold_stops_every_kind_of_write(table: Table, when: Condition) -> None:
    table.put(SAMPLE)
    for write in (
        lambda: table.put(item(), when),
        lambda: table.update(HERE, Change(set={"seen": 1}), when),
        lambda: table.delete(HERE, when),
        lambda: table.transact([Check(HERE, when)]),
    ):
        with pytest.raises(ConditionFailed) as failure:
            write()
        assert failure.value.current == SAMPLE
        assert failure.value.index == 0
    assert table.get(HERE) == SAMPLE


@pytest.mark.parametrize("when", [Exists("pk"), Equals("x", None), Below("x", "a"), AtMost("x", 1)], ids=repr)
def test_of_nothing_no_comparison_holds(table: Table, when: Condition) -> None:
    with pytest.raises(ConditionFailed) as failure:
        table.put(item(), when)
    assert failure.value.current is None
    table.put(item(), all_of(ABSENT, Missing("x")))


def test_text_compares_by_its_utf8_bytes(table: Table) -> None:
    # U+FF5E has fewer bytes than U+1F989; in UTF-16 it would come after it.
    table.put(item(text="\uff5e"))
    table.update(HERE, Change(set={"a": 1}), Below("text", "\U0001f989"))
    with pytest.raises(ConditionFailed):
        table.update(HERE, Change(set={"a": 1}), Below("text", "z"))


def test_of_many_claimers_one_wins(table: Table) -> None:
    table.put(item(state="waiting"))
    won, lost = [], []
    start = threading.Barrier(12)

    def claim(name: str) -> None:
        start.wait()
        try:
            table.update(HERE, Change(set={"state": "claimed", "owner": name}), Equals("state", "waiting"))
            won.append(name)
        except ConditionFailed as failure:
            lost.append(failure.current)

    claimers = [threading.Thread(target=claim, args=(f"worker {number}",)) for number in range(12)]
    for claimer in claimers:
        claimer.start()
    for claimer in claimers:
        claimer.join()
    after = item(state="claimed", owner=won[0])
    assert len(won) == 1
    assert lost == [after] * 11
    assert table.get(HERE) == after


# --- transactions ----------------------------------------------------------------------------------------------------


def keyed(number: int) -> Key:
    return Key(f"W#{number % 2}", f"P#{number}")


def test_a_transaction_writes_everything(table: Table) -> None:
    for number in range(4):
        table.put(item(keyed(number), n=number))
    table.transact(
        [
            Put(item(keyed(0), new=True), Equals("n", 0)),
            Update(keyed(1), Change(add={"n": 10}), Equals("n", 1)),
            Delete(keyed(2), Equals("n", 2)),
            Check(keyed(3), Equals("n", 3)),
            Update(keyed(4), Change(set={"made": "here"})),
        ]
    )
    assert table.get_many([keyed(number) for number in range(5)]) == [
        item(keyed(0), new=True),
        item(keyed(1), n=11),
        None,
        item(keyed(3), n=3),
        item(keyed(4), made="here"),
    ]


@pytest.mark.parametrize("first", range(4))
def test_a_failed_transaction_writes_nothing_and_names_the_first_failure(table: Table, first: int) -> None:
    for number in range(3):
        table.put(item(keyed(number), n=number))
    wrong = [Equals("n", number if number < first else 99) for number in range(4)]
    with pytest.raises(ConditionFailed) as failure:
        table.transact(
            [
                Put(item(keyed(0)), wrong[0]),
                Update(keyed(1), Change(set={"n": 9}), wrong[1]),
                Delete(keyed(2), wrong[2]),
                Check(keyed(3), wrong[3]),
                Put(item(keyed(5))),
            ]
        )
    assert failure.value.index == first
    assert failure.value.current == (item(keyed(first), n=first) if first < 3 else None)
    assert table.get_many([keyed(number) for number in range(6)]) == [
        *(item(keyed(number), n=number) for number in range(3)),
        None,
        None,
        None,
    ]


def test_a_transaction_takes_a_hundred_writes(table: Table) -> None:
    table.transact([Put(item(Key("W", f"{number:03}"))) for number in range(100)])
    assert len(table.query("W", limit=1000).items) == 100


# --- many transactions at once ---------------------------------------------------------------------------------------

THERE = [Key("groups", str(number)) for number in range(6)]


def test_each_group_stands_for_itself(table: Table) -> None:
    table.put(item(THERE[2], colour="red"))
    outcomes = table.transact_each(
        [
            [Put(item(THERE[1]), ABSENT)],
            [Put(item(THERE[2]), ABSENT), Put(item(THERE[3]))],
            [Update(THERE[4], Change(set={"n": 1})), Put(item(THERE[5]))],
        ]
    )
    assert [None if one is None else one.index for one in outcomes] == [None, 0, None]
    assert outcomes[1] is not None
    assert outcomes[1].current is not None
    assert outcomes[1].current["colour"] == "red"
    found = table.get_many(THERE[1:])
    assert [one is not None for one in found] == [True, True, False, True, True]


def test_a_later_group_sees_what_an_earlier_one_wrote(table: Table) -> None:
    once = [Put(item(THERE[1]), ABSENT)]
    assert [one is None for one in table.transact_each([once, once])] == [True, False]


def test_a_group_that_cannot_be_stored_stops_them_all_before_anything_is_written(table: Table) -> None:
    with pytest.raises(TypeError, match="share"):
        table.transact_each([[Put(item(THERE[1]))], [Put(item(THERE[2], share=0.5))]])
    assert table.get(THERE[1]) is None


def test_no_groups_are_no_trouble(table: Table) -> None:
    assert table.transact_each([]) == []


def test_the_first_page_of_each_partition_of_an_index(table: Table) -> None:
    for number in range(6):
        table.put(item(THERE[number], g=f"D#{number % 2}", gs=f"2026-{number}"))
    pages = table.query_index_each(Index.DUE, ["D#1", "D#0", "D#9"], upto="2026-3", limit=1)
    assert [[row.sort for row in page.rows] for page in pages] == [["2026-1"], ["2026-0"], []]
    assert [page.after is None for page in pages] == [False, False, True]
