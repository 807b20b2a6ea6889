"""Where a person's browser comes back to after they allowed the app: one address on this machine, listened to for a while.

It takes the first answer that carries the state that was given out, shows one sentence, and keeps nothing. It listens on the
loopback address only, and logs no request: a code is a secret.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
WELL = "Parley has it. You may close this window."
OTHER = "This is not what Parley waits for. Go back to the terminal."
LOOKS_EVERY = 0.5


class NobodyCame(Exception):
    """Nobody came back from the platform in time."""


class Refused(Exception):
    """The person, or the platform, said no."""


def is_here(redirect: str) -> bool:
    """Whether a redirect address is one at which this machine can listen."""
    parts = urlsplit(redirect)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None


def code_in(address: str, state: str) -> str | None:
    """The code in an address that somebody was sent to; None where it is not of this sign-in. Raises Refused."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    if asked.get("state") != state:
        return None
    if "code" not in asked:
        said = asked.get("error", "")
        raise Refused("It was not allowed there." if said == "access_denied" else "The platform sent no code back.")
    return asked["code"]


def awaited(redirect: str, state: str, seconds: float, ready: Callable[[], None]) -> str:
    """Listen at the redirect address until the code comes. ready: called once somebody may come.

    Raises NobodyCame, Refused, OSError where the port is taken.
    """
    parts = urlsplit(redirect)
    got: list[str | Refused] = []

    class Door(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            found: str | Refused | None = None
            if urlsplit(self.path).path == parts.path:
                try:
                    found = code_in(self.path, state)
                except Refused as refused:
                    found = refused
            if found is not None:
                got.append(found)
            words = f"{OTHER if found is None else WELL if isinstance(found, str) else found}\n".encode()
            self.send_response(404 if found is None else 200)
            for name, value in (("Content-Type", "text/plain; charset=utf-8"), ("Referrer-Policy", "no-referrer")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    until = time.monotonic() + seconds
    with HTTPServer(("127.0.0.1", parts.port or 80), Door) as server:
        server.timeout = LOOKS_EVERY
        ready()
        while not got and time.monotonic() < until:
            server.handle_request()
    if not got:
        raise NobodyCame
    if isinstance(got[0], Refused):
        raise got[0]
    return got[0]
