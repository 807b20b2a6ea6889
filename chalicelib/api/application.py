"""The Chalice app of the house: safe under threads, every refusal a problem document, one log line per request.

Chalice keeps the request on the app object, which is right on Lambda (one at a time) and wrong under a threaded server,
so it lies in the thread here. What Chalice itself refuses (a path, a method, a body it cannot read) is worded by it in a
form of its own; `__call__` turns that into a problem document. Pages that the console answers pass through as they are.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from chalice import Chalice, Response

from chalicelib import log
from chalicelib.api import problems
from chalicelib.api.door import respond
from chalicelib.api.problems import MalformedRequest, Problem, UnknownPath, WrongMediaType, WrongMethod
from chalicelib.domain.media import FILE_TYPES

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_UNKNOWN = "(unknown)"


class ParleyApp(Chalice):
    """`chalice.Chalice` with the house's own answers. It is called with an API Gateway REST proxy event."""

    def __init__(self, app_name: str) -> None:
        self._here = threading.local()
        super().__init__(app_name, configure_logs=False)
        # What Chalice's own list lacks: bodies of these types are bytes, not text.
        self.api.binary_types = list(dict.fromkeys([*self.api.binary_types, *FILE_TYPES]))
        # A logger of its own, outside the tree: what Chalice logs of an error holds the error's words.
        self.log = logging.Logger(app_name)  # noqa: LOG001
        self.log.addHandler(_Faults(self))

    @property
    def current_request(self) -> Any:
        """The request that this thread is answering."""
        return getattr(self._here, "request", None)

    @current_request.setter
    def current_request(self, request: Any) -> None:
        self._here.request = request

    @property
    def lambda_context(self) -> Any:
        """The context of the event that this thread is answering."""
        return getattr(self._here, "context", None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        self._here.context = context

    def note(self, *, workspace: str) -> None:
        """Whose request this thread is answering, for the log."""
        self._here.workspace = workspace

    def fault(self, error: Exception) -> Response:
        """The answer to an error that nobody foresaw: an id for the caller; for the log the error's type and place."""
        request_id = str(getattr(self._here, "request_id", ""))
        log.failure("api", error, request=request_id)
        return respond(problems.fault(request_id))

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The answer to one event, as API Gateway takes it. Never raises."""
        began = time.monotonic()
        around = event.get("requestContext")
        around = around if isinstance(around, Mapping) else {}
        self._here.request_id = str(around.get("requestId") or uuid4())
        self._here.workspace = None
        path = around.get("resourcePath")
        path = path if isinstance(path, str) and path in self.routes else None
        method = str(around.get("httpMethod"))
        try:
            answer = self._answered(event, context, path, method)
        except Exception as error:  # noqa: BLE001 - whatever the event is, the caller gets a document
            answer = self.fault(error).to_dict()
        finally:
            self._here.request = None
        answer["headers"] = {**_HEADERS, **answer.get("headers", {})}
        log.step(
            "api",
            method=method if path is not None else "",
            route=path or _UNKNOWN,
            status=answer["statusCode"],
            ms=round((time.monotonic() - began) * 1000, 1),
            workspace=self._here.workspace,
            request=self._here.request_id,
        )
        return answer

    def _answered(self, event: Mapping[str, Any], context: Any, path: str | None, method: str) -> dict[str, Any]:
        if path is None:
            return _document(problems.problem_of(UnknownPath()))
        if method not in self.routes[path]:
            return _document(problems.problem_of(WrongMethod(list(self.routes[path]))))
        answer: dict[str, Any] = super().__call__(event, context)
        return self._reworded(answer)

    def _reworded(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Chalice's own refusals (`{"Code": ..., "Message": ...}`) as problem documents; anything else as it is."""
        status = answer["statusCode"]
        if status < 400 or not _is_chalices(answer.get("body")):
            return answer
        match status:
            case 415:
                return _document(problems.problem_of(WrongMediaType()))
            case 500:
                return _document(problems.fault(self._here.request_id))
        return _document(problems.problem_of(MalformedRequest()))


class _Faults(logging.Handler):
    """Takes an error that Chalice caught outside the door, and tells of it what the house tells of errors."""

    def __init__(self, app: ParleyApp) -> None:
        super().__init__(logging.ERROR)
        self._app = app

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Exception):
            self._app.fault(error)


def _document(problem: Problem | None) -> dict[str, Any]:
    if problem is None:
        raise LookupError("this error has no status in problems.py")
    answer: dict[str, Any] = respond(problem).to_dict()
    return answer


def _is_chalices(body: Any) -> bool:
    if not isinstance(body, str) or not body.startswith("{"):
        return False
    try:
        return set(json.loads(body)) == {"Code", "Message"}
    except ValueError:
        return False
