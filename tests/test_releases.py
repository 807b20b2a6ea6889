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
from typing import Any, NoReturn

import pytest

from chalicelib import VERSION, settings
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.digest import DigestState
from chalicelib.domain.escalation import EscalationState
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.timing import unstamp
from chalicelib.ports import EngineUnusable, Key, QueueName
from chalicelib.services import bodies, braking, changing, holding, lines, polling, taking_down, triaging
from chalicelib.services.desk import Desk
from chalicelib.services.ingesting import target_of
from chalicelib.services.signing_in import connector_for, seal_context
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from chalicelib.store.store import Store
from local.release import RELEASES, Clock, Remote, desk_on, leave, main, sign_in

RECORDS = sorted(RELEASES.glob("*.sqlite"))
LATER = [one for one in RECORDS if one.stem != "0.1.0"]
"""Those that tell of budgets, brakes, edits and take-downs."""
MINUTE = timedelta(minutes=1)


@dataclass
class Left:
    """A copy of one release's record at the present code's desk."""

    release: str
    desk: Desk
    clock: Clock
    remotes: Mapping[str, Remote]
    items: list[dict[str, Any]]
    """Everything in it, as the file held it before anybody touched it."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The items whose place begins so."""
        return [one for one in self.items if one["sk"].partition("#")[0] == kind]

    @property
    def workspace(self) -> str:
        (item,) = self.of("WORKSPACE")
        return workspace_of(item)

    @property
    def owner(self) -> Caller:
        (item,) = [one for one in self.of("MEMBER") if one["role"] == Role.OWNER.value]
        return Caller(self.workspace, id_of(item), Role.OWNER, "test")

    def variants(self) -> list[Variant]:
        found = [self.desk.store.variants.get(self.workspace, id_of(one)) for one in self.of("VARIANT")]
        return [one for one in found if one is not None]

    def text(self, variant: Variant) -> str:
        return bodies.body_of(self.desk, variant).text

    def posted(self) -> list[str]:
        """What was said since, everywhere."""
        return [text for remote in self.remotes.values() for text in remote.posted]

    def lose_hints(self) -> None:
        for queue in HANDS:
            for message in self.desk.queue.receive(queue):
                self.desk.queue.delete(queue, message.receipt)

    def go_on(self, minutes: int = 4) -> None:
        """Play the workers: each minute a tick, and what was hinted until then."""
        for _ in range(minutes):
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


def id_of(item: dict[str, Any]) -> str:
    return keys.id_of(Key(item["pk"], item["sk"]))


def everything(record: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(record)) as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM item ORDER BY pk, sk")]


SINCE_0_2 = pytest.mark.parametrize("left", LATER, ids=lambda path: path.stem, indirect=True)


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
    yield Left(
        request.param.stem, desk_on(table, FileVault(key), tmp_path / "mail", clock, remotes), clock, remotes, items
    )
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
    "BRAKE": "brakes",
    "INTERACTION": "interactions",
    "REVIEW": "reviews",
    "ESCALATION": "escalations",
    "DIGEST": "digests",
}
BESIDE = set(
    "SCHEMA TOKEN GUIDELINE BODY CONTENT IDENTITY CREDENTIAL SESSION READING SLOT TOUCH ANSWERS BUDGET BOUND".split()  # noqa: SIM905
)
STATELESS = {"CAMPAIGN": "running"}
"""As what a noun is read that a release kept without a state: a campaign goes by its dates."""
NOT_YET = {"0.1.0": {"BRAKE", "BUDGET", "BOUND"}}


def test_every_noun_reads_back_through_its_repository(left: Left) -> None:
    kinds = {one["sk"].partition("#")[0] for one in left.items}
    assert kinds == (NOUNS.keys() | BESIDE) - NOT_YET.get(left.release, set())
    for kind in NOUNS.keys() & kinds:
        for item in left.of(kind):
            found = getattr(left.desk.store, NOUNS[kind]).get(workspace_of(item), id_of(item))
            assert found is not None
            assert (found.id, found.workspace, found.rev) == (id_of(item), workspace_of(item), item["rev"])
            assert item.get("id", found.id) == found.id
            assert str(getattr(found, "state", None)) == str(item.get("state", STATELESS.get(kind)))
            told = {"workspace": found.workspace, "subject": f"{kind.lower()}:{found.id}"}
            assert [one.fields() for one in found.events] == [{**told, **one} for one in item["events"]]


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
    store = left.desk.store
    for kind, shelf in [
        ("POST", "POSTS"),
        ("INTERACTION", "INBOX"),
        ("ESCALATION", "ESCALATIONS"),
        ("DIGEST", "DIGESTS"),
    ]:
        listed = getattr(store, NOUNS[kind]).listed(keys.shelf(left.workspace, shelf), limit=100).items
        assert {one.id for one in listed} == {id_of(one) for one in left.of(kind)}
    waiting = store.reviews.listed(keys.shelf(left.workspace, "REVIEW"), limit=100).items
    assert len(waiting) == sum(one["state"] != "resolved" for one in left.of("REVIEW"))


def test_tokens_guidelines_and_readings_read_back(left: Left) -> None:
    store = left.desk.store
    for item in left.of("TOKEN"):
        token = store.token(workspace_of(item), id_of(item))
        assert token is not None
        assert token.valid(left.clock.now()) is ("revoked_at" not in item)
        assert token.secret_hash == item["secret_hash"]
        assert sorted(token.scopes or ()) == item.get("scopes", [])
    assert {"revoked_at", "expires_at", "scopes"} <= {name for one in left.of("TOKEN") for name in one}
    for item in left.of("GUIDELINE"):
        kept = store.guideline(workspace_of(item), id_of(item))
        assert kept is not None
        assert Guideline.from_record(kept).clauses
    readings = [store.reading(workspace_of(one), id_of(one)) for one in left.of("READING")]
    assert {one.failure is None for one in readings} == {True, False}
    assert {one.name for one in store.slots(settings.PLATFORMS)} == {one["name"] for one in left.of("SLOT")}
    touches = [store.touch(Key(one["pk"], one["sk"])) for one in left.of("TOUCH")]
    assert any(one.human_at for one in touches)
    assert any(one.answered_at for one in touches)


def test_everything_sealed_opens(left: Left) -> None:
    desk = left.desk
    assert len(desk.key(left.workspace)) == 32
    for item in left.of("ACCOUNT"):
        account = desk.store.accounts.get(workspace_of(item), id_of(item))
        assert account is not None
        connector: Any = connector_for(desk, account)
        assert all(one.startswith("test-") for one in connector.given.credential.values())
        assert connector.given.sessions.load() == f"session of {account.platform}"
    for item in left.of("INTERACTION"):
        interaction = desk.store.interactions.get(workspace_of(item), id_of(item))
        assert interaction is not None
        target = target_of(desk, interaction)
        assert target is not None
        assert target.remote.root is not None
    for item in left.of("IDENTITY"):
        pseudonym = item["pk"].rpartition("#")[2]
        context = seal_context(workspace_of(item), "identity", pseudonym)
        assert json.loads(desk.vault.open(item["sealed"], context))["handle"].startswith("member-")
    answering = [bodies.body_of(desk, one).answers for one in left.variants()]
    kept = [*left.of("BODY"), *(said for post in left.of("POST") for said in post.get("says", ()))]
    assert sum(one is not None for one in answering) == sum("sealed" in one for one in kept) >= 2


@SINCE_0_2
def test_edits_take_downs_and_long_texts_read_back(left: Left) -> None:
    found = left.variants()
    edited = [one for one in found if one.version == 2]
    assert {one.state for one in edited} >= {VariantState.SCHEDULED, VariantState.HELD, VariantState.PUBLISHED}
    assert all("edited" in left.text(one) and "before" not in left.text(one) for one in edited)
    assert [left.text(one) for one in found if one.taken_down_at is not None] == ["Taken down again"]
    assert all(one.remote is not None for one in found if one.state is VariantState.PUBLISHED)
    assert any(len(left.text(one).encode()) > bodies.SHORT for one in found)
    (bound,) = left.of("BOUND")
    assert left.text(next(one for one in found if one.id == bound["variant"])) == "Found by a person"


@SINCE_0_2
def test_brakes_budgets_and_what_is_held_or_unsaid_read_back(left: Left) -> None:
    store, now = left.desk.store, left.clock.now()
    on = [one for one in braking.every(left.desk, left.workspace) if one.stops(now)]
    assert {one.expires_at is None for one in on} == {True, False}
    lifted = [one for one in braking.every(left.desk, left.workspace) if one.lifted_at is not None]
    assert {event.act for one in lifted for event in one.events} >= {"put_on", "lift", "expire", "settle"}
    held = list(holding.held(left.desk, left.workspace))
    assert {one.id for one in held} == {one.id for one in left.variants() if one.state is VariantState.HELD}
    assert {one.held_by for one in held} == {None, *(one.id for one in on)}
    unsaid = store.variants.listed(keys.shelf(left.workspace, "UNSAID"), limit=100).items
    assert Counter(one.state for one in unsaid) == {VariantState.MISSED: 2, VariantState.FAILED: 1}
    owners = [
        (item["pk"] == keys.INSTALLATION_PK, store.budget(Key(item["pk"], item["sk"]))) for item in left.of("BUDGET")
    ]
    assert Counter(of_a_client for of_a_client, _ in owners) == {False: len(settings.PLATFORMS), True: 1}
    assert all(budget is not None and (budget.turn is None) is of_a_client for of_a_client, budget in owners)
    assert left.desk.workspace(left.workspace).send_again_after == 30 * MINUTE


# --- taking up -------------------------------------------------------------------------------------------------------


def test_what_was_under_way_is_taken_up(left: Left) -> None:
    before = {one.id: one for one in left.variants()}
    due = [one for one in before.values() if one.state is VariantState.SCHEDULED]
    lost = [one for one in before.values() if one.state is VariantState.SENDING]
    ending = {one.id for one in braking.every(left.desk, left.workspace) if one.expires_at is not None}
    braked = [one for one in before.values() if one.state is VariantState.HELD and one.held_by in ending]
    assert left.release == "0.1.0" or braked
    left.clock.at = max(one.not_before for one in due) + 5 * MINUTE
    left.go_on(20)
    after = {one.id: one.state for one in left.variants()}
    assert all(after[one.id] is VariantState.PUBLISHED for one in (*due, *lost, *braked))
    texts = Counter(left.posted())
    wanted = Counter(left.text(one) for one in (*due, *lost, *braked))
    answers = [text for text in texts if "automatic" in text and text not in wanted]
    assert all(texts[text] == count for text, count in wanted.items())
    assert len(texts) == len(wanted) + len(answers)
    ended = [one for one in before.values() if one not in (*due, *lost, *braked)]
    assert {one.id: one.state for one in ended} == {one.id: after[one.id] for one in ended}


def test_interactions_mails_accounts_and_slots_go_on(left: Left) -> None:
    left.clock.at = max(one.not_before for one in left.variants()) + 5 * MINUTE
    left.go_on()
    desk = left.desk
    for item in left.of("INTERACTION"):
        found = desk.store.interactions.get(workspace_of(item), id_of(item))
        assert found is not None
        assert found.state not in {InteractionState.NEW, InteractionState.ANSWERING}
    for item in left.of("ESCALATION"):
        told = desk.store.escalations.get(workspace_of(item), id_of(item))
        assert told is not None
        assert told.state is EscalationState.TOLD
    for item in left.of("DIGEST"):
        sent = desk.store.digests.get(workspace_of(item), id_of(item))
        assert sent is not None
        assert sent.state is DigestState.SENT
    assert all(slot.ran_at > left.clock.at - timedelta(hours=1) for slot in desk.store.slots(settings.PLATFORMS))
    assert left.release == "0.1.0" or any("releasing_since" in one for one in left.of("ACCOUNT"))
    accounts = [desk.store.accounts.get(workspace_of(one), id_of(one)) for one in left.of("ACCOUNT")]
    assert all(one is not None and one.releasing_since is None for one in accounts)


class Died(BaseException):
    """The process ended here."""


def die(*_: object) -> NoReturn:
    raise Died


@pytest.mark.parametrize("hints", ["that arrive", "that are lost", "that nobody lived to send"])
def test_what_was_held_goes_out_once_its_account_is_signed_in_again(
    left: Left, hints: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [one for one in left.variants() if one.state is VariantState.HELD and one.held_by is None]
    wanted = Counter(left.text(one) for one in held)
    (platform,) = {one.platform for one in held}
    if hints == "that nobody lived to send":
        with monkeypatch.context() as then:
            then.setattr(holding, "release_account", die)
            with pytest.raises(Died):
                sign_in(left.desk, left.owner, platform, left.clock.now())
    else:
        sign_in(left.desk, left.owner, platform, left.clock.now())
    if hints == "that are lost":
        left.lose_hints()
    left.go_on()
    assert Counter(left.remotes[platform].posted) == wanted
    after = {one.id: one.state for one in left.variants()}
    assert {after[one.id] for one in held} == {VariantState.PUBLISHED}


@SINCE_0_2
def test_what_a_brake_held_goes_out_once_it_is_lifted(left: Left) -> None:
    held = [one for one in left.variants() if one.state is VariantState.HELD and one.held_by is not None]
    left.go_on(8)
    assert not {left.text(one) for one in held} & set(left.posted())
    for brake in {one.held_by or "" for one in held}:
        braking.lift(left.desk, left.owner, brake, "the river falls", left.clock.now())
    left.go_on(30)
    assert all(Counter(left.posted())[left.text(one)] == 1 for one in held)


def test_what_is_scheduled_or_held_can_be_edited_and_what_is_published_taken_down(left: Left) -> None:
    desk, now = left.desk, left.clock.now()
    waiting = [
        one
        for one in left.variants()
        if one.interaction is None
        and (one.state is VariantState.SCHEDULED or (one.state is VariantState.HELD and one.held_by is None))
    ]
    before = {left.text(one) for one in waiting}
    for place, one in enumerate(waiting):
        changing.edit(desk, left.owner, one.id, changing.Edit(one.version, text=f"Edited by the next, {place}"), now)
    sign_in(desk, left.owner, "reddit", now)
    left.go_on(40)
    assert not before & set(left.posted())
    assert {f"Edited by the next, {place}" for place in range(len(waiting))} <= set(left.posted())
    for one in [one for one in left.variants() if one.state is VariantState.PUBLISHED]:
        taken = taking_down.take_down(desk, left.owner, one.id, "it is over", left.clock.now())
        assert taken.taken_down_at is not None
        assert one.remote is not None
        assert one.taken_down_at is not None or one.remote.id in left.remotes[one.platform].deleted


def test_the_mark_is_raised_and_an_older_release_is_told_what_to_do(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mark,), table = left.of("SCHEMA"), left.desk.store.table
    assert mark["version"] == (1 if left.release == "0.1.0" else 2)
    raised = table.get(keys.SCHEMA)
    assert raised is not None
    assert raised["version"] == keys.SCHEMA_VERSION == 2
    monkeypatch.setattr(keys, "SCHEMA_VERSION", 1)
    with pytest.raises(EngineUnusable, match=r"reads up to 1: start the newer release of Parley that wrote it"):
        Store(table).open()
    assert table.get(keys.SCHEMA) == raised


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
