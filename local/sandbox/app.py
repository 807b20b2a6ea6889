"""The sandbox as one WSGI application: one façade per platform and the control interface, with the faults that were asked for.

It must never log or keep a text, a query or a token in its request log, and never answer anybody but loopback.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local.sandbox.control import Control
from local.sandbox.faults import OF_FILES, Fault, FaultKind
from local.sandbox.members import populate
from local.sandbox.model import LateWrite, Platform, Seen, Sort
from local.sandbox.network import Processing, SandboxNetwork
from local.sandbox.wire import Facade, json_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_sandbox"
LOOPBACK = {"127.0.0.1", "localhost"}
_REDDIT_ROOTS = ("/api/", "/message/", "/user/", "/r/", "/comments/")
_NO_EFFECT = {FaultKind.REFUSED, FaultKind.CLOSED, FaultKind.RATE_LIMITED, FaultKind.SIGNED_OUT}
_KEPT_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key")


def _processing(fault: Fault | None) -> Processing | None:
    if fault is None or fault.kind not in OF_FILES:
        return None
    return Processing(fault.seconds, fails=fault.kind is FaultKind.UNUSABLE)


def _facade(platform: Platform) -> type[Facade]:
    """`local/sandbox/<platform>.py` has it, under the platform's name."""
    found: type[Facade] = getattr(import_module(f"local.sandbox.{platform}"), f"{platform.title()}Facade")
    return found


class NoAnswer(ConnectionAbortedError):
    """The connection is closed without an answer (waitress does so when the application raises an OSError)."""


class SandboxApp:
    """Routes a request to its façade, and stands between them when a fault was asked for."""

    def __init__(self, network: SandboxNetwork) -> None:
        self.network = network
        self.facades: dict[Platform, Facade] = {platform: _facade(platform)(network) for platform in Platform}
        self.control = Control(network, self.facades)
        populate(self.facades)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        with Request(environ) as request:  # closes the files of a form
            request.get_data(cache=True)
            response = self._answer(request)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.host.rpartition(":")[0] not in LOOPBACK:
            # A page in a browser can point a host name of its own at 127.0.0.1; the name gives it away.
            return json_response({"error": "The sandbox answers to 127.0.0.1 and localhost only."}, 403)
        path = "/" + request.path.lstrip("/")
        if path == CONTROL or path.startswith(CONTROL + "/"):
            with self.network.lock:
                self.network.land_due(self._land)
                return self.control.answer(request, path.removeprefix(CONTROL))
        if path == "/":
            return Response(status=302, headers={"Location": f"{CONTROL}/"})
        facade, inner = self._mounted(path)
        if facade is None:
            return json_response({"error": "Nothing is mounted here; see /_sandbox/health."}, 404)
        return self._platform_answer(request, facade, inner)

    def _mounted(self, path: str) -> tuple[Facade | None, str]:
        first, _, rest = path.lstrip("/").partition("/")
        if first in set(Platform):
            return self.facades[Platform(first)], "/" + rest.strip("/")
        if path.startswith(_REDDIT_ROOTS):
            # prawcore joins its base with urljoin, which drops the last step of a base without a trailing slash.
            return self.facades[Platform.REDDIT], "/" + path.strip("/")
        return None, path

    def _platform_answer(self, request: Request, facade: Facade, path: str) -> Response:
        sort = facade.sort_of(request.method, path)
        with self.network.lock:
            self.network.land_due(self._land)
            fault = self.network.faults.take(facade.platform, sort, path)
            response: Response | None = None
            if fault is None or fault.kind not in _NO_EFFECT | {FaultKind.LATE}:
                with self.network.works_on(_processing(fault)):
                    response = facade.answer(request, path)
            if fault is not None:
                response = self._faulty(fault, facade, request, path, response)
            self._note(request, facade, path, sort, response, fault)
        if fault is not None and fault.kind is FaultKind.SLOW:
            time.sleep(fault.seconds)
        if response is None:
            raise NoAnswer
        return response

    def _faulty(
        self, fault: Fault, facade: Facade, request: Request, path: str, response: Response | None
    ) -> Response | None:
        """What the client sees of a fault; None: the connection is closed."""
        match fault.kind:
            case FaultKind.LOST | FaultKind.CLOSED:
                return None
            case FaultKind.LATE:
                self._postpone(fault, facade, request, path)
                if fault.status is None:
                    return None
                answer = facade.error(fault.status)
            case FaultKind.RATE_LIMITED:
                answer = facade.error(429, fault.seconds)
            case FaultKind.SIGNED_OUT:
                answer = facade.signed_out()
            case FaultKind.LIMITED_BUT_CREATED if response is not None and response.status_code == 200:
                answer = facade.limited_but_created(response)
            case FaultKind.REFUSED | FaultKind.ERROR_AFTER:
                answer = facade.error(fault.status or 500, fault.seconds)
            case _:
                return response
        body = fault.body_bytes()
        if body is not None:
            answer.set_data(body)
            answer.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        if fault.kind in {FaultKind.REFUSED, FaultKind.ERROR_AFTER} and fault.status:
            answer.status_code = fault.status
        for name, value in fault.headers.items():
            answer.headers[name] = value
        return answer

    def _postpone(self, fault: Fault, facade: Facade, request: Request, path: str) -> None:
        self.network.postpone(
            LateWrite(
                id=self.network.next_late_id(),
                due=self.network.now() + timedelta(seconds=fault.seconds),
                platform=facade.platform,
                method=request.method,
                path=path,
                query=request.query_string.decode(),
                headers={name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
                **LateWrite.written(request.get_data()),
            )
        )

    def _land(self, late: LateWrite) -> None:
        """Let a late write take effect; nobody hears the answer."""
        builder = EnvironBuilder(
            method=late.method,
            path=late.path,
            query_string=late.query,
            headers=list(late.headers.items()),
            data=late.data(),
        )
        try:
            with Request(builder.get_environ()) as request:
                self.facades[Platform(late.platform)].answer(request, late.path)
        finally:
            builder.close()

    def _note(
        self, request: Request, facade: Facade, path: str, sort: Sort, response: Response | None, fault: Fault | None
    ) -> None:
        lost = {FaultKind.LOST: "lost", FaultKind.LATE: "late"}
        outcome = str(response.status_code) if response else lost.get(fault.kind, "closed") if fault else "closed"
        kind = fault.kind.value if fault else None
        self.network.requests.append(
            Seen(self.network.now(), facade.platform.value, request.method, path, sort.value, outcome, kind)
        )
