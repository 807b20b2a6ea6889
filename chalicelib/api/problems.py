"""Problem documents (RFC 9457): what went wrong, where, and what to do next, in one shape for every refusal.

`type` is stable: `urn:parley:problem:<slug>`. One rule for the statuses: whatever is wrong with what was sent is 400 (a
fault of the envelope has its own: 404, 405, 413, 415), what the present state does not allow is 409, what a platform did
not accept is 422, and 503 means that the same request may be sent again. Two 404s never differ by a byte. No document
repeats a request's text, names a class of ours, or shows a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chalicelib.domain import errors
from chalicelib.domain.errors import InvalidField, ParleyError
from chalicelib.ports import ConditionFailed, EngineBusy, EngineUnusable
from chalicelib.services.readers import ReaderUnusable
from chalicelib.store.repository import Stale

MEDIA_TYPE = "application/problem+json"
_LONGEST_POINTER = 200
_MOST_ERRORS = 20


class UnknownPath(ParleyError):
    """There is nothing at this address."""

    slug = "unknown-path"
    fix = "Check the path against the API guide."


class WrongMethod(ParleyError):
    """This address does not take this method."""

    slug = "wrong-method"
    fix = "Use one of the methods in the header Allow."

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self.allowed = tuple(sorted(allowed))


class WrongMediaType(ParleyError):
    """The body is not of the type that is taken here."""

    slug = "wrong-media-type"
    fix = "Send `Content-Type: application/json`, in UTF-8."


class TooLarge(ParleyError):
    """The body is larger than what is taken here."""

    slug = "too-large"
    fix = "Send less at once."


class NotJson(ParleyError):
    """The body is not a JSON document that can be read."""

    slug = "malformed-json"
    fix = "Send one JSON object, each name once, as RFC 8259 has it."


class MalformedRequest(ParleyError):
    """The request cannot be read."""

    slug = "malformed-request"
    fix = "Send a well-formed HTTP request."


class InvalidParameter(ParleyError):
    """A query parameter or header is not as it must be; nothing was stored."""

    slug = "invalid-parameter"

    def __init__(self, where: str, name: str, detail: str, *, fix: str = "") -> None:
        super().__init__(detail, fix=fix)
        self.where = where
        """`parameter` or `header`."""
        self.name = name


class InvalidBody(InvalidField):
    """The document is not as it must be; nothing was stored."""

    def __init__(self, faults: Sequence[Mapping[str, str]]) -> None:
        super().__init__(faults[0]["pointer"], fix="Correct the places named and send it again.")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, ready to be sent."""

    status: int
    slug: str
    title: str
    detail: str
    fix: str = ""
    errors: Sequence[Mapping[str, Any]] = ()
    instance: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    _TYPE: ClassVar[str] = "urn:parley:problem:"

    def body(self) -> str:
        """The document as JSON text, the same bytes for the same refusal."""
        document: dict[str, Any] = {
            "type": f"{self._TYPE}{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.fix:
            document["fix"] = self.fix
        if self.errors:
            document["errors"] = list(self.errors)
        if self.instance is not None:
            document["instance"] = self.instance
        # ASCII: whatever a field's name was made of, the answer can be encoded.
        return json.dumps(document)


_STATUS: dict[type[ParleyError], int] = {
    InvalidField: 400,
    InvalidParameter: 400,
    NotJson: 400,
    MalformedRequest: 400,
    errors.Unauthenticated: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    UnknownPath: 404,
    WrongMethod: 405,
    errors.Conflict: 409,
    TooLarge: 413,
    WrongMediaType: 415,
    errors.RemoteRefused: 422,
    errors.RemoteUnavailable: 503,
}


def problem_of(error: Exception) -> Problem | None:
    """The problem document of an error that is foreseen; None for any other: that one is a fault of ours."""
    if isinstance(error, ParleyError):
        for cls in type(error).__mro__:
            if cls in _STATUS:
                return _problem(error, cls, _STATUS[cls])
        return None
    if isinstance(error, (ConditionFailed, Stale)):
        return problem_of(errors.Conflict("it was changed at the same moment"))
    if isinstance(error, EngineBusy):
        return Problem(
            503,
            "busy",
            "Parley is busy.",
            "The record is busy; nothing was changed.",
            "Send the same request again after the seconds in Retry-After.",
            headers={"Retry-After": "1"},
        )
    if isinstance(error, ReaderUnusable):
        return Problem(
            503,
            "unusable",
            "Messages cannot be read.",
            "The classifier's table is missing or damaged; messages wait undecided.",
            "Tell the operator: install the same release again.",
        )
    if isinstance(error, EngineUnusable):
        return Problem(
            503, "unusable", "The record cannot be used.", "The record cannot be used as it is.", "Tell the operator."
        )
    return None


def fault(request_id: str) -> Problem:
    """A fault of ours. The id is also in the log; nothing else of it is told."""
    return Problem(
        500,
        "internal",
        "Something went wrong on our side.",
        "Something went wrong on our side.",
        "Try again; if it stays, tell the operator the `instance`.",
        instance=f"urn:parley:request:{request_id}",
    )


def _problem(error: ParleyError, cls: type[ParleyError], status: int) -> Problem:
    return Problem(
        status,
        error.slug,
        (cls.__doc__ or "").strip().splitlines()[0],
        error.detail,
        error.fix,
        _errors(error),
        headers=_headers(error),
    )


def _headers(error: ParleyError) -> dict[str, str]:
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case WrongMethod():
            return {"Allow": ", ".join(error.allowed)}
        case errors.RemoteUnavailable():
            return {"Retry-After": "60"}
    return {}


def _errors(error: ParleyError) -> list[Mapping[str, Any]]:
    if isinstance(error, InvalidParameter):
        return [{error.where: error.name, "detail": error.detail, "fix": error.fix}]
    if isinstance(error, InvalidBody):
        return [_cut(fault) for fault in error.faults[:_MOST_ERRORS]]
    if not isinstance(error, InvalidField):
        return []
    problems = getattr(error, "problems", None)  # InvalidGuideline, whose module brings pydantic's schema with it
    if problems is None:
        return [_cut({"pointer": error.pointer, "detail": error.detail, "fix": error.fix})]
    return [
        _cut(
            {
                "pointer": one.pointer,
                "detail": one.detail,
                "fix": one.mend,
                **({"clause": one.clause} if one.clause else {}),
                **({"line": one.line, "column": one.column} if one.line is not None else {}),
            }
        )
        for one in problems[:_MOST_ERRORS]
    ]


def _cut(fault: Mapping[str, Any]) -> Mapping[str, Any]:
    pointer = str(fault["pointer"])
    return fault if len(pointer) <= _LONGEST_POINTER else {**fault, "pointer": pointer[:_LONGEST_POINTER]}
