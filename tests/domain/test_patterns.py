"""Patterns: they find what `re` finds, in steps linear in the text whatever the pattern, and say what they do not take."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import patterns
from chalicelib.domain.patterns import Pattern, PatternRefused, compiled

LETTERS = "ab_1é. \n-"
ONES = [
    "a",
    "b",
    "é",
    "1",
    r"\.",
    ".",
    r"\d",
    r"\w",
    r"\s",
    r"\W",
    r"\D",
    "[ab]",
    "[^a]",
    "[a-b1_]",
    r"[\s\-]",
    r"\b",
    r"\B",
]


@st.composite
def some_pattern(draw: st.DrawFn, depth: int = 3) -> str:
    if not depth or draw(st.booleans()):
        return draw(st.sampled_from(ONES))
    kind = draw(st.sampled_from(["row", "choice", "times"]))
    inner = some_pattern(depth=depth - 1)
    if kind == "times":
        times = draw(st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{2,}", "{0,2}"]))
        return f"(?:{draw(inner)}){times}"
    parts = draw(st.lists(inner, min_size=2, max_size=3))
    return "".join(f"(?:{part})" for part in parts) if kind == "row" else f"({'|'.join(parts)})"


def taken(source: str) -> Pattern | None:
    try:
        return compiled(source)
    except PatternRefused:
        return None


@given(some_pattern(), st.text(alphabet=LETTERS, max_size=12))
def test_a_pattern_is_found_where_re_finds_it(source: str, text: str) -> None:
    pattern = taken(source)
    if pattern is None:
        assert re.search(source, "") or r"\b" in source.lower()  # it asks for nothing, or for an edge of a word
        return
    wanted = re.search(source, text)
    found = pattern.search(text)
    assert (found is None) is (wanted is None)
    if found is not None and wanted is not None:
        assert found[0] == wanted.start()
        assert found[1] >= wanted.end()
        assert pattern.search(text) == found


@pytest.mark.parametrize(
    ("source", "text", "span"),
    [
        (r"\bcheap (pills|watches)\b", "buy cheap watches now", (4, 17)),
        (r"t\.me/\w+", "join t.me/free_coins!", (5, 20)),
        (r"\d{3}-\d{4}", "call 555-1234", (5, 13)),
        (r"abcd|bc", "abcd", (0, 4)),
        (r"go+al", "gooooal", (0, 7)),
    ],
)
def test_it_tells_where_it_stands(source: str, text: str, span: tuple[int, int]) -> None:
    assert compiled(source).search(text) == span


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"(a+)+b", "a" * 5_000),
        (r"(a|a)*b", "a" * 5_000),
        (r"(a|aa)+c", "a" * 5_000),
        (r"(.*)(.*)(.*)(.*)x", "y" * 5_000),
        (r"(\w+\s?)*!", "word " * 1_000),
        (r"(a?){30}a{30}", "a" * 29),
        (r"(a|b)*a(a|b){14}c", "ab" * 200 + "aabbbababaabbabaab" * 200),
        (r"(x+x+)+y", "x" * 5_000),
    ],
)
def test_no_pattern_costs_more_than_its_size_for_each_character(source: str, text: str) -> None:
    compiled.cache_clear()
    pattern = compiled(source)
    pattern.search(text)
    most = 2 * (len(text) + 1) * (patterns.MAX_SIZE + 1)
    assert pattern.steps <= most
    whole = pattern.steps
    compiled.cache_clear()
    half = compiled(source)
    half.search(text[: len(text) // 2])
    assert whole <= 2 * half.steps + 2 * (patterns.MAX_SIZE + 1), "twice the text costs more than twice"


def test_what_is_kept_has_a_limit() -> None:
    pattern = compiled(r"(a|b)*a(a|b){12}c")
    text = "".join("ab"[(number * 2_654_435_761 >> 7) & 1] for number in range(20_000))
    assert pattern.search(text) is None
    assert sum(len(one.on) for one in pattern._backward._states.values()) <= patterns.MAX_KEPT


@pytest.mark.parametrize(
    ("source", "at", "words"),
    [
        (r"(?=a)b", 3, "looking ahead"),
        (r"(a)\1", 5, "not known"),
        (r"a+?", 3, "repeated twice"),
        (r"a**", 3, "repeated twice"),
        (r"*a", 1, "nothing before it"),
        (r"^a", 1, "anywhere"),
        (r"a$", 2, "anywhere"),
        (r"(a", 1, "never closed"),
        (r"a)", 2, "closes nothing"),
        (r"[a", 1, "never closed"),
        (r"[]a", 3, "hold nothing"),
        (r"[z-a]", 4, "no range"),
        (r"a{2,1}", 2, "no number"),
        (r"a{x}", 2, "no number"),
        (r"a{51}", 2, "between 1 and 50"),
        ("a\\", 2, "backslash"),
        (r"a*", 1, "every text"),
        (r"\b", 1, "every text"),
        (r"", 1, "every text"),
        ("a" * 201, 201, "more than 200"),
        (r"((a{50}){50}){50}", 1, "too large"),
        ("(" * 21 + "a" + ")" * 21, 22, "deep"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_place_and_its_mend(source: str, at: int, words: str) -> None:
    with pytest.raises(PatternRefused) as caught:
        compiled(source)
    assert words in caught.value.detail
    assert caught.value.at == at
    assert caught.value.mend
