"""Splitting: each part within its count, nothing lost but white space at the seams, no word or link cut."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.splitting import Unsplittable, split
from connectors.contract import Draft
from connectors.registry import length
from connectors.text import graphemes

NUMBER = re.compile(r" \d+/\d+\Z")


def within(most: int, later: int | None = None) -> object:
    return lambda part, place: len(part) <= (most if place == 0 or later is None else later)


def cut(text: str, most: int, *, numbered: bool = False, parts: int = 25) -> tuple[str, ...]:
    return split(text, within(most), parts, numbered=numbered)  # type: ignore[arg-type]


def bare(parts: Sequence[str]) -> list[str]:
    return [NUMBER.sub("", one) for one in parts] if len(parts) > 1 else list(parts)


def test_what_fits_stays_whole_and_has_no_number() -> None:
    assert cut(" Hello there ", 11, numbered=True) == ("Hello there",)


def test_a_part_ends_where_a_reader_pauses() -> None:
    assert cut("One two. Three four five", 14) == ("One two.", "Three four", "five")
    assert cut("A sentence. Another\none\n\ntwo", 24) == ("A sentence. Another\none", "two")
    assert cut("one two three four", 9) == ("one two", "three", "four")


def test_parts_are_numbered_and_the_number_counts() -> None:
    parts = cut("alpha beta gamma delta", 11, numbered=True)
    assert parts == ("alpha 1/4", "beta 2/4", "gamma 3/4", "delta 4/4")
    many = cut("word " * 60, 12, numbered=True, parts=99)
    assert many[0] == "word 1/60"
    assert all(len(one) <= 12 for one in many)


def test_a_link_is_never_cut_nor_the_words_of_one() -> None:
    link = "https://ours.example/日本語のながいみち"
    assert cut(f"Look at {link} now please", 31) == ("Look at", link, "now please")
    marked = "[many words here](https://ours.example/a_(b))"
    assert marked in cut(f"Look at {marked} now", len(marked))


def test_a_text_without_spaces_ends_between_ideographs() -> None:
    text = "東京で会いましょう。明日は晴れです。"
    parts = cut(text, 10)
    assert parts == ("東京で会いましょう。", "明日は晴れです。")


def test_a_later_part_may_have_less_room() -> None:
    parts = split("one two three four five", within(13, 9), 9, numbered=False)  # type: ignore[arg-type]
    assert parts == ("one two three", "four five")


@pytest.mark.parametrize(("text", "at"), [("short " + "x" * 30, 6), ("👩‍👩‍👧‍👦" * 9, 0)])
def test_a_word_that_no_part_can_hold_is_told_with_its_place(text: str, at: int) -> None:
    with pytest.raises(Unsplittable) as told:
        cut(text, 20)
    assert told.value.at == at


def test_more_parts_than_a_reader_follows_are_refused() -> None:
    with pytest.raises(Unsplittable):
        cut("word " * 60, 12, parts=25)


_pieces = st.sampled_from(
    [
        *("word", "a", "Sentence.", "Really?", "\n", "\n\n", " ", "  ", "(aside)"),
        *("https://ours.example/a/b", "[a b](https://b.example)"),
        *("日本", "。", "カタカナ", "か\u3099", "\U0001f469\u200d\U0001f467", "e\u0301", "한국어"),
    ]
)
_texts = st.lists(_pieces, min_size=1, max_size=60).map(" ".join) | st.lists(_pieces, min_size=1, max_size=25).map(
    "".join
)


@given(_texts, st.booleans(), st.integers(34, 90))
def test_nothing_is_lost_and_everything_fits(text: str, numbered: bool, most: int) -> None:
    try:
        parts = cut(text, most, numbered=numbered, parts=200)
    except Unsplittable:
        return
    assert all(len(one) <= most for one in parts)
    whole, position = text.strip(), 0
    for part in bare(parts) if numbered else parts:
        rest = whole[position:]
        assert rest.lstrip().startswith(part)
        position += len(rest) - len(rest.lstrip()) + len(part)
    assert not whole[position:].strip()
    assert sum(graphemes(one) for one in re.split(r"\s+", whole)) == sum(
        graphemes(one) for part in (bare(parts) if numbered else parts) for one in re.split(r"\s+", part)
    )


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_by_the_platforms_own_count(platform: str) -> None:
    text = "A sentence with a link https://ours.example/a/long/path/that/counts and an emoji 👩‍👧. " * 12
    most = {"x": 280, "mastodon": 500, "bluesky": 300}[platform]
    parts = split(text, lambda part, _: length(platform, Draft(part)) <= most, 25)
    assert 2 < len(parts) <= 25
    assert all(length(platform, Draft(one)) <= most for one in parts)
    assert all(length(platform, Draft(one)) > most // 2 for one in parts[:-1])
