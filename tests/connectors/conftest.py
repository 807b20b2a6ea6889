"""Fixtures of the connector tests: a loopback platform, and the corpus of recordings."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.loopback import Loopback

_HERE = Path(__file__).resolve()
CORPUS = Path(os.environ.get("PARLEY_CORPUS") or _HERE.parents[3] / "shared" / "corpus")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def recorded() -> Callable[[str], Any]:
    """Reads one recording; skips where the corpus is not."""

    def read(name: str) -> Any:
        path = CORPUS / name
        if not path.is_file():
            pytest.skip(f"needs the recorded corpus: {name} is not there (set PARLEY_CORPUS)")
        return json.loads(path.read_text())

    return read
