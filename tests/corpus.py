"""Where recorded platform traffic lies: beside the project, or where PARLEY_CORPUS says. Absent: a visible skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def corpus() -> Path:
    """The folder of recorded traffic; skips the test that asks where there is none."""
    folder = Path(os.environ.get("PARLEY_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no recorded traffic in {folder} (PARLEY_CORPUS)")
    return folder
