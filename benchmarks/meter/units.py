"""What DynamoDB charges for one call on our table, from the sizes of real items. Pure.

Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and, for indexes,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations
That a transaction doubles the table's units and leaves the indexes' as they are, and that a check is charged for the
item it looks at, is not in the documentation; others measured it: https://github.com/nubo-db/dynoxide/pull/188
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.adapters.items import INDEX_FIELDS, item_size
from chalicelib.ports import Index, Item

WRITE_BYTES = 1024
READ_BYTES = 4096
PAGE_BYTES = 1024 * 1024
"""Where DynamoDB ends a query's page by itself."""
ROW_BYTES = 100
"""What storage adds to each item and each index row.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""


def write_units(before: Item | None, after: Item | None) -> int:
    """Units of one write on the table: the larger image in whole KB, at least one. The same where its condition failed."""
    return max(1, *(_rounded(item_size(image), WRITE_BYTES) for image in (before, after) if image is not None), 1)


def index_write_units(before: Item | None, after: Item | None) -> int:
    """Units of what one write changes in both indexes: one for a row that comes or goes, two for one that moves."""
    units = 0
    for index in INDEX_FIELDS:
        old, new = index_row(before, index), index_row(after, index)
        if old != new:
            units += sum(_rounded(item_size(row), WRITE_BYTES) for row in (old, new) if row is not None)
    return units


def index_row(item: Item | None, index: Index) -> Item | None:
    """What a KEYS_ONLY index holds of an item; None where it holds nothing of it."""
    fields = INDEX_FIELDS[index]
    if item is None or not all(name in item for name in fields):
        return None
    return {name: item[name] for name in ("pk", "sk", *fields)}


def read_units(item: Item | None) -> int:
    """Units of one strongly consistent read by key; an item that is not there costs the least there is."""
    return 1 if item is None else max(1, _rounded(item_size(item), READ_BYTES))


def query_units(rows: Iterable[Item], *, consistent: bool) -> float:
    """Units of one request of a query: all its rows together, half as much where an older answer may be given.

    Raises ValueError for rows of more than 1 MB, which take several requests.
    """
    size = sum(item_size(row) for row in rows)
    if size > PAGE_BYTES:
        raise ValueError("rows of more than 1 MB take several requests, which this meter does not count")
    units = max(1, _rounded(size, READ_BYTES))
    return units if consistent else units / 2


def stored_bytes(item: Item | None) -> int:
    """Bytes that are paid for while an item lies in the table, its index rows among them."""
    rows = [item, *(index_row(item, index) for index in INDEX_FIELDS)]
    return sum(item_size(row) + ROW_BYTES for row in rows if row is not None)


def _rounded(size: int, unit: int) -> int:
    return -(-size // unit)
