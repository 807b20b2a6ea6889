"""What API Gateway is on AWS, on one machine: HTTP in, REST proxy events to the same app object, its answers out.

`application` is plain WSGI; `GatewayServer` runs it under waitress in a thread of its own, `serve` in the calling one. It
listens on the loopback address only unless told otherwise, reads no body beyond 1 MB (21 MB of a picture), and tells no
caller a traceback.
"""

from __future__ import annotations

import base64
import errno
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic, time
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs
from uuid import uuid4

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from chalicelib import log
from chalicelib.api import problems
from chalicelib.api.problems import MalformedRequest, Problem, TooLarge, UnknownPath

HOST: Final = "127.0.0.1"
MAX_BODY: Final = 1024 * 1024
"""Bytes; four times what the API takes of a document, so that the door can say so itself."""
MAX_FILE: Final = 21 * 1024 * 1024
"""Bytes of a body that is a picture, a film or a table: a little more than the API takes of one. AWS's own limit is lower."""
MAX_HEADERS: Final = 16 * 1024
"""Bytes; API Gateway's own limit is 10,240."""
MAX_PARAMETERS: Final = 100
THREADS: Final = 8
_TIME_LIMIT: Final = 29.0
"""Seconds: API Gateway's own limit for an integration."""

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class PortInUse(Exception):
    """Another program is listening on this port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use: stop the program that listens there, or choose another port."
        )


class NotLoopback(Exception):
    """This address can be reached by other machines."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} can be reached by other machines, and the gateway speaks plain HTTP: listen on {HOST}, "
            "behind something that speaks TLS."
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What the app may ask of its invocation, as on Lambda."""

    aws_request_id: str
    function_name: str = "api"
    began: float = field(default_factory=monotonic)

    def get_remaining_time_in_millis(self) -> int:
        """How long the app may still take."""
        return max(0, int((_TIME_LIMIT - (monotonic() - self.began)) * 1000))


# --- one request -----------------------------------------------------------------------------------------------------


def application(app: Any) -> WsgiApplication:
    """The Chalice app as a WSGI application. `app` is called with an event and a context, and has `routes` and `api`."""

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            event = _event(app, environ)
        except _Refused as refused:
            log.step("gateway", status=refused.problem.status)
            return _send(environ, start_response, *_document(refused.problem))
        request_id = event["requestContext"]["requestId"]
        try:
            given = app(event, Context(request_id))
            status, headers, body = _answer(given)
        except Exception as error:  # noqa: BLE001 - on AWS, the gateway answers for a function that failed
            log.failure("gateway", error, request=request_id)
            status, headers, body = _document(problems.fault(request_id))
        return _send(environ, start_response, status, headers, body)

    return answer


class _Refused(Exception):
    """The gateway answers this one by itself."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.problem = _problem(error)


def _event(app: Any, environ: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a REST API's proxy integration. Raises _Refused."""
    path = _path(environ)
    matched = match(app.routes, path)
    if matched is None:
        raise _Refused(UnknownPath())
    resource, captured = matched
    headers = _headers(environ)
    query = _query(environ)
    body, encoded = _body(environ, headers.get("content-type", ""), app.api.binary_types)
    method = str(environ["REQUEST_METHOD"])
    source = str(environ.get("REMOTE_ADDR", HOST))
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": captured or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "apiId": "local",
            "stage": "api",
            "protocol": str(environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            "requestTimeEpoch": int(time() * 1000),
            "resourcePath": resource,
            "httpMethod": method,
            "path": path,
            "identity": {"sourceIp": source, "userAgent": headers.get("user-agent")},
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def match(templates: Iterable[str], path: str) -> tuple[str, dict[str, str]] | None:
    """The route's template and its path parameters; a literal segment goes before a parameter. None: no such route."""
    parts = path.split("/")
    found: list[tuple[list[bool], str, dict[str, str]]] = []
    for template in templates:
        wanted = template.split("/")
        if len(wanted) != len(parts):
            continue
        is_open = [one.startswith("{") and one.endswith("}") for one in wanted]
        if all(part if free else part == one for part, one, free in zip(parts, wanted, is_open, strict=True)):
            taken = {one[1:-1]: part for part, one, free in zip(parts, wanted, is_open, strict=True) if free}
            found.append((is_open, template, taken))
    if not found:
        return None
    _, template, taken = min(found, key=lambda one: one[0])
    return template, taken


def _path(environ: Mapping[str, Any]) -> str:
    # WSGI hands over bytes as latin-1 text (PEP 3333).
    path = str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace") or "/"
    return path if path == "/" else path.removesuffix("/")


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name, key in (("content-type", "CONTENT_TYPE"), ("content-length", "CONTENT_LENGTH")):
        if environ.get(key):
            headers[name] = str(environ[key])
    return headers


def _query(environ: Mapping[str, Any]) -> dict[str, list[str]]:
    text = str(environ.get("QUERY_STRING", ""))
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise _Refused(MalformedRequest(f"more than {MAX_PARAMETERS} query parameters")) from None


def _body(environ: Mapping[str, Any], content_type: str, binary_types: Sequence[str]) -> tuple[str | None, bool]:
    """The body as an event holds it, and whether it is in base64."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise _Refused(MalformedRequest("Content-Length is not a number")) from None
    media = content_type.partition(";")[0].strip().lower()
    is_file = media in binary_types
    most = MAX_FILE if is_file or media == "text/csv" else MAX_BODY
    if length > most:
        raise _Refused(TooLarge(f"a body may hold {most // 1024} KB"))
    if length <= 0:
        return None, False
    raw: bytes = environ["wsgi.input"].read(length)
    if not is_file:
        try:
            return raw.decode(), False
        except UnicodeDecodeError:
            pass  # the app is to see what came, and to say what is wrong with it
    return base64.b64encode(raw).decode("ascii"), True


def _answer(given: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    body = given.get("body") or ""
    headers = [(str(name), str(value)) for name, value in (given.get("headers") or {}).items()]
    headers += [
        (str(name), str(value)) for name, values in (given.get("multiValueHeaders") or {}).items() for value in values
    ]
    content = base64.b64decode(body) if given.get("isBase64Encoded") else str(body).encode()
    return int(given["statusCode"]), headers, content


def _problem(error: Exception) -> Problem:
    return problems.problem_of(error) or problems.fault(str(uuid4()))


def _document(problem: Problem) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = {"Content-Type": problems.MEDIA_TYPE, "Cache-Control": "no-store", **problem.headers}
    return problem.status, list(headers.items()), problem.body().encode()


def _send(
    environ: Mapping[str, Any],
    start_response: StartResponse,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
) -> Iterable[bytes]:
    if status != HTTPStatus.NO_CONTENT:
        headers = [*headers, ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" or status == HTTPStatus.NO_CONTENT else [body]


# --- the server ------------------------------------------------------------------------------------------------------


class _Refusal(ErrorTask):  # type: ignore[misc]  # waitress carries no types
    """What waitress refuses before there is a request for the app, as a problem document."""

    def execute(self) -> None:
        """Write the document, and close the connection: what follows on it cannot be trusted to be a request."""
        code = self.request.error.code
        error = TooLarge(f"a body may hold {MAX_FILE // 1024} KB") if code == 413 else MalformedRequest()
        status, headers, body = _document(problems.fault(str(uuid4())) if code == 500 else _problem(error))
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.response_headers.extend(headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


class GatewayServer:
    """The app behind HTTP, in a thread of its own; also a context manager. port 0: any that is free.

    anywhere: allow an address that other machines can reach. Raises NotLoopback.
    """

    def __init__(self, app: Any, *, host: str = HOST, port: int = 0, anywhere: bool = False) -> None:
        if not anywhere and not _is_loopback(host):
            raise NotLoopback(host)
        self._app = application(app)
        self._host = host
        self._port = port
        self._sockets: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: Any = None

    def start(self) -> Self:
        """Listen and answer from now on. Raises PortInUse, and OSError where the system refuses the address."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = create_server(
            self._app,
            map=self._sockets,
            sockets=[_bound(self._host, self._port)],
            threads=THREADS,
            max_request_body_size=MAX_FILE + 1,  # waitress refuses at the limit, not above it
            max_request_header_size=MAX_HEADERS,
            clear_untrusted_proxy_headers=True,
            expose_tracebacks=False,
            log_socket_errors=False,
            ident=None,
        )
        self._server.channel_class = _Channel
        self._port = int(self._server.effective_port)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and let go of the port. Stopping twice is fine."""
        if self._thread is None:
            return
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._thread = None

    @property
    def url(self) -> str:
        """Where the app answers, without a trailing slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def wait(self) -> None:
        """Return once the server was stopped."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.asyncore.loop(timeout=1.0, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        self._server.asyncore.close_all(self._sockets)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(app: Any, *, host: str = HOST, port: int, anywhere: bool = False) -> None:
    """Serve the app until interrupted. Raises PortInUse, NotLoopback: one sentence each, worth a SystemExit(1)."""
    with GatewayServer(app, host=host, port=port, anywhere=anywhere) as server:
        server.wait()


def _bound(host: str, port: int) -> socket.socket:
    # Bound before waitress is made: it would leave threads and sockets behind where the port is taken.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from None
        raise
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
