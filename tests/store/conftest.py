"""One store, run once with each engine behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.store.store import Store
from tests.adapters import engines


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with engines.TABLES[request.param](tmp_path) as table:
        yield Store(table)
