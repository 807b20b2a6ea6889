"""The words of automatic replies: honest, short enough for everywhere, and able to do nothing but put in what is named."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.domain.answers import Answers
from chalicelib.domain.reply_template import ReplyTemplate, version_of
from chalicelib.domain.texts import Wording
from chalicelib.services import reply_words
from chalicelib.services.reply_words import MissingFact

FACTS = {"brand": "North Harbour", "platform": "Mastodon", "account": "north", "help_url": None}


@pytest.mark.parametrize("name", sorted(reply_words.shipped()))
def test_every_reply_says_that_it_is_automatic_offers_a_person_and_fits_everywhere(name: str) -> None:
    for one in reply_words.shipped()[name].wordings:
        text = reply_words.honest(one.words, FACTS, Answers().honest)
        assert text.endswith(Answers().honest)
        assert text.isascii(), "each character then weighs 1 on X"
        assert len(text) <= 280
        assert len(reply_words.honest(one.words, FACTS, "a" * 120)) <= 280


def test_what_is_shipped_may_be_kept_by_a_workspace_too() -> None:
    every = [*reply_words.shipped().values(), *reply_words.mediating().values()]
    assert [
        reply_words.faults(one.words) for each in every for one in each.wordings if reply_words.faults(one.words)
    ] == []


@pytest.mark.parametrize(
    ("words", "line", "part"),
    [
        ("Hello {{ member }}", 1, "no such variable"),
        ("Hello\n{{ brand.upper() }}", 2, "calls"),
        ("{{ brand.__class__ }}", 1, "reaches into"),
        ("{{ brand['x'] }}", 1, "reaches into"),
        ("{{ ''.__class__.__mro__ }}", 1, "reaches into"),
        ("{{ lipsum() }}", 1, "calls"),
        ("a\nb\n{% for x in brand %}{{ x }}{% endfor %}", 3, "repeats"),
        ("{% set brand = 1 %}", 1, "may not do"),
        ("{% include 'email/digest/body.txt' %}", 1, "may not do"),
        ("{{ brand ~ account }}", 1, "may not do"),
        ("{{ 7 * 7 }}", 1, "may not do"),
        ("{{ brand | replace('a', 'b') }}", 1, "no such filter"),
        ("{{ brand | trim('x') }}", 1, "no such filter"),
        ("{{ brand | nosuch }}", 1, "no such filter"),
        ("fine\n{{ brand", 2, "no template"),
        ("{% if brand %}", 1, "no template"),
        ("{% macro x() %}{% endmacro %}", 1, "may not do"),
        ("{% autoescape false %}{{ brand }}{% endautoescape %}", 1, "may not do"),
        ("{{ 'a' * 10 ** 9 }}", 1, "may not do"),
        ("{{ 9 ** 9 ** 9 }}", 1, "may not do"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", 1, "repeats"),
        ("{{ brand | attr('__class__') }}", 1, "no such filter"),
        ("{{ self }}", 1, "no such variable"),
        ("{% extends 'x' %}", 1, "may not do"),
        ("{% if brand %}" * 3000 + "x" + "{% endif %}" * 3000, 1, "nested too deep"),
        ("{# nothing #}  ", 1, "says nothing"),
        ("{% if not brand %}x{% endif %}", 1, "says nothing"),
        ("{{ " + "(" * 1500 + "brand" + ")" * 1500 + " }}", 1, ""),
    ],
)
def test_what_may_not_stand_in_a_reply_is_named_with_its_line(words: str, line: int, part: str) -> None:
    found = reply_words.faults(words)
    assert found
    assert found[0].line == line
    assert part in found[0].detail
    assert found[0].fix


def test_it_puts_in_what_there_is_and_leaves_out_what_there_is_not() -> None:
    words = "{{ brand | upper }} on {{ platform }} (@{{ account }}).{% if help_url %} Help: {{ help_url }}{% endif %}"
    assert reply_words.faults(words) == []
    assert reply_words.filled(words, FACTS) == "NORTH HARBOUR on Mastodon (@north)."
    with_help = FACTS | {"help_url": "https://help.example"}
    assert reply_words.filled(words, with_help).endswith("Help: https://help.example")


@pytest.mark.parametrize(
    "words", ["{{ help_url }}", "{{ help_url | upper }}", "{% if not help_url %}{{ help_url }}{% endif %}"]
)
def test_what_there_is_none_of_is_an_error_not_a_hole(words: str) -> None:
    with pytest.raises(MissingFact, match="help_url"):
        reply_words.filled(words, FACTS)


def test_a_value_is_never_read_as_a_template_and_stays_on_its_line() -> None:
    text = reply_words.filled("{{ brand }}!", FACTS | {"brand": "{{ 7 * 7 }}\r\n\u202eevil"})
    assert text == "{{ 7 * 7 }} [U+202E]evil!"


def test_wordings_take_turns_and_an_interaction_keeps_its_own() -> None:
    wordings = tuple(
        Wording(language, words) for language, words in [("en", "a"), ("en-GB", "b"), ("de", "c"), ("en", "d")]
    )
    template = ReplyTemplate("thanks", "w", wordings, version_of(wordings))
    chosen = [template.chosen("en", f"interaction-{number}") for number in range(300)]
    assert chosen == [template.chosen("en", f"interaction-{number}") for number in range(300)]
    counts = Counter(one.words for one in chosen if one is not None)
    assert set(counts) == {"a", "b", "d"}
    assert min(counts.values()) > 60
    assert template.chosen("de-AT", "any") == Wording("de", "c")
    assert template.chosen("fr", "any") is None
