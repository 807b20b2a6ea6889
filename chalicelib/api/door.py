"""The door: every request is known, allowed, read and answered in this one place, before and after its view.

Order: who asks (401), may they (403), is the address an id at all (404), is what they sent well-formed (400), then the
view. A view gets what was checked and returns JSON types; it never sees a header, a raw body or a Chalice object.
`ROUTES` is the table of all routes with the one action that each needs; a route without an action is refused when it is
declared. The workspace always comes from the token.
"""

from __future__ import annotations

import binascii
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from chalice import Blueprint, Response

from chalicelib.api import problems
from chalicelib.api.problems import InvalidParameter, MalformedRequest, TooLarge, WrongMediaType
from chalicelib.domain.access import Action, Caller
from chalicelib.domain.errors import NotAllowed, NotFound, Unauthenticated
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Listing

JSON: Final = "application/json"
MOST_PER_PAGE: Final = 100
PER_PAGE: Final = 50
LONGEST_QUERY: Final = 200

_BEARER = re.compile(r"bearer ([A-Za-z0-9_-]{1,199})", re.IGNORECASE | re.ASCII)
_ID = re.compile(r"[a-z0-9.]{1,64}", re.ASCII)
_CONTENT_TYPE = re.compile(r'application/json(\s*;\s*charset\s*=\s*"?utf-8"?)?\s*', re.IGNORECASE | re.ASCII)

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Takes:
    """A body that is a file, not a JSON document: the media types it may have, and its bytes at most."""

    types: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what it takes, and the action that the caller must be allowed. `action` None: open to everybody.

    query: the one parameter of its own that its address may have. open_query: others decide what its address holds, and
    the view is told the names alone.
    """

    method: str
    path: str
    action: Action | None
    form: str | None = None
    listing: bool = False
    takes: Takes | None = None
    query: str | None = None
    open_query: bool = False


ROUTES: list[Route] = []
"""Every route of the API, in the order of declaration: the role x route matrix and the API guide are made from it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = PER_PAGE
    after: str | None = None

    def of(self, read: Callable[[int, str | None], Listing[T]], shape: Callable[[T], Any]) -> dict[str, Any]:
        """One page of a list as every list is answered. Raises InvalidParameter for a token that is none of this list."""
        try:
            listing = read(self.limit, self.after)
        except ValueError as error:
            if self.after is None:
                raise
            raise InvalidParameter(
                "parameter", "after", "this is not a page token of this list", fix="Send back `next` as it was given."
            ) from error
        return {"items": [shape(one) for one in listing.items], "next": listing.after}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a view may know of a request, all of it checked."""

    desk: Desk
    now: datetime
    headers: Mapping[str, str] = field(repr=False)
    page: Page = Page()
    known: Caller | None = None
    query: str = ""
    """The route's own parameter, up to 200 characters; empty where it was not given."""
    named: frozenset[str] = frozenset()
    """The names of all parameters, where others decide which there are; never what they hold."""

    @property
    def caller(self) -> Caller:
        """Who asks. A public route has nobody to name: using it there is a bug."""
        if self.known is None:
            raise LookupError("a public route has no caller")
        return self.known


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON types with a status other than 200, or a text or bytes of another media type. A `body` of None is no body at all."""

    body: Any
    status: int = 200
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class _Request(Protocol):
    """The part of chalice.app.Request that the door uses."""

    headers: Mapping[str, str]
    query_params: Any
    raw_body: bytes


View = Callable[Concatenate[Ask, P], Any]


def route(
    blueprint: Blueprint,
    path: str,
    *,
    method: str = "GET",
    action: Action | None = None,
    public: bool = False,
    form: str | None = None,
    listing: bool = False,
    takes: Takes | None = None,
    query: str | None = None,
    open_query: bool = False,
) -> Callable[[View[P]], View[P]]:
    """Declare a view: `view(ask, form?, **ids)`, answering JSON types or an Answer.

    action: what the caller must be allowed; or public=True, for everybody. form: name of the Form (forms.py) that the body
    must be; given to the view as its second argument. listing: the route takes `limit` and `after`. Raises TypeError for
    a route with neither action nor public, or with both.
    """
    if (action is None) is not public:
        raise TypeError(f"{method} {path} needs an action, or must say that it is public")

    def declare(view: View[P]) -> View[P]:
        declared = Route(method, path, action, form, listing, takes, query, open_query)
        ROUTES.append(declared)

        @functools.wraps(view)
        def answer(**ids: str) -> Response:
            app: Any = blueprint.current_app
            return _answer(app, view, declared, ids)

        # Chalice's own check of the content type would come before the question who asks; the door's comes after.
        blueprint.route(path, methods=[method], content_types=["*/*"])(answer)
        return view

    return declare


def _answer(app: Any, view: Callable[..., Any], declared: Route, ids: Mapping[str, str]) -> Response:
    from chalicelib import bootstrap

    try:
        request: _Request = app.current_request
        desk = bootstrap.desk()
        now = desk.clock.now()
        caller = None if declared.action is None else _allowed(desk, request, declared.action, now)
        if caller is not None:
            app.note(workspace=caller.workspace)
        if not all(_ID.fullmatch(one) for one in ids.values()):
            raise NotFound
        named = frozenset(request.query_params or ()) if declared.open_query else frozenset[str]()
        page = Page() if declared.open_query else _page(request, declared)
        ask = Ask(desk, now, request.headers, page, caller, _query(request, declared.query), named)
        given = view(ask, *_read(request, declared), **ids)
    except Exception as error:  # noqa: BLE001 - the door is where every error becomes an answer
        problem = problems.problem_of(error)
        return app.fault(error) if problem is None else respond(problem)
    answer = given if isinstance(given, Answer) else Answer(given)
    if answer.body is None:
        return Response("", dict(answer.headers), answer.status)
    return Response(answer.body, {"Content-Type": answer.media, **answer.headers}, answer.status)


def respond(problem: problems.Problem) -> Response:
    """The problem document as an HTTP answer."""
    return Response(problem.body(), {"Content-Type": problems.MEDIA_TYPE, **problem.headers}, problem.status)


def _allowed(desk: Desk, request: _Request, action: Action, now: datetime) -> Caller:
    from chalicelib.services.access import caller_of

    shown = _BEARER.fullmatch(request.headers.get("authorization") or "")
    if shown is None:
        raise Unauthenticated
    caller = caller_of(desk, shown[1], now)
    if not caller.may(action):
        raise NotAllowed(f"this needs the right {action.value}")
    return caller


def _read(request: _Request, declared: Route) -> tuple[Any, ...]:
    if declared.takes is not None:
        return (_file(request, declared.takes),)
    if declared.form is None:
        return ()
    from chalicelib.api import documents, forms

    if not _CONTENT_TYPE.fullmatch(request.headers.get("content-type") or ""):
        raise WrongMediaType
    return (documents.read(_raw(request), getattr(forms, declared.form)),)


def _file(request: _Request, takes: Takes) -> bytes:
    given = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if given not in takes.types:
        raise WrongMediaType("the body must be a file", fix=f"Send `Content-Type: {takes.types[0]}`.")
    raw = _raw(request)
    if len(raw) > takes.most:
        raise TooLarge(f"a file may hold {takes.most // 1024} KB here")
    return raw


def _raw(request: _Request) -> bytes:
    try:
        return request.raw_body
    except (binascii.Error, UnicodeError):
        raise MalformedRequest("the body cannot be decoded") from None


def _query(request: _Request, name: str | None) -> str:
    """The route's own parameter, empty where it is missing. Raises InvalidParameter where it comes twice, or is too long."""
    if name is None or request.query_params is None or name not in request.query_params:
        return ""
    given = request.query_params.getlist(name)
    if len(given) != 1 or len(given[0]) > LONGEST_QUERY:
        detail = f"it may come once, with up to {LONGEST_QUERY} characters"
        raise InvalidParameter("parameter", name, detail, fix="Correct it.")
    return str(given[0])


def _page(request: _Request, declared: Route) -> Page:
    """Raises InvalidParameter: a parameter that is not known would otherwise be obeyed by silence."""
    if request.query_params is None:
        return Page()
    given = {name: request.query_params.getlist(name) for name in request.query_params}
    for name, values in given.items():
        if name == declared.query:
            continue
        if not declared.listing or name not in {"limit", "after"}:
            raise InvalidParameter("parameter", name[:100], "there is no such parameter here", fix="Leave it out.")
        if len(values) != 1:
            raise InvalidParameter("parameter", name, "it comes more than once", fix="Send it once.")
    limit = given.get("limit", [str(PER_PAGE)])[0]
    after = given.get("after", [None])[0]
    if not re.fullmatch(r"[0-9]{1,3}", limit, re.ASCII) or not 1 <= int(limit) <= MOST_PER_PAGE:
        raise InvalidParameter(
            "parameter", "limit", f"it must be a whole number from 1 to {MOST_PER_PAGE}", fix="Correct it."
        )
    return Page(int(limit), after)
