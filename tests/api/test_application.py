"""What every request leaves behind, and how the app answers what is not the API's: odd events, faults, a busy record."""

from __future__ import annotations

import ast
import base64
import io
import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice import Blueprint, Response

from app import app
from chalicelib import VERSION, bootstrap, log
from chalicelib.api.application import ParleyApp
from chalicelib.api.door import route
from chalicelib.ports import EngineBusy, EngineUnusable
from chalicelib.signals import table
from chalicelib.signals.reading import classifier
from tests.api.rooms import Rooms, send

ROOT = Path(__file__).resolve().parents[2]
SECRET_WORDS = "words-that-no-log-may-hold"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log, as a stream of JSON lines."""
    stream = io.StringIO()
    log.to(stream)
    yield stream
    log.to()


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(one) for one in lines.getvalue().splitlines()]


def event(method: str = "GET", resource: str = "/health", **changes: Any) -> dict[str, Any]:
    return {
        "requestContext": {"httpMethod": method, "resourcePath": resource, "requestId": "req-1"},
        "headers": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    } | changes


def test_health(rooms: Rooms) -> None:
    reply = send("GET", "/health")
    told = {"status": "ok", "version": VERSION, "engine": "embedded", "classifier": classifier()}
    assert (reply.status, reply.json) == (200, told)


def test_health_is_bad_where_messages_cannot_be_read(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(table, "SHIPPED", tmp_path / "table.bin")
    table.shipped.cache_clear()
    request.addfinalizer(table.shipped.cache_clear)
    reply = send("GET", "/health")
    assert reply.status == 503
    assert reply.json["title"] == "Messages cannot be read."


def test_the_version_is_the_package_s() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_one_line_per_request_and_no_word_of_it(rooms: Rooms, lines: io.StringIO) -> None:
    send(
        "POST",
        "/posts",
        token=rooms.owner,
        form=rooms.post(variants=[{"account": rooms.account, "text": SECRET_WORDS}]),
    )
    send("GET", f"/posts/{SECRET_WORDS}?after={SECRET_WORDS}", token=rooms.owner)
    send("GET", f"/{SECRET_WORDS}", headers={"authorization": f"Bearer {SECRET_WORDS}", SECRET_WORDS: SECRET_WORDS})
    first, second, third = read(lines)
    assert [first["method"], first["route"], first["status"]] == ["POST", "/posts", 201]
    assert first["workspace"] == rooms.world.workspace.id
    assert first["ms"] > 0
    assert [second["route"], second["status"]] == ["/posts/{post_id}", 404]
    assert (third["step"], third["status"]) == ("gateway", 404)
    assert first["request"] != second["request"]
    assert SECRET_WORDS not in lines.getvalue()
    assert rooms.owner not in lines.getvalue()


def test_a_fault_of_ours_gives_an_id_and_nothing_else(
    rooms: Rooms, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError(SECRET_WORDS)

    monkeypatch.setattr("chalicelib.services.scheduling.schedule", broken)
    reply = send("POST", "/posts", token=rooms.owner, form=rooms.post())
    assert reply.status == 500
    assert SECRET_WORDS not in reply.body.decode()
    assert "ZeroDivision" not in reply.body.decode()
    failure = next(one for one in read(lines) if "error" in one)
    assert failure["error"] == "ZeroDivisionError"
    assert reply.json["instance"] == f"urn:parley:request:{failure['request']}"
    assert SECRET_WORDS not in lines.getvalue()


@pytest.mark.parametrize(("error", "status"), [(EngineBusy(), 503), (EngineUnusable("newer"), 503)])
def test_a_record_that_does_not_answer(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(rooms.world.desk.store.table), "get", busy)
    for path in ("/health", "/workspace"):
        reply = send("GET", path, token=rooms.owner)
        assert reply.status == status
        assert reply.headers.get("retry-after") == ("1" if isinstance(error, EngineBusy) else None)


def test_a_platform_that_refuses_and_one_that_is_away(rooms: Rooms) -> None:
    platform = rooms.world.platforms["x"]
    form = {"platform": "x", "credential": {"token": SECRET_WORDS}}
    before = rooms.world.record()
    platform.signs_in = False
    refused = send("POST", "/accounts", token=rooms.owner, form=form)
    assert (refused.status, refused.json["type"]) == (422, "urn:parley:problem:platform-refused")
    assert SECRET_WORDS not in refused.body.decode()
    assert rooms.world.record() == before


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({}, 404),
        ({"requestContext": None}, 404),
        ({"requestContext": {"resourcePath": ["/health"], "httpMethod": "GET"}}, 404),
        ({"requestContext": {"resourcePath": "/health", "httpMethod": "GET"}}, 500),
        (event("POST", "/posts", headers=None), 401),
        (event("TRACE"), 405),
    ],
)
def test_an_event_that_no_gateway_makes_is_answered_all_the_same(
    rooms: Rooms, odd: dict[str, Any], status: int
) -> None:
    answer = app(odd, None)
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", ["%%%", "é", base64.b64encode(b"\xff\xfe").decode()])
def test_a_body_in_broken_base64(rooms: Rooms, body: str) -> None:
    headers = {"Authorization": f"Bearer {rooms.owner}", "Content-Type": "application/json"}
    answer = app(event("POST", "/posts", headers=headers, body=body, isBase64Encoded=True), None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["fix"]


def test_a_page_of_the_console_passes_as_it_is(rooms: Rooms) -> None:
    pages = Blueprint("pages")

    @pages.route("/page")
    def page() -> Response:
        return Response("<h1>Not here</h1>", {"Content-Type": "text/html", "Cache-Control": "max-age=5"}, 404)

    @pages.route("/picture")
    def picture() -> Response:
        return Response(b"\x89PNG", {"Content-Type": "image/png"})

    other = ParleyApp("other")
    other.register_blueprint(pages)
    answer = other(event(resource="/page"), None)
    assert (answer["statusCode"], answer["body"]) == (404, "<h1>Not here</h1>")
    assert answer["headers"]["Cache-Control"] == "max-age=5"
    # Chalice's own refusal: a picture for somebody who did not ask for one.
    answer = other(event(resource="/picture"), None)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["type"] == "urn:parley:problem:malformed-request"


def test_a_page_that_fails_tells_the_log_no_more_than_the_api_does(lines: io.StringIO) -> None:
    pages = Blueprint("pages")

    @pages.route("/page")
    def page() -> Response:
        raise ZeroDivisionError(SECRET_WORDS)

    other = ParleyApp("other")
    other.register_blueprint(pages)
    answer = other(event(resource="/page"), None)
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["instance"] == "urn:parley:request:req-1"
    failure, request = read(lines)
    assert (failure["error"], failure["request"]) == ("ZeroDivisionError", "req-1")
    assert (request["status"], request["request"]) == (500, "req-1")
    assert SECRET_WORDS not in lines.getvalue()


def test_a_route_must_say_who_may() -> None:
    for kwargs in ({}, {"public": True, "action": "post:read"}):
        with pytest.raises(TypeError, match="needs an action"):
            route(Blueprint("b"), "/open", **kwargs)  # type: ignore[arg-type]


def test_requests_at_the_same_time_do_not_mix() -> None:
    pages, both_inside = Blueprint("pages"), threading.Barrier(2, timeout=10)

    @pages.route("/page/{number}")
    def page(number: str) -> Any:
        both_inside.wait()
        return [number, pages.current_request.uri_params["number"], pages.lambda_context]

    other, answers = ParleyApp("other"), []
    other.register_blueprint(pages)

    def ask(number: str) -> None:
        answers.append(other(event(resource="/page/{number}", pathParameters={"number": number}), number))

    threads = [threading.Thread(target=ask, args=(number,)) for number in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(one["body"]) for one in answers) == [["1", "1", "1"], ["2", "2", "2"]]


def test_the_api_starts_without_the_heavy_libraries() -> None:
    script = "import sys, app; print([one for one in %r if one in sys.modules])"
    heavy = ["tweepy", "praw", "mastodon", "boto3", "botocore", "jinja2", "yaml", "phonenumbers", "moto", "requests"]
    found = subprocess.run([sys.executable, "-c", script % heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ast.literal_eval(found.stdout) == []


def test_another_desk_may_be_used(rooms: Rooms) -> None:
    policy = replace(rooms.world.desk.policy, engine="aws")
    bootstrap.use(replace(rooms.world.desk, policy=policy))
    assert send("GET", "/health").json["engine"] == "aws"
