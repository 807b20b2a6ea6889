"""A platform on loopback that says what a test tells it to, and counts what it was asked.

It knows no platform. A route answers with a Reply, or with what goes wrong below HTTP: HANG (no answer until the test is
over), CLOSE (the connection ends without one), CUT (it ends in the middle of one).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

HANG, CLOSE, CUT = "hang", "close", "cut"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `query` holds lists; `form` is the body as JSON or as a form."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> Any:
        if "json" in self.headers.get("content-type", ""):
            return json.loads(self.body)
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True)
class Reply:
    """One answer. `raw` is sent instead of `body` as it is."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Route = Reply | str | Callable[[Asked], "Reply | str"]


class Loopback:
    """The server. Use as a context manager; routes are by method and path, a list is used up in order, its last stays."""

    def __init__(self) -> None:
        self.under = ""
        """Where on this host the platform lives; what is asked elsewhere is not found."""
        self.asked: list[Asked] = []
        self.reads: Route | None = None
        """What every GET is answered with, whatever its route says."""
        self.twist: Callable[[Reply], Reply] | None = None
        """What is done to every answer to a GET on its way out."""
        self._routes: dict[tuple[str, str], list[Route]] = {}
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._server.block_on_close = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.under}"

    def on(self, method: str, path: str, *routes: Route) -> None:
        """From now on this path answers so."""
        self._routes[method, path] = list(routes)

    def count(self, method: str, path: str) -> int:
        """How often this was asked."""
        return sum((it.method, it.path) == (method, path) for it in self.asked)

    def written(self) -> list[tuple[str, str]]:
        """Everything that was asked and was no reading, in order."""
        return [(it.method, it.path) for it in self.asked if it.method != "GET"]

    def last(self, path: str) -> Asked:
        """The latest request of this path."""
        return [it for it in self.asked if it.path == path][-1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, asked: Asked) -> Reply | str:
        self.asked.append(asked)
        reads = asked.method == "GET"
        route = self.reads if reads and self.reads is not None else self._next_route(asked)
        reply = route(asked) if callable(route) else route
        return self.twist(reply) if reads and self.twist and isinstance(reply, Reply) else reply

    def _next_route(self, asked: Asked) -> Route:
        routes = self._routes.get((asked.method, asked.path))
        if not routes:
            return Reply({"error": "no such route", "title": "no such route"}, 404)
        return routes.pop(0) if len(routes) > 1 else routes[0]

    def _handler(outer) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def do_GET(self) -> None:
                self._serve()

            do_POST = do_DELETE = do_PUT = do_PATCH = do_GET

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                size = int(self.headers.get("content-length") or 0)
                asked = Asked(
                    self.command,
                    parts.path.rstrip("/").removeprefix(outer.under) if parts.path.startswith(outer.under) else "?",
                    parse_qs(parts.query),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(size),
                )
                self._send(outer._answer(asked))

            def _send(self, reply: Reply | str) -> None:
                self.close_connection = True
                if reply == HANG:
                    outer._over.wait(5)
                    return
                if reply == CLOSE:
                    return
                missing = 500 if reply == CUT else 0
                reply = reply if isinstance(reply, Reply) else Reply()
                content = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
                self.send_response_only(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("connection", "close")
                self.send_header("content-length", str(len(content) + missing))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
