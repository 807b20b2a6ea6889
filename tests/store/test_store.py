"""The record as a whole: who may open it, and the few items that are not nouns of their own."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Action, ApiToken, Role
from chalicelib.domain.budget import Budget, Turn
from chalicelib.domain.polling import Reading
from chalicelib.ports import ConditionFailed, EngineUnusable
from chalicelib.store import keys
from chalicelib.store.contents import Content
from chalicelib.store.store import Store, Touch
from tests.store.samples import AT, INTERACTION, MINUTE, WS, event

HOUR = timedelta(hours=1)
TOKEN = ApiToken("t1", WS, "m1", Role.OWNER, "hash", AT, scopes=frozenset({Action.POST_READ, Action.REVIEW_READ}))


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_new_record_is_marked_once_and_opens_again(store: Store) -> None:
    for _ in range(2):
        store.open()
        item = store.table.get(keys.SCHEMA)
        assert item is not None
        assert item["version"] == keys.SCHEMA_VERSION


@pytest.mark.parametrize("version", [keys.SCHEMA_VERSION + 1, "1", None])
def test_a_record_that_this_release_does_not_know_is_refused_in_a_sentence(store: Store, version: object) -> None:
    store.table.put({"pk": keys.SCHEMA.pk, "sk": keys.SCHEMA.sk, "version": version})
    with pytest.raises(EngineUnusable) as refused:
        store.open()
    assert f"schema version {version}" in str(refused.value)
    assert f"up to {keys.SCHEMA_VERSION}" in str(refused.value)
    assert "start the newer release" in str(refused.value)


def test_many_that_open_a_new_record_at_once_all_get_it(tmp_path: Path) -> None:
    tables = [SqliteTable(tmp_path / "record.sqlite") for _ in range(4)]
    turn = threading.Barrier(len(tables))
    failures: list[Exception] = []

    def open_it(table: SqliteTable) -> None:
        turn.wait()
        try:
            Store(table).open()
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=open_it, args=(table,)) for table in tables]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures
    assert tables[0].get(keys.SCHEMA) == tables[3].get(keys.SCHEMA) is not None
    for table in tables:
        table.close()


# --- credentials -----------------------------------------------------------------------------------------------------


def test_a_token_is_kept_as_it_was_issued(store: Store) -> None:
    put = store.token_put(TOKEN, event("issue").fields())
    store.write([put])
    found = store.token(WS, "t1")
    assert found == TOKEN
    assert store.tokens(WS) == [TOKEN]
    assert store.token("w2", "t1") is None
    with pytest.raises(ConditionFailed):
        store.write([put])


def test_revoking_twice_is_fine_and_the_first_time_stands(store: Store) -> None:
    store.write([store.token_put(TOKEN, event("issue").fields())])
    store.revoke_token(TOKEN, AT + MINUTE, event("revoke").fields())
    store.revoke_token(TOKEN, AT + HOUR, event("revoke again").fields())
    found = store.token(WS, "t1")
    assert found is not None
    assert found.revoked_at == AT + MINUTE
    assert not found.valid(AT + MINUTE)
    assert [one.act for one in found.events] == ["issue", "revoke"]


def test_revoking_makes_no_token_of_one_that_was_never_issued(store: Store) -> None:
    with pytest.raises(ConditionFailed):
        store.revoke_token(TOKEN, AT, event("revoke").fields())
    assert store.tokens(WS) == []


def test_what_is_sealed_lies_by_kind_and_owner_and_the_last_one_counts(store: Store) -> None:
    for kind, owner, sealed in [("CREDENTIAL", "a1", "old"), ("CREDENTIAL", "a1", "new"), ("SESSION", "a1", "short")]:
        store.write([store.sealed_put(WS, kind, owner, sealed)])
    assert store.sealed(WS, "CREDENTIAL", "a1") == "new"
    assert store.sealed(WS, "SESSION", "a1") == "short"
    assert store.sealed(WS, "CREDENTIAL", "a2") is None
    assert store.sealed("w2", "CREDENTIAL", "a1") is None


def test_a_guideline_version_never_changes(store: Store) -> None:
    store.write([store.guideline_put(WS, "g1", {"name": "first"}, event().fields(), "name: first")])
    with pytest.raises(ConditionFailed):
        store.write([store.guideline_put(WS, "g1", {"name": "second"}, event().fields(), "name: second")])
    assert store.guideline(WS, "g1") == {"name": "first"}
    assert store.guideline(WS, "g2") is None


# --- what interactions say and touch ---------------------------------------------------------------------------------


def test_each_revision_of_a_text_lies_apart(store: Store) -> None:
    first, second, third = (replace(INTERACTION, revision=number) for number in (1, 2, 3))
    for one in (first, second):
        store.write([store.contents.put(one, Content(f"text {one.revision}", "sealed"))])
    assert store.contents.get(first) == Content("text 1", "sealed")
    assert store.contents.get_many([third, second]) == [None, Content("text 2", "sealed")]
    rows, after = store.contents.said_in(WS, INTERACTION.conversation.id, limit=10)
    assert ([(one.interaction, one.revision) for one in rows], after) == (
        [(INTERACTION.id, 1), (INTERACTION.id, 2)],
        None,
    )
    store.write(store.contents.purges(second))
    assert store.contents.get_many([first, second]) == [None, None]


def test_a_text_is_found_where_an_older_release_kept_it(store: Store) -> None:
    key = keys.content(WS, INTERACTION.id, 1)
    store.table.put({"pk": key.pk, "sk": key.sk, "text": "of old", "sealed": "sealed"})
    store.write([store.contents.put(replace(INTERACTION, revision=2), Content("new", "sealed"))])
    found = store.contents.get_many([INTERACTION, replace(INTERACTION, revision=2)])
    assert found == [Content("of old", "sealed"), Content("new", "sealed")]
    store.write(store.contents.purges(INTERACTION))
    assert store.contents.get(INTERACTION) is None


def test_identities_are_found_by_pseudonym_and_the_unknown_are_left_out(store: Store) -> None:
    store.write(
        [store.identity_put(WS, "otter", "sealed otter", AT), store.identity_put("w2", "heron", "of another", AT)]
    )
    assert store.identities(WS, ["otter", "heron"]) == {"otter": "sealed otter"}
    assert store.identities(WS, []) == {}


THREAD = keys.thread_touch(WS, "thread")


def answered(store: Store, minutes: int, window: timedelta = HOUR) -> bool:
    """Whether an automatic answer may be noted so many minutes after the first."""
    at = AT + minutes * MINUTE
    try:
        store.write([store.answered_update(THREAD, at, at - window)])
    except ConditionFailed:
        return False
    return True


def test_a_thread_is_answered_automatically_once_in_the_window(store: Store) -> None:
    assert [answered(store, minutes) for minutes in (0, 1, 59, 60, 61)] == [True, False, False, True, False]
    assert store.touch(THREAD) == Touch(AT + HOUR, None)


def test_once_a_person_acted_automation_has_ended_for_good(store: Store) -> None:
    store.write([store.human_update(THREAD, AT)])
    assert not answered(store, 10**6)
    assert store.touch(THREAD) == Touch(None, AT)
    assert store.touch(keys.thread_touch(WS, "another")) == Touch()


def test_a_days_answers_are_counted_up_to_the_most(store: Store) -> None:
    today = keys.answers_of_day(WS, "a1", AT)

    def counted(most: int) -> bool:
        try:
            store.write([store.counted_update(today, most)])
        except ConditionFailed:
            return False
        return True

    assert [counted(2) for _ in range(4)] == [True, True, False, False]
    assert counted(3)


# --- polling ---------------------------------------------------------------------------------------------------------


def test_how_far_an_account_was_read_is_kept_whole(store: Store) -> None:
    assert store.reading(WS, "a1") == Reading()
    for reading in (Reading("c1", AT, AT, "it did not answer", AT + MINUTE), Reading("c2", AT)):
        store.save_reading(WS, "a1", reading)
        assert store.reading(WS, "a1") == reading


def test_a_slots_run_belongs_to_one_of_those_who_saw_the_same_last_run(store: Store) -> None:
    store.open_slot("x-1", AT)
    store.open_slot("x-1", AT + HOUR)
    (seen,) = store.slots(["x", "reddit"])
    assert (seen.name, seen.ran_at, seen.platform) == ("x-1", AT, "x")
    assert [store.claim_slot(seen, AT + MINUTE) for _ in range(3)] == [True, False, False]
    (now,) = store.slots(["x"])
    assert now.ran_at == AT + MINUTE
    assert store.claim_slot(now, AT + HOUR)


# --- what an account may still say -----------------------------------------------------------------------------------


def test_a_budget_belongs_to_one_of_those_who_saw_the_same_one(store: Store) -> None:
    key = keys.budget(WS, "a1")
    assert store.budget(key) is None
    fresh = store.budget_put(key, None, Budget(5, AT, Turn("p.0", 1, AT)))
    store.table.put(fresh.item, fresh.when)
    with pytest.raises(ConditionFailed):
        store.table.put(fresh.item, fresh.when)
    seen = store.budget(key)
    assert seen == Budget(5, AT, Turn("p.0", 1, AT))
    assert seen is not None
    one, other = (store.budget_put(key, seen, replace(seen, left=left)) for left in (4, 3))
    store.table.put(one.item, one.when)
    with pytest.raises(ConditionFailed):
        store.table.put(other.item, other.when)
    now = store.budget(key)
    assert now is not None
    assert (now.left, now.rev) == (4, seen.rev + 1)
    assert store.budget(keys.budget("w2", "a1")) is None
