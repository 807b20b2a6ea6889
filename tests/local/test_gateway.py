"""The gateway over a real socket: what reaches the app, what it answers by itself, and what it never tells."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from chalice import Blueprint, Response

from chalicelib.api.application import ParleyApp
from local.gateway import MAX_BODY, MAX_FILE, MAX_HEADERS, GatewayServer, NotLoopback, PortInUse, match, serve

mirror = Blueprint("mirror")


@mirror.route("/mirror/{first}/{second}", methods=["POST", "GET"], content_types=["*/*"])
def reflect(first: str, second: str) -> Any:
    """What arrived."""
    request = mirror.current_request
    raw = request.raw_body
    return {
        "params": [first, second],
        "method": request.method,
        "query": {name: request.query_params.getlist(name) for name in request.query_params or {}},
        "header": request.headers.get("x-words"),
        "body": base64.b64encode(raw if isinstance(raw, bytes) else raw.encode()).decode(),
        "request": bool(request.context["requestId"]),
    }


@mirror.route("/mirror/here/{second}")
def literal(second: str) -> Any:
    """A literal segment goes before a parameter."""
    return {"literal": second}


@mirror.route("/picture")
def picture() -> Response:
    """Bytes, and more than one header of a name."""
    return Response(b"\x89PNG\x00\xff", {"Content-Type": "image/png", "Set-Cookie": ["a=1", "b=2"]})


@mirror.route("/nothing", methods=["DELETE"])
def nothing() -> Response:
    """No content."""
    return Response("", {}, 204)


class Explosive(ParleyApp):
    """An app that fails where nothing in it can catch that, as a function that runs out of memory does."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        if event["path"] == "/picture" and event["queryStringParameters"]:
            raise MemoryError("secret-detail")
        assert context.aws_request_id == event["requestContext"]["requestId"]
        assert 0 < context.get_remaining_time_in_millis() <= 29_000
        return super().__call__(event, context)


@pytest.fixture(scope="module")
def server() -> Iterator[GatewayServer]:
    app = Explosive("mirror")
    app.register_blueprint(mirror)
    with GatewayServer(app) as running:
        yield running


def ask(
    server: GatewayServer, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    address = urlsplit(server.url)
    with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)) as connection:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read()


def raw(server: GatewayServer, request: bytes) -> bytes:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(request)
        with suppress(OSError):  # it may have hung up already
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_what_is_sent_is_what_the_app_sees(server: GatewayServer) -> None:
    path = "/mirror/caf%C3%A9/two?a=1&a=2&b=&c=%F0%9F%99%82"
    body = "Grüße\r\n\x00🙂".encode()
    response, content = ask(server, "POST", path, body, {"X-Words": "some, words"})
    assert response.status == 200
    assert json.loads(content) == {
        "params": ["café", "two"],
        "method": "POST",
        "query": {"a": ["1", "2"], "b": [""], "c": ["🙂"]},
        "header": "some, words",
        "body": base64.b64encode(body).decode(),
        "request": True,
    }


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00not utf-8", b"x" * MAX_BODY])
def test_bytes_arrive_as_they_are(server: GatewayServer, body: bytes) -> None:
    headers = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    for given in (headers, {"Content-Type": "text/plain"}):
        _, content = ask(server, "POST", "/mirror/a/b", body, given)
        assert base64.b64decode(json.loads(content)["body"]) == body


def test_answers_that_are_not_json(server: GatewayServer) -> None:
    response, content = ask(server, "GET", "/picture", headers={"Accept": "image/png"})
    assert content == b"\x89PNG\x00\xff"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert "server" not in response.headers
    response, content = ask(server, "DELETE", "/nothing")
    assert (response.status, content) == (204, b"")


def test_literal_goes_before_parameter_and_a_last_slash_is_nothing(server: GatewayServer) -> None:
    assert json.loads(ask(server, "GET", "/mirror/here/x")[1]) == {"literal": "x"}
    assert json.loads(ask(server, "GET", "/mirror/there/x/")[1])["params"] == ["there", "x"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a", ("/a", {})),
        ("/b", ("/{x}", {"x": "b"})),
        ("/a/b", ("/a/{y}", {"y": "b"})),
        ("/c/b", None),
        ("/", None),
        ("/a/", None),
        ("", None),
        ("/{x}", ("/{x}", {"x": "{x}"})),
    ],
)
def test_which_route_a_path_means(path: str, found: tuple[str, dict[str, str]] | None) -> None:
    assert match(["/{x}", "/a", "/a/{y}"], path) == found


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "unknown-path"),
        ("PUT", "/nothing", 405, "wrong-method"),
        ("GET", "/picture", 400, "malformed-request"),
        ("GET", "/picture?explode=1", 500, "internal"),
        ("GET", "/picture?" + "&".join("a" * 101), 400, "malformed-request"),
    ],
)
def test_refusals_are_problem_documents(server: GatewayServer, method: str, path: str, status: int, slug: str) -> None:
    response, content = ask(server, method, path)
    assert response.status == status
    if slug:
        assert response.headers["content-type"] == "application/problem+json"
        assert json.loads(content)["type"] == f"urn:parley:problem:{slug}"
        assert b"secret-detail" not in content
        assert b"Traceback" not in content


def test_a_head_request_gets_no_body(server: GatewayServer) -> None:
    response, content = ask(server, "HEAD", "/nowhere")
    assert (response.status, content) == (404, b"")


def test_a_body_that_is_too_large_is_not_read(server: GatewayServer) -> None:
    # Only the headers are sent: an answer shows that nobody waited for the body.
    head = b"POST /mirror/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n"
    began = time.monotonic()
    answer = raw(server, head)
    assert time.monotonic() - began < 5
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"urn:parley:problem:too-large" in answer
    # Not a byte more than what passes the limit, so that nothing unread makes the answer get lost.
    body = (b"10000\r\n" + b"x" * 65536 + b"\r\n") * (MAX_FILE // 65536 + 1)
    head = b"POST /mirror/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raw(server, head + body[: MAX_FILE + 1]).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: cow\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: ".ljust(MAX_HEADERS, b"x"),
    ],
)
def test_what_is_not_http(server: GatewayServer, request_bytes: bytes) -> None:
    answer = raw(server, request_bytes)
    assert int(answer.split(b" ")[1]) in {400, 404}
    assert b"Traceback" not in answer
    assert b"waitress" not in answer.lower()
    assert b"application/problem+json" in answer


def test_requests_are_answered_side_by_side(server: GatewayServer) -> None:
    mixed = []

    def run(number: int) -> None:
        for _ in range(10):
            _, content = ask(server, "POST", f"/mirror/{number}/x", str(number).encode())
            found = json.loads(content)
            if found["params"][0] != str(number) or base64.b64decode(found["body"]) != str(number).encode():
                mixed.append(found)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mixed == []


def test_a_port_that_is_taken_is_told_in_one_sentence(server: GatewayServer) -> None:
    port = urlsplit(server.url).port or 0
    for begin in (
        lambda: GatewayServer(ParleyApp("other"), port=port).start(),
        lambda: serve(ParleyApp("o"), port=port),
    ):
        with pytest.raises(PortInUse, match=rf"Port {port} on 127.0.0.1 is in use"):
            begin()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "parley.example"])
def test_it_listens_at_home_only(host: str) -> None:
    with pytest.raises(NotLoopback):
        GatewayServer(ParleyApp("other"), host=host)


def test_a_server_that_was_stopped_lets_go_of_the_port() -> None:
    app = ParleyApp("other")
    server = GatewayServer(app).start()
    port = urlsplit(server.url).port or 0
    server.stop()
    server.stop()
    with GatewayServer(app, port=port) as again:
        assert ask(again, "GET", "/")[0].status == 404
