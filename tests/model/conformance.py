"""Conformance: what the simulator's workers did is a path of the model.

A run is seen from outside: the acts of a variant's audit events and what landed on the platform, merged by time. The
acceptor follows the model's own steps, on line: from every state in which the model may be, over steps that an onlooker
does not see, to those that show the next act. A run that leaves no state is none that the model allows. What an onlooker
sees is the words of `Step.act`; nothing about the protocol is written here a second time.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import product

from chalicelib.domain.post import Variant
from chalicelib.services.bodies import body_of
from tests.model.configurations import EVERYTHING, rules_for
from tests.model.explorer import Model
from tests.model.protocol import PublishModel
from tests.model.states import Kind
from tests.simulation.opening import beginning_of
from tests.simulation.road import TIMING
from tests.simulation.simulator import World

PLATFORMS = {"x": Kind.KEYLESS, "reddit": Kind.KEYLESS, "mastodon": Kind.RACY, "bluesky": Kind.ATOMIC}

UNSEEN = frozenset({"make_up"})
"""Acts that change nothing which the model knows of."""

BLUR = 2 * TIMING.skew + timedelta(milliseconds=500)
"""How far the order of an act and a landing may be mistaken: two clocks' error, and the length of a call."""


MOST_EDITS = 3
"""No plan edits more often."""


class Acceptor:
    """Follows a model by what is seen of it."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._steps: dict[Hashable, tuple[list[Hashable], dict[str, list[Hashable]]]] = {}
        self._after: dict[tuple[str, ...], frozenset[Hashable]] = {(): self._closed([model.initial()])}

    def refused_at(self, acts: Sequence[str]) -> int | None:
        """The place of the first act after which the model is nowhere; None where it may do them all and end well there."""
        for length in range(1, len(acts) + 1):
            if not self.after(tuple(acts[:length])):
                return length - 1
        return None if any(self._model.good(one) for one in self.after(tuple(acts))) else len(acts)

    def after(self, acts: tuple[str, ...]) -> frozenset[Hashable]:
        """Every state in which the model may be once these acts have been seen."""
        known = self._after.get(acts)
        if known is None:
            before = self.after(acts[:-1])
            shown = (after for one in before for after in self._seen(one)[1].get(acts[-1], ()))
            known = self._after[acts] = self._closed(shown)
        return known

    def _closed(self, states: Iterable[Hashable]) -> frozenset[Hashable]:
        """These states, and every one that an onlooker cannot tell from them."""
        reached = set(states)
        waiting = list(reached)
        while waiting:
            for after in self._seen(waiting.pop())[0]:
                if after not in reached:
                    reached.add(after)
                    waiting.append(after)
        return frozenset(reached)

    def _seen(self, state: Hashable) -> tuple[list[Hashable], dict[str, list[Hashable]]]:
        """Where a state leads unseen, and where with which act."""
        known = self._steps.get(state)
        if known is None:
            known = self._steps[state] = ([], {})
            for step in self._model.steps(state):
                known[1].setdefault(step.act, []).append(step.state) if step.act else known[0].append(step.state)
        return known


@cache
def acceptor(platform: str, *, silence_is_absence: bool = False, parts: int = 1) -> Acceptor:
    """What the model allows for one variant on this platform, from before it is scheduled.

    silence_is_absence: whether the workspace takes it so; then a listing proves as much as one that is never far behind.
    parts: how many writes it takes.
    """
    kind = Kind.RACY if silence_is_absence and PLATFORMS[platform] is Kind.KEYLESS else PLATFORMS[platform]
    setting = replace(EVERYTHING, platform=kind, drafts=True, edits=MOST_EDITS, parts=parts)
    return Acceptor(PublishModel(setting, rules_for(kind)))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A run that the model does not allow: what was seen, and where it went astray (at the end: where it may not stay)."""

    variant: str
    acts: tuple[str, ...]
    at: int

    def words(self) -> str:
        """For people."""
        after = " > ".join(self.acts[: self.at])
        return f"{self.variant}: after {after}: {self.acts[self.at] if self.at < len(self.acts) else 'ends there'}"


def is_modelled(world: World) -> bool:
    """Whether the model knows everything that this world's plan does: it knows nothing of approval, or of who tampers."""
    return world.plan.approved_at is None and world.plan.tampered_at is None


def refusals(world: World) -> Iterator[Refusal]:
    """Every variant of a finished world whose history is no path of the model."""
    for variant in world.variants():
        accepts = acceptor(variant.platform, silence_is_absence=world.plan.again_after is not None, parts=variant.parts)
        tried = [(accepts.refused_at(acts), acts) for acts in histories(world, variant)]
        if not any(at is None for at, _ in tried):
            at, acts = max((at, acts) for at, acts in tried if at is not None)
            yield Refusal(variant.id, acts, at)


def histories(world: World, variant: Variant) -> Iterator[tuple[str, ...]]:
    """What was seen of a variant, in each order of acts and landings that its times allow."""
    events = [one for one in variant.events if one.act not in UNSEEN]
    intent = world.intents[variant.id]
    versions = _versions(world, variant)
    landings = sorted(
        (one.at, f"land {versions.get(beginning_of(one.text), 'what no version says')}")
        for one in world.platform.standing
        if intent.means(one.text if variant.parts == 1 else beginning_of(one.text), one.under)
    )
    places = []
    for at, _ in landings:
        first = sum(one.at + BLUR < at for one in events)
        last = sum(one.at - BLUR <= at for one in events)
        # The likeliest first: what landed at the moment of an act came before it.
        likeliest = sum(one.at < at for one in events)
        places.append(sorted(range(first, last + 1), key=lambda place, middle=likeliest: abs(place - middle)))  # type: ignore[misc]
    for chosen in product(*places):
        acts = [one.act for one in events]
        for place, (_, landing) in sorted(zip(chosen, landings, strict=True), key=lambda one: one[0], reverse=True):
            acts.insert(place, landing)
        yield tuple(acts)


def _versions(world: World, variant: Variant) -> dict[str, int]:
    """What each version said, by its number of edits; a member may also have meant to say what was never written."""
    known = (replace(variant, version=version) for version in range(1, variant.version + 1))
    return {body_of(world.desk, one).text: one.version - 1 for one in known}
