"""The guide for signing accounts in: every command that it shows is run as it stands, and its tables are what there is."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib import settings
from chalicelib.domain.incident import Cause
from tests.guides import ROOT, free_port, needs_curl, run_as_shown

GUIDE = ROOT / "docs" / "connecting.md"


@needs_curl
def test_accounts_are_signed_in_lost_and_found(tmp_path: Path) -> None:
    redirect = f"http://127.0.0.1:{free_port()}/signed-in"
    told, _ = run_as_shown([GUIDE], tmp_path / "home", more={"PARLEY_SIGNED_IN_URL": redirect})
    connected, where, state, step, danger = told.splitlines()
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
