"""What a digest tells, gathered from the record: objectives, what was said, what waits, what was decided, who is silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from textwrap import shorten

from chalicelib.domain.account import Account
from chalicelib.domain.campaign import CampaignState
from chalicelib.domain.escalation import EscalationState
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.review import Subject
from chalicelib.domain.workspace import Workspace
from chalicelib.services import bands, incidents, progress, recent
from chalicelib.services.bodies import body_of
from chalicelib.services.desk import Desk
from chalicelib.services.polling import silent_since
from chalicelib.services.wording import (
    CampaignLine,
    DigestFacts,
    EscalationLine,
    NoticedLine,
    PublishedLine,
    SilentLine,
    TargetLine,
    WaitingLine,
)
from chalicelib.store import keys
from chalicelib.store.repository import whole

MOST_LINES = 50
"""Lines of one list in a mail; a longer list is read at the API."""

MOST_POSTS = 2000
"""Posts looked through, newest first: a digest must end in its worker's time, whatever a workspace has gathered."""

MOST_MEASURED = 5
"""Campaigns whose targets are measured for one digest, for the same reason; the others' progress is read at the API."""

LATE_NEWS = timedelta(days=7)
"""How long before the span something may have been said that was read within it."""

_TITLE = 80
_UNDER_WAY = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})
_LOST = {
    VariantState.MISSED: "missed",
    VariantState.FAILED: "refused by the platform",
    VariantState.HELD: "held",
}


def gather(desk: Desk, workspace: Workspace, since: datetime, until: datetime, now: datetime) -> DigestFacts:
    """The facts of one span of time: what was said in the order in which it went out, the rest newest first."""
    accounts = {one.id: one for one in desk.store.accounts_of(workspace.id)}
    variants = list(recent.variants(desk, workspace.id, MOST_POSTS))
    published = sorted(
        (one for one in variants if one.published_at is not None and since <= one.published_at < until),
        key=lambda one: one.published_at or until,
    )
    silent = [(account, silent_since(desk, account, now)) for account in accounts.values()]
    interactions = list(_interactions(desk, workspace.id, since, until))
    decided = Counter(one.decision.action.value for one in interactions if one.decision is not None)
    return DigestFacts(
        workspace=workspace.name,
        zone=workspace.zone,
        since=since,
        until=until,
        campaigns=tuple(_campaigns(desk, workspace.id, published, variants, now)),
        published=tuple(_published_line(desk, one, accounts) for one in published[-MOST_LINES:]),
        waiting=tuple(_waiting(desk, workspace.id, variants, now)),
        actions=dict(decided),
        escalations=tuple(_escalations(desk, workspace.id, since, until)),
        silent=tuple(
            SilentLine(account.platform, account.handle, at, _why_silent(desk, account))
            for account, at in silent
            if at is not None
        ),
        heard=sum(1 for _, at in silent if at is None),
        noticed=tuple(_noticed(desk, workspace, accounts.values())),
    )


def _interactions(desk: Desk, workspace: str, since: datetime, until: datetime) -> Iterator[Interaction]:
    shelf = keys.shelf(workspace, "INBOX")
    for one in whole(lambda after: desk.store.interactions.listed(shelf, limit=100, after=after, newest_first=True)):
        if one.created_at < since - LATE_NEWS:
            return
        if since <= one.received_at < until and not one.history:
            yield one


def _campaigns(
    desk: Desk, workspace: str, published: list[Variant], variants: list[Variant], now: datetime
) -> Iterator[CampaignLine]:
    pk = keys.workspace(workspace).pk
    said = Counter(one.campaign for one in published)
    coming = Counter(one.campaign for one in variants if one.state is VariantState.SCHEDULED)
    measured = 0
    for campaign in whole(lambda after: desk.store.campaigns.queried(pk, "CAMPAIGN#", after=after)):
        targets = tuple(TargetLine(target.measure, target.goal) for target in campaign.targets)
        if targets and campaign.state_at(now) in _UNDER_WAY and measured < MOST_MEASURED:
            figures = progress.figures(desk, campaign, now)
            targets = tuple(TargetLine(one.target.measure, one.target.goal, one.reached) for one in figures)
            measured += 1
        yield CampaignLine(campaign.name, campaign.objective, targets, said[campaign.id], coming[campaign.id])


def _published_line(desk: Desk, variant: Variant, accounts: dict[str, Account]) -> PublishedLine:
    account = accounts.get(variant.account)
    title, url = "an answer to a member", None  # neither its words nor its address, which may tell whom it answers
    if variant.interaction is None:
        body = body_of(desk, variant)
        title = shorten(body.title or body.text, _TITLE, placeholder=" …")
        url = variant.remote.url if variant.remote is not None else None
    return PublishedLine(
        at=variant.published_at or variant.schedule.at,
        platform=variant.platform,
        account=account.handle if account else "",
        title=title,
        url=url,
    )


def _waiting(desk: Desk, workspace: str, variants: list[Variant], now: datetime) -> Iterator[WaitingLine]:
    page = desk.store.reviews.listed(keys.shelf(workspace, "REVIEW"), limit=MOST_LINES)
    for item in page.items:
        doubt = item.subject is Subject.VARIANT
        what = "a post that may or may not have gone out" if doubt else "a message from a member"
        yield WaitingLine(item.id, what, item.question, item.opened_at, doubt)
    for variant in variants:
        if variant.in_doubt(now):
            why = variant.doubt or "no answer came"
            yield WaitingLine(variant.id, f"a post on {variant.platform}", why, variant.schedule.at, in_doubt=True)
        elif variant.state in _LOST:
            why = f"{_LOST[variant.state]}: {variant.reason or 'no reason given'}"
            yield WaitingLine(variant.id, f"a post on {variant.platform}", why, variant.schedule.at)


def _escalations(desk: Desk, workspace: str, since: datetime, until: datetime) -> Iterator[EscalationLine]:
    shelf = keys.shelf(workspace, "ESCALATIONS")
    page = desk.store.escalations.listed(shelf, limit=MOST_LINES, newest_first=True)
    for one in page.items:
        if since <= one.opened_at < until or one.state is EscalationState.UNTOLD:
            reason = ", ".join(risk.replace("_", "-") for risk in one.risks) or "the guideline asked for it"
            yield EscalationLine(one.id, reason, one.severity, one.opened_at, open=True)


def _noticed(desk: Desk, workspace: Workspace, accounts: Iterable[Account]) -> Iterator[NoticedLine]:
    if (own := incidents.of(desk, workspace)) is not None:
        yield NoticedLine(None, "What your people taught the reader", own.why, own.opened_at, own.next_step)
    for account in accounts:
        for one in bands.noticed(desk, account, desk.store.reading(account.workspace, account.id)):
            yield NoticedLine(account.platform, account.handle, one.why, one.opened_at, one.next_step)


def _why_silent(desk: Desk, account: Account) -> str:
    return desk.store.reading(account.workspace, account.id).failure or account.state.value
