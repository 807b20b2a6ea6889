"""The records that earlier releases left behind: opened, read and taken up by the present code."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import VERSION, settings
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.digest import DigestState
from chalicelib.domain.escalation import EscalationState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.timing import unstamp
from chalicelib.ports import Key, QueueName
from chalicelib.services import bodies, lines, polling, triaging
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import target_of
from chalicelib.services.signing_in import connector_for, seal_context
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from local.release import RELEASES, Clock, Remote, desk_on, leave, main

RECORDS = sorted(RELEASES.glob("*.sqlite"))
MINUTE = timedelta(minutes=1)


@dataclass
class Left:
    """A copy of one release's record at the present code's desk."""

    desk: Desk
    clock: Clock
    remotes: Mapping[str, Remote]
    items: list[dict[str, Any]]
    """Everything in it, as the file held it before anybody touched it."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The items whose place begins so."""
        return [one for one in self.items if one["sk"].partition("#")[0] == kind]

    def variants(self) -> list[Variant]:
        found = [self.desk.store.variants.get(workspace_of(one), one["id"]) for one in self.of("VARIANT")]
        return [one for one in found if one is not None]

    def go_on(self) -> None:
        """Play the workers: tick, and do what was hinted, until nothing is hinted any more."""
        for _ in range(4):
            tick(self.desk, self.clock.now())
            for queue, act in HANDS.items():
                for message in self.desk.queue.receive(queue):
                    act(self.desk, json.loads(message.body))
                    self.desk.queue.delete(queue, message.receipt)
            self.clock.move(MINUTE)


HANDS: dict[QueueName, Callable[[Desk, dict[str, Any]], object]] = {
    QueueName.LISTEN: lambda desk, body: polling.poll_slot(desk, body["slot"], desk.clock.now()),
    QueueName.TRIAGE: lambda desk, body: triaging.triage_all(
        desk, body["workspace"], body["interactions"], desk.clock.now()
    ),
    QueueName.PUBLISH: lambda desk, body: lines.speak(desk, body["workspace"], body.get("account"), body["variants"]),
}


def workspace_of(item: dict[str, Any]) -> str:
    return keys.workspace_of(Key(item["pk"], item["sk"]))


def everything(record: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(record)) as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM item ORDER BY pk, sk")]


@pytest.fixture(params=RECORDS, ids=lambda path: path.stem)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    record = Path(shutil.copy(request.param, tmp_path / "parley.sqlite"))
    key = Path(shutil.copy(request.param.with_suffix(".key"), tmp_path / "vault.key"))
    key.chmod(0o600)
    items = everything(record)
    # The moment at which the last thing in it happened.
    last = max(event["at"] for item in items for event in item.get("events", ()))
    clock = Clock(unstamp(last))
    remotes = {one: Remote(one) for one in settings.PLATFORMS}
    table = SqliteTable(record)
    yield Left(desk_on(table, FileVault(key), tmp_path / "mail", clock, remotes), clock, remotes, items)
    table.close()


def test_the_present_release_has_left_its_record() -> None:
    assert f"{VERSION}.sqlite" in {one.name for one in RECORDS}, "make it: python -m local.release"
    for record in RECORDS:
        assert record.with_suffix(".key").exists()
        assert record.stat().st_size < 300_000
    assert not [one.name for one in RELEASES.iterdir() if one.suffix not in {".sqlite", ".key", ".md"}]


# --- reading ---------------------------------------------------------------------------------------------------------

NOUNS = {
    "WORKSPACE": "workspaces",
    "MEMBER": "members",
    "ACCOUNT": "accounts",
    "CAMPAIGN": "campaigns",
    "POST": "posts",
    "VARIANT": "variants",
    "INTERACTION": "interactions",
    "REVIEW": "reviews",
    "ESCALATION": "escalations",
    "DIGEST": "digests",
}
BESIDE = set("SCHEMA TOKEN GUIDELINE BODY CONTENT IDENTITY CREDENTIAL SESSION READING SLOT TOUCH ANSWERS".split())  # noqa: SIM905


def test_every_noun_reads_back_through_its_repository(left: Left) -> None:
    assert {one["sk"].partition("#")[0] for one in left.items} <= NOUNS.keys() | BESIDE
    for kind, name in NOUNS.items():
        held = left.of(kind)
        assert held, f"the record holds no {kind}"
        for item in held:
            found = getattr(left.desk.store, name).get(workspace_of(item), item["id"])
            assert found is not None
            assert (found.id, found.workspace, found.rev) == (item["id"], workspace_of(item), item["rev"])
            assert str(getattr(found, "state", None)) == str(item.get("state"))
            assert [one.fields() for one in found.events] == item["events"]


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (
            "VARIANT",
            {"published", "scheduled", "sending", "needs_review", "held", "failed", "missed", "cancelled", "closed"},
        ),
        ("INTERACTION", {"new", "ignored", "answering", "answered", "in_review", "escalated", "resolved"}),
        ("REVIEW", {"open", "claimed", "resolved"}),
        ("ESCALATION", {"open", "told"}),
        ("DIGEST", {"due", "sent"}),
        ("ACCOUNT", {"active", "needs_reconnect"}),
    ],
)
def test_the_record_holds_each_noun_in_several_states(left: Left, kind: str, states: set[str]) -> None:
    assert {one["state"] for one in left.of(kind)} >= states


def test_the_lists_that_people_read_are_filled(left: Left) -> None:
    store, (item,) = left.desk.store, left.of("WORKSPACE")
    for name, shelf in [
        ("posts", "POSTS"),
        ("interactions", "INBOX"),
        ("escalations", "ESCALATIONS"),
        ("digests", "DIGESTS"),
    ]:
        kind = next(one for one, repository in NOUNS.items() if repository == name)
        assert len(getattr(store, name).listed(keys.shelf(item["id"], shelf), limit=100).items) == len(left.of(kind))
    waiting = store.reviews.listed(keys.shelf(item["id"], "REVIEW"), limit=100).items
    assert len(waiting) == sum(one["state"] != "resolved" for one in left.of("REVIEW"))


def test_tokens_guidelines_and_readings_read_back(left: Left) -> None:
    store = left.desk.store
    for item in left.of("TOKEN"):
        token = store.token(workspace_of(item), item["id"])
        assert token is not None
        assert token.valid(left.clock.now()) is ("revoked_at" not in item)
        assert token.secret_hash == item["secret_hash"]
        assert sorted(token.scopes or ()) == item.get("scopes", [])
    assert {"revoked_at", "expires_at", "scopes"} <= {name for one in left.of("TOKEN") for name in one}
    for item in left.of("GUIDELINE"):
        kept = store.guideline(workspace_of(item), item["sk"].partition("#")[2])
        assert kept is not None
        assert Guideline.from_record(kept).clauses
    readings = [store.reading(workspace_of(one), one["sk"].partition("#")[2]) for one in left.of("READING")]
    assert {one.failure is None for one in readings} == {True, False}
    assert {one.name for one in store.slots(settings.PLATFORMS)} == {one["name"] for one in left.of("SLOT")}
    touches = [store.touch(Key(one["pk"], one["sk"])) for one in left.of("TOUCH")]
    assert any(one.human_at for one in touches)
    assert any(one.answered_at for one in touches)


def test_everything_sealed_opens(left: Left) -> None:
    desk = left.desk
    for item in left.of("WORKSPACE"):
        assert len(desk.key(item["id"])) == 32
    for item in left.of("ACCOUNT"):
        account = desk.store.accounts.get(workspace_of(item), item["id"])
        assert account is not None
        connector: Any = connector_for(desk, account)
        assert all(one.startswith("test-") for one in connector.given.credential.values())
        assert connector.given.sessions.load() == f"session of {account.platform}"
    for item in left.of("INTERACTION"):
        interaction = desk.store.interactions.get(workspace_of(item), item["id"])
        assert interaction is not None
        target = target_of(desk, interaction)
        assert target is not None
        assert target.remote.root is not None
    for item in left.of("IDENTITY"):
        pseudonym = item["pk"].rpartition("#")[2]
        context = seal_context(workspace_of(item), "identity", pseudonym)
        assert json.loads(desk.vault.open(item["sealed"], context))["handle"].startswith("member-")
    answering = [bodies.body_of(desk, one).answers for one in left.variants()]
    assert sum(one is not None for one in answering) == sum("sealed" in one for one in left.of("BODY")) >= 2


# --- taking up -------------------------------------------------------------------------------------------------------


def test_what_was_under_way_is_taken_up(left: Left) -> None:
    before = {one.id: one for one in left.variants()}
    due = [one for one in before.values() if one.state is VariantState.SCHEDULED]
    lost = [one for one in before.values() if one.state is VariantState.SENDING]
    left.clock.at = max(one.not_before for one in due) + 5 * MINUTE
    left.go_on()
    after = {one.id: one.state for one in left.variants()}
    assert all(after[one.id] is VariantState.PUBLISHED for one in (*due, *lost))
    texts = Counter(text for remote in left.remotes.values() for text in remote.posted)
    wanted = Counter(bodies.body_of(left.desk, one).text for one in (*due, *lost))
    answers = [text for text in texts if "automatic" in text and text not in wanted]
    assert all(texts[text] == count for text, count in wanted.items())
    assert len(texts) == len(wanted) + len(answers)
    ended = [one for one in before.values() if one not in (*due, *lost)]
    assert {one.id: one.state for one in ended} == {one.id: after[one.id] for one in ended}


def test_interactions_mails_and_slots_go_on(left: Left) -> None:
    left.clock.at = max(one.not_before for one in left.variants()) + 5 * MINUTE
    left.go_on()
    desk = left.desk
    for item in left.of("INTERACTION"):
        found = desk.store.interactions.get(workspace_of(item), item["id"])
        assert found is not None
        assert found.state not in {InteractionState.NEW, InteractionState.ANSWERING}
    for item in left.of("ESCALATION"):
        told = desk.store.escalations.get(workspace_of(item), item["id"])
        assert told is not None
        assert told.state is EscalationState.TOLD
    for item in left.of("DIGEST"):
        sent = desk.store.digests.get(workspace_of(item), item["id"])
        assert sent is not None
        assert sent.state is DigestState.SENT
    assert all(slot.ran_at > left.clock.at - timedelta(hours=1) for slot in desk.store.slots(settings.PLATFORMS))


# --- making one ------------------------------------------------------------------------------------------------------


def test_a_record_that_is_there_is_not_made_anew_unless_forced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / f"{VERSION}.sqlite"
    record.write_bytes(b"of a release that is out")
    assert main(["--folder", str(tmp_path)]) == 1
    assert record.read_bytes() == b"of a release that is out"
    assert "--force" in capsys.readouterr().err
    assert main(["--folder", str(tmp_path), "--force"]) == 0
    assert everything(record)
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"{VERSION}.key", f"{VERSION}.sqlite"]


def unsealed(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what is sealed, also in what a post says."""
    left = {name: value for name, value in item.items() if "sealed" not in name}
    if "says" in left:
        left["says"] = [unsealed(one) for one in left["says"]]
    return left


def test_two_that_are_made_differ_only_in_what_is_sealed(tmp_path: Path) -> None:
    def told(folder: str) -> list[dict[str, Any]]:
        items = everything(leave(tmp_path / folder))
        return [unsealed(one) for one in items]

    assert told("one") == told("other")
