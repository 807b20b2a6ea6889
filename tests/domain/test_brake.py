"""What a brake stops, for how long, and from when on every sender has seen it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.brake import SEEN_WITHIN, Brake, BrakeState, Scope, brake_id, brakes_over, seen_by
from chalicelib.domain.post import Origin, Schedule, Variant, VariantState

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
BRAKE = Brake("all", "w", Scope.ALL, None, BrakeState.ON, "a storm", "m", NOW)
VARIANT = Variant(
    id="p.0",
    post="p",
    workspace="w",
    account="a1",
    platform="x",
    campaign=None,
    origin=Origin.PERSON,
    state=VariantState.SCHEDULED,
    version=1,
    schedule=Schedule(NOW, "UTC", "2026-11-21T09:00", timedelta(hours=1)),
    not_before=NOW,
)
WITH_TARGET = [Scope.PLATFORM, Scope.ACCOUNT, Scope.CAMPAIGN, Scope.PAID]
WITHOUT = [Scope.ALL, Scope.AUTOMATIC]
NAMES = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=26)


def test_what_a_person_wrote_is_stopped_for_everything_its_platform_and_its_account() -> None:
    assert brakes_over(VARIANT) == ("all", "platform.x", "account.a1")


def test_a_campaigns_post_is_stopped_with_its_campaign() -> None:
    assert brakes_over(replace(VARIANT, campaign="spring")) == ("all", "platform.x", "account.a1", "campaign.spring")


def test_a_campaigns_post_that_costs_something_is_also_stopped_with_its_budget() -> None:
    over = brakes_over(replace(VARIANT, campaign="spring", micro_usd=1))
    assert over == ("all", "platform.x", "account.a1", "campaign.spring", "paid.spring")
    assert "paid.spring" not in brakes_over(replace(VARIANT, micro_usd=1))


def test_only_what_nobody_wrote_by_hand_is_stopped_with_automation() -> None:
    assert "automatic" in brakes_over(replace(VARIANT, origin=Origin.TRIAGE))
    assert "automatic" not in brakes_over(VARIANT)


@given(NAMES, NAMES, st.none() | NAMES, st.sampled_from(Origin))
def test_each_scope_finds_what_it_is_for_and_nothing_else(
    account: str, platform: str, campaign: str | None, origin: Origin
) -> None:
    costly = replace(VARIANT, account=account, platform=platform, campaign=campaign, micro_usd=1)
    over = set(brakes_over(replace(costly, origin=origin)))
    targets = {Scope.ACCOUNT: account, Scope.PLATFORM: platform, Scope.CAMPAIGN: campaign, Scope.PAID: campaign}
    for scope in WITH_TARGET:
        target = targets[scope]
        assert brake_id(scope, f"{target}x") not in over
        if target is not None:
            assert brake_id(scope, target) in over
    assert brake_id(Scope.ALL, None) in over
    assert (brake_id(Scope.AUTOMATIC, None) in over) is (origin is Origin.TRIAGE)
    assert len(over) == len(brakes_over(costly)) + (origin is Origin.TRIAGE)


@pytest.mark.parametrize("scope", WITH_TARGET)
def test_a_scope_that_needs_a_target_is_refused_without_one(scope: Scope) -> None:
    assert brake_id(scope, "t") == f"{scope.value}.t"
    with pytest.raises(ValueError, match="needs a target"):
        brake_id(scope, None)


@pytest.mark.parametrize("scope", WITHOUT)
def test_a_scope_that_takes_no_target_is_refused_with_one(scope: Scope) -> None:
    assert brake_id(scope, None) == scope.value
    with pytest.raises(ValueError, match="takes no target"):
        brake_id(scope, "t")


def test_it_stops_while_it_is_on_and_until_its_own_end() -> None:
    assert BRAKE.stops(NOW + timedelta(days=1000))
    ends = replace(BRAKE, expires_at=NOW + timedelta(hours=1))
    assert ends.stops(NOW + timedelta(hours=1) - MICRO)
    assert not ends.stops(NOW + timedelta(hours=1))
    assert not replace(BRAKE, state=BrakeState.LIFTED).stops(NOW)
    assert not replace(ends, state=BrakeState.LIFTED).stops(NOW)


@given(st.integers(0, 10_000), st.integers(-10_000, 10_000), st.integers(-10_000, 10_000), st.integers(0, 5_000))
def test_who_reads_before_it_was_stored_has_sent_by_when_all_have_seen_it(
    skew: int, asker: int, sender: int, after_reading: int
) -> None:
    """Two clocks, each wrong by up to `skew`: a reading older than the brake is too old to send on once it is seen."""
    milli = timedelta(milliseconds=1)
    most = skew * milli
    accepted_by_asker = NOW + max(-most, min(most, asker * milli))
    # By true time the sender reads just before it is stored, and lets the request go within what a reading is good for.
    sent_at = NOW + min(SEEN_WITHIN, after_reading * milli)
    sent_by_sender = sent_at + max(-most, min(most, sender * milli))
    assert sent_by_sender <= seen_by(accepted_by_asker, most)
