"""The sandbox network as the simulation's platforms: the real connectors talk to it without a socket, in virtual time.

Every HTTP request is a boundary of the road. What goes wrong on the platform's side is asked of the sandbox's own faults,
in the platform's own dialect; what a client sees of a connection that failed is raised here, as requests raises it. What
really stands is read from the sandbox's model. Nothing here may know what a connector makes of an answer.
"""

from __future__ import annotations

import copy
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from io import BytesIO
from typing import Any, Never
from unittest.mock import patch
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from chalicelib import bootstrap
from chalicelib.services.desk import Platforms
from connectors import registry
from connectors.capabilities import Allowance, Dedupe
from connectors.http import Wire
from connectors.sessions import PAUSE
from local.sandbox import mastodon
from local.sandbox.app import NoAnswer, SandboxApp
from local.sandbox.clock import SandboxClock
from local.sandbox.faults import Fault as SandboxFault
from local.sandbox.faults import FaultKind
from local.sandbox.model import Account, Platform, Sort, TokenUse
from local.sandbox.network import SandboxNetwork
from local.sandbox.ratelimits import RateMeter
from tests.simulation.platforms import ANSWERS_WITHIN, Asked, Standing
from tests.simulation.road import START, TIMING, Clock, Crash, Fault, Kind, Road
from tests.simulation.said import Said

HOST = "http://127.0.0.1:1"
NEARLY_SPENT = timedelta(seconds=60)
LIVES = {"bluesky": timedelta(hours=2), "reddit": timedelta(hours=24), "x": timedelta(hours=2)}
"""How long the sandbox's access tokens last; Mastodon's last for good."""
_PAGE = "<!DOCTYPE html><html><title>502 Bad Gateway</title><body>Bad Gateway</body></html>"
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_REFUSALS: Mapping[str, tuple[int, Any]] = {
    "bluesky": (400, {"error": "InvalidRequest", "message": "Record/facets must not be that"}),
    "mastodon": (422, {"error": "Validation failed: Text is not allowed"}),
    "reddit": (200, {"json": {"errors": [["SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr"]]}}),
    "x": (403, {"title": "Forbidden", "detail": "You are not permitted.", "type": "about:blank", "status": 403}),
}
_LIMITED_IN_200 = {"json": {"ratelimit": 20.0, "errors": [["RATELIMIT", "Take a break for 20 seconds.", "ratelimit"]]}}
Memory = Mapping[str, Any]
"""A photograph of the network's state."""


class _RoadClock(SandboxClock):
    """The sandbox's clock shows the road's time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        """Virtual time."""
        return self._clock.now()


@cache
def _app() -> SandboxApp:
    """One sandbox for the whole process: building its routes takes longer than most plans."""
    network = SandboxNetwork()
    network.clock = _RoadClock(Clock(START))
    return SandboxApp(network)


def _photograph(network: SandboxNetwork) -> Memory:
    """Everything that the network remembers, so that it can be put back."""
    kept = {"lock", "clock", "faults", "rates", "requests", "_journal"}
    return {name: copy.copy(value) for name, value in vars(network).items() if name not in kept}


@cache
def _nothing_said() -> Memory:
    return _photograph(_app().network)


@dataclass
class SandboxPlatform:
    """One platform of the sandbox network, with two accounts of ours."""

    name: str
    clock: Clock
    road: Road
    lag: timedelta = timedelta(0)
    remembers: bool = True
    memory: Memory | None = None
    """What it remembers from before; None: nobody was ever there."""
    allowance: Allowance | None = None
    app_allowance: Allowance | None = None
    """Each platform's own stand."""
    charges: bool = False
    slow: bool = False
    said: tuple[Said, ...] = ()
    """Each platform's own stand."""
    asked: list[Asked] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.app = _app()
        self.network = self.app.network
        for name, value in (self.memory or _nothing_said()).items():
            setattr(self.network, name, copy.copy(value))
        self.network.faults.clear()
        self.network.rates = RateMeter()
        self.network.requests = deque()
        self.network.clock = _RoadClock(self.clock)
        self.network.listing_lag = {self.name: self.lag}
        self.facade = self.app.facades[Platform(self.name)]
        self.accounts: list[Account] = [
            self.facade.make_account(handle, "Our desk", ours=True) for handle in ("our-desk", "our-shop")
        ]
        self.dedupe = registry.capabilities(self.name).dedupe

    @property
    def base_url(self) -> str:
        """Where the connectors reach it."""
        return f"{HOST}/{self.name}"

    @property
    def standing(self) -> list[Standing]:
        """What really stands there, as the sandbox's own record tells."""
        mine = [one for account in self.accounts for one in self.network.posts(self.name, author=account.id)]
        return [Standing(one.id, one.text, one.created_at, one.parent) for one in mine]

    def remember(self) -> Memory:
        """What it remembers now, for `memory` of another."""
        return _photograph(self.network)

    def platforms(self) -> Platforms:
        """The connectors' registry, as the house puts it together."""
        return bootstrap.platforms()

    def credential(self, account: int) -> dict[str, str]:
        """What a member who signs in types: good now, whatever was revoked."""
        ours = self.accounts[account]
        found = dict(self.facade.credential(ours))
        if self.name == "x":
            found |= {"client_id": "parley", "refresh_token": self.facade.first_token(ours, TokenUse.REFRESH)}
        return found

    def settle(self) -> None:
        """Let everything land whose time has come."""
        self.network.land_due(self.app._land)

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Put this platform in front of every connector's session, and virtual time under every library."""
        transport = Transport(self)

        def sleeps(seconds: float) -> None:
            """Only whoever waits for another to renew a session may."""
            if seconds != PAUSE:
                raise AssertionError(f"somebody sleeps for {seconds} s")
            self.clock.move(seconds)

        key_remembered = mastodon.KEY_REMEMBERED if self.remembers else timedelta(0)
        with (
            patch.object(Wire, "get_adapter", lambda _wire, **_: transport),
            patch.object(mastodon, "KEY_REMEMBERED", key_remembered),
            patch.multiple(
                time,
                time=lambda: self.clock.now().timestamp(),
                monotonic_ns=lambda: int(self.clock.now().timestamp() * 1e9),
                sleep=sleeps,
            ),
        ):
            yield


class Transport(BaseAdapter):
    """Carries a prepared request to the sandbox and its answer back, or what became of it."""

    def __init__(self, platform: SandboxPlatform) -> None:
        super().__init__()
        self._platform = platform

    def send(self, request: requests.PreparedRequest, *_given: Any, **_more: Any) -> requests.Response:
        """One request: one boundary. Raises what requests raises, and Crash."""
        return _Exchange(self._platform, request).crossed()

    def close(self) -> None:
        """Nothing is held open."""


@dataclass
class _Exchange:
    """One request of a connector, and everything that may come of it."""

    platform: SandboxPlatform
    request: requests.PreparedRequest

    def __post_init__(self) -> None:
        url = urlsplit(str(self.request.url))
        self.path, self.query = unquote(url.path), url.query
        self.body = self.request.body or b""
        if isinstance(self.body, str):
            self.body = self.body.encode()

    def crossed(self) -> requests.Response:
        """Cross the boundary."""
        platform = self.platform
        inner = self.path.removeprefix(f"/{platform.name}")
        writes = platform.facade.sort_of(str(self.request.method), inner) is Sort.WRITE
        us = {name for one in platform.accounts for name in (one.id, one.handle)}
        steps = [":us" if step in us else step for step in inner.split("/")]
        return platform.road.cross(
            f"{self.request.method} {platform.name} {'/'.join(steps)}",
            self._answered,
            self._said() if writes else self._asked(),
            zombies=not writes or platform.dedupe is Dedupe.BY_ID,
        )

    def _asked(self) -> dict[Kind, Callable[[Fault], requests.Response]]:
        """What may become of any request."""
        fails = self._fails

        def signed_out(_: Fault) -> requests.Response:
            for account in self.platform.accounts:
                self.platform.network.sign_out(account)
            return self._answered()

        def cut_short(_: Fault) -> requests.Response:
            answer = self._answered()
            answer._content = answer.content[: len(answer.content) // 2]
            return answer

        def unknown(_: Fault) -> requests.Response:
            answer = self._answered()
            if answer.ok:
                answer._content = b'{"ok": true}'
            return answer

        return {
            Kind.LIMITED: lambda fault: fails(FaultKind.RATE_LIMITED, seconds=fault.seconds),
            Kind.SIGNED_OUT: signed_out,
            Kind.TOKEN_REFUSED: lambda _: fails(FaultKind.SIGNED_OUT),
            Kind.NOT_CONNECTED: self._not_connected,
            Kind.TIMEOUT_LOST: lambda _: self._unanswered(FaultKind.CLOSED),
            Kind.RESET: lambda _: self._reset(FaultKind.CLOSED),
            Kind.RESET_APPLIED: lambda _: self._reset(FaultKind.LOST),
            Kind.ERROR_NOT_APPLIED: lambda fault: fails(FaultKind.REFUSED, status=fault.status),
            Kind.ERROR_APPLIED: lambda fault: fails(FaultKind.ERROR_AFTER, status=fault.status),
            Kind.PAGE: lambda _: fails(FaultKind.REFUSED, status=502, body=_PAGE, headers=_HTML),
            Kind.WELCOME_PAGE: lambda _: fails(FaultKind.REFUSED, status=200, body=_PAGE, headers=_HTML),
            Kind.CUT_SHORT: cut_short,
            Kind.UNKNOWN_ANSWER: unknown,
        }

    def _said(self) -> dict[Kind, Callable[[Fault], requests.Response]]:
        """What may become of a request whose effect cannot be taken back."""
        fails = self._fails

        def under_way(fault: Fault) -> Never:
            with_late = self._lands_late(fault)
            raise Crash from with_late

        def too_late_an_answer(fault: Fault) -> Never:
            self._lands_late(fault)
            raise self._timeout()

        def refused(_: Fault) -> requests.Response:
            self.platform.refused.add(self._text())
            status, body = _REFUSALS[self.platform.name]
            return fails(FaultKind.REFUSED, status=status, body=body)

        return {
            **self._asked(),
            Kind.KILLED_UNDER_WAY: under_way,
            Kind.TIMEOUT_LATE: too_late_an_answer,
            Kind.PAGE_APPLIED: lambda _: fails(FaultKind.ERROR_AFTER, status=502, body=_PAGE, headers=_HTML),
            Kind.REFUSED: refused,
            Kind.LIMITED_IN_200: lambda _: fails(FaultKind.REFUSED, status=200, body=_LIMITED_IN_200),
            Kind.LIMITED_YET_MADE: lambda _: fails(FaultKind.LIMITED_BUT_CREATED),
        }

    # --- what the client sees ----------------------------------------------------------------------------------------

    def _fails(self, kind: FaultKind, **more: Any) -> requests.Response:
        """The sandbox meets this request with one of its own faults. Raises NoAnswer where it closes the connection."""
        self.platform.network.faults.add(SandboxFault(kind, **more))
        return self._answered()

    def _lands_late(self, fault: Fault) -> NoAnswer:
        try:
            self._fails(FaultKind.LATE, seconds=fault.seconds)
        except NoAnswer as closed:
            return closed
        raise AssertionError("a late write was answered")

    def _unanswered(self, kind: FaultKind) -> Never:
        try:
            self._fails(kind)
        except NoAnswer as closed:
            raise self._timeout() from closed
        raise AssertionError("a closed connection was answered")

    def _reset(self, kind: FaultKind) -> Never:
        try:
            self._fails(kind)
        except NoAnswer as closed:
            aborted = ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
            raise requests.ConnectionError(aborted, request=self.request) from closed
        raise AssertionError("a closed connection was answered")

    def _timeout(self) -> requests.ReadTimeout:
        self.platform.clock.move(TIMING.call.total_seconds())
        return requests.ReadTimeout("Read timed out.", request=self.request)

    def _not_connected(self, _: Fault) -> Never:
        refused = NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
        raise requests.ConnectionError(MaxRetryError(None, self.path, refused), request=self.request)  # type: ignore[arg-type]

    def _answered(self) -> requests.Response:
        """Let the sandbox answer."""
        platform = self.platform
        platform.clock.move(ANSWERS_WITHIN)
        if platform.road.open and (text := self._text()):
            platform.asked.append(Asked(text, platform.clock.now()))
        told: list[Any] = []
        chunks = platform.app(self._environ(), lambda status, headers, _=None: told.extend((status, headers)) or _write)
        answer = requests.Response()
        answer.status_code = int(told[0].split()[0])
        answer.headers = CaseInsensitiveDict(told[1])
        answer.headers.setdefault("Date", format_datetime(platform.clock.now(), usegmt=True))
        answer._content = b"".join(chunks)
        answer._content_consumed = True
        answer.encoding = "utf-8"
        answer.url, answer.request = str(self.request.url), self.request
        return answer

    def _environ(self) -> dict[str, Any]:
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.request.headers.items()}
        return {
            **headers,
            "REQUEST_METHOD": self.request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
            "CONTENT_LENGTH": str(len(self.body)),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "1",
            "HTTP_HOST": "127.0.0.1:1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": None,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def _text(self) -> str:
        """What a first post says; empty where the request is none."""
        if self.path.endswith(("/api/submit", "/api/v1/statuses")) and self.request.method == "POST":
            form = parse_qs(self.body.decode())
            return next((form[name][0] for name in ("text", "status") if name in form), "")
        if self.path.endswith(("/2/tweets", "repo.putRecord")):
            said = json.loads(self.body)
            return str(said.get("record", said)["text"])
        return ""


def _write(_: bytes) -> None:
    """WSGI's imperative way to answer, which nobody takes."""
