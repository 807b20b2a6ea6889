"""What is said to us in one world, who decides about it at the desk, and what was acknowledged of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.review import ReviewItem, ReviewState, Subject, Verdict
from chalicelib.services import reviewing
from chalicelib.services.bodies import body_of
from chalicelib.services.desk import keyed_id
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.simulation.members import TRIES_AGAIN_AFTER, Intent
from tests.simulation.road import SECOND, START, TIMING
from tests.simulation.said import Said

if TYPE_CHECKING:
    from tests.simulation.simulator import World

DECIDES_AFTER = 4 * SECOND
LET_GO = reviewing.Decision(Verdict.LET_GO, "spoken to by telephone")
STOPS_AT = START + timedelta(seconds=200)
"""Nobody begins to decide after that: the world comes to rest."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided about an interaction, as it was acknowledged, and when."""

    interaction: str
    verdict: Verdict
    revision: int
    at: datetime


class Inbox:
    """One world's messages, by their ids in the record."""

    def __init__(self, world: World) -> None:
        self._world = world
        workspace = world.caller.workspace
        key = world.beside_the_road(lambda: world.desk.key(workspace)) if world.plan.said else b""
        self.ids = {keyed_id(key, "interaction", world.plan.platform, one.id): one for one in world.plan.said}
        """What was said, by the id that it has in the record."""
        self.decided: list[Decided] = []
        self.answers: dict[str, str] = {}
        """The interaction that each answer of ours was made for, by the answer's id."""
        self._at_it: set[str] = set()

    def interactions(self) -> dict[str, Interaction]:
        """Each as it lies in the record now, by its id; those that are not there are left out."""
        found = {one: self._world.interaction(one) for one in self.ids}
        return {one: held for one, held in found.items() if held is not None}

    def can_be_heard(self, said: Said, within: timedelta = timedelta(0)) -> bool:
        """Whether what is quiet has anything to stand under by now, and had it for so long."""
        ours = self._world.platform.standing
        return not said.quiet or any(one.at <= self._world.clock.at - within for one in ours)

    def at_rest(self) -> bool:
        """Whether everything that was said is heard as it stands, and nothing waits to be decided."""
        if not self.ids:
            return True
        now = (self._world.clock.at - START).total_seconds()
        heard = self.interactions()
        for of, said in self.ids.items():
            if now < max(said.shows, said.edited or 0, said.gone or 0) + SHOWN_FOR:
                return False
            one = heard.get(of)
            if one is None:
                if said.stands(now) and self.can_be_heard(said):
                    return False
            elif one.state is InteractionState.NEW:
                return False
        return not self._at_it and not (self._world.plan.decides and self._waiting())

    def notice(self) -> None:
        """Take every answer that was made among what is to be said."""
        world = self._world
        for one in self.interactions().values():
            if one.answer is None or one.answer in self.answers:
                continue
            self.answers[one.answer] = one.id
            variant = Store(world.table).variants.get(world.caller.workspace, one.answer)
            assert variant is not None
            text = world.beside_the_road(lambda variant=variant: body_of(world.desk, variant).text)
            world.intents[variant.id] = Intent(
                self._account_of(one), [text], variant.schedule.at, {text}, answers=self.ids[one.id].id
            )

    def look(self) -> None:
        """A person takes up what waits on the review queue, some time after it came."""
        world = self._world
        if not world.plan.decides or world.clock.at > STOPS_AT:
            return
        for item in world.beside_the_road(self._waiting):
            if item.id not in self._at_it:
                self._at_it.add(item.id)
                world.at(world.clock.at + DECIDES_AFTER, lambda item=item: self._decide(item))

    def _decide(self, item: ReviewItem) -> None:
        world = self._world
        said = self.ids[item.about]
        answers = len(self._at_it) % 2 == 0
        text = f"We are sorry, {said.who}. We look into {said.id} ({item.id[:6]})."
        decision = reviewing.Decision(Verdict.ANSWER, "asks for help", text=text) if answers else LET_GO
        with world.worker("member"):
            try:
                now = world.desk.clock.now()
                reviewing.claim(world.desk, world.caller, item.id, now)
                seen = world.beside_the_road(lambda: world.interaction(item.about))
                reviewing.decide(world.desk, world.caller, item.id, decision, now)
            except (Conflict, NotFound, InvalidField) as refusal:
                world.road.say(f"cannot decide about {said.id}: {refusal!r}")
            else:
                assert seen is not None
                self.decided.append(Decided(item.about, decision.verdict, seen.revision, world.clock.at))
                world.road.say(f"has decided about {said.id}: {decision.verdict.value}")
        if any(one.id == item.id for one in world.beside_the_road(self._waiting)) and world.clock.at < STOPS_AT:
            world.at(world.clock.at + TRIES_AGAIN_AFTER, lambda: self._decide(item))
        else:
            self._at_it.discard(item.id)

    def _waiting(self) -> list[ReviewItem]:
        shelf = keys.shelf(self._world.caller.workspace, "REVIEW")
        items = Store(self._world.table).reviews.listed(shelf, limit=100).items
        waits = {ReviewState.OPEN, ReviewState.CLAIMED}
        return [
            one for one in items if one.subject is Subject.INTERACTION and one.about in self.ids and one.state in waits
        ]

    def _account_of(self, one: Interaction) -> int:
        return self._world.account_ids.index(one.account)


SHOWN_FOR = (TIMING.landing + TIMING.visible).total_seconds()
"""How long a change has to be there before anybody must have noticed it."""
