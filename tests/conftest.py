"""The world in which services are tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.world import World, make_world

settings.register_profile("house", deadline=None)  # nothing is timed inside a unit test
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first; the rest keeps its order."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)
