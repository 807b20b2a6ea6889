"""The guide for moderating: every command that it shows is run as it stands, and what it says is what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.domain.heat import HOT
from connectors.capabilities import Platform
from connectors.moderation import UNDONE_BY, Moderation
from connectors.registry import capabilities
from local.machine import API_PORT, SANDBOX_PORT
from local.machine import Machine as House
from tests.test_docs import FREE_OF_SETTINGS, ROOT, fenced, free_port

GUIDE = ROOT / "docs" / "moderating.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_an_insult_is_hidden_and_shown_again(tmp_path: Path) -> None:
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
    assert "\nhide True\n" in f"\n{told}"
    assert "remove bluesky has no `remove` for us" in told
    hidden, shown = told.index("\nresolved\n"), told.index("\nin_review\n")
    assert '"hidden"' in told[hidden:shown]
    assert '"hidden"' not in told[shown:]
    assert "touched by a person: True" in told
    assert told.rstrip().splitlines()[-2] == "True"
    assert "likes" in told.rstrip().splitlines()[-1]


def test_the_table_of_what_may_be_done_is_what_the_platforms_can() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+) \| (?:`(\w+)`|nothing) \|$", text, re.MULTILINE)
    assert [one for one, _, _ in rows] == ["hide", "remove", "lock", "mute", "block", "ban", "report"]
    for action, where, back in rows:
        able = {one.value for one in Platform if Moderation(action) in capabilities(one).moderations}
        assert {one.lower() for one in where.split(", ")} == able, action
        assert (back or None) == (UNDONE_BY[Moderation(action)].value if Moderation(action) in UNDONE_BY else None)
    assert f"From {HOT} of 1000 on" in text
