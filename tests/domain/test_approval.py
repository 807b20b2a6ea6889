"""Whose words need whose yes, and what a yes is bound to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import approval
from chalicelib.domain.access import Role
from chalicelib.domain.approval import ApprovalRule, after_edit, agree, stands, why_not
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.post import Approval, Attachment, Body, Origin, Part, Schedule, Under, Variant, VariantState
from chalicelib.domain.rationale import Actor

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOLERANCE = 15 * MINUTE
WHEN = Schedule(AT, "UTC", "2026-11-21T12:00:00", 60 * MINUTE)
SAYS = Body("Hello", pictures=(Attachment("m1", "a door"),), rest=(Part("And more"),))
AUTHOR, OTHER, THIRD = "member:a", "member:b", "member:c"


def variant(state: VariantState = VariantState.AWAITING_APPROVAL, asks: int = 1, **changes: object) -> Variant:
    made = Variant(
        "p.0", "p", "w", "acc", "x", None, Origin.PERSON, state, 1, WHEN, AT, asks=asks, content=SAYS.digest()
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def yes(by: str = OTHER, body: Body = SAYS, due: datetime = AT) -> Approval:
    return Approval(by, AT, body.digest(), due)


def moved(minutes: int, limit: timedelta = WHEN.late_limit) -> Schedule:
    return Schedule(AT + minutes * MINUTE, "UTC", "later", limit)


@pytest.mark.parametrize("role", [*Role, None])
def test_nobody_is_asked_until_somebody_says_so(role: Role | None) -> None:
    assert ApprovalRule().asks(role, Origin.PERSON) == 0


def test_posts_and_replies_are_asked_about_by_role() -> None:
    rule = ApprovalRule(people=2, posts_of=frozenset({Role.MANAGER}), replies_of=frozenset({Role.REVIEWER}))
    assert rule.asks(Role.MANAGER, Origin.PERSON) == 2
    assert rule.asks(Role.OWNER, Origin.PERSON) == 0
    assert rule.asks(Role.MANAGER, Origin.PERSON, reply=True) == 0
    assert rule.asks(Role.REVIEWER, Origin.PERSON, reply=True) == 2
    assert rule.asks(Role.MANAGER, Origin.TRIAGE) == 0


def test_whose_role_is_unknown_is_asked_whenever_anybody_is() -> None:
    rule = ApprovalRule(people=1, posts_of=frozenset({Role.MANAGER}))
    assert rule.asks(None, Origin.PERSON) == 1
    assert rule.asks(None, Origin.PERSON, reply=True) == 0


def test_what_was_not_asked_for_stands() -> None:
    assert stands(variant(asks=0)) is None


@pytest.mark.parametrize(
    ("asks", "approvals", "content", "why"),
    [
        (1, (), SAYS.digest(), "0 of 1"),
        (2, (yes(),), SAYS.digest(), "1 of 2"),
        (2, (yes(), yes()), SAYS.digest(), "1 of 2"),
        (1, (yes(body=Body("Other")),), SAYS.digest(), "0 of 1"),
        (1, (yes(),), None, "0 of 1"),
        (1, (yes(),), SAYS.digest(), None),
        (2, (yes(), yes(THIRD)), SAYS.digest(), None),
    ],
)
def test_a_yes_counts_once_and_for_its_content(
    asks: int, approvals: tuple[Approval, ...], content: str | None, why: str | None
) -> None:
    found = stands(variant(VariantState.SCHEDULED, asks, approvals=approvals, content=content))
    assert found is None if why is None else found is not None and found.startswith(why)


def test_a_first_yes_endorses_and_the_last_one_approves() -> None:
    first, act = agree(variant(asks=2), yes())
    assert (act, first.state) == ("endorse", VariantState.AWAITING_APPROVAL)
    assert stands(first) is not None
    second, act = agree(first, yes(THIRD))
    assert (act, second.state) == ("approve", VariantState.SCHEDULED)
    assert stands(second) is None


def edited(by: str, act: str = "edit") -> AuditEvent:
    return AuditEvent("w", "variant:p.0", act, AT, Actor(by), "edited")


def test_whoever_wrote_it_does_not_approve_it_and_nobody_does_twice() -> None:
    rule, known = ApprovalRule(2), variant(asks=2, events=(edited(OTHER), edited(THIRD, "edit_void")))
    assert why_not(known, AUTHOR, rule, AUTHOR) is not None
    assert why_not(known, AUTHOR, rule, THIRD) is not None, "the present version is theirs"
    assert why_not(known, AUTHOR, rule, OTHER) is None
    endorsed, _ = agree(known, yes(OTHER))
    assert why_not(endorsed, AUTHOR, rule, OTHER) == "one person approves it once"
    alone = replace(rule, by_another=False)
    assert why_not(known, AUTHOR, alone, AUTHOR) is None
    assert why_not(endorsed, AUTHOR, alone, OTHER) is not None


def test_an_edit_of_what_nobody_was_asked_about_voids_nothing() -> None:
    known = variant(VariantState.SCHEDULED, asks=0)
    assert after_edit(known, SAYS, Body("Other"), moved(600), TOLERANCE) == "keep"


@pytest.mark.parametrize(
    "body",
    [
        replace(SAYS, text="hello"),
        replace(SAYS, text="Hello "),
        replace(SAYS, title="T"),
        replace(SAYS, community="c"),
        replace(SAYS, language="en"),
        replace(SAYS, pictures=()),
        replace(SAYS, pictures=(Attachment("m2", "a door"),)),
        replace(SAYS, pictures=(Attachment("m1", "a window"),)),
        replace(SAYS, rest=(Part("And more", under=Under.FIRST),)),
        replace(SAYS, rest=()),
    ],
)
def test_any_other_content_voids(body: Body) -> None:
    approved, _ = agree(variant(), yes())
    assert after_edit(approved, SAYS, body, WHEN, TOLERANCE) == "void"


@given(st.integers(-120, 120))
def test_a_time_within_the_tolerance_keeps_and_beyond_voids(minutes: int) -> None:
    approved, _ = agree(variant(), yes())
    expected = "keep" if abs(minutes) <= 15 else "void"
    assert after_edit(approved, SAYS, SAYS, moved(minutes), TOLERANCE) == expected


@given(st.lists(st.integers(-15, 15), min_size=1, max_size=8))
def test_small_moves_do_not_add_up(steps: list[int]) -> None:
    approved, _ = agree(variant(), yes())
    minutes = 0
    for step in steps:
        minutes += step
        outcome = after_edit(approved, SAYS, SAYS, moved(minutes), TOLERANCE)
        assert outcome == ("keep" if abs(minutes) <= 15 else "void")
        approved = replace(approved, schedule=moved(minutes))


def test_a_longer_limit_is_another_time_and_a_shorter_one_is_not() -> None:
    approved, _ = agree(variant(), yes())
    assert after_edit(approved, SAYS, SAYS, moved(0, 61 * MINUTE), TOLERANCE) == "void"
    assert after_edit(approved, SAYS, SAYS, moved(0, 10 * MINUTE), TOLERANCE) == "keep"


def test_an_editor_who_is_asked_about_asks_for_more() -> None:
    approved, _ = agree(variant(), yes())
    assert after_edit(approved, SAYS, SAYS, moved(1), TOLERANCE, asks=2) == "void"
    free = variant(VariantState.SCHEDULED, asks=0)
    assert after_edit(free, SAYS, SAYS, moved(1), TOLERANCE, asks=1) == "void"


def test_a_reminder_comes_before_its_time_or_at_once() -> None:
    rule = ApprovalRule(1, lead=120 * MINUTE)
    assert approval.remind_at(rule, WHEN, AT - 600 * MINUTE) == AT - 120 * MINUTE
    assert approval.remind_at(rule, WHEN, AT - 30 * MINUTE) == AT - 30 * MINUTE
