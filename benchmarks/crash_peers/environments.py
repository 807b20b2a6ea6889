"""The peers' environments: one each under `build/peers`, made on demand from pinned lists with hashes.

`python -m benchmarks.crash_peers.environments` resolves the lists anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from local.lock import COMMON

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACE = ROOT / "build" / "peers"
PEERS = ("apscheduler", "huey", "dramatiq", "procrastinate")
UV = Path(sys.executable).parent / "uv"


def made(peer: str, lists: Path = HERE) -> Path:
    """The folder of a peer's environment, as its list says. Raises CalledProcessError where it cannot be installed."""
    place, wanted = PLACE / peer, lists / f"requirements-{peer}.lock"
    stamp = place / "installed.lock"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        print(f"making {place.relative_to(ROOT)}", file=sys.stderr, flush=True)
        _uv("venv", "--clear", "--python", sys.executable, str(place))
        _uv("pip", "install", "--python", str(place / "bin" / "python"), "--require-hashes", "-r", str(wanted))
        stamp.write_text(wanted.read_text())
    return place


def version(peer: str) -> str:
    """Which version of the peer stands in its environment."""
    (site,) = (PLACE / peer / "lib").glob("python*/site-packages")
    return next(one.version for one in distributions(path=[str(site)]) if one.metadata["Name"].lower() == peer)


def resolve(peers: Iterable[str] = PEERS, lists: Path = HERE) -> None:
    """Write every list anew."""
    for peer in peers:
        source, target = lists / f"requirements-{peer}.in", lists / f"requirements-{peer}.lock"
        _uv(
            "pip",
            "compile",
            str(source),
            *COMMON,
            "--no-annotate",
            "--universal",
            "--upgrade",
            "--output-file",
            str(target),
        )


def _uv(*arguments: str) -> None:
    subprocess.run([str(UV), *arguments, "--quiet"], cwd=ROOT, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    resolve()
