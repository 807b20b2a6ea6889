"""What a save leaves in the item, and reading several at once; on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.ports import ConditionFailed
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.store.samples import AT, INTERACTION, MINUTE, VARIANT, WS, event


def test_a_field_that_became_none_is_gone_from_the_item(store: Store) -> None:
    variant = store.variants.create(replace(VARIANT, owner="worker", reason="why"), event())
    store.variants.save(variant, replace(variant, owner=None), event())
    item = store.table.get(keys.variant(WS, variant.id))
    assert item is not None
    assert "owner" not in item
    assert item["reason"] == "why"


def test_what_a_later_release_wrote_beside_it_survives_a_save(store: Store) -> None:
    variant = store.variants.create(VARIANT, event())
    item = store.table.get(keys.variant(WS, variant.id))
    assert item is not None
    store.table.put({**item, "of_a_later_release": "kept"})
    store.variants.save(variant, replace(variant, reason="why"), event())
    item = store.table.get(keys.variant(WS, variant.id))
    assert item is not None
    assert item["of_a_later_release"] == "kept"


def test_a_change_and_what_follows_from_it_are_written_together_or_not_at_all(store: Store) -> None:
    variant = store.variants.create(VARIANT, event())
    known = store.interactions.create(INTERACTION, event("known"))
    change = store.variants.changed(variant, replace(variant, reason="why"), event())
    with pytest.raises(ConditionFailed) as failed:
        store.write([change, store.interactions.created(known, event("again"))])
    assert failed.value.index == 1
    assert store.variants.get(WS, variant.id) == variant
    store.write([change])
    assert store.variants.get(WS, variant.id) == store.variants.advanced(
        variant, replace(variant, reason="why"), event()
    )


def test_many_are_read_in_the_order_asked_without_those_that_are_gone(store: Store) -> None:
    made = [store.variants.create(replace(VARIANT, id=f"p1.{n}"), event()) for n in range(3)]
    asked = [keys.variant(WS, f"p1.{n}") for n in (2, 7, 0, 1)]
    assert store.variants.get_many(asked) == [made[2], made[0], made[1]]


def test_a_list_goes_on_where_its_page_ended(store: Store) -> None:
    for number in range(5):
        at = AT + number * MINUTE
        store.interactions.create(replace(INTERACTION, id=f"i{number}", created_at=at), event())
    found, after = [], None
    while True:
        page = store.interactions.listed(keys.shelf(WS, "INBOX"), limit=2, after=after, newest_first=True)
        found += [one.id for one in page.items]
        after = page.after
        if after is None:
            break
    assert found == ["i4", "i3", "i2", "i1", "i0"]


def test_two_posts_variants_do_not_meet_in_a_query(store: Store) -> None:
    for variant_id in ("p1.0", "p1.1", "p2.0"):
        store.variants.create(replace(VARIANT, id=variant_id, post=variant_id[:2]), event())
    found = store.variants.queried(keys.post(WS, "p1").pk, "VARIANT#")
    assert [one.id for one in found.items] == ["p1.0", "p1.1"]
