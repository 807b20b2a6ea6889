"""`python -m benchmarks.cold_start [--rounds N]`: what a cold start costs beside a Lambda that only speaks to AWS, one JSON line.

Each handler is imported from the packaged archive in a fresh `python -I -S` beside the boto3 that Lambda ships, and gets
two events of its kind. cold_ms: import and first event, so net of Python's own start; second_event_ms: the next one, which
hides nothing. Its baseline, in the same round: import boto3, make the clients that the handler was seen to use, one call
with each. ratio: of the medians. AWS is moto on loopback, in a process of its own; the platforms are the sandbox network.
Both sides have Python's bytecode caches, which the archive itself does not hold; `--no-caches` takes them from both.

Events: tick: nothing due. publish: one variant due, really published. listen: one slot of one account, with one new
mention. triage: one new interaction, answered. api: GET /workspace with a token.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local import package as packaging
from local.sandbox.server import SandboxServer
from local.stack import invoke
from local.stack.fake_aws import FakeAws
from local.stack.scene import PLATFORMS, Scene
from local.stack.stage import reaching
from local.stack.template import Function, Template

SHIPPED_BY_LAMBDA = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
WORKERS_TARGET, API_TARGET = 1.5, 1.8
"""P1 in the design notes' goals."""


@dataclass(slots=True)
class Subject:
    """A handler with the event that it is measured on, and what was measured, in milliseconds."""

    name: str
    function: Function
    aws: FakeAws
    event: Callable[[], dict[str, Any]]
    check: Callable[[Any], bool]
    services: list[str] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    imported: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """Medians, and their ratio."""
        cold, baseline = statistics.median(self.cold), statistics.median(self.baseline)
        return {
            "cold_ms": round(cold, 1),
            "import_ms": round(statistics.median(self.imported), 1),
            "second_event_ms": round(statistics.median(self.second), 1),
            "baseline_ms": round(baseline, 1),
            "clients": self.services,
            "ratio": round(cold / baseline, 3),
        }


@dataclass(frozen=True, slots=True)
class Machine:
    """Where handlers run: the unpacked archive, and boto3 with what it needs."""

    task: Path
    runtime: Path
    caches: bool

    def run(self, subject: Subject, events: list[dict[str, Any]]) -> tuple[float, float, float]:
        """Import time, time of the first and of the second event. Raises RuntimeError where one was not done."""
        asked = {
            "path": [str(self.task), str(self.runtime)],
            "handler": subject.function.handler,
            "events": events,
        }
        told = self._told(asked, subject.aws.environment(subject.function))
        if not all(subject.check(answer) for answer in told["answers"]):
            raise RuntimeError(f"{subject.name} did not do what it is measured on: {told['answers']}")
        return told["import_ms"], told["event_ms"][0], told["event_ms"][1]

    def run_baseline(self, subject: Subject) -> float:
        """Import and first event of the baseline with the subject's clients."""
        names = subject.aws.names
        event = {
            "services": subject.services,
            "table": names["Table"],
            "key": names["SealKey.Arn"],
            "queue": names["ReviewQueue"],
        }
        asked = {
            "path": [str(Path(__file__).parent), str(self.runtime)],
            "handler": "baseline.run",
            "events": [event],
        }
        told = self._told(asked, subject.aws.environment(subject.function))
        return float(told["import_ms"] + told["event_ms"][0])

    def _told(self, asked: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
        # Isolated Python takes this only on the command line. A folder that does not exist holds no caches.
        caches = [] if self.caches else ["-B", "-X", f"pycache_prefix={self.task / 'none'}"]
        done = subprocess.run(
            [sys.executable, "-I", "-S", *caches, invoke.__file__],
            input=json.dumps(asked),
            env=dict(environment),
            cwd=self.task,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{asked['handler']} failed: {done.stderr.strip().splitlines()[-1:]}")
        told: dict[str, Any] = json.loads(done.stdout)
        return told


def subjects(opened: Callable[[], tuple[Scene, FakeAws]], template: Template) -> list[Subject]:
    """Every handler; those that call a platform once for each. opened: another installation on an AWS of its own.

    Triage has one for itself: moto copies the whole table for each transaction, which would be
    measured as ours once the others had filled it. So have tick and API, which are to find nothing due.
    """
    (busy, busy_aws), (triaged, triaged_aws), (quiet, quiet_aws) = opened(), opened(), opened()
    functions = {one.name: one for one in template.functions}

    def went_well(answer: Any) -> bool:
        return bool(answer == {"batchItemFailures": []})

    def nothing_due(answer: Any) -> bool:
        return bool(answer == {"handed_on": {}, "slots": 0})

    found = [
        Subject("tick", functions["Tick"], quiet_aws, quiet.tick, nothing_due),
        Subject("triage", functions["Triage"], triaged_aws, triaged.triage, went_well),
        Subject("api", functions["APIHandler"], quiet_aws, quiet.api, lambda answer: answer["statusCode"] == 200),
    ]
    for platform in PLATFORMS:
        for name, event in (("publish", busy.publish), ("listen", busy.listen)):
            bound = _bound(event, platform)
            found.append(Subject(f"{name}:{platform}", functions[name.title()], busy_aws, bound, went_well))
    return found


def _bound(event: Callable[[str], dict[str, Any]], platform: str) -> Callable[[], dict[str, Any]]:
    return lambda: event(platform)


def measure(machine: Machine, found: list[Subject], rounds: int) -> None:
    """Interleave: in each round every handler with its baseline, the order of the two alternating."""
    for subject in found:
        # Warms the disk and tells which services are used; not counted.
        prepared = [subject.event(), subject.event()]
        with subject.aws.watching() as used:
            machine.run(subject, prepared)
        subject.services = sorted({action.partition(":")[0] for action, _ in used})
        machine.run_baseline(subject)
    for number in range(rounds):
        for subject in found:
            if number % 2:
                subject.baseline.append(machine.run_baseline(subject))
            imported, first_ms, second_ms = machine.run(subject, [subject.event(), subject.event()])
            if not number % 2:
                subject.baseline.append(machine.run_baseline(subject))
            subject.imported.append(imported)
            subject.cold.append(imported + first_ms)
            subject.second.append(second_ms)


def unpack(folder: Path, archive: Path) -> tuple[Path, Path]:
    """Lambda's two folders: the archive, and the boto3 beside it."""
    task, runtime = folder / "task", folder / "runtime"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(task)
    for name in SHIPPED_BY_LAMBDA:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise RuntimeError(f"{name} is not installed")
        source = Path(found.origin)
        if source.name == "__init__.py":
            shutil.copytree(source.parent, runtime / name)
        else:
            shutil.copy(source, runtime / source.name)
    return task, runtime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="only handlers whose name begins so")
    parser.add_argument("--no-caches", action="store_true", help="neither side has bytecode caches")
    chosen = parser.parse_args()
    if packaging.is_stale():
        packaging.package()
    package = packaging.finished(packaging.DEFAULT_OUT)
    template = Template(package.template)
    with tempfile.TemporaryDirectory(prefix="parley-cold-") as folder, SandboxServer() as sandbox:
        parameters = {**reaching(sandbox.url), "PollSeconds": 3600}  # no slot's turn comes while the tick is measured
        with ExitStack() as servers:

            def opened() -> tuple[Scene, FakeAws]:
                aws = servers.enter_context(FakeAws(template, parameters))
                return Scene(aws, sandbox), aws

            machine = Machine(*unpack(Path(folder), package.archive), caches=not chosen.no_caches)
            found = [one for one in subjects(opened, template) if one.name.startswith(chosen.only)]
            measure(machine, found, chosen.rounds)
    results = {one.name: one.result() for one in found}
    workers = [one["ratio"] for name, one in results.items() if name != "api"]
    line = {
        "benchmark": "cold_start",
        "rounds": chosen.rounds,
        "caches": not chosen.no_caches,
        "worst_worker_ratio": max(workers, default=None),
        "worker_target": WORKERS_TARGET,
        "api_ratio": results["api"]["ratio"] if "api" in results else None,
        "api_target": API_TARGET,
        "handlers": results,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
