"""The verdict over a killed run finds a loss, a double and an untrue record, and counts who waits for a person apart."""

from __future__ import annotations

import pytest

from benchmarks.kill9.verdict import of_messages, of_posts

A, B = ("x", "mark-00001"), ("reddit", "mark-00001")


def test_owed_and_standing_once_is_kept() -> None:
    verdict = of_posts({A, B}, {A: "published", B: "published"}, {A: 1, B: 1})
    assert verdict.kept
    assert (verdict.untrue, verdict.to_person) == ((), 0)


@pytest.mark.parametrize("state", ["published", "scheduled", "sending", "failed", "missed", "held", "cancelled"])
def test_owed_and_not_standing_is_lost_whatever_the_record_says(state: str) -> None:
    verdict = of_posts({A}, {A: state}, {})
    assert verdict.lost == (f"mark-00001 on x is {state} and does not stand",)
    assert not verdict.kept


def test_owed_and_not_on_record_is_lost() -> None:
    assert "not on record" in of_posts({A}, {}, {}).lost[0]


@pytest.mark.parametrize("standing", [{}, {A: 1}])
def test_what_waits_for_a_person_is_neither_lost_nor_twice(standing: dict[tuple[str, str], int]) -> None:
    verdict = of_posts({A}, {A: "needs_review"}, standing)
    assert verdict.kept
    assert verdict.to_person == 1


@pytest.mark.parametrize("state", ["published", "needs_review"])
@pytest.mark.parametrize("owed", [{A}, set()])
def test_standing_twice_is_twice_whoever_asked(owed: set[tuple[str, str]], state: str) -> None:
    verdict = of_posts(owed, {A: state}, {A: 2})
    assert verdict.twice == ("mark-00001 on x stands 2 times",)
    assert not verdict.kept


def test_what_was_never_acknowledged_is_not_owed_but_must_be_true() -> None:
    assert of_posts(set(), {A: "scheduled"}, {}).kept
    assert of_posts(set(), {A: "published"}, {}).untrue
    assert of_posts(set(), {}, {A: 1}).lost, "it stands, and the record knows nothing of it"


def test_what_stands_and_is_still_on_its_way_is_untrue() -> None:
    assert of_posts({A}, {A: "sending"}, {A: 1}).untrue == ("mark-00001 on x stands and is sending",)


def test_every_message_is_heard_once_and_answered_at_most_once() -> None:
    said = {"message-00001", "message-00002"}
    heard = {"message-00001": ["answered"], "message-00002": ["in_review"]}
    assert of_messages(said, heard, {"message-00001": 1}, 0).kept
    assert of_messages(said, {"message-00001": ["answered"]}, {"message-00001": 1}, 0).lost
    assert of_messages(said, heard, {}, 0).lost, "the record says answered, and no answer stands"
    assert of_messages(said, heard, {"message-00001": 2}, 0).twice
    assert of_messages(said, heard | {"message-00002": ["in_review", "new"]}, {"message-00001": 1}, 0).twice
    waiting = of_messages(said, heard | {"message-00001": ["answering"]}, {}, 1)
    assert waiting.kept
    assert (len(waiting.untrue), waiting.to_person) == (1, 1)
