"""Reposting: the turns of evergreens, made into posts like any that a person schedules, each once.

Nothing is said again sooner than its platform bears it, and no turn comes back: what is left out stays out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.evergreen import EVERGREEN, MOST_TURNS, Evergreen, EvergreenState
from chalicelib.domain.likeness import Likeness, gist, likeness
from chalicelib.domain.rationale import Actor
from chalicelib.ports import ConditionFailed
from chalicelib.services import making, noticing
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.services.scheduling import LATE_NOW
from chalicelib.store import keys
from chalicelib.store.repository import Stale

WORKER = Actor.worker("tick")


def create(desk: Desk, caller: Caller, wanted: Evergreen, now: datetime) -> Evergreen:
    """Set up an evergreen. Raises InvalidField where a wording could not be said, or comes again sooner than it may."""
    _check(desk, wanted, now)
    why = f"to be said {wanted.turns} times, every {wanted.every_days} days, by a member"
    event = AuditEvent(
        wanted.workspace, f"evergreen:{wanted.id}", "create", now, Actor.member(caller.member), why, None, "active"
    )
    return desk.store.evergreens.create(wanted, event)


def get(desk: Desk, workspace: str, evergreen_id: str) -> Evergreen:
    """An evergreen. Raises NotFound."""
    found = desk.store.evergreens.get(workspace, evergreen_id)
    if found is None:
        raise NotFound
    return found


def turn_to(desk: Desk, caller: Caller, evergreen_id: str, act: str, why: str, now: datetime) -> Evergreen:
    """Pause, resume or end it (`act`); doing it twice is doing it once. Posts that are made already stay. Raises Conflict."""
    before = get(desk, caller.workspace, evergreen_id)
    done = {"pause": EvergreenState.PAUSED, "resume": EvergreenState.ACTIVE, "end": EvergreenState.ENDED}
    if before.state is done[act]:
        return before
    if not EVERGREEN.allows(before.state, act):
        raise Conflict(f"it is {before.state.value}", fix="Read it again.")
    after = replace(before, state=EVERGREEN.move(before.state, act))
    try:
        return _saved(desk, before, after, act, Actor.member(caller.member), why, now)
    except Stale as stale:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from stale


def take_turn(desk: Desk, workspace: str, evergreen_id: str, now: datetime) -> None:
    """Make the post of the next turn once that is near, or leave it out and say why. Safe to repeat, and to lose."""
    before = desk.store.evergreens.get(workspace, evergreen_id)
    if before is None or before.wake_at is None or now < before.wake_at:
        return
    try:
        if before.turn >= before.turns:
            after = replace(before, state=EVERGREEN.move(before.state, "finish"))
            _saved(desk, before, after, "finish", WORKER, f"said {before.said} of {before.turns} times", now)
            return
        _take_turn(desk, before, now)
    except (Stale, ConditionFailed):
        return  # another worker has taken this turn


def _take_turn(desk: Desk, before: Evergreen, now: datetime) -> None:
    when, number = before.when(before.turn), before.turn + 1
    refused = _why_not(desk, before, now)
    if refused is None:
        wishes = [
            Wish(account, body, f"/variants/{place}")
            for place, (account, body) in enumerate(zip(before.accounts, before.says(before.turn), strict=True))
        ]
        post_id = desk.keyed(before.workspace, "evergreen", before.id, str(before.turn))
        why = f"turn {number} of evergreen {before.id}, entry {before.turn % len(before.entries) + 1}"
        try:
            made = making.prepare(
                desk, before.workspace, post_id, before.campaign, when, wishes, before.owner, why, now
            )
        except InvalidField as error:
            refused = f"{error.pointer}: {error.detail}"
        else:
            after = replace(before, state=EVERGREEN.move(before.state, "say"), turn=number, said=before.said + 1)
            event = desk.store.evergreens.moved(before, after, "say", now, WORKER, f"turn {number} is post {post_id}")
            desk.store.write([desk.store.evergreens.changed(before, after, event), *made.writes])
            made.announce(desk, now)
            return
    after = replace(before, state=EVERGREEN.move(before.state, "skip"), turn=number)
    _saved(desk, before, after, "skip", WORKER, f"turn {number} is left out: {refused}", now)


def _why_not(desk: Desk, one: Evergreen, now: datetime) -> str | None:
    """Why the next turn is to be left out, as far as its time tells; None where it is not."""
    at = one.when(one.turn).at
    if at < now - LATE_NOW:
        return "its time has passed"
    for account in one.accounts:
        if one.gap and noticing.close_to(desk, one.workspace, account, at, one.gap):
            return f"account {account} says something else too close to it"
    return None


def _saved(
    desk: Desk, before: Evergreen, after: Evergreen, act: str, actor: Actor, why: str, now: datetime
) -> Evergreen:
    event = desk.store.evergreens.moved(before, after, act, now, actor, why)
    return desk.store.evergreens.save(before, after, event)


def _check(desk: Desk, wanted: Evergreen, now: datetime) -> None:
    """Refuse what could not be said, or not so often. Raises InvalidField."""
    _check_time(wanted, now)
    for place, entry in enumerate(wanted.entries):
        gists = [gist(words) for words in entry.wordings]
        for number, mine in enumerate(gists):
            if any(likeness(mine, other) is Likeness.SAME for other in gists[:number]):
                pointer = f"/entries/{place}/wordings/{number}"
                raise InvalidField(pointer, "a reader would take it for an earlier wording", fix="Say it otherwise.")
    known = desk.store.accounts.get_many(keys.within(wanted.workspace, "ACCOUNT", one) for one in wanted.accounts)
    for place, account_id in enumerate(wanted.accounts):
        account = next((one for one in known if one.id == account_id), None)
        if account is None:
            raise InvalidField(f"/accounts/{place}", "there is no such account", fix="Connect the account first.")
        _check_repeats(desk, wanted, account.platform, place)
        for number, entry in enumerate(wanted.entries):
            for which, words in enumerate(entry.wordings):
                body = replace(wanted.says(number)[place], text=words)
                _check_words(desk, wanted, Wish(account.id, body, f"/entries/{number}/wordings/{which}"))


def _check_time(wanted: Evergreen, now: datetime) -> None:
    try:
        first = wanted.when(0)
        wanted.when(wanted.turns)
    except (ValueError, OverflowError) as error:
        raise InvalidField(
            "/start", str(error), fix="Give a wall time such as 2026-11-21T09:00, and fewer turns."
        ) from error
    if first.at < now:
        raise InvalidField("/start", "this time has passed", fix="Choose a time that lies ahead.")
    if not 1 <= wanted.turns <= MOST_TURNS:
        raise InvalidField("/turns", f"it must be a number from 1 to {MOST_TURNS}", fix="Correct it.")


def _check_repeats(desk: Desk, wanted: Evergreen, platform: str, place: int) -> None:
    """Refuse what a platform takes amiss: the same words again at all, or too soon."""
    rule = desk.platforms.capabilities(platform).repeats
    for number, entry in enumerate(wanted.entries):
        if not wanted.comes_again(number):
            continue
        if rule.same_after is None:
            raise InvalidField(
                f"/accounts/{place}",
                f"{platform} takes no message twice, and entry {number + 1} comes again in the same words",
                fix="Leave this account out, or have no more turns than there are wordings.",
            )
        if wanted.rests(entry) < rule.same_after:
            each = wanted.every_days * len(wanted.entries)
            needed = -(-rule.same_after.days // each)
            raise InvalidField(
                f"/entries/{number}/wordings",
                f"its words come again after {wanted.rests(entry).days} days, {platform} needs {rule.same_after.days}",
                fix=f"Give it {needed} wordings, more entries, or more days in between.",
            )


def _check_words(desk: Desk, wanted: Evergreen, wish: Wish) -> None:
    try:
        making.check(desk, wanted.workspace, wanted.campaign, [wish])
    except InvalidField as error:
        pointer = error.pointer.removesuffix("/text")
        raise InvalidField(pointer, error.detail, fix=error.fix) from error
