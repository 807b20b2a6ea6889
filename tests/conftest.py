"""The world in which services are tried; and which tests lie together where they run on two cores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.world import World, make_world

settings.register_profile("house", deadline=None)  # nothing is timed inside a unit test
settings.load_profile("house")

ROOMS = frozenset({"stack", "package", "acceptance"})
"""Rooms whose tests share something costly that is made once: they stay on one core. Elsewhere each file does."""
APART = {"test_a_protocol_that_was_broken_on_purpose_is_caught": 4}
"""Tests of a long file that share nothing: in how many groups they may run."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Name each test's group before pytest-xdist asks for it; without that the marks mean nothing."""
    here = Path(__file__).parent
    for number, item in enumerate(items):
        place = item.path.relative_to(here)
        room, name = place.parts[0], getattr(item, "originalname", item.name)
        group = room if room in ROOMS else str(place)
        if name in APART:
            group = f"{group}-{number % APART[name]}"
        item.add_marker(pytest.mark.xdist_group(group))
    yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)
