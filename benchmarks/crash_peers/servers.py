"""A Redis and a PostgreSQL of our own, on a socket or port that nobody else knows, gone when the run is over."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

STARTS_WITHIN = 30.0


class Unavailable(Exception):
    """A server is not installed and could not be."""


class Server:
    """One server, started with its first record. place: a folder that is thrown away afterwards."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._records = 0

    def record(self) -> str:
        """The address of a new, empty record. Raises Unavailable."""
        if self._process is None:
            self._process = self.start()
        self._records += 1
        return self.empty(self._records)

    def start(self) -> subprocess.Popen[bytes]:
        """Start, and wait until it answers."""
        raise NotImplementedError

    def empty(self, number: int) -> str:
        """Make the record of this number and give its address."""
        raise NotImplementedError

    def version(self) -> str:
        """Which version was started; `not started` where none was."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server, if it was started."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STARTS_WITHIN)
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Redis(Server):
    """Debian's redis-server on a free port of loopback, nothing written to disk: the server is not what is killed."""

    port = 0

    def start(self) -> subprocess.Popen[bytes]:
        """Start it. Raises Unavailable."""
        command = _installed("redis-server", "redis-server")
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        process = subprocess.Popen(
            [command, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--databases", "64"],
            cwd=self.place,
            stdout=subprocess.DEVNULL,
        )
        _wait(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close())
        return process

    def empty(self, number: int) -> str:
        """One of its numbered databases."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def version(self) -> str:
        """As the program says."""
        return _said(["redis-server", "--version"], "v=")


class Postgres(Server):
    """PostgreSQL in a cluster of its own, on a socket in its folder; as `nobody` where we are root, which it refuses."""

    def start(self) -> subprocess.Popen[bytes]:
        """Make the cluster and start it. Raises Unavailable."""
        initdb, postgres = _postgres("initdb"), _postgres("postgres")
        as_nobody: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.place, nobody.pw_uid, nobody.pw_gid)
        cluster = str(self.place / "cluster")
        quiet: dict[str, Any] = {
            "cwd": self.place,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            **as_nobody,
        }
        subprocess.run([initdb, "-D", cluster, "-A", "trust", "-U", "peers", "--no-sync"], check=True, **quiet)
        process = subprocess.Popen([postgres, "-D", cluster, "-k", str(self.place), "-c", "listen_addresses="], **quiet)
        _wait(lambda: self._ask("SELECT 1"))
        return process

    def empty(self, number: int) -> str:
        """A database of its own."""
        self._ask(f"CREATE DATABASE peer{number}")
        return f"host={self.place} user=peers dbname=peer{number}"

    def version(self) -> str:
        """As the program says."""
        return _said([_postgres("postgres"), "--version"], "(PostgreSQL) ")

    def _ask(self, sql: str) -> None:
        subprocess.run(
            [_postgres("psql"), "-q", "-h", str(self.place), "-U", "peers", "-d", "postgres", "-c", sql],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _postgres(program: str) -> str:
    found = shutil.which(program) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))), None)
    return found or _installed(program, "postgresql")


def _installed(program: str, package: str) -> str:
    """Where a program is; Debian's package is installed where it is missing and we may."""
    found = shutil.which(program)
    if found is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        print(f"installing {package}", file=sys.stderr, flush=True)
        install = [apt, "install", "-y", "-qq", "--no-install-recommends", package]
        for command in ([apt, "update", "-qq"], install):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = shutil.which(program)
    if found is None:
        raise Unavailable(f"{program} is not on this machine; install Debian's package {package} and run again")
    return found


def _said(command: list[str], after: str) -> str:
    try:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
    return said.partition(after)[2].split()[0]


def _wait(answers: Callable[[], None]) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            return answers()
        except (OSError, subprocess.CalledProcessError):
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
