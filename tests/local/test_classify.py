"""`parley classify`: every line has its answer, whatever it holds, and nothing unclear is ever answered automatically."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chalicelib.signals import table
from local import classify
from local.cli import main

FIELDS = {
    "id",
    "action",
    "p_risky",
    "p_auto",
    "intents",
    "risks",
    "clauses",
    "evidence",
    "language",
    "why",
    "classifier",
    "guideline",
}


def run(lines: bytes, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["classify", "--file", "-", *arguments], input=lines)


def answers(result: Result) -> list[dict[str, Any]]:
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return [json.loads(line) for line in result.stdout.splitlines()]


def texts(*said: str) -> bytes:
    return b"".join(json.dumps({"id": f"m{number}", "text": one}).encode() + b"\n" for number, one in enumerate(said))


def test_each_message_has_its_decision_in_its_place() -> None:
    result = run(texts("Love this!", "I am going to kill you", "Great, another update that breaks everything"))
    assert result.exit_code == 0
    found = answers(result)
    assert [one["id"] for one in found] == ["m0", "m1", "m2"]
    assert [one["action"] for one in found] == ["answer", "escalate", "review"]
    assert all(set(one) == FIELDS for one in found)
    praise, threat, _ = found
    assert praise["p_auto"] > 0.5 > praise["p_risky"]
    assert threat["p_auto"] == 0
    assert "threat" in threat["clauses"]
    assert threat["p_risky"] >= 0.9
    assert threat["risks"]["threat"] >= 0.9
    assert {"label", "rule", "permille", "start", "end"} == set(threat["evidence"][0])
    assert praise["intents"]["praise"] >= 0.8


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "not JSON"),
        (b"not json", "not JSON"),
        (b'{"text": "Love\x00 this!"}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 100_000, "not JSON"),
        (b'["Love this!"]', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"id": "x"}', '"text"'),
        (b'{"text": 5}', '"text"'),
        (b'{"text": ["Love this!"]}', '"text"'),
        (b'{"text": "Love this!", "kind": 3}', '"kind"'),
        (b'{"text": "Love this!", "language": {}}', '"language"'),
        (b'{"text": "caf\xe9"}', "not UTF-8"),
        (b'{"text": "' + b"a" * classify.MOST_BYTES + b'"}', "longer than"),
    ],
)
def test_a_line_that_holds_no_message_is_told_and_the_others_are_decided(line: bytes, said: str) -> None:
    good = texts("Love this!")
    result = run(good + line + b"\n" + good)
    assert result.exit_code == 1
    before, wrong, after = answers(result)
    assert before == {**after, "id": before["id"]}
    assert said in wrong["error"]
    assert (wrong["line"], wrong["action"], wrong["p_auto"]) == (2, "review", 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t ",
        "🔥🎉😍",
        "\u200b\u200c\u2060\ufeff",
        "\ud800\udfff",
        "love this! " * 100_000,
        "Отличная игра!",
        "ありがとう",
        "Merci beaucoup, j'adore",
        "\x00",
        "\u202eLove this!",
        "Love this!\ud800",
        "L\u043eve this!",
    ],
)
def test_what_cannot_be_understood_is_left_to_a_person(text: str) -> None:
    result = run(texts(text))
    (found,) = answers(result)
    assert result.exit_code == 0
    assert (found["action"], found["p_auto"]) == ("review", 0)


def test_a_message_that_names_itself_not_is_known_by_its_line() -> None:
    found = answers(run(b'{"text": "Love this!"}\n{"id": null, "text": "Love this!"}\n{"id": 7, "text": "Love this!"}'))
    assert [one["id"] for one in found] == [1, 2, 7]


def test_a_name_that_comes_twice_is_answered_twice_each_by_its_own_line() -> None:
    lines = b'{"id": "a", "text": "Love this!"}\n{"id": "a", "text": "I am going to kill you"}\n{"id": "a"}\n'
    assert [(one["id"], one["action"]) for one in answers(run(lines))] == [
        ("a", "answer"),
        ("a", "escalate"),
        ("a", "review"),
    ]


@pytest.mark.parametrize(("name", "said"), [("nowhere.jsonl", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_told_before_anything_is_decided(name: str, said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["classify", "--file", str(tmp_path / name)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_to_decide_is_decided() -> None:
    assert (run(b"").exit_code, run(b"").output) == (0, "")


def test_what_a_platform_says_of_the_language_may_only_raise_care() -> None:
    lines = b'{"text": "Love this!", "language": "en-GB"}\n{"text": "Love this!", "language": "fr"}\n'
    lines += b'{"text": "Merci beaucoup, j\'adore", "language": "en"}'
    assert [one["action"] for one in answers(run(lines))] == ["answer", "review", "review"]


def test_a_byte_order_mark_and_windows_line_ends_are_read_over() -> None:
    (one, two) = answers(run(b"\xef\xbb\xbf" + texts("Love this!", "Love this!").replace(b"\n", b"\r\n")))
    assert one["action"] == two["action"] == "answer"


def test_the_guideline_of_a_file_decides(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "name: Own\nlanguages: [en]\nclauses:\n- {id: all, wording: A person reads all., when: {phrases: [love]},"
        " action: review, severity: 0, reason: we read all}\n"
    )
    (found,) = answers(run(texts("Love this!"), "--guideline", str(own)))
    assert (found["action"], found["clauses"], found["p_auto"]) == ("review", ["all"], 0)
    own.write_text("name: [")
    wrong = run(texts("Love this!"), "--guideline", str(own))
    assert wrong.exit_code == 1
    assert "line 1" in wrong.output
    assert "Traceback" not in wrong.output


@pytest.mark.parametrize("command", [["classify", "--file", "-"], ["init", "--home"]])
def test_without_a_table_nothing_begins(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(table, "SHIPPED", tmp_path / "table.bin")
    table.shipped.cache_clear()
    request.addfinalizer(table.shipped.cache_clear)
    home = tmp_path / "home"
    result = CliRunner().invoke(
        main, [*command, *([str(home)] if "--home" in command else [])], input=b'{"text": "hi"}'
    )
    assert result.exit_code == 1
    assert "table.bin" in result.stderr
    assert "install the package again" in result.stderr
    assert "foresaw" not in result.stderr
    assert not home.exists()


def test_whoever_reads_only_the_beginning_gets_no_complaint(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(texts(*["thank you"] * 3000))
    program = [sys.executable, "-c", "from local.cli import main; main()", "classify", "--file", str(path)]
    root = Path(classify.__file__).resolve().parents[1]
    with subprocess.Popen(program, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["id"] == "m0"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 1
