"""What is locked for Lambda is what the project asks for and what its tests ran with, and names no package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local import lock

PROJECT = lock.ROOT
AGAIN = "run `make lock`"


def pins(path: Path) -> dict[str, str]:
    """The version of each package that a lock names."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.fixture(scope="module")
def archive() -> dict[str, str]:
    return pins(PROJECT / "requirements.txt")


@pytest.fixture(scope="module")
def project() -> dict[str, list[str]]:
    table = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def test_every_run_time_dependency_is_locked_as_asked(archive: dict[str, str], project: dict[str, list[str]]) -> None:
    for text in project[""]:
        asked = Requirement(text)
        name = canonicalize_name(asked.name)
        if name in lock.BROUGHT:
            assert name not in archive, f"{name} comes with Lambda or Chalice: {AGAIN}"
            continue
        assert name in archive, f"{name} is not in requirements.txt: {AGAIN}"
        assert asked.specifier.contains(archive[name], prereleases=True), f"{text}, locked {archive[name]}: {AGAIN}"


def test_nothing_of_the_extras_ships(archive: dict[str, str], project: dict[str, list[str]]) -> None:
    extras = {canonicalize_name(Requirement(one).name) for extra, asked in project.items() if extra for one in asked}
    assert extras - {canonicalize_name(Requirement(one).name) for one in project[""]}
    assert not extras & set(archive)


def test_what_ships_is_what_was_tested(archive: dict[str, str]) -> None:
    tested = pins(PROJECT / "requirements.lock")
    differing = {name: (version, tested.get(name)) for name, version in archive.items() if tested.get(name) != version}
    assert not differing, f"requirements.txt and requirements.lock differ: {AGAIN}"


@pytest.mark.parametrize("path", sorted(PROJECT.glob("requirements*")), ids=lambda path: path.name)
def test_no_index_is_named(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host|^-[if]\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-stack.lock"])
def test_every_pin_has_its_hash(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert len(blocks) >= len(pins(PROJECT / name)) > 1
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
