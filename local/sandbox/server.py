"""Runs the sandbox network on 127.0.0.1, in a thread of its own. It must never listen anywhere else."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from waitress.server import create_server

from local.sandbox.app import SandboxApp
from local.sandbox.network import SandboxNetwork

HOST = "127.0.0.1"
THREADS = 8


class PortInUse(Exception):
    """Another program is listening on this port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is in use: stop the program that listens there, or choose another port."
        )


class SandboxServer:
    """The sandbox as a context manager. path: the state directory (None: memory only). port 0: any that is free."""

    def __init__(self, path: Path | None = None, port: int = 0) -> None:
        self._path = path
        self._port = port
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._sockets: dict[int, Any] = {}
        self._server: Any = None
        self.network: SandboxNetwork
        self.app: SandboxApp

    def start(self) -> Self:
        """Open the state and answer. Raises PortInUse, journal.StateInUse."""
        self.network = SandboxNetwork(self._path)
        self.app = SandboxApp(self.network)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        try:
            # log_socket_errors off: a NoAnswer of ours is not news.
            self._server = create_server(
                self.app,
                map=self._sockets,
                host=HOST,
                port=self._port,
                threads=THREADS,
                log_socket_errors=False,
                clear_untrusted_proxy_headers=True,
                ident=None,
            )
        except OSError:
            self.network.close()
            raise PortInUse(self._port) from None
        self._port = int(self._server.effective_port)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._server.asyncore.loop(timeout=1.0, map=self._sockets, count=1)

    def stop(self) -> None:
        """Stop answering and let go of the port and the state. Stopping twice is fine."""
        if self._thread is None:
            return
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._thread = None
        # Closed here and not by the thread itself, which may see that it is to stop before its trigger is pulled.
        self._server.task_dispatcher.shutdown()
        self._server.asyncore.close_all(self._sockets)
        self.network.close()

    @property
    def url(self) -> str:
        """Where the sandbox answers, without a trailing slash."""
        return f"http://{HOST}:{self._port}"

    def base_url(self, platform: str) -> str:
        """Where one platform is reached, for a connector's `base_url`."""
        return f"{self.url}/{platform}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
