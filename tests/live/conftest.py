"""Live tests: our connectors against servers that nobody here wrote, on loopback. Opt-in: `make live`.

`PARLEY_LIVE` names the folder in which local/live.py put the parts; without it every test here is skipped and says so. A
part has a folder there; where it could not be made, the folder holds a file `absent` that says why.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.live import mastodon
from tests.live.bluesky import BlueskyNetwork, running

T = TypeVar("T")
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.live)


def part(name: str) -> Path:
    """The folder of a part. Skips the test where there is none."""
    chosen = os.environ.get("PARLEY_LIVE")
    if not chosen:
        pytest.skip("opt-in: make live")
    folder = Path(chosen).resolve() / name
    reason = folder / "absent"
    if reason.is_file():
        pytest.skip(f"{name}: {reason.read_text().strip()}")
    if not folder.is_dir():
        pytest.skip(f"{name} is not in {chosen}: make live")
    return folder


def until(look: Callable[[], T | None], seconds: float = 20) -> T:
    """What a look brings once it brings something: other servers index in their own time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not seen within {seconds:.0f} s")


@pytest.fixture(scope="session")
def bluesky_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlueskyNetwork]:
    with running(part("bluesky"), tmp_path_factory.mktemp("bluesky")) as network:
        yield network


@pytest.fixture(scope="session")
def mastodon_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mastodon.MastodonServer]:
    with mastodon.running(part("mastodon"), tmp_path_factory.mktemp("mastodon")) as server:
        yield server
