"""The guide for campaigns: every command that it shows is run as it stands, and what it says of figures is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.domain.campaign import AT_MOST, Course, Measure
from tests.guides import ROOT, needs_curl, run_as_shown

GUIDE = ROOT / "docs" / "campaigns.md"


@needs_curl
def test_a_campaign_is_led_from_its_purpose_to_its_figures(tmp_path: Path) -> None:
    told, _ = run_as_shown([GUIDE], tmp_path / "home")
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
