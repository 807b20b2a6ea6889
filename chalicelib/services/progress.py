"""Progress: how far a campaign has come, target by target, and on what evidence.

A figure is only told where the record holds what it needs: the campaign's posts, what was said under them and toward its
accounts, what became of that, and what platforms counted of them (`measuring`). All else is counted by hand, and says so until
somebody does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from chalicelib.domain.campaign import COUNTED_THERE, UNITS, Campaign, Course, Measure, Target, course
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.measuring import Sums, summed
from chalicelib.domain.money import Purse
from chalicelib.domain.post import Variant, VariantState
from chalicelib.services import campaigns
from chalicelib.services.campaigns import States
from chalicelib.services.desk import Desk, keyed_id
from chalicelib.services.forecasting import Purses
from chalicelib.store import keys
from chalicelib.store.repository import whole

MOST_INTERACTIONS = 2000
"""How many of the workspace's interactions are looked through, the newest first: about two seconds of reading on AWS."""

_REPLIES = frozenset({"reply", "comment", "quote"})


@dataclass(frozen=True, slots=True)
class Figure:
    """How one target stands. reached: None where nothing measures it yet. evidence: what that rests on, in words."""

    target: Target
    reached: int | None
    unit: str
    by: datetime | None
    course: Course
    evidence: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How a campaign stands. complete: whether everything that counts was looked at."""

    campaign: Campaign
    figures: tuple[Figure, ...]
    states: States
    purse: Purse
    complete: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was said to the campaign. under: below its posts; toward: mentions of its accounts in its time."""

    published: int
    posts_complete: bool
    under: tuple[Interaction, ...] = ()
    toward: tuple[Interaction, ...] = ()
    answers: tuple[tuple[Interaction, datetime], ...] = ()
    """What of both was answered, and when the answer went out."""
    heard_all: bool = True
    sums: Sums | None = None
    """What platforms counted; None where no target asks for it."""

    @property
    def all(self) -> tuple[Interaction, ...]:
        """Each once: a mention may stand below a post."""
        return tuple({one.id: one for one in (*self.under, *self.toward)}.values())

    @property
    def calls_for_answer(self) -> tuple[Interaction, ...]:
        """What was not left alone on purpose, and was not taken back."""
        left = {InteractionState.IGNORED, InteractionState.WITHDRAWN}
        return tuple(one for one in self.all if one.state not in left)


def progress(desk: Desk, campaign: Campaign, now: datetime) -> Progress:
    """How far a campaign has come: every target with its evidence, its posts by state, its money."""
    variants, complete = campaigns.variants(desk, campaign)
    facts = _gather(desk, campaign, variants, complete, now)
    purse = Purses(desk, desk.workspace(campaign.workspace), now).of_campaign(campaign)
    told = campaigns.states_of(variants, complete)
    return Progress(campaign, _figures(campaign, facts, now), told, purse, complete and facts.heard_all)


def figures(desk: Desk, campaign: Campaign, now: datetime) -> tuple[Figure, ...]:
    """How every target stands, and nothing else."""
    if not campaign.targets:
        return ()
    variants, complete = campaigns.variants(desk, campaign)
    return _figures(campaign, _gather(desk, campaign, variants, complete, now), now)


def _figures(campaign: Campaign, facts: _Facts, now: datetime) -> tuple[Figure, ...]:
    return tuple(_figure(campaign, target, facts, now) for target in campaign.targets)


def _figure(campaign: Campaign, target: Target, facts: _Facts, now: datetime) -> Figure:
    measure = target.measured
    counted = measure in COUNTED_THERE and facts.sums is not None and measure.value in facts.sums.told
    if measure in COUNTED_THERE and not counted and any(one.measure == target.measure for one in campaign.counted):
        measure = None  # what somebody counted stands until a platform tells more
    if measure is None:
        reached, evidence = _by_hand(campaign, target)
        unit = target.unit
    else:
        reached, evidence = _measured(measure, facts)
        unit = UNITS.get(measure, measure.value)
    by = target.by or campaign.ends
    return Figure(target, reached, unit, by, course(target, reached, campaign, now), evidence, measure is None)


def _by_hand(campaign: Campaign, target: Target) -> tuple[int | None, str]:
    counted = [one for one in campaign.counted if one.measure == target.measure]
    if not counted:
        return None, "nothing measures it yet: somebody has to count it"
    last = counted[-1]
    source = f" ({last.source})" if last.source else ""
    return last.value, f"counted by {last.by} on {last.at:%Y-%m-%d}{source}"


def _measured(measure: Measure, facts: _Facts) -> tuple[int | None, str]:
    under = f"below {facts.published} published posts"
    if not facts.heard_all:
        under += f", among the latest {MOST_INTERACTIONS} things said to the workspace"
    match measure:
        case Measure.POSTS_PUBLISHED:
            rest = "" if facts.posts_complete else ", among the latest posts of the workspace"
            return facts.published, f"posts that went out and stand there{rest}"
        case Measure.INTERACTIONS:
            return len(facts.under), f"everything said {under}"
        case Measure.REPLIES:
            return sum(one.kind in _REPLIES for one in facts.under), f"replies, comments and quotes {under}"
        case Measure.MENTIONS:
            return len(facts.toward), "mentions of the campaign's accounts in its time"
        case Measure.ANSWERED_SHARE:
            asked = len(facts.calls_for_answer)
            share = len(facts.answers) * 100 // asked if asked else None
            return share, f"{len(facts.answers)} of {asked} answered; what was left alone is not counted"
        case Measure.FIRST_RESPONSE_MINUTES:
            waits = [max(timedelta(0), at - one.created_at) for one, at in facts.answers]
            middle = int(median(wait.total_seconds() for wait in waits) // 60) if waits else None
            return middle, f"the middle one of {len(waits)} answers, from what was said to its answer"
        case Measure.LIKES | Measure.REPOSTS | Measure.VIEWS:
            return _told(measure, facts)
        case Measure.ESCALATIONS:
            return sum(one.escalation is not None for one in facts.all), f"escalated of {len(facts.all)} things said"


def _told(measure: Measure, facts: _Facts) -> tuple[int | None, str]:
    """What platforms counted, and of how many posts: where none told it, it is missing, not zero."""
    sums = facts.sums
    of = 0 if sums is None else sums.told.get(measure.value, 0)
    if sums is None or not of:
        return None, f"no platform has told it of any of {facts.published} published posts"
    return sums.counts[measure.value], f"told of {of} of {facts.published} published posts"


# --- what the record tells -------------------------------------------------------------------------------------------


def _gather(desk: Desk, campaign: Campaign, variants: Sequence[Variant], complete: bool, now: datetime) -> _Facts:
    published = [one for one in variants if one.state is VariantState.PUBLISHED and one.taken_down_at is None]
    asked = {target.measured for target in campaign.targets}
    sums = _sums(desk, campaign.workspace, published) if asked & COUNTED_THERE else None
    if not asked - {None, Measure.POSTS_PUBLISHED} - COUNTED_THERE:
        return _Facts(len(published), complete, sums=sums)
    roots = _conversations(desk, campaign.workspace, published)
    ends = min(now, campaign.ends or now)
    under, toward, seen = [], [], 0
    for one in _interactions(desk, campaign):
        seen += 1
        if one.conversation.id in roots:
            under.append(one)
        if one.kind == "mention" and one.account in campaign.accounts and campaign.starts <= one.created_at <= ends:
            toward.append(one)
    facts = _Facts(len(published), complete, tuple(under), tuple(toward), heard_all=seen < MOST_INTERACTIONS)
    answers = tuple(_answers(desk, campaign.workspace, facts.calls_for_answer))
    return replace(facts, answers=answers, sums=sums)


def _sums(desk: Desk, workspace: str, published: Sequence[Variant]) -> Sums:
    return summed(desk.store.measurings.of_post(workspace, one.id) for one in published)


def _conversations(desk: Desk, workspace: str, published: Sequence[Variant]) -> frozenset[str]:
    """The conversations that the campaign's own posts began: as platforms name them, by any part of a thread."""
    key, found = desk.key(workspace), set()
    for one in published:
        if one.remote is None or one.interaction is not None:
            continue
        for remote in (one.remote, *one.said):
            found.add(keyed_id(key, "conversation", one.platform, remote.id))
    return frozenset(found)


def _interactions(desk: Desk, campaign: Campaign) -> Iterator[Interaction]:
    """What was said to the workspace since the campaign began, the newest first, no further than `MOST_INTERACTIONS`."""
    shelf, since = keys.shelf(campaign.workspace, "INBOX"), min(campaign.starts, campaign.created_at)
    listed = whole(lambda after: desk.store.interactions.listed(shelf, limit=100, after=after, newest_first=True))
    for number, one in enumerate(listed):
        if number >= MOST_INTERACTIONS or one.created_at < since:
            return
        yield one


def _answers(desk: Desk, workspace: str, asked: Sequence[Interaction]) -> Iterator[tuple[Interaction, datetime]]:
    """What of these was answered, and when the answer went out."""
    with_answer = {one.answer: one for one in asked if one.answer is not None}
    for variant in desk.store.variants.get_many(keys.variant(workspace, one) for one in with_answer):
        if variant.published_at is not None:
            yield with_answer[variant.id], variant.published_at
