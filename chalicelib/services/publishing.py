"""Publishing: never twice, never silently lost.

Transitions (the only way into and out of SENDING)
  T3 claim       SCHEDULED -> SENDING   due, and not changed since it was read
  T4 take over   SENDING   -> SENDING   lease + landing + visible + skew have passed; the attempt is dirty from here on
  T5 look up     after T4, always: found -> T6; proved absent -> send; nothing proved -> T9
     send        one HTTP call, alone in `_say`, only while the lease is sure to outlast it
  T6 commit      SENDING   -> PUBLISHED
  T7 clean exits SENDING   -> SCHEDULED, HELD, FAILED   clean attempts only
  T8 doubt       SENDING   -> SENDING   the answer was lost; the lease runs on, then T4
  T9 give up     SENDING   -> NEEDS_REVIEW, with its review item in the same write
Every transition is a conditional write on the `rev` that was read (`store/repository.py`): the fence. A worker that lost
its fence writes nothing more. Nothing here repeats a write to a platform.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.post import VARIANT, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.sending import (
    AnswerLost,
    CannotKnow,
    Commit,
    Defer,
    Doubt,
    Fail,
    FoundEarlier,
    GiveUp,
    Hold,
    Next,
    NothingHappened,
    Outcome,
    ProvedAbsent,
    Refused,
    SendAgain,
    Sent,
    SignedOut,
    Step,
    advance,
    may_still_send,
    next_step,
)
from chalicelib.domain.timing import Timing
from chalicelib.ports import ABSENT, Check, ConditionFailed, Equals, any_of
from chalicelib.services import accounts, aftermath, bindings
from chalicelib.services.bodies import body_of, draft_of, remote_of
from chalicelib.services.desk import Desk
from chalicelib.services.signing_in import connector_for
from chalicelib.store import keys
from chalicelib.store.repository import Stale
from connectors import errors
from connectors.contract import Absent, Connector, Draft, Found, Unproven

WORKER = Actor.worker("publish")

_SILENT = frozenset({AccountState.NEEDS_RECONNECT, AccountState.PAUSED, AccountState.DISABLED})
"""States in which an account says nothing, and what it was to say is held."""

RETRY_AFTER = timedelta(seconds=30)
"""When nothing happened and the platform named no time: our own default, one tick's half."""


def publish(desk: Desk, workspace: str, variant_id: str) -> VariantState | None:
    """Take the one step that a variant's state and the clock allow. Safe to call at any time, any number of times.

    Returns the state it left the variant in, None where there is no such variant. Raises what the engine raises, and
    whatever unknown error a connector raises while SENDING: the lease then runs out and the variant is settled by T4.
    """
    variant = desk.store.variants.get(workspace, variant_id)
    if variant is None:
        return None
    now = desk.clock.now()
    timing = desk.policy.timing[variant.platform]
    try:
        match next_step(variant, now, timing):
            case Step.MISS:
                return _leave(desk, variant, "miss", "later than its own limit allows", now).state
            case Step.CLAIM:
                return _attempt(desk, variant, timing).state
            case Step.TAKE_OVER:
                return _settle(desk, variant, timing).state
            case Step.WAIT | Step.LEAVE:
                return variant.state
    except Stale as stale:
        # Somebody else moved it while we looked: theirs is the step that counts.
        return stale.current.state if stale.current is not None else None


# --- the two roads into SENDING --------------------------------------------------------------------------------------


def _attempt(desk: Desk, variant: Variant, timing: Timing) -> Variant:
    """Prepare what can be repeated, claim (T3), send once, and write down what came of it."""
    account = desk.store.accounts.get(variant.workspace, variant.account)
    now = desk.clock.now()
    if account is None or account.state in _SILENT:
        state = "gone" if account is None else account.state.value
        return _leave(desk, variant, "hold", f"the account is {state}", now)
    if account.state is AccountState.THROTTLED and account.throttled_until and now < account.throttled_until:
        return variant
    refusal = aftermath.why_not_say(desk, variant)
    if refusal is not None:
        return _leave(desk, variant, "cancel", refusal, now)
    body = body_of(desk, variant)
    connector = connector_for(desk, account)
    try:
        connector.sign_in()
    except errors.AuthExpired as error:
        accounts.signed_out(desk, account, error.detail, now)
        return _leave(desk, variant, "hold", f"the account is signed out: {error.detail}", now)
    except errors.RateLimited as error:
        accounts.throttled(desk, account, now + timedelta(seconds=error.retry_after or 0), now)
        return variant
    except errors.Retryable:
        return variant

    claimed = _claim(desk, variant, connector, timing)
    return _say_and_record(desk, account, claimed, connector, draft_of(body), timing)


def _claim(desk: Desk, variant: Variant, connector: Connector, timing: Timing) -> Variant:
    """T3. The key is fixed by the first claim and kept by every later one."""
    now = desk.clock.now()
    owner = desk.new_id()
    after = replace(
        variant,
        state=VARIANT.move(variant.state, "claim"),
        attempts=variant.attempts + 1,
        owner=owner,
        lease_until=now + timing.lease,
        key=variant.key or connector.new_key(f"{variant.id}.{variant.version}", now),
        first_claimed_at=variant.first_claimed_at or now,
        reason=None,
    )
    return _taken(
        desk,
        variant,
        after,
        desk.store.variants.moved(variant, after, "claim", now, WORKER, f"due at {variant.schedule.at:%H:%M:%S} UTC"),
    )


def _settle(desk: Desk, variant: Variant, timing: Timing) -> Variant:
    """T4 and T5: an attempt was left behind. Find out what came of it before anything else is said."""
    now = desk.clock.now()
    after = replace(
        variant,
        state=VARIANT.move(variant.state, "take_over"),
        attempts=variant.attempts + 1,
        takeovers=variant.takeovers + 1,
        owner=desk.new_id(),
        lease_until=now + timing.lease,
        dirty=True,
        doubt=variant.doubt or "no answer was recorded before the lease ran out",
    )
    taken = _taken(
        desk,
        variant,
        after,
        desk.store.variants.moved(variant, after, "take_over", now, WORKER, "the attempt before left no outcome"),
    )
    account = desk.store.accounts.get(taken.workspace, taken.account)
    if account is None:
        return _record(desk, taken, CannotKnow("the account is gone"))
    connector = connector_for(desk, account)
    draft = draft_of(body_of(desk, taken))
    outcome = _look_up(connector, taken, draft, timing, desk.clock.now())
    if isinstance(outcome, SignedOut):
        accounts.signed_out(desk, account, outcome.why, desk.clock.now())
    if isinstance(outcome, FoundEarlier) and not bindings.bind(desk, taken, outcome.remote):
        outcome = CannotKnow("the post that was found belongs to another one that says the same")
    if isinstance(advance(taken, outcome, desk.clock.now()), SendAgain):
        return _say_and_record(desk, account, taken, connector, draft, timing)
    return _record(desk, taken, outcome)


def _taken(desk: Desk, before: Variant, after: Variant, event: AuditEvent) -> Variant:
    try:
        return desk.store.variants.save(before, after, event)
    except Stale as stale:
        # The engine may have repeated a write whose answer it lost: then it is our own claim that stands there.
        if stale.current is not None and stale.current.owner == after.owner:
            current: Variant = stale.current
            return current
        raise


# --- the platform's side ---------------------------------------------------------------------------------------------


def _say_and_record(
    desk: Desk, account: Account, variant: Variant, connector: Connector, draft: Draft, timing: Timing
) -> Variant:
    now = desk.clock.now()
    if variant.lease_until is None or variant.key is None or not may_still_send(variant.lease_until, now, timing):
        return _record(desk, variant, NothingHappened(now, "the lease was too short to send within"))
    outcome = _say(connector, draft, variant.key, desk)
    now = desk.clock.now()
    if isinstance(outcome, SignedOut):
        accounts.signed_out(desk, account, outcome.why, now)
    elif isinstance(outcome, NothingHappened) and outcome.parks:
        accounts.throttled(desk, account, outcome.retry_at, now)
    return _record(desk, variant, outcome)


def _say(connector: Connector, draft: Draft, key: str, desk: Desk) -> Outcome:
    """Say it in public, once, and tell what came of it."""
    try:
        # ============================================================================================================
        #   THE ONE UNREPEATABLE LINE IN THE HOUSE. Reached only under a live claim; one HTTP request; never in a loop.
        receipt = connector.publish(draft, key=key)
        # ============================================================================================================
    except errors.RateLimited as error:
        return NothingHappened(_later(desk.clock.now(), error.retry_after), error.detail, parks=True)
    except errors.Retryable as error:
        return NothingHappened(_later(desk.clock.now(), error.retry_after), error.detail)
    except errors.AuthExpired as error:
        return SignedOut(error.detail)
    except errors.Rejected as error:
        return Refused(str(error))
    except errors.Ambiguous as error:
        return AnswerLost(error.detail)
    return Sent(remote_of(receipt.ref))


def _look_up(connector: Connector, variant: Variant, draft: Draft, timing: Timing, now: datetime) -> Outcome:
    """T5: did an earlier attempt land?"""
    key, since = variant.key, variant.first_claimed_at
    if key is None or since is None:
        return CannotKnow("the attempt left no key")
    try:
        connector.sign_in()
        found = connector.find_published(draft, key=key, since=since - timing.skew)
    except errors.AuthExpired as error:
        return SignedOut(error.detail)
    except errors.Retryable as error:
        return NothingHappened(_later(now, error.retry_after), f"could not look: {error.detail}")
    except errors.ConnectorError as error:
        return CannotKnow(f"could not look: {error.detail}")
    match found:
        case Found(receipt):
            return FoundEarlier(remote_of(receipt.ref))
        case Absent():
            return ProvedAbsent()
        case Unproven(why):
            return CannotKnow(why)


def _later(now: datetime, seconds: float | None) -> datetime:
    return now + (RETRY_AFTER if seconds is None else timedelta(seconds=seconds))


# --- writing down what came of it ------------------------------------------------------------------------------------

_ACTS: dict[type[Next], str] = {
    Commit: "commit",
    Defer: "defer",
    Hold: "hold",
    Fail: "reject",
    Doubt: "doubt",
    GiveUp: "give_up",
}


def _record(desk: Desk, variant: Variant, outcome: Outcome) -> Variant:
    """T6 to T9, fenced: whoever took the variant over in the meantime has the word, and this outcome is dropped."""
    now = desk.clock.now()
    follows = advance(variant, outcome, now)
    if isinstance(follows, SendAgain):
        raise TypeError("an outcome that leads to sending is not recorded")
    act = _ACTS[type(follows)]
    after = replace(variant, state=VARIANT.move(variant.state, act))
    match follows:
        case Commit(remote):
            after = replace(
                after, remote=remote, published_at=now, owner=None, lease_until=None, doubt=None, dirty=False
            )
        case Defer(until):
            after = replace(after, not_before=until, owner=None, lease_until=None, reason=follows.why)
        case Hold() | Fail() | GiveUp():
            after = replace(after, owner=None, lease_until=None, reason=follows.why)
        case Doubt(lease_until):
            after = replace(after, lease_until=lease_until, doubt=follows.why)
    event = desk.store.variants.moved(variant, after, act, now, WORKER, follows.why)
    if isinstance(follows, Hold):
        held = _hold(desk, variant, after, event)
        return held or _record(desk, variant, NothingHappened(now, "the account was signed in again meanwhile"))
    return _save(desk, variant, after, event)


def _leave(desk: Desk, variant: Variant, act: str, why: str, now: datetime) -> Variant:
    """Out of SCHEDULED without an attempt."""
    after = replace(variant, state=VARIANT.move(variant.state, act), reason=why)
    event = desk.store.variants.moved(variant, after, act, now, WORKER, why)
    if act == "hold":
        return _hold(desk, variant, after, event) or variant
    return _save(desk, variant, after, event)


def _hold(desk: Desk, before: Variant, after: Variant, event: AuditEvent) -> Variant | None:
    """Hold the variant while its account says nothing; None where the account can speak again, and nothing is written.

    Signing in releases what is held by then: a worker that was slower than the member would hold it for ever.
    """
    silent = any_of(ABSENT, *(Equals("state", state.value) for state in sorted(_SILENT)))
    account = keys.within(before.workspace, "ACCOUNT", before.account)
    try:
        desk.store.write([desk.store.variants.changed(before, after, event), Check(account, silent)])
    except ConditionFailed as failed:
        if failed.index == 0:
            raise Stale(desk.store.variants.get(before.workspace, before.id)) from failed
        return None
    return desk.store.variants.advanced(before, after, event)


def _save(desk: Desk, before: Variant, after: Variant, event: AuditEvent) -> Variant:
    """Save the variant together with what its new state means for the interaction it answers, or for the review queue."""
    variants = desk.store.variants
    for _ in range(3):
        follow = aftermath.of(desk, after, event.at)
        if not follow.writes:
            return variants.save(before, after, event)
        try:
            desk.store.write([variants.changed(before, after, event), *follow.writes])
        except ConditionFailed as failed:
            if failed.index == 0:
                raise Stale(variants.get(before.workspace, before.id)) from failed
            continue  # the interaction moved meanwhile: look again at what follows
        follow.announce(desk)
        return variants.advanced(before, after, event)
    # The outcome of a send must not be lost to a quarrel over its consequences.
    return variants.save(before, after, event)
