"""What was logged, line by line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib import log


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


@contextmanager
def logged() -> Iterator[Lines]:
    """Catch the log's lines; afterwards they go where they went before."""
    ours, everybody = logging.getLogger("parley"), logging.getLogger()
    handlers, propagate, levels = ours.handlers, ours.propagate, (ours.level, everybody.level)
    kept = Lines()
    log.to(kept.stream)
    yield kept
    ours.handlers, ours.propagate = handlers, propagate
    ours.setLevel(levels[0])
    everybody.setLevel(levels[1])
