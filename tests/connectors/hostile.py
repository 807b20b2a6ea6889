"""Bodies as nobody promised them: a recorded or hand-made answer with fields dropped, nulled, retyped, nested, lengthened.

A mutation is told by numbers only, so that Hypothesis can make it small again: which field, as a share of all there are,
and what is done to it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from connectors.contract import EarlierPage, EarlierPost, Page, RemoteInteraction, Thread
from connectors.metrics import Measure, Metrics

Path = tuple[str | int, ...]

LONG = 3_000
DEEP = 60
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    1e300,
    10**30,
    "",
    " ",
    "words",
    "\x00",
    "\ud800",
    "2026-99-99T99:99:99Z",
    "9999999999999999999999",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"id": None},
    {"data": {"children": [None]}},
)
"""What is put where something else belongs."""


class Act(StrEnum):
    """What is done to one field."""

    DROP = "drop"
    RETYPE = "retype"
    WRAP = "wrap"
    LENGTHEN = "lengthen"
    DEEPEN = "deepen"
    RENAME = "rename"


@dataclass(frozen=True)
class Mutation:
    """Where: a share of all fields, from 0 to 1. odd: which of ODD is put there."""

    where: float
    act: Act
    odd: int


mutations = st.lists(
    st.builds(
        Mutation,
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(Act),
        st.integers(0, len(ODD) - 1),
    ),
    min_size=1,
    max_size=3,
)


def mutated(body: Any, wanted: Sequence[Mutation], under: Path = ()) -> Any:
    """The body with these done to it, one after another; under: only what lies below this path."""
    body = copy.deepcopy(body)
    for one in wanted:
        places = [place for place in paths(body) if place[: len(under)] == under and len(place) > len(under)]
        if places:
            _act(body, places[int(one.where * len(places))], one)
    return body


def paths(body: Any, before: Path = ()) -> Iterator[Path]:
    """Every field and entry, the outer ones first."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inner:
        yield (*before, name)
        yield from paths(value, (*before, name))


def _act(body: Any, place: Path, one: Mutation) -> None:
    holder = body
    for step in place[:-1]:
        holder = holder[step]
    name = place[-1]
    value = holder[name]
    match one.act:
        case Act.DROP:
            del holder[name]
        case Act.RETYPE:
            holder[name] = copy.deepcopy(ODD[one.odd])
        case Act.WRAP:
            holder[name] = [value] if one.odd % 2 else {"value": value}
        case Act.LENGTHEN:
            holder[name] = _longer(value)
        case Act.DEEPEN:
            for _ in range(DEEP):
                value = [value]
            holder[name] = value
        case Act.RENAME:
            if isinstance(holder, dict):
                holder[f"{name}_"] = holder.pop(name)


def _longer(value: Any) -> Any:
    if isinstance(value, str):
        return (value or "x") * (LONG // (len(value) or 1) + 1)
    if isinstance(value, list):
        return value * 30
    if isinstance(value, dict):
        return {**value, **{f"extra{number}": number for number in range(30)}}
    return int(value) * 10**20 if isinstance(value, int | float) and value == value and abs(value) < 1e200 else value


def entries_of(body: Any, count: int) -> Path | None:
    """Where the list of so many entries lies in a body: what one bad item must not cost."""
    found = [place for place in ((), *paths(body)) if _is_list(_at(body, place), count)]
    return found[0] if found else None


def _at(body: Any, place: Path) -> Any:
    for step in place:
        body = body[step]
    return body


def _is_list(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(isinstance(one, dict) for one in value)


# --- what must hold of every answer ----------------------------------------------------------------------------------


def sound(told: Any) -> None:
    """Whatever a connector gives back is in our nouns, of the types that they promise, and can be kept. Raises AssertionError."""
    if isinstance(told, Page):
        _items(told.items)
        assert isinstance(told.cursor, str | None)
        assert type(told.skipped) is int
        assert told.skipped >= 0
    elif isinstance(told, EarlierPage):
        _items(told.items)
        assert isinstance(told.token, str | None)
        assert told.token is None or (told.token.isascii() and len(told.token) < 4_000)
        assert told.skipped >= 0
    elif isinstance(told, Thread):
        _items(told.above)
        _items(told.below)
    elif isinstance(told, Metrics):
        for counts in (*told.posts.values(), told.account, *told.communities.values()):
            for measure, number in counts.items():
                assert isinstance(measure, Measure)
                assert type(number) is int, f"{measure} is {number!r}"
                assert abs(number) < 10**18, f"{measure} is {number}: nobody counts that far"
    elif isinstance(told, dict):
        _items(told.values())
        assert all(isinstance(one, str) for one in told)
    elif isinstance(told, tuple):
        for one in told:
            assert isinstance(one, EarlierPost)
            _kept(one)
    else:
        _kept(told)


def _items(found: Any) -> None:
    for one in found:
        assert isinstance(one, RemoteInteraction)
        assert one.native_id
        assert one.conversation_id
        assert one.ref.id
        _kept(one)


def _kept(noun: Any) -> None:
    """Texts can be written as UTF-8, times are aware and in UTC; nothing else has crept in."""
    if isinstance(noun, str):
        noun.encode()
    elif isinstance(noun, datetime):
        assert noun.utcoffset() == timedelta(0)
    elif isinstance(noun, tuple | list | frozenset):
        for one in noun:
            _kept(one)
    elif is_dataclass(noun):
        for one in fields(noun):
            if one.name not in {"raw", "counts"}:
                _kept(getattr(noun, one.name))
    else:
        assert noun is None or isinstance(noun, bool | int), repr(noun)
