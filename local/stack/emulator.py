"""The AWS emulator: MiniStack in an environment of its own, as a process on loopback that ends with its owner.

MiniStack pins its own botocore and runs Lambdas with its own Python, so it never enters the project's environment. It
must never listen anywhere but on 127.0.0.1, and it gets none of this process's environment: its Lambdas would see it.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = PROJECT / ".venv-stack"
LOCK = PROJECT / "requirements-stack.lock"

HOST = "127.0.0.1"
REGION = "eu-central-1"
START_SECONDS = 60
STOP_SECONDS = 10

# Below the range from which systems hand out ports by themselves, or one may be taken between choosing and listening.
_PORTS = range(20_000, 32_000)
_MARK = "requirements-stack.lock"


class StackFailed(Exception):
    """The emulator, or what runs on it, could not be brought up."""


def make_environment() -> Path:
    """The Python of the emulator's environment, made or brought up to date if need be. Raises StackFailed.

    Whoever else makes it at the same time is waited for.
    """
    python = ENVIRONMENT / "bin" / "python"
    with ENVIRONMENT.with_name(f"{ENVIRONMENT.name}.making").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        _make(python)
    return python


def _make(python: Path) -> None:
    mark = ENVIRONMENT / _MARK
    wanted = LOCK.read_bytes()
    if python.exists() and mark.exists() and mark.read_bytes() == wanted:
        return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    # The Python that packages is the one that runs what was packaged.
    _run([sys.executable, "-m", "venv", str(ENVIRONMENT)])
    wheels = ["--quiet", "--require-hashes", "--requirement", str(LOCK)]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *wheels]
    try:
        _run([uv, "pip", "install", "--python", str(python), *wheels] if uv else pip)
    except StackFailed:
        if uv is None:
            raise
        _run(pip)  # uv does not know the certificates and indexes that pip is set up with
    mark.write_bytes(wanted)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackFailed(f"`{Path(command[0]).name} {command[1]}` failed:\n{(done.stdout + done.stderr).strip()}")


def free_port() -> int:
    """A port on loopback on which nobody listens."""
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise StackFailed(f"No free port was found between {_PORTS.start} and {_PORTS.stop}.")


class Emulator:
    """MiniStack as a context manager. folder: where its log and its Lambdas' code lie while it runs."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._folder = folder
        self._log = folder / "ministack.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises StackFailed."""
        python = make_environment()
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python.parent / "ministack")],
                cwd=self._folder,
                env=self._environment(python),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its Lambdas are its children: they end with it
            )
        until = time.monotonic() + START_SECONDS
        while True:
            if self._process.poll() is not None:
                raise StackFailed(f"MiniStack ended while it started:\n{self.tail()}")
            try:
                self.inspect("health")
            except (OSError, ValueError):
                if time.monotonic() > until:
                    self.stop()
                    raise StackFailed(f"MiniStack did not answer in {START_SECONDS} s:\n{self.tail()}") from None
                time.sleep(0.05)
            else:
                return

    def _environment(self, python: Path) -> dict[str, str]:
        return {
            "PATH": f"{python.parent}{os.pathsep}{os.defpath}",
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "LANG": "C.UTF-8",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def stop(self) -> None:
        """End it and everything that it started. Stopping twice is fine."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                break
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        process.wait()

    def inspect(self, what: str) -> Any:
        """One of the emulator's own documents, such as `ses/messages`. Raises OSError, ValueError."""
        with urllib.request.urlopen(f"{self.url}/_ministack/{what}", timeout=5) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        if not self._log.exists():
            return "(no log)"
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
