"""The document of a guideline: every fault is named with its place, and its own examples must hold."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.guideline import Direction
from chalicelib.domain.guideline_document import InvalidGuideline, Problem, build
from chalicelib.domain.labels import Label, Signals, TriageAction


def read(text: str) -> Signals:
    """A reader that finds an insult wherever it says `bad`, and praise wherever it says `good`."""
    labels = {Label.INSULT: 900} if "bad" in text.lower() else {Label.PRAISE: 900} if "good" in text.lower() else {}
    return Signals(labels, (), "en", "test", plain=text.lower())


def document(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Ours",
        "languages": ["en"],
        "answers": {"replies": {"praise": "praise"}},
        "clauses": [rude(), {**rude("thanks"), "action": "answer", "when": {"labels": {"praise": 800}}}],
        **fields,
    }


def rude(name: str = "rude", **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "wording": "No insults.",
        "when": {"labels": {"insult": 700}},
        "action": "review",
        "severity": 1,
        "reason": "somebody is insulted",
        **fields,
    }


def problems(given: object, **extra: Any) -> tuple[Problem, ...]:
    with pytest.raises(InvalidGuideline) as caught:
        build(given, version="v", read=read, replies=["praise"], **extra)
    return caught.value.problems


def test_a_document_becomes_a_guideline() -> None:
    one = build(document(), version="v7", read=read, replies=["praise"])
    assert one.version == "v7"
    assert [clause.id for clause in one.clauses] == ["rude", "thanks"]
    assert one.clauses[0].applies_to is Direction.INCOMING
    assert one.clauses[1].action is TriageAction.ANSWER
    assert one.answers.replies == {Label.PRAISE: "praise"}


def test_phrases_are_folded_by_the_reader_of_texts() -> None:
    one = build(
        document(clauses=[rude(when={"phrases": ["Hold The   Line!"]})]), version="v", read=read, replies=["praise"]
    )
    assert one.clauses[0].when.phrases == ("hold the line",)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/name"),
        (document(surprise=1), "/surprise"),
        (document(languages=["de"]), "/languages"),
        (document(languages="en"), "/languages"),
        (document(clauses=[]), "/clauses"),
        (document(clauses=[rude(severity=9)]), "/clauses/0/severity"),
        (document(clauses=[rude(severity="1")]), "/clauses/0/severity"),
        (document(clauses=[rude(action="explode")]), "/clauses/0/action"),
        (document(clauses=[rude(when={})]), "/clauses/0/when"),
        (document(clauses=[rude(when={"labels": {"joy": 500}})]), "/clauses/0/when/labels/joy"),
        (document(clauses=[rude(when={"labels": {"insult": 0.5}})]), "/clauses/0/when/labels/insult"),
        (document(clauses=[rude(when={"phrases": ["!!"]})]), "/clauses/0/when/phrases/0"),
        (document(clauses=[rude(action="ignore")]), "/clauses/0/when/labels"),
        (document(clauses=[rude(id="Not A Slug")]), "/clauses/0/id"),
        (document(clauses=[rude(reason="two\nlines")]), "/clauses/0/reason"),
        (document(clauses=[rude(), rude()]), "/clauses/1/id"),
        (document(answers={"replies": {"praise": "nowhere"}}), "/answers/replies/praise"),
        (document(answers={"replies": {"complaint": "praise"}}), "/answers/replies"),
        (document(answers={"replies": {}}), "/clauses/1/when/labels"),
        (document(answers={"replies": {"praise": "praise"}, "honest": "Yours, Ann"}), "/answers/honest"),
        (document(thresholds={"low": 501}), "/thresholds/low"),
        (document(thresholds={"auto": 499}), "/thresholds/auto"),
        (document(thresholds={"auto": 1001}), "/thresholds/auto"),
    ],
)
def test_a_fault_is_named_with_its_pointer(given: object, pointer: str) -> None:
    assert pointer in [problem.pointer for problem in problems(given)]


def test_all_faults_are_named_at_once() -> None:
    found = problems(document(clauses=[rude(severity=9), rude("b", action="explode")], surprise=1))
    assert {one.pointer for one in found} == {"/clauses/0/severity", "/clauses/1/action", "/surprise"}


@pytest.mark.parametrize(
    ("examples", "pointer", "words"),
    [
        ({"must_match": ["you are bad", "you are kind"]}, "/clauses/0/must_match/1", "clause rude does not fire"),
        ({"must_not_match": ["you are bad"]}, "/clauses/0/must_not_match/0", "clause rude fires"),
    ],
)
def test_an_example_that_does_not_hold_names_its_clause(examples: dict[str, Any], pointer: str, words: str) -> None:
    (found,) = problems(document(clauses=[rude(**examples)]))
    assert (found.pointer, found.clause) == (pointer, "rude")
    assert words in found.detail
    assert "you are" not in found.detail


def test_examples_of_an_outgoing_clause_are_read_as_outgoing() -> None:
    outgoing = rude(applies_to="outgoing", must_match=["bad"], must_not_match=["fine"])
    assert build(document(clauses=[outgoing]), version="v", read=read, replies=["praise"])


def test_the_place_of_a_missing_key_is_that_of_what_it_is_missing_from() -> None:
    broken = rude()
    del broken["reason"]
    (found,) = problems(document(clauses=[broken]), positions={"": (1, 1), "/clauses/0": (7, 5)})
    assert (found.pointer, found.line, found.column) == ("/clauses/0/reason", 7, 5)
    assert str(found).startswith("line 7, column 5: /clauses/0/reason")
