"""A precheck tells all that scheduling would refuse, what it would cost, and what a person should know; it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.composing import Notice
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.foreseeing import Report
from chalicelib.domain.post import Body, Part, Schedule
from chalicelib.domain.timing import stamp
from chalicelib.services import campaigns, noticing, prechecking, scheduling
from chalicelib.services.checking import Wish
from chalicelib.services.outcomes import leave
from connectors.capabilities import Ground, Objection, Price
from tests.world import World, make_world

LONG = "Our shop in the old town opens again on Monday at nine, and there will be cake for everybody who comes."


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def wish(world: World, text: str, *rest: str, platform: str = "x", title: str | None = None) -> Wish:
    body = Body(text, title, rest=tuple(Part(one) for one in rest))
    return Wish(world.accounts[platform].id, body, "/variants/0")


def when(world: World, **later: float) -> Schedule:
    at = world.clock.now() + timedelta(**later)
    return Schedule(at, "UTC", stamp(at)[:19], timedelta(hours=1))


def foreseen(world: World, *wishes: Wish, **later: float) -> Report:
    return prechecking.check(world.desk, world.caller, wishes, when(world, **later), world.clock.now())


def noticed(world: World, text: str, *, platform: str = "x", **later: float) -> list[Notice]:
    return [one.notice for one in foreseen(world, wish(world, text, platform=platform), **later).remarks]


def test_every_fault_is_told_at_once_and_each_names_its_part(world: World) -> None:
    before = world.record()
    report = foreseen(world, wish(world, "x" * 281, "fine", "fine", "y" * 290, title="No titles here"), hours=-2)
    (one,) = report.accounts
    assert [fault.pointer for fault in one.faults] == [
        "/variants/0/title",
        "/variants/0/text",
        "/variants/0/rest/1/text",
        "/variants/0/rest/2/text",
    ]
    assert [fault.pointer for fault in report.faults] == ["/schedule/at"]
    assert not report.fits
    assert [(part.length, part.most, part.begins) for part in one.parts] == [
        (281, 280, 280),
        (4, 280, None),
        (4, 280, None),
        (290, 280, 280),
    ]
    assert world.record() == before


def test_where_a_text_begins_to_be_too_long_is_the_platforms_own_count(world: World) -> None:
    counts = replace(world.desk.platforms, length=lambda _, draft: 2 * len(draft.text))
    world.desk = replace(world.desk, platforms=counts)
    (one,) = foreseen(world, wish(world, "ab" * 100)).accounts
    assert (one.parts[0].length, one.parts[0].begins) == (400, 140)


def test_what_it_costs_and_what_it_would_cost_without(world: World) -> None:
    def price(_: str, draft: object) -> Price:
        linked = "https://" in draft.text  # type: ignore[attr-defined]
        return Price(200_000, "post with a link", 15_000, "its link") if linked else Price(15_000, "post")

    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, price=price))
    (one,) = foreseen(world, wish(world, "See https://ours.example", "And more")).accounts
    assert (one.micro_usd, one.instead, one.without) == (215_000, 30_000, "its link")
    (one,) = foreseen(world, wish(world, "See")).accounts
    assert (one.micro_usd, one.instead, one.without) == (15_000, None, "")


def test_an_objection_is_told_with_its_way_out(world: World) -> None:
    refusal = Objection(Ground.NOT_SUMMONED, "It lets nobody answer.", "Quote it instead.")
    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, objection=lambda *_: refusal))
    (one,) = foreseen(world, wish(world, "Hello")).accounts
    assert [(fault.what, fault.fix) for fault in one.faults] == [("It lets nobody answer.", "Quote it instead.")]


def test_an_account_that_is_not_there_and_one_that_comes_twice(world: World) -> None:
    report = foreseen(world, Wish("nosuch", Body("Hello"), "/variants/0"))
    assert [one.pointer for one in report.accounts[0].faults] == ["/variants/0/account"]
    twice = [wish(world, "Hello"), replace(wish(world, "Hello again"), pointer="/variants/1")]
    assert [one.pointer for one in foreseen(world, *twice).faults] == ["/variants/1/account"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(["", " ", "a", "b", "x" * 280, "x" * 281]), min_size=1, max_size=4),
    st.sampled_from([None, "Title"]),
    st.sampled_from([-2, 0, 3]),
)
def test_what_the_precheck_lets_pass_scheduling_takes_and_the_other_way_round(
    world: World, texts: list[str], title: str | None, hours: int
) -> None:
    wanted = wish(world, *texts, title=title)
    report = foreseen(world, wanted, hours=hours)
    told = [one.pointer for one in (*report.accounts[0].faults, *report.faults)]
    pointers: list[str] = []
    try:
        scheduling.plan(world.desk, world.caller, None, when(world, hours=hours), [wanted], world.clock.now())
    except InvalidField as error:
        pointers.append(error.pointer)
    assert report.fits is not bool(pointers)
    assert set(pointers) <= set(told)
    assert bool(told) is bool(pointers)


def test_the_same_words_again_are_told_until_they_are_far_away(world: World) -> None:
    world.schedule("x", LONG, seconds=86_400)
    assert noticed(world, LONG.upper() + "!", days=3) == [Notice.SAID_BEFORE]
    assert noticed(world, LONG.replace("Monday", "Tuesday"), days=3) == [Notice.SAID_BEFORE]
    assert noticed(world, "Something else altogether", days=3) == []
    assert noticed(world, LONG, days=1 + noticing.WITHIN.days, hours=1) == []
    assert noticed(world, LONG, days=3, platform="mastodon") == []


def test_what_was_never_said_is_no_repetition(world: World) -> None:
    said = world.schedule("x", LONG, seconds=86_400)
    leave(world.desk, said, "cancel", "changed our mind", world.clock.now())
    assert noticed(world, LONG, days=3) == []


def test_a_part_is_compared_with_every_part(world: World) -> None:
    scheduling.schedule(
        world.desk, world.caller, None, when(world, days=1), [wish(world, "One", LONG)], world.clock.now()
    )
    report = foreseen(world, wish(world, "Two", "Three", LONG), days=3)
    assert [(one.pointer, one.notice) for one in report.remarks] == [("/variants/0/rest/1/text", Notice.SAID_BEFORE)]


def test_something_else_within_the_hour_is_told(world: World) -> None:
    other = world.schedule("x", "Something else", seconds=7200)
    report = foreseen(world, wish(world, "Hello"), hours=2.5)
    assert [one.notice for one in report.remarks] == [Notice.SAME_HOUR]
    assert other.id in report.remarks[0].what
    assert noticed(world, "Hello", hours=3) == []
    assert noticed(world, "Hello", hours=1) == []
    assert noticed(world, "Hello", hours=2, platform="bluesky") == []


def test_no_remark_says_what_was_said(world: World) -> None:
    world.schedule("x", LONG, seconds=7200)
    report = foreseen(world, wish(world, LONG), hours=2)
    assert len(report.remarks) == 2
    assert not any("cake" in one.what for one in report.remarks)


def test_what_does_not_fit_its_campaign_is_told_and_not_forbidden(world: World) -> None:
    now = world.clock.now()
    ours, ends = (world.accounts["x"].id,), now + timedelta(days=1)
    spring = campaigns.create(world.desk, world.caller, "Spring", "More people", (), ours, now, ends, now)
    wishes = [wish(world, "Hello"), wish(world, "Hello", platform="mastodon")]
    told = prechecking.check(world.desk, world.caller, wishes, when(world, days=2), now, campaign=spring.id)
    assert not told.faults
    assert [one.what for one in told.remarks if one.notice is Notice.OFF_CAMPAIGN] == [
        "it would be said after the campaign has ended",
        "the account is none of the campaign's",
        "it would be said after the campaign has ended",
    ]
