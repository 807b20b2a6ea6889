"""The safe fetcher: what it follows, what it refuses, and that it reads no more and no longer than it was told."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest

from chalicelib.adapters.web.fetcher import WebFetcher
from chalicelib.ports import Fetched, FetchFailed, FetchRefused, Validators
from tests.adapters.web.servers import PUBLIC, Answer, Server, answered, certificate, elsewhere, serving

TYPES = frozenset({"image/png", "image/jpeg"})
ADDRESS = "https://pictures.example/a.png?size=1"


def fetcher(server: Server, *numbers: str, seconds: float = 5) -> WebFetcher:
    """A fetcher in a world where every name stands for these numbers, and all roads lead to this server."""
    return WebFetcher(
        resolve=lambda *_: list(numbers or (PUBLIC,)),
        connect=server.connect,
        context=certificate()[1],
        seconds=seconds,
    )


def got(
    answer: Answer | bytes, url: str = ADDRESS, *, most: int = 1000, seconds: float = 5, **more: Validators
) -> Fetched:
    with serving(answer, tls=True) as server:
        return fetcher(server, seconds=seconds).get(url, most=most, types=TYPES, **more)


def test_what_is_at_a_public_address_is_fetched_from_the_number_that_was_looked_at() -> None:
    with serving(answered(b"png", etag='"1"', last_modified="Sat, 21 Nov 2026 09:00:00 GMT"), tls=True) as server:
        found = fetcher(server).get(ADDRESS, most=3, types=TYPES)
    assert (found.url, found.mime, found.data, found.changed) == (ADDRESS, "image/png", b"png", True)
    assert found.validators == Validators('"1"', "Sat, 21 Nov 2026 09:00:00 GMT")
    assert server.numbers == [(PUBLIC, 443)]
    (head,) = server.heads
    assert head.startswith("GET /a.png?size=1 HTTP/1.1\r\nHost: pictures.example\r\n")
    assert "Cookie" not in head
    assert "Authorization" not in head


def test_a_certificate_for_another_name_is_not_taken() -> None:
    with serving(answered(b"png"), tls=True) as server, pytest.raises(FetchFailed, match="certificate"):
        fetcher(server).get("https://other.example/", most=10, types=TYPES)
    assert server.heads == []


def test_a_name_with_one_number_that_is_not_public_is_not_asked_at_all() -> None:
    with serving(answered(b"png"), tls=True) as server:
        for second in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "64:ff9b::7f00:1"):
            with pytest.raises(FetchRefused, match="not public"):
                fetcher(server, PUBLIC, second).get(ADDRESS, most=10, types=TYPES)
    assert server.numbers == []


def test_a_name_is_looked_up_once_whatever_it_means_a_moment_later() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with serving(answered(b"png"), tls=True) as server:
        one = WebFetcher(resolve=lambda *_: next(answers), connect=server.connect, context=certificate()[1])
        assert one.get(ADDRESS, most=10, types=TYPES).data == b"png"
        with pytest.raises(FetchRefused, match="not public"):
            one.get(ADDRESS, most=10, types=TYPES)
    assert server.numbers == [(PUBLIC, 443)]


def test_another_number_is_tried_where_the_first_does_not_answer() -> None:
    with serving(answered(b"png"), tls=True) as server:

        def connect(number: str, port: int, seconds: float) -> socket.socket:
            if number == PUBLIC:
                raise ConnectionRefusedError
            return server.connect(number, port, seconds)

        one = WebFetcher(resolve=lambda *_: [PUBLIC, "8.8.8.8"], connect=connect, context=certificate()[1])
        assert one.get(ADDRESS, most=10, types=TYPES).data == b"png"


def test_redirects_are_followed_three_times_and_looked_at_each_time() -> None:
    def chain(head: str) -> bytes:
        number = int(head.split(" ")[1][1:])
        return answered(b"png") if not number else elsewhere(f"/{number - 1}")

    assert got(chain, "https://pictures.example/3").url == "https://pictures.example/0"
    with pytest.raises(FetchRefused, match="more than 3 times"):
        got(chain, "https://pictures.example/4")


@pytest.mark.parametrize(
    "where",
    [
        "http://pictures.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "//[::1]/",
        "https://user@pictures.example/",
        "https://pictures.example:8443/",
        "file:///etc/passwd",
        "gopher://pictures.example/",
        "https://metadata.google.internal/",
        "",
    ],
)
def test_a_redirect_leads_nowhere_that_could_not_be_asked_for(where: str) -> None:
    with serving(elsewhere(where), tls=True) as server, pytest.raises(FetchRefused):
        fetcher(server).get(ADDRESS, most=10, types=TYPES)
    assert len(server.numbers) == 1


def test_no_more_is_read_than_was_asked_for() -> None:
    assert got(answered(b"x" * 1000)).data == b"x" * 1000
    with pytest.raises(FetchRefused, match="larger than 1,000 bytes"):
        got(answered(b"x" * 1001))

    def endless(_: str) -> Iterator[bytes]:
        yield answered(content_length="", connection="close")
        while True:
            yield b"x" * 65536

    with pytest.raises(FetchRefused, match="larger than 1,000 bytes"):
        got(endless)


def test_what_is_packed_is_unpacked_no_further_than_was_asked_for() -> None:
    small, bomb = gzip.compress(b"x" * 1000), gzip.compress(bytes(50_000_000))
    assert got(answered(small, content_encoding="gzip")).data == b"x" * 1000
    with pytest.raises(FetchRefused, match="larger than 1,000,000 bytes"):
        got(answered(bomb, content_encoding="gzip"), most=1_000_000)
    with pytest.raises(FetchRefused, match="packed"):
        got(answered(small, content_encoding="br"))
    with pytest.raises(FetchFailed, match="damaged"):
        got(answered(b"not packed", content_encoding="gzip"))
    with pytest.raises(FetchFailed, match="too early"):
        got(answered(small[:-9], content_encoding="gzip"))


def test_one_deadline_covers_every_drop() -> None:
    never = Event()

    def drops(_: str) -> Iterator[bytes]:
        for one in answered(b"x" * 1000):
            yield bytes((one,))
            never.wait(0.02)

    began = monotonic()
    with pytest.raises(FetchFailed, match="in time"):
        got(drops, seconds=0.4)
    assert monotonic() - began < 2


def test_a_resolver_that_never_answers_is_not_waited_for() -> None:
    over = Event()
    one = WebFetcher(resolve=lambda *_: [PUBLIC] * over.wait(60), seconds=0.2)
    began = monotonic()
    with pytest.raises(FetchFailed, match="resolved"):
        one.get(ADDRESS, most=10, types=TYPES)
    over.set()
    assert monotonic() - began < 10


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (answered(b"<html>", content_type="text/html"), FetchRefused, "another type"),
        (answered(b"png", content_type=""), FetchRefused, "another type"),
        (answered(status="404 Not Found"), FetchRefused, "404"),
        (answered(status="401 Unauthorized"), FetchRefused, "401"),
        (answered(status="206 Partial Content"), FetchRefused, "206"),
        (answered(status="304 Not Modified"), FetchRefused, "304"),
        (answered(status="503 Unavailable"), FetchFailed, "503"),
        (answered(status="429 Slow down"), FetchFailed, "429"),
        (answered(b"short", content_length="100"), FetchFailed, "web server|too early"),
        (b"SSH-2.0-OpenSSH\r\n", FetchFailed, "web server"),
        (b"", FetchFailed, "web server"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500, FetchFailed, "web server"),
    ],
)
def test_an_answer_that_is_none_is_told_apart(answer: bytes, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        got(answer)


def test_a_label_in_capitals_with_parameters_is_read() -> None:
    assert got(answered(b"png", content_type="Image/PNG; charset=binary")).mime == "image/png"


def test_what_has_not_changed_is_not_sent_again() -> None:
    known = Validators('"1"', "Sat, 21 Nov 2026 09:00:00 GMT")
    with serving(answered(status="304 Not Modified"), tls=True) as server:
        found = fetcher(server).get(ADDRESS, most=10, types=TYPES, known=known)
    assert (found.changed, found.data, found.validators) == (False, b"", known)
    assert 'If-None-Match: "1"\r\nIf-Modified-Since: Sat, 21 Nov 2026' in server.heads[0]


def test_this_machine_is_followed_only_where_that_was_allowed() -> None:
    with serving(answered(b"png")) as server:
        url = f"http://127.0.0.1:{server.port}/"
        with pytest.raises(FetchRefused):
            WebFetcher().get(url, most=10, types=TYPES)
        assert server.heads == []
        assert WebFetcher(loopback=True).get(url, most=10, types=TYPES).data == b"png"
        for other in (
            f"http://10.0.0.1:{server.port}/",
            f"http://127.0.0.2:{server.port}/",
            "http://pictures.example/",
        ):
            with pytest.raises(FetchRefused):
                WebFetcher(loopback=True).get(other, most=10, types=TYPES)


def test_letters_that_no_request_line_holds_are_written_as_it_holds_them() -> None:
    with serving(answered(b"png"), tls=True) as server:
        fetcher(server).get("https://pictures.example/bücher/ä.png?q=ö%20x#part", most=10, types=TYPES)
    assert server.heads[0].startswith("GET /b%C3%BCcher/%C3%A4.png?q=%C3%B6%20x HTTP/1.1\r\n")
