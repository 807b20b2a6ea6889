"""Campaign: a purpose with dates, an audience, what would show that it was met, a budget and accounts.

Whether it is planned, running or over is told by its dates; what a person decides about it (pause, end, cancel) is kept.
Nothing here is counted: what a target has reached comes from the record (`services/progress.py`) or from a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine


class CampaignState(StrEnum):
    """What is already true of a campaign."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    """Its brake is on: nothing of it is said."""
    ENDED = "ended"
    CANCELLED = "cancelled"


_S = CampaignState
_ALIVE = (_S.PLANNED, _S.RUNNING, _S.PAUSED)

CAMPAIGN = Machine(
    "Campaign",
    CampaignState,
    {
        **{(state, "edit"): state for state in _ALIVE},
        **{(state, "measure"): state for state in (*_ALIVE, _S.ENDED)},
        (_S.RUNNING, "pause"): _S.PAUSED,
        (_S.PAUSED, "resume"): _S.RUNNING,
        (_S.RUNNING, "end"): _S.ENDED,
        (_S.PAUSED, "end"): _S.ENDED,
        **{(state, "cancel"): _S.CANCELLED for state in _ALIVE},
    },
)
"""What people do to a campaign. From planned to running, and to ended at its end, leads the clock (`state_at`)."""


class Measure(StrEnum):
    """What the record can answer about a campaign. A target that names anything else is measured by hand."""

    POSTS_PUBLISHED = "posts_published"
    INTERACTIONS = "interactions"
    REPLIES = "replies"
    MENTIONS = "mentions"
    ANSWERED_SHARE = "answered_share"
    FIRST_RESPONSE_MINUTES = "first_response_minutes"
    ESCALATIONS = "escalations"
    LIKES = "likes"
    REPOSTS = "reposts"
    VIEWS = "views"


COUNTED_THERE = frozenset({Measure.LIKES, Measure.REPOSTS, Measure.VIEWS})
"""Measures that platforms count: the record knows them as far as the workspace has its posts counted."""

_MEASURES = {one.value: one for one in Measure}

UNITS = {
    Measure.POSTS_PUBLISHED: "posts",
    Measure.ANSWERED_SHARE: "percent",
    Measure.FIRST_RESPONSE_MINUTES: "minutes",
}
"""What a measure counts, where its name does not say so."""

AT_MOST = frozenset({Measure.FIRST_RESPONSE_MINUTES, Measure.ESCALATIONS})
"""Measures of which less is better: the goal is not to be passed."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached: a measure, a whole number, and by when (None: by the campaign's end).

    measure: one of `Measure`, or what is counted by hand, in words. unit: of what is counted by hand.
    """

    measure: str
    goal: int
    by: datetime | None = None
    unit: str = ""

    @property
    def measured(self) -> Measure | None:
        """The measure that the record answers; None where a person counts."""
        return _MEASURES.get(self.measure)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the audience. What is None, or empty, does not narrow it."""

    name: str
    platform: str | None = None
    account: str | None = None
    community: str | None = None
    language: str | None = None
    zone: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What a person counted for a target. source: where they saw it, in words."""

    measure: str
    value: int
    at: datetime
    by: str
    source: str = ""


MOST_COUNTED = 20
"""Values kept for each target counted by hand, the newest; every one stays told by its event."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A purpose: the objective in words, what would show it was met, for whom, when, for how much, on which accounts."""

    id: str
    workspace: str
    name: str
    objective: str
    targets: tuple[Target, ...]
    accounts: tuple[str, ...]
    starts: datetime
    ends: datetime | None
    owner: str
    created_at: datetime
    budget_micro_usd: int | None = None
    """What may be spent on it in its whole life; None: only the workspace's cap counts."""
    segments: tuple[Segment, ...] = ()
    counted: tuple[Counted, ...] = ()
    """What people counted, in the order in which they told it."""
    state: CampaignState = CampaignState.RUNNING
    """As it was decided last; running stands for "by its dates", also where an older release kept no state."""
    braked: bool = False
    """Its pause put its brake on, and going on lifts it. False where somebody else had put it on before."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    def state_at(self, now: datetime) -> CampaignState:
        """What is true of it now: what was decided, else what its dates say."""
        if self.state in {CampaignState.CANCELLED, CampaignState.ENDED}:
            return self.state
        if self.ends is not None and now >= self.ends:
            return CampaignState.ENDED
        if self.state is CampaignState.PAUSED:
            return self.state
        return CampaignState.PLANNED if now < self.starts else CampaignState.RUNNING

    def closed(self, now: datetime) -> str | None:
        """Why nothing more may be planned in it; None while it may."""
        state = self.state_at(now)
        return f"the campaign is {state.value}" if state in {CampaignState.CANCELLED, CampaignState.ENDED} else None

    def misfits(self, account: str, at: datetime) -> tuple[str, ...]:
        """What does not fit about saying something in it, in words; nothing of it forbids that."""
        found = []
        if self.accounts and account not in self.accounts:
            found.append("the account is none of the campaign's")
        if at < self.starts:
            found.append("it would be said before the campaign starts")
        if self.ends is not None and at >= self.ends:
            found.append("it would be said after the campaign has ended")
        return tuple(found)


def likeness(measure: str) -> Measure | None:
    """The measure of the record that somebody surely meant who wrote it a little differently; None where none is."""
    written = re.sub(r"[^a-z]+", "_", measure.casefold()).strip("_")
    return next((one for one in Measure if one.value == written and one.value != measure), None)


class Course(StrEnum):
    """How a target stands."""

    REACHED = "reached"
    ON_COURSE = "on_course"
    BEHIND = "behind"
    MISSED = "missed"
    OPEN = "open"
    """It has not begun, or there is no date by which it is to be reached."""
    NOT_MEASURED = "not_measured"


def course(target: Target, reached: int | None, campaign: Campaign, now: datetime) -> Course:
    """How a target stands: reached, or as far as it would be if it grew evenly from the start to its date.

    A target of which less is better is on course while it keeps to its goal, and reached at its date.
    """
    if reached is None:
        return Course.NOT_MEASURED
    by = target.by or campaign.ends
    over = by is not None and now >= by
    if target.measured in AT_MOST:
        if over:
            return Course.REACHED if reached <= target.goal else Course.MISSED
        if now < campaign.starts:
            return Course.OPEN
        return Course.ON_COURSE if reached <= target.goal else Course.BEHIND
    if reached >= target.goal:
        return Course.REACHED
    if over:
        return Course.MISSED
    if by is None or now < campaign.starts:
        return Course.OPEN
    gone, span = (one // timedelta(seconds=1) for one in (now - campaign.starts, by - campaign.starts))
    return Course.ON_COURSE if reached >= target.goal * gone // span else Course.BEHIND
