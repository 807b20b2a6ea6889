"""The guide for signing accounts in: every command that it shows is run as it stands, and its tables are what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import settings
from chalicelib.domain.incident import Cause
from local.machine import API_PORT, SANDBOX_PORT
from local.machine import Machine as House
from tests.test_docs import FREE_OF_SETTINGS, ROOT, fenced, free_port

GUIDE = ROOT / "docs" / "connecting.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_accounts_are_signed_in_lost_and_found(tmp_path: Path) -> None:
    home, port, sandbox_port = tmp_path / "home", free_port(), free_port()
    python = shlex.quote(sys.executable)
    here = {
        f"127.0.0.1:{API_PORT}": f"127.0.0.1:{port}",
        f"127.0.0.1:{SANDBOX_PORT}": f"127.0.0.1:{sandbox_port}",
        ".venv/bin/parley": f"{python} -m local.cli",
        ".venv/bin/python": python,
    }
    blocks = "\n".join(fenced(GUIDE, "sh", "run"))
    script = re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], blocks)
    redirect = f"http://127.0.0.1:{free_port()}/signed-in"
    environment = {**FREE_OF_SETTINGS, "PARLEY_SIGNED_IN_URL": redirect}
    with House(home, port, sandbox_port, environment):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            env={**environment, "PARLEY_HOME": str(home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    connected, where, state, step, danger = done.stdout.splitlines()
    assert re.fullmatch(r"cafe\S* on bluesky is connected: \w+", connected)
    assert (where, state, danger) == (redirect, "active", "[]")
    assert step.startswith("Sign the account in again")


def test_every_cause_and_setting_of_an_app_is_told() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [one.value for one in Cause]
    assert settings.REDIRECT in text
    for name in ("PARLEY_APP_X_CLIENT_ID", "PARLEY_APP_X_CLIENT_SECRET", "PARLEY_APP_REDDIT_CLIENT_ID"):
        assert name in settings.NAMES
        assert name in text
