"""Following an address that a person, or a stranger's document, has named: the only road by which the house does so.

The name is resolved once; every number it stands for must be public, and the connection goes to one of those numbers, so
that a name which means something else a moment later changes nothing. The certificate must be the name's. Each redirect
is an address like the first. One deadline covers everything, and no more is read, or unpacked, than was asked for.

It must never follow what the environment says of proxies, and never tell a caller what an answer held.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from functools import cached_property
from http.client import HTTPException, HTTPResponse
from time import monotonic
from typing import Any, Final, Self
from urllib.parse import urljoin

from chalicelib.adapters.web import addresses
from chalicelib.adapters.web.addresses import Address
from chalicelib.ports import UNKNOWN, Fetched, FetchFailed, FetchRefused, Validators

MOST_REDIRECTS: Final = 3
SECONDS: Final = 15.0
"""For everything together: the name, the connection, the redirects, the last byte."""

_AGENT: Final = "Parley (engagement desk; fetches what a member named)"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PIECE: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]


def resolve(host: str, port: int) -> list[str]:
    """Every number that a name stands for now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def connect(number: str, port: int, seconds: float) -> socket.socket:
    """A connection to a number; no name is looked up."""
    return socket.create_connection((number, port), timeout=seconds)


class WebFetcher:
    """ports.Fetcher over the public web."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        seconds: float = SECONDS,
        resolve: Resolve = resolve,
        connect: Connect = connect,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """loopback: addresses on this machine are followed too, over plain http; for development only."""
        self._loopback = loopback
        self._seconds = seconds
        self._resolve = resolve
        self._connect = connect
        self._given = context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given or ssl.create_default_context()

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        """What is at an address. Raises FetchRefused, FetchFailed."""
        deadline = _Deadline(self._seconds)
        for _ in range(MOST_REDIRECTS + 1):
            address = addresses.read(url, loopback=self._loopback)
            try:
                with _Answer(self._open(address, deadline), address, types, known, deadline) as answer:
                    where = answer.elsewhere()
                    if where is None:
                        return answer.taken(most)
                    url = urljoin(address.url, where)
            except (OSError, HTTPException, ValueError) as error:
                # TimeoutError is an OSError, and so is what TLS has to say.
                raise FetchFailed(_told(error)) from error
        raise FetchRefused(f"it leads from one address to the next more than {MOST_REDIRECTS} times")

    def _open(self, address: Address, deadline: _Deadline) -> socket.socket:
        numbers = self._numbers(address, deadline)
        failed: OSError | None = None
        for number in numbers[:4]:
            try:
                opened = self._connect(number, address.port, deadline.left())
            except OSError as error:
                failed = error
                continue
            if not address.secure:
                return opened
            opened.settimeout(deadline.left())
            try:
                return self._context.wrap_socket(opened, server_hostname=address.host)
            except BaseException:
                opened.close()
                raise
        raise failed or FetchFailed("the host's name stands for no number")

    def _numbers(self, address: Address, deadline: _Deadline) -> list[str]:
        """The numbers that the name stands for: asked once, and all of them public. Raises FetchRefused, FetchFailed."""
        if address.is_loopback:
            return ["127.0.0.1" if address.host == "localhost" else address.host]
        found: list[str] | None = None

        def ask() -> None:
            nonlocal found
            try:
                found = self._resolve(address.host, address.port)
            except (OSError, UnicodeError):
                found = []

        # The system's resolver takes no deadline; whoever waits for it does.
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(deadline.left())
        if not found:
            raise FetchFailed("the host's name could not be resolved")
        for number in found:
            addresses.check_public(number)
        return found


class _Deadline:
    """A moment by which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError where none are."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Stream(io.RawIOBase):
    """What a socket receives, each piece of it within what is left of the whole time."""

    def __init__(self, opened: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._socket = opened
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)


class _Answer:
    """One request and its answer, closed at the end whatever happens."""

    def __init__(
        self, opened: socket.socket, address: Address, types: frozenset[str], known: Validators, deadline: _Deadline
    ) -> None:
        self._socket = opened
        self._address = address
        self._types = types
        self._known = known
        self._deadline = deadline

    def __enter__(self) -> Self:
        try:
            self._socket.settimeout(self._deadline.left())
            self._socket.sendall(_request(self._address, self._types, self._known))
            # http.client reads from whatever has a `makefile`; what it reads is bounded by itself.
            self._answer = HTTPResponse(_Opened(_Stream(self._socket, self._deadline)), method="GET")  # type: ignore[arg-type]
            self._answer.begin()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._answer.close()
        self._socket.close()

    def elsewhere(self) -> str | None:
        """Where it sends whoever asks; None where this is the answer. Raises FetchRefused."""
        if self._answer.status not in _REDIRECTS:
            return None
        where = self._answer.getheader("Location")
        if not where:
            raise FetchRefused("it leads to another address and does not say which")
        return where

    def taken(self, most: int) -> Fetched:
        """The answer's content. Raises FetchRefused, FetchFailed."""
        status = self._answer.status
        if status == 304 and self._known != UNKNOWN:
            return Fetched(self._address.url, "", b"", self._known, changed=False)
        if status == 429 or status >= 500:
            raise FetchFailed(f"it answered {status}")
        if status != 200:
            raise FetchRefused(f"it answered {status}")
        mime = (self._answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        if mime not in self._types:
            raise FetchRefused("what it answers is labelled as another type than is taken here")
        length = self._answer.length
        if length is not None and length > most:
            raise FetchRefused(f"it is larger than {most:,} bytes")
        validators = Validators(_short(self._answer.getheader("ETag")), _short(self._answer.getheader("Last-Modified")))
        return Fetched(self._address.url, mime, self._content(most), validators)

    def _content(self, most: int) -> bytes:
        packing = (self._answer.getheader("Content-Encoding") or "identity").strip().lower()
        if packing not in {"identity", "gzip", "x-gzip"}:
            raise FetchRefused("it is packed in a way that was not asked for")
        unpack = zlib.decompressobj(_GZIP) if packing != "identity" else None
        content = bytearray()
        while piece := self._answer.read1(_PIECE):
            try:
                content += piece if unpack is None else unpack.decompress(piece, most + 1 - len(content))
            except zlib.error:
                raise FetchFailed("what it sent is damaged") from None
            if len(content) > most:
                raise FetchRefused(f"it is larger than {most:,} bytes")
        if self._answer.length or (unpack is not None and not unpack.eof):
            raise FetchFailed("it ended too early")
        return bytes(content)


class _Opened:
    """A stream in the shape in which http.client expects a socket."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The stream, buffered."""
        return io.BufferedReader(self._stream)


def _request(address: Address, types: frozenset[str], known: Validators) -> bytes:
    usual = 443 if address.secure else 80
    named = f"[{address.host}]" if ":" in address.host else address.host
    headers: Mapping[str, str | None] = {
        "Host": named if address.port == usual else f"{named}:{address.port}",
        "User-Agent": _AGENT,
        "Accept": ", ".join(sorted(types)),
        "Accept-Encoding": "identity",
        "Connection": "close",
        "If-None-Match": known.etag,
        "If-Modified-Since": known.modified,
    }
    lines = [f"GET {address.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _short(value: str | None) -> str | None:
    """A header's value, if it can be sent back as it is."""
    return value if value and len(value) <= 200 and value.isascii() and value.isprintable() else None


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not good for its name, or the connection could not be made safe"
    return "it could not be reached, or did not answer as a web server does"
