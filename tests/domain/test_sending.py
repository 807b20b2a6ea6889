"""The publish protocol's decisions: what may be done when, and what each outcome leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import sending
from chalicelib.domain.post import Origin, Remote, Schedule, Variant, VariantState
from chalicelib.domain.sending import Step, advance, may_still_send, next_step, takeover_at
from chalicelib.domain.timing import Timing

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TIMING = Timing(lease=65 * SECOND, call=8 * SECOND, landing=30 * SECOND, visible=10 * SECOND, skew=2 * SECOND)
ATOMIC = replace(TIMING, atomic=True)
SCHEDULED = Variant(
    id="p.0",
    post="p",
    workspace="w",
    account="a",
    platform="x",
    campaign=None,
    origin=Origin.PERSON,
    state=VariantState.SCHEDULED,
    version=1,
    schedule=Schedule(NOW, "UTC", "2026-11-21T09:00", timedelta(hours=1)),
    not_before=NOW,
)
SENDING = replace(SCHEDULED, state=VariantState.SENDING, attempts=1, owner="o", lease_until=NOW, key="k")
DIRTY = replace(SENDING, attempts=2, dirty=True)
REMOTE = Remote("1")

CLEAN_EXITS = [
    sending.NothingHappened(NOW + 5 * SECOND, "slow down"),
    sending.SignedOut("revoked"),
    sending.Unpaid("credits-depleted"),
    sending.Refused("too long"),
]


def test_never_early() -> None:
    assert next_step(SCHEDULED, NOW - timedelta(microseconds=1), TIMING) is Step.WAIT
    assert next_step(SCHEDULED, NOW, TIMING) is Step.CLAIM


def test_a_deferred_one_waits_until_it_may_be_asked_again() -> None:
    deferred = replace(SCHEDULED, not_before=NOW + 10 * SECOND)
    assert next_step(deferred, NOW + 9 * SECOND, TIMING) is Step.WAIT
    assert next_step(deferred, NOW + 10 * SECOND, TIMING) is Step.CLAIM


def test_too_late_by_its_own_limit_is_missed_not_said() -> None:
    assert next_step(SCHEDULED, NOW + timedelta(hours=1), TIMING) is Step.CLAIM
    assert next_step(SCHEDULED, NOW + timedelta(hours=1, seconds=1), TIMING) is Step.MISS


def test_a_takeover_waits_for_landing_visibility_and_skew_where_a_second_write_could_double() -> None:
    assert takeover_at(SENDING, TIMING) == NOW + 42 * SECOND
    assert next_step(SENDING, NOW + 42 * SECOND, TIMING) is Step.WAIT
    assert next_step(SENDING, NOW + 43 * SECOND, TIMING) is Step.TAKE_OVER


def test_a_takeover_waits_for_the_lease_alone_where_the_platform_refuses_a_second_write() -> None:
    assert next_step(SENDING, NOW + 2 * SECOND, ATOMIC) is Step.WAIT
    assert next_step(SENDING, NOW + 3 * SECOND, ATOMIC) is Step.TAKE_OVER


def test_what_is_held_too_long_is_missed_and_left_alone_till_then() -> None:
    held = replace(SCHEDULED, state=VariantState.HELD)
    assert next_step(held, NOW + timedelta(hours=1), TIMING) is Step.LEAVE
    assert next_step(held, NOW + timedelta(hours=1, microseconds=1), TIMING) is Step.MISS


def test_what_nobody_approved_in_time_is_missed() -> None:
    asked = replace(SCHEDULED, state=VariantState.AWAITING_APPROVAL)
    assert next_step(asked, NOW + timedelta(hours=1), TIMING) is Step.LEAVE
    assert next_step(asked, NOW + timedelta(hours=1, microseconds=1), TIMING) is Step.MISS


MOVING = {VariantState.SCHEDULED, VariantState.HELD, VariantState.SENDING, VariantState.AWAITING_APPROVAL}


@pytest.mark.parametrize("state", [one for one in VariantState if one not in MOVING])
def test_nothing_is_owed_in_any_other_state(state: VariantState) -> None:
    assert next_step(replace(SCHEDULED, state=state), NOW + timedelta(days=1), TIMING) is Step.LEAVE


def test_a_call_is_begun_only_if_it_is_sure_to_end_within_the_lease() -> None:
    lease_until = NOW + 11 * SECOND
    assert may_still_send(lease_until, NOW, TIMING)
    assert not may_still_send(lease_until, NOW + SECOND, TIMING)


@pytest.mark.parametrize(
    ("outcome", "follows"),
    list(zip(CLEAN_EXITS, [sending.Defer, sending.Hold, sending.Hold, sending.Fail], strict=True)),
)
def test_a_clean_attempt_leaves_by_what_definitely_had_no_effect(outcome: sending.Outcome, follows: type) -> None:
    assert isinstance(advance(SENDING, outcome, NOW), follows)


@pytest.mark.parametrize("outcome", CLEAN_EXITS)
def test_a_dirty_attempt_never_leaves_by_them(outcome: sending.Outcome) -> None:
    # Publish model, N12: a cancel of the then scheduled post would be acknowledged although an earlier attempt landed.
    assert isinstance(advance(DIRTY, outcome, NOW), sending.Doubt | sending.GiveUp)


def test_an_answer_that_was_lost_is_never_taken_for_success_or_failure() -> None:
    for variant in (SENDING, DIRTY):
        assert isinstance(advance(variant, sending.AnswerLost("time-out"), NOW), sending.Doubt)


def test_silence_goes_to_a_person_and_only_proof_of_absence_sends_again() -> None:
    assert isinstance(advance(DIRTY, sending.CannotKnow("not in the listing"), NOW), sending.GiveUp)
    assert isinstance(advance(DIRTY, sending.ProvedAbsent(), NOW), sending.SendAgain)


def test_what_is_proved_absent_but_too_late_by_now_is_a_persons() -> None:
    late = NOW + timedelta(hours=2)
    assert isinstance(advance(DIRTY, sending.ProvedAbsent(), late), sending.GiveUp)


def test_deferrals_do_not_count_as_attempts_that_were_left_behind() -> None:
    often = replace(SENDING, attempts=50)
    assert isinstance(advance(often, sending.AnswerLost("time-out"), NOW), sending.Doubt)


def test_the_pause_that_a_platform_asks_for_is_kept_in_doubt_too() -> None:
    follows = advance(DIRTY, sending.NothingHappened(NOW + 90 * SECOND, "slow down"), NOW)
    assert follows == sending.Doubt(NOW + 90 * SECOND, "slow down")


def test_a_brake_in_the_last_moment_holds_a_clean_attempt_and_never_a_dirty_one() -> None:
    stopped = sending.Stopped("all", "a storm")
    assert advance(SENDING, stopped, NOW) == sending.Hold("a storm", "all")
    assert isinstance(advance(DIRTY, stopped, NOW), sending.GiveUp)


def test_silence_waits_where_the_workspace_chose_to_and_then_means_absence() -> None:
    again_at = NOW + 600 * SECOND
    silence = sending.Silence("not in the listing", again_at)
    assert advance(DIRTY, silence, NOW) == sending.Doubt(again_at, "not in the listing")
    assert isinstance(advance(DIRTY, silence, again_at - timedelta(microseconds=1)), sending.Doubt)
    assert isinstance(advance(DIRTY, silence, again_at), sending.SendAgain)


def test_silence_goes_to_a_person_where_nobody_chose_or_it_is_too_late_by_then() -> None:
    assert isinstance(advance(DIRTY, sending.Silence("not in the listing"), NOW), sending.GiveUp)
    late = NOW + timedelta(hours=1, microseconds=1)
    assert isinstance(advance(DIRTY, sending.Silence("not in the listing", late), late), sending.GiveUp)
    often = replace(DIRTY, takeovers=sending.MOST_TAKEOVERS)
    assert isinstance(advance(often, sending.Silence("not in the listing", NOW), NOW), sending.GiveUp)


OUTCOMES = st.sampled_from(
    [
        sending.Sent(REMOTE),
        sending.FoundEarlier(REMOTE),
        sending.AnswerLost("reset"),
        sending.ProvedAbsent(),
        sending.CannotKnow("silence"),
        sending.Silence("silence"),
        sending.Silence("silence", NOW),
        sending.Stopped("all", "a storm"),
        *CLEAN_EXITS,
    ]
)


@given(OUTCOMES, st.booleans(), st.integers(1, 30))
def test_every_outcome_has_something_that_follows_and_takeovers_end(
    outcome: sending.Outcome, dirty: bool, takeovers: int
) -> None:
    variant = replace(SENDING, dirty=dirty, attempts=takeovers + 1, takeovers=takeovers)
    follows = advance(variant, outcome, NOW)
    assert isinstance(follows, sending.Next)
    if dirty and takeovers >= sending.MOST_TAKEOVERS:
        assert isinstance(follows, sending.Commit | sending.GiveUp)


def test_in_doubt_shows_as_soon_as_an_answer_is_lost_or_the_lease_has_run_out() -> None:
    held = replace(SENDING, lease_until=NOW + 10 * SECOND)
    assert not held.in_doubt(NOW)
    assert held.in_doubt(NOW + 11 * SECOND)
    assert replace(held, doubt="time-out").in_doubt(NOW)
    assert not replace(held, state=VariantState.PUBLISHED, doubt="time-out").in_doubt(NOW)
