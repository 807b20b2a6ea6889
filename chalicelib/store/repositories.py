"""Every noun's repository over one table, each made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.ports import Table
from chalicelib.store import library, nouns
from chalicelib.store.repository import Repository

if TYPE_CHECKING:
    from chalicelib.domain.account import Account
    from chalicelib.domain.account_set import AccountSet
    from chalicelib.domain.blackout import Blackout
    from chalicelib.domain.brake import Brake
    from chalicelib.domain.calendar import Calendar
    from chalicelib.domain.campaign import Campaign
    from chalicelib.domain.comment import Comment
    from chalicelib.domain.digest import Digest
    from chalicelib.domain.escalation import Escalation
    from chalicelib.domain.event import Event
    from chalicelib.domain.evergreen import Evergreen
    from chalicelib.domain.feed import Feed
    from chalicelib.domain.handshake import Handshake
    from chalicelib.domain.hook import Hook
    from chalicelib.domain.imports import Import
    from chalicelib.domain.incident import Incident
    from chalicelib.domain.interaction import Interaction
    from chalicelib.domain.links import LinkRule
    from chalicelib.domain.media import Media
    from chalicelib.domain.mentions import Handle
    from chalicelib.domain.post import Post, Variant
    from chalicelib.domain.replay import Replay
    from chalicelib.domain.reply_template import ReplyTemplate
    from chalicelib.domain.review import ReviewItem
    from chalicelib.domain.review_link import ReviewLink
    from chalicelib.domain.ruling import Ruling
    from chalicelib.domain.series import Series
    from chalicelib.domain.slots import Slots
    from chalicelib.domain.texts import Text
    from chalicelib.domain.workspace import Member, Workspace
    from chalicelib.store.feeds import FeedReadings
    from chalicelib.store.measuring import Measurings


class Repositories:
    """All repositories over one table. Holds no state of its own."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @cached_property
    def workspaces(self) -> Repository[Workspace]:
        """Workspaces."""
        return nouns.workspaces(self.table)

    @cached_property
    def members(self) -> Repository[Member]:
        """Their people."""
        return nouns.members(self.table)

    @cached_property
    def accounts(self) -> Repository[Account]:
        """Their accounts."""
        return nouns.accounts(self.table)

    @cached_property
    def campaigns(self) -> Repository[Campaign]:
        """Campaigns."""
        return nouns.campaigns(self.table)

    @cached_property
    def posts(self) -> Repository[Post]:
        """Posts."""
        return nouns.posts(self.table)

    @cached_property
    def variants(self) -> Repository[Variant]:
        """Variants of posts."""
        return nouns.variants(self.table)

    @cached_property
    def comments(self) -> Repository[Comment]:
        """What is said about variants."""
        return nouns.comments(self.table)

    @cached_property
    def review_links(self) -> Repository[ReviewLink]:
        """Links by which guests decide."""
        return nouns.review_links(self.table)

    @cached_property
    def brakes(self) -> Repository[Brake]:
        """Brakes."""
        return nouns.brakes(self.table)

    @cached_property
    def handshakes(self) -> Repository[Handshake]:
        """Sign-ins that wait for their person."""
        return nouns.handshakes(self.table)

    @cached_property
    def incidents(self) -> Repository[Incident]:
        """Accounts that were shut out."""
        return nouns.incidents(self.table)

    @cached_property
    def hooks(self) -> Repository[Hook]:
        """Addresses at which messages are brought."""
        return nouns.hooks(self.table)

    @cached_property
    def calendars(self) -> Repository[Calendar]:
        """Calendars that were shared."""
        return nouns.calendars(self.table)

    @cached_property
    def imports(self) -> Repository[Import]:
        """Imports of tables."""
        return nouns.imports(self.table)

    @cached_property
    def replays(self) -> Repository[Replay]:
        """Replays of guideline versions."""
        return nouns.replays(self.table)

    @cached_property
    def interactions(self) -> Repository[Interaction]:
        """What was said toward us."""
        return nouns.interactions(self.table)

    @cached_property
    def reviews(self) -> Repository[ReviewItem]:
        """Questions for a person."""
        return nouns.reviews(self.table)

    @cached_property
    def rulings(self) -> Repository[Ruling]:
        """What people decided to have done about what was said."""
        return nouns.rulings(self.table)

    @cached_property
    def escalations(self) -> Repository[Escalation]:
        """What went past the desk."""
        return nouns.escalations(self.table)

    @cached_property
    def digests(self) -> Repository[Digest]:
        """Summaries."""
        return nouns.digests(self.table)

    @cached_property
    def feeds(self) -> Repository[Feed]:
        """Feeds that are followed."""
        return nouns.feeds(self.table)

    @cached_property
    def feed_readings(self) -> FeedReadings:
        """How far they were read."""
        from chalicelib.store.feeds import FeedReadings

        return FeedReadings(self.table)

    @cached_property
    def measurings(self) -> Measurings:
        """What was counted."""
        from chalicelib.store.measuring import Measurings

        return Measurings(self.table)

    @cached_property
    def media(self) -> Repository[Media]:
        """Pictures and films."""
        return nouns.media(self.table)

    @cached_property
    def blackouts(self) -> Repository[Blackout]:
        """Times in which nothing is planned."""
        return nouns.blackouts(self.table)

    @cached_property
    def events(self) -> Repository[Event]:
        """Things that take place."""
        return nouns.events(self.table)

    @cached_property
    def slots_of(self) -> Repository[Slots]:
        """The slots of accounts' queues."""
        return nouns.slots_of(self.table)

    @cached_property
    def series(self) -> Repository[Series]:
        """What is said again and again."""
        return nouns.series(self.table)

    @cached_property
    def texts(self) -> Repository[Text]:
        """Prepared texts."""
        return library.texts(self.table)

    @cached_property
    def replies(self) -> Repository[ReplyTemplate]:
        """The words of automatic replies."""
        return library.replies(self.table)

    @cached_property
    def handles(self) -> Repository[Handle]:
        """Who may be mentioned."""
        return library.handles(self.table)

    @cached_property
    def account_sets(self) -> Repository[AccountSet]:
        """Accounts that are spoken through together."""
        return library.account_sets(self.table)

    @cached_property
    def evergreens(self) -> Repository[Evergreen]:
        """Messages that are said again in their turn."""
        return library.evergreens(self.table)

    @cached_property
    def link_rules(self) -> Repository[LinkRule]:
        """How links are tagged."""
        return library.link_rules(self.table)
