"""Who may import whom: the house's table, held against every import in the code. The offender is named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

DOMAIN_MAY = {"chalicelib.domain"}
SERVICES_MAY = {
    "chalicelib.services",
    "chalicelib.domain",
    "chalicelib.signals",
    "chalicelib.store",
    "chalicelib.ports",
    "chalicelib.formats",
    "chalicelib.imaging",
    "connectors.capabilities",
    "connectors.communities",
    "connectors.contract",
    "connectors.inbound",
    "connectors.errors",
    "connectors.metrics",
    "connectors.moderation",
    "connectors.options",
    "connectors.signing",
}
DOORS_MAY = {"chalicelib.services", "chalicelib.domain", "chalicelib.store", "chalicelib.ports", "chalicelib.bootstrap"}

MAY: dict[str, set[str]] = {
    "chalicelib/domain": DOMAIN_MAY,
    "chalicelib/signals": {"chalicelib.signals", "chalicelib.domain"},
    "chalicelib/formats": {"chalicelib.formats", "chalicelib.domain"},
    "chalicelib/imaging": {"chalicelib.imaging", "chalicelib.domain"},
    "chalicelib/ports.py": set(),
    "chalicelib/store": {"chalicelib.store", "chalicelib.ports", "chalicelib.domain"},
    "chalicelib/services": SERVICES_MAY,
    "chalicelib/adapters": {"chalicelib.adapters", "chalicelib.ports"},
    "chalicelib/api": {"chalicelib.api", "chalicelib.log", "chalicelib", *DOORS_MAY},
    "chalicelib/workers": {"chalicelib.workers", "chalicelib.log", *DOORS_MAY},
    "chalicelib/settings.py": {"chalicelib.domain", "chalicelib.ports", "connectors"},
    "chalicelib/log.py": set(),
}
"""Each room, and the rooms of ours that it may import. bootstrap, app.py, local and benchmarks may import everything."""

LIBRARIES = {
    "boto3": ["chalicelib/adapters/aws", "local/stack"],
    "botocore": ["chalicelib/adapters/aws", "local/stack"],
    "sqlite3": ["chalicelib/adapters/embedded", "local/sandbox"],
    "tweepy": ["connectors/x"],
    "praw": ["connectors/reddit"],
    "prawcore": ["connectors/reddit"],
    "mastodon": ["connectors/mastodon"],
    "PIL": ["chalicelib/imaging"],
    "cbor2": ["connectors/bluesky"],
    "feedparser": ["chalicelib/formats"],
    "icalendar": ["chalicelib/formats"],
    "dateutil": ["chalicelib/domain/recurrence.py"],
    "chalice": ["app.py", "chalicelib/api", "chalicelib/workers", "local"],
    "waitress": ["local"],
    "werkzeug": ["local"],
    "click": ["local"],
    "rich": ["local"],
    "pydantic": ["chalicelib/api", "chalicelib/domain/guideline_document.py", "chalicelib/domain/guideline_schema.py"],
}
"""Libraries that have a home: they are imported nowhere else."""

DOMAIN_LIBRARIES = {"pydantic", "dateutil"}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a file, read once for all that is asked about it."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, wherever in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{one.name}") for one in node.names)


def files(place: str) -> list[Path]:
    start = ROOT / place
    return [start] if start.suffix == ".py" else sorted(start.rglob("*.py"))


def ours(name: str) -> bool:
    return name.split(".")[0] in {"chalicelib", "connectors", "local", "app", "benchmarks", "tests"}


def allowed(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms if room != "chalicelib") or (
        "chalicelib" in rooms and name in {"chalicelib.VERSION", "chalicelib.log", "chalicelib.bootstrap"}
    )


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files(room)
        for line, name in imports_of(path)
        if ours(name) and not allowed(name, MAY[room])
    ]
    assert not offences, "\n".join(offences)


def test_connectors_know_nothing_of_the_house_and_platforms_nothing_of_one_another() -> None:
    platforms = {path.name for path in (ROOT / "connectors").iterdir() if path.is_dir() and path.name[0] != "_"}
    offences = []
    for path in files("connectors"):
        place = path.relative_to(ROOT / "connectors").parts[0]
        for line, name in imports_of(path):
            other = name.startswith("connectors.") and name.split(".")[1] in platforms - {place}
            if other or (ours(name) and not name.startswith("connectors")):
                offences.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert not offences, "\n".join(offences)


def test_the_sandbox_is_an_independent_witness() -> None:
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files("local/sandbox")
        for line, name in imports_of(path)
        if ours(name) and not name.startswith("local.sandbox")
    ]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    offences = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for place in ("app.py", "chalicelib", "connectors", "local")
        for path in files(place)
        for line, name in imports_of(path)
        if name.split(".")[0] == library and not any(path.is_relative_to(ROOT / home) for home in LIBRARIES[library])
    ]
    assert not offences, "\n".join(offences)


def test_the_domain_is_pure() -> None:
    import sys

    impure = {
        "os",
        "io",
        "socket",
        "random",
        "secrets",
        "time",
        "subprocess",
        "pathlib",
        "threading",
        "logging",
        "uuid",
    }
    offences = []
    for path in files("chalicelib/domain"):
        for line, name in imports_of(path):
            root = name.split(".")[0]
            known = root in sys.stdlib_module_names or root in DOMAIN_LIBRARIES or ours(name)
            if root in impure or not known:
                offences.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                offences.append(f"{path.relative_to(ROOT)}:{node.lineno} takes the time itself")
    assert not offences, "\n".join(offences)


def test_the_dangerous_line_stands_alone() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for place in ("app.py", "chalicelib", "local")
        for path in files(place)
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "publish"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "connector"
    ]
    assert len(calls) == 1, calls
    assert calls[0].startswith("chalicelib/services/publishing.py:")


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for place in ("app.py", "chalicelib", "connectors", "local", "benchmarks", "tests")
        for path in files(place)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long, long


GLOSSARY = tuple(
    """
    Workspace Member Account Campaign Post Variant Schedule Interaction Conversation Author Guideline TriageDecision
    ReviewItem Claim Ruling Escalation Digest Rationale AuditEvent Brake Part Media Feed
    Text Handle AccountSet LinkRule Evergreen
    """.split()  # noqa: SIM905 - a list to be read
)
"""The nouns whose acts have arrived. Case and Hold come with theirs."""


@pytest.mark.parametrize("noun", GLOSSARY)
def test_each_noun_of_the_glossary_is_one_class_of_the_domain(noun: str) -> None:
    homes = [
        path.name
        for path in files("chalicelib/domain")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and node.name == noun
    ]
    assert len(homes) == 1, f"{noun} is at home in {homes}"
