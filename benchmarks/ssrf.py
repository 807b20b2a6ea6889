"""Addresses that would have a server fetch what only it can reach, tried on the safe fetcher; connections are counted.

    python -m benchmarks.ssrf

Prints {"payloads", "connections", "controls"}: `connections` counts every connection that this process tried to open to
anything but the public numbers of the trial, as the interpreter itself reports it (`sys.addaudithook`), and what a
witness that listens on the loopback address accepted. `controls` are plain requests of the standard library to some of
the same payloads, which show that the witness sees what comes. `--tell` prints each payload with its refusal.

Nothing leaves this machine: public names lead to a server on the loopback address that redirects.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalicelib.adapters.web.fetcher import WebFetcher
from chalicelib.ports import FetchFailed, FetchRefused

PUBLIC = "93.184.215.14"
_TYPES = frozenset({"image/png"})

HOSTS = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "00000177.0.0.1",
    "127.0.0.1.",
    "127.0.0.01",
    "0",
    "0.0.0.0",
    "127.127.127.127",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "metadata.google.internal",
    "instance-data.lan",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "١٢٧.٠.٠.١",
    "private.example",
    "private.example.",
    "second.example",
    "mapped.example",
    "metadata.example",
    "carrier.example",
    "six.example",
    "zone.example",
    "nat64.example",
)
"""Hosts, each asked for at https and at the witness's own port over http."""

NAMES = {
    "public.example": [PUBLIC],
    "private.example": ["127.0.0.1"],
    "second.example": [PUBLIC, "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "carrier.example": ["100.64.0.1"],
    "six.example": ["::1"],
    "zone.example": ["fe80::1%lo"],
    "nat64.example": ["64:ff9b::7f00:1"],
}


def payloads(port: int) -> list[str]:
    """Every address that is tried; `port` is where the witness listens."""
    own = f"127.0.0.1:{port}"
    return [
        *(f"https://{host}/" for host in HOSTS),
        *(f"http://{host}:{port}/" for host in HOSTS),
        # What is a host to one reader is something else to another.
        *(f"https://public.example@{own}/", f"http://public.example@{own}/", f"http://public.example:80@{own}/"),
        *(f"http://{own}#@public.example/", f"http://{own}?@public.example/", f"http://{own}\\@public.example/"),
        *(f"http://public.example\\@{own}/", f"http:\\\\{own}\\", f"http:/{own}/", f"http:{own}/", f"//{own}/"),
        *(f"http://public.example%2f@{own}/", f"http://{own}%23.public.example/", f"http://{own}%00.public.example/"),
        *(
            f"http://[::1]:{port}/",
            f"http://127.0.0.1\t:{port}/",
            f"ht\ntp://{own}/",
            f" http://{own}/",
            f"http://{own}\r\nX: 1",
        ),
        *(f"https://public.example:{port}/", "https://public.example:22/", "https://public.example:0/"),
        *(f"https://public.example:{port}@/", "https://public.example:99999/", "https://public.example:-1/"),
        # Other schemes.
        *(
            "file:///etc/passwd",
            "file://localhost/etc/passwd",
            f"ftp://{own}/",
            f"gopher://{own}/_x",
            f"dict://{own}/x",
        ),
        *(
            f"ws://{own}/",
            f"jar:http://{own}!/",
            "data:image/png;base64,AAAA",
            "javascript:1",
            f"HTTP://{own}/",
            f"hTtPs://{own}/",
        ),
        *(
            "unix:///tmp/x.sock",
            f"ldap://{own}/",
            f"tftp://{own}/",
            f"netdoc://{own}/",
            "about:blank",
            "",
            "https://",
            "http:///",
        ),
        # A public address that leads on to one that is not.
        *(f"https://public.example/to?{quote(where)}" for where in redirects(port)),
    ]


def redirects(port: int) -> list[str]:
    """Where the public server sends whoever asks for it."""
    own = f"127.0.0.1:{port}"
    return [
        f"http://{own}/",
        f"https://{own}/",
        f"//{own}/",
        f"http://2130706433:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://localhost:{port}/",
        "https://private.example/",
        "https://second.example/",
        "https://metadata.example/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        f"https://public.example@{own}/",
        f"https://public.example:{port}/",
        "file:///etc/passwd",
        f"gopher://{own}/_x",
        f"https://public.example/to?{quote(f'http://{own}/')}",
        "//[::1",
    ]


@dataclass
class Trial:
    """What was seen. opened: addresses to which this process tried to connect, the public server's own left out."""

    port: int = 0
    public: int = 0
    opened: list[Any] = field(default_factory=list)
    accepted: int = 0
    watching: bool = False

    @property
    def connections(self) -> int:
        """Connections that must not be."""
        return max(len(self.opened), self.accepted)


@contextmanager
def trial() -> Iterator[Trial]:
    """A witness and a public server, and every connection of this process counted."""
    seen = Trial()
    with _listening(lambda _: b"HTTP/1.1 200 OK\r\n\r\n", seen) as seen.port, _listening(_public) as seen.public:

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "socket.connect" and seen.watching and arguments[1] != ("127.0.0.1", seen.public):
                seen.opened.append(arguments[1])

        sys.addaudithook(watch)
        seen.watching = True
        try:
            yield seen
        finally:
            seen.watching = False


def fetcher(seen: Trial) -> WebFetcher:
    """The safe fetcher in a world of the names above, in which public numbers lead to the public server."""

    def resolve(host: str, port: int) -> list[str]:
        if host.rstrip(".") in NAMES:
            return NAMES[host.rstrip(".")]
        # Numbers are read as the system reads them: `0x7f.1` is the loopback address to it.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(one[4][0]) for one in found]

    def connect(number: str, port: int, seconds: float) -> socket.socket:
        if number == PUBLIC:
            return socket.create_connection(("127.0.0.1", seen.public), timeout=seconds)
        return socket.create_connection((number, port), timeout=min(seconds, 0.2))

    return WebFetcher(resolve=resolve, connect=connect, context=_Plain(), seconds=5)  # type: ignore[arg-type]


class _Plain:
    """In place of TLS, so that the public server needs no certificate."""

    def wrap_socket(self, opened: socket.socket, server_hostname: str) -> socket.socket:  # noqa: ARG002
        return opened


def run(*, tell: bool = False) -> dict[str, Any]:
    """Try every payload. Returns what is printed."""
    with trial() as seen:
        one = fetcher(seen)
        if one.get("https://public.example/picture", most=10, types=_TYPES).data != b"png":
            raise AssertionError("a public address is not followed: the trial would show nothing")
        tried = payloads(seen.port)
        for payload in tried:
            try:
                one.get(payload, most=1000, types=_TYPES)
                verdict = "FOLLOWED"
            except (FetchRefused, FetchFailed) as error:
                verdict = f"{type(error).__name__}: {error}"
            if tell:
                print(f"{payload!r:80} {verdict}")
        connections = seen.connections
        controls = _controls(seen)
    return {"payloads": len(tried), "connections": connections, "controls": controls}


def _controls(seen: Trial) -> int:
    """How many connections the witness sees of a client that follows whatever it is given."""
    before = seen.connections
    naive = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for host in ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost"):
        with suppress(OSError):
            naive.open(f"http://{host}:{seen.port}/", timeout=2).close()
    return seen.connections - before


def _public(head: str) -> bytes:
    from urllib.parse import unquote

    path = head.split(" ")[1]
    if path.startswith("/to?"):
        where = unquote(path[4:])
        return f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 3\r\n\r\npng"


@contextmanager
def _listening(answer: Any, seen: Trial | None = None) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                opened, _ = listener.accept()
            except OSError:
                return
            if seen is not None:
                seen.accepted += 1
            with opened, suppress(OSError):
                opened.settimeout(2)
                opened.sendall(answer(opened.recv(65536).decode("latin-1")))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tell", action="store_true", help="print each payload with what became of it")
    print(json.dumps(run(tell=parser.parse_args().tell)))
