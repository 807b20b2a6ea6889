"""The YAML of a guideline: what is unsafe is refused before it is built, and every fault has its line."""

from __future__ import annotations

import json
import time

import pytest

from chalicelib.domain.guideline import Direction, Guideline, breaches
from chalicelib.domain.guideline_document import InvalidGuideline, Problem
from chalicelib.domain.labels import URGENT, TriageAction
from chalicelib.domain.when import AuthorTest, ThreadTest, TimeTest
from chalicelib.services import guidelines_yaml, reply_words
from chalicelib.signals.reading import read
from tests.services.guiding import SMALL


def problem(text: str) -> Problem:
    with pytest.raises(InvalidGuideline) as caught:
        guidelines_yaml.parse(text, version="v")
    return caught.value.problems[0]


def test_the_starter_guideline_holds_its_own_examples_and_survives_storage() -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    assert Guideline.from_record(starter.to_record()) == starter
    assert all(clause.must_match or clause.when.kinds for clause in starter.clauses)


def test_there_is_a_guideline_to_begin_with_for_each_kind_of_house() -> None:
    assert set(guidelines_yaml.starters()) == {"starter", "support-desk", "game-community", "public-body"}
    assert not guidelines_yaml.parse(guidelines_yaml.starter(), version="starter").moderates


@pytest.mark.parametrize("name", guidelines_yaml.starters())
def test_every_starter_holds_its_examples_in_both_directions_and_escalates_what_is_urgent(name: str) -> None:
    one = guidelines_yaml.parse(guidelines_yaml.starters()[name], version=name)
    assert Guideline.from_record(one.to_record()) == one
    assert any(clause.concerns(Direction.OUTGOING) and clause.must_match for clause in one.clauses)
    escalated = {
        label for clause in one.clauses if clause.action is TriageAction.ESCALATE for label in clause.when.labels
    }
    assert escalated >= URGENT
    assert all(clause.must_match for clause in one.clauses if clause.when.reads)


@pytest.mark.parametrize(
    ("name", "text", "clause"),
    [
        ("support-desk", "Do not worry, we will refund you today", "no-promised-money"),
        ("support-desk", "Write to ann.other@mail.example", "no-personal-data"),
        ("game-community", "We promise it is out on Friday!!!", "calm-tone"),
        ("public-body", "Good news: your application is approved", "no-ruling-in-public"),
    ],
)
def test_what_a_starter_forbids_us_to_say_is_named(name: str, text: str, clause: str) -> None:
    one = guidelines_yaml.parse(guidelines_yaml.starters()[name], version=name)
    assert clause in [broken.id for broken in breaches(one, read(text))]


@pytest.mark.parametrize("name", sorted(reply_words.shipped()))
@pytest.mark.parametrize("house", guidelines_yaml.starters())
def test_our_own_replies_may_go_out_under_every_starter_guideline(name: str, house: str) -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starters()[house], version=house)
    for one in reply_words.shipped()[name].wordings:
        assert breaches(starter, read(reply_words.honest(one.words, {}, starter.answers.honest))) == ()


def test_what_the_starter_guideline_forbids_us_to_say_is_named() -> None:
    starter = guidelines_yaml.parse(guidelines_yaml.starter(), version="starter")
    assert [clause.id for clause in breaches(starter, read("You are an idiot and I will kill you"))] == [
        "threat",
        "insult",
    ]


PATTERN = SMALL.replace("when: {labels: {insult: 700}}", "when:\n      patterns: ['ok', 'PUT']")


@pytest.mark.parametrize(
    ("text", "place", "clause", "words"),
    [
        (PATTERN.replace("PUT", "(a+)+(?=b)"), (7, 24), "rude", "character 8: looking ahead"),
        (PATTERN.replace("PUT", "((a{50}){50}){50}"), (7, 24), "rude", "too large"),
        (PATTERN.replace("PUT", "Caps"), (7, 24), "rude", "character 1: texts are compared without case"),
        (PATTERN.replace("PUT", "a*"), (7, 24), "rude", "every text"),
        (SMALL.replace("insult", "joy"), (6, 21), "rude", "should be"),
        (SMALL + "    mood: bad\n", (10, 5), "rude", "not permitted"),
        (SMALL.replace("{insult: 700}", "{insult: 700, insult: 800}"), (6, 34), None, "twice"),
        (SMALL.replace("when: {", "when: &w {") + "    more: *w\n", (6, 11), None, "anchors"),
        (SMALL.replace("name: Ours", "name: !include other.yaml"), (1, 7), None, "included"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n", (1, 4), None, "anchors"),
        ("# " + "x" * guidelines_yaml.MAX_BYTES, (1, 1), None, "64 KB"),
        (SMALL.replace("{labels: {insult: 700}}", "{kinds: [reply], time: {}}"), (6, 28), "rude", "asks for nothing"),
        (SMALL.replace("{insult: 700}", "{insult: 700}, kinds: [scream]"), (6, 43), "rude", "none of this name"),
        (SMALL.replace("{insult: 700}", "{insult: 700}, platforms: [myspace]"), (6, 47), "rude", "none of this name"),
        (SMALL.replace("{insult: 700}", "{insult: 700}, time: {from: '25:00'}"), (6, 42), "rude", "no time of the day"),
        (SMALL.replace("name: Ours", 'name: "\\u202eOurs"'), (1, 1), None, "control characters"),
        (SMALL.replace("somebody is insulted", '"a\\0b"'), (9, 5), "rude", "control characters"),
        (SMALL + 'answers: {honest: "automatic \\u202e"}\n', (10, 11), None, "control characters"),
        (SMALL.replace("somebody is insulted", '"\\ud800"'), (9, 5), "rude", "unicode"),
        (SMALL.replace("700", "9" * 5000), (6, 29), None, "no text, number or date"),
        (SMALL.replace("700", ".nan"), (6, 21), "rude", "integer"),
        (SMALL + "thresholds: {low: .nan, auto: .inf}\n", (10, 14), None, "integer"),
        (SMALL + "<<: {a: 1}\n", (10, 1), None, "no text, number or date"),
        (SMALL + "extends: starter\n", (10, 1), None, "not permitted"),
        (SMALL + SMALL.partition("clauses:\n")[2], (10, 5), "rude", "two clauses are called 'rude'"),
        (SMALL.replace("review", "moderate\n    moderate: ban"), (8, 5), "rude", "should be"),
        (SMALL.replace("review", "moderate"), (4, 5), "rude", "what is done"),
        (SMALL + "    notify: praise\n", (10, 5), "rude", "no notice of this name"),
        (SMALL + "    notify: true\n", (10, 5), "rude", "or false where nobody is told"),
        (
            SMALL.replace("review", "moderate\n    moderate: hide\n    notify: notice-lock"),
            (9, 5),
            "rude",
            "another act",
        ),
        (
            SMALL.replace("review", "moderate\n    moderate: mute\n    notify: notice-hide"),
            (9, 5),
            "rude",
            "of 'mute'",
        ),
        (SMALL + "    applies_to: outgoing\n    notify: false\n", (11, 5), "rude", "of our own words"),
    ],
)
def test_every_fault_names_its_place_its_clause_and_its_mend(
    text: str, place: tuple[int, int], clause: str | None, words: str
) -> None:
    found = problem(text)
    assert words in found.detail
    assert (found.line, found.column) == place
    assert found.clause == clause
    assert found.mend


@pytest.mark.parametrize(("written", "read"), [("false", False), ("notice-hide", "notice-hide"), ("ours", "ours")])
def test_a_clause_says_whether_the_member_is_told_and_in_which_words(written: str, read: str | bool) -> None:
    one = guidelines_yaml.parse(SMALL + f"    notify: {written}\n", version="v", replies={"praise", "ours"})
    assert one.clauses[0].notify == read
    record = json.loads(json.dumps(one.to_record()))
    assert Guideline.from_record(record) == one
    assert guidelines_yaml.parse(SMALL, version="v").clauses[0].notify is None


def test_a_guideline_knows_people_hours_and_places() -> None:
    more = """    author: {first_message: true, known_less_than_days: 7}
      thread: {human_touched: false, messages_at_least: 3}
      time: {days: [sat, sun], from: "22:00", to: 07:00}
      communities: [Games]
      languages: [en]
"""
    one = guidelines_yaml.parse(SMALL.replace("when: {labels: {insult: 700}}\n", f"when:\n  {more}"), version="v")
    when = one.clauses[0].when
    assert when.author == AuthorTest(first_message=True, known_less_than_days=7)
    assert when.thread == ThreadTest(human_touched=False, messages_at_least=3)
    assert when.time == TimeTest((5, 6), 22 * 60, 7 * 60)
    assert (when.communities, when.languages) == (("games",), ("en",))


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
        "a: &a [*a]\n",
        "? " * 30_000,
        "'" * 60_000,
        ":" * 60_000,
        "---\n" * 15_000,
        "a: !!binary aGVsbG8=\n",
        "a: 0x" + "f" * 60_000,
        "=: =\n",
        "%YAML 9.9\n---\na: 1\n",
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
