"""`parley train --with-decisions` and `parley correction`: from a handful of decisions to one that is in force, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib import bootstrap, settings
from chalicelib.domain import lesson
from chalicelib.domain.access import Caller, Role
from chalicelib.services import corrections, workspaces
from local.cli import main
from tests.services.taught import taken
from tests.services.test_corrections import LESSONS, made, report


class Home:
    """A record of one machine, with a workspace and its owner's token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = bootstrap.build(settings.read({"PARLEY_HOME": str(folder)}))
        now = self.desk.clock.now()
        workspace, owner, self.token = workspaces.open_workspace(
            self.desk, "Repair Café", "UTC", "Owner", "owner@desk.example", now
        )
        self.workspace, self.owner = workspace.id, owner.id

    def parley(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--home", str(self.folder), "--token", self.token])

    def drafted(self, shift: int = -4000) -> str:
        caller = Caller(self.workspace, self.owner, Role.OWNER, "token")
        now = self.desk.clock.now()
        return corrections.add(self.desk, caller, made(shift), report(), LESSONS[:3], "tried", now).correction.id


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_too_few_decisions_are_refused_in_words_and_nothing_is_kept(home: Home) -> None:
    done = home.parley("train", "--with-decisions", "--days", "30")
    assert done.exit_code == 1
    assert "There are too few decisions to learn from in the last 30 days" in done.output
    assert f"0 decisions that teach something, and {lesson.LEAST_LESSONS} are needed" in done.output
    assert "Nothing was learnt yet" in home.parley("correction", "list").output


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("train", "--with-decisions", "--rounds", "2"), "leave them out"),
        (("train",), "a table needs --data and --out"),
    ],
)
def test_the_two_trainings_are_not_mixed(home: Home, words: tuple[str, ...], what: str) -> None:
    done = home.parley(*words)
    assert (done.exit_code, what in done.output) == (2, True)


def test_what_was_learnt_is_told_and_kept_as_a_draft(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The messages are made up, since two hundred take too long to be heard; all that follows is as it is."""
    monkeypatch.setattr("chalicelib.services.lessons.gather", lambda *_: taken())
    file = tmp_path / "correction.json"
    done = home.parley("train", "--with-decisions", "--out", str(file))
    assert done.exit_code == 0, done.output
    assert "400 decisions of 3 people about 130 authors" in done.output
    assert "would answer what no machine should" in done.output
    assert "Nothing is decided by it before it was replayed and activated." in done.output
    (one,) = json.loads(home.parley("correction", "list", "--json").output)
    assert (one["id"] in done.output, one["active"]) == (True, False)
    written = file.read_bytes()
    assert home.parley("train", "--with-decisions", "--out", str(file)).exit_code == 0
    assert file.read_bytes() == written
    shown = home.parley("correction", "show", one["id"]).output
    assert "would answer what no machine should" in shown


def test_a_draft_is_replayed_put_in_force_and_taken_back(home: Home) -> None:
    one = home.drafted()
    told = json.loads(home.parley("correction", "replay", one, "--days", "7", "--json").output)
    assert (told["correction"], told["state"]) == (one, "done")
    assert f"correction {one} beside none, 7 days" in home.parley("correction", "replay", one, "--days", "7").output
    refused = home.parley("correction", "activate", one, "--replay", "nosuch", "--why", "why")
    assert refused.exit_code == 1
    done = home.parley("correction", "activate", one, "--replay", told["id"], "--why", "people objected")
    assert (done.exit_code, "is in force" in done.output) == (0, True)
    assert "in force" in home.parley("correction", "list").output
    back = home.parley("correction", "rollback", "--why", "too strict")
    assert (back.exit_code, back.output) == (0, "No correction is in force.\n")
    assert home.parley("correction", "rollback", "--why", "too strict").exit_code == 1
    assert home.parley("correction", "show", "nosuch").exit_code == 1


def test_one_is_put_into_the_shadow_looked_at_and_taken_off(home: Home) -> None:
    one = home.drafted()
    assert home.parley("correction", "shadow").output == "No correction is in the shadow.\n"
    assert home.parley("correction", "shadow", one).exit_code == 2
    assert home.parley("correction", "shadow", one, "--off", "--why", "why").exit_code == 2
    assert home.parley("correction", "shadow", "nosuch", "--why", "why").exit_code == 1
    on = home.parley("correction", "shadow", one, "--why", "a week beside none")
    assert (on.exit_code, f"In the shadow: correction {one}, beside none." in on.output) == (0, True)
    assert "in the shadow" in home.parley("correction", "list").output
    assert json.loads(home.parley("correction", "shadow", "--json").output)["counts"] == {}
    assert home.parley("guideline", "shadow").output == "No version is in the shadow.\n"
    off = home.parley("correction", "shadow", "--off", "--why", "enough seen")
    assert (off.exit_code, off.output) == (0, "No correction is in the shadow.\n")


def test_one_that_was_learnt_over_another_table_is_told_with_what_is_to_be_done(home: Home) -> None:
    caller = Caller(home.workspace, home.owner, Role.OWNER, "token")
    older = corrections.add(
        home.desk, caller, made(base="00000000"), report(), LESSONS[:3], "tried", home.desk.clock.now()
    ).correction.id
    assert "Train anew" not in home.parley("correction", "list").output
    workspace = home.desk.workspace(home.workspace)
    home.desk.store.workspaces.save(workspace, replace(workspace, correction=older), workspace.events[0])
    listed = home.parley("correction", "list").output
    assert "in force; it says nothing: it was learnt over table 00000000" in listed
    assert "Train anew: `parley train --with-decisions`." in listed
    assert "Train anew" in home.parley("correction", "show", older).output
