"""The guide for campaigns: every command that it shows is run as it stands, and what it says of figures is what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.domain.campaign import AT_MOST, Course, Measure
from local.machine import API_PORT, SANDBOX_PORT
from local.machine import Machine as House
from tests.test_docs import FREE_OF_SETTINGS, ROOT, fenced, free_port

GUIDE = ROOT / "docs" / "campaigns.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_campaign_is_led_from_its_purpose_to_its_figures(tmp_path: Path) -> None:
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
    assert (
        "this post costs $0.20, without its link $0.015; $0.20 of $0.30 are spent or planned for this campaign" in told
    )
    assert told.count("It was refused.") == 1
    assert '"month":"2031-03","spent_micro_usd":0,"planned_micro_usd":200000' in told
    assert re.search(r"^\w{16}  running    2026-01-01 to no end  Spring repairs$", told, re.MULTILINE)
    assert "  for      Neighbours with a bicycle (de, Europe/Berlin, bikes)\n" in told
    assert "  reached       posts_published: 1 of 1, by no date\n" in told
    assert "  not measured  answered_share: ? of 90, by no date\n" in told
    assert re.search(r"open +sign-ups: 12 of 40, by no date\n +counted by \w+ on [\d-]+ \(the list at the door\)", told)
    assert "  money         $0.00 spent, $0.20 planned, of $0.30\n" in told
    assert told.endswith("2031-06-01T00:00:00Z\npaused\non\nrunning\n")


def test_every_measure_and_course_is_told() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    measures = dict(re.findall(r"^\| `(\w+)` \| .+ \| (more|less) \|$", text, re.MULTILINE))
    assert measures == {one.value: "less" if one in AT_MOST else "more" for one in Measure}
    courses = re.findall(r"^\| `(\w+)` \|", text[text.index("| `course` |") :], re.MULTILINE)
    assert [one for one in courses if one in set(Course)] == [one.value for one in Course]
