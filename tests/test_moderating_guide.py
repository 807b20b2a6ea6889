"""The guide for moderating: every command that it shows is run as it stands, and what it says is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.domain.heat import HOT
from connectors.capabilities import Platform
from connectors.moderation import UNDONE_BY, Moderation
from connectors.registry import capabilities
from tests.guides import ROOT, needs_curl, run_as_shown

GUIDE = ROOT / "docs" / "moderating.md"


@needs_curl
def test_an_insult_is_hidden_and_shown_again(tmp_path: Path) -> None:
    told, _ = run_as_shown([GUIDE], tmp_path / "home")
    assert "\nhide True\n" in f"\n{told}"
    assert "remove bluesky has no `remove` for us" in told
    hidden, shown = told.index("\nresolved\n"), told.index("\nin_review\n")
    assert '"hidden"' in told[hidden:shown]
    assert '"hidden"' not in told[shown:]
    assert "touched by a person: True" in told
    changed, taken_back = told.index("\nrevision 2 in_review\n"), told.index("\nwithdrawn None\n")
    assert changed < taken_back
    assert told.count("the item is resolved") == 2
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
