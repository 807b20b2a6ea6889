"""Publishing: never twice, never silently lost, never against a stop.

Transitions (the only way into and out of SENDING)
  T3 claim       SCHEDULED -> SENDING   due, its account's turn taken, and not changed since it was read
  T4 take over   SENDING   -> SENDING   lease + landing + visible + skew have passed; the attempt is dirty from here on
  T5 look up     after T4, always: found -> T6; proved absent -> send; nothing proved -> T9
     send        one HTTP call, alone in `_say`, only while the lease is sure to outlast it and no brake is on
  T6 commit      SENDING   -> PUBLISHED, or SCHEDULED again where a further part of a thread is still to be said
  T7 clean exits SENDING   -> SCHEDULED, HELD, FAILED   clean attempts only
  T8 doubt       SENDING   -> SENDING   the answer was lost; the lease runs on, then T4
  T9 give up     SENDING   -> NEEDS_REVIEW, with its review item in the same write
Every transition is a conditional write on the `rev` that was read (`store/repository.py`): the fence. A worker that lost
its fence writes nothing more, and one whose clock is not the engine's takes no step at all. Nothing here repeats a write
to a platform. In which order an account's variants come is for `lines` to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import SEEN_WITHIN, Brake
from chalicelib.domain.budget import Wait
from chalicelib.domain.errors import ParleyError
from chalicelib.domain.post import VARIANT, Body, Variant, VariantState
from chalicelib.domain.sending import (
    AnswerLost,
    CannotKnow,
    Defer,
    Fail,
    FoundEarlier,
    GiveUp,
    Hold,
    NothingHappened,
    Outcome,
    Refused,
    SendAgain,
    Sent,
    SignedOut,
    Silence,
    Step,
    Stopped,
    Unpaid,
    advance,
    may_still_send,
    next_step,
    settled,
)
from chalicelib.domain.timing import Timing
from chalicelib.ports import ConditionFailed
from chalicelib.services import (
    accounts,
    bindings,
    budgets,
    clocks,
    communities,
    holding,
    naming,
    occasions,
    outcomes,
    paying,
    permission,
    rechecking,
)
from chalicelib.services.bodies import draft_of, remote_of
from chalicelib.services.budgets import UNKNOWN, Line, Taking
from chalicelib.services.desk import Desk
from chalicelib.services.handing_over import WorkedOn, forget, forget_used, hand_over, handed_over, lost_a_picture
from chalicelib.services.looking_up import later, look_up
from chalicelib.services.occasions import Occasion
from chalicelib.services.outcomes import WORKER
from chalicelib.services.signing_in import connector_with, credential_in
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.contract import Connector, Draft, Limit


class CannotPay(Exception):
    """A cap would be passed by what it costs."""


@dataclass(frozen=True, slots=True)
class Left:
    """How a step left a variant. again_at: from when on another step may come to more, where that is known.

    budget: where it waits for its account's budget, how that fills.
    """

    variant: Variant
    again_at: datetime | None = None
    budget: Wait | None = None


def publish(desk: Desk, workspace: str, variant_id: str) -> VariantState | None:
    """Take the one step that a variant's state and the clock allow. Safe to call at any time, any number of times.

    Returns the state it left the variant in, None where there is no such variant. Raises ClockOff, what the engine raises,
    and whatever unknown error a connector raises while SENDING: the lease then runs out and the variant is settled by T4.
    """
    variant = desk.store.variants.get(workspace, variant_id)
    if variant is None:
        return None
    left = step(desk, variant)
    return left.variant.state if left is not None else None


def step(desk: Desk, variant: Variant, line: Line = UNKNOWN) -> Left | None:
    """The same for a variant that was just read; None where it is gone. `line`: what is known of its account's line."""
    now = desk.clock.now()
    timing = desk.policy.timing[variant.platform]
    clocks.check(desk, now, timing.skew)
    try:
        if variant.owes:
            return Left(outcomes.make_up(desk, variant, now))
        match next_step(variant, now, timing):
            case Step.MISS:
                return Left(outcomes.leave(desk, variant, "miss", "later than its own limit allows", now))
            case Step.ASK:
                told = f"{len(variant.said)} of {variant.parts} parts stand there, and it is later than its own limit allows"
                return Left(outcomes.leave(desk, variant, "give_up", told, now))
            case Step.CLAIM:
                return _attempt(desk, variant, timing, line)
            case Step.TAKE_OVER:
                return Left(_settle(desk, variant, timing, line))
            case Step.WAIT if variant.state is VariantState.SCHEDULED:
                return Left(variant, max(variant.schedule.at, variant.not_before))
            case Step.WAIT | Step.LEAVE:
                return Left(variant)
    except Stale as stale:
        # Somebody else moved it while we looked: theirs is the step that counts.
        return None if stale.current is None else Left(stale.current)


# --- the two roads into SENDING --------------------------------------------------------------------------------------


def _attempt(desk: Desk, variant: Variant, timing: Timing, line: Line) -> Left:
    """Prepare what can be repeated, take the account's turn, claim (T3), send once, and write down what came of it."""
    occasion = occasions.read(desk, variant)
    account, now = occasion.account, desk.clock.now()
    if account is None or account.state in holding.SILENT:
        state = "gone" if account is None else account.state.value
        return Left(_hold(desk, variant, f"the account is {state}", now))
    if account.state is AccountState.THROTTLED and account.throttled_until and now < account.throttled_until:
        return Left(variant, account.throttled_until)
    brake = occasion.stopped_by(now)
    if brake is not None:
        return Left(_hold(desk, variant, _stopped(brake), now, brake))
    kept_back = _kept_back(desk, variant, now)
    if kept_back is not None:
        return kept_back
    communities.learn(desk, account, occasion.body, now)
    against = permission.against(desk, variant, account, occasion)
    if against is not None:
        return Left(_refuse(desk, variant, against, now))
    credential = credential_in(desk, account, occasion.secrets)
    connector = connector_with(desk, account, occasion.secrets, credential)
    try:
        connector.sign_in()
        draft = _drafted(desk, variant, account, connector, occasion.body)
    except errors.AuthExpired as error:
        accounts.refused(desk, account, error, now)
        return Left(_hold(desk, variant, f"the account is signed out: {error.detail}", now))
    except errors.Unpaid as error:
        accounts.refused(desk, account, error, now)
        return Left(_hold(desk, variant, f"the app's money is spent: {error}", now))
    except (errors.Rejected, ParleyError) as error:
        if lost_a_picture(error):
            forget(desk, variant)
            return Left(variant, now)
        return Left(_refuse(desk, variant, f"what it shows cannot be shown there: {error.detail}", now))
    except (errors.Retryable, errors.Ambiguous) as error:
        # Only what can be repeated was asked until here.
        again_at = later(now, error.retry_after if isinstance(error, errors.Retryable) else None)
        if isinstance(error, errors.RateLimited):
            accounts.throttled(desk, account, again_at, now)
        return Left(variant, again_at)
    if isinstance(draft, WorkedOn):
        return Left(variant, draft.again_at)

    now = desk.clock.now()
    taking = budgets.prepare(desk, variant, variant.attempts + 1, occasion.budget, credential, line, now)
    if taking is None:
        return Left(variant)
    if isinstance(taking, Wait):
        return Left(variant, taking.until, taking)
    try:
        claimed = _claim(desk, variant, connector, timing, taking)
    except CannotPay:
        stop = paying.stopped(desk, variant, desk.clock.now())
        return Left(variant) if stop is None else Left(_hold(desk, variant, _stopped(stop), desk.clock.now(), stop))
    if claimed is None:
        return Left(variant)
    left = _Said(desk, account, claimed, connector, draft, timing, taking).once(occasion)
    return Left(left, left.not_before if left.state is VariantState.SCHEDULED else None)


def _kept_back(desk: Desk, variant: Variant, now: datetime) -> Left | None:
    """How an automatic answer is left that may not be said after all, or of which that cannot be told just now."""
    try:
        refusal = rechecking.why_not_say(desk, variant, now)
    except rechecking.Untold:
        return Left(variant, later(now, None))
    return None if refusal is None else Left(outcomes.leave(desk, variant, "cancel", refusal, now))


def _drafted(desk: Desk, variant: Variant, account: Account, connector: Connector, body: Body) -> Draft | WorkedOn:
    """What is said next, its pictures in the platform's hands. Raises what the connector raises, ParleyError."""
    held = hand_over(desk, variant, account, connector, body)
    can = desk.platforms.capabilities(variant.platform)
    if isinstance(held, WorkedOn):
        return held
    return naming.with_people(desk, variant, connector, draft_of(body, can, variant.said, held))


def _refuse(desk: Desk, variant: Variant, why: str, now: datetime) -> Variant:
    """It may not be said as it is: FAILED, or before a person where a part of it stands there."""
    if variant.begun:
        return outcomes.leave(
            desk, variant, "give_up", f"{len(variant.said)} of {variant.parts} parts stand there: {why}", now
        )
    return outcomes.leave(desk, variant, "reject", why, now)


def _claim(desk: Desk, variant: Variant, connector: Connector, timing: Timing, taking: Taking) -> Variant | None:
    """The account's turn, what it costs, then T3; None where the turn is another's.

    The first claim fixes the key for every later one. Raises CannotPay, Stale.
    """
    now = desk.clock.now()
    after = replace(
        variant,
        state=VARIANT.move(variant.state, "claim"),
        attempts=variant.attempts + 1,
        owner=desk.new_id(),
        lease_until=now + timing.lease,
        sent_by=now + timing.lease,
        key=variant.key or connector.new_key(_seed(variant), now),
        first_claimed_at=variant.first_claimed_at or now,
        reason=None,
    )
    why = f"due at {variant.schedule.at:%H:%M:%S} UTC"
    event = desk.store.variants.moved(variant, after, "claim", now, WORKER, why)
    cost = paying.takings(desk, variant, now)
    try:
        desk.store.table.in_turn([taking.put, *cost, desk.store.variants.changed(variant, after, event)])
    except ConditionFailed as failed:
        if failed.index == 0:
            if not taking.was_written(failed.current):
                return None
            # An engine repeated the whole group: what it costs may be counted twice then, never left out.
            if not paying.take(desk, variant, now):
                raise CannotPay from failed
            return _taken(desk, variant, after, event)
        if failed.index <= len(cost):
            paying.untake(desk, variant, now, failed.index - 1)
            raise CannotPay from failed
        claimed = desk.store.variants.held(failed.current)
        if claimed is None or claimed.owner != after.owner:
            paying.give_back(desk, variant, now)
        return _ours(after, Stale(claimed))
    return desk.store.variants.advanced(variant, after, event)


def _seed(variant: Variant) -> str:
    """What the key of a send is made from: each version, and each part of a thread, is a send of its own."""
    part = f".{len(variant.said)}" if variant.said else ""
    return f"{variant.id}.{variant.version}{part}"


def _settle(desk: Desk, variant: Variant, timing: Timing, line: Line) -> Variant:
    """T4 and T5: an attempt was left behind. Find out what came of it before anything else is said."""
    now = desk.clock.now()
    after = replace(
        variant,
        state=VARIANT.move(variant.state, "take_over"),
        attempts=variant.attempts + 1,
        takeovers=variant.takeovers + 1,
        owner=desk.new_id(),
        lease_until=now + timing.lease,
        sent_by=now + timing.lease,
        dirty=True,
        doubt=variant.doubt or "no answer was recorded before the lease ran out",
    )
    why = "the attempt before left no outcome"
    taken = _taken(desk, variant, after, desk.store.variants.moved(variant, after, "take_over", now, WORKER, why))
    occasion = occasions.read(desk, taken)
    account = occasion.account
    if account is None:
        return _record(desk, taken, CannotKnow("the account is gone"), unsaid_since=variant)
    credential = credential_in(desk, account, occasion.secrets)
    connector = connector_with(desk, account, occasion.secrets, credential)
    draft = _sought(desk, taken, account, occasion.body)
    outcome = look_up(desk, connector, taken, draft, timing, variant.sent_by)
    accounts.follow(desk, account, outcome, desk.clock.now())
    if isinstance(outcome, FoundEarlier) and not bindings.bind(desk, taken, outcome.remote):
        outcome = CannotKnow("the post that was found belongs to another one that says the same")
    now = desk.clock.now()
    if not isinstance(advance(taken, outcome, now), SendAgain):
        return _record(desk, taken, outcome, unsaid_since=variant)
    try:
        against = rechecking.why_not_say(desk, taken, now) or permission.against(desk, taken, account, occasion)
    except rechecking.Untold as untold:
        return _record(desk, taken, NothingHappened(later(now, None), str(untold)), unsaid_since=variant)
    if against is not None:
        return _record(
            desk, taken, CannotKnow(f"it is not there, and may not be said: {against}"), unsaid_since=variant
        )
    if draft.pictures or draft.options.card:
        forget_used(desk, taken)
    try:
        drafted = _drafted(desk, taken, account, connector, occasion.body)
    except (errors.ConnectorError, ParleyError) as error:
        unshown = CannotKnow(f"it is not there, and its pictures could not be handed over: {error.detail}")
        return _record(desk, taken, unshown, unsaid_since=variant)
    if isinstance(drafted, WorkedOn):
        waits = NothingHappened(drafted.again_at, "the platform still works on what it shows")
        return _record(desk, taken, waits, unsaid_since=variant)
    draft = drafted
    taking = budgets.prepare(desk, taken, taken.attempts, occasion.budget, credential, line, now)
    if isinstance(outcome, Silence) and not paying.take(desk, taken, now):
        # Silence is no proof: an earlier request may have been charged.
        return _record(desk, taken, CannotKnow("saying it once more would pass a cap"), unsaid_since=variant)
    if not isinstance(taking, Taking) or not budgets.take(desk, taking):
        until = taking.until if isinstance(taking, Wait) else now
        waits = NothingHappened(until, "the account may not say more at this moment")
        return _record(desk, taken, waits, unsaid_since=variant)
    return _Said(desk, account, taken, connector, draft, timing, taking).once(occasion)


def _sought(desk: Desk, variant: Variant, account: Account, body: Body) -> Draft:
    """What an earlier attempt was to say, with what is known of its pictures: nothing is handed over to look for it."""
    can = desk.platforms.capabilities(variant.platform)
    return naming.as_named(desk, variant, draft_of(body, can, variant.said, handed_over(desk, variant, account, body)))


def _taken(desk: Desk, before: Variant, after: Variant, event: AuditEvent) -> Variant:
    try:
        return desk.store.variants.save(before, after, event)
    except Stale as stale:
        return _ours(after, stale)


def _ours(after: Variant, stale: Stale[Variant]) -> Variant:
    """Our own claim, if that is what stands there: the engine may have repeated a write whose answer it lost.

    Raises what it was given where it is another's.
    """
    if stale.current is not None and stale.current.owner == after.owner:
        return stale.current
    raise stale


# --- the platform's side ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """One attempt under a live claim, ready to be said."""

    desk: Desk
    account: Account
    variant: Variant
    connector: Connector
    draft: Draft
    timing: Timing
    turn: Taking

    def once(self, occasion: Occasion) -> Variant:
        """Say it unless something stands against it in the last moment, and write down what came of it."""
        desk, variant = self.desk, self.variant
        against = self._against(occasion)
        if against is not None:
            return _record(desk, variant, against)
        outcome, limit = _say(self.connector, self.draft, desk, variant)
        now = desk.clock.now()
        accounts.follow(desk, self.account, outcome, now)
        if isinstance(outcome, NothingHappened) and outcome.parks and (limit is None or self.turn.client is None):
            accounts.throttled(desk, self.account, outcome.retry_at, now)
        left = _record(desk, variant, outcome)
        if limit is not None:
            budgets.heed(desk, variant, self.turn, limit, now)
        return left

    def _against(self, occasion: Occasion) -> Outcome | None:
        """Why it may not be said after all; nothing was asked of the platform then."""
        desk, variant = self.desk, self.variant
        if clocks.off(desk, desk.clock.now(), self.timing.skew) is not None:
            # Set back since the step began, it would think its lease longer than it is.
            return NothingHappened(desk.clock.now(), "this worker's clock was set meanwhile")
        if not budgets.still_ours(desk, variant, self.turn, desk.clock.now()):
            return NothingHappened(desk.clock.now(), "another took the account's turn meanwhile")
        brakes, read_at = occasion.brakes, occasion.read_at
        if desk.clock.now() - read_at > SEEN_WITHIN:
            read_at = desk.clock.now()
            brakes = occasions.brakes_now(desk, variant)
        now = desk.clock.now()
        brake = next((one for one in brakes if one.stops(now)), None)
        if brake is not None:
            return Stopped(brake.id, _stopped(brake))
        if now - read_at > SEEN_WITHIN:
            return NothingHappened(now, "the brakes took too long to read")
        if variant.lease_until is None or not variant.key or not may_still_send(variant.lease_until, now, self.timing):
            return NothingHappened(now, "the lease was too short to send within")
        return None


def _say(connector: Connector, draft: Draft, desk: Desk, variant: Variant) -> tuple[Outcome, Limit | None]:
    """Say it in public, once, and tell what came of it."""
    try:
        # ============================================================================================================
        #   THE ONE UNREPEATABLE LINE IN THE HOUSE. Reached only under a live claim; one HTTP request; never in a loop.
        receipt = connector.publish(draft, key=variant.key or "")
        # ============================================================================================================
    except errors.RateLimited as error:
        # The account's own limit parks the account; an app's is kept for all that speak through the same client.
        limit = Limit(0, error.retry_after or 0, "app") if error.scope == "app" else None
        return NothingHappened(later(desk.clock.now(), error.retry_after), error.detail, parks=True), limit
    except errors.Retryable as error:
        return NothingHappened(later(desk.clock.now(), error.retry_after), error.detail), None
    except errors.AuthExpired as error:
        return SignedOut(error.detail, error.cause), None
    except errors.Unpaid as error:
        return Unpaid(str(error)), None
    except errors.Rejected as error:
        if lost_a_picture(error):
            forget(desk, variant)
            return NothingHappened(desk.clock.now(), "the platform has lost a picture: it is handed over anew"), None
        return Refused(str(error)), None
    except errors.Ambiguous as error:
        return AnswerLost(error.detail), None
    return Sent(remote_of(receipt.ref), tuple(map(remote_of, receipt.thread))), receipt.limit


def _stopped(brake: Brake) -> str:
    return f"the brake over {brake.id.replace('.', ' ')} is on: {brake.reason}"


# --- writing down what came of it ------------------------------------------------------------------------------------


def _record(desk: Desk, variant: Variant, outcome: Outcome, *, unsaid_since: Variant | None = None) -> Variant:
    """T6 to T9, fenced: whoever took the variant over in the meantime has the word, and this outcome is dropped.

    unsaid_since: the variant as it was before this attempt, where this one asked the platform for nothing.
    """
    now = desk.clock.now()
    follows = advance(variant, outcome, now)
    if isinstance(follows, SendAgain):
        raise TypeError("an outcome that leads to sending is not recorded")
    after, act = settled(variant, follows, now)
    if unsaid_since is not None:
        after = replace(after, sent_by=unsaid_since.sent_by)
    event = desk.store.variants.moved(variant, after, act, now, WORKER, follows.why)
    if isinstance(follows, Hold):
        held = holding.hold(desk, variant, after, event, _brake(desk, variant, follows.brake))
        if held is None:
            return _record(desk, variant, NothingHappened(now, "what stood against it was taken away meanwhile"))
        left = held
    else:
        left = outcomes.save(desk, variant, after, event)
    if isinstance(follows, Defer | Hold | Fail) or (isinstance(follows, GiveUp) and not variant.dirty):
        paying.give_back(desk, variant, variant.events[-1].at if variant.events else now)
    return left


def _hold(desk: Desk, variant: Variant, why: str, now: datetime, brake: Brake | None = None) -> Variant:
    """Out of SCHEDULED without an attempt, for as long as its account is silent or the brake is on."""
    held_by = None if brake is None else brake.id
    after = replace(variant, state=VARIANT.move(variant.state, "hold"), reason=why, held_by=held_by)
    event = desk.store.variants.moved(variant, after, "hold", now, WORKER, why)
    return holding.hold(desk, variant, after, event, brake) or variant


def _brake(desk: Desk, variant: Variant, brake_id: str | None) -> Brake | None:
    return None if brake_id is None else desk.store.brakes.get(variant.workspace, brake_id)
