"""The API over a desk of its own for each test that changes it, and one that is shared by those that only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import bootstrap
from tests.api.rooms import Rooms, make_rooms


@pytest.fixture
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    """Two workspaces, nothing in them but people and accounts."""
    made = make_rooms(tmp_path_factory.mktemp("rooms"))
    yield made
    bootstrap.use(None)


@pytest.fixture(scope="module")
def _furnished(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return make_rooms(tmp_path_factory.mktemp("furnished")).furnish()


@pytest.fixture
def furnished(_furnished: Rooms) -> Iterator[Rooms]:
    """Two workspaces, one of everything in the first; shared, so tests leave it as it is."""
    bootstrap.use(_furnished.world.desk)
    yield _furnished
    bootstrap.use(None)
