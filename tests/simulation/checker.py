"""The checker: what the record says against what really stands on the platform. Every finding is a broken promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from chalicelib.domain.account import AccountState
from chalicelib.domain.budget import WHOLE, Allowed
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.review import ReviewState
from chalicelib.store import keys
from chalicelib.store.store import Store
from connectors import registry
from connectors.capabilities import Dedupe
from tests.simulation.checker_inbox import of_inbox
from tests.simulation.harms import Finding, Harm
from tests.simulation.members import Intent
from tests.simulation.opening import beginning_of
from tests.simulation.places import Through
from tests.simulation.platforms import Standing
from tests.simulation.road import START, TIMING
from tests.simulation.simulator import World

_UNSAID = frozenset({InteractionState.IN_REVIEW, InteractionState.RESOLVED})
_ANSWERING = frozenset({InteractionState.ANSWERING})
_ENDS: Mapping[VariantState | None, frozenset[InteractionState]] = {
    None: _UNSAID,
    VariantState.PUBLISHED: frozenset({InteractionState.ANSWERED}),
    VariantState.HELD: _ANSWERING,
    VariantState.NEEDS_REVIEW: _ANSWERING,
    VariantState.FAILED: _UNSAID,
    VariantState.MISSED: _UNSAID,
    VariantState.CANCELLED: _UNSAID,
    VariantState.CLOSED: _UNSAID,
}
"""How an interaction may end, by what became of its answer; None: there was none."""


def findings(world: World) -> list[Finding]:
    """Everything that is wrong with a world after its run."""
    found: list[Finding] = []
    standing = world.platform.standing
    for variant in world.variants():
        intent = world.intents[variant.id]
        posts = [one for one in standing if intent.means(beginning_of(one.text), one.under)]
        found += _of_posts(world, variant, intent, posts)
        found += _of_state(world, variant, intent, posts)
        found += _of_history(variant)
    found += _of_stop(world)
    found += _of_thread(world)
    found += of_inbox(world)
    found += _of_budget(world)
    found += _of_money(world)
    ours = {text for intent in world.intents.values() for text in intent.texts}
    foreign = [one for one in standing if beginning_of(one.text) not in ours]
    found += [Finding(Harm.BYTES_DIFFER, f"nobody wrote what stands at {one.id}") for one in foreign]
    found += [Finding(Harm.OUT_OF_ORDER, words) for words in world.overtaken]
    found += [Finding(Harm.UNTRUE, words) for words in world.misled]
    if len(world.variants()) != len(world.intents):
        found.append(Finding(Harm.LOST, "a variant is gone from the record"))
    return found


def _of_posts(world: World, variant: Variant, intent: Intent, posts: list[Standing]) -> Iterator[Finding]:
    """What the platform alone tells."""
    times = Counter(_part_of(one.text) for one in posts)
    if any(count > 1 for count in times.values()):
        yield Finding(Harm.TWICE, f"{variant.id} stands there {max(times.values())} times")
    due = intent.due - timedelta(seconds=max(0.0, *world.plan.offsets))
    asked = [one for one in world.platform.asked if intent.means(beginning_of(one.text), one.under)]
    if any(beginning_of(one.text) in intent.may_stand and one.at < due for one in asked):
        yield Finding(Harm.EARLY, f"{variant.id} was sent before its time")
    if posts and intent.cancelled:
        yield Finding(Harm.AFTER_CANCEL, f"{variant.id} stands there, though its cancel was acknowledged")
    if intent.stopped is not None and len(posts) > intent.stopped:
        yield Finding(Harm.AFTER_CANCEL, f"{variant.id} went on after its rest was acknowledged as stopped")
    if any(beginning_of(one.text) not in intent.may_stand for one in posts):
        yield Finding(Harm.EDIT_LOST, f"{variant.id} says what an acknowledged edit had replaced")
    must_be_approved = world.plan.approved_at is not None and intent.answers is None
    if must_be_approved and any(beginning_of(one.text) not in intent.approved for one in asked):
        yield Finding(Harm.UNAPPROVED_SENT, f"{variant.id} was sent, and nobody had approved it")
    yield from _of_parts(world, variant, posts)


def _of_parts(world: World, variant: Variant, posts: list[Standing]) -> Iterator[Finding]:
    """A thread is whole as far as it goes, each part under the one before it; and shows what it is to show."""
    posts = sorted(posts, key=lambda one: _part_of(one.text))
    wants = list(range(1, len(posts) + 1))
    if [_part_of(one.text) for one in posts] != wants and len({_part_of(one.text) for one in posts}) == len(posts):
        yield Finding(Harm.THREAD_BROKEN, f"of {variant.id} these parts stand: {[_part_of(one.text) for one in posts]}")
    for before, after in pairwise(posts):
        if after.under != before.id or after.at < before.at:
            yield Finding(Harm.THREAD_BROKEN, f"{after.id} does not stand under {before.id}")
    if variant.state is VariantState.PUBLISHED and posts and len(posts) < _owed(world, variant):
        yield Finding(Harm.LOST, f"{variant.id} is published, and {len(posts)} parts of it stand there")
    if world.plan.pictures and world.intents[variant.id].answers is None:
        for one in posts[:1]:
            if one.pictures != ("A sign",):
                yield Finding(Harm.BYTES_DIFFER, f"{variant.id} shows {one.pictures}")


def _owed(world: World, variant: Variant) -> int:
    return 1 if world.intents[variant.id].answers is not None else world.plan.parts


def _part_of(text: str) -> int:
    """Which part of its thread this is, from 1."""
    return 1 if beginning_of(text) == text else int(text.rpartition("(")[2].rstrip(")"))


def _of_money(world: World) -> Iterator[Finding]:
    """No more was paid than the cap allows: what stands there was charged."""
    if world.plan.cap is not None and len(world.platform.standing) > world.plan.cap:
        paid = len(world.platform.standing)
        yield Finding(Harm.OVER_BUDGET, f"{paid} posts were paid for where {world.plan.cap} may be")


def _of_state(world: World, variant: Variant, intent: Intent, posts: list[Standing]) -> Iterator[Finding]:
    """What the state promises."""
    acts = [one.act for one in variant.events]
    if intent.cancelled and variant.state is not VariantState.CANCELLED:
        yield Finding(Harm.AFTER_CANCEL, f"{variant.id} is {variant.state}, though its cancel was acknowledged")
    match variant.state:
        case VariantState.PUBLISHED:
            if not posts:
                yield Finding(Harm.LOST, f"{variant.id} is published, and stands nowhere")
            elif variant.remote is None or variant.remote.id not in {
                one.id for one in posts if _part_of(one.text) == 1
            }:
                yield Finding(Harm.UNTRUE, f"{variant.id} is published under another id")
        case VariantState.HELD if world.plan.cap is not None and variant.held_by is not None:
            if len(posts) != len(variant.said):
                yield Finding(
                    Harm.UNTRUE, f"{variant.id} is held after {len(variant.said)} parts, and {len(posts)} stand"
                )
        case VariantState.CANCELLED:
            if posts:
                yield Finding(Harm.AFTER_CANCEL, f"{variant.id} is cancelled, and stands there")
        case VariantState.FAILED | VariantState.MISSED | VariantState.HELD if len(posts) > len(variant.said):
            yield Finding(Harm.UNTRUE, f"{variant.id} is {variant.state}, and stands there")
        case VariantState.FAILED:
            refused = {beginning_of(one) for one in world.platform.refused}
            if not set(intent.texts) & refused and world.plan.tampered_at is None:
                yield Finding(Harm.LOST, f"{variant.id} failed, though nobody refused it")
        case VariantState.MISSED:
            if not variant.schedule.too_late(variant.events[-1].at + TIMING.skew):
                yield Finding(Harm.LOST, f"{variant.id} was missed before its limit")
        case VariantState.HELD:
            if world.accounts()[intent.account].state is not AccountState.NEEDS_RECONNECT:
                yield Finding(Harm.STUCK, f"{variant.id} is held for an account that can speak, with no brake on")
        case VariantState.NEEDS_REVIEW:
            if not {"doubt", "take_over", "part"} & set(acts):
                yield Finding(Harm.UNTRUE, f"{variant.id} waits for a person, though nothing was in doubt")
            if not _asked_about(world, variant):
                yield Finding(Harm.LOST, f"{variant.id} waits for a person, and no person is asked")
        case VariantState.CLOSED:
            if not {"doubt", "take_over", "part"} & set(acts):
                yield Finding(Harm.LOST, f"{variant.id} was closed, though nothing was in doubt")
        case VariantState.DRAFT if world.plan.approved_at is not None:
            # Edited while it waited for a yes, and its time passed before it was submitted again: nothing is owed.
            if posts or not variant.schedule.at < variant.events[-1].at + timedelta(seconds=200):
                yield Finding(Harm.UNTRUE, f"{variant.id} is a draft, and {len(posts)} of it stand there")
        case other:
            yield Finding(Harm.STUCK, f"{variant.id} is still {other}")
    plan = world.plan
    slow = bool(plan.rogue or plan.allowed or plan.shared or plan.backlog or plan.approved_at or plan.cap)
    slow = slow or plan.tampered_at is not None or plan.edit_at is not None or _more_than_it_may(world, intent.account)
    undisturbed = not world.road.struck and world.members.stop is None and not slow and plan.acts_at is None
    ends = {VariantState.PUBLISHED, VariantState.CANCELLED, *([] if intent.stopped is None else [VariantState.CLOSED])}
    if undisturbed and variant.state not in ends:
        yield Finding(Harm.LOST, f"{variant.id} is {variant.state}, though nothing went wrong")


def _of_history(variant: Variant) -> Iterator[Finding]:
    """Each change of state has its event: who, when, why, from where to where."""
    events = variant.events
    if len(events) != variant.rev:
        yield Finding(Harm.UNTRUE, f"{variant.id} was written {variant.rev} times and tells of {len(events)}")
    if [one.before for one in events] != [None, *(one.after for one in events[:-1])]:
        yield Finding(Harm.UNTRUE, f"the history of {variant.id} has a gap: {[one.act for one in events]}")
    if events and events[-1].after != variant.state.value:
        yield Finding(Harm.UNTRUE, f"the history of {variant.id} ends elsewhere than it is")
    if not all(one.why and one.actor.id for one in events):
        yield Finding(Harm.UNTRUE, f"an event of {variant.id} does not say who or why")


def _of_stop(world: World) -> Iterator[Finding]:
    """Nothing arrives while a brake is in force, as a member was told."""
    stop = world.members.stop
    if stop is None or stop.since is None:
        return
    for variant in world.variants():
        intent = world.intents[variant.id]
        sent = [one.at for one in world.platform.asked if intent.means(beginning_of(one.text), one.under)]
        for at in sent:
            if stop.covers(variant) and stop.since < at and (stop.until is None or at < stop.until):
                after = (at - START).total_seconds()
                yield Finding(Harm.AFTER_BRAKE, f"{variant.id} was sent at {after:g} s, though the brake was in force")


def _of_thread(world: World) -> Iterator[Finding]:
    """One answer at most, none once a person acted, and an interaction that says what became of it."""
    thread = world.thread
    if len(thread.answers) > 1:
        yield Finding(Harm.TWICE, f"the automatic answers {thread.answers} were made")
    answers = {one.id: one for one in world.variants() if one.id in thread.answers}
    for one in thread.interactions():
        answer = answers.get(one.answer or "")
        wants = _ENDS.get(None if answer is None else answer.state, _ANSWERING)
        if one.state not in wants:
            yield Finding(Harm.UNTRUE, f"{one.id} is {one.state}, and its answer {answer and answer.state}")
        if one.state is InteractionState.IN_REVIEW and not _asked_about(world, one):
            yield Finding(Harm.LOST, f"{one.id} waits for a person, and no person is asked")
        intent = None if answer is None else world.intents[answer.id]
        late = [asked.at for asked in world.platform.asked if intent and intent.means(asked.text, asked.under)]
        if thread.taken_over is not None and any(at > thread.taken_over + TIMING.lease for at in late):
            yield Finding(Harm.AFTER_PERSON, f"{one.id} was answered at {max(late):%H:%M:%S}, after a person had acted")


def _of_budget(world: World) -> Iterator[Finding]:
    """No window of the allowance's length holds more requests than it allows; two clocks may differ a little."""
    everybody = range(world.plan.accounts)
    if world.plan.allowed is not None:
        for account in everybody:
            yield from _over(world, *world.plan.allowed, {account})
    if world.plan.shared is not None:
        yield from _over(world, *world.plan.shared, set(everybody))


def _more_than_it_may(world: World, account: int) -> bool:
    """Whether the platform's own allowance lets less be said within the limit of lateness than is to be said."""
    plan = world.plan
    can = registry.capabilities(plan.platform) if plan.through is Through.CLIENTS else world.platform.capabilities()
    allowed = Allowed(can.allowance.writes, can.allowance.span)
    owed = plan.parts * sum(1 for one in world.intents.values() if one.account == account)
    return owed * WHOLE > allowed.burst * WHOLE + allowed.refilled(timedelta(seconds=plan.late_limit))


def _over(world: World, most: int, seconds: float, accounts: set[int]) -> Iterator[Finding]:
    span = timedelta(seconds=seconds - (max(world.plan.offsets) - min(world.plan.offsets)))
    texts = {text for intent in world.intents.values() if intent.account in accounts for text in intent.texts}
    # A thread that is said at once is one write.
    whole = world.platform.dedupe is Dedupe.BY_ID
    asked = [one for one in world.platform.asked if beginning_of(one.text) in texts]
    times = sorted(one.at for one in asked if not whole or beginning_of(one.text) == one.text)
    for first, last in zip(times, times[most:], strict=False):
        if last - first < span:
            yield Finding(Harm.OVER_BUDGET, f"accounts {accounts} wrote {most + 1} times within {last - first}")


def _asked_about(world: World, variant: Variant | Interaction) -> bool:
    shelf = keys.shelf(world.caller.workspace, "REVIEW")
    waiting = Store(world.table).reviews.listed(shelf, limit=100).items
    asked = {ReviewState.OPEN, ReviewState.CLAIMED, ReviewState.ESCALATED}
    return any(one.about == variant.id and one.state in asked for one in waiting)
