"""The packaged archive, unpacked as Lambda unpacks it, beside the boto3 that Lambda ships."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local import package as packaging
from local.stack import invoke
from local.stack.fake_aws import FakeAws
from local.stack.template import Function, Template

SHIPPED_BY_LAMBDA = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

Invoke = Callable[[str, Sequence[Mapping[str, Any]]], list[Any]]
InvokeOn = Callable[[FakeAws, str, Sequence[Mapping[str, Any]]], list[Any]]


@pytest.fixture(scope="session")
def package() -> packaging.Package:
    """The package of the sources as they are."""
    if packaging.is_stale():
        packaging.package()
    return packaging.finished(packaging.DEFAULT_OUT)


@pytest.fixture(scope="session")
def template(package: packaging.Package) -> Template:
    return Template(package.template)


@pytest.fixture(scope="session")
def task_root(package: packaging.Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lambda's /var/task."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package.archive) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def runtime_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lambda's /var/runtime: boto3 with what it needs, and nothing else of this environment."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in SHIPPED_BY_LAMBDA:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin)
        source = source.parent if source.name == "__init__.py" else source
        (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture(scope="session")
def _server() -> None:
    pytest.importorskip("flask", reason="moto's server needs flask: install the extra `dev`")


@pytest.fixture(scope="session")
def fake_aws(template: Template, _server: None) -> Iterator[FakeAws]:
    with FakeAws(template) as aws:
        yield aws


@pytest.fixture(scope="session")
def invoked_on(template: Template, task_root: Path, runtime_root: Path) -> InvokeOn:
    """Have a fresh process, with nothing of this environment, import a function's handler and answer events."""
    functions: dict[str, Function] = {one.name: one for one in template.functions}

    def run(aws: FakeAws, name: str, events: Sequence[Mapping[str, Any]]) -> list[Any]:
        function = functions[name]
        asked = {"path": [str(task_root), str(runtime_root)], "handler": function.handler, "events": events}
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", invoke.__file__],
            input=json.dumps(asked),
            env=aws.environment(function),
            cwd=task_root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)["answers"]
        return answers

    return run


@pytest.fixture(scope="session")
def invoked(fake_aws: FakeAws, invoked_on: InvokeOn) -> Invoke:
    """The same, on an AWS that holds nothing yet."""
    return partial(invoked_on, fake_aws)
