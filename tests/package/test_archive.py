"""What lies in the archive, and what does not; and that its compiled parts can start on Lambda's system."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from local import package as packaging

pytestmark = pytest.mark.stack

PROJECT = packaging.PROJECT
_WANTED_GLIBC = re.compile(rb"\0GLIBC_2\.(\d+)(?:\.\d+)?\0")


@pytest.fixture(scope="module")
def names(package: packaging.Package) -> list[str]:
    with zipfile.ZipFile(package.archive) as archive:
        return archive.namelist()


def test_everything_that_runs_is_there(names: list[str]) -> None:
    for room in ("chalicelib", "connectors", "templates"):
        ours = {
            f"{room}/{one.relative_to(PROJECT / room).as_posix()}"
            for one in (PROJECT / room).rglob("*")
            if one.is_file() and "__pycache__" not in one.parts
        }
        assert ours
        assert ours <= set(names)
    assert {"app.py", "chalice/app.py"} <= set(names)


def test_nothing_that_does_not_run_is_there(names: list[str]) -> None:
    unwanted = {"local", "tests", "benchmarks", "docs", "vendor", "boto3", "botocore", "moto", "pip", "setuptools"}
    roots = {PurePosixPath(name).parts[0] for name in names}
    assert not roots & unwanted
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_lambda_takes_it(package: packaging.Package) -> None:
    assert package.zipped_mb < packaging.ZIP_LIMIT_MB
    assert package.unzipped_mb < packaging.UNZIPPED_LIMIT_MB


def highest_glibc(binary: bytes) -> int:
    """The newest glibc 2 version whose symbols a shared object asks for; 0 where it asks for none."""
    return max((int(minor) for minor in _WANTED_GLIBC.findall(binary)), default=0)


def test_compiled_parts_fit_lambdas_glibc(package: packaging.Package) -> None:
    with zipfile.ZipFile(package.archive) as archive:
        wanted = {
            name: highest_glibc(archive.read(name)) for name in archive.namelist() if re.search(r"\.so(\.|$)", name)
        }
    assert wanted
    limit = packaging.GLIBC[packaging.PYTHON]
    assert {name: minor for name, minor in wanted.items() if minor > limit} == {}


def test_compiled_parts_come_from_manylinux_wheels(package: packaging.Package) -> None:
    with zipfile.ZipFile(package.archive) as archive:
        owners: dict[str, str] = {}
        for name in archive.namelist():
            if not name.endswith(".dist-info/RECORD"):
                continue
            tags = archive.read(name.replace("RECORD", "WHEEL")).decode()
            for line in archive.read(name).decode().splitlines():
                owners[line.split(",")[0]] = tags
        compiled = [name for name in archive.namelist() if re.search(r"\.so(\.|$)", name)]
    assert compiled
    for name in compiled:
        assert re.search(r"^Tag: .*manylinux.*x86_64$", owners.get(name, ""), re.MULTILINE), name


def test_a_local_build_would_be_seen() -> None:
    assert highest_glibc(b"\0GLIBC_2.17\0libc.so.6\0GLIBC_2.38\0") == 38
    assert highest_glibc(b"\0GLIBC_2.3.4\0") == 3


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    project = tmp_path / "elsewhere"
    for room in ("chalicelib", "connectors", "templates", ".chalice", "vendor"):
        shutil.copytree(PROJECT / room, project / room, symlinks=True)
    for file in ("app.py", "requirements.txt"):
        shutil.copyfile(PROJECT / file, project / file)
    (project / "build").symlink_to(PROJECT / "build")  # the wheels, not to fetch them once more
    first, second = (packaging.package(tmp_path / out, project) for out in ("first", "second"))
    assert first.archive.read_bytes() == second.archive.read_bytes()
    assert first.template.read_bytes() == second.template.read_bytes()
