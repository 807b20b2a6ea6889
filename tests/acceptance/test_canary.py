"""Secrets stay sealed: after a whole day on one machine no credential, token or author can be read from any file.

The search is shown to find what it looks for; else its silence would prove nothing.
"""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from chalicelib import bootstrap
from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.ports import Key, Mail
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from local.demo import OneMachine
from local.machine import Machine, log_to_file, operator_token
from local.sandbox.members import CAST
from local.story import story as told
from local.story.stage import Api, until
from local.story.story import Story
from tests.acceptance.canaries import hits
from tests.lines import logged

pytestmark = pytest.mark.acceptance

NOT_OURS = ("sandbox", "vault.key")
"""The sandbox's own state, which holds what it handed out; and the key, which is itself a secret."""

TEXTS = {f"text of {kind.value}": line.text for kind, line in CAST.items()}


@dataclass
class Day:
    """A home after a whole story, and everything that was secret in it, by labels that may be shown."""

    home: Path
    credentials: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    handles: list[str] = field(default_factory=list)
    """Our own accounts', which are public."""


def opened(machine: Machine, kind: str) -> Iterator[tuple[str, str]]:
    """Owner and content of everything of one kind that lies sealed in the record."""
    with closing(sqlite3.connect(f"file:{machine.home / 'parley.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT body FROM item").fetchall()
    for item in (json.loads(body) for (body,) in rows):
        if item["sk"].partition("#")[0] == kind:
            owner = item["pk"].rpartition("#")[2] if kind == "IDENTITY" else item["sk"].partition("#")[2]
            workspace = keys.workspace_of(Key(item["pk"], item["sk"]))
            context = seal_context(workspace, kind.lower(), owner)
            yield owner, machine.desk.vault.open(item["sealed"], context).decode()


def handed_out(home: Path) -> Iterator[tuple[str, str]]:
    """Every secret of our accounts that the sandbox made, in its own words."""
    journal = (home / "sandbox" / "journal.jsonl").read_text(encoding="utf-8")
    for number, event in enumerate(map(json.loads, journal.splitlines())):
        if event["e"] == "token":
            token = event["v"]
            yield f"{token['use']} of {token['platform']}, {number}", token["value"]


def renew_sessions(machine: Machine) -> None:
    """Let a day pass on the sandbox: what was opened at first runs out, and the workers open sessions anew."""
    before = dict(opened(machine, "SESSION"))
    moved = requests.post(f"{machine.sandbox_url}/_sandbox/clock", json={"advance": 25 * 3600}, timeout=10)
    assert moved.ok

    def renewed() -> bool:
        after = dict(opened(machine, "SESSION"))
        return len(before) >= 2 and all(after[owner] != session for owner, session in before.items())

    until(OneMachine(machine, ""), "sessions to be opened anew", renewed, 30)


def collect(day: Day, machine: Machine) -> None:
    """Note everything secret that came into this home, as the sandbox gave it and as it lies sealed."""
    for label, secret in handed_out(day.home):
        # Of a signed token the signature alone is as good as the whole.
        day.credentials |= {label: secret, f"end of {label}": secret.rpartition(".")[2]}
    for owner, content in opened(machine, "CREDENTIAL"):
        for name, value in json.loads(content).items():
            if _is_secret(name):
                day.credentials[f"{name} of {owner}"] = value
    for owner, content in opened(machine, "IDENTITY"):
        identity = json.loads(content)
        for name in ("id", "handle", "name"):
            if identity[name]:
                day.authors[f"{identity['platform']}: {name} of {owner}"] = identity[name]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    day = Day(tmp_path_factory.mktemp("home"))

    def api(url: str, token: str) -> Api:
        # What comes before the secret names the workspace and the token, and lies in the record.
        _, _, token_id, secret = token.split("_", 3)
        day.tokens |= {f"token {token_id}": token, f"secret of token {token_id}": secret}
        return Api(url, token)

    with logged(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(told, "Api", api)
        log_to_file(day.home)
        with Machine(day.home, port=0, sandbox_port=0, environment={}) as machine:
            story = Story(OneMachine(machine, operator_token(machine.desk)), tell=lambda _: None)
            story.run()
            renew_sessions(machine)
            collect(day, machine)
        for member in story._people.values():
            api("", member["token"])
        day.handles = [one["handle"] for one in story._accounts.values()]
        (log_file,) = logging.getLogger("parley").handlers
        assert isinstance(log_file, logging.StreamHandler)
        log_file.stream.close()
    bootstrap.use(None)
    return day


def _is_secret(name: str) -> bool:
    """Our own handle and how a client introduces itself are public; everything else that was handed in is not."""
    return name not in {"identifier", "username", "client_id", "user_agent"}


def test_the_day_held_secrets_of_every_kind(day: Day) -> None:
    held = {label.partition(",")[0] for label in day.credentials}
    assert {"access of x", "refresh of reddit", "access of mastodon", "password of bluesky"} <= held
    assert {"access of bluesky", "access of reddit"} <= held, "sessions were opened"
    assert {"app_password", "refresh_token", "access_token"} <= {label.partition(" of ")[0] for label in held}
    assert len(set(day.tokens.values())) == 2 * len(("operator", "owner", "manager", "reviewer", "safety"))
    handles = {value for label, value in day.authors.items() if ": handle of " in label}
    assert len(handles) >= len(CAST)
    assert any("otter" in one for one in handles)
    for name in ("parley.sqlite", "queues.sqlite", "parley.log"):
        assert (day.home / name).stat().st_size
    assert len(list((day.home / "mail").glob("*.eml"))) >= 2


def test_no_credential_can_be_read_from_any_file(day: Day) -> None:
    assert hits(day.home, day.credentials, NOT_OURS) == set()


def test_no_api_token_can_be_read_from_any_file(day: Day) -> None:
    assert hits(day.home, day.tokens, NOT_OURS) == set()


@pytest.mark.parametrize(
    ("platform", "what"),
    [
        ("x", "handle"),
        ("x", "name"),
        ("x", "id"),
        ("reddit", "handle"),
        ("reddit", "id"),
        ("mastodon", "handle"),
        ("mastodon", "name"),
        ("mastodon", "id"),
        ("bluesky", "handle"),
        ("bluesky", "name"),
        ("bluesky", "id"),
    ],
)
def test_no_author_can_be_read_from_any_file(day: Day, platform: str, what: str) -> None:
    authors = {label: one for label, one in day.authors.items() if label.startswith(f"{platform}: {what} ")}
    assert authors
    assert hits(day.home, authors, NOT_OURS) == set()


def test_what_members_said_lies_in_the_record_alone(day: Day) -> None:
    found = hits(day.home, TEXTS, NOT_OURS)
    assert {name for name, _, _ in found} <= {"parley.sqlite", "parley.sqlite-wal"}
    assert {label for _, label, _ in found} == set(TEXTS), "the record was not searched as it should be"


# --- the search itself -----------------------------------------------------------------------------------------------


def test_the_search_sees_into_the_record_and_the_mails_of_the_day(day: Day) -> None:
    found = hits(day.home, {f"handle {number}": one for number, one in enumerate(day.handles)}, NOT_OURS)
    names = {name.partition("/")[0] for name, _, _ in found}
    assert {"parley.sqlite", "mail"} <= names
    assert "parley.log" not in names


def test_the_search_finds_the_sandboxs_own_copy_of_every_credential(day: Day) -> None:
    found = hits(day.home, day.credentials, ())
    assert {label for name, label, form in found if name == "sandbox/journal.jsonl" and form == "raw"} == set(
        day.credentials
    )


SECRET = "k3y/of+a_canary~ü-77"
HIDDEN: dict[str, bytes] = {
    "raw": SECRET.encode(),
    "as JSON": json.dumps({"token": SECRET}).encode(),
    "in an address": f"https://x.example/?token={quote(SECRET, safe='')}&more".encode(),
    "in hex": SECRET.encode().hex().encode(),
    "in base64": base64.b64encode(SECRET.encode()),
    **{f"in base64 after {n}": base64.b64encode(b"user:pw:"[:n] + SECRET.encode() + b": tail") for n in range(9)},
    "in base64 for addresses": base64.urlsafe_b64encode(b"x" + SECRET.encode()),
}


@pytest.mark.parametrize("form", HIDDEN)
@pytest.mark.parametrize("name", ["parley.log", "mail/one.eml", "parley.sqlite-wal", "deep/er/file"])
def test_the_search_finds_each_form_in_each_file(tmp_path: Path, form: str, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"line before\n\n" + HIDDEN[form] + b"\nline after")
    assert {found for found, _, _ in hits(tmp_path, {"canary": SECRET})} == {name}
    assert hits(tmp_path, {"canary": SECRET}, [name]) == set()
    assert hits(tmp_path, {"another": f"{SECRET}x"[::-1]}) == set()


def test_the_search_finds_what_a_mail_wraps_and_what_a_row_spreads_over_pages(tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path / "mail")
    mailer.send(Mail("1", ("a@desk.example",), f"About {SECRET}", "y" * 70 + SECRET, f"<p>{'y' * 70}{SECRET}</p>"))
    with closing(sqlite3.connect(tmp_path / "q.sqlite")) as connection:
        connection.execute("CREATE TABLE message (body TEXT)")
        connection.executemany("INSERT INTO message VALUES (?)", [("z" * length + SECRET,) for length in (4070, 9000)])
        connection.commit()
    assert {name.partition("/")[0] for name, _, _ in hits(tmp_path, {"canary": SECRET})} == {"mail", "q.sqlite"}


def test_nothing_is_searched_for_that_chance_would_find(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="too short"):
        hits(tmp_path, {"short": "abc"})
