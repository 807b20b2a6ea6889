"""What the template says of platforms is what the settings say, and all else in it is left alone."""

from __future__ import annotations

import json

import pytest

from chalicelib import settings
from local import resources


def test_the_file_is_as_it_would_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert resources.main(["--check"]) == 0, capsys.readouterr().out


def test_every_setting_of_a_platform_has_its_parameter() -> None:
    told = json.loads(resources.FILE.read_text())
    variables = told["Globals"]["Function"]["Environment"]["Variables"]
    names = {name for name in settings.NAMES if name.endswith(tuple(f"_{one.upper()}" for one in settings.PLATFORMS))}
    assert len(names) == 4 * len(settings.PLATFORMS)
    for name in names:
        assert variables[name]["Ref"] in told["Parameters"], name


def test_a_stale_default_is_written_anew_and_nothing_else_changes() -> None:
    text = resources.FILE.read_text()
    stale = text.replace(
        '"VisibleSecondsX": { "Type": "Number", "Default": 30', '"VisibleSecondsX": { "Type": "Number", "Default": 31'
    )
    assert stale != text
    assert resources.rendered(stale) == text
