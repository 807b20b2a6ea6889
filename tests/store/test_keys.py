"""The table's keys: ids come back out of them, tenants cannot meet in them, and floods stay in their shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ports import Key
from chalicelib.store import keys

IDS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=26)
VARIANTS = st.builds(lambda post, number: f"{post}.{number}", IDS, st.integers(0, 100))
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)

OWN: dict[str, Callable[[str, str], Key]] = {
    "member": lambda ws, one: keys.within(ws, "MEMBER", one),
    "account": lambda ws, one: keys.within(ws, "ACCOUNT", one),
    "campaign": lambda ws, one: keys.within(ws, "CAMPAIGN", one),
    "digest": lambda ws, one: keys.within(ws, "DIGEST", one),
    "brake": lambda ws, one: keys.within(ws, "BRAKE", one),
    "text": lambda ws, one: keys.within(ws, "TEXT", one),
    "handle": lambda ws, one: keys.within(ws, "HANDLE", one),
    "budget": keys.budget,
    "token": lambda ws, one: keys.within(ws, "TOKEN", one),
    "post": keys.post,
    "interaction": keys.interaction,
    "review": keys.review,
    "media": keys.media,
    "feed": lambda ws, one: keys.within(ws, "FEED", one),
    "feed reading": keys.feed_reading,
    "escalation": keys.escalation,
}
"""Nouns with an id of their own that the tick or a list finds by key alone."""

BESIDE: dict[str, Callable[[str, str], Key]] = {
    "body": lambda ws, one: keys.body(ws, f"{one}.0", 1),
    "content": lambda ws, one: keys.content(ws, one, 1),
    "ruling": lambda ws, one: keys.ruling(ws, f"{one}.1"),
    "evidence": lambda ws, one: keys.evidence(ws, f"{one}.1"),
    "what was said": lambda ws, one: keys.said(ws, one, AT, "i1", 1),
    "identity": keys.identity,
    "member touch": keys.member_touch,
    "thread touch": keys.thread_touch,
    "answers of a day": lambda ws, one: keys.answers_of_day(ws, one, AT),
    "media in use": keys.media_used,
    "rendition": lambda ws, one: keys.rendition(ws, one, "0123"),
    "workspace": lambda ws, _: keys.workspace(ws),
    "variant": lambda ws, one: keys.variant(ws, f"{one}.0"),
}


@pytest.mark.parametrize("noun", OWN)
@given(ws=IDS, item=IDS)
def test_the_id_and_the_workspace_come_back_out_of_a_key(noun: str, ws: str, item: str) -> None:
    key = OWN[noun](ws, item)
    assert keys.id_of(key) == item
    assert keys.workspace_of(key) == ws


@given(ws=IDS, variant=VARIANTS)
def test_a_variants_id_holds_its_posts(ws: str, variant: str) -> None:
    key = keys.variant(ws, variant)
    assert keys.id_of(key) == variant
    assert keys.workspace_of(key) == ws
    assert key.pk == keys.post(ws, variant.rpartition(".")[0]).pk


@given(ws=IDS)
def test_a_workspace_is_known_by_its_own_id(ws: str) -> None:
    assert keys.id_of(keys.workspace(ws)) == keys.workspace_of(keys.workspace(ws)) == ws


@pytest.mark.parametrize("noun", [*OWN, *BESIDE])
@given(one=IDS, other=IDS, item=IDS)
def test_every_tenants_key_begins_with_its_workspace_and_with_no_other(
    noun: str, one: str, other: str, item: str
) -> None:
    build = (OWN | BESIDE)[noun]
    key = build(one, item)
    assert key.pk == f"W#{one}" or key.pk.startswith(f"W#{one}#")
    assert keys.workspace_of(key) == one
    if one != other:
        assert build(other, item).pk != key.pk


@given(ws=IDS, item=IDS)
def test_no_two_nouns_share_a_place(ws: str, item: str) -> None:
    places = [build(ws, item) for build in (OWN | BESIDE).values()]
    assert len(set(places)) == len(places)


@given(ws=IDS)
def test_no_shelf_of_one_workspace_is_anothers_or_a_slots(ws: str) -> None:
    assert keys.shelf(ws, "INBOX") != keys.shelf(f"{ws}x", "INBOX")
    assert not keys.slot_shelf("x-0").startswith("W#")


@given(ws=IDS, items=st.lists(IDS, min_size=1, max_size=60))
def test_a_workspaces_due_items_lie_on_two_shards_of_sixteen(ws: str, items: list[str]) -> None:
    used = {keys.due_shard(ws, item) for item in items}
    assert len(used) <= 2
    assert used <= set(keys.all_due_shards())
    assert len(keys.all_due_shards()) == 16


def test_workspaces_spread_over_all_shards() -> None:
    used = Counter(keys.due_shard(f"workspace{ws}", f"item{n}") for ws in range(400) for n in range(4))
    assert set(used) == set(keys.all_due_shards())
    assert max(used.values()) < 3 * min(used.values())


@given(seconds=st.integers(0, 10**8), noun=st.sampled_from(["variant", "interaction", "review", "digest"]))
def test_what_is_due_sorts_by_time_and_says_whose_it_is(seconds: int, noun: str) -> None:
    sort = keys.due_sort(AT + timedelta(microseconds=seconds), noun)
    assert keys.due_noun(sort) == noun
    assert sort < keys.due_sort(AT + timedelta(microseconds=seconds + 1), "a")


@given(micros=st.integers(0, 10**8), account=IDS)
def test_a_place_in_a_line_tells_the_time_the_noun_and_the_account(micros: int, account: str) -> None:
    at = AT + timedelta(microseconds=micros)
    sort = keys.due_sort(at, "variant", account)
    assert (keys.due_at(sort), keys.due_noun(sort), keys.due_account(sort)) == (at, "variant", account)
    assert sort <= keys.due_upto(at)
    assert sort > keys.due_upto(at - timedelta(microseconds=1))


def test_a_place_that_an_older_release_wrote_tells_no_account() -> None:
    assert keys.due_account(keys.due_sort(AT, "variant")) is None


@given(ws=IDS, account=IDS)
def test_an_accounts_line_lies_on_one_of_its_workspaces_shards(ws: str, account: str) -> None:
    assert keys.due_shard(ws, account) in keys.due_shards_of(ws)
    assert 1 <= len(keys.due_shards_of(ws)) <= 2


@given(ws=IDS, client=IDS)
def test_a_clients_budget_lies_in_no_tenants_partition(ws: str, client: str) -> None:
    assert keys.app_budget(client).pk == keys.INSTALLATION_PK
    assert keys.app_budget(client) != keys.budget(ws, client)


@given(account=IDS, platform=st.sampled_from(["x", "reddit", "mastodon", "bluesky"]))
def test_an_account_is_polled_in_one_of_its_platforms_slots(account: str, platform: str) -> None:
    assert keys.slot_of(platform, account) in keys.slots_of(platform)


def test_versions_and_revisions_sort_by_number() -> None:
    assert keys.body("w", "p.0", 9).sk < keys.body("w", "p.0", 10).sk
    assert keys.content("w", "i", 9).sk < keys.content("w", "i", 10).sk
    assert keys.said("w", "c", AT, "i", 9).sk < keys.said("w", "c", AT, "i", 10).sk < keys.said("w", "c", AT, "j", 1).sk


def test_a_days_answers_are_counted_by_the_day_in_utc() -> None:
    evening = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    assert keys.answers_of_day("w", "a", AT) == keys.answers_of_day("w", "a", evening)
    assert keys.answers_of_day("w", "a", AT) != keys.answers_of_day("w", "a", evening + timedelta(seconds=1))
