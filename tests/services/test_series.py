"""A series says each of its occurrences once, whatever is changed about it, and by whomever, in between."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.access import Role
from chalicelib.domain.account import AccountState
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Body, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import Override, Saying, Series, SeriesState
from chalicelib.services import changing, occurring, recent, series, ticking
from chalicelib.services.publishing import publish
from tests.world import World

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def wanted(world: World, *platforms: str, **changes: Any) -> series.Wanted:
    """Every morning at nine in Berlin, thirty times, from the day after the world begins."""
    said = tuple(Saying(world.accounts[one].id, Body("Good morning")) for one in platforms or ("x",))
    plain = series.Wanted("Mornings", "FREQ=DAILY;COUNT=30", BERLIN, "2026-11-22T09:00", None, HOUR, said)
    return replace(plain, **changes)


def begun(world: World, *platforms: str, **changes: Any) -> Series:
    return series.create(world.desk, world.caller, wanted(world, *platforms, **changes), world.clock.now())


def again(world: World, one: Series) -> Series:
    """What the tick does now."""
    worked = series.work(world.desk, one.workspace, one.id, world.clock.now())
    assert worked is not None
    return worked


def variants(world: World, *states: VariantState) -> list[Variant]:
    found = [one for one in recent.variants(world.desk, world.workspace.id) if not states or one.state in states]
    return sorted(found, key=lambda one: (one.schedule.at, one.id))


def scheduled(world: World) -> list[str]:
    return [one.schedule.wall for one in variants(world, VariantState.SCHEDULED)]


def texts(world: World) -> list[str]:
    from chalicelib.services.bodies import body_of

    return [body_of(world.desk, one).text for one in variants(world, VariantState.SCHEDULED)]


def states(world: World, one: Series) -> Counter[str]:
    found = occurring.listed(world.desk, one.workspace, one.id, 1000, None, world.clock.now())
    return Counter(each.state for each in found.items)


def days(world: World, one: Series, number: int) -> Series:
    """Let days pass with a tick on each."""
    for _ in range(number):
        world.clock.move(24 * 3600)
        ticking.tick(world.desk, world.clock.now())
    return series.get(world.desk, one.workspace, one.id)


# --- making ----------------------------------------------------------------------------------------------------------


def test_posts_are_made_two_weeks_ahead_and_every_occurrence_once(world: World) -> None:
    one = begun(world, "x", "mastodon")
    assert len(scheduled(world)) == 2 * 14
    first = variants(world)[0].schedule
    assert (first.at, first.wall, first.zone) == (datetime(2026, 11, 22, 8, tzinfo=UTC), "2026-11-22T09:00", BERLIN)
    one = days(world, one, 40)
    made = Counter((each.account, each.schedule.wall) for each in variants(world))
    assert set(made.values()) == {1}
    assert len(made) == 2 * 30
    assert one.state is SeriesState.ENDED
    assert states(world, one) == {"posted": 30}


def test_a_post_is_never_made_later_than_a_week_before_its_time(world: World) -> None:
    one = begun(world)
    for _ in range(28):
        one = days(world, one, 1)
        week = world.clock.now() + timedelta(days=7)
        shown = occurring.listed(world.desk, one.workspace, one.id, 1000, None, world.clock.now()).items
        assert all(each.state == "posted" for each in shown if each.planned.at <= week)


def test_workers_at_once_make_nothing_twice(world: World) -> None:
    one = begun(world)
    world.clock.move(10 * 24 * 3600)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(again, world, one) for _ in range(8)]:
            done.result()
    again(world, one)
    made = Counter(each.schedule.wall for each in variants(world))
    assert set(made.values()) == {1}
    assert len(made) == 24


def test_both_edges_of_summer_are_said_at_the_wall_time_that_was_meant(world: World) -> None:
    one = begun(world, start="2027-03-27T02:30", rule="FREQ=DAILY;COUNT=3")
    world.clock.move(120 * 24 * 3600)
    again(world, one)
    night = {each.schedule.at for each in variants(world)}
    assert night == {datetime(2027, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((27, 1), (28, 1), (29, 0))}


def test_what_cannot_be_made_is_told_and_tried_again(world: World) -> None:
    one = begun(world, rule="FREQ=WEEKLY;COUNT=6")
    account = world.accounts["x"]
    now = world.clock.move(8 * 24 * 3600)
    event = AuditEvent(account.workspace, f"account:{account.id}", "signed_out", now, Actor.worker("test"), "test")
    lost = world.desk.store.accounts.save(account, replace(account, state=AccountState.NEEDS_RECONNECT), event)
    ticking.tick(world.desk, now)
    one = series.get(world.desk, one.workspace, one.id)
    assert states(world, one)["refused"] == 2
    (mail,) = [one.mail for one in world.mail.list_mails()]
    assert "2026-12-06T09:00" in mail.text
    assert mail.to == ("owner@desk.example",)
    assert "Good morning" not in mail.text + mail.html
    assert "needs_reconnect" in one.refused[0].why
    world.desk.store.accounts.save(lost, replace(lost, state=AccountState.ACTIVE), event)
    world.clock.move(3601)
    ticking.tick(world.desk, world.clock.now())
    one = series.get(world.desk, one.workspace, one.id)
    assert one.refused == ()
    assert len(world.mail.list_mails()) == 1, "it is told once"
    assert states(world, one) == {"posted": 4, "planned": 2}


def test_where_approval_is_asked_a_series_asks_too(world: World) -> None:
    workspace = world.workspace
    event = AuditEvent(workspace.id, f"workspace:{workspace.id}", "set", world.clock.now(), Actor("operator"), "test")
    rule = ApprovalRule(people=1, posts_of=frozenset({Role.MANAGER}))
    world.desk.store.workspaces.save(workspace, replace(workspace, approvals=rule), event)
    begun(world)
    assert {one.state for one in variants(world)} == {VariantState.AWAITING_APPROVAL}
    (post, *_) = (post for post, _ in recent.posts(world.desk, workspace.id))
    assert post.created_by == f"member:{world.caller.member}", "whoever wrote the series is the author of its posts"


# --- one occurrence --------------------------------------------------------------------------------------------------


def change(world: World, one: Series, wall: str, **what: Any) -> Series:
    override = Override(wall, **what)
    return series.change_occurrence(world.desk, world.caller, one.id, one.version, override, world.clock.now())


def test_one_occurrence_is_left_out_moved_or_reworded_and_the_others_stay(world: World) -> None:
    one = begun(world)
    account = world.accounts["x"].id
    one = change(world, one, "2026-12-10T09:00", skipped=True)
    one = change(world, one, "2026-12-11T09:00", to="2026-12-11T15:30")
    one = change(world, one, "2026-12-12T09:00", said=(Saying(account, Body("A special morning")),))
    days(world, one, 20)
    found = {each.schedule.wall: each for each in variants(world)}
    assert len(found) == 29
    assert "2026-12-10T09:00" not in found
    assert "2026-12-11T09:00" not in found
    assert found["2026-12-11T15:30"].schedule.at == datetime(2026, 12, 11, 14, 30, tzinfo=UTC)
    said = [text for _, text in sorted(zip(scheduled(world), texts(world), strict=True))]
    assert Counter(said) == {"Good morning": 28, "A special morning": 1}


def test_an_occurrence_that_is_moved_near_is_made_at_once(world: World) -> None:
    one = begun(world)
    change(world, one, "2026-12-20T09:00", to="2026-11-23T18:00")
    assert "2026-11-23T18:00" in scheduled(world)


def test_a_change_is_taken_back(world: World) -> None:
    one = change(world, begun(world), "2026-12-10T09:00", skipped=True)
    one = change(world, one, "2026-12-10T09:00")
    assert one.overrides == ()
    with pytest.raises(InvalidField, match="changes nothing"):
        change(world, one, "2026-12-10T09:00")


def test_what_was_made_is_edited_as_a_post_and_what_is_not_there_is_not_found(world: World) -> None:
    one = begun(world)
    post = next(iter(variants(world))).post
    with pytest.raises(Conflict, match=post):
        change(world, one, "2026-11-22T09:00", skipped=True)
    with pytest.raises(NotFound):
        change(world, one, "2026-12-10T09:01", skipped=True)
    with pytest.raises(InvalidField, match="has passed"):
        change(world, one, "2026-12-10T09:00", to="2026-11-20T09:00")
    with pytest.raises(Conflict, match="version"):
        series.change_occurrence(
            world.desk, world.caller, one.id, 9, Override("2026-12-10T09:00", skipped=True), world.clock.now()
        )


def test_a_change_of_the_rule_keeps_what_still_has_an_occurrence_and_lists_the_rest(world: World) -> None:
    one = begun(world)
    one = change(world, one, "2026-12-08T09:00", skipped=True)
    one = change(world, one, "2026-12-10T09:00", to="2026-12-10T12:00")
    one = edited(world, one, rule="FREQ=WEEKLY;BYDAY=TU;COUNT=10")
    assert [each.wall for each in one.overrides] == ["2026-12-08T09:00"]
    assert [each.wall for each in one.lost] == ["2026-12-10T09:00"]
    one = edited(world, one, rule="FREQ=DAILY;COUNT=30")
    assert {each.wall for each in one.overrides} == {"2026-12-08T09:00", "2026-12-10T09:00"}
    assert one.lost == ()


# --- the whole -------------------------------------------------------------------------------------------------------


def edited(world: World, one: Series, **what: Any) -> Series:
    return series.edit(world.desk, world.caller, one.id, series.Change(one.version, **what), world.clock.now())


def test_another_text_is_what_is_said_from_now_on_and_what_a_hand_changed_stays(world: World) -> None:
    one = begun(world)
    by_hand, cut = variants(world)[2], variants(world)[3]
    changing.edit(world.desk, world.caller, by_hand.id, changing.Edit(1, text="By hand"), world.clock.now())
    changing.cancel(world.desk, world.caller, cut.id, world.clock.now())
    edited(world, one, said=(Saying(world.accounts["x"].id, Body("Hello")),))
    assert texts(world) == ["Hello", "Hello", "By hand", *["Hello"] * 10]
    assert len(set(scheduled(world))) == 13
    assert cut.schedule.wall not in scheduled(world)


def test_what_is_not_touched_by_an_edit_is_left_alone(world: World) -> None:
    one = begun(world)
    before = {each.id for each in variants(world)}
    edited(world, one, name="Other mornings")
    edited(world, series.get(world.desk, one.workspace, one.id), rule="FREQ=DAILY;COUNT=40")
    assert {each.id for each in variants(world)} == before


def test_what_is_said_already_is_not_said_again(world: World) -> None:
    one = begun(world)
    first = variants(world)[0]
    world.clock.at = first.schedule.at
    publish(world.desk, first.workspace, first.id)
    assert world.variant(first.id).state is VariantState.PUBLISHED
    edited(world, one, said=(Saying(world.accounts["x"].id, Body("Hello")),))
    assert first.schedule.wall not in scheduled(world)
    assert len(world.platforms["x"].posted) == 1


def test_a_pause_takes_back_what_nothing_has_begun_on_and_resuming_makes_it_anew(world: World) -> None:
    one = begun(world)
    cut = variants(world)[5]
    changing.cancel(world.desk, world.caller, cut.id, world.clock.now())
    one = series.pause(world.desk, world.caller, one.id, "not now", world.clock.now())
    assert (one.state, scheduled(world)) == (SeriesState.PAUSED, [])
    one = days(world, one, 2)
    assert scheduled(world) == []
    one = series.resume(world.desk, world.caller, one.id, "now again", world.clock.now())
    walls = scheduled(world)
    assert walls[0] == "2026-11-24T09:00", "what fell into the pause is not said"
    assert cut.schedule.wall not in walls, "what a person cancelled stays so"
    assert len(walls) == len(set(walls)) == 13


def test_an_end_is_an_end(world: World) -> None:
    one = series.end(world.desk, world.caller, begun(world).id, "enough", world.clock.now())
    assert scheduled(world) == []
    days(world, one, 3)
    assert scheduled(world) == []
    with pytest.raises(Conflict, match="ended"):
        series.resume(world.desk, world.caller, one.id, "again", world.clock.now())
    with pytest.raises(Conflict, match="ended"):
        edited(world, one, name="More")


def test_a_worker_that_stops_half_way_leaves_the_rest_to_the_next(world: World) -> None:
    """More posts than one write holds are taken back one write after another; a tick goes on where that ended."""
    one = begun(world, rule="FREQ=HOURLY;COUNT=120")
    assert len(scheduled(world)) == 100
    one = again(world, one)
    assert len(scheduled(world)) == 120
    one = series.pause(world.desk, world.caller, one.id, "not now", world.clock.now())
    assert scheduled(world) == []
    assert one.withdraw == ()


@pytest.mark.parametrize(
    ("what", "pointer"),
    [
        ({"rule": "FREQ=DAILY"}, "/rule"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"start": "2020-01-01T09:00"}, "/start"),
        ({"campaign": "none"}, "/campaign"),
        ({"said": (Saying("nobody", Body("Hello")),)}, "/variants/0/account"),
    ],
)
def test_what_can_never_be_said_is_refused_and_nothing_is_stored(
    world: World, what: dict[str, Any], pointer: str
) -> None:
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        begun(world, **what)
    assert refused.value.pointer == pointer
    assert world.record() == before


# --- whatever happens ------------------------------------------------------------------------------------------------

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("days"), st.integers(1, 9)),
        st.tuples(st.sampled_from(["pause", "resume"]), st.just(0)),
        st.tuples(st.just("text"), st.integers(0, 3)),
        st.tuples(st.just("rule"), st.integers(0, 2)),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("skip"), st.integers(0, 29)),
    ),
    max_size=8,
)
RULES = ("FREQ=DAILY;COUNT=30", "FREQ=DAILY;INTERVAL=2;COUNT=15", "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=9")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_is_done_to_a_series_no_wall_time_has_two_live_posts(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, int]]
) -> None:
    from tests.world import make_world

    world = make_world(tmp_path_factory.mktemp("series"))
    one = begun(world)
    cut: set[str] = set()
    for act, number in acts:
        one = series.get(world.desk, one.workspace, one.id)
        try:
            match act:
                case "days":
                    days(world, one, number)
                case "pause":
                    series.pause(world.desk, world.caller, one.id, "why", world.clock.now())
                case "resume":
                    series.resume(world.desk, world.caller, one.id, "why", world.clock.now())
                case "text":
                    edited(world, one, said=(Saying(world.accounts["x"].id, Body(f"Text {number}")),))
                case "rule":
                    edited(world, one, rule=RULES[number])
                case "cancel":
                    live = variants(world, VariantState.SCHEDULED)[number : number + 1]
                    for each in live:
                        changing.cancel(world.desk, world.caller, each.id, world.clock.now())
                        cut.add(each.schedule.wall)
                case "skip":
                    day = datetime(2026, 11, 22, 9) + number * timedelta(days=1)
                    change(world, one, day.isoformat(timespec="minutes"), skipped=True)
        except (Conflict, InvalidField, NotFound):
            pass
    live = Counter(each.schedule.wall for each in variants(world) if each.state is not VariantState.CANCELLED)
    assert set(live.values()) <= {1}
    assert cut.isdisjoint(live), "what a person cancelled does not come back"
    one = again(world, series.get(world.desk, one.workspace, one.id))
    if one.state is SeriesState.ACTIVE:
        soon = occurring.listed(world.desk, one.workspace, one.id, 1000, None, world.clock.now()).items
        limit = world.clock.now() + timedelta(days=7)
        assert all(each.state != "planned" for each in soon if each.planned.at <= limit)
