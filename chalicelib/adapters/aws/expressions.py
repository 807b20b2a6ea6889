"""Our values, conditions and changes in DynamoDB's words, and its answers in ours.

Pure: it imports no client. Every name is written as `#0` and every value as `:0`, so no word is reserved and nothing
can be read as syntax. It expects what `adapters.items` has checked.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.ports import (
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Change,
    Condition,
    EngineUnusable,
    Equals,
    Exists,
    Item,
    Key,
    Missing,
    Value,
)

Wire = dict[str, Any]
"""A value with its type as DynamoDB's API writes it: {"S": "text"}."""


def to_wire(value: Value) -> Wire:
    """One value with its type."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [to_wire(part) for part in value]}
    return {"M": wire_item(value)}


def from_wire(wire: Wire) -> Value:
    """One value as it was before `to_wire`. Raises EngineUnusable for a type that this house does not write."""
    ((kind, value),) = wire.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "NULL":
            return None
        case "L":
            return [from_wire(part) for part in value]
        case "M":
            return item_from_wire(value)
    raise EngineUnusable(f"The table holds a value of type {kind}, which Parley does not write; restore that item.")


def wire_item(item: Mapping[str, Value]) -> dict[str, Wire]:
    """A whole item, or a dict within one."""
    return {name: to_wire(value) for name, value in item.items()}


def item_from_wire(item: Mapping[str, Wire]) -> Item:
    """A whole item, or a dict within one, as it was before `wire_item`."""
    return {name: from_wire(value) for name, value in item.items()}


def wire_key(key: Key) -> dict[str, Wire]:
    """The key of an item."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


class Expression:
    """The names and values of one request, collected while its conditions and changes are put into words."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Wire] = {}

    def parameters(self) -> dict[str, Any]:
        """The names and values for the request; neither may be sent empty."""
        found: dict[str, Any] = {}
        if self._names:
            found["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self._names.items()}
        if self._values:
            found["ExpressionAttributeValues"] = self._values
        return found

    def name(self, field: str) -> str:
        """The placeholder of a field; the same for the same field."""
        return self._names.setdefault(field, f"#{len(self._names)}")

    def value(self, value: Value) -> str:
        """The placeholder of a value."""
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = to_wire(value)
        return placeholder

    def condition(self, when: Condition) -> str:
        """A condition as a ConditionExpression."""
        match when:
            case Equals(name, value):
                return f"{self.name(name)} = {self.value(value)}"
            case Below(name, value):
                return f"{self.name(name)} < {self.value(value)}"
            case AtMost(name, value):
                return f"{self.name(name)} <= {self.value(value)}"
            case Exists(name):
                return f"attribute_exists({self.name(name)})"
            case Missing(name):
                return f"attribute_not_exists({self.name(name)})"
            case AllOf(parts):
                return self._joined(" AND ", parts)
            case AnyOf(parts):
                return self._joined(" OR ", parts)

    def _joined(self, word: str, parts: tuple[Condition, ...]) -> str:
        # DynamoDB refuses redundant parentheses: "The expression has redundant parentheses".
        if len(parts) == 1:
            return self.condition(parts[0])
        return word.join(f"({self.condition(part)})" if _is_joint(part) else self.condition(part) for part in parts)

    def change(self, change: Change) -> str:
        """A change as an UpdateExpression."""
        sets = [f"{self.name(name)} = {self.value(value)}" for name, value in change.set.items()]
        for name, tail in change.append.items():
            place = self.name(name)
            sets.append(f"{place} = list_append(if_not_exists({place}, {self.value([])}), {self.value(list(tail))})")
        clauses = {
            "SET": sets,
            "REMOVE": [self.name(name) for name in change.remove],
            "ADD": [f"{self.name(name)} {self.value(amount)}" for name, amount in change.add.items()],
        }
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts)


def _is_joint(when: Condition) -> bool:
    """Whether a condition is put into words with AND or OR at its top."""
    while isinstance(when, AllOf | AnyOf) and len(when.parts) == 1:
        when = when.parts[0]
    return isinstance(when, AllOf | AnyOf)
