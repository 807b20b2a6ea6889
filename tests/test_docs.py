"""The documents say what the code does: their tables, commands, examples, links and names are held to it."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
import time
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chalicelib import settings
from chalicelib.domain.account import ACCOUNT
from chalicelib.domain.brake import BRAKE, seen_by
from chalicelib.domain.digest import DIGEST
from chalicelib.domain.escalation import ESCALATION
from chalicelib.domain.interaction import INTERACTION
from chalicelib.domain.machine import Machine
from chalicelib.domain.post import VARIANT
from chalicelib.domain.review import REVIEW
from chalicelib.domain.timing import EARLIEST
from chalicelib.services import guidelines_yaml
from chalicelib.services.desk import Policy
from local import docs
from local.cli import main as parley
from tests.guides import FREE_OF_SETTINGS, ROOT, fenced, needs_curl, outside_fences, run_as_shown

PUBLISHING = ROOT / "docs" / "publishing.md"
MACHINES: dict[str, Machine[Any]] = {
    "variant": VARIANT,
    "brake": BRAKE,
    "interaction": INTERACTION,
    "review": REVIEW,
    "escalation": ESCALATION,
    "digest": DIGEST,
    "account": ACCOUNT,
}
DOCUMENTS = [*docs.documents(ROOT), ROOT / "CHANGELOG.md"]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)


# --- generated parts -------------------------------------------------------------------------------------------------


def test_every_generated_part_is_as_the_code_has_it() -> None:
    # In a process of its own: other tests declare routes and errors too.
    done = run(["-m", "local.docs", "--check"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_part_that_is_made_is_shown_somewhere() -> None:
    shown = set(re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(path.read_text("utf-8") for path in DOCUMENTS)))
    assert shown == set(docs.PARTS)


def test_only_what_lies_between_the_marks_is_written() -> None:
    text = "before\n<!-- generated: digest -->\nold\n<!-- end of digest -->\nafter <!-- end of digest -->\n"
    whole = docs.written(text)
    assert whole.startswith("before\n<!-- generated: digest -->\n")
    assert whole.endswith("<!-- end of digest -->\nafter <!-- end of digest -->\n")
    assert "old" not in whole
    assert "in_doubt" in whole
    assert docs.written(whole) == whole


@pytest.mark.parametrize(
    "text",
    [
        "<!-- generated: weather -->\n<!-- end of weather -->\n",
        "<!-- generated: digest -->\nno end\n",
        "<!-- generated: digest -->\n<!-- end of review -->\n",
    ],
)
def test_a_part_that_nobody_makes_or_that_does_not_end_is_told(text: str) -> None:
    with pytest.raises(docs.DocumentsFailed):
        docs.written(text)


# --- drawings and reasons --------------------------------------------------------------------------------------------


def part(path: Path, name: str) -> str:
    """What lies between the marks of a generated part."""
    return path.read_text("utf-8").partition(f"<!-- generated: {name} -->\n")[2].partition(f"<!-- end of {name} -->")[0]


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_is_told_edge_by_edge(name: str) -> None:
    told: set[tuple[str, str, str]] = set()
    source = ""
    for line in part(PUBLISHING, name).splitlines():
        if edge := re.fullmatch(r" +── (\w+) +──►  (\w+)", line):
            told.add((source, edge[1], edge[2]))
        elif state := re.fullmatch(r"(\w+)(?:   \(the end\))?", line):
            source = state[1]
    assert told == edges(MACHINES[name])


@pytest.mark.parametrize("name", ["variant", "brake"])
def test_a_machine_is_drawn_edge_by_edge(name: str) -> None:
    machine, text = MACHINES[name], part(PUBLISHING, f"{name}-drawn")
    assert text.strip().startswith("```mermaid\nstateDiagram-v2\n")
    drawn = re.findall(r"^    (\w+) --> (\w+): (.+)$", text, re.MULTILINE)
    assert {(source, act, target) for source, target, acts in drawn for act in acts.split(", ")} == edges(machine)
    ends = set(re.findall(r"^    (\w+) --> \[\*\]$", text, re.MULTILINE))
    assert ends == {one.value for one in machine.states} - {
        source for source, _, target in edges(machine) if source != target
    }
    lines = text.strip().splitlines()[2:-1]
    assert len(lines) == len(drawn) + len(ends) + len(re.findall(r"^    \[\*\] --> \w+$", text, re.MULTILINE))


def edges(machine: Machine[Any]) -> set[tuple[str, str, str]]:
    return {(source.value, act, target.value) for (source, act), target in machine.edges.items()}


def test_each_time_of_the_protocol_is_shown_with_its_reason() -> None:
    rows = part(PUBLISHING, "times").strip().splitlines()[2:]
    assert len(rows) == len(settings.PLATFORMS)
    for platform, row in zip(settings.PLATFORMS, rows, strict=True):
        _, name, call, landing, visible, _, why, _ = (cell.strip() for cell in row.split("|"))
        assert name == f"`{platform}`"
        given = settings.DEFAULT_SECONDS[platform]
        assert [call, landing, visible] == [f"{given[one]} s" for one in ("CALL", "LANDING", "VISIBLE")]
        assert all(settings.WHY[platform][one] in why for one in ("LANDING", "VISIBLE"))


@pytest.mark.parametrize("name", ["publishing.md", "operations.md"])
def test_how_long_a_brake_takes_is_told_as_it_is_reckoned(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    seen = seen_by(EARLIEST, settings.SKEW) - EARLIEST
    assert f"{seen.seconds} seconds" in text
    if name == "publishing.md":
        latest = seen.seconds + settings.LEASE + settings.SKEW.seconds
        lag = next(one.default for one in fields(Policy) if one.name == "index_lag")
        told = " ".join(text.split())
        assert f"{seen.seconds} seconds on one machine, {(seen + lag).seconds} on AWS" in told
        assert f"{latest} at the latest" in told


# --- commands --------------------------------------------------------------------------------------------------------


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=FREE_OF_SETTINGS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def commands(program: str) -> list[tuple[str, list[str]]]:
    """What each call of a program in a fenced block, or between backticks, is given, with the document it stands in."""
    call = re.compile(rf"(?:^|[(`/]){program} ([^|)`]*)", re.MULTILINE)
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        found += [
            (name_of(path), shlex.split(one, comments=True)) for line in text.splitlines() for one in call.findall(line)
        ]
    return [(place, words) for place, words in found if words]


@cache
def help_of(*command: str) -> str:
    done = run([*command, "--help"])
    assert done.returncode == 0, done.stderr
    return done.stdout


def unknown(words: list[str], *command: str) -> set[str]:
    """The options among these words that the command's help does not know."""
    return {word for word in words if word.startswith("-")} - set(re.findall(r"--?[a-z][a-z-]*", help_of(*command)))


def test_every_make_target_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {(place, words[0]) for place, words in commands("make")}
    assert named
    assert not {(place, target) for place, target in named if target not in targets}


def test_every_parley_command_is_taken() -> None:
    named = commands("parley")
    assert {words[0] for _, words in named} >= {"init", "serve", "doubts", "simulate"}
    for place, (command, *rest) in named:
        within = [command, rest.pop(0)] if isinstance(parley.commands.get(command), click.Group) else [command]
        assert not unknown(rest, "-m", "local.cli", *within), f"{place}: parley {within} {rest}"


def test_every_module_that_is_called_answers_for_its_options() -> None:
    named = commands("python -m")
    assert {words[0] for _, words in named} >= {"benchmarks.engine", "benchmarks.cold_start", "local.stack"}
    for place, (module, *rest) in named:
        assert not unknown(rest, "-m", module), f"{place}: python -m {module} {rest}"


def test_the_cheap_commands_do_what_is_said_of_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = run(["-m", "local.cli", "init", "--home", str(home)])
    assert made.returncode == 0, made.stderr
    assert re.fullmatch(r"parley_installation_\w+_[\w-]+", made.stdout.splitlines()[-1])
    doubts = run(["-m", "local.cli", "doubts", "--home", str(home)])
    assert doubts.stdout.strip() == "Nothing is in doubt."
    told = next(words for _, words in commands("parley") if words[0] == "simulate")
    assert "Every promise was kept" in run(["-m", "local.cli", *told]).stdout
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([\w.]+)/?`", table[: table.index("### Backup")], re.MULTILINE)
    made_files = {re.sub(r"-(wal|shm)$", "", one.name) for one in home.iterdir()}
    assert made_files <= set(named), "a file of the home folder is not in the table"


# --- examples --------------------------------------------------------------------------------------------------------


@needs_curl
def test_the_examples_run_as_they_stand_and_the_post_is_out_once(tmp_path: Path) -> None:
    names = ("README.md", "docs/api.md", "docs/bulk.md", "docs/operations.md")
    documents = [ROOT / name for name in names]
    assert sum(len(fenced(one, "sh", "run")) for one in documents) >= 7
    told, posts = run_as_shown(documents, tmp_path / "home", at_the_end=lambda machine: said(machine.sandbox_url))
    assert posts is not None
    assert [post["text"] for post in posts] == ["The doors are open."]
    assert "['review:read']" in told
    assert "{'what': 'it is sent', 'at': '2030-01-07T09:00:00Z'}\ncancelled\n" in told
    braked, _ = json.JSONDecoder().raw_decode(told, told.index('{"id":"all"'))
    assert (braked["state"], braked["reason"]) == ("on", "Something has happened in town.")
    assert {"in_force", "in_force_by", "sending", "held"} <= braked.keys()
    assert told.endswith("}0\n"), "nothing was held, nothing was released"
    assert "urn:parley:problem:unauthenticated" in told


def test_the_guidelines_that_are_shown_are_taken() -> None:
    shown = fenced(ROOT / "docs" / "guideline.md", "yaml")
    thanks, adverts = (guidelines_yaml.parse(one, version="shown").clauses for one in shown)
    assert [clause.id for clause in thanks] == ["thanks"]
    assert [(clause.id, clause.notify) for clause in adverts] == [("newcomers-adverts", False)]


def said(sandbox: str) -> list[dict[str, Any]]:
    """Our posts on the sandbox, waited for."""
    ends = time.monotonic() + 30
    while True:
        posts: list[dict[str, Any]] = requests.get(f"{sandbox}/_sandbox/posts", timeout=10).json()["posts"]
        if posts or time.monotonic() > ends:
            return posts
        time.sleep(0.1)


# --- names, links, and what is not said ------------------------------------------------------------------------------


@every_document
def test_every_relative_link_points_at_something(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", outside_fences(path))
    local = [one.partition("#")[0] for one in links if not re.match(r"[a-z]+:", one)]
    assert not [one for one in local if one and not (path.parent / one).exists()]


@every_document
def test_every_link_into_a_document_meets_a_heading(path: Path) -> None:
    missing = []
    for place, _, heading in (one.partition("#") for one in re.findall(r"\]\(([^)\s]+)\)", outside_fences(path))):
        target = path.parent / place if place else path
        if heading and not re.match(r"[a-z]+:", place) and heading not in headings(target):
            missing.append(f"{place}#{heading}")
    assert not missing


def headings(path: Path) -> set[str]:
    """The anchors that GitHub makes of a document's headings."""
    found = re.findall(r"^#+ (.+)$", outside_fences(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in found}


NAMED = re.compile(
    r"`((?:chalicelib|connectors|local|templates|tests|benchmarks|vendor|\.chalice)/[\w./-]*?|app\.py)(?::(\w+))?`"
)


@every_document
def test_every_place_in_the_code_that_is_named_is_there(path: Path) -> None:
    missing = []
    for place, name in NAMED.findall(path.read_text(encoding="utf-8")):
        if not (ROOT / place).exists():
            missing.append(place)
        elif name and name not in names_in(ROOT / place):
            missing.append(f"{place}:{name}")
    assert not missing


def names_in(path: Path) -> set[str]:
    """Every function, class and assigned name of a module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                found.add(name)
    return found


def test_the_readme_says_where_each_step_of_the_demo_happens() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    placed = {int(one) for one in re.findall(r"^\| (\d) \|", text, re.MULTILINE)}
    assert placed == set(range(1, 9))
    assert len(text.splitlines()) <= 200


PLAYED = ("local/demo.py", "local/story/story.py", "local/story/campaign.py")


def test_the_shown_demo_is_what_the_demo_says() -> None:
    """Each line of the excerpt that tells of a step is made by a line of the code."""
    excerpt = next(one for one in fenced(ROOT / "README.md", "text") if "Members speak" in one)
    told = "".join((ROOT / one).read_text(encoding="utf-8") for one in PLAYED)
    steps = [line[3:] for line in excerpt.splitlines() if re.match(r"\d  ", line)]
    assert len(steps) > 10
    assert not [one for one in steps if re.sub(r" on x,.*| in [\d.]+ s$", "", one) not in told]


OWN_ACTS = {"campaigns.py", "curating.py", "importing.py", "series.py", "reposting.py"}
"""Services whose noun is not drawn in docs/publishing.md, and has acts of the same names."""


def test_an_act_that_nothing_takes_yet_is_taken_by_nothing() -> None:
    text = PUBLISHING.read_text(encoding="utf-8")
    sentences = re.findall(r"[^.\n]*taken by nothing in this release[^.\n]*|[^.\n]*`[^.\n]*are taken by nothing", text)
    acts = {act for one in sentences for act in re.findall(r"`([a-z_]+)`", one)}
    assert acts
    house = ROOT / "chalicelib"
    rooms = [path for path in (house / "services").glob("*.py") if path.name not in OWN_ACTS]
    deciding = [*rooms, house / "domain" / "sending.py", house / "domain" / "approval.py"]
    services = "".join(path.read_text(encoding="utf-8") for path in deciding)
    assert not [act for act in acts if f'"{act}"' in services]
    drawn = {act for machine in MACHINES.values() for _, act in machine.edges}
    assert {act for act in drawn if f'"{act}"' not in services} == acts


def test_every_dependency_has_its_reason() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stack = (ROOT / "requirements-stack.in").read_text(encoding="utf-8").splitlines()
    wanted = {
        "What runs on AWS, and on one machine": table["dependencies"],
        **{f"(`{name}`)": asked for name, asked in table["optional-dependencies"].items()},
        "`requirements-stack.in`": [one for one in stack if one and not one.startswith("#")],
    }
    parts = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").split("\n## ")[1:]
    for heading, asked in wanted.items():
        (part,) = (one for one in parts if heading in one.splitlines()[0])
        rows = dict(re.findall(r"^\| ([A-Za-z0-9._-]+) \| (.+) \|$", part, re.MULTILINE))
        rows.pop("Package", None)
        rows.pop("---", None)
        assert {canonicalize_name(one) for one in rows} == {canonicalize_name(Requirement(one).name) for one in asked}


@every_document
def test_nothing_of_the_machine_it_was_written_on(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.])/(?:work|tmp|root|home|opt|Users)/|/simple\b|index-url|pypi\.org", text)


def test_the_changelog_knows_this_version() -> None:
    from chalicelib import VERSION

    assert re.search(
        rf"^## {re.escape(VERSION)} — \d{{4}}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
