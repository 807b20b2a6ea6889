"""What is said where KMS refuses or the record has lost a data key; nothing is held then, and nothing made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest

from chalicelib.adapters import seals
from chalicelib.ports import Condition, EngineBusy, EngineUnusable, Item, Key, PortError
from tests.adapters.installation import (
    CONTEXT,
    FIFTEEN_MINUTES,
    SECRET,
    Installation,
    Tables,
    installation,
    kms_answers,
    sealed_as_before,
)


@pytest.fixture
def here() -> Iterator[Installation]:
    with installation() as made:
        yield made


# --- KMS refuses -----------------------------------------------------------------------------------------------------

REFUSALS = [
    ("ThrottlingException", 400, EngineBusy),
    ("KMSInternalException", 500, EngineBusy),
    ("DisabledException", 400, EngineUnusable),
    ("AccessDeniedException", 400, EngineUnusable),
]


@pytest.mark.parametrize(("code", "status", "error"), REFUSALS, ids=str)
def test_a_refusal_is_said_and_nothing_is_held(
    here: Installation, code: str, status: int, error: type[PortError]
) -> None:
    old, sealed = sealed_as_before(here, SECRET, CONTEXT), here.process().seal(SECRET, CONTEXT)
    vault = here.process()
    asks: Sequence[Callable[[], Any]] = (
        lambda: vault.open(sealed, CONTEXT),
        lambda: vault.open(old, CONTEXT),
        lambda: vault.seal(SECRET, CONTEXT),
    )
    with kms_answers(code, status):
        for ask in (*asks, *asks):
            with pytest.raises(error, match="KMS key") as said:
                ask()
            assert "canary" not in str(said.value)
    assert vault.open(sealed, CONTEXT) == SECRET
    assert vault.open(old, CONTEXT) == SECRET


@pytest.mark.parametrize(("code", "status", "error"), REFUSALS, ids=str)
def test_a_refused_first_data_key_leaves_nothing_behind(
    here: Installation, code: str, status: int, error: type[PortError]
) -> None:
    vault = here.process()
    with kms_answers(code, status), pytest.raises(error, match="KMS key"):
        vault.seal(SECRET, CONTEXT)
    assert here.table.get(here.place) is None
    assert here.process().open(vault.seal(SECRET, CONTEXT), CONTEXT) == SECRET


def test_a_disabled_key_is_felt_within_fifteen_minutes_by_a_process_that_holds_the_data_key(here: Installation) -> None:
    vault = here.process()
    sealed = vault.seal(SECRET, CONTEXT)
    with kms_answers("DisabledException"):
        here.clock.turn(FIFTEEN_MINUTES - 1)
        assert vault.open(sealed, CONTEXT) == SECRET
        here.clock.turn(1)
        for ask in (lambda: vault.open(sealed, CONTEXT), lambda: vault.seal(SECRET, CONTEXT)):
            with pytest.raises(EngineUnusable, match="DisabledException"):
                ask()


@pytest.mark.parametrize("error", [EngineBusy, EngineUnusable])
def test_a_record_that_does_not_answer_says_so_itself(here: Installation, error: type[PortError]) -> None:
    class Down(Tables):
        down = True

        def get(self, key: Key) -> Item | None:
            if self.down:
                raise error("the table is down")
            return super().get(key)

        def put(self, item: Item, when: Condition | None = None) -> None:
            if self.down:
                raise error("the table is down")
            super().put(item, when)

    table = Down(here.table)
    vault = here.process(table)
    sealed = here.process().seal(SECRET, CONTEXT)
    for ask in (lambda: vault.open(sealed, CONTEXT), lambda: vault.seal(SECRET, CONTEXT)):
        with pytest.raises(error, match="the table is down"):
            ask()
    table.down = False
    assert vault.open(sealed, CONTEXT) == SECRET


# --- the record lost a data key --------------------------------------------------------------------------------------


def test_a_data_key_that_is_gone_is_named_and_never_made_anew_by_opening(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    item = here.item
    here.table.delete(here.place)
    vault = here.process()
    with pytest.raises(EngineUnusable, match=rf"{here.place.sk}\) is gone; put that item back"):
        vault.open(sealed, CONTEXT)
    assert here.table.get(here.place) is None
    here.table.put(item)
    assert vault.open(sealed, CONTEXT) == SECRET


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "no text", "a number", "no field"])
def test_a_damaged_data_key_is_named(here: Installation, damage: str) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    item = here.item
    blob = seals.from_ascii(item["sealed"])
    here.table.put(
        {
            "flip": {**item, "sealed": seals.to_ascii(blob[:-1] + bytes([blob[-1] ^ 1]))},
            "cut": {**item, "sealed": item["sealed"][:-1]},
            "empty": {**item, "sealed": ""},
            "no text": {**item, "sealed": "é"},
            "a number": {**item, "sealed": 7},
            "no field": {"pk": item["pk"], "sk": item["sk"]},
        }[damage]
    )
    vault = here.process()
    for ask in (lambda: vault.open(sealed, CONTEXT), lambda: vault.seal(SECRET, CONTEXT)):
        with pytest.raises(EngineUnusable, match="is damaged"):
            ask()
    here.table.put(item)
    assert vault.open(sealed, CONTEXT) == SECRET


def test_a_data_key_that_was_made_anew_is_not_taken_for_the_lost_one(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    item = here.item
    here.table.delete(here.place)
    here.process().seal(SECRET, CONTEXT)
    with pytest.raises(EngineUnusable, match="is not the one under which this was sealed"):
        here.process().open(sealed, CONTEXT)
    here.table.put(item)
    assert here.process().open(sealed, CONTEXT) == SECRET


def test_a_data_key_does_not_serve_in_anothers_place(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    item = here.item
    here.clock.turn(timedelta(days=90).total_seconds())
    here.process().seal(SECRET, CONTEXT)
    here.table.put({**here.item, "sealed": item["sealed"]})
    with pytest.raises(EngineUnusable, match="is damaged"):
        here.process().seal(SECRET, CONTEXT)
    # Nor the data key of one old secret, whoever may have been able to write it there.
    old = sealed_as_before(here, SECRET, CONTEXT)
    here.table.put({**here.item, "sealed": old.split(":")[1]})
    with pytest.raises(EngineUnusable, match="is damaged"):
        here.process().seal(SECRET, CONTEXT)
    assert here.process().open(sealed, CONTEXT) == SECRET


def test_an_epoch_that_nobody_began_is_a_lost_data_key(here: Installation) -> None:
    # Forged: whoever can write texts into the record can also take a data key away.
    parts = here.process().seal(SECRET, CONTEXT).split(":")
    named = f"kms2:2001-01-01:{parts[2]}"
    forged = ":".join([named, f"{crc32(named.encode()):08x}", *parts[4:]])
    with pytest.raises(EngineUnusable, match="2001-01-01"):
        here.process().open(forged, CONTEXT)
