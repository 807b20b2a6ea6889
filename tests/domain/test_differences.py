"""What changed is told so that both versions can be read out of it, and quickly however long they are."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.differences import Changed, Kind, Piece, between, moved, words
from chalicelib.domain.post import Attachment, Body, Part, Under

_SENTENCES = st.lists(
    st.sampled_from(["a", "b ", "c\n", "dé", "  ", "!", "👩\u200d🚀", "\u0301", "longer"]), max_size=30
)


@given(_SENTENCES.map("".join) | st.text(max_size=60), _SENTENCES.map("".join) | st.text(max_size=60))
def test_both_versions_can_be_read_out_of_it(before: str, after: str) -> None:
    pieces = words(before, after)
    assert "".join(one.text for one in pieces if one.kind is not Kind.NEW) == before
    assert "".join(one.text for one in pieces if one.kind is not Kind.GONE) == after
    assert all(one.text for one in pieces)
    if before == after:
        assert all(one.kind is Kind.SAME for one in pieces)


def test_one_word_is_told_as_one_word() -> None:
    assert words("Come on Monday, all of you", "Come on Tuesday, all of you") == (
        Piece(Kind.SAME, "Come on "),
        Piece(Kind.GONE, "Monday"),
        Piece(Kind.NEW, "Tuesday"),
        Piece(Kind.SAME, ", all of you"),
    )


def test_however_long_it_is_told_quickly() -> None:
    for before, after in [
        ("a " * 20_000, "b " * 20_000),
        ("a b " * 10_000, "b a " * 10_000),
        ("a\n" * 20_000, "b\n" * 20_000),
        ("x" * 40_000, "y" * 40_000),
        (" ".join(map(str, range(7000))), " ".join(map(str, range(7000, 0, -1)))),
    ]:
        began = time.monotonic()
        pieces = words(before, after)
        assert time.monotonic() - began < 2
        assert "".join(one.text for one in pieces if one.kind is not Kind.NEW) == before
        assert "".join(one.text for one in pieces if one.kind is not Kind.GONE) == after


def test_every_field_in_which_two_bodies_differ_is_named() -> None:
    before = Body("Hello", title="Old", pictures=(Attachment("m1", "a door"),), rest=(Part("One"), Part("Two")))
    after = Body("Hello", community="c", language="en", pictures=(Attachment("m1", "a window"),), rest=(Part("Uno"),))
    assert between(before, before) == ()
    assert between(before, after) == (
        Changed("title", before="Old"),
        Changed("community", after="c"),
        Changed("language", after="en"),
        Changed("pictures", before="m1: a door", after="m1: a window"),
        Changed("rest/0/text", (Piece(Kind.GONE, "One"), Piece(Kind.NEW, "Uno"))),
        Changed("rest/1/text", (Piece(Kind.GONE, "Two"),)),
    )
    under = Body("Hello", rest=(Part("One", under=Under.FIRST),))
    assert between(Body("Hello", rest=(Part("One"),)), under) == (
        Changed("rest/0/under", before="previous", after="first"),
    )


def test_a_move_is_told_in_both_times() -> None:
    told = moved(datetime(2026, 11, 21, 9, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC), "Europe/Berlin")
    assert told == Changed("time", before="2026-11-21T09:00:00Z", after="2026-11-22T09:00:00Z (Europe/Berlin)")
