"""`python -m local.sandbox --port 8701 --state DIR`: the sandbox network until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from local.sandbox.journal import StateInUse
from local.sandbox.server import PortInUse, SandboxServer

PORT = 8701


def _port(given: str) -> int:
    number = int(given)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox; returns the exit code: 0 when interrupted, 1 when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m local.sandbox", description="A social network in a box, on loopback."
    )
    parser.add_argument("--port", type=_port, default=PORT, help=f"port on 127.0.0.1 (default {PORT}; 0: any free one)")
    parser.add_argument(
        "--state", type=Path, default=None, help="directory that keeps the state (default: memory only)"
    )
    chosen = parser.parse_args(arguments)
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    try:
        with SandboxServer(chosen.state, chosen.port) as server:
            print(f"Sandbox network: {server.url}/_sandbox/", flush=True)
            done.wait()
    except (PortInUse, StateInUse) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
