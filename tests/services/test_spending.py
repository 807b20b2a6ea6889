"""What is spent never passes a cap, is given back where nothing was said, and stops what costs money in good time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.brake import BrakeState, Scope
from chalicelib.domain.post import Variant, VariantState
from chalicelib.ports import ConditionFailed, Mail, MailRefused
from chalicelib.services import braking, spending, ticking
from chalicelib.store import ledgers
from tests.services.doubles import publish
from tests.services.money import CENT, MONTHS_END, asking_money, budgeted, capped, take
from tests.world import World


@pytest.fixture
def world(world: World) -> World:
    return asking_money(world)


def costly(world: World, micro_usd: int, campaign: str | None = None) -> Variant:
    """A variant that costs so much, as one is that was scheduled before the cap was what it is now."""
    dear = world.desk
    world.desk = replace(dear, platforms=replace(dear.platforms, price=lambda *_: None))
    variant = world.schedule("x", f"Hello {micro_usd}", seconds=3600)
    world.desk = dear
    after = replace(variant, micro_usd=micro_usd, campaign=campaign)
    return world.desk.store.variants.save(variant, after, replace(variant.events[-1], act="price"))


def spent(world: World, at: datetime | None = None) -> int:
    key = ledgers.of_month(world.workspace.id, at or world.clock.now())
    return ledgers.read(world.desk.store.table, key).spent


def brakes(world: World) -> list[str]:
    return [one.id for one in braking.every(world.desk, world.workspace.id) if one.stops(world.clock.now())]


# --- taking and giving back ------------------------------------------------------------------------------------------


def test_a_cap_is_reached_to_the_cent_and_never_passed(world: World) -> None:
    workspace = capped(world, 50 * CENT)
    assert [take(world, workspace, 20 * CENT) for _ in range(3)] == [True, True, False]
    assert take(world, workspace, 10 * CENT)
    assert not take(world, workspace, 1)
    assert spent(world) == 50 * CENT


def test_what_costs_more_than_the_whole_cap_is_never_taken(world: World) -> None:
    workspace = capped(world, CENT)
    assert not take(world, workspace, CENT + 1)
    assert take(world, workspace, CENT)


def test_without_a_cap_everything_is_counted_and_nothing_refused(world: World) -> None:
    assert all(take(world, capped(world, None), 100 * CENT) for _ in range(3))
    assert spent(world) == 300 * CENT


def test_each_month_has_its_own_ledger_in_utc(world: World) -> None:
    workspace = capped(world, CENT)
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert take(world, workspace, CENT, last)
    assert not take(world, workspace, CENT, last)
    assert take(world, workspace, CENT, last + timedelta(seconds=1))


def test_what_is_given_back_can_be_taken_again_and_goes_back_to_its_own_month(world: World) -> None:
    workspace = capped(world, 20 * CENT)
    then = world.clock.now()
    assert take(world, workspace, 20 * CENT)
    world.clock.move(40 * 24 * 3600)
    spending.give_back(world.desk, workspace.id, 20 * CENT, then)
    assert spent(world, then) == 0
    assert take(world, workspace, 20 * CENT, then)
    assert spent(world) == 0


def test_more_than_was_taken_is_never_given_back(world: World) -> None:
    workspace = capped(world, 20 * CENT)
    assert take(world, workspace, 5 * CENT)
    spending.give_back(world.desk, workspace.id, 6 * CENT, world.clock.now())
    assert spent(world) == 5 * CENT


def test_takings_are_told_by_day_account_and_campaign(world: World) -> None:
    workspace, campaign = capped(world, None), budgeted(world, None)
    variant, now = costly(world, 20 * CENT, campaign.id), world.clock.now()
    world.desk.store.write(spending.takings(workspace, campaign, variant, now))
    world.desk.store.write(spending.takings(workspace, None, replace(variant, campaign=None), now))
    month = ledgers.read(world.desk.store.table, ledgers.of_month(workspace.id, now))
    assert month.by_account == {variant.account: 40 * CENT}
    assert month.by_campaign == {campaign.id: 20 * CENT}
    assert month.by_day == {"2026-11-21": 40 * CENT}
    whole = ledgers.read(world.desk.store.table, ledgers.of_campaign(workspace.id, campaign.id))
    assert (whole.spent, whole.by_account) == (20 * CENT, {variant.account: 20 * CENT})
    spending.give_back(world.desk, workspace.id, 20 * CENT, now, account=variant.account, campaign=campaign.id)
    assert ledgers.read(world.desk.store.table, ledgers.of_campaign(workspace.id, campaign.id)).spent == 0
    assert ledgers.read(world.desk.store.table, ledgers.of_month(workspace.id, now)).by_campaign == {}


def test_what_costs_nothing_takes_nothing(world: World) -> None:
    assert spending.takings(capped(world, 1), budgeted(world, 1), costly(world, 0), world.clock.now()) == ()


def test_a_campaigns_budget_stops_what_the_month_would_still_pay(world: World) -> None:
    workspace, campaign = capped(world, 500 * CENT), budgeted(world, 30 * CENT)
    variant, now = costly(world, 20 * CENT, campaign.id), world.clock.now()
    world.desk.store.write(spending.takings(workspace, campaign, variant, now))
    with pytest.raises(ConditionFailed) as failed:
        world.desk.store.write(spending.takings(workspace, campaign, variant, now))
    assert failed.value.index == 1
    assert spent(world) == 20 * CENT


# --- a claim that would pass a cap -----------------------------------------------------------------------------------


def test_a_claim_that_would_pass_the_cap_stops_the_platform_until_the_next_month(world: World) -> None:
    workspace = capped(world, 50 * CENT)
    assert take(world, workspace, 40 * CENT)
    brake = spending.stopped(world.desk, costly(world, 20 * CENT), world.clock.now())
    assert brake is not None
    assert (brake.scope, brake.target, brake.state) == (Scope.PLATFORM, "x", BrakeState.ON)
    assert brake.expires_at == MONTHS_END
    assert brake.owner == "worker:spending"
    assert brake.reason == "the next post costs $0.20, and $0.40 of this month's $0.50 are spent"
    assert spending.stopped(world.desk, costly(world, 20 * CENT), world.clock.now()) == brake


def test_a_campaign_without_money_goes_on_with_what_is_free(world: World) -> None:
    campaign = budgeted(world, 10 * CENT)
    variant = costly(world, 20 * CENT, campaign.id)
    brake = spending.stopped(world.desk, variant, world.clock.now())
    assert brake is not None
    assert (brake.scope, brake.target, brake.expires_at) == (Scope.PAID, campaign.id, None)
    assert "$0.00 of the campaign's $0.10 are spent" in brake.reason
    over = {one: braking.brakes_over(one) for one in (variant, replace(variant, micro_usd=0))}
    assert [brake.id in found for found in over.values()] == [True, False]


def test_where_nothing_is_passed_any_more_nothing_is_stopped(world: World) -> None:
    capped(world, 50 * CENT)
    assert spending.stopped(world.desk, costly(world, 20 * CENT), world.clock.now()) is None
    assert list(braking.every(world.desk, world.workspace.id)) == []


def test_what_a_campaign_cannot_pay_is_held_and_takes_nothing_of_the_month(world: World) -> None:
    capped(world, 500 * CENT)
    campaign = budgeted(world, 10 * CENT)
    variant = costly(world, 20 * CENT, campaign.id)
    world.clock.move(3600)
    assert publish(world, variant) is VariantState.HELD
    assert world.variant(variant.id).held_by == f"paid.{campaign.id}"
    month = ledgers.read(world.desk.store.table, ledgers.of_month(world.workspace.id, world.clock.now()))
    assert (month.spent, month.by_account, month.by_campaign) == (0, {}, {})


def test_what_is_said_is_paid_once_and_what_was_refused_is_not_paid(world: World) -> None:
    capped(world, 500 * CENT)
    world.platforms["x"].script.append("refused")
    refused = costly(world, 20 * CENT)
    said = costly(world, 30 * CENT)
    world.clock.move(3600)
    assert publish(world, refused) is VariantState.FAILED
    assert spent(world) == 0
    assert publish(world, said) is VariantState.PUBLISHED
    assert spent(world) == 30 * CENT


# --- in time ---------------------------------------------------------------------------------------------------------


def test_near_the_cap_what_costs_money_is_stopped_and_told_once(world: World) -> None:
    workspace = capped(world, 100 * CENT)
    assert take(world, workspace, 89 * CENT)
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == []
    assert take(world, workspace, CENT)
    ticking.tick(world.desk, world.clock.move(1))
    (brake,) = braking.every(world.desk, workspace.id)
    assert (brake.scope, brake.target, brake.expires_at) == (Scope.PLATFORM, "x", MONTHS_END)
    assert brake.reason == "$0.90 of $1.00 of this month are spent"
    (mail,) = (one.mail for one in world.mail.list_mails())
    assert mail.to == ("owner@desk.example",)
    assert "$0.90 of $1.00" in mail.text
    assert "platform.x" in mail.html
    for _ in range(3):
        ticking.tick(world.desk, world.clock.move(60))
    assert len(world.mail.list_mails()) == 1


def test_a_person_who_lifts_it_is_not_overruled_before_the_cap_is_reached(world: World) -> None:
    workspace = capped(world, 100 * CENT)
    assert take(world, workspace, 90 * CENT)
    ticking.tick(world.desk, world.clock.move(1))
    braking.lift(world.desk, world.caller, "platform.x", "it is worth it", world.clock.now())
    assert take(world, workspace, 9 * CENT)
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == []
    assert spending.stopped(world.desk, costly(world, 2 * CENT), world.clock.now()) is not None
    assert brakes(world) == ["platform.x"]


def test_what_was_stopped_goes_on_in_the_next_month(world: World) -> None:
    assert take(world, capped(world, 100 * CENT), 95 * CENT)
    ticking.tick(world.desk, world.clock.move(1))
    world.clock.at = MONTHS_END
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == []
    assert take(world, world.desk.workspace(world.workspace.id), CENT)
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == []


def test_a_campaign_near_its_budget_is_stopped_where_it_costs_money(world: World) -> None:
    workspace, campaign = capped(world, None), budgeted(world, 20 * CENT)
    variant = costly(world, 20 * CENT, campaign.id)
    world.desk.store.write(spending.takings(workspace, campaign, variant, world.clock.now()))
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == [f"paid.{campaign.id}"]
    assert len(world.mail.list_mails()) == 1


def test_a_lower_cap_is_looked_at_at_once_and_a_new_one_anew(world: World) -> None:
    assert take(world, capped(world, None), 50 * CENT)
    spending.set_cap(world.desk, world.caller, 50 * CENT, 900, world.clock.now())
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == ["platform.x"]
    braking.lift(world.desk, world.caller, "platform.x", "the cap is raised", world.clock.now())
    spending.set_cap(world.desk, world.caller, 100 * CENT, 500, world.clock.now())
    ticking.tick(world.desk, world.clock.move(1))
    assert brakes(world) == ["platform.x"]
    assert len(world.mail.list_mails()) == 2


def test_a_mail_that_was_refused_is_tried_again_later(world: World) -> None:
    class Refusing:
        def send(self, mail: Mail) -> None:
            raise MailRefused

    kind = world.desk.mailer
    assert take(world, capped(world, 100 * CENT), 95 * CENT)
    world.desk = replace(world.desk, mailer=Refusing())
    ticking.tick(world.desk, world.clock.move(1))
    world.desk = replace(world.desk, mailer=kind)
    ticking.tick(world.desk, world.clock.move(60))
    assert world.mail.list_mails() == []
    ticking.tick(world.desk, world.clock.move(900))
    assert len(world.mail.list_mails()) == 1


def test_a_ledger_that_was_looked_at_needs_nothing_more(world: World) -> None:
    workspace = capped(world, 100 * CENT)
    assert take(world, workspace, CENT)
    spending.set_cap(world.desk, world.caller, 200 * CENT, 900, world.clock.now())
    assert ticking.tick(world.desk, world.clock.move(1)).handed_on.get("spend") == 1
    assert "spend" not in ticking.tick(world.desk, world.clock.move(1)).handed_on
