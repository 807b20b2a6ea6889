"""The workers at a world's desk, with what they log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib import bootstrap, log
from tests.world import World


@dataclass(frozen=True)
class Lines:
    """What was logged since the test began."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def steps(self) -> list[dict[str, Any]]:
        """Each line as the JSON object that it has to be."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    ours, everybody = logging.getLogger("parley"), logging.getLogger()
    before = (ours.handlers, ours.propagate, ours.level, everybody.level)
    kept = Lines()
    log.to(kept.stream)
    yield kept
    ours.handlers, ours.propagate = before[:2]
    ours.setLevel(before[2])
    everybody.setLevel(before[3])


@pytest.fixture
def at_work(world: World, lines: Lines) -> Iterator[World]:
    """A world whose desk is the process's, as on Lambda."""
    bootstrap.use(world.desk)
    yield world
    bootstrap.use(None)
