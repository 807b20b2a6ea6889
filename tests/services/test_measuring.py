"""Posts are counted at growing distances, accounts daily; what is not told stays missing, and what costs is paid from the cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.account import AccountState
from chalicelib.domain.campaign import Target
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.incident import Cause
from chalicelib.domain.measuring import DISTANCES, Sample, next_at, passed, summed
from chalicelib.domain.post import Body, Schedule, Variant
from chalicelib.domain.rationale import Actor
from chalicelib.ports import QueueName
from chalicelib.services import campaigns, incidents, measuring, metrics, progress, publishing, scheduling, spending
from chalicelib.services.measuring import take_round
from chalicelib.services.metrics import Standing
from chalicelib.services.ticking import tick
from chalicelib.store import ledgers
from connectors import errors
from connectors.metrics import Measure
from tests.world import START, World

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def counting(world: World) -> World:
    """A workspace that counts."""
    measuring.switch(world.desk, world.caller, world.clock.now(), on=True)
    return world


def said(world: World, platform: str = "mastodon", text: str = "Hello", likes: int | None = 3) -> Variant:
    variant = world.schedule(platform, text)
    publishing.publish(world.desk, world.workspace.id, variant.id)
    after = world.variant(variant.id)
    assert after.remote is not None
    if likes is not None:
        world.platforms[platform].counts[after.remote.id] = {Measure.LIKES: likes}
    return after


def rounds(world: World, until: timedelta, every: timedelta = 10 * MINUTE) -> None:
    """Rounds, whenever the tally is due, until so long from the beginning."""
    while world.clock.at < START + until:
        world.clock.at += every
        take_round(world.desk, world.workspace.id, world.clock.now())


def samples(world: World, variant: Variant) -> list[Sample]:
    return world.desk.store.measurings.of_post(world.workspace.id, variant.id)


# --- when ------------------------------------------------------------------------------------------------------------


def test_distances_grow_and_end() -> None:
    assert list(DISTANCES) == sorted(DISTANCES)
    assert next_at(START, START) == START + HOUR
    assert next_at(START, START + HOUR) == START + 6 * HOUR
    assert next_at(START, START + 2 * DAY) == START + 3 * DAY
    assert next_at(START, START + 30 * DAY) is None
    assert [passed(START, START + one) for one in (59 * MINUTE, HOUR, 31 * DAY)] == [0, 1, 6]


def test_a_post_is_counted_at_each_distance_and_never_after(counting: World) -> None:
    variant = said(counting)
    rounds(counting, 33 * DAY, every=30 * MINUTE)
    found = samples(counting, variant)
    ages = [one.at - (variant.published_at or START) for one in found]
    assert len(ages) == len(DISTANCES)
    assert all(distance <= age <= distance + HOUR for distance, age in zip(DISTANCES, ages, strict=True))
    tally = counting.desk.store.measurings.get(counting.workspace.id)
    assert tally is not None
    assert tally.waiting == ()


def test_nothing_is_counted_until_somebody_switches_it_on(world: World) -> None:
    variant = said(world)
    rounds(world, 2 * HOUR)
    assert "tally" not in tick(world.desk, world.clock.now()).handed_on
    assert samples(world, variant) == []
    measuring.switch(world.desk, world.caller, world.clock.now(), on=True)
    assert tick(world.desk, world.clock.now()).handed_on["tally"] == 1
    assert any('"tally"' in one.body for one in world.desk.queue.receive(QueueName.TRIAGE, 10))
    take_round(world.desk, world.workspace.id, world.clock.now())
    assert len(samples(world, variant)) == 1
    measuring.switch(world.desk, world.caller, world.clock.now(), on=False)
    world.clock.at += DAY
    assert take_round(world.desk, world.workspace.id, world.clock.now()) == "switched off"
    assert len(samples(world, variant)) == 1


def test_what_is_planned_long_before_is_counted_once_it_is_out(counting: World) -> None:
    later = counting.schedule("mastodon", "Later", seconds=5 * 3600)
    dropped = counting.schedule("mastodon", "Never", seconds=9 * 24 * 3600)
    rounds(counting, 5 * HOUR)
    assert counting.platforms["mastodon"].counted == [()]
    counting.clock.at += SECOND
    publishing.publish(counting.desk, counting.workspace.id, later.id)
    remote = counting.variant(later.id).remote
    assert remote is not None
    counting.platforms["mastodon"].counts[remote.id] = {Measure.LIKES: 1}
    rounds(counting, 8 * HOUR)
    assert len(samples(counting, later)) == 1
    assert samples(counting, dropped) == []


def test_a_post_that_was_taken_down_is_counted_no_more(counting: World) -> None:
    variant = said(counting)
    rounds(counting, 2 * HOUR)
    current = counting.variant(variant.id)
    event = counting.desk.store.variants.moved(
        current, current, "take_down", counting.clock.now(), Actor("operator"), "wrong"
    )
    counting.desk.store.variants.save(current, replace(current, taken_down_at=counting.clock.now()), event)
    rounds(counting, 2 * DAY, every=HOUR)
    assert len(samples(counting, variant)) == 1
    (told,) = metrics.of_post(counting.desk, counting.workspace.id, variant.post, counting.clock.now())
    assert (told.standing, told.next_at) == (Standing.TAKEN_DOWN, None)


def test_many_posts_are_asked_about_a_hundred_at_a_time(counting: World) -> None:
    for number in range(103):
        said(counting, text=f"Number {number}")
    rounds(counting, 2 * HOUR)
    assert sorted(len(one) for one in counting.platforms["mastodon"].counted if one) == [3, 100]


# --- what is told ----------------------------------------------------------------------------------------------------


def test_missing_is_not_zero_and_gone_is_said(counting: World) -> None:
    variant = said(counting)
    rounds(counting, 2 * HOUR)
    counting.platforms["mastodon"].counts.clear()
    rounds(counting, 8 * HOUR)
    first, second = samples(counting, variant)
    assert (dict(first.counts), first.gone) == ({"likes": 3}, False)
    assert (dict(second.counts), second.gone) == ({}, True)
    (told,) = metrics.of_post(counting.desk, counting.workspace.id, variant.post, counting.clock.now())
    assert told.standing is Standing.GONE
    assert "views" in told.tells


def test_accounts_and_communities_are_counted_daily(counting: World) -> None:
    desk, account = counting.desk, counting.accounts["mastodon"]
    known = desk.store.accounts.get(account.workspace, account.id)
    assert known is not None
    heard = replace(known, listening=replace(known.listening, moderated=("repairs", "gone")))
    event = desk.store.accounts.moved(known, known, "listen", counting.clock.now(), Actor("operator"), "mod")
    desk.store.accounts.save(known, heard, event)
    platform = counting.platforms["mastodon"]
    platform.account_counts = {Measure.FOLLOWERS: 40}
    platform.community_counts = {"repairs": {Measure.SUBSCRIBERS: 900}}
    rounds(counting, 25 * HOUR, every=HOUR)
    found = metrics.of_account(desk, counting.workspace.id, account.id, limit=10, after=None).items
    assert [(one.of, dict(one.counts)) for one in found if one.of is None] == [(None, {"followers": 40})] * 2
    assert [(one.of, dict(one.counts)) for one in found if one.of] == [("repairs", {"subscribers": 900})] * 2
    with pytest.raises(NotFound):
        metrics.of_account(desk, counting.workspace.id, "nobody", limit=10, after=None)


def test_sums_tell_what_is_missing_from_them() -> None:
    told, silent = Sample(START, {"likes": 3, "upvote_percent": 90}), Sample(START + HOUR, {"views": 7})
    sums = summed([[told], [silent], [], [told, Sample(START + DAY, gone=True)]])
    assert (sums.posts, sums.counted, sums.waiting, sums.gone) == (4, 2, 1, 1)
    assert dict(sums.counts) == {"likes": 6, "views": 7}
    assert dict(sums.told) == {"likes": 2, "views": 1}
    assert sums.oldest == START


# --- answers that do not come ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "late"), [("busy", 2 * HOUR), ("limited", 2 * HOUR), ("answer lost", 25 * HOUR)])
def test_an_answer_that_does_not_come_is_asked_for_later(counting: World, act: str, late: timedelta) -> None:
    counting.platforms["mastodon"].answers_counts.extend(["well", act])
    variant = said(counting)
    take_round(counting.desk, counting.workspace.id, counting.clock.now())
    rounds(counting, late - 10 * MINUTE if act == "answer lost" else HOUR)
    (told,) = metrics.of_post(counting.desk, counting.workspace.id, variant.post, counting.clock.now())
    assert told.standing is Standing.WAITING
    assert told.trouble is not None
    rounds(counting, late + HOUR + 10 * MINUTE)
    assert len(samples(counting, variant)) == 1


def test_a_signed_out_account_waits_for_its_owner(counting: World) -> None:
    variant = said(counting)
    take_round(counting.desk, counting.workspace.id, counting.clock.now())
    counting.platforms["mastodon"].signs_in = False
    rounds(counting, 3 * HOUR)
    account = counting.desk.store.accounts.get(counting.workspace.id, variant.account)
    assert account is not None
    assert account.state is AccountState.NEEDS_RECONNECT
    assert len(counting.platforms["mastodon"].counted) == 1
    assert samples(counting, variant) == []


def test_money_that_is_spent_while_counting_closes_the_account_with_one_incident(counting: World) -> None:
    variant = said(counting, "x")
    take_round(counting.desk, counting.workspace.id, counting.clock.now())
    counting.platforms["x"].pays = False
    rounds(counting, 3 * HOUR)
    account = counting.desk.store.accounts.get(counting.workspace.id, variant.account)
    assert account is not None
    assert account.state is AccountState.UNPAID
    known = incidents.of(counting.desk, account)
    assert known is not None
    assert known.cause is Cause.UNPAID
    told = [one for one in counting.record().splitlines() if f"INCIDENT#{account.id}" in one]
    assert len(told) == 1
    assert len(counting.platforms["x"].counted) == 2, "nothing is asked of it again"


@pytest.mark.parametrize("cause", [errors.Cause.REVOKED, errors.Cause.SUSPENDED])
def test_why_a_platform_shuts_an_account_out_while_counting_is_kept(counting: World, cause: errors.Cause) -> None:
    variant = said(counting)
    counting.platforms["mastodon"].signs_in, counting.platforms["mastodon"].cause = False, cause
    rounds(counting, 3 * HOUR)
    account = counting.desk.store.accounts.get(counting.workspace.id, variant.account)
    assert account is not None
    known = incidents.of(counting.desk, account)
    assert known is not None
    assert known.cause.value == cause.value


# --- money -----------------------------------------------------------------------------------------------------------


def spent(world: World) -> int:
    return ledgers.read(world.desk.store.table, ledgers.of_month(world.workspace.id, world.clock.now())).spent


def test_what_reading_costs_is_taken_from_the_month_and_never_passes_its_cap(counting: World) -> None:
    counting.platforms["x"].micro_usd_per_read = 1000
    spending.set_cap(counting.desk, counting.caller, 2500, 900, counting.clock.now())
    first, second = said(counting, "x", "One"), said(counting, "x", "Two")
    rounds(counting, HOUR)
    assert spent(counting) == 1000, "the account itself"
    rounds(counting, 2 * HOUR)
    assert samples(counting, first) == samples(counting, second) == []
    assert spent(counting) == 1000
    spending.set_cap(counting.desk, counting.caller, 9000, 900, counting.clock.now())
    rounds(counting, 4 * HOUR)
    assert len(samples(counting, first)) == len(samples(counting, second)) == 1
    assert spent(counting) == 3000


def test_what_was_not_answered_is_given_back(counting: World) -> None:
    counting.platforms["x"].micro_usd_per_read = 1000
    counting.platforms["x"].answers_counts.append("busy")
    take_round(counting.desk, counting.workspace.id, counting.clock.now())
    assert spent(counting) == 0


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_post_is_counted_by_hand_once_a_minute(world: World) -> None:
    variant = said(world)
    for _ in range(3):
        measuring.count_now(world.desk, world.caller, variant.post, world.clock.now())
    assert len(samples(world, variant)) == 1
    world.clock.move(60)
    measuring.count_now(world.desk, world.caller, variant.post, world.clock.now())
    assert len(samples(world, variant)) == 2
    waiting = world.schedule("mastodon", "Later", seconds=60)
    with pytest.raises(Conflict, match="nothing of it is published"):
        measuring.count_now(world.desk, world.caller, waiting.post, world.clock.now())
    with pytest.raises(NotFound):
        measuring.count_now(world.desk, world.caller, "nobody", world.clock.now())
    world.clock.move(60)
    world.platforms["mastodon"].answers_counts.append("refused")
    with pytest.raises(Conflict, match="moderator"):
        measuring.count_now(world.desk, world.caller, variant.post, world.clock.now())


# --- as targets ------------------------------------------------------------------------------------------------------


def test_a_target_is_measured_by_what_was_told_and_says_of_how_many(world: World) -> None:
    targets = (Target("likes", 3), Target("views", 100))
    campaign = campaigns.create(world.desk, world.caller, "Spring", "More", targets, (), START, None, START)

    def figures() -> list[tuple[int | None, str]]:
        current = campaigns.get(world.desk, world.workspace.id, campaign.id)
        return [(one.reached, one.evidence) for one in progress.figures(world.desk, current, world.clock.now())]

    at = world.clock.now()
    when = Schedule(at, "UTC", at.isoformat(), HOUR)
    wishes = [
        scheduling.Wish(world.accounts[name].id, Body("Hello"), f"/variants/{place}")
        for place, name in enumerate(("mastodon", "bluesky"))
    ]
    post = scheduling.schedule(world.desk, world.caller, campaign.id, when, wishes, at)
    for one in post.variants:
        publishing.publish(world.desk, world.workspace.id, one)
    assert figures() == [(None, "no platform has told it of any of 2 published posts")] * 2
    world.platforms["mastodon"].counts["mastodon-1"] = {Measure.LIKES: 5}
    measuring.count_now(world.desk, world.caller, post.id, world.clock.now())
    assert figures()[0] == (5, "told of 1 of 2 published posts")
    assert figures()[1][0] is None
    campaigns.count_by_hand(world.desk, world.caller, campaign.id, "views", 70, "their own page", world.clock.now())
    assert figures()[1][0] == 70
