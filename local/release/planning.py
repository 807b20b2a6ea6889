"""The acts of preparing and planning: pictures, what is kept to write with, what is said by a plan, and what waits for a yes."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from hashlib import sha256

from chalicelib.domain import timing
from chalicelib.domain.access import Role
from chalicelib.domain.approval import ApprovalRule
from chalicelib.domain.blackout import WEEKDAYS, Hours
from chalicelib.domain.event import Announcement
from chalicelib.domain.event import Kind as Occasion
from chalicelib.domain.evergreen import Entry, Evergreen
from chalicelib.domain.imports import Mode
from chalicelib.domain.links import EVERYWHERE, LinkRule
from chalicelib.domain.post import Attachment
from chalicelib.domain.series import Override, Saying, spelled
from chalicelib.domain.slots import WeekSlot
from chalicelib.domain.texts import Wording
from chalicelib.services import (
    account_sets,
    approving,
    blackouts,
    bodies,
    calendars,
    checking,
    curating,
    drafting,
    events,
    handles,
    importing,
    link_rules,
    media,
    moving,
    queueing,
    reposting,
    review_links,
    series,
    texts,
)
from local.release.record import MINUTE, ZONE, Record

SOON = 5 * MINUTE
"""How far ahead a plan's first post is: the next release says it."""

LONG = "Everything that was mended this spring, and by whom. " * (bodies.SHORT // 50)
"""Too long to lie on the post itself, and for most platforms: it is a draft."""

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def picture(record: Record) -> Attachment:
    """A picture that is taken in, and one that was announced and never came; gives the first, to be shown."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    kept = media.put(desk, owner, png(16, 9), now, alt="A toaster that toasts again")
    lost = png(9, 16)
    media.begin_upload(desk, owner, media.Announced(sha256(lost).hexdigest(), len(lost), "image/png"), now)
    return Attachment(kept.id, "A mended toaster")


def png(width: int, height: int) -> bytes:
    """A picture of one colour (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x30\x60\x90" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def prepared(record: Record) -> None:
    """What is kept to write with: a text, a handle, a set, a rule for links; a calendar that is shared, a feed."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    both = tuple(record.accounts[name].id for name in ("mastodon", "bluesky"))
    words = (Wording("en", "Mended: {thing}"), Wording("de", "Repariert: {thing}"))
    texts.make(desk, owner, "Mended", words, now)
    handles.make(desk, owner, "Tool Library", {"mastodon": "@tools@social.example", "x": "@tools"}, now)
    account_sets.make(desk, owner, "Neighbours", both, now)
    rule = LinkRule(
        EVERYWHERE, owner.workspace, ("desk.example",), "social", campaign="spring", sources={"x": "twitter"}
    )
    link_rules.put(desk, owner, rule, now)
    calendars.share(desk, owner, None, now, texts=True)
    wanted = curating.Wanted(
        "Tools", "https://tools.example/feed", both[:1], "{title}, by {source}: {link}", record.campaign, backlog=1
    )
    curating.follow(desk, owner, wanted, now)


def planned(record: Record) -> None:
    """What plans have made and go on making: an event, a queue, a series, an evergreen; and when nothing is planned."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    hours = Hours(("SU",), "00:00", "23:59", ZONE)
    blackouts.create(desk, owner, blackouts.Wanted(None, "Sundays are quiet", hours=hours), now)
    _event(record)
    soon = timing.wall_time(now + SOON, ZONE)
    week = [WeekSlot(WEEKDAYS[soon.weekday()], f"{soon:%H:%M}"), WeekSlot("TH", "09:00")]
    bluesky = record.accounts["bluesky"].id
    queueing.set_slots(desk, owner, bluesky, ZONE, week, now)
    queueing.add(desk, owner, bluesky, record.body("bluesky", "Due soon, in a slot"), now, campaign=record.campaign)
    _series(record)
    entries = tuple(Entry((f"True at any time: {what}",)) for what in ("oil the hinge", "keep the screws"))
    evergreen = Evergreen(
        id=desk.new_id(),
        workspace=owner.workspace,
        name="Good advice",
        accounts=(record.accounts["mastodon"].id,),
        entries=entries,
        start=spelled(timing.wall_time(now + DAY + HOUR, ZONE)),
        zone=ZONE,
        every_days=7,
        turns=2,
        gap=timedelta(0),
        late_limit=HOUR,
        owner=owner.member,
        created_at=now,
        language="en",
    )
    reposting.create(desk, owner, evergreen, now)


def _event(record: Record) -> None:
    now = record.clock.now()
    starts = timing.wall_time(now + SOON, ZONE) + DAY
    said = (Saying(record.accounts["x"].id, record.body("x", "Due soon: {event} on {date} at {time}, {place}")),)
    wanted = events.Wanted(
        "Repair evening",
        ZONE,
        spelled(starts),
        spelled(starts + 3 * HOUR),
        HOUR,
        (Announcement(Occasion.REMIND, -DAY, said),),
        place="the workshop",
        campaign=record.campaign,
    )
    events.plan(record.desk, record.owner, wanted, now)


def _series(record: Record) -> None:
    """Every Monday for five weeks: two of them are within its horizon, the third is on another day and says another thing."""
    now, account = record.clock.now(), record.accounts["mastodon"].id
    first = timing.wall_time(now, ZONE).replace(hour=10, minute=0) + 7 * DAY
    wanted = series.Wanted(
        "Mondays",
        "FREQ=WEEKLY;COUNT=5",
        ZONE,
        spelled(first),
        None,
        HOUR,
        (Saying(account, record.body("mastodon", "It is Monday: bring what is broken")),),
    )
    made = series.create(record.desk, record.owner, wanted, now)
    third = first + 14 * DAY
    other = (Saying(account, record.body("mastodon", "It is Tuesday this time")),)
    change = Override(spelled(third), to=spelled(third + DAY), said=other)
    series.change_occurrence(record.desk, record.owner, made.id, made.version, change, now)


def imported(record: Record) -> None:
    """A table that was scheduled, one row of it faulty; and one at which nobody has looked yet."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    soon, mastodon = record.when(SOON).wall, f"mastodon:{record.accounts['mastodon'].handle}"
    rows = ["when,zone,account,text,campaign", f"{soon},{ZONE},{mastodon},Due soon: a table told so,{record.campaign}"]
    table = "\n".join([*rows, f"{soon},{ZONE},nobody,Nobody says this,"])
    found = importing.bring(desk, owner, table.encode(), now)
    importing.work(desk, owner.workspace, found.id, now, lambda: False)
    importing.begin(desk, owner, found.id, Mode.ROW_WISE, now)
    importing.work(desk, owner.workspace, found.id, now, lambda: False)
    later = record.when(3 * DAY).wall
    table = f"when,account,text\n{later},{mastodon},A table that waits tells so"
    importing.bring(desk, owner, table.encode(), now)


def foreseen(record: Record) -> None:
    """What would be cancelled of all that is planned: shown, and not done."""
    moving.preview_cancel(record.desk, record.owner, moving.Choice())


def asked(record: Record) -> None:
    """A draft that is too long and has no time; and what a manager proposed, with a comment and a link for a guest.

    Nobody has said yes so far.
    """
    desk, owner, now = record.desk, record.owner, record.clock.now()
    manager = record.members[Role.MANAGER]
    rule = ApprovalRule(people=1, posts_of=frozenset({Role.MANAGER}))
    approving.set_rule(desk, owner, rule, now)
    account = record.accounts["bluesky"].id
    unfinished = checking.Wish(account, record.body("bluesky", f"Not finished yet: {LONG}"), "/variants/0")
    drafting.save_draft(desk, manager, [unfinished], now, labels=("spring", "open"))
    proposed = checking.Wish(account, record.body("bluesky", "Said once somebody agrees"), "/variants/0")
    post = drafting.save_draft(desk, manager, [proposed], now, campaign=record.campaign, when=record.when(2 * DAY))
    drafting.schedule_draft(desk, manager, post.id, None, now)
    (variant,) = post.variants
    approving.comment(desk, record.members[Role.REVIEWER], variant, "Is the day right?", now)
    review_links.make(desk, owner, variant, "The neighbours' association", None, now)
