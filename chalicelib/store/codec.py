"""Nouns to items and back: dataclasses, enums, times and tuples, by their type hints. One codec for every noun.

None is left out, so that `Missing` means it, and so is what a field is by default: an item that is often written stays small.
A default therefore never changes. A datetime is `timing.stamp` text, a timedelta whole seconds, an enum its
value, a tuple or frozenset a list. Each class's coder is built once.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
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
    for name, write_field, usual in _state(cast("Any", type(after))):
        old, new = getattr(before, name), getattr(after, name)
        if old is new or old == new:
            continue
        if new is None or new == usual:
            gone.append(name)
        else:
            item[name] = write_field(new)
    return item, tuple(gone)


@cache
def _state(cls: Any) -> tuple[tuple[str, Callable[[Any], Value], Any], ...]:
    hints = get_type_hints(cls)
    return tuple(
        (one.name, _coder(hints[one.name])[0], one.default) for one in fields(cls) if one.name not in {"events", "rev"}
    )


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
    key = Key(item["pk"], item["sk"])
    told = _told_of_events(key)
    return {**keys.told_by(key), **item, "events": [{**told, **one} for one in item["events"]]}


def _told_of_events(key: Key) -> dict[str, str]:
    return {"workspace": keys.workspace_of(key), "subject": keys.subject_of(key)}


def _same(value: Any) -> Any:
    return value


def _sequence(hint: Any, build: Callable[[Any], Any]) -> _Coder:
    write, read = _coder(get_args(hint)[0])
    return (lambda value: [write(one) for one in value]), (lambda value: build(read(one) for one in value))


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
    coders = [(one.name, *_coder(hints[one.name]), one.default) for one in fields(cls)]
    optional = {one.name for one in fields(cls) if one.default is not MISSING or one.default_factory is not MISSING}
    nones = {name for name, hint in hints.items() if type(None) in get_args(hint)}
    needed = [(name, read_field) for name, _, read_field, _ in coders if name not in optional | nones]
    others = [(name, read_field) for name, _, read_field, _ in coders if name in optional | nones]
    absent = dict.fromkeys(one.name for one in fields(cls) if one.name in nones)

    def write(noun: Any) -> Item:
        item: Item = {}
        for name, write_field, _, usual in coders:
            value = getattr(noun, name)
            if value is not None and (usual is MISSING or value != usual):
                item[name] = write_field(value)
        return item

    def read(item: Mapping[str, Value]) -> Any:
        values = dict(absent)
        for name, read_field in needed:
            values[name] = read_field(item[name])
        for name, read_field in others:
            if name in item:
                values[name] = read_field(item[name])
        return cls(**values)

    return write, read


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
        return (lambda value: value.value), hint
    if is_dataclass(hint):
        return _lazily(hint)
    return _same, _same
