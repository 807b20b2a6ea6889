"""Prepared texts and mentions: what is put in is put in as it is, and nothing is said that nobody meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.likeness import Likeness, gist, likeness
from chalicelib.domain.mentions import Handle, bare, folded, mentioned, names
from chalicelib.domain.texts import BrokenText, Text, Unfilled, Wording, filled, places

ADA = Handle("h1", "w", "Ada Lovelace", {"x": "ada", "mastodon": "ada@social.example"})
BOOK = {folded(ADA.name): ADA}


def test_places_are_filled_and_braces_said() -> None:
    assert places("{event} on {date}, {event}! {{not this}}") == ("event", "date")
    assert filled("{event} on {date}! {{{event}}}", {"event": "Fair", "date": "Monday", "more": "?"}) == (
        "Fair on Monday! {Fair}"
    )


def test_what_is_put_in_is_never_read_again() -> None:
    assert filled("{a}{b}", {"a": "{b}", "b": "{a} @[Ada]"}) == "{b}{a} @[Ada]"


@pytest.mark.parametrize(
    ("template", "at"), [("a { b", 2), ("}", 0), ("{Name}", 0), ("{}", 0), ("{a.b}", 0), ("{a!r}", 0), ("{{a}", 3)]
)
def test_a_brace_that_stands_alone_is_told_with_its_place(template: str, at: int) -> None:
    with pytest.raises(BrokenText) as told:
        filled(template, {"a": "x", "b": "y"})
    assert told.value.at == at


def test_every_place_that_lacks_something_is_named() -> None:
    with pytest.raises(Unfilled) as told:
        filled("{a} {b} {c}", {"b": ""})
    assert told.value.names == ("a", "c")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_come_through_whole(before: str, given_: str) -> None:
    plain = before.replace("{", "{{").replace("}", "}}")
    assert filled(plain + "{it}", {"it": given_}) == before + given_


def test_the_nearest_wording_of_a_language() -> None:
    text = Text("t1", "w", "Open", (Wording("de", "Offen"), Wording("en-GB", "Open"), Wording("pt", "Aberto")))
    said = {asked: text.wording(asked).words for asked in ("en", "EN-gb", "pt-BR", "DE-at", "fr", None)}
    assert said == {"en": "Open", "EN-gb": "Open", "pt-BR": "Aberto", "DE-at": "Offen", "fr": "Offen", None: "Offen"}


def test_one_mention_is_each_platforms_handle() -> None:
    said = "Thanks @[ada  LOVELACE], and @[Ada Lovelace]!"
    assert names(said) == ("ada lovelace",)
    assert mentioned(said, "x", "@", BOOK).text == "Thanks @ada, and @ada!"
    assert mentioned(said, "mastodon", "@", BOOK).text == "Thanks @ada@social.example, and @ada@social.example!"


def test_without_a_handle_the_plain_name_is_said_and_told() -> None:
    found = mentioned("Thanks @[ada lovelace]!", "reddit", "u/", BOOK)
    assert (found.text, found.plain) == ("Thanks Ada Lovelace!", ("Ada Lovelace",))


def test_nothing_is_mentioned_by_an_address_or_a_bare_at() -> None:
    assert (
        mentioned("a@[b, @ada and mail@desk.example @[]", "x", "@", {}).text == "a@[b, @ada and mail@desk.example @[]"
    )


@pytest.mark.parametrize(
    ("typed", "sign", "kept"),
    [
        ("@ada", "@", "ada"),
        (" ada ", "@", "ada"),
        ("/u/ada", "u/", "ada"),
        ("U/ada", "u/", "ada"),
        ("ada@b.c", "@", "ada@b.c"),
    ],
)
def test_a_handle_is_kept_bare(typed: str, sign: str, kept: str) -> None:
    assert bare(typed, sign) == kept


DOZEN = "Our shop in the old town opens again on Monday at nine"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (DOZEN, DOZEN.upper() + "!!!", Likeness.SAME),
        ("Read https://a.example/x?utm_source=x now", "read https://a.example/x now", Likeness.SAME),
        ("Read https://a.example/x", "Read https://a.example/y", None),
        (DOZEN, DOZEN.replace("Monday", "Tuesday"), Likeness.NEARLY),
        (DOZEN, "Our shop in the new town closes for good on Friday at noon", None),
        ("Good morning", "Good evening", None),
        ("!!!", "???", None),
        ("", "", None),
    ],
)
def test_what_a_reader_would_take_for_the_same(one: str, other: str, alike: Likeness | None) -> None:
    assert likeness(gist(one), gist(other)) is alike
    assert likeness(gist(other), gist(one)) is alike
