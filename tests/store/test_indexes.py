"""When something needs attention and where people find it, by its state; the indexes follow in the same write."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.brake import BrakeState
from chalicelib.domain.digest import DigestState
from chalicelib.domain.escalation import EscalationState
from chalicelib.domain.imports import WORKING, ImportState
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.domain.replay import KEPT_FOR, ReplayState
from chalicelib.domain.review import ReviewState
from chalicelib.domain.ruling import RulingState
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.store.samples import (
    AT,
    BRAKE,
    DIGEST,
    ESCALATION,
    IMPORT,
    INTERACTION,
    MINUTE,
    REPLAY,
    REVIEW,
    RULING,
    SAMPLES,
    VARIANT,
    WS,
    event,
    moved,
)

FAR = AT.replace(year=2100)

LEASED = {"lease_until": AT + MINUTE}

DUE: list[tuple[str, Any, datetime | None]] = [
    ("variants", VARIANT, AT),
    ("variants", replace(VARIANT, not_before=AT + MINUTE), AT),
    ("variants", moved(VARIANT, VariantState.SENDING, **LEASED), AT),
    ("variants", moved(VARIANT, VariantState.HELD), AT + VARIANT.schedule.late_limit),
    ("variants", moved(VARIANT, VariantState.AWAITING_APPROVAL), AT + VARIANT.schedule.late_limit),
    ("variants", moved(VARIANT, VariantState.AWAITING_APPROVAL, remind_at=AT - 9 * MINUTE), AT - 9 * MINUTE),
    ("variants", moved(VARIANT, VariantState.PUBLISHED, owes=True), AT),
    *[
        ("variants", moved(VARIANT, state), None)
        for state in VariantState
        if state
        not in {VariantState.SCHEDULED, VariantState.SENDING, VariantState.HELD, VariantState.AWAITING_APPROVAL}
    ],
    ("brakes", BRAKE, None),
    ("brakes", replace(BRAKE, expires_at=AT + MINUTE), AT + MINUTE),
    ("brakes", moved(BRAKE, BrakeState.LIFTED, lifted_at=AT, settled=False), AT),
    ("brakes", moved(BRAKE, BrakeState.LIFTED, lifted_at=AT, settled=True), None),
    ("interactions", INTERACTION, AT),
    *[("interactions", moved(INTERACTION, one), None) for one in InteractionState if one is not InteractionState.NEW],
    ("reviews", REVIEW, REVIEW.deadline),
    ("reviews", moved(REVIEW, ReviewState.CLAIMED), REVIEW.deadline),
    ("reviews", moved(REVIEW, ReviewState.RESOLVED), None),
    ("reviews", moved(REVIEW, ReviewState.ESCALATED), None),
    *[("rulings", moved(RULING, one), AT if one in {"asked", "undoing"} else None) for one in RulingState],
    ("escalations", ESCALATION, AT),
    ("escalations", moved(ESCALATION, EscalationState.OPEN, **LEASED), AT + MINUTE),
    ("escalations", moved(ESCALATION, EscalationState.TELLING, **LEASED), AT + MINUTE),
    ("escalations", moved(ESCALATION, EscalationState.TOLD), None),
    ("escalations", moved(ESCALATION, EscalationState.UNTOLD), None),
    ("digests", DIGEST, AT),
    ("digests", moved(DIGEST, DigestState.DUE, **LEASED), AT + MINUTE),
    ("digests", moved(DIGEST, DigestState.SENDING, **LEASED), AT + MINUTE),
    ("digests", moved(DIGEST, DigestState.SENT), None),
    ("digests", moved(DIGEST, DigestState.IN_DOUBT), None),
    ("replays", REPLAY, AT),
    ("replays", moved(REPLAY, ReplayState.DONE), AT + KEPT_FOR),
    ("replays", moved(REPLAY, ReplayState.EXPIRED), None),
    *[("imports", moved(IMPORT, state), AT if state in WORKING else None) for state in ImportState],
    *[
        (name, SAMPLES[name], None)
        for name in ("workspaces", "members", "accounts", "campaigns", "posts", "media", "feeds")
    ],
]


def due(store: Store, now: datetime = FAR) -> list[tuple[str, str, str]]:
    """Workspace, id and noun of what needs attention."""
    return [(keys.workspace_of(one.key), keys.id_of(one.key), keys.due_noun(one.sort)) for one in store.due(now)]


@pytest.mark.parametrize(("name", "noun", "at"), DUE, ids=lambda value: str(getattr(value, "state", "")) or None)
def test_what_needs_attention_is_found_from_its_time_on(
    store: Store, name: str, noun: Any, at: datetime | None
) -> None:
    repository = getattr(store, name)
    repository.create(noun, event())
    if at is None:
        assert due(store) == []
    else:
        assert due(store, at - MINUTE) == []
        hands = "approval" if getattr(noun, "state", None) is VariantState.AWAITING_APPROVAL else repository.noun
        assert due(store, at) == [(WS, noun.id, hands)]


def test_the_claim_leaves_the_due_entry_as_it_is_and_the_end_removes_it(store: Store) -> None:
    """The query that finds what is due is the one that finds what was left behind (publishing T3)."""
    place = keys.variant(WS, VARIANT.id)

    def entry() -> tuple[Any, Any]:
        item = store.table.get(place) or {}
        return item.get("g"), item.get("gs")

    scheduled = store.variants.create(VARIANT, event())
    before = entry()
    claimed = store.variants.save(scheduled, moved(scheduled, VariantState.SENDING, attempts=1, **LEASED), event())
    assert entry() == before
    assert before[0] in keys.all_due_shards()
    store.variants.save(claimed, moved(claimed, VariantState.PUBLISHED, lease_until=None), event())
    assert entry() == (None, None)
    assert due(store) == []


def test_what_is_put_off_keeps_its_place_in_the_line(store: Store) -> None:
    variant = store.variants.create(VARIANT, event())
    store.variants.create(replace(VARIANT, id="p2.0", schedule=replace(VARIANT.schedule, at=AT + MINUTE)), event())
    store.variants.save(variant, replace(variant, not_before=AT + 5 * MINUTE), event())
    line, whole = store.line(WS, VARIANT.account, AT + MINUTE, 100)
    assert [keys.id_of(one.key) for one in line] == ["p1.0", "p2.0"]
    assert whole


@pytest.mark.parametrize("state", VariantState)
def test_what_waits_for_people_and_what_was_never_said_is_listed(store: Store, state: VariantState) -> None:
    variant = store.variants.create(VARIANT, event())
    store.variants.save(variant, moved(variant, state), event())
    lists = {
        VariantState.DRAFT: "DRAFTS",
        VariantState.AWAITING_APPROVAL: "APPROVALS",
        VariantState.HELD: "HELD",
        VariantState.MISSED: "UNSAID",
        VariantState.FAILED: "UNSAID",
    }
    for name in ("DRAFTS", "APPROVALS", "HELD", "UNSAID"):
        shown = store.variants.listed(keys.shelf(WS, name), limit=10).items
        assert [one.id for one in shown] == ([VARIANT.id] if lists.get(state) == name else [])


def test_the_oldest_of_a_shard_come_first_and_each_one_once(store: Store) -> None:
    every = [in_line(store, number) for number in range(8)]
    for page, most in [(2, 2), (2, 100), (3, 3), (8, 8), (100, 100)]:
        found = [keys.id_of(one.key) for one in store.due(FAR, page=page, most=most)]
        assert found[:most] == every[:most]
        assert sorted(found) == every


def test_of_a_shard_with_more_than_is_read_the_newest_come_too_and_what_lies_between_waits() -> None:
    store, shard = Store(SqliteTable(":memory:")), keys.due_shard(WS, VARIANT.account)
    for number in range(1010):
        gs = keys.due_sort(AT + number * MINUTE, "variant", VARIANT.account)
        store.table.put({"pk": f"W#{WS}", "sk": f"VARIANT#p{number:04}.0", "g": shard, "gs": gs})
    found = [keys.due_at(one.sort) for one in store.due(FAR, page=6, most=6)]
    assert found[:6] == [AT + number * MINUTE for number in range(6)]
    assert sorted(found[6:]) == [AT + number * MINUTE for number in range(10, 1010)]


def test_the_review_queue_is_in_the_order_people_should_work(store: Store) -> None:
    for item_id, severity, minutes in [("mild", 0, 1), ("grave", 3, 90), ("late", 1, 60), ("soon", 1, 10)]:
        item = replace(REVIEW, id=item_id, severity=severity, deadline=AT + minutes * MINUTE)
        store.reviews.create(item, event())
    page = store.reviews.listed(keys.shelf(WS, "REVIEW"), limit=10)
    assert [one.id for one in page.items] == ["grave", "soon", "late", "mild"]


@pytest.mark.parametrize("state", ReviewState)
def test_the_review_queue_shows_what_is_not_resolved(store: Store, state: ReviewState) -> None:
    item = store.reviews.create(REVIEW, event())
    store.reviews.save(item, moved(item, state), event())
    shown = store.reviews.listed(keys.shelf(WS, "REVIEW"), limit=10).items
    assert len(shown) == (0 if state is ReviewState.RESOLVED else 1)


@pytest.mark.parametrize(
    ("name", "shelf", "newest"),
    [
        ("posts", "POSTS", "created_at"),
        ("interactions", "INBOX", "created_at"),
        ("escalations", "ESCALATIONS", "opened_at"),
        ("digests", "DIGESTS", "until"),
    ],
)
def test_each_list_is_by_time_and_holds_one_workspace(store: Store, name: str, shelf: str, newest: str) -> None:
    repository, sample = getattr(store, name), SAMPLES[name]
    for item_id, minutes in [("later", 5), ("earlier", 1)]:
        repository.create(replace(sample, id=item_id, **{newest: AT + minutes * MINUTE}), event())
    repository.create(replace(sample, id="foreign", workspace="w2"), event())
    found = repository.listed(keys.shelf(WS, shelf), limit=10).items
    assert [one.id for one in found] == ["earlier", "later"]


def test_the_accounts_of_a_slot_are_found_together_whoever_they_belong_to(store: Store) -> None:
    account = SAMPLES["accounts"]
    for workspace in ("w1", "w2"):
        store.accounts.create(replace(account, workspace=workspace), event())
    slot = keys.slot_shelf(keys.slot_of("x", account.id))
    assert [one.workspace for one in store.accounts.listed(slot, limit=10).items] == ["w1", "w2"]


# --- an account's line -----------------------------------------------------------------------------------------------


def in_line(store: Store, number: int, *, workspace: str = WS, account: str = VARIANT.account) -> str:
    """A variant so many minutes after the first."""
    schedule = replace(VARIANT.schedule, at=AT + number * MINUTE)
    made = replace(VARIANT, id=f"p{number}.0", workspace=workspace, account=account, schedule=schedule)
    store.variants.create(made, event())
    return made.id


def line(store: Store, limit: int, pages: int = 1) -> tuple[list[str], bool]:
    found, whole = store.line(WS, VARIANT.account, FAR, limit, pages)
    return [keys.id_of(one.key) for one in found], whole


def neighbour() -> str:
    """Another account of the workspace whose line lies on the same shard."""
    shard = keys.due_shard(WS, VARIANT.account)
    return next(name for number in range(99) if keys.due_shard(WS, name := f"b{number}") == shard)


def test_a_line_is_an_accounts_own_oldest_first(store: Store) -> None:
    ours = [in_line(store, number) for number in (0, 2, 4)]
    in_line(store, 1, account=neighbour())
    in_line(store, 3, workspace="w2")
    assert line(store, 10) == (ours, True)
    found, whole = store.line(WS, VARIANT.account, AT + 3 * MINUTE, 10)
    assert [keys.id_of(one.key) for one in found] == ours[:2]
    assert whole, "all of it that is due by then"


def test_a_line_says_where_it_is_longer_than_was_asked_for(store: Store) -> None:
    ours = [in_line(store, number) for number in range(5)]
    assert line(store, 5) == (ours, True)
    assert line(store, 4) == (ours[:4], False)
    assert line(store, 2, 2) == (ours[:2], False)


def test_nor_is_it_whole_where_more_was_read_than_was_asked_for(store: Store) -> None:
    in_line(store, 0, account=neighbour())
    ours = [in_line(store, number) for number in (1, 2, 3)]
    assert line(store, 2, 3) == (ours[:2], False)


def test_a_line_that_others_stand_before_is_found_some_pages_on_and_never_taken_for_whole(store: Store) -> None:
    for number in range(6):
        in_line(store, number, account=neighbour())
    ours = in_line(store, 6)
    assert line(store, 2) == ([], False)
    assert line(store, 2, 3) == ([], False)
    assert line(store, 2, 4) == ([ours], True)


def test_everything_of_one_workspace_that_is_due_is_found_on_its_shards(store: Store) -> None:
    accounts = [f"a{number}" for number in range(6)]
    ours = {in_line(store, number, account=account) for number, account in enumerate(accounts)}
    for number, account in enumerate(accounts):
        in_line(store, number, workspace="w2", account=account)
    assert {keys.id_of(one.key) for one in store.due_of(WS, FAR)} == ours
    assert {keys.workspace_of(one.key) for one in store.due_of(WS, FAR)} == {WS}
    assert {keys.id_of(one.key) for one in store.due_of(WS, AT + 2 * MINUTE)} == {"p0.0", "p1.0", "p2.0"}
