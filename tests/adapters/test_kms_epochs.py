"""One data key for the installation: how often KMS is asked, who makes the data key, what is sealed under it."""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters import seals
from chalicelib.adapters.aws.kms import epoch_of
from chalicelib.ports import Condition, Item, Key, SealBroken
from chalicelib.store import keys
from tests.adapters.engines import client
from tests.adapters.installation import (
    CONTEXT,
    FIFTEEN_MINUTES,
    SECRET,
    Installation,
    NoTable,
    Tables,
    installation,
    sealed_as_before,
)


@pytest.fixture
def here() -> Iterator[Installation]:
    with installation() as made:
        yield made


# --- how often KMS is asked ------------------------------------------------------------------------------------------


def test_a_thousand_secrets_take_one_call_of_kms(here: Installation) -> None:
    vault = here.process()
    texts = [vault.seal(b"%d" % number, {"owner": str(number)}) for number in range(1000)]
    assert here.asked == {"GenerateDataKey": 1}
    here.asked.clear()
    vault = here.process()
    for number, text in enumerate(texts):
        assert vault.open(text, {"owner": str(number)}) == b"%d" % number
    vault.seal(SECRET, CONTEXT)
    assert here.asked == {"Decrypt": 1}


def test_after_fifteen_minutes_kms_is_asked_again(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    vault = here.process()
    here.asked.clear()
    for seconds, calls in [(0, 1), (FIFTEEN_MINUTES - 1, 1), (1, 2), (FIFTEEN_MINUTES - 1, 2), (1, 3)]:
        here.clock.turn(seconds)
        assert vault.open(sealed, CONTEXT) == SECRET
        assert here.asked["Decrypt"] == calls


def test_sealing_asks_again_after_fifteen_minutes_too(here: Installation) -> None:
    vault = here.process()
    for seconds, calls in [(0, 0), (FIFTEEN_MINUTES - 1, 0), (1, 1)]:
        here.clock.turn(seconds)
        vault.seal(SECRET, CONTEXT)
        assert (here.asked["GenerateDataKey"], here.asked["Decrypt"]) == (1, calls)


def test_the_fifteen_minutes_begin_before_kms_answers(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)

    class Slow(Tables):
        def get(self, key: Key) -> Item | None:
            found = super().get(key)
            here.clock.turn(60)
            return found

    vault = here.process(Slow(here.table))
    vault.open(sealed, CONTEXT)
    here.asked.clear()
    here.clock.turn(FIFTEEN_MINUTES - 60)
    vault.open(sealed, CONTEXT)
    assert here.asked == {"Decrypt": 1}


def test_threads_that_open_at_once_share_one_call(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    vault, start = here.process(), threading.Barrier(8)
    here.asked.clear()

    def opened(_: int) -> bytes:
        start.wait()
        return vault.open(sealed, CONTEXT)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(8))) == [SECRET] * 8
    assert here.asked == {"Decrypt": 1}


def test_of_the_first_format_only_so_many_data_keys_are_held(here: Installation) -> None:
    texts = [sealed_as_before(here, SECRET, {"owner": str(number)}) for number in range(257)]
    vault = here.process()
    for number, text in enumerate(texts):
        vault.open(text, {"owner": str(number)})
    here.asked.clear()
    vault.open(texts[256], {"owner": "256"})
    assert here.asked == {}
    vault.open(texts[0], {"owner": "0"})
    assert here.asked == {"Decrypt": 1}


# --- who makes the data key ------------------------------------------------------------------------------------------


def test_processes_that_begin_an_epoch_at_once_agree(here: Installation) -> None:
    everybody = threading.Barrier(2)

    class Racing(Tables):
        """Lets nobody go on before both have seen that there is no data key."""

        seen = False

        def get(self, key: Key) -> Item | None:
            found = super().get(key)
            if not self.seen:
                self.seen = True
                everybody.wait(10)
            return found

    vaults = [here.process(Racing(here.table)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda vault: vault.seal(SECRET, CONTEXT), vaults))
    assert here.asked == {"GenerateDataKey": 2, "Decrypt": 1}
    for vault in (*vaults, here.process()):
        assert [vault.open(text, CONTEXT) for text in texts] == [SECRET] * 2


def test_a_put_whose_answer_was_lost_is_known_by_what_lies_there(here: Installation) -> None:
    class Again(Tables):
        def put(self, item: Item, when: Condition | None = None) -> None:
            super().put(item, when)
            super().put(item, when)  # as botocore does; the second finds the first

    sealed = here.process(Again(here.table)).seal(SECRET, CONTEXT)
    assert here.process().open(sealed, CONTEXT) == SECRET


def test_a_new_epoch_begins_every_ninety_days_and_the_old_one_stays_readable(here: Installation) -> None:
    begun = datetime.fromisoformat(epoch_of(here.clock.now())).replace(tzinfo=UTC)
    vault, texts = here.process(), []
    for at in (begun, begun + timedelta(days=90, microseconds=-1), begun + timedelta(days=90)):
        here.clock.moment = at
        texts.append(vault.seal(SECRET, CONTEXT))
    first, last, next_ = (text.split(":")[1] for text in texts)
    assert first == last == begun.date().isoformat()
    assert next_ == (begun + timedelta(days=90)).date().isoformat()
    assert here.asked["GenerateDataKey"] == 2
    assert [here.process().open(text, CONTEXT) for text in texts] == [SECRET] * 3
    items = here.table.query(keys.INSTALLATION_PK, prefix="VAULT#").items
    assert [one["sk"] for one in items] == [f"VAULT#{first}", f"VAULT#{next_}"]
    assert items[0]["sealed"] != items[1]["sealed"]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)))
def test_every_moment_lies_in_an_epoch_that_began_less_than_ninety_days_ago(now: datetime) -> None:
    begun = datetime.fromisoformat(epoch_of(now)).replace(tzinfo=UTC)
    assert timedelta(0) <= now - begun < timedelta(days=90)
    assert epoch_of(begun) == epoch_of(now)


# --- what is sealed --------------------------------------------------------------------------------------------------


def test_a_text_names_its_format_and_epoch_and_no_two_share_a_salt(here: Installation) -> None:
    vault = here.process()
    parts = [vault.seal(SECRET, CONTEXT).split(":") for _ in range(20)]
    assert {tuple(one[:2]) for one in parts} == {("kms2", epoch_of(here.clock.now()))}
    assert len({one[4] for one in parts}) == 20


@pytest.mark.parametrize("changed", [{"workspace": "W2"}, {"kind": "session"}, {"owner": "A2"}, {"more": ""}], ids=str)
@pytest.mark.parametrize("of_old", [False, True], ids=["kms2", "kms1"])
def test_a_text_opens_under_its_own_context_only(here: Installation, changed: dict[str, str], of_old: bool) -> None:
    sealed = sealed_as_before(here, SECRET, CONTEXT) if of_old else here.process().seal(SECRET, CONTEXT)
    vault = here.process()
    for _ in range(2):
        with pytest.raises(SealBroken):
            vault.open(sealed, {**CONTEXT, **changed})
        assert vault.open(sealed, CONTEXT) == SECRET
    # Of the first format KMS itself refuses another context, also while the data key is held for the right one.
    assert here.asked["Decrypt"] == (3 if of_old else 1)


def test_the_context_is_bound_twice(here: Installation) -> None:
    # By the secret's own key and beside the text: neither alone opens it.
    key, other = b"k" * 32, {**CONTEXT, "owner": "A2"}
    salt = seals.new_salt()
    text = seals.locked(seals.derived(key, salt, CONTEXT), SECRET, "label", CONTEXT)
    assert seals.unlocked(seals.derived(key, salt, CONTEXT), text, "label", CONTEXT) == SECRET
    for of_key, beside in [(CONTEXT, other), (other, CONTEXT)]:
        with pytest.raises(SealBroken):
            seals.unlocked(seals.derived(key, salt, of_key), text, "label", beside)


def test_a_secrets_key_is_that_of_rfc_5869() -> None:
    key, salt = b"k" * 32, seals.new_salt()
    extracted = hmac.digest(salt, key, "sha256")
    assert seals.derived(key, salt, CONTEXT) == hmac.digest(extracted, seals.canonical(CONTEXT) + b"\x01", "sha256")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(st.data())
def test_no_byte_of_a_text_can_be_changed(here: Installation, data: st.DataObject) -> None:
    vault = here.process()
    secret = data.draw(st.binary(max_size=40))
    sealed = vault.seal(secret, CONTEXT)
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.one_of(st.sampled_from("0123456789abcdefABC:-_=. \n"), st.characters()))
    changed = sealed[:place] + other + sealed[place + 1 :]
    if changed != sealed:
        with pytest.raises(SealBroken):
            vault.open(changed, CONTEXT)


def test_a_damaged_name_of_an_epoch_is_a_broken_seal_and_costs_no_request(here: Installation) -> None:
    sealed = here.process().seal(SECRET, CONTEXT)
    here.asked.clear()
    for place in range(len("kms2:2026-01-01:00000000:00000000:")):
        for other in "0123456789abcdef:-":
            changed = sealed[:place] + other + sealed[place + 1 :]
            if changed != sealed:
                with pytest.raises(SealBroken):
                    here.process(NoTable()).open(changed, CONTEXT)
    assert here.asked == {}


def test_a_part_of_one_text_does_not_pass_in_another(here: Installation) -> None:
    vault = here.process()
    one, other = (vault.seal(SECRET, CONTEXT).split(":") for _ in range(2))
    for place in (4, 5):
        mixed = [*one[:place], other[place], *one[place + 1 :]]
        with pytest.raises(SealBroken):
            vault.open(":".join(mixed), CONTEXT)


def test_a_text_of_the_first_format_without_a_data_key_asks_nobody(here: Installation) -> None:
    for sealed in ("kms1::AAAA", "kms1:A:AAAA", "kms1:é:AAAA"):
        with pytest.raises(SealBroken):
            here.process(NoTable()).open(sealed, CONTEXT)
    assert here.asked == {}


def test_what_was_sealed_before_opens_as_before(here: Installation) -> None:
    sealed = sealed_as_before(here, SECRET, CONTEXT)
    vault = here.process(NoTable())
    for _ in range(3):
        assert vault.open(sealed, CONTEXT) == SECRET
    assert here.asked == {"Decrypt": 1}
    here.clock.turn(FIFTEEN_MINUTES)
    assert vault.open(sealed, CONTEXT) == SECRET
    assert here.asked == {"Decrypt": 2}


# --- nothing shows ---------------------------------------------------------------------------------------------------


def test_no_key_and_no_secret_shows(here: Installation, caplog: pytest.LogCaptureFixture) -> None:
    opened: list[bytes] = []

    def keep(parsed: Any, **_: Any) -> None:
        opened.append(parsed["Plaintext"])

    events = client("kms").meta.events
    events.register("after-call.kms.GenerateDataKey", keep)
    try:
        vault = here.process()
        sealed = vault.seal(SECRET, CONTEXT)
    finally:
        events.unregister("after-call.kms.GenerateDataKey", keep)
    shown = [repr(vault), repr(vars(vault)), repr(vars(vault._held)), caplog.text, sealed, repr(here.item)]
    with pytest.raises(SealBroken) as broken:
        vault.open(sealed[:-4], CONTEXT)
    shown.append(repr(broken.value))
    (key,) = opened
    for secret in (key, SECRET):
        for shape in (secret.hex(), base64.b64encode(secret).decode(), seals.to_ascii(secret), repr(secret)[2:-1]):
            assert not [one for one in shown if shape in one]
