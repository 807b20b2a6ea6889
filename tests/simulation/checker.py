"""The checker: what the record says against what really stands on the platform. Every finding is a broken promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.account import AccountState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.review import ReviewState
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.simulation.platforms import Standing
from tests.simulation.simulator import World


class Harm(StrEnum):
    """How a promise may be broken. UNTRUE: the record says what is not so, or does not say what happened."""

    LOST = "lost"
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"
    EARLY = "early"
    AFTER_CANCEL = "after_cancel"
    AFTER_BRAKE = "after_brake"
    EDIT_LOST = "edit_lost"
    STUCK = "stuck"
    UNTRUE = "untrue"


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise, in words."""

    harm: Harm
    words: str


def findings(world: World) -> list[Finding]:
    """Everything that is wrong with a world after its run."""
    found: list[Finding] = []
    standing = world.platform.standing
    for variant in world.variants():
        posts = [one for one in standing if one.text == world.texts[variant.id]]
        found += _of_posts(world, variant, posts)
        found += _of_state(world, variant, posts)
        found += _of_history(variant)
    strangers = [one for one in standing if one.text not in world.texts.values()]
    found += [Finding(Harm.UNTRUE, f"nobody wrote what stands at {one.id}") for one in strangers]
    if len(world.variants()) != len(world.texts):
        found.append(Finding(Harm.LOST, "a variant is gone from the record"))
    return found


def _of_posts(world: World, variant: Variant, posts: list[Standing]) -> Iterator[Finding]:
    """What the platform alone tells."""
    if len(posts) > 1:
        yield Finding(Harm.TWICE, f"{variant.id} stands there {len(posts)} times")
    said = world.texts[variant.id]
    if any(one.text == said and one.at < variant.schedule.at for one in world.platform.asked):
        yield Finding(Harm.EARLY, f"{variant.id} was sent before its time")
    if posts and variant.id in world.cancelled:
        yield Finding(Harm.AFTER_CANCEL, f"{variant.id} stands there, though its cancel was acknowledged")


def _of_state(world: World, variant: Variant, posts: list[Standing]) -> Iterator[Finding]:
    """What the state promises."""
    acts = [one.act for one in variant.events]
    if variant.id in world.cancelled and variant.state is not VariantState.CANCELLED:
        yield Finding(Harm.AFTER_CANCEL, f"{variant.id} is {variant.state}, though its cancel was acknowledged")
    match variant.state:
        case VariantState.PUBLISHED:
            if not posts:
                yield Finding(Harm.LOST, f"{variant.id} is published, and stands nowhere")
            elif variant.remote is None or variant.remote.id not in {one.id for one in posts}:
                yield Finding(Harm.UNTRUE, f"{variant.id} is published under another id")
        case VariantState.CANCELLED:
            if posts:
                yield Finding(Harm.AFTER_CANCEL, f"{variant.id} is cancelled, and stands there")
        case VariantState.FAILED | VariantState.MISSED | VariantState.HELD if posts:
            yield Finding(Harm.UNTRUE, f"{variant.id} is {variant.state}, and stands there")
        case VariantState.FAILED:
            if world.texts[variant.id] not in world.platform.refused:
                yield Finding(Harm.LOST, f"{variant.id} failed, though nobody refused it")
        case VariantState.MISSED:
            if not variant.schedule.too_late(variant.events[-1].at):
                yield Finding(Harm.LOST, f"{variant.id} was missed before its limit")
        case VariantState.HELD:
            if world.account().state is not AccountState.NEEDS_RECONNECT:
                yield Finding(Harm.STUCK, f"{variant.id} is held for an account that can speak")
        case VariantState.NEEDS_REVIEW:
            if not {"doubt", "take_over"} & set(acts):
                yield Finding(Harm.UNTRUE, f"{variant.id} waits for a person, though nothing was in doubt")
            if not _asked_about(world, variant):
                yield Finding(Harm.LOST, f"{variant.id} waits for a person, and no person is asked")
        case other:
            yield Finding(Harm.STUCK, f"{variant.id} is still {other}")
    if not world.road.struck and variant.state not in {VariantState.PUBLISHED, VariantState.CANCELLED}:
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


def _asked_about(world: World, variant: Variant) -> bool:
    shelf = keys.shelf(world.caller.workspace, "REVIEW")
    waiting = Store(world.table).reviews.listed(shelf, limit=100).items
    return any(one.about == variant.id and one.state is ReviewState.OPEN for one in waiting)
