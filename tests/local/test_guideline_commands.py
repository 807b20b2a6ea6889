"""`parley guideline`: a file is checked without a record, and every problem is told where it stands and how it is mended."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chalicelib.services import guidelines_yaml
from local.cli import main
from tests.services.guiding import NASTY, SMALL

WRONG = SMALL.replace("insult: 700", "joy: 700").replace("severity: 1", "severity: 9") + "    mood: bad\n"


def parley(*words: str) -> Result:
    return CliRunner().invoke(main, ["guideline", *words])


@pytest.mark.parametrize("name", guidelines_yaml.starters())
def test_every_starter_is_printed_as_a_file_that_passes_the_check(name: str, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(parley("starters", name).output, encoding="utf-8")
    done = parley("check", str(file))
    assert done.exit_code == 0
    assert "examples hold" in done.output


def test_every_problem_is_told_with_its_place_its_clause_and_its_mend(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(WRONG, encoding="utf-8")
    done = parley("check", str(file))
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 3
    assert [line.split(": ")[1].split(",")[0] for line in lines] == ["line 6", "line 8", "line 10"]
    assert all("(clause rude)" in line for line in lines)
    assert "Take it out, or use one of: action, applies_to" in lines[2]
    told = [json.loads(line) for line in parley("check", "--json", str(file)).output.splitlines()]
    assert [(one["line"], one["clause"]) for one in told] == [(6, "rude"), (8, "rude"), (10, "rude")]
    assert all(one["mend"] for one in told)


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_file_is_refused_with_its_place_and_quickly(name: str, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(NASTY[name], encoding="utf-8")
    begun = time.process_time()
    done = parley("check", "--json", str(file))
    assert time.process_time() - begun < 5, "far above what reading any of these takes"
    assert done.exit_code == 1
    first = json.loads(done.output.splitlines()[0])
    assert first["line"] >= 1
    assert first["detail"]
    assert first["mend"]
    assert "passwd" not in done.output
    # Whoever classifies by it is told the same.
    by_it = CliRunner().invoke(main, ["classify", "--file", "-", "--guideline", str(file)], input=b'{"text": "hi"}')
    assert (by_it.exit_code, by_it.stdout, f"line {first['line']}" in by_it.stderr) == (1, "", True)


def test_what_is_no_text_and_what_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_bytes(b"name: \xff\xfe")
    assert "UTF-8" in parley("check", str(file)).output
    assert parley("check", str(tmp_path / "nowhere.yaml")).exit_code == 2
    assert parley("check", str(tmp_path)).exit_code == 2
    file.write_bytes(b"")
    assert (parley("check", str(file)).exit_code, "line" in parley("check", str(file)).output) == (1, True)
    assert "there are: " in parley("starters", "nothing").output


def test_the_schema_names_every_field_of_a_clause() -> None:
    published = json.loads(parley("schema").output)
    assert published["$schema"].endswith("2020-12/schema")
    clause = published["$defs"]["ClauseDocument"]
    assert {"id", "when", "action", "must_match", "must_not_match"} <= set(clause["properties"])
    assert clause["additionalProperties"] is False
