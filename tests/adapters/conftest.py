"""One fixture per port, run once with each engine behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chalicelib.ports import Blobs, Table, Vault
from tests.adapters import engines


@pytest.fixture(params=engines.TABLES)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    with engines.TABLES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=engines.QUEUES)
def queue_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[engines.QueueBench]:
    with engines.QUEUES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=engines.BLOBS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    with engines.BLOBS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=engines.MAILERS)
def mail_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[engines.MailBench]:
    with engines.MAILERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=engines.VAULTS)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    with engines.VAULTS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an ordinary user can reach, unlike pytest's own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)
