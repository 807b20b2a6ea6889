"""The protocol broken on purpose, one rule at a time, at run time only. A simulator that misses one of these proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain import approval, sending
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.brake import BrakeState
from chalicelib.domain.budget import WHOLE, Allowed, Turn
from chalicelib.domain.post import Remote, Variant, VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.sending import AnswerLost, CannotKnow, Commit, Fail, Next, Outcome, ProvedAbsent, Silence
from chalicelib.domain.timing import Timing
from chalicelib.ports import Update
from chalicelib.services import (
    aftermath,
    braking,
    budgets,
    changing,
    clocks,
    handing_over,
    holding,
    lines,
    looking_back,
    occasions,
    paying,
    permission,
    publishing,
    rechecking,
    ticking,
)
from chalicelib.store.repository import Repository
from connectors import errors
from tests.simulation.mutants_inbox import cursor_first, goes_on_past_a_failure, stored_anew
from tests.simulation.plans import Plan
from tests.simulation.platforms import SimulatedConnector
from tests.simulation.road import Kind


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken rule. shows: which plans can show it at all; the others are passed over, to save their time."""

    name: str
    breaks: Callable[[pytest.MonkeyPatch], None]
    shows: Callable[[Plan], bool] = lambda _: True


def _takes_over_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Timing, "takeover_after", property(lambda _: timedelta(0)))


def _silence_is_absence(patch: pytest.MonkeyPatch) -> None:
    look_up = publishing.look_up

    def believing(*given: Any) -> Outcome:
        outcome = look_up(*given)
        return ProvedAbsent() if isinstance(outcome, CannotKnow | Silence) else outcome

    patch.setattr(publishing, "look_up", believing)


def _advances(patch: pytest.MonkeyPatch, advance: Callable[[Variant, Outcome, datetime], Next]) -> None:
    patch.setattr(publishing, "advance", advance)


def _dirt_is_ignored(patch: pytest.MonkeyPatch) -> None:
    _advances(patch, lambda variant, outcome, now: sending.advance(replace(variant, dirty=False), outcome, now))


def _timeout_is_failure(patch: pytest.MonkeyPatch) -> None:
    _advances(
        patch,
        lambda variant, outcome, now: (
            Fail("no answer") if isinstance(outcome, AnswerLost) else sending.advance(variant, outcome, now)
        ),
    )


def _timeout_is_success(patch: pytest.MonkeyPatch) -> None:
    _advances(
        patch,
        lambda variant, outcome, now: (
            Commit(Remote("?"), "no answer")
            if isinstance(outcome, AnswerLost)
            else sending.advance(variant, outcome, now)
        ),
    )


def _may_always_send(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "may_still_send", lambda *_: True)


def _no_lease(patch: pytest.MonkeyPatch) -> None:
    _may_always_send(patch)
    taken = publishing._taken

    def leaseless(desk: Any, before: Variant, after: Variant, event: AuditEvent) -> Variant:
        return taken(desk, before, replace(after, lease_until=event.at), event)

    patch.setattr(publishing, "_taken", leaseless)


def _unfenced(*acts: str) -> Callable[[pytest.MonkeyPatch], None]:
    def breaks(patch: pytest.MonkeyPatch) -> None:
        changed = Repository.changed

        def careless(repository: Any, before: Any, after: Any, event: AuditEvent) -> Update:
            update = changed(repository, before, after, event)
            return replace(update, when=None) if event.act in acts else update

        patch.setattr(Repository, "changed", careless)

    return breaks


def _cancels_whatever_it_is(patch: pytest.MonkeyPatch) -> None:
    def cancel(desk: Any, caller: Any, variant_id: str, now: datetime) -> Variant:
        variant: Variant = desk.store.variants.get(caller.workspace, variant_id)
        after = replace(variant, state=VariantState.CANCELLED)
        event = desk.store.variants.moved(variant, after, "cancel", now, Actor.member(caller.member), "cancelled")
        desk.store.write([replace(desk.store.variants.changed(variant, after, event), when=None)])
        return after

    patch.setattr(changing, "cancel", cancel)


def _server_error_is_retryable(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SimulatedConnector, "server_error", errors.Retryable)


def _a_fresh_key_each_time(patch: pytest.MonkeyPatch) -> None:
    taken = publishing._taken

    def renewing(desk: Any, before: Variant, after: Variant, event: AuditEvent) -> Variant:
        return taken(desk, before, replace(after, key=f"{after.key}+{after.attempts}"), event)

    patch.setattr(publishing, "_taken", renewing)


def _never_takes_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Timing, "takeover_after", property(lambda _: timedelta(days=1)))


def _sends_early(patch: pytest.MonkeyPatch) -> None:
    step = sending.next_step
    patch.setattr(
        publishing, "next_step", lambda variant, now, timing: step(variant, now + timedelta(seconds=2), timing)
    )


def _holds_without_asking(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(holding, "hold", lambda desk, before, after, event, _: desk.store.variants.save(before, after, event))


def _newest_first(patch: pytest.MonkeyPatch) -> None:
    line = lines._line

    def backwards(*given: Any, **more: Any) -> Any:
        ordered, known = line(*given, **more)
        return ordered[::-1], known

    patch.setattr(lines, "_line", backwards)


def _asks_nobody(patch: pytest.MonkeyPatch) -> None:
    nothing = aftermath.Aftermath()
    patch.setattr(aftermath, "of", lambda *_: nothing)


def _nobody_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        budgets,
        "taken",
        lambda budget, allowed, now, turn=None, **_: replace(budget, at=max(now, budget.at), turn=turn),
    )


def _first_words(patch: pytest.MonkeyPatch) -> None:
    body_in = occasions.body_in
    patch.setattr(occasions, "body_in", lambda desk, variant, post: body_in(desk, replace(variant, version=1), post))


def _in_force_at_once(patch: pytest.MonkeyPatch) -> None:
    standing = braking.standing
    patch.setattr(braking, "standing", lambda *given: replace(standing(*given), in_force=True))


def _forever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "SEEN_WITHIN", timedelta(days=1))


def _refilled_whole(patch: pytest.MonkeyPatch) -> None:
    # Together with what may be said at once that is a quarter too much.
    patch.setattr(
        Allowed, "refilled", lambda allowed, passed: max(passed, timedelta(0)) * allowed.writes * WHOLE // allowed.span
    )


def _over_once_claimed(patch: pytest.MonkeyPatch) -> None:
    busy = budgets.busy

    def unclaimed(turn: Turn | None, holder: Variant | None, *given: Any) -> bool:
        return (holder is None or holder.state is not VariantState.SENDING) and busy(turn, holder, *given)

    patch.setattr(budgets, "busy", unclaimed)


def _not_due_while_sending(patch: pytest.MonkeyPatch) -> None:
    fields = Repository._index_fields

    def dropped(repository: Any, noun: Any) -> Any:
        found = fields(repository, noun)
        sending = isinstance(noun, Variant) and noun.state is VariantState.SENDING
        return {name: value for name, value in found.items() if name not in {"g", "gs"}} if sending else found

    patch.setattr(Repository, "_index_fields", dropped)


def _believes_its_clock(*places: Any) -> Callable[[pytest.MonkeyPatch], None]:
    """Only these ask for no other time."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        for place in places:
            patch.setattr(place, "clocks", SimpleNamespace(check=lambda *_: None, off=lambda *_: None))

    return breaks


def _asks_the_time_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publishing, "clocks", SimpleNamespace(check=clocks.check, off=lambda *_: None))


def _silence_since_the_first(patch: pytest.MonkeyPatch) -> None:
    look_up = publishing.look_up
    patch.setattr(publishing, "look_up", lambda *given: look_up(*given[:-1], None))


def _swept_never(patch: pytest.MonkeyPatch) -> None:
    # Among the latest posts the sweep's first half, made for an older release, would find it too.
    patch.setattr(holding, "sweep_account", lambda *_: None)
    patch.setattr(holding, "recent", SimpleNamespace(variants=lambda *_: ()))


def _settles_only_what_is_on(patch: pytest.MonkeyPatch) -> None:
    settle = braking.settle

    def careless(desk: Any, workspace: str, brake: str, now: datetime) -> None:
        known = desk.store.brakes.get(workspace, brake)
        if known is not None and known.state is BrakeState.ON:
            settle(desk, workspace, brake, now)

    patch.setattr(braking, "settle", careless)


def _returns(place: Any, name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(place, name, lambda *_, **__: value)


def _answers_the_first(patch: pytest.MonkeyPatch) -> None:
    draft_of = publishing.draft_of

    def careless(body: Any, threads: Any, said: Any = (), *more: Any) -> Any:
        draft = draft_of(body, threads, said, *more)
        return replace(draft, in_reply_to=None) if said else draft

    patch.setattr(publishing, "draft_of", careless)


def _keeps_every_yes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(approval, "after_edit", lambda *_, **__: "keep")
    patch.setattr(approval, "stands", lambda _: None)


def _gives_back_whatever_came_of_it(patch: pytest.MonkeyPatch) -> None:
    record = publishing._record

    def generous(desk: Any, variant: Variant, outcome: Outcome, **more: Any) -> Variant:
        left = record(desk, variant, outcome, **more)
        if isinstance(outcome, AnswerLost):
            paying.give_back(desk, variant, variant.events[-1].at)
        return left

    patch.setattr(publishing, "_record", generous)


def _never_begun(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Variant, "begun", property(lambda _: False))


def _edited(plan: Plan) -> bool:
    return plan.edit_at is not None or any(one.kind is Kind.EDITED_HERE for one in plan.faults)


def _spoken_to(plan: Plan) -> bool:
    return bool(plan.said) or plan.asked


def _braked(plan: Plan) -> bool:
    return plan.brake_at is not None or any(one.kind is Kind.BRAKED_HERE for one in plan.faults)


def _rogue(plan: Plan) -> bool:
    return plan.rogue != 0


def _threaded(plan: Plan) -> bool:
    return plan.parts > 1


def _twice(plan: Plan) -> bool:
    return len(plan.faults) > 1


MUTANTS = (
    Mutant("no wait before a takeover", _takes_over_at_once),
    Mutant("silence taken as absence", _silence_is_absence),
    Mutant("an earlier attempt forgotten", _dirt_is_ignored, _twice),
    Mutant("sends after its lease", _may_always_send),
    Mutant("a lease of no length", _no_lease),
    Mutant("outcomes written without the fence", _unfenced("commit", "defer", "reject", "doubt", "give_up")),
    Mutant("claims written without the fence", _unfenced("claim", "take_over")),
    Mutant("a cancel that asks nobody", _cancels_whatever_it_is),
    Mutant("a timeout taken as failure", _timeout_is_failure),
    Mutant("a timeout taken as success", _timeout_is_success),
    Mutant("a server error taken as nothing happened", _server_error_is_retryable),
    Mutant("a fresh key on every claim", _a_fresh_key_each_time),
    Mutant("held, whether or not the account can speak again", _holds_without_asking),
    Mutant("nobody takes over", _never_takes_over),
    Mutant("two seconds ahead of its time", _sends_early),
    Mutant("the newest of a line first", _newest_first),
    Mutant("a line that goes on past what waits", lambda patch: patch.setattr(lines, "_MOVING", frozenset())),
    Mutant("an allowance that nobody counts", _nobody_counts),
    Mutant("brakes that nobody reads", _returns(occasions, "_decoded", ())),
    Mutant("a brake in force as soon as it is stored", _in_force_at_once, _braked),
    Mutant("what a brake held is held for good", _returns(holding, "release_brake", 0)),
    Mutant("what a sign-out held is held for good", _returns(holding, "release_account", 0)),
    Mutant("an edit written without the fence", _unfenced("edit"), _edited),
    Mutant("the first words, whatever was edited", _first_words, _edited),
    Mutant("every clock is believed", _returns(clocks, "off", None)),
    Mutant("a question put to nobody", _asks_nobody),
    Mutant("a tick that finds nothing", _returns(ticking, "_lines", ())),
    Mutant("brakes read once, however long ago", _forever, _braked),
    Mutant("an allowance that is refilled whole", _refilled_whole),
    Mutant("a client's budget that nobody counts", _returns(budgets, "_take_of_client", None)),
    Mutant("silence counted from the first request", _silence_since_the_first),
    Mutant("an answer, whatever has happened since", _returns(rechecking, "why_not_say", None)),
    Mutant("an answer that its question never hears of", _returns(aftermath, "_answered_by", None)),
    Mutant("turns that nobody waits for", _returns(budgets, "busy", value=False)),
    Mutant("a turn that is over once it was claimed", _over_once_claimed),
    Mutant("no longer due once it was claimed", _not_due_while_sending),
    Mutant("a tick that believes its clock", _believes_its_clock(ticking), _rogue),
    Mutant("a clock that is asked about only once", _asks_the_time_once),
    Mutant("what a sign-out held is looked for only once", _swept_never),
    Mutant("what a brake held is looked for only once", _settles_only_what_is_on, _braked),
    Mutant("a part that stands under nothing", _answers_the_first, _threaded),
    Mutant("a thread whose parts have one key", lambda patch: patch.setattr(publishing, "_seed", lambda one: one.id)),
    Mutant("a thread that has begun, taken for one that has not", _never_begun, _threaded),
    Mutant("parts written without the fence", _unfenced("part"), _threaded),
    Mutant("an edit that keeps every yes", _keeps_every_yes),
    Mutant("sent, whatever was checked and approved", _returns(permission, "against", None)),
    Mutant("a cap that nobody counts", _returns(paying, "takings", ())),
    Mutant("paid back, though the answer was lost", _gives_back_whatever_came_of_it),
    Mutant("a cursor saved before what it covers", cursor_first, _spoken_to),
    Mutant("a message stored anew, whatever was decided", stored_anew, _spoken_to),
    Mutant("a reading that goes on past what it could not store", goes_on_past_a_failure, _spoken_to),
    Mutant(
        "what was heard is decided without the fence", _unfenced("ignore", "answer", "review", "escalate"), _spoken_to
    ),
    Mutant("a message whose hint was lost is never found again", _returns(ticking, "_messages", ())),
    Mutant("threads of own posts that nobody reads", _returns(looking_back, "is_due", value=False)),
    Mutant("pictures left out", lambda patch: patch.setattr(handing_over, "attached", lambda *_: ((), None))),
)
