"""What every Table engine answers when it is asked for many items: pages, order, and the two indexes."""

from __future__ import annotations

import pytest

from chalicelib.ports import Change, Index, Key, Table, Update
from tests.adapters.engines import HERE, item

# --- queries ---------------------------------------------------------------------------------------------------------

SORTED = [
    "A",
    "P",
    "P#",
    "P#1",
    "P#10",
    "P#2",
    "P#a",
    "P#ä",
    "P#\ud7ff",
    "P#\ue000",
    "P#\uff5e",
    "P#\U0010ffff",
    "P$",
    "p#",
    "é",
]


@pytest.fixture
def filled(table: Table) -> Table:
    for sk in reversed(SORTED):
        table.put(item(Key("W#1", sk)))
    table.put(item(Key("W#10", "P#1")))
    table.put(item(Key("W#", "P#1")))
    return table


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("prefix", ["", "P", "P#", "P#1", "P#\ud7ff", "P#\U0010ffff", "\U0010ffff", "zz"], ids=ascii)
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages_of_a_prefix_hold_every_item_once_in_order(
    filled: Table, prefix: str, limit: int, newest_first: bool
) -> None:
    found, after, pages = [], None, 0
    while True:
        page = filled.query("W#1", prefix=prefix, limit=limit, newest_first=newest_first, after=after)
        found += [row["sk"] for row in page.items]
        assert len(page.items) <= limit
        pages += 1
        after = page.after
        if after is None:
            break
    wanted = [sk for sk in SORTED if sk.startswith(prefix)]
    assert found == (wanted[::-1] if newest_first else wanted)
    # There is no token where there is no further page.
    assert pages == max(1, -(-len(wanted) // limit))


def test_a_page_of_large_items_is_as_long_as_asked(table: Table) -> None:
    for number in range(7):
        table.put(item(Key("W", str(number)), text="x" * 390_000))
    page = table.query("W", limit=6)
    assert [row["sk"] for row in page.items] == list("012345")
    assert [row["sk"] for row in table.query("W", limit=6, after=page.after).items] == ["6"]


def test_a_row_deleted_between_two_pages_does_not_disturb_the_second(filled: Table) -> None:
    page = filled.query("W#1", limit=2)
    filled.delete(Key("W#1", SORTED[1]))
    assert [row["sk"] for row in filled.query("W#1", limit=2, after=page.after).items] == SORTED[2:4]


def test_a_token_of_one_partition_never_leads_into_another(filled: Table) -> None:
    filled.put(item(Key("W#10", "P#9")))
    token = filled.query("W#10", limit=1).after
    assert all(row["pk"] == "W#1" for row in filled.query("W#1", after=token).items)


@pytest.mark.parametrize("token", ["", "x", "bm90IGpzb24=", "W10=", "WyIiXQ==", "WzFd", "é", "W" * 5000])
def test_what_is_not_a_token_is_refused(filled: Table, token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        filled.query("W#1", after=token)
    with pytest.raises(ValueError, match="token"):
        filled.query_index(Index.DUE, "D", after=token)


def test_a_token_of_another_prefix_is_refused(filled: Table) -> None:
    token = filled.query("W#1", prefix="P#", limit=1).after
    with pytest.raises(ValueError, match="token"):
        filled.query("W#1", prefix="A", after=token)


# --- indexes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", Index)
def test_an_item_is_in_an_index_while_it_has_both_fields(table: Table, index: Index) -> None:
    group, sort = {Index.DUE: ("g", "gs"), Index.SHELF: ("l", "ls")}[index]

    def rows() -> list[tuple[Key, str]]:
        return [(row.key, row.sort) for row in table.query_index(index, "D").rows]

    table.put(item(**{group: "D"}))
    assert rows() == []
    table.update(HERE, Change(set={sort: "5"}))
    assert rows() == [(HERE, "5")]
    table.update(HERE, Change(set={sort: "7"}))
    assert rows() == [(HERE, "7")]
    table.update(HERE, Change(remove=(group,)))
    assert rows() == []
    table.transact([Update(HERE, Change(set={group: "D"}))])
    assert rows() == [(HERE, "7")]
    table.update(HERE, Change(set={group: "E"}))
    assert rows() == []


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("upto", [None, "3", "30", "2~", "0"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_of_an_index_hold_every_row_once_in_order(
    table: Table, upto: str | None, limit: int, newest_first: bool
) -> None:
    wanted = []
    for number, sort in enumerate(["1", "2", "2#a", "2ä", "3", "3", "3", "4"]):
        key = Key(f"W#{number % 3}", f"P#{number}")
        table.put(item(key, g="D", gs=sort, body="not in the index"))
        wanted.append((sort, key))
    wanted = sorted(row for row in wanted if upto is None or row[0] <= upto)
    found, after = [], None
    while True:
        page = table.query_index(Index.DUE, "D", upto=upto, limit=limit, newest_first=newest_first, after=after)
        assert len(page.rows) <= limit
        found += [(row.sort, row.key) for row in page.rows]
        after = page.after
        if after is None:
            break
        assert len(page.rows) == limit
    assert found == (wanted[::-1] if newest_first else wanted)
