"""The YAML of a guideline: what is unsafe is refused before it is built, and every fault has its line."""

from __future__ import annotations

import time

import pytest

from chalicelib.domain.guideline import Guideline, breaches
from chalicelib.domain.guideline_document import InvalidGuideline, Problem
from chalicelib.services import guidelines_yaml, reply_words
from chalicelib.signals.reading import read

SMALL = """name: Ours
languages: [en]
clauses:
  - id: rude
    wording: No insults.
    when: {labels: {insult: 700}}
    action: review
    severity: 1
    reason: somebody is insulted
"""


def problem(text: str) -> Problem:
    with pytest.raises(InvalidGuideline) as caught:
        guidelines_yaml.parse(text, version="v")
    return caught.value.problems[0]


def test_the_starter_guideline_holds_its_own_examples_and_survives_storage() -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    assert Guideline.from_record(starter.to_record()) == starter
    assert all(clause.must_match or clause.when.kinds for clause in starter.clauses)


@pytest.mark.parametrize("name", sorted(reply_words.shipped()))
def test_our_own_replies_may_go_out_under_the_starter_guideline(name: str) -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    for one in reply_words.shipped()[name].wordings:
        assert breaches(starter, read(reply_words.honest(one.words, {}, starter.answers.honest))) == ()


def test_what_the_starter_guideline_forbids_us_to_say_is_named() -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    assert [clause.id for clause in breaches(starter, read("You are an idiot and I will kill you"))] == [
        "threat",
        "insult",
    ]


def test_a_small_guideline_is_read() -> None:
    assert guidelines_yaml.parse(SMALL, version="v9").version == "v9"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (SMALL.replace("severity: 1", "severity: 9"), 8, "less than or equal to 3"),
        (SMALL + "surprise: 1\n", 10, "not permitted"),
        (SMALL.replace("action: review", "action: explode"), 7, "should be"),
        (SMALL + "    reason: again\n", 10, "twice"),
        (SMALL.replace("name: Ours", "name: &a Ours"), 1, "anchors"),
        (SMALL.replace("name: Ours", "name: *a"), 1, "anchors"),
        (SMALL.replace("name: Ours", "name: !!python/object:os.system Ours"), 1, "tags"),
        (SMALL.replace("name: Ours", "1: Ours"), 1, "key must be text"),
        (SMALL.replace("name: Ours", "? [a]\n: Ours"), 1, "key must be text"),
        (SMALL.replace("languages: [en]", "languages: [en"), 3, "expected"),
        (SMALL.replace("languages: [en]", "languages: [no]"), 2, "string"),
        (SMALL + "---\nname: second\n", 10, "document"),
        (SMALL.replace("insult: 700", "insult: 0.7"), 6, "integer"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, words: str) -> None:
    found = problem(text)
    assert found.line == line, found
    assert words in found.detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[]",
        "a: \x00",
        "\ud800",
        "[" * 60_000,
        "{a: " * 15_000,
        "- " * 30_000,
        "a: &a [1]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "x" * (guidelines_yaml.MAX_BYTES + 1),
        "é" * (guidelines_yaml.MAX_BYTES // 2 + 1),
        "a: 9999-99-99\n",
        "a: 1:99999999999999999999\n",
        "a: 0b\n",
    ],
)
def test_bombs_and_nonsense_are_refused_quickly(text: str) -> None:
    begun = time.process_time()
    problem(text)
    assert time.process_time() - begun < 1.0


def test_nesting_is_bounded() -> None:
    deep = guidelines_yaml.MAX_DEPTH
    assert "deeper" in problem("[" * (deep + 1) + "]" * (deep + 1)).detail
    assert "deeper" not in problem("[" * deep + "]" * deep).detail


def test_a_failing_example_names_its_clause_and_line_but_not_its_words() -> None:
    found = problem(SMALL + "    must_match:\n      - what a kind word\n")
    assert found.line == 11
    assert "clause rude does not fire" in found.detail
    assert "kind word" not in found.detail
