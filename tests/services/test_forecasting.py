"""What is planned is what will be paid: of this month, of a campaign, day by day; and what does not fit is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.money import Cost
from chalicelib.domain.post import Body, Part, Remote, Variant, VariantState
from chalicelib.services import batching, changing, forecasting, spending
from chalicelib.services.checking import Wish
from chalicelib.services.forecasting import Purses, check, cost_of
from tests.services.money import CENT, MONTHS_END, asking_money, budgeted, capped, take
from tests.world import World

DAY = 24 * 3600
LINK = "Read https://desk.example/"


@pytest.fixture
def world(world: World) -> World:
    return asking_money(world)


def plan(world: World, micro_usd: int, days: float = 0.1, platform: str = "x", **changes: object) -> Variant:
    """Something that costs so much, so many days ahead."""
    variant = world.schedule(platform, f"Hello {micro_usd} {days}", seconds=days * DAY)
    after = replace(variant, micro_usd=micro_usd, **changes)  # type: ignore[arg-type]
    return world.desk.store.variants.save(variant, after, replace(variant.events[-1], act="price"))


def purses(world: World, **more: object) -> Purses:
    return Purses(world.desk, world.desk.workspace(world.workspace.id), world.clock.now(), **more)  # type: ignore[arg-type]


def fits(world: World, *costs: Cost, campaign: Campaign | None = None) -> None:
    check(purses(world), campaign, costs)


def wish(world: World, micro_usd: int, days: float = 1) -> Cost:
    return Cost(micro_usd, world.clock.now() + timedelta(seconds=days * DAY), "/variants/0/text")


def months(world: World) -> tuple[forecasting.Month, ...]:
    return forecasting.forecast(world.desk, world.desk.workspace(world.workspace.id), world.clock.now())


# --- what is planned -------------------------------------------------------------------------------------------------


def test_what_waits_is_planned_and_what_is_over_is_not(world: World) -> None:
    capped(world, 500 * CENT)
    scheduled = plan(world, 20 * CENT)
    cancelled = plan(world, 30 * CENT)
    changing.cancel(world.desk, world.caller, cancelled.id, world.clock.now())
    plan(world, 40 * CENT, state=VariantState.HELD)
    plan(world, 5 * CENT, state=VariantState.SENDING)
    assert purses(world).of_month(world.clock.now()).planned == 60 * CENT
    assert purses(world, instead_of={scheduled.id}).of_month(world.clock.now()).planned == 40 * CENT


def test_a_thread_is_planned_by_the_parts_that_are_still_to_come(world: World) -> None:
    capped(world, 500 * CENT)
    costs = (CENT, 2 * CENT, 4 * CENT)
    plan(world, CENT, parts=3, costs=costs)
    plan(world, 2 * CENT, parts=3, costs=costs, said=(Remote("1"),))
    plan(world, 2 * CENT, parts=3, costs=costs, said=(Remote("1"),), state=VariantState.SENDING)
    assert purses(world).of_month(world.clock.now()).planned == (7 + 6 + 4) * CENT


def test_what_is_overdue_is_paid_now_whatever_month_it_was_for(world: World) -> None:
    capped(world, 500 * CENT)
    plan(world, 20 * CENT, days=9, state=VariantState.HELD)
    world.clock.at = MONTHS_END + timedelta(minutes=1)
    assert [(one.month, one.purse.planned) for one in months(world)] == [("2026-12", 20 * CENT)]


# --- does it fit -----------------------------------------------------------------------------------------------------


def test_what_no_longer_fits_is_refused_with_the_figures(world: World) -> None:
    assert take(world, capped(world, 200 * CENT), 100 * CENT)
    plan(world, 85 * CENT)
    with pytest.raises(InvalidField) as refused:
        fits(world, Cost(20 * CENT, world.clock.now(), "/variants/0/text", 15_000, "its link"))
    assert refused.value.pointer == "/variants/0/text"
    assert refused.value.detail == (
        "this post costs $0.20, without its link $0.015; $1.85 of $2.00 are spent or planned this month"
    )
    assert refused.value.fix.startswith("Leave its link out,")
    fits(world, wish(world, 15 * CENT))


def test_each_cost_of_one_request_is_counted_for_the_next(world: World) -> None:
    capped(world, 50 * CENT)
    fits(world, wish(world, 25 * CENT), wish(world, 25 * CENT))
    with pytest.raises(InvalidField):
        fits(world, wish(world, 25 * CENT), wish(world, 25 * CENT), wish(world, 1))


def test_the_month_in_which_it_is_paid_is_the_one_that_counts(world: World) -> None:
    assert take(world, capped(world, 50 * CENT), 50 * CENT)
    with pytest.raises(InvalidField, match="this month"):
        fits(world, wish(world, 15_000))
    fits(world, wish(world, 50 * CENT, days=15))
    with pytest.raises(InvalidField, match="for 2026-12"):
        fits(world, wish(world, 51 * CENT, days=15))


def test_a_campaigns_budget_counts_over_its_whole_life(world: World) -> None:
    campaign = budgeted(world, 50 * CENT)
    plan(world, 20 * CENT, days=60, campaign=campaign.id)
    plan(world, 500 * CENT, days=60)
    fits(world, wish(world, 30 * CENT), campaign=campaign)
    with pytest.raises(InvalidField, match="for this campaign"):
        fits(world, wish(world, 31 * CENT), campaign=campaign)


def test_a_batch_is_held_to_the_cap_as_a_whole(world: World) -> None:
    capped(world, 50 * CENT)
    now, account = world.clock.now(), world.accounts["x"].id
    window = batching.Window(now, now + timedelta(days=1), "UTC", timedelta(minutes=10))
    wishes = [Wish(account, Body(f"{LINK}{number}"), f"/{number}") for number in range(3)]
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        batching.schedule(world.desk, world.caller, wishes, window, now)
    assert (refused.value.pointer, world.record()) == ("/2/text", before)
    assert len(batching.schedule(world.desk, world.caller, wishes[:2], window, now)) == 2


def test_what_is_free_is_never_refused_and_without_a_cap_nothing_is(world: World) -> None:
    capped(world, 0)
    fits(world, wish(world, 0))
    capped(world, None)
    fits(world, wish(world, 10**12))


def test_a_body_costs_what_its_parts_cost_together(world: World) -> None:
    at = world.clock.now()
    body = Body(LINK, rest=(Part("and"), Part(f"and {LINK}")))
    assert cost_of(world.desk, "x", body, at, "/p") == Cost(2 * 20 * CENT + 15_000, at, "/p", 45_000, "its link")
    assert cost_of(world.desk, "x", Body("Hello"), at) == Cost(15_000, at)
    assert cost_of(world.desk, "mastodon", body, at).micro_usd == 0


# --- the forecast ----------------------------------------------------------------------------------------------------


def test_a_forecast_tells_each_day_account_and_campaign_and_when_the_cap_is_reached(world: World) -> None:
    workspace, campaign = capped(world, 50 * CENT), budgeted(world, None)
    account = world.accounts["x"].id
    now = world.clock.now()
    paid = plan(world, 20 * CENT, campaign=campaign.id)
    world.desk.store.write(spending.takings(workspace, campaign, paid, now))
    changing.cancel(world.desk, world.caller, paid.id, now)
    plan(world, 20 * CENT, days=1)
    plan(world, 20 * CENT, days=2, campaign=campaign.id)
    plan(world, 7 * CENT, days=15)
    this, then = months(world)
    assert (this.month, then.month) == ("2026-11", "2026-12")
    assert (this.purse.spent, this.purse.planned, this.purse.left) == (20 * CENT, 40 * CENT, -10 * CENT)
    assert [(one.day, one.spent, one.planned) for one in this.days] == [
        ("2026-11-21", 20 * CENT, 0),
        ("2026-11-22", 0, 20 * CENT),
        ("2026-11-23", 0, 20 * CENT),
    ]
    assert [(one.id, one.spent, one.planned) for one in this.accounts] == [(account, 20 * CENT, 40 * CENT)]
    assert [(one.id, one.spent, one.planned) for one in this.campaigns] == [(campaign.id, 20 * CENT, 20 * CENT)]
    assert this.reached_on == now + timedelta(days=2)
    assert (then.purse.planned, then.reached_on) == (7 * CENT, None)
