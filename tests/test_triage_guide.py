"""The guide for changing a guideline: every command that it shows is run as it stands, and what it says is what there is."""

from __future__ import annotations

from pathlib import Path

from tests.guides import ROOT, needs_curl, run_as_shown


@needs_curl
def test_a_draft_is_replayed_activated_and_taken_back(tmp_path: Path) -> None:
    told, _ = run_as_shown([ROOT / "docs" / "triage.md"], tmp_path / "home")
    assert "insults-at-once clause" in told
    assert "1 messages replayed, 1 decisions would change" in told
    assert told.count("{'review>escalate': 1}") == 2
    assert "Clause insults-at-once: it drives other members away" in told
    back = told.rstrip().splitlines().index("roll_back_guideline")
    refused = "\n".join(told.rstrip().splitlines()[back + 1 :])
    assert refused.startswith("Error: There are too few decisions to learn from in the last 90 days:")
    assert refused.endswith("Nothing was kept.")
