"""One plain noun of each repository, and what it takes to write one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.access import Role
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.account_set import AccountSet
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.blackout import Blackout, BlackoutState
from chalicelib.domain.brake import Brake, BrakeState, Scope
from chalicelib.domain.calendar import Calendar, CalendarState
from chalicelib.domain.campaign import Campaign, Target
from chalicelib.domain.comment import Comment
from chalicelib.domain.digest import Digest, DigestState
from chalicelib.domain.escalation import Escalation, EscalationState
from chalicelib.domain.event import Announcement, Event, EventState, Kind
from chalicelib.domain.evergreen import Entry, Evergreen
from chalicelib.domain.feed import Feed, FeedState
from chalicelib.domain.imports import Import, ImportState
from chalicelib.domain.interaction import Author, Conversation, Interaction, InteractionState
from chalicelib.domain.links import LinkRule
from chalicelib.domain.media import Media, MediaState
from chalicelib.domain.mentions import Handle
from chalicelib.domain.post import Body, Origin, Post, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor, Rationale
from chalicelib.domain.replay import Replay, ReplayState, Versions
from chalicelib.domain.review import ReviewItem, ReviewState, Subject
from chalicelib.domain.review_link import LinkState, ReviewLink
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.domain.series import Saying, Series, SeriesState
from chalicelib.domain.slots import Slots, WeekSlot
from chalicelib.domain.texts import Text, Wording
from chalicelib.domain.workspace import Member, Workspace

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WS = "w1"

VARIANT = Variant(
    id="p1.0",
    post="p1",
    workspace=WS,
    account="a1",
    platform="x",
    campaign=None,
    origin=Origin.PERSON,
    state=VariantState.SCHEDULED,
    version=1,
    schedule=Schedule(AT, "UTC", "2026-11-21T09:00:00", timedelta(hours=1)),
    not_before=AT,
)
INTERACTION = Interaction(
    id="i1",
    workspace=WS,
    platform="x",
    kind="mention",
    account="a1",
    author=Author("someone"),
    conversation=Conversation("thread"),
    state=InteractionState.NEW,
    created_at=AT - MINUTE,
    received_at=AT,
)
REVIEW = ReviewItem("r1", WS, Subject.INTERACTION, "i1", ReviewState.OPEN, 1, AT, AT + 60 * MINUTE, "What now?")
RULING = Ruling(
    id="i1.1",
    workspace=WS,
    interaction="i1",
    account="a1",
    platform="x",
    action="hide",
    undone_by="unhide",
    state=RulingState.ASKED,
    rationale=Rationale("it hurts", Actor.member("m1")),
    revision=1,
    digest="0f" * 32,
    asked_at=AT,
    since=AT,
    not_before=AT,
)
ESCALATION = Escalation("e1", WS, "i1", EscalationState.OPEN, "m1", ("self_harm",), 3, AT, AT + 60 * MINUTE)
BRAKE = Brake("all", WS, Scope.ALL, None, BrakeState.ON, "a storm", "m1", AT)
DIGEST = Digest("d1", WS, DigestState.DUE, ("m1",), AT - 60 * MINUTE, AT, due_at=AT)
SERIES = Series(
    id="s1",
    workspace=WS,
    name="Every morning",
    rule="FREQ=DAILY;COUNT=3",
    zone="UTC",
    start="2026-11-22T09:00",
    ends=None,
    late_limit=60 * MINUTE,
    said=(Saying("a1", Body("Good morning")),),
    campaign=None,
    owner="m1",
    author="m1",
    state=SeriesState.ACTIVE,
    created_at=AT,
    since=AT,
    wake_at=AT,
)

MEDIA = Media("f1", WS, MediaState.READY, "0" * 64, "image/png", 300, AT, "m1", 40, 30, content="1" * 64)
REPLAY = Replay("y1", WS, ReplayState.RUNNING, Versions("v2", "r"), Versions("v1", "r"), AT - 60 * MINUTE, AT)
IMPORT = Import("b1", WS, ImportState.CHECKING, "m1", AT, AT, rows=3, parts=1)

SAMPLES: dict[str, Any] = {
    "media": MEDIA,
    "feeds": Feed(
        "n1", WS, FeedState.ACTIVE, "Town", "https://town.example/", ("a1",), "{source} {link}", None, "m1", AT
    ),
    "workspaces": Workspace(WS, "Desk", "UTC", AT, "sealed", "g1", "m1"),
    "members": Member("m1", WS, "Owner", "owner@desk.example", Role.OWNER, AT),
    "accounts": Account("a1", WS, "x", "https://x.example", "1", "desk", AccountState.ACTIVE, AT),
    "campaigns": Campaign("c1", WS, "Spring", "More people", (Target("sign-ups", 40),), ("a1",), AT, None, "m1", AT),
    "posts": Post("p1", WS, None, Origin.PERSON, AT, "member:m1", ("p1.0",)),
    "variants": VARIANT,
    "interactions": INTERACTION,
    "reviews": REVIEW,
    "rulings": RULING,
    "escalations": ESCALATION,
    "digests": DIGEST,
    "brakes": BRAKE,
    "comments": Comment("p1.0.20261121", WS, "p1.0", 1, "member:m1", AT, "Too loud"),
    "review_links": ReviewLink(
        "p1.0.l1", WS, "p1.0", LinkState.OPEN, "hash", "Dana", "member:m1", AT, AT + 60 * MINUTE
    ),
    "series": SERIES,
    "texts": Text("t1", WS, "Opening", (Wording("en", "{place} opens"), Wording("de", "{place} ist offen"))),
    "handles": Handle("h1", WS, "Ada Lovelace", {"x": "ada"}),
    "account_sets": AccountSet("s1", WS, "All", ("a1", "a2")),
    "evergreens": Evergreen(
        "g1",
        WS,
        "Always true",
        ("a1",),
        (Entry(("We are here", "Here we are")),),
        "2026-12-01T09:00",
        "UTC",
        7,
        2,
        MINUTE,
        60 * MINUTE,
        "m1",
        AT,
    ),
    "link_rules": LinkRule("workspace", WS, ("ours.example",), "social", sources={"x": "twitter"}),
    "blackouts": Blackout("b1", WS, None, "holidays", "m1", BlackoutState.ON, AT, AT, AT + 60 * MINUTE),
    "events": Event(
        "v1",
        WS,
        "Open day",
        "UTC",
        "2026-12-05T10:00",
        None,
        60 * MINUTE,
        (Announcement(Kind.LIVE, 0 * MINUTE, (Saying("a1", Body("Now: {event}")),)),),
        "m1",
        "m1",
        EventState.PLANNED,
        AT,
    ),
    "slots_of": Slots("a1", WS, "UTC", (WeekSlot("MO", "09:00"),)),
    "imports": IMPORT,
    "replays": REPLAY,
    "calendars": Calendar(
        "k1", WS, CalendarState.SHARED, None, texts=False, secret_hash="0" * 64, owner="m1", created_at=AT
    ),
}


def event(act: str = "change", at: datetime = AT) -> AuditEvent:
    """That somebody did something."""
    return AuditEvent(WS, "noun:1", act, at, Actor.member("m1"), f"because of {act}")


def moved(noun: Any, state: Any, **more: Any) -> Any:
    """The noun in another state."""
    return replace(noun, state=state, **more)
