"""What two people said to us in one thread: triage answers the one by itself, and puts the other before a person.

The automatic answer takes the road of every other post. Once a person of ours has acted in the thread, none may be sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.review import ReviewState, Verdict
from chalicelib.services import reviewing
from chalicelib.services.bodies import body_of
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.simulation.members import TRIES_AGAIN_AFTER, Intent
from tests.simulation.road import START
from tests.simulation.said import SAID_BEFORE

if TYPE_CHECKING:
    from tests.simulation.simulator import World

_LET_GO = reviewing.Decision(Verdict.LET_GO, "spoken to by telephone")


class Thread:
    """The thread of one world, and whoever acts in it."""

    def __init__(self, world: World, ids: tuple[str, ...]) -> None:
        self._world = world
        self._ids = ids
        self.answers: list[str] = []
        """Ids of the answers that were ever made: more than one is one too many."""
        self.taken_over: datetime | None = None
        """Since when a person of ours has acted here, as it was acknowledged."""

    def interactions(self) -> list[Interaction]:
        """Both as they lie in the record now."""
        return [one for one in map(self._world.interaction, self._ids) if one is not None]

    def notice(self) -> None:
        """Take an answer that triage made among what is to be said."""
        world = self._world
        for one in self.interactions():
            if one.answer is None or one.answer in self.answers:
                continue
            self.answers.append(one.answer)
            variant = Store(world.table).variants.get(world.caller.workspace, one.answer)
            assert variant is not None
            text = world.beside_the_road(lambda variant=variant: body_of(world.desk, variant).text)
            world.intents[variant.id] = Intent(
                0, [text], variant.schedule.at, {text}, answers=SAID_BEFORE[self._ids.index(one.id)].id
            )

    def act(self) -> None:
        """A person decides about what triage put before people; tried again until it lies there."""
        world = self._world
        with world.worker("member"):
            try:
                shelf = keys.shelf(world.caller.workspace, "REVIEW")
                items = world.beside_the_road(lambda: Store(world.table).reviews.listed(shelf, limit=100).items)
                waits = {ReviewState.OPEN, ReviewState.CLAIMED}
                item = next(one for one in items if one.about == self._ids[1] and one.state in waits)
                reviewing.claim(world.desk, world.caller, item.id, world.desk.clock.now())
                reviewing.decide(world.desk, world.caller, item.id, _LET_GO, world.desk.clock.now())
            except (Conflict, NotFound, StopIteration) as refusal:
                world.road.say(f"cannot act in the thread: {refusal!r}")
            else:
                self.taken_over = world.clock.at
                world.road.say("has acted in the thread")
        if self.taken_over is None and world.clock.at < START + timedelta(seconds=200):
            world.at(world.clock.at + TRIES_AGAIN_AFTER, self.act)
