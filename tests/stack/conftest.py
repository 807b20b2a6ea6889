"""The packaged template, deployed once for all tests that ask for it, beside a sandbox network that it reaches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.sandbox.server import SandboxServer
from local.stack.stack import Stack
from local.stack.stage import QUICK, OnAws, reaching


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="session")
def stack(sandbox: SandboxServer) -> Iterator[Stack]:
    with Stack({**QUICK, **reaching(sandbox.url)}) as deployed:
        yield deployed


@pytest.fixture(scope="session")
def stage(stack: Stack, sandbox: SandboxServer) -> OnAws:
    """Where the story plays."""
    return OnAws(stack, sandbox.url)
