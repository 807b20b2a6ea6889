"""The guide for changing a guideline: every command that it shows is run as it stands, and what it says is what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.machine import API_PORT, SANDBOX_PORT
from local.machine import Machine as House
from tests.test_docs import FREE_OF_SETTINGS, ROOT, fenced, free_port

GUIDE = ROOT / "docs" / "triage.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_draft_is_replayed_activated_and_taken_back(tmp_path: Path) -> None:
    home, port, sandbox_port = tmp_path / "home", free_port(), free_port()
    python = shlex.quote(sys.executable)
    here = {
        f"127.0.0.1:{API_PORT}": f"127.0.0.1:{port}",
        f"127.0.0.1:{SANDBOX_PORT}": f"127.0.0.1:{sandbox_port}",
        ".venv/bin/parley": f"{python} -m local.cli",
        ".venv/bin/python": python,
        "draft.yaml": shlex.quote(str(tmp_path / "draft.yaml")),
    }
    blocks = "\n".join(fenced(GUIDE, "sh", "run"))
    script = re.sub("|".join(map(re.escape, here)), lambda found: here[found[0]], blocks)
    with House(home, port, sandbox_port, FREE_OF_SETTINGS):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT,
            env={**FREE_OF_SETTINGS, "PARLEY_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    told = done.stdout
    assert "insults-at-once clause" in told
    assert "1 messages replayed, 1 decisions would change" in told
    assert told.count("{'review>escalate': 1}") == 2
    assert "Clause insults-at-once: it drives other members away" in told
    assert told.rstrip().splitlines()[-1] == "roll_back_guideline"
