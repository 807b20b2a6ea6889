"""Events: planning one makes its posts; moving it moves those that nothing has begun on; cancelling asks what to say.

Every act is one write, and each can be looked at first: the same answer, and nothing stored. No post goes out with a date
that no longer holds: what cannot be moved is taken back, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import timing
from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.event import EVENT, MOST_SAYINGS, Announcement, Event, EventState, given, wall_of
from chalicelib.domain.post import VARIANT, Body, Part, Schedule, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import Saying, spelled
from chalicelib.domain.series import wall_of as read_wall
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import making, texts, withdrawing
from chalicelib.services.desk import Desk
from chalicelib.services.scheduling import NewPost

_SAID: Final = frozenset({VariantState.PUBLISHED, VariantState.SENDING, VariantState.NEEDS_REVIEW})
_MOVED: Final = "taken back: the event was moved"
_CANCELLED: Final = "taken back: the event was cancelled"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An event as it is asked for."""

    name: str
    zone: str
    starts: str
    ends: str | None
    late_limit: timedelta
    announcements: tuple[Announcement, ...]
    place: str | None = None
    link: str | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes, or would become, of one announcement.

    when: its time; None where it is not said any more. said: with its places filled. left: by account, why what it was to
    say there is not moved or taken back.
    """

    announcement: Announcement
    when: Schedule | None
    said: tuple[Saying, ...]
    left: tuple[tuple[str, str], ...] = ()
    why_not: str | None = None


def plan(
    desk: Desk, caller: Caller, wanted: Wanted, now: datetime, *, preview: bool = False
) -> tuple[Event, list[Told]]:
    """Plan an event and make its posts, one for each announcement; as a preview, only say what they would be.

    Raises InvalidField: an announcement whose time has passed, a place that nothing fills, and whatever `making` refuses.
    """
    event = Event(
        id=desk.new_id(),
        workspace=caller.workspace,
        name=wanted.name,
        zone=wanted.zone,
        starts=wanted.starts,
        ends=wanted.ends,
        late_limit=wanted.late_limit,
        announcements=wanted.announcements,
        owner=caller.member,
        author=caller.member,
        state=EventState.PLANNED,
        created_at=now,
        place=wanted.place,
        link=wanted.link,
        campaign=wanted.campaign,
    )
    _check(event)
    told: list[Told] = []
    posts: list[NewPost] = []
    made: list[Announcement] = []
    for number, one in enumerate(event.announcements):
        when = _when(event, one)
        if when.at <= now:
            where = f"/announcements/{number}/offset_minutes"
            raise InvalidField(where, "this time has passed", fix="Say it nearer to the event, or leave it out.")
        said = _filled(event, one, number)
        new = _post(desk, event, number, one, when, said, now)
        posts.append(new)
        made.append(replace(one, post=new.post.id))
        told.append(Told(made[-1], when, said))
    event = replace(event, announcements=tuple(made))
    if preview:
        return event, told
    actor = Actor.member(caller.member)
    why = "planned by a member"
    entry = AuditEvent(event.workspace, f"event:{event.id}", "create", now, actor, why, None, event.state.value)
    desk.store.write([desk.store.events.created(event, entry), *(write for one in posts for write in one.writes)])
    _announce(desk, posts, now)
    return replace(event, rev=1, events=(entry,)), told


def get(desk: Desk, workspace: str, event_id: str) -> Event:
    """An event. Raises NotFound."""
    found = desk.store.events.get(workspace, event_id)
    if found is None:
        raise NotFound
    return found


def move(
    desk: Desk,
    caller: Caller,
    event_id: str,
    version: int,
    starts: str,
    ends: str | None,
    now: datetime,
    *,
    preview: bool = False,
) -> tuple[Event, list[Told]]:
    """Move an event. What nothing has begun on is said at its new time, with the new date in it; the rest is told.

    What was edited by hand, and what would now have been said already, is taken back: neither may go out with the old
    date. ends: None keeps how long it takes. Raises NotFound, InvalidField, and Conflict where it is cancelled, was
    changed since, or a worker began just now.
    """
    before = _of_version(get(desk, caller.workspace, event_id), version, "move")
    if ends is None and before.ends is not None:
        long = datetime.fromisoformat(before.ends) - datetime.fromisoformat(before.starts)
        ends = spelled(read_wall(starts, "/starts") + long)
    after = replace(before, starts=starts, ends=ends, version=version + 1, author=caller.member)
    _check(after)
    if timing.instant(datetime.fromisoformat(starts), after.zone) <= now:
        raise InvalidField("/starts", "this time has passed", fix="Choose a time that lies ahead.")
    told, posts, writes, made = [], [], [], []
    for number, one in enumerate(before.announcements):
        variants = [] if one.post is None else withdrawing.variants_of(desk, before.workspace, one.post)
        writes += withdrawing.cancelling(desk, variants, Actor.member(caller.member), _MOVED, now)
        when, left = _when(after, one), _left(variants)
        accounts = {each.account for each in variants if _movable(each)}
        said = tuple(each for each in _filled(after, one, number) if each.account in accounts)
        if not said or when.at <= now:
            why_not = "its new time has passed" if said else None
            made.append(one)
            told.append(Told(one, None, (), left, why_not))
            continue
        turned = replace(one, turn=one.turn + 1)
        new = _post(desk, after, number, turned, when, said, now)
        posts.append(new)
        made.append(replace(turned, post=new.post.id))
        told.append(Told(made[-1], when, said, left))
    after = replace(after, announcements=tuple(made), state=EVENT.move(before.state, "move"))
    if preview:
        return after, told
    why = f"moved to {starts} by a member"
    return _written(desk, caller, before, after, "move", why, [*writes], posts, now), told


def cancel(
    desk: Desk,
    caller: Caller,
    event_id: str,
    version: int,
    say: str | None,
    why: str,
    now: datetime,
    *,
    preview: bool = False,
) -> tuple[Event, list[Told]]:
    """Cancel an event: what nothing has begun on is taken back, and `say` is said at once wherever it had been announced.

    say: None says nothing; its places are filled as an announcement's. Raises as `move` does.
    """
    before = _of_version(get(desk, caller.workspace, event_id), version, "cancel")
    after = replace(before, version=version + 1, author=caller.member, state=EVENT.move(before.state, "cancel"))
    told: list[Told] = []
    writes: list[Write] = []
    heard: dict[str, Saying] = {}
    for one in before.announcements:
        variants = [] if one.post is None else withdrawing.variants_of(desk, before.workspace, one.post)
        writes += withdrawing.cancelling(desk, variants, Actor.member(caller.member), _CANCELLED, now)
        told.append(Told(one, None, (), _left(variants)))
        spoke = {each.account for each in variants if each.state in _SAID or each.begun}
        heard |= {each.account: each for each in one.said if each.account in spoke}
    posts: list[NewPost] = []
    if say is not None and heard:
        words = texts.fill(say, given(before), "/say")
        said = [
            Saying(
                account,
                Body(words, one.body.title, one.body.community, one.body.language, options=one.body.options.lasting),
            )
            for account, one in heard.items()
        ]
        wall = spelled(timing.wall_time(now, before.zone))
        when = Schedule(now, before.zone, wall, before.late_limit)
        post_id = desk.keyed(before.workspace, "event", before.id, "farewell")
        reason = f"event {before.id} is cancelled"
        posts.append(
            making.prepare(
                desk,
                before.workspace,
                post_id,
                before.campaign,
                when,
                making.wishes(_titled(before, said), "/say"),
                caller.member,
                reason,
                now,
                at_once=True,
            )
        )
        after = replace(after, farewell=post_id)
    if preview:
        return after, told
    return _written(desk, caller, before, after, "cancel", why, writes, posts, now), told


def _check(event: Event) -> None:
    """Refuse what can be no event. Raises InvalidField."""
    try:
        timing.zone(event.zone)
    except ValueError:
        raise InvalidField("/zone", "unknown time zone", fix="Give an IANA name such as Europe/Berlin.") from None
    starts = read_wall(event.starts, "/starts")
    if event.ends is not None and read_wall(event.ends, "/ends") <= starts:
        raise InvalidField("/ends", "the event would end before it starts", fix="Give a later end, or none.")
    if sum(len(one.said) for one in event.announcements) > MOST_SAYINGS:
        raise InvalidField(
            "/announcements", f"an event may say {MOST_SAYINGS} things in all", fix="Plan fewer announcements."
        )
    for number, one in enumerate(event.announcements):
        if not timing.EARLIEST.year < wall_of(event, one).year < timing.LATEST.year - 1:
            raise InvalidField(f"/announcements/{number}/offset_minutes", "this is no time", fix="Say it nearer to it.")


def _when(event: Event, announcement: Announcement) -> Schedule:
    wall = wall_of(event, announcement)
    return Schedule(timing.instant(wall, event.zone), event.zone, spelled(wall), event.late_limit)


def _filled(event: Event, announcement: Announcement, number: int) -> tuple[Saying, ...]:
    """What an announcement says, its places filled. Raises InvalidField."""
    known, where = given(event), f"/announcements/{number}/variants"

    def words(template: str, place: int) -> str:
        return texts.fill(template, known, f"{where}/{place}/text")

    return tuple(
        Saying(
            one.account,
            replace(
                one.body,
                text=words(one.body.text, place),
                title=None if one.body.title is None else words(one.body.title, place),
                rest=tuple(Part(words(part.text, place), part.pictures, part.under) for part in one.body.rest),
            ),
        )
        for place, one in enumerate(announcement.said)
    )


def _titled(event: Event, said: Sequence[Saying]) -> list[Saying]:
    """Their titles' places filled."""
    return [
        replace(one, body=replace(one.body, title=texts.fill(one.body.title, given(event), "/say")))
        if one.body.title is not None
        else one
        for one in said
    ]


def _post(
    desk: Desk,
    event: Event,
    number: int,
    announcement: Announcement,
    when: Schedule,
    said: Sequence[Saying],
    now: datetime,
) -> NewPost:
    turn = () if announcement.turn == 0 else (str(announcement.turn),)
    post_id = desk.keyed(event.workspace, "event", event.id, str(number), *turn)
    wanted = making.wishes(said, f"/announcements/{number}/variants")
    why = f"{announcement.kind.value} of event {event.id}"
    return making.prepare(desk, event.workspace, post_id, event.campaign, when, wanted, event.author, why, now)


def _movable(variant: Variant) -> bool:
    """Whether another post may take its place: nothing has begun on it, and nobody edited it."""
    return VARIANT.allows(variant.state, "cancel") and not variant.begun and variant.version == 1


def _left(variants: Sequence[Variant]) -> tuple[tuple[str, str], ...]:
    """By account, why what was to be said there is not said anew."""
    found = []
    for one in variants:
        if one.state is VariantState.PUBLISHED or one.begun:
            found.append((one.account, "it was said already"))
        elif one.state in _SAID:
            found.append((one.account, "it may have been said: look at it"))
        elif not VARIANT.allows(one.state, "cancel"):
            found.append((one.account, f"it is {one.state.value}"))
        elif one.version > 1:
            found.append((one.account, "it was edited by hand, and is taken back: write it anew"))
    return tuple(found)


def _of_version(event: Event, version: int, act: str) -> Event:
    if not EVENT.allows(event.state, act):
        raise Conflict(f"it is {event.state.value}", fix="Plan a new event.")
    if event.version != version:
        raise Conflict(f"it is at version {event.version} by now", fix="Read it again, and decide anew.")
    return event


def _written(
    desk: Desk,
    caller: Caller,
    before: Event,
    after: Event,
    act: str,
    why: str,
    writes: Sequence[Write],
    posts: Sequence[NewPost],
    now: datetime,
) -> Event:
    entry = desk.store.events.moved(before, after, act, now, Actor.member(caller.member), why)
    new = [write for one in posts for write in one.writes]
    try:
        desk.store.write([desk.store.events.changed(before, after, entry), *writes, *new])
    except ConditionFailed as failed:
        raise Conflict("it, or one of its posts, changed at the same moment", fix="Read it again.") from failed
    _announce(desk, posts, now)
    return desk.store.events.advanced(before, after, entry)


def _announce(desk: Desk, posts: Sequence[NewPost], now: datetime) -> None:
    for one in posts:
        one.announce(desk, now)
