"""Nouns to items and back: dataclasses, enums, times and tuples, by their type hints. One codec for every noun.

None is left out, so that `Missing` means it, and so is what a field is by default: an item that is often written stays small.
A default therefore never changes. A datetime is `timing.stamp` text, a timedelta whole seconds, an enum its
value, a tuple or frozenset a list. Each class's coder is written out once, as `dataclasses` writes out an `__init__`: nouns
are read and written more often than anything else is done.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.timing import stamp, unstamp
from chalicelib.ports import Item, Key, Value
from chalicelib.store import keys
from chalicelib.store.packing import packed, unpacked

T = TypeVar("T")
_Coder = tuple[Callable[[Any], Value], Callable[[Any], Any]]


def encode(noun: Any) -> Item:
    """The noun's fields as an item's, None left out."""
    return cast("Item", _coder(cast("Any", type(noun)))[0](noun))


def difference(before: Any, after: Any) -> tuple[Item, tuple[str, ...]]:
    """The fields in which `after` differs from `before`, as an item's, and those that it has no more.

    Not their events, nor `rev`.
    """
    item: Item = {}
    gone: list[str] = []
    values, state = _state(cast("Any", type(after)))
    for old, new, (name, write_field, usual) in zip(values(before), values(after), state, strict=True):
        if old is new or old == new:
            continue
        if new is None or new == usual:
            gone.append(name)
        else:
            item[name] = write_field(new)
    return item, tuple(gone)


@cache
def _state(cls: Any) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[str, Callable[[Any], Value], Any], ...]]:
    """What takes a noun's fields out of it, and how each is written: its name, its coder, and what it is by default."""
    hints = get_type_hints(cls)
    state = tuple(
        (one.name, _coder(hints[one.name])[0], one.default) for one in fields(cls) if one.name not in {"events", "rev"}
    )
    names = [name for name, _, _ in state]
    return (attrgetter(*names) if len(names) > 1 else lambda noun: (getattr(noun, names[0]),)), state


def decode(cls: type[T], item: Mapping[str, Value]) -> T:
    """The noun that `encode` wrote; unknown fields are passed over. Raises KeyError, ValueError or TypeError if damaged."""
    return cast("T", _coder(cast("Any", cls))[1](_told_whole(item)))


def shortened(key: Key, item: Item, whole: Collection[str]) -> Item:
    """A noun's fields as they are kept: less what its key tells already, those named in `whole` packed."""
    told = keys.told_by(key)
    return {name: packed(value) if name in whole else value for name, value in item.items() if told.get(name) != value}


def shortened_event(key: Key, event: AuditEvent) -> dict[str, str]:
    """An event's fields as its own noun keeps them: less what the noun's key tells already."""
    fields, told = event.fields(), _told_of_events(key)
    return {name: value for name, value in fields.items() if told.get(name) != value}


def _told_whole(item: Mapping[str, Value]) -> Mapping[str, Value]:
    """The item with what `shortened` left out. Only nouns hold events; what an item says itself counts."""
    if "events" not in item or "pk" not in item:
        return item
    told_by, told = _told(item["pk"], item["sk"])
    return {**told_by, **item, "events": [{**told, **one} for one in item["events"]]}


@lru_cache(maxsize=1024)
def _told(pk: str, sk: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What a key tells of its noun, and of the noun's events."""
    key = Key(pk, sk)
    return keys.told_by(key), _told_of_events(key)


def _told_of_events(key: Key) -> dict[str, str]:
    return {"workspace": keys.workspace_of(key), "subject": keys.subject_of(key)}


def _same(value: Any) -> Any:
    return value


def _sequence(hint: Any, build: Callable[[Any], Any]) -> _Coder:
    write, read = _coder(get_args(hint)[0])
    if write is _same:
        return list, build
    return (lambda value: [write(one) for one in value]), (lambda value: build([read(one) for one in value]))


def _mapping(hint: Any) -> _Coder:
    key_type, value_type = get_args(hint)
    (write_key, read_key), (write, read) = _coder(key_type), _coder(value_type)
    return (
        lambda value: {write_key(name): write(one) for name, one in value.items()},
        lambda value: {read_key(name): read(one) for name, one in value.items()},
    )


@cache
def _noun(cls: Any) -> _Coder:
    hints = get_type_hints(cls)
    held: dict[str, Any] = {"cls": cls}
    writes: list[str] = []
    reads: list[str] = []
    for number, one in enumerate(fields(cls)):
        hint = hints[one.name]
        held[f"write{number}"], held[f"read{number}"] = _coder(hint)
        held[f"usual{number}"] = one.default if one.default is not MISSING else one.default_factory
        plain = held[f"read{number}"] is _same
        writes += _writing(number, one, plain=plain)
        reads.append(_reading(number, one, plain=plain, none=type(None) in get_args(hint)))
    source = (
        "def write(noun):",
        " item = {}",
        *writes,
        " return item",
        "def read(item):",
        f" return cls({', '.join(reads)})",
    )
    exec("\n".join(source), held)  # noqa: S102 - nothing is in it but the names of our own fields
    return held["write"], held["read"]


def _writing(number: int, field: Field[Any], *, plain: bool) -> tuple[str, ...]:
    """The lines that write one field."""
    other = f" and value != usual{number}" if field.default is not MISSING else ""
    written = "value" if plain else f"write{number}(value)"
    return f" value = noun.{field.name}", f" if value is not None{other}:", f"  item[{field.name!r}] = {written}"


def _reading(number: int, field: Field[Any], *, plain: bool, none: bool) -> str:
    """The argument that reads one field; what is missing is None where it may be, else what it is by default."""
    read = f"item[{field.name!r}]" if plain else f"read{number}(item[{field.name!r}])"
    if none:
        read += f" if {field.name!r} in item else None"
    elif field.default is not MISSING:
        read += f" if {field.name!r} in item else usual{number}"
    elif field.default_factory is not MISSING:
        read += f" if {field.name!r} in item else usual{number}()"
    return f"{field.name}={read}"


def _lazily(cls: Any) -> _Coder:
    """The noun's coder, looked up when it is used: a noun may hold another of its own kind (Remote.root)."""

    def write(noun: Any) -> Item:
        return cast("Item", _noun(cls)[0](noun))

    def read(item: Mapping[str, Value] | str) -> Any:
        return _noun(cls)[1](unpacked(item) if isinstance(item, str) else item)

    return write, read


@cache
def _coder(hint: Any) -> _Coder:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (one for one in get_args(hint) if one is not type(None))
        return _coder(inner)
    if origin is tuple:
        return _sequence(hint, tuple)
    if origin is frozenset:
        write, read = _sequence(hint, frozenset)
        return (lambda value: sorted(write(value))), read
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(hint)
    if hint is datetime:
        return stamp, unstamp
    if hint is timedelta:
        return (lambda value: int(value.total_seconds())), (lambda value: timedelta(seconds=value))
    if hint is AuditEvent:
        return (lambda event: event.fields()), AuditEvent.read
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        # Asking the class itself takes three times as long.
        return attrgetter("value"), {one.value: one for one in hint}.__getitem__
    if is_dataclass(hint):
        return _lazily(hint)
    return _same, _same
