"""What a condition means and what a change does, in plain Python, exactly as DynamoDB would answer.

Pure: it reads no clock, touches no file and alters nothing that it is given. It expects values that `adapters.items`
has checked, so that every value is of a plain type.
"""

from __future__ import annotations

from chalicelib.adapters.items import INT_LIMIT
from chalicelib.ports import AllOf, AnyOf, AtMost, Below, Change, Condition, Equals, Exists, Item, Key, Missing, Value


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal in type and content, all the way down: True is not 1, and dicts have no order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(part, other[name]) for name, part in one.items())
    return bool(one == other)


def holds(when: Condition, item: Item | None) -> bool:
    """Whether the condition holds for the item as it lies there (None: there is none).

    A comparison with a missing field, or with one of another type, is false. Texts compare by their UTF-8 bytes,
    which is the order of code points and so Python's own.
    """
    fields: Item = item or {}
    match when:
        case Equals(name, value):
            return name in fields and same(fields[name], value)
        case Below(name, value):
            return type(fields.get(name)) is type(value) and fields[name] < value
        case AtMost(name, value):
            return type(fields.get(name)) is type(value) and fields[name] <= value
        case Exists(name):
            return name in fields
        case Missing(name):
            return name not in fields
        case AllOf(parts):
            return all(holds(part, item) for part in parts)
        case AnyOf(parts):
            return any(holds(part, item) for part in parts)


def changed(key: Key, item: Item | None, change: Change) -> Item:
    """The item as it is after the change; one with nothing but its key is begun if there was none.

    Raises TypeError if something is added to what is not an int or appended to what is not a list, and ValueError if
    a number becomes too large to be stored.
    """
    after: Item = dict(item) if item is not None else {"pk": key.pk, "sk": key.sk}
    after.update(change.set)
    for name in change.remove:
        after.pop(name, None)
    for name, amount in change.add.items():
        before = after.get(name, 0)
        if type(before) is not int:
            raise TypeError("a change can add only to an int")
        after[name] = before + amount
        if not -INT_LIMIT < after[name] < INT_LIMIT:
            raise ValueError("a change would make a number of more than 38 digits")
    for name, tail in change.append.items():
        head = after.get(name, [])
        if type(head) is not list:
            raise TypeError("a change can append only to a list")
        after[name] = [*head, *tail]
    return after
