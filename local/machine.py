"""One machine: the embedded engine, the workers and the HTTP API in one process, with the sandbox network if wanted.

What runs here is what runs on Lambda; only the engine and the hands that deliver events differ.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from chalicelib import bootstrap, log, settings
from chalicelib.domain.access import Role
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import INSTALLATION
from chalicelib.services import access
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from local.gateway import GatewayServer
from local.runner import Runner
from local.sandbox import oauth
from local.sandbox.server import SandboxServer

API_PORT = 8700
SANDBOX_PORT = 8701

SANDBOX_TIMES = {
    "PARLEY_POLL_SECONDS": "2",
    "PARLEY_LEASE_SECONDS": "15",
    **{f"PARLEY_LANDING_SECONDS_{one.upper()}": "3" for one in settings.PLATFORMS},
    **{f"PARLEY_VISIBLE_SECONDS_{one.upper()}": "2" for one in settings.PLATFORMS},
}
"""The protocol's times against the sandbox, which answers on loopback and lags only where a fault is asked for."""


@dataclass(slots=True)
class Machine:
    """One running Parley. Starting raises what its parts raise: SettingsError, EngineUnusable, EngineBusy, PortInUse."""

    home: Path
    port: int = API_PORT
    sandbox_port: int | None = None
    """Port of the sandbox network; None: without it, on the real platforms."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    _sandbox: SandboxServer | None = None
    _runner: Runner | None = None
    _server: GatewayServer | None = None
    _desk: Desk | None = None

    def start(self) -> Self:
        """Open the record, then listen, then work."""
        from app import app

        try:
            environment = dict(self.environment) | {"PARLEY_HOME": str(self.home)}
            if self.sandbox_port is not None:
                self._sandbox = SandboxServer(self.home / "sandbox", self.sandbox_port).start()
                environment = self._sandboxed(environment)
            self._desk = bootstrap.build(settings.read(environment))
            bootstrap.use(self._desk)
            self._server = GatewayServer(app, port=self.port).start()
            self._runner = Runner(self._desk).start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Let what has begun come to its end. Stopping twice is fine."""
        for part in (self._server, self._runner, self._sandbox):
            if part is not None:
                part.stop()
        self._server = self._runner = self._sandbox = None

    @property
    def desk(self) -> Desk:
        """The desk of this machine, once it was started."""
        if self._desk is None:
            raise RuntimeError("the machine was not started")
        return self._desk

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        if self._server is None:
            raise RuntimeError("the machine was not started")
        return self._server.url

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox answers."""
        if self._sandbox is None:
            raise RuntimeError("the machine runs without the sandbox")
        return self._sandbox.url

    def _sandboxed(self, environment: Mapping[str, str]) -> dict[str, str]:
        if self._sandbox is None:
            raise RuntimeError("the sandbox was not started")
        return sandboxed(environment, self._sandbox.url)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def sandboxed(environment: Mapping[str, str], url: str) -> dict[str, str]:
    """The settings of an installation that speaks to the sandbox at this address and to nothing else, apps included."""
    hosts = {f"PARLEY_HOSTS_{one.upper()}": f"{url}/{one}" for one in settings.PLATFORMS}
    apps = {
        f"PARLEY_APP_{one.upper()}_{name.upper()}": value
        for one, names in settings.APPS.items()
        for name, value in {**oauth.OURS, "user_agent": "parley-sandbox/1.0 (loopback only)"}.items()
        if name in names
    }
    return {**SANDBOX_TIMES, **apps, **environment, **hosts}


def operator_token(desk: Desk) -> str:
    """A new token of the installation's operator, who may only open workspaces. Earlier ones stay valid."""
    now = desk.clock.now()
    operator = Actor("operator")
    token, _, put = access.new_token(desk, INSTALLATION, "operator", Role.OPERATOR, operator, now)
    desk.store.table.put(put.item, put.when)
    return token


def being_sent(desk: Desk) -> list[Variant]:
    """The variants, whoever's they are, whose outcome is not known yet."""
    due = desk.store.due(desk.clock.now() + timedelta(minutes=1))
    found = desk.store.variants.get_many(entry.key for entry in due if keys.due_noun(entry.sort) == "variant")
    return [one for one in found if one.state is VariantState.SENDING]


def log_to_file(home: Path) -> Path:
    """Send the JSON lines of this process to the home's log file, so that a terminal stays readable."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "parley.log"
    path.touch(mode=0o600)
    log.to(path.open("a", encoding="utf-8"))
    return path
