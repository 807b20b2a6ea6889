"""Enforcing: the platform is asked for what a ruling says, or for what undoes it, until it is so or surely will not be.

Every asking is claimed first, so that one worker asks at a time and a dead one is found again by the tick. What a platform can
be asked for twice is asked again after a lost answer; a report, which it would take twice, is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.money import dollars
from chalicelib.domain.rationale import Actor
from chalicelib.domain.ruling import LASTS, RULING, Ruling, RulingState
from chalicelib.ports import ConditionFailed, Write
from chalicelib.services import accounts, evidence, moderating, spending
from chalicelib.services.bodies import ref_of
from chalicelib.services.desk import Desk
from chalicelib.services.evidence import Evidence
from chalicelib.services.review_items import Question
from chalicelib.services.signing_in import connector_for
from chalicelib.services.standing import AUTHOR_WIDE
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.moderation import Moderation, Target

WORKER = Actor.worker("moderate")

LOOKS_AGAIN = timedelta(minutes=5)
"""How often it is looked whether an account that cannot be used can be by now."""

ROUNDS = 4
"""How often an outcome is written anew where the interaction was changed at the same moment; then the tick asks again."""

_TOLD_WHY = frozenset({Moderation.REPORT, Moderation.BAN})
"""What the people of the place are given a reason for."""


def enforce(desk: Desk, workspace: str, ruling_id: str, now: datetime) -> RulingState | None:
    """Take one step on a ruling; the state it is in afterwards, None where there is none. Safe to repeat after any crash."""
    ruling = desk.store.rulings.get(workspace, ruling_id)
    if ruling is None or not ruling.open or now < ruling.not_before:
        return None if ruling is None else ruling.state
    account = desk.store.accounts.get(workspace, ruling.account)
    interaction = desk.store.interactions.get(workspace, ruling.interaction)
    found = evidence.of(desk, workspace, ruling.id)
    if account is None or found is None or account.state is AccountState.DISABLED:
        return _settle(desk, ruling, "cannot", "its account, or what it was about, is gone", now)
    early = _without_asking(ruling, interaction, now)
    if early is not None:
        return _settle(desk, ruling, *early, now)
    if account.state in {AccountState.NEEDS_RECONNECT, AccountState.UNPAID, AccountState.PAUSED}:
        return _wait(desk, ruling, ruling.tries, f"the account is {account.state.value}", now + LOOKS_AGAIN, now)
    timing = desk.policy.timing[ruling.platform]
    claimed = _claim(desk, ruling, now + timing.lease + timing.landing, now)
    if claimed is None:
        return ruling.state  # another worker was first
    return _ask(desk, claimed, account, found, now)


def _without_asking(ruling: Ruling, interaction: Interaction | None, now: datetime) -> tuple[str, str] | None:
    """What comes of it without the platform: an act of its machine and why; None where the platform is to be asked."""
    action = _action(ruling)
    about_words = action not in AUTHOR_WIDE
    if about_words and interaction is not None and interaction.state is InteractionState.WITHDRAWN:
        return "done", "whoever said it has taken it back"
    if ruling.state is RulingState.ASKED and about_words and interaction and interaction.revision != ruling.revision:
        return "cannot", "what it says was changed since it was decided"
    if action is Moderation.REPORT and ruling.tries:
        return "cannot", "the answer was lost, and it may have been reported: look there before it is reported again"
    if now > ruling.since + LASTS:
        return "cannot", f"the platform could not be asked for a day: {ruling.told or 'nobody came to it'}"
    return None


def _ask(desk: Desk, ruling: Ruling, account: Account, found: Evidence, now: datetime) -> RulingState:
    """The one call, paid for where it costs money, and what its answer means."""
    try:
        connector = connector_for(desk, account)
        connector.sign_in()
    except errors.ConnectorError as error:
        return _unmoved(desk, ruling, account, error, now)
    cost = desk.platforms.capabilities(ruling.platform).micro_usd_per_moderation.get(_action(ruling), 0)
    if not spending.take(desk, ruling.workspace, cost, now, account=account.id):
        return _settle(desk, ruling, "cannot", f"it costs {dollars(cost)}, and this month's cap would be passed", now)
    try:
        connector.moderate(_target(ruling, found), _action(ruling))
    except errors.Ambiguous as error:
        return _wait(desk, ruling, ruling.tries, str(error), max(now + ruling.wait(), ruling.not_before), now)
    except errors.ConnectorError as error:
        spending.give_back(desk, ruling.workspace, cost, now, account=account.id)
        return _unmoved(desk, ruling, account, error, now)
    return _settle(desk, ruling, "done", None, now)


def _unmoved(desk: Desk, ruling: Ruling, account: Account, error: errors.ConnectorError, now: datetime) -> RulingState:
    """What follows where the asking surely did nothing."""
    before = ruling.tries - 1
    if isinstance(error, errors.AuthExpired | errors.Unpaid):
        accounts.refused(desk, account, error, now)
        return _wait(desk, ruling, before, str(error), now + LOOKS_AGAIN, now)
    if isinstance(error, errors.Retryable):
        wait = ruling.wait() if error.retry_after is None else timedelta(seconds=error.retry_after)
        # It counts for how long to wait, but a report may still be made.
        tries = before if _action(ruling) is Moderation.REPORT else ruling.tries
        return _wait(desk, ruling, tries, str(error), now + wait, now)
    if error.code == "gone" and _action(ruling) not in AUTHOR_WIDE:
        return _settle(desk, ruling, "done", "it was gone already", now)
    return _settle(desk, ruling, "cannot", str(error), now)


def _action(ruling: Ruling) -> Moderation:
    back = ruling.undone_by if ruling.state is RulingState.UNDOING else None
    return Moderation(back or ruling.action)


def _target(ruling: Ruling, found: Evidence) -> Target:
    return Target(
        ref=ref_of(found.target.remote),
        author=found.author,
        handle=found.handle,
        community=found.target.community,
        on_own=found.target.on_own,
        reason=ruling.rationale.why if _action(ruling) in _TOLD_WHY else "",
        days=ruling.days,
    )


# --- what is written -------------------------------------------------------------------------------------------------


def _claim(desk: Desk, ruling: Ruling, until: datetime, now: datetime) -> Ruling | None:
    after = replace(ruling, state=RULING.move(ruling.state, "claim"), tries=ruling.tries + 1, not_before=until)
    return _save(desk, ruling, after, "claim", "the platform is asked", now)


def _wait(desk: Desk, ruling: Ruling, tries: int, why: str, until: datetime, now: datetime) -> RulingState:
    """Ask again later. Where a person changed it meanwhile, that stands."""
    after = replace(ruling, state=RULING.move(ruling.state, "wait"), tries=tries, not_before=until, told=why)
    saved = _save(desk, ruling, after, "wait", why, now)
    return after.state if saved is not None else ruling.state


def _save(desk: Desk, ruling: Ruling, after: Ruling, act: str, why: str, now: datetime) -> Ruling | None:
    event = desk.store.rulings.moved(ruling, after, act, now, WORKER, why)
    try:
        saved: Ruling = desk.store.rulings.save(ruling, after, event)
    except Stale:
        return None
    return saved


def _settle(desk: Desk, ruling: Ruling, act: str, told: str | None, now: datetime) -> RulingState:
    """Write what came of it, and what that means for the interaction, at once. A person's undoing in between stands."""
    why = told or "the platform did it"
    current: Ruling | None = ruling
    for _ in range(ROUNDS):
        if current is None or current.rev != ruling.rev:
            break
        after = replace(current, state=RULING.move(current.state, act), told=told, settled_at=now)
        event = desk.store.rulings.moved(current, after, act, now, WORKER, why)
        follows, question = _follows(desk, current, act, why, now)
        try:
            desk.store.write([desk.store.rulings.changed(current, after, event), *follows])
        except ConditionFailed:
            current = desk.store.rulings.get(ruling.workspace, ruling.id)
            continue
        if question is not None:
            question.announce(desk)
        return after.state
    return ruling.state if current is None else current.state


def _follows(desk: Desk, ruling: Ruling, act: str, why: str, now: datetime) -> tuple[Sequence[Write], Question | None]:
    """What the outcome means for the interaction, where this ruling is still its last."""
    interaction = desk.store.interactions.get(ruling.workspace, ruling.interaction)
    if interaction is None or interaction.ruling != ruling.id:
        return [], None
    if ruling.state is RulingState.ASKED and interaction.state is InteractionState.MODERATING:
        if act == "cannot":
            return moderating.reopened(
                desk, interaction, "cannot", f"`{ruling.action}` was not done: {why}", WORKER, now
            )
        after = replace(interaction, state=INTERACTION.move(interaction.state, "done"))
        event = desk.store.interactions.moved(interaction, after, "done", now, WORKER, why)
        return [desk.store.interactions.changed(interaction, after, event)], None
    if ruling.state is RulingState.UNDOING and act == "cannot" and interaction.state is InteractionState.RESOLVED:
        return moderating.reopened(
            desk, interaction, "undo", f"`{ruling.action}` could not be undone: {why}", WORKER, now
        )
    return [], None
