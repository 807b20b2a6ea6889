"""What a noun leaves out or packs so that it stays small, and that nothing is lost by it, old items among them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.items import item_size
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.post import Remote
from chalicelib.domain.rationale import Actor
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.packing import packed, unpacked
from chalicelib.store.store import Store
from tests.store.samples import SAMPLES

PACKED_BY_1 = "z1:!{%Dtc>tVVL2gb=0p^(!U<q5SP@JEe3NFHwYHI-"
PACKED_BY_2 = "z2:!xn6~8^w6bV<lW}0XKp{6;v(4W^<$3S^x"
PACKED_BY_3 = "z3:!xkpEyBm0GIwka2#_k4lBQz%f00"
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def event(noun: Any, name: str) -> AuditEvent:
    return AuditEvent(noun.workspace, f"{name}:{noun.id}", "create", AT, Actor("operator"), "why", None, "here")


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_key_tells_is_not_kept_twice_and_is_read_back(name: str) -> None:
    repository = getattr(Store(SqliteTable(":memory:")), name)
    noun = SAMPLES[name]
    key = repository.key(noun.workspace, noun.id)
    said = event(noun, repository.noun)
    repository.create(noun, said)
    kept = repository.table.get(key)
    assert not {"id", "workspace"} & set(kept), "the key tells both"
    assert [set(one) & {"workspace", "subject"} for one in kept["events"]] == [set()]
    found = repository.get(noun.workspace, noun.id)
    assert found == noun
    assert found.events == (said,)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_an_older_release_kept_in_full_is_read_and_changed(name: str) -> None:
    repository = getattr(Store(SqliteTable(":memory:")), name)
    noun = SAMPLES[name]
    key = repository.key(noun.workspace, noun.id)
    first, second = event(noun, repository.noun), event(noun, repository.noun)
    whole = {**encode(noun), "rev": 1, "events": [first.fields()]}
    repository.table.put({"pk": key.pk, "sk": key.sk, **whole})
    before = repository.get(noun.workspace, noun.id)
    assert before == noun
    repository.save(before, before, second)
    after = repository.get(noun.workspace, noun.id)
    assert after == noun
    assert after.events == (first, second)


def test_an_event_about_something_else_keeps_what_it_says() -> None:
    repository = Store(SqliteTable(":memory:")).posts
    noun = SAMPLES["posts"]
    said = AuditEvent("elsewhere", "variant:other", "create", AT, Actor("operator"), "why")
    repository.create(noun, said)
    found = repository.get(noun.workspace, noun.id)
    assert found is not None
    assert found.events == (said,)


@pytest.mark.parametrize(
    "value",
    [{}, {"id": "1"}, {"why": "“Öffnen” 🔒", "n": [1, None, True, {"a": "b" * 5000}]}],
    ids=["nothing", "little", "much"],
)
def test_what_is_packed_is_read_back(value: dict[str, Any]) -> None:
    assert unpacked(packed(value)) == value


def test_packing_makes_small() -> None:
    remote = Remote(
        "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l00000000002",
        "https://bsky.app/profile/did:plc:z72i7hdynmk6r22z27h6tvur/post/3l00000000002",
        "bafyreib2rxk3rh6kzwq2dkqwmc7lr3vbpiqmhzdwm3rdpbcgxxuvf3rr6u",
    )
    assert item_size({"remote": packed(encode(remote))}) <= 0.75 * item_size({"remote": encode(remote)})
    assert decode(Remote, unpacked(packed(encode(remote)))) == remote


def test_what_was_packed_with_each_dictionary_is_read_for_ever() -> None:
    """A dictionary that changes by one byte makes what was packed with it unreadable: these are such texts."""
    said = {"action": "ignore", "rationale": {"why": "Clause spam: it advertises something"}}
    assert unpacked(PACKED_BY_1) == said
    assert unpacked(PACKED_BY_2) == said | {"figures": {"labels": {"spam": 850}, "p_auto": 72}}
    assert unpacked(PACKED_BY_3) == said | {"figures": {"language": "en", "p_auto": 72, "likely": 999}}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("z0:abc", TypeError),
        ("2", TypeError),
        ("z1:0", ValueError),
        ("z1:\n", ValueError),
        ("z2:0", ValueError),
        ("z3:0", ValueError),
    ],
)
def test_a_damaged_text_is_not_read_as_something_else(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        unpacked(text)


def test_an_older_record_is_marked_before_anything_is_written_that_an_older_release_cannot_read() -> None:
    table = SqliteTable(":memory:")
    table.put({"pk": keys.SCHEMA.pk, "sk": keys.SCHEMA.sk, "version": 1})
    Store(table).open()
    item = table.get(keys.SCHEMA)
    assert item is not None
    assert item["version"] == keys.SCHEMA_VERSION == 4
