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


def test_every_app_has_its_parameters_and_no_secret_is_echoed() -> None:
    told = json.loads(resources.FILE.read_text())
    variables = told["Globals"]["Function"]["Environment"]["Variables"]
    names = [f"PARLEY_APP_{one.upper()}_{field.upper()}" for one, fields in settings.APPS.items() for field in fields]
    assert {"PARLEY_APP_X_CLIENT_SECRET", "PARLEY_APP_REDDIT_USER_AGENT"} <= set(names)
    for name in names:
        parameter = told["Parameters"][variables[name]["Ref"]]
        assert parameter["Default"] == "", "an installation may have no app"
        assert parameter.get("NoEcho", False) is name.endswith("_SECRET")


def test_every_setting_of_an_installation_on_aws_can_be_given() -> None:
    """But where it is kept and what wakes it, which the template makes itself, and what one machine alone knows."""
    told = json.loads(resources.FILE.read_text())
    variables = told["Globals"]["Function"]["Environment"]["Variables"]
    its_own = {"PARLEY_BUCKET", *(name for name in settings.NAMES if name.startswith("PARLEY_QUEUE_"))}
    here = {"PARLEY_HOME", "PARLEY_FETCH_LOOPBACK"}
    assert set(settings.NAMES) - set(variables) == its_own | here


def test_a_stale_default_is_written_anew_and_nothing_else_changes() -> None:
    text = resources.FILE.read_text()
    stale = text.replace(
        '"VisibleSecondsX": { "Type": "Number", "Default": 30', '"VisibleSecondsX": { "Type": "Number", "Default": 31'
    )
    assert stale != text
    assert resources.rendered(stale) == text
