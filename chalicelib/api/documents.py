"""Reads a request's JSON document: bounded before it is parsed, strict while it is, checked field by field after.

Refused before a view sees anything: more than 256 KB, nesting beyond 30 levels, a name that comes twice, NaN and the
infinities, lone surrogates, a field that is not known. No message repeats what a field holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.api.problems import InvalidBody, NotJson, TooLarge

MAX_BYTES: Final = 256 * 1024
"""A post in twenty variants of Reddit's 40,000 characters would be more, but nobody writes that; SQS takes as much."""

MAX_DEPTH: Final = 30

# Possessive, the closing quote optional: an unterminated string is read once, never again from each of its quotes.
_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


F = TypeVar("F", bound=BaseModel)


def read(raw: bytes, form: type[F]) -> F:
    """The document as `form`. Raises TooLarge, NotJson, InvalidBody (every fault, each with its pointer)."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"a body may hold {MAX_BYTES // 1024} KB")
    document = _parse(raw)
    faults = [
        _fault(pointer, "it holds half a character (a lone surrogate)", "Send whole characters.")
        for pointer in _broken(document, "")
    ]
    if faults:
        raise InvalidBody(faults)
    try:
        return form.model_validate(document)
    except ValidationError as error:
        raise InvalidBody([_told(one) for one in error.errors(include_url=False, include_input=False)]) from None


def _parse(raw: bytes) -> Any:
    _check_depth(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError:  # a whole number of more digits than Python reads
        raise NotJson from None


def _check_depth(raw: bytes) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(raw):
        mark = found[0]
        if mark in {b"[", b"{"}:
            depth += 1
            if depth > MAX_DEPTH:
                raise NotJson(f"nested deeper than {MAX_DEPTH} levels")
        elif mark in {b"]", b"}"}:
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotJson("a name comes twice in one object")
    return fields


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not a JSON number")


def _broken(value: Any, pointer: str) -> Iterator[str]:
    """Pointers of the strings, and of the objects with names, that no encoding can hold."""
    if isinstance(value, str):
        if not _whole(value):
            yield pointer
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _broken(one, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, one in value.items():
            if not _whole(name):
                yield pointer
            else:
                yield from _broken(one, f"{pointer}/{_escaped(name)}")


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    pointer = "".join(f"/{_escaped(str(part))}" for part in error["loc"] if part != "[key]")
    message = str(error["msg"]).removeprefix("Value error, ")
    match error["type"]:
        case "missing":
            return _fault(pointer, "this field is missing", "Add the field.")
        case "extra_forbidden":
            return _fault(pointer, "there is no such field here", "Leave it out, or correct its name.")
        case "model_type":
            return _fault(pointer, "it is not a JSON object", "Send one, with the fields that the API guide names.")
        case "string_pattern_mismatch":
            return _fault(pointer, "it is not in the form that is needed here", "Correct the field.")
    return _fault(pointer, message, "Correct the field.")


def _fault(pointer: str, detail: str, fix: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail, "fix": fix}


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
