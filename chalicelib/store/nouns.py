"""Each noun's repository: how it is keyed, when it needs attention, and where people find it listed.

A noun is imported only by whoever asks for its repository: a worker that publishes never pays for digests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.timing import stamp
from chalicelib.ports import Table
from chalicelib.store import keys
from chalicelib.store.repository import Repository, Shelf

if TYPE_CHECKING:
    from chalicelib.domain.account import Account
    from chalicelib.domain.blackout import Blackout
    from chalicelib.domain.brake import Brake
    from chalicelib.domain.calendar import Calendar
    from chalicelib.domain.campaign import Campaign
    from chalicelib.domain.comment import Comment
    from chalicelib.domain.digest import Digest
    from chalicelib.domain.escalation import Escalation
    from chalicelib.domain.event import Event
    from chalicelib.domain.feed import Feed
    from chalicelib.domain.handshake import Handshake
    from chalicelib.domain.hook import Hook
    from chalicelib.domain.imports import Import
    from chalicelib.domain.incident import Incident
    from chalicelib.domain.interaction import Interaction
    from chalicelib.domain.media import Media
    from chalicelib.domain.post import Post, Variant
    from chalicelib.domain.replay import Replay
    from chalicelib.domain.review import ReviewItem
    from chalicelib.domain.review_link import ReviewLink
    from chalicelib.domain.ruling import Ruling
    from chalicelib.domain.series import Series
    from chalicelib.domain.slots import Slots
    from chalicelib.domain.workspace import Member, Workspace


def workspaces(table: Table) -> Repository[Workspace]:
    """Workspaces, each within itself."""
    from chalicelib.domain.workspace import Workspace

    return Repository(table, "workspace", Workspace, lambda ws, _: keys.workspace(ws))


def members(table: Table) -> Repository[Member]:
    """The people of a workspace."""
    from chalicelib.domain.workspace import Member

    return Repository(table, "member", Member, lambda ws, one: keys.within(ws, "MEMBER", one))


def accounts(table: Table) -> Repository[Account]:
    """Accounts, due while what was held for them is released, listed by the polling slot in which they are read."""
    from chalicelib.domain.account import Account

    return Repository(
        table,
        "account",
        Account,
        lambda ws, one: keys.within(ws, "ACCOUNT", one),
        due=lambda one: one.releasing_since,
        shelf=lambda one: Shelf(
            keys.slot_shelf(keys.slot_of(one.platform, one.id, one.pace.tier if one.pace else None)),
            f"{one.workspace}#{one.id}",
        ),
    )


def campaigns(table: Table) -> Repository[Campaign]:
    """Campaigns."""
    from chalicelib.domain.campaign import Campaign

    return Repository(table, "campaign", Campaign, lambda ws, one: keys.within(ws, "CAMPAIGN", one))


def posts(table: Table) -> Repository[Post]:
    """Posts, listed by when they were made."""
    from chalicelib.domain.post import Post

    return Repository(
        table, "post", Post, keys.post, shelf=lambda one: _listed(one.workspace, "POSTS", one.created_at, one.id)
    )


def variants(table: Table) -> Repository[Variant]:
    """Variants, due at their own time until they were said, listed while they are drafts, await approval or are held, and
    where they were never said. What awaits approval stands in no line: it is due when somebody is to be reminded of it.
    """
    from chalicelib.domain.post import HalfSent, Variant, VariantState

    moving = (VariantState.SCHEDULED, VariantState.SENDING)
    lists = {
        VariantState.DRAFT: "DRAFTS",
        VariantState.AWAITING_APPROVAL: "APPROVALS",
        VariantState.HELD: "HELD",
        VariantState.MISSED: "UNSAID",
        VariantState.FAILED: "UNSAID",
    }

    def due(one: Variant) -> datetime | None:
        # A deferral leaves it where it is, as the claim does: its place in the account's line is its schedule's.
        if one.state in moving or one.owes:
            return one.schedule.at
        if one.state is VariantState.AWAITING_APPROVAL:
            return one.remind_at or one.schedule.at + one.schedule.late_limit
        if one.state is VariantState.HELD and not (one.begun and one.half_sent is HalfSent.GO_ON):
            return one.schedule.at + one.schedule.late_limit
        return None

    def shelf(one: Variant) -> Shelf | None:
        if one.waits and one.state is VariantState.SCHEDULED:
            return _listed(one.workspace, "ANSWERS", one.schedule.at, one.id)
        return _listed(one.workspace, lists[one.state], one.schedule.at, one.id) if one.state in lists else None

    return Repository(
        table,
        "variant",
        Variant,
        keys.variant,
        due=due,
        shelf=shelf,
        line=lambda one: None if one.state is VariantState.AWAITING_APPROVAL else one.account,
        hands=lambda one: "approval" if one.state is VariantState.AWAITING_APPROVAL else "variant",
        whole=("remote",),
    )


def comments(table: Table) -> Repository[Comment]:
    """Comments, each beside its variant."""
    from chalicelib.domain.comment import Comment

    return Repository(table, "comment", Comment, keys.comment)


def review_links(table: Table) -> Repository[ReviewLink]:
    """Review links, each beside its variant."""
    from chalicelib.domain.review_link import ReviewLink

    return Repository(table, "link", ReviewLink, keys.review_link)


def brakes(table: Table) -> Repository[Brake]:
    """Brakes, due when they end by themselves, and until what they held is settled."""
    from chalicelib.domain.brake import Brake, BrakeState

    def due(one: Brake) -> datetime | None:
        if one.state is BrakeState.ON:
            return one.expires_at
        return None if one.settled else one.lifted_at

    return Repository(table, "brake", Brake, lambda ws, one: keys.within(ws, "BRAKE", one), due=due)


def handshakes(table: Table) -> Repository[Handshake]:
    """Sign-ins that wait for their person, due at their end."""
    from chalicelib.domain.handshake import Handshake, HandshakeState

    return Repository(
        table,
        "handshake",
        Handshake,
        lambda ws, one: keys.within(ws, "HANDSHAKE", one),
        due=lambda one: one.expires_at if one.state is HandshakeState.OPEN else None,
    )


def incidents(table: Table) -> Repository[Incident]:
    """Incidents, due until somebody was told, listed by when they were opened."""
    from chalicelib.domain.incident import Incident, IncidentState

    def due(one: Incident) -> datetime | None:
        if one.state is IncidentState.OPEN:
            return one.lease_until or one.opened_at
        return one.lease_until if one.state is IncidentState.TELLING else None

    return Repository(
        table,
        "incident",
        Incident,
        lambda ws, one: keys.within(ws, "INCIDENT", one),
        due=due,
        shelf=lambda one: _listed(one.workspace, "INCIDENTS", one.opened_at, one.id),
    )


def hooks(table: Table) -> Repository[Hook]:
    """Addresses at which messages are brought."""
    from chalicelib.domain.hook import Hook

    return Repository(table, "hook", Hook, lambda ws, one: keys.within(ws, "HOOK", one))


def calendars(table: Table) -> Repository[Calendar]:
    """Calendars that were shared."""
    from chalicelib.domain.calendar import Calendar

    return Repository(table, "calendar", Calendar, lambda ws, one: keys.within(ws, "CALENDAR", one))


def imports(table: Table) -> Repository[Import]:
    """Imports of tables, due while there is work on them, listed by when they were brought."""
    from chalicelib.domain.imports import WORKING, Import

    return Repository(
        table,
        "import",
        Import,
        keys.imported,
        due=lambda one: one.since if one.state in WORKING else None,
        shelf=lambda one: _listed(one.workspace, "IMPORTS", one.created_at, one.id),
    )


def replays(table: Table) -> Repository[Replay]:
    """Replays, due while there is work on them and when they are forgotten."""
    from chalicelib.domain.replay import KEPT_FOR, Replay, ReplayState

    due = {ReplayState.RUNNING: timedelta(0), ReplayState.DONE: KEPT_FOR}
    return Repository(
        table,
        "replay",
        Replay,
        keys.replay,
        due=lambda one: one.until + due[one.state] if one.state in due else None,
    )


def interactions(table: Table) -> Repository[Interaction]:
    """Interactions, due while nothing was decided, listed by when they were said."""
    from chalicelib.domain.interaction import Interaction, InteractionState

    return Repository(
        table,
        "interaction",
        Interaction,
        keys.interaction,
        due=lambda one: one.received_at if one.state is InteractionState.NEW else None,
        shelf=lambda one: _listed(one.workspace, "INBOX", one.created_at, one.id),
        whole=("decision", "shadow", "correction_shadow"),
    )


def reviews(table: Table) -> Repository[ReviewItem]:
    """Review items, due at their deadline, listed until they are resolved: the gravest first, then by deadline."""
    from chalicelib.domain.review import ReviewItem, ReviewState

    def due(one: ReviewItem) -> datetime | None:
        return one.deadline if one.state in {ReviewState.OPEN, ReviewState.CLAIMED} else None

    def shelf(one: ReviewItem) -> Shelf | None:
        if one.state is ReviewState.RESOLVED:
            return None
        return Shelf(keys.shelf(one.workspace, "REVIEW"), f"{9 - one.severity}#{stamp(one.deadline)}#{one.id}")

    return Repository(table, "review", ReviewItem, keys.review, due=due, shelf=shelf)


def rulings(table: Table) -> Repository[Ruling]:
    """Rulings, due while the platform is to be asked, listed by when they were decided."""
    from chalicelib.domain.ruling import Ruling

    return Repository(
        table,
        "ruling",
        Ruling,
        keys.ruling,
        due=lambda one: one.not_before if one.open else None,
        shelf=lambda one: _listed(one.workspace, "RULINGS", one.asked_at, one.id),
    )


def escalations(table: Table) -> Repository[Escalation]:
    """Escalations, due until somebody was told, listed by when they were opened."""
    from chalicelib.domain.escalation import Escalation, EscalationState

    def due(one: Escalation) -> datetime | None:
        if one.state is EscalationState.OPEN:
            return one.lease_until or one.opened_at
        return one.lease_until if one.state is EscalationState.TELLING else None

    return Repository(
        table,
        "escalation",
        Escalation,
        keys.escalation,
        due=due,
        shelf=lambda one: _listed(one.workspace, "ESCALATIONS", one.opened_at, one.id),
    )


def digests(table: Table) -> Repository[Digest]:
    """Digests, due until they were sent, listed by the end of their span."""
    from chalicelib.domain.digest import Digest, DigestState

    def due(one: Digest) -> datetime | None:
        if one.state is DigestState.DUE:
            return one.lease_until or one.due_at
        return one.lease_until if one.state is DigestState.SENDING else None

    return Repository(
        table,
        "digest",
        Digest,
        lambda ws, one: keys.within(ws, "DIGEST", one),
        due=due,
        shelf=lambda one: _listed(one.workspace, "DIGESTS", one.until, one.id),
    )


def media(table: Table) -> Repository[Media]:
    """Pictures and films, listed by when they came."""
    from chalicelib.domain.media import Media, MediaState

    def shelf(one: Media) -> Shelf | None:
        return None if one.state is MediaState.DELETED else _listed(one.workspace, "MEDIA", one.created_at, one.id)

    return Repository(table, "media", Media, keys.media, shelf=shelf)


def blackouts(table: Table) -> Repository[Blackout]:
    """Blackouts, on or lifted."""
    from chalicelib.domain.blackout import Blackout

    return Repository(table, "blackout", Blackout, lambda ws, one: keys.within(ws, "BLACKOUT", one))


def events(table: Table) -> Repository[Event]:
    """Things that take place."""
    from chalicelib.domain.event import Event

    return Repository(table, "event", Event, lambda ws, one: keys.within(ws, "EVENT", one))


def slots_of(table: Table) -> Repository[Slots]:
    """The weekly slots of each account, under its id."""
    from chalicelib.domain.slots import Slots

    return Repository(table, "slots", Slots, lambda ws, one: keys.within(ws, "SLOTS", one))


def series(table: Table) -> Repository[Series]:
    """Series, due whenever there is something to make or to take back."""
    from chalicelib.domain.series import Series

    return Repository(
        table,
        "series",
        Series,
        lambda ws, one: keys.within(ws, "SERIES", one),
        due=lambda one: one.wake_at,
        whole=("ledger",),
    )


def feeds(table: Table) -> Repository[Feed]:
    """Feeds that are followed."""
    from chalicelib.domain.feed import Feed

    return Repository(table, "feed", Feed, lambda ws, one: keys.within(ws, "FEED", one))


def _listed(workspace: str, name: str, at: datetime, item_id: str) -> Shelf:
    return Shelf(keys.shelf(workspace, name), f"{stamp(at)}#{item_id}")
