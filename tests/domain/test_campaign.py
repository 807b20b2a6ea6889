"""A campaign's state is told by its dates and by what people decided; a target's course by how far it would be by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.campaign import Campaign, CampaignState, Course, Measure, Target, course, likeness

STARTS = datetime(2026, 11, 1, tzinfo=UTC)
ENDS = STARTS + timedelta(days=10)
BEFORE, DURING, AFTER = STARTS - timedelta(seconds=1), STARTS + timedelta(days=5), ENDS
CAMPAIGN = Campaign("c", "w", "Spring", "More people", (), ("a1",), STARTS, ENDS, "m", STARTS - timedelta(days=30))


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        (CampaignState.RUNNING, ("planned", "running", "ended")),
        (CampaignState.PAUSED, ("paused", "paused", "ended")),
        (CampaignState.ENDED, ("ended", "ended", "ended")),
        (CampaignState.CANCELLED, ("cancelled", "cancelled", "cancelled")),
    ],
)
def test_what_is_true_of_it_before_during_and_after(decided: CampaignState, told: tuple[str, ...]) -> None:
    campaign = replace(CAMPAIGN, state=decided)
    assert tuple(campaign.state_at(at).value for at in (BEFORE, DURING, AFTER)) == told
    assert [campaign.closed(at) is None for at in (BEFORE, DURING, AFTER)] == [
        state not in {"ended", "cancelled"} for state in told
    ]


def test_without_an_end_it_runs_on() -> None:
    assert replace(CAMPAIGN, ends=None).state_at(ENDS + timedelta(days=9999)) is CampaignState.RUNNING


def test_what_does_not_fit_is_named_and_nothing_else() -> None:
    assert CAMPAIGN.misfits("a1", DURING) == ()
    assert CAMPAIGN.misfits("a2", BEFORE) == (
        "the account is none of the campaign's",
        "it would be said before the campaign starts",
    )
    assert CAMPAIGN.misfits("a1", AFTER) == ("it would be said after the campaign has ended",)
    assert replace(CAMPAIGN, accounts=(), ends=None).misfits("a2", AFTER) == ()


@pytest.mark.parametrize(
    ("goal", "reached", "at", "told"),
    [
        (10, 5, DURING, Course.ON_COURSE),
        (10, 4, DURING, Course.BEHIND),
        (10, 10, DURING, Course.REACHED),
        (10, 9, AFTER, Course.MISSED),
        (10, 10, AFTER, Course.REACHED),
        (10, 0, BEFORE, Course.OPEN),
        (10, 0, STARTS + timedelta(hours=23), Course.ON_COURSE),
        (10, 0, STARTS + timedelta(hours=24), Course.BEHIND),
        (10, None, DURING, Course.NOT_MEASURED),
        (0, 0, BEFORE, Course.REACHED),
        (10**15, 5 * 10**14, DURING, Course.ON_COURSE),
        (10**15, 5 * 10**14 - 1, DURING, Course.BEHIND),
    ],
)
def test_more_is_better_and_even_growth_is_on_course(
    goal: int, reached: int | None, at: datetime, told: Course
) -> None:
    assert course(Target("sign-ups", goal), reached, CAMPAIGN, at) is told


@pytest.mark.parametrize(
    ("reached", "at", "told"),
    [
        (5, DURING, Course.ON_COURSE),
        (6, DURING, Course.BEHIND),
        (5, AFTER, Course.REACHED),
        (6, AFTER, Course.MISSED),
        (0, BEFORE, Course.OPEN),
    ],
)
def test_where_less_is_better_the_goal_is_not_to_be_passed(reached: int, at: datetime, told: Course) -> None:
    for measure in (Measure.ESCALATIONS, Measure.FIRST_RESPONSE_MINUTES):
        assert course(Target(measure.value, 5), reached, CAMPAIGN, at) is told


def test_a_target_s_own_date_counts_before_the_campaign_s() -> None:
    early = Target("sign-ups", 10, by=STARTS + timedelta(days=5))
    assert course(early, 9, CAMPAIGN, DURING) is Course.MISSED
    assert course(early, 5, CAMPAIGN, STARTS + timedelta(days=3)) is Course.BEHIND
    endless = replace(CAMPAIGN, ends=None)
    assert course(Target("sign-ups", 10), 3, endless, DURING) is Course.OPEN


@pytest.mark.parametrize("written", ["Posts published", "posts-published", "POSTS_PUBLISHED", " posts_published "])
def test_a_measure_that_is_meant_is_recognised_under_another_spelling(written: str) -> None:
    assert likeness(written) is Measure.POSTS_PUBLISHED


@pytest.mark.parametrize("written", ["posts_published", "sign-ups", "clicks", "reach"])
def test_what_is_written_as_it_must_be_or_means_something_else_is_left_alone(written: str) -> None:
    assert likeness(written) is None
