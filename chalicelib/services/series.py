"""Series: setting one up, changing all of it or one occurrence, pausing, ending; and making its posts ahead of time.

The tick makes a post of every occurrence within the horizon. What makes it once: the post's id is made from the series and
the occurrence's original wall time, and the ledger that names it is written in the same transaction as the post. An
occurrence is made again only where its post was taken back unsaid, which is written together with its cancellation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain import recurrence, timing
from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.series import (
    SERIES,
    Made,
    Override,
    Planned,
    Refusal,
    Saying,
    Series,
    SeriesState,
    check_size,
    plan,
    rebased,
    stale,
    to_make,
    wall_of,
    with_override,
)
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import making, withdrawing
from chalicelib.services.desk import Desk
from chalicelib.services.scheduling import NewPost
from chalicelib.store.repository import Stale

HORIZON: Final = timedelta(days=14)
"""How far ahead the posts of a series are made; they are never made later than half of it before their time."""

TRY_AGAIN: Final = timedelta(hours=1)
"""After how long an occurrence that could not be made is tried again."""

MOST_AT_ONCE: Final = 100
"""Posts that one tick makes of one series; the next one goes on."""

TICK: Final = Actor.worker("series")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A series as it is asked for. start: naive wall time to the minute; ends: the last instant, None: the rule ends."""

    name: str
    rule: str
    zone: str
    start: str
    ends: datetime | None
    late_limit: timedelta
    said: tuple[Saying, ...]
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different in a series; None stays as it is. `version`: the one that whoever edits has seen."""

    version: int
    name: str | None = None
    rule: str | None = None
    zone: str | None = None
    start: str | None = None
    ends: datetime | None = None
    said: tuple[Saying, ...] | None = None


def create(desk: Desk, caller: Caller, wanted: Wanted, now: datetime) -> Series:
    """Set up a series and make the posts that are due within the horizon.

    Raises InvalidField: a rule that is not understood, has no end or never occurs, and whatever `making.check` refuses.
    """
    series = Series(
        id=desk.new_id(),
        workspace=caller.workspace,
        name=wanted.name,
        rule=wanted.rule,
        zone=wanted.zone,
        start=wanted.start,
        ends=wanted.ends,
        late_limit=wanted.late_limit,
        said=wanted.said,
        campaign=wanted.campaign,
        owner=caller.member,
        author=caller.member,
        state=SeriesState.ACTIVE,
        created_at=now,
        since=now,
        wake_at=now,
    )
    _check(series, now)
    making.check(desk, series.workspace, series.campaign, making.wishes(series.said))
    actor = Actor.member(caller.member)
    why = "set up by a member"
    event = AuditEvent(caller.workspace, f"series:{series.id}", "create", now, actor, why, None, series.state.value)
    series = desk.store.series.create(series, event)
    return work(desk, series.workspace, series.id, now) or series


def get(desk: Desk, workspace: str, series_id: str) -> Series:
    """A series. Raises NotFound."""
    found = desk.store.series.get(workspace, series_id)
    if found is None:
        raise NotFound
    return found


def edit(desk: Desk, caller: Caller, series_id: str, change: Change, now: datetime) -> Series:
    """Change what is said from now on, or when. Posts that say what no longer holds are taken back and made anew.

    An override keeps its occurrence where the new rule still has it; the others are listed in `lost`. A post that was
    edited or cut by hand stays as it is. Raises NotFound, InvalidField, and Conflict where it ended or was edited since.
    """
    before = _of_version(get(desk, caller.workspace, series_id), change.version)
    after = replace(
        before,
        name=before.name if change.name is None else change.name,
        rule=before.rule if change.rule is None else change.rule,
        zone=before.zone if change.zone is None else change.zone,
        start=before.start if change.start is None else change.start,
        ends=before.ends if change.ends is None else change.ends,
        said=before.said if change.said is None else change.said,
    )
    names = [one for one in ("name", "rule", "zone", "start", "ends", "said") if _differ(before, after, one)]
    if not names:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    _check(after, now)
    after = rebased(after)
    if change.said is not None:
        making.check(desk, after.workspace, after.campaign, making.wishes(after.said))
    return _edited(desk, caller, before, after, f"edited by a member: {', '.join(names)}", now)


def change_occurrence(
    desk: Desk, caller: Caller, series_id: str, version: int, wanted: Override, now: datetime
) -> Series:
    """Leave out, move or reword one occurrence; the others stay as they are. An empty override takes its change back.

    Raises NotFound for a wall time at which there is none, InvalidField, and Conflict where its post was made: that can
    only be edited as a post.
    """
    before = _of_version(get(desk, caller.workspace, series_id), version)
    planned = {one.wall: one for one in plan(before)}.get(wanted.wall)
    if planned is None:
        raise NotFound("this series has no occurrence at that wall time")
    made = before.ledger.of(wanted.wall)
    if made is not None and not made.withdrawn:
        raise Conflict(f"its post {made.post} was made", fix=f"Edit or cancel the variants of post {made.post}.")
    if wanted.to is not None:
        to = timing.instant(wall_of(wanted.to, "/at"), before.zone)
        if to <= now:
            raise InvalidField("/at", "this time has passed", fix="Choose a time that lies ahead.")
    elif planned.at <= now:
        raise Conflict("its time has passed", fix="Move it to a time that lies ahead.")
    if wanted.said:
        making.check(desk, before.workspace, before.campaign, making.wishes(wanted.said))
    after = with_override(before, wanted)
    if after.overrides == before.overrides:
        raise InvalidField("", "this changes nothing", fix="Say what is to be different.")
    return _edited(desk, caller, before, after, f"occurrence {wanted.wall} changed by a member", now)


def pause(desk: Desk, caller: Caller, series_id: str, why: str, now: datetime) -> Series:
    """Stop a series until it is resumed. Posts that nothing has begun on are taken back. Raises NotFound, Conflict."""
    return _stopped(desk, caller, series_id, "pause", why, now)


def end(desk: Desk, caller: Caller, series_id: str, why: str, now: datetime) -> Series:
    """End a series for good. Posts that nothing has begun on are taken back. Raises NotFound, Conflict."""
    return _stopped(desk, caller, series_id, "end", why, now)


def resume(desk: Desk, caller: Caller, series_id: str, why: str, now: datetime) -> Series:
    """Go on with a paused series; what fell into the pause is not said. Raises NotFound, Conflict."""
    before = get(desk, caller.workspace, series_id)
    if before.state is SeriesState.ACTIVE:
        return before
    if not SERIES.allows(before.state, "resume"):
        raise Conflict(f"it is {before.state.value}", fix="Set up a new series.")
    after = replace(before, state=SERIES.move(before.state, "resume"), since=now, wake_at=now)
    return _saved(desk, before, after, "resume", Actor.member(caller.member), why, now)


def tick(desk: Desk, workspace: str, series_id: str, now: datetime) -> None:
    """What time does to a series: its work, and a mail about what newly could not be made. Raises MailRefused, MailInDoubt."""
    before = desk.store.series.get(workspace, series_id)
    after = work(desk, workspace, series_id, now)
    if before is None or after is None:
        return
    known = {one.wall for one in before.refused}
    new = [one for one in after.refused if one.wall not in known]
    if new:
        from chalicelib.services import refusing

        refusing.tell(desk, after, new)


def work(desk: Desk, workspace: str, series_id: str, now: datetime) -> Series | None:
    """What is to be done now: take back what no longer holds, then make what is due. Safe to repeat, by several at once."""
    series = desk.store.series.get(workspace, series_id)
    try:
        while series is not None and series.withdraw:
            series = withdrawing.withdraw(desk, series, now)
        if series is None or series.state is not SeriesState.ACTIVE:
            return series
        return _make(desk, series, now)
    except (Stale, ConditionFailed):
        # Somebody else is at it, or a worker began on what was to be taken back: the next tick reads it anew.
        return desk.store.series.get(workspace, series_id)


def post_id(desk: Desk, series: Series, wall: str, turn: int) -> str:
    """The id of the post of an occurrence; `turn` counts how often it was taken back before."""
    again = () if turn == 0 else (str(turn),)
    return desk.keyed(series.workspace, "series", series.id, wall, *again)


def _make(desk: Desk, series: Series, now: datetime) -> Series:
    planned = plan(series)
    due = to_make(series, planned, now, now + HORIZON)
    made: list[tuple[Made, NewPost]] = []
    refused: list[Refusal] = []
    for one in due[:MOST_AT_ONCE]:
        earlier = series.ledger.of(one.wall)
        turn = 0 if earlier is None else earlier.turn + 1
        entry = Made(one.wall, post_id(desk, series, one.wall, turn), turn)
        when = Schedule(one.at, series.zone, one.shown, series.late_limit)
        wanted, why = making.wishes(one.said), f"occurrence {one.wall} of series {series.id}"
        try:
            new = making.prepare(
                desk, series.workspace, entry.post, series.campaign, when, wanted, series.author, why, now
            )
        except InvalidField as problem:
            refused.append(Refusal(one.wall, problem.detail))
        else:
            made.append((entry, new))
    more = len(due) > MOST_AT_ONCE
    for batch in making.batches(made, lambda one: len(one[1].writes)):
        series = _written(desk, series, batch, now)
        for _, new in batch:
            new.announce(desk, now)
    return _noted(desk, series, planned, tuple(refused), now, more=more)


def _written(desk: Desk, series: Series, batch: Sequence[tuple[Made, NewPost]], now: datetime) -> Series:
    """Posts and the ledger that names them, in one write. Raises ConditionFailed where the series was changed since."""
    after = replace(series, ledger=series.ledger.with_(entry for entry, _ in batch))
    why = f"posts made of {len(batch)} occurrences, {batch[0][0].wall} to {batch[-1][0].wall}"
    event = desk.store.series.moved(series, after, "make", now, TICK, why)
    writes: list[Write] = [desk.store.series.changed(series, after, event)]
    for _, new in batch:
        writes += new.writes
    desk.store.write(writes)
    return desk.store.series.advanced(series, after, event)


def _noted(
    desk: Desk, series: Series, planned: Sequence[Planned], refused: tuple[Refusal, ...], now: datetime, *, more: bool
) -> Series:
    """When there is something to do next, and what could not be made; written only where it changes."""
    last = planned[-1].at + series.late_limit
    if not more and last < now and not refused:
        after = replace(series, state=SERIES.move(series.state, "finish"), wake_at=None, refused=())
        event = desk.store.series.moved(series, after, "finish", now, TICK, "its last occurrence has passed")
        return desk.store.series.save(series, after, event)
    later = [one.at - HORIZON / 2 for one in planned if one.at > now + HORIZON and not one.skipped]
    wake = now if more else min(later, default=last + timedelta(seconds=1))
    if refused:
        wake = min(wake, now + TRY_AGAIN)
    after = replace(series, wake_at=wake, refused=refused)
    if after == series:
        return series
    why = f"to be looked at again; {len(refused)} occurrences could not be made" if refused else "to be looked at again"
    event = desk.store.series.moved(series, after, "make", now, TICK, why)
    return desk.store.series.save(series, after, event)


def _check(series: Series, now: datetime) -> None:
    """Refuse what can never be said. Raises InvalidField."""
    try:
        timing.zone(series.zone)
    except ValueError:
        raise InvalidField("/zone", "unknown time zone", fix="Give an IANA name such as Europe/Berlin.") from None
    start = wall_of(series.start, "/start")
    recurrence.occurrences(recurrence.read(series.rule), start, series.zone, series.ends)
    if not any(one.at > now for one in plan(replace(series, overrides=()))):
        raise InvalidField("/start", "every occurrence has passed", fix="Let it begin, or end, later.")
    check_size(series)


def _differ(before: Series, after: Series, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _of_version(series: Series, version: int) -> Series:
    if not SERIES.allows(series.state, "edit"):
        raise Conflict(f"it is {series.state.value}", fix="Set up a new series.")
    if series.version != version:
        raise Conflict(f"it is at version {series.version} by now", fix="Read it again, and edit what it says now.")
    return series


def _edited(desk: Desk, caller: Caller, before: Series, after: Series, why: str, now: datetime) -> Series:
    check_size(after)
    after = replace(
        after,
        state=SERIES.move(before.state, "edit"),
        version=before.version + 1,
        author=caller.member,
        withdraw=tuple(dict.fromkeys((*before.withdraw, *stale(before, after, now)))),
        wake_at=now,
        refused=(),
    )
    return _saved(desk, before, after, "edit", Actor.member(caller.member), why, now)


def _stopped(desk: Desk, caller: Caller, series_id: str, act: str, why: str, now: datetime) -> Series:
    before = get(desk, caller.workspace, series_id)
    if (act, before.state) in {("pause", SeriesState.PAUSED), ("end", SeriesState.ENDED)}:
        return before
    if not SERIES.allows(before.state, act):
        raise Conflict(f"it is {before.state.value}", fix="Read it again.")
    # Those of the past are settled, or a worker is at them: taking back looks at each, and leaves what has begun.
    ahead = {one.wall for one in plan(before) if one.at + before.late_limit >= now}
    made = tuple(one.wall for one in before.ledger.made if not one.withdrawn and one.wall in ahead)
    after = replace(before, state=SERIES.move(before.state, act), withdraw=made, wake_at=now if made else None)
    return _saved(desk, before, after, act, Actor.member(caller.member), why, now)


def _saved(desk: Desk, before: Series, after: Series, act: str, actor: Actor, why: str, now: datetime) -> Series:
    event = desk.store.series.moved(before, after, act, now, actor, why)
    try:
        saved = desk.store.series.save(before, after, event)
    except Stale as changed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from changed
    return work(desk, saved.workspace, saved.id, now) or saved
