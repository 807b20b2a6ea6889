"""Bluesky's spelling: what stands out in a text, how long it is, and the names of the protocol, by the reference's own lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bluesky.facets import facets, handles
from connectors.bluesky.record import made_at, record, tid, written_time
from connectors.bluesky.syntax import address, is_did, is_handle, is_nsid, is_record_key, is_tid, owner
from connectors.contract import Draft
from connectors.shape import moment
from connectors.text import graphemes
from tests.connectors.kit import NOW
from tests.corpus import corpus

RULES: dict[str, Callable[[str], bool]] = {
    "handle": is_handle,
    "did": is_did,
    "atidentifier": lambda text: is_handle(text) or is_did(text),
    "nsid": is_nsid,
    "recordkey": is_record_key,
    "tid": is_tid,
    "aturi": lambda text: address(text) is not None,
}


def lines(name: str) -> list[str]:
    """The cases of a list: its lines as they are, white space included."""
    text = (corpus() / f"conformance/bluesky/interop-syntax/{name}.txt").read_bytes().decode()
    found = [line for line in text.split("\n") if line and not line.startswith("#")]
    assert found
    return found


@pytest.mark.parametrize("kind", RULES)
def test_the_lists_agree_on_what_is_spelt_well(kind: str) -> None:
    assert [line for line in lines(f"{kind}_syntax_valid") if not RULES[kind](line)] == []
    assert [line for line in lines(f"{kind}_syntax_invalid") if RULES[kind](line)] == []


def test_every_valid_time_is_read_and_no_odd_one_is_an_error() -> None:
    assert [line for line in lines("datetime_syntax_valid") if moment(line) is None] == []
    assert [line for line in lines("datetime_parse_invalid") if moment(line) is not None] == []
    for line in lines("datetime_syntax_invalid"):  # other servers send these: read where they can mean but one thing
        told = moment(line)
        assert told is None or told.tzinfo is not None


def test_a_time_that_is_read_is_the_time_that_was_meant() -> None:
    meant = datetime(1985, 4, 12, 23, 20, 50, tzinfo=UTC)
    for line in lines("datetime_syntax_valid"):
        if line.startswith("1985-04-12T23:20:50") and line.endswith("Z"):
            assert abs(moment(line) - meant) < timedelta(seconds=1), line  # type: ignore[operator]


def test_the_times_that_we_write_are_read_as_they_were_meant() -> None:
    for n in range(50):
        made = made_at(tid("s", NOW + timedelta(microseconds=n * 7919)))
        text = written_time(made)
        assert len(text) == len("1985-04-12T23:20:50.123Z")
        assert moment(text) == made.replace(microsecond=made.microsecond // 1000 * 1000)


def test_the_owner_of_a_record_is_in_its_address() -> None:
    assert owner("at://did:plc:a/app.bsky.feed.post/3k") == "did:plc:a"
    assert owner("record(3)") == owner("") == ""


# --- facets -----------------------------------------------------------------------------------------------------------


def test_mentions_have_the_byte_offsets_of_the_reference(recorded: Callable[[str], Any]) -> None:
    """The reference's cases put the handle where the DID belongs; so does this test."""
    cases = recorded("conformance/bluesky/detect_facets_cases.json")["cases"]

    def mentions(found: Any) -> list[tuple[int, int, str]]:
        flat = [(it.get("index", it), it["features"][0]) for it in found]
        return [(i["byteStart"], i["byteEnd"], f["did"]) for i, f in flat if f["$type"].endswith("#mention")]

    wrong, seen = {}, 0
    for case in cases:
        text, expected = case["input"], mentions(case["facets_without_handle_resolution"])
        seen += len(expected)
        if mentions(facets(text, {handle: handle for handle in handles(text)})) != expected:
            wrong[text] = expected
    assert seen >= 10
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hi @Ada.Example.org!", ["ada.example.org"]),
        ("@a.test and @a.test, @b.test.", ["a.test", "b.test"]),
        ("me@mail.example.org", []),
        ("@ada", []),
        ("@ada.invalidtld", []),
        ("@-ada.org (@bea.org)", ["bea.org"]),
        ("@" + "a" * 64 + ".org", []),
    ],
)
def test_handles_by_hand(text: str, found: list[str]) -> None:
    assert handles(text) == found


def test_only_whom_somebody_is_known_to_be_is_mentioned() -> None:
    text = "🎉 @Ada.org, @nobody.org and https://ada.org #ada"
    found = facets(text, {"ada.org": "did:plc:ada"})
    kinds = [it["features"][0]["$type"].rpartition("#")[2] for it in found]
    assert kinds == ["mention", "link", "tag"]
    start, end = found[0]["index"]["byteStart"], found[0]["index"]["byteEnd"]
    assert text.encode()[start:end].decode() == "@Ada.org"
    assert found[0]["features"][0]["did"] == "did:plc:ada"


def test_the_record_holds_what_the_draft_was_told() -> None:
    key, text = tid("s", NOW), "hello @ada.org"
    assert "facets" not in record(Draft(text), key)
    named = record(Draft(text, named={"ada.org": "did:plc:ada"}), key)
    assert named["facets"][0]["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:ada"}]


def test_lengths_agree_with_the_reference(recorded: Callable[[str], Any]) -> None:
    cases = recorded("conformance/bluesky/lengths_oracle.json")["cases"]
    assert len(cases) >= 15
    for case in cases:
        assert graphemes(case["text"]) == case["graphemes"], case["text"]
        assert len(case["text"].encode()) == case["utf8_bytes"], case["text"]
