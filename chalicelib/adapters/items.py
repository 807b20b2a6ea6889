"""What may be written to the record, checked once for every engine.

Both tables call these functions before they touch anything, so both refuse the same items, changes, conditions and
page tokens with the same words. What comes back is a clean copy of plain types, which the caller can no longer change.

It must never repair a value, and never name more of one than its top-level field: texts stay out of exceptions.

The limits are DynamoDB's, so that what the embedded engine takes today can move to AWS tomorrow:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence

from chalicelib.ports import (
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Change,
    Check,
    Condition,
    Delete,
    Equals,
    Exists,
    Index,
    Item,
    Key,
    Missing,
    Put,
    Update,
    Value,
    Write,
)

INDEX_FIELDS: Mapping[Index, tuple[str, str]] = {Index.DUE: ("g", "gs"), Index.SHELF: ("l", "ls")}
"""The partition field and the sort field of each index."""

MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_TRANSACTION_WRITES = 100
MAX_DEPTH = 32
INT_LIMIT = 10**38

# A partition value may hold 2048 bytes, a sort value 1024, in the table and in its indexes.
_KEY_BYTES = {"pk": 2048, "sk": 1024, "g": 2048, "gs": 1024, "l": 2048, "ls": 1024}
_INDEXED = frozenset(name for pair in INDEX_FIELDS.values() for name in pair)
_OWN_KEY = frozenset({"pk", "sk"})


# --- values ----------------------------------------------------------------------------------------------------------


def _text(value: str, field: str) -> str:
    """The same text as a plain str. A lone surrogate has no UTF-8 form: ValueError."""
    if value.isascii():
        return str.__str__(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"field '{_shown(field)}' holds a lone surrogate, which cannot be stored") from None
    return str.__str__(value)


def _shown(field: str) -> str:
    return field.encode("ascii", "backslashreplace").decode()


def _field_name(name: object) -> str:
    if type(name) is str and name and name.isascii():
        return name
    if not isinstance(name, str):
        raise TypeError(f"a field name is text, not {type(name).__name__}")
    if not name:
        raise ValueError("a field name may not be empty")
    return _text(name, name)


def checked_value(value: Value, field: str, depth: int = 1) -> Value:
    """A clean copy of one value of the field `field`.

    Text, whole numbers of at most 38 digits, bool, None, list, and dict with text keys. Subclasses of str and int
    (such as StrEnum) become plain. Raises TypeError for any other type, ValueError for what is too deep or too long.
    """
    if value is None or isinstance(value, bool) or (type(value) is str and value.isascii()):
        return value
    if isinstance(value, str):
        return _text(value, field)
    if isinstance(value, int):
        if not -INT_LIMIT < value < INT_LIMIT:
            raise ValueError(f"field '{_shown(field)}' holds a number of more than 38 digits")
        return int(value)
    if isinstance(value, list | dict):
        if depth > MAX_DEPTH:
            raise ValueError(f"field '{_shown(field)}' is nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, list):
            return [checked_value(part, field, depth + 1) for part in value]
        return {_inner_name(name, field): checked_value(part, field, depth + 1) for name, part in value.items()}
    raise TypeError(f"field '{_shown(field)}' holds a {type(value).__name__}, which the record does not store")


def _inner_name(name: object, field: str) -> str:
    if type(name) is str and name and name.isascii():
        return name
    if not isinstance(name, str):
        raise TypeError(f"field '{_shown(field)}' holds a dict whose keys are not all text")
    if not name:
        raise ValueError(f"field '{_shown(field)}' holds a dict with an empty key")
    return _text(name, field)


def _checked_key_value(value: Value, field: str) -> str:
    if type(value) is str and value and len(value) <= _KEY_BYTES[field] and value.isascii():
        return value
    if not isinstance(value, str):
        raise TypeError(f"field '{field}' is a key and holds text only, not {type(value).__name__}")
    if not value:
        raise ValueError(f"field '{field}' is a key and may not be empty; leave it out instead")
    clean = _text(value, field)
    if 4 * len(clean) > _KEY_BYTES[field] and len(clean.encode()) > _KEY_BYTES[field]:
        raise ValueError(f"field '{field}' is a key of more than {_KEY_BYTES[field]} bytes")
    return clean


def _checked_field(name: str, value: Value) -> Value:
    return _checked_key_value(value, name) if name in _KEY_BYTES else checked_value(value, name)


def item_size(item: Item) -> int:
    """Bytes of an item as DynamoDB counts them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Value) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        digits = str(abs(value)).rstrip("0")
        return (len(digits) + 1) // 2 + 1 + (value < 0)
    if isinstance(value, dict):
        return 3 + sum(1 + len(name.encode()) + _value_size(part) for name, part in value.items())
    return 3 + sum(1 + _value_size(part) for part in value)


def check_size(item: Item, as_json: str) -> None:
    """Raise ValueError if the item is larger than 400 KB. as_json: the same as text, by which most are cleared at once."""
    # Counting takes ten times as long as writing JSON: 4 bytes a code point at most, and DynamoDB's overhead is no more.
    if 6 * len(as_json) > MAX_ITEM_BYTES and item_size(item) > MAX_ITEM_BYTES:
        raise ValueError(f"the item is larger than {MAX_ITEM_BYTES // 1024} KB")


# --- items, keys, changes --------------------------------------------------------------------------------------------


def checked_key(key: Key) -> Key:
    """The same key; ValueError if a part is empty or too long, TypeError if it is not text."""
    return Key(_checked_key_value(key.pk, "pk"), _checked_key_value(key.sk, "sk"))


def checked_item(item: Mapping[str, Value]) -> Item:
    """A clean copy of a whole item. Raises TypeError or ValueError, naming the field."""
    clean = {_field_name(name): _checked_field(name, value) for name, value in item.items()}
    for name in ("pk", "sk"):
        if name not in clean:
            raise ValueError(f"the item has no '{name}'")
    return clean


def checked_change(change: Change) -> Change:
    """A clean copy of a change. Raises TypeError or ValueError, naming the field; an empty change is a ValueError."""
    clean = Change(
        set={_field_name(name): _checked_field(name, value) for name, value in change.set.items()},
        remove=tuple(_field_name(name) for name in change.remove),
        add={_field_name(name): _checked_amount(name, amount) for name, amount in change.add.items()},
        append={_field_name(name): _checked_tail(name, tail) for name, tail in change.append.items()},
    )
    named = [*clean.set, *clean.remove, *clean.add, *clean.append]
    if not named:
        raise ValueError("a change must name at least one field")
    for name in named:
        if name in _OWN_KEY:
            raise ValueError(f"field '{name}' is the item's own key and cannot be changed")
        if named.count(name) > 1:
            raise ValueError(f"field '{_shown(name)}' is named twice in one change")
    return clean


def _checked_amount(name: str, amount: object) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"field '{_shown(name)}': only an int can be added, not {type(amount).__name__}")
    _refuse_indexed(name)
    return int(checked_value(amount, name))


def _checked_tail(name: str, tail: Sequence[Value]) -> list[Value]:
    if isinstance(tail, str) or not isinstance(tail, Sequence):
        raise TypeError(f"field '{_shown(name)}': only a sequence can be appended, not {type(tail).__name__}")
    _refuse_indexed(name)
    return [checked_value(part, name, 2) for part in tail]


def _refuse_indexed(name: str) -> None:
    if name in _INDEXED:
        raise TypeError(f"field '{name}' is a key and holds text only")


# --- conditions ------------------------------------------------------------------------------------------------------


def checked_condition(when: Condition | None) -> Condition | None:
    """A clean copy of a condition, or None. Raises TypeError or ValueError, naming the field."""
    return None if when is None else _checked_condition(when)


def _checked_condition(when: Condition) -> Condition:
    match when:
        case Equals(name, value):
            name = _field_name(name)
            return Equals(name, checked_value(value, name))
        case Below(name, value):
            return Below(_field_name(name), _checked_bound(name, value))
        case AtMost(name, value):
            return AtMost(_field_name(name), _checked_bound(name, value))
        case Exists(name):
            return Exists(_field_name(name))
        case Missing(name):
            return Missing(_field_name(name))
        case AllOf(parts):
            return AllOf(_checked_parts(parts))
        case AnyOf(parts):
            return AnyOf(_checked_parts(parts))
    raise TypeError(f"a {type(when).__name__} is not a condition")


def _checked_parts(parts: Iterable[Condition]) -> tuple[Condition, ...]:
    clean = tuple(_checked_condition(part) for part in parts)
    if not clean:
        raise ValueError("a condition of several parts needs at least one")
    return clean


def _checked_bound(name: str, value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"field '{_shown(name)}' can be compared with text or an int, not {type(value).__name__}")
    clean: str | int = checked_value(value, name)
    return clean


# --- writes ----------------------------------------------------------------------------------------------------------


def written_key(write: Write) -> Key:
    """The key that a checked write is about."""
    return Key(write.item["pk"], write.item["sk"]) if isinstance(write, Put) else write.key


def checked_write(write: Write) -> Write:
    """A clean copy of one write. Raises TypeError or ValueError, naming the field."""
    match write:
        case Put(item, when):
            return Put(checked_item(item), checked_condition(when))
        case Update(key, change, when):
            return Update(checked_key(key), checked_change(change), checked_condition(when))
        case Delete(key, when):
            return Delete(checked_key(key), checked_condition(when))
        case Check(key, when):
            return Check(checked_key(key), _checked_condition(when))
    raise TypeError(f"a {type(write).__name__} is not a write")


def checked_writes(writes: Sequence[Write]) -> list[Write]:
    """Clean copies of a transaction's writes: 1 to 100, each key at most once, together at most 4 MB (ValueError)."""
    if not 1 <= len(writes) <= MAX_TRANSACTION_WRITES:
        raise ValueError(f"a transaction has 1 to {MAX_TRANSACTION_WRITES} writes, not {len(writes)}")
    clean = [checked_write(write) for write in writes]
    if len({written_key(write) for write in clean}) < len(clean):
        raise ValueError("a transaction may name each key only once")
    if sum(item_size(write.item) for write in clean if isinstance(write, Put)) > MAX_TRANSACTION_BYTES:
        raise ValueError(f"a transaction may hold at most {MAX_TRANSACTION_BYTES // 1024**2} MB")
    return clean


# --- queries ---------------------------------------------------------------------------------------------------------


def checked_limit(limit: int) -> int:
    """The same limit; ValueError below 1."""
    if limit < 1:
        raise ValueError("the limit of a page is at least 1")
    return limit


def checked_partition(value: str, field: str) -> str:
    """The same partition value, checked as the key field `field` is."""
    return _checked_key_value(value, field)


def checked_prefix(prefix: str) -> str:
    """The same prefix of a sort key; it may be empty."""
    return _checked_key_value(prefix, "sk") if prefix else ""


def page_token(*position: str) -> str:
    """Where a page ended, as opaque ASCII. It never holds the partition, so it cannot lead into another one."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def checked_query_token(after: str, prefix: str) -> str:
    """The sort key after which the next page of a query begins; ValueError if it is not a token of such a query."""
    (sk,) = _opened_token(after, ("sk",))
    if not sk.startswith(prefix):
        raise ValueError("this page token belongs to another query")
    return sk


def checked_index_token(after: str, index: Index, upto: str | None) -> tuple[str, str, str]:
    """(sort value, pk, sk) after which the next page of an index begins; ValueError if it is not a token of it."""
    sort, pk, sk = _opened_token(after, (INDEX_FIELDS[index][1], "pk", "sk"))
    if upto is not None and sort > upto:
        raise ValueError("this page token belongs to another query")
    return sort, pk, sk


def _opened_token(after: str, fields: tuple[str, ...]) -> list[str]:
    try:
        position = json.loads(base64.b64decode(after.encode("ascii"), altchars=b"-_", validate=True))
        if not isinstance(position, list) or len(position) != len(fields):
            raise ValueError("wrong shape")
        return [_checked_key_value(part, field) for part, field in zip(position, fields, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise ValueError("this is not a page token") from None
