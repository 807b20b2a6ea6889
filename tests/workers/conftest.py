"""The workers at a world's desk, with what they log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import bootstrap
from tests.lines import Lines, logged
from tests.world import World


@pytest.fixture
def lines() -> Iterator[Lines]:
    with logged() as kept:
        yield kept


@pytest.fixture
def at_work(world: World, lines: Lines) -> Iterator[World]:
    """A world whose desk is the process's, as on Lambda."""
    bootstrap.use(world.desk)
    yield world
    bootstrap.use(None)
