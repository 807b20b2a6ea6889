"""Whatever people do in whatever order: nothing is said that was not approved as it is said.

What was agreed is kept here by another hand: a note of each yes with the words and the time that its giver had before them.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.errors import ParleyError
from chalicelib.domain.post import Schedule, Variant, VariantState
from chalicelib.services import approving, changing, drafting, review_links, ticking
from chalicelib.services.bodies import body_of
from chalicelib.services.publishing import publish
from tests.services.approvals import asking, person, proposed, when
from tests.world import World, make_world

MINUTE = timedelta(minutes=1)
TOLERANCE = 15 * MINUTE
PEOPLE = st.integers(0, 3)


@dataclass
class Yes:
    """That somebody was shown these words for this time, and agreed."""

    who: str
    text: str
    at: datetime


@dataclass
class History:
    """A workspace that asks for `needs` approvals, its people, and what they did about one variant."""

    world: World
    needs: int
    people: list[Caller]
    variant: str
    wrote: str
    """Who made the present words."""
    yes: list[Yes] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)

    def now(self) -> Variant:
        return self.world.variant(self.variant)

    def edit(self, who: int, text: str | None, minutes: int | None) -> None:
        before = self.now()
        moved = None
        if minutes is not None:
            at = when(5).at + minutes * MINUTE
            moved = Schedule(at, "UTC", at.isoformat()[:19], timedelta(hours=1))
        wanted = changing.Edit(before.version, text=text, when=moved)
        changing.edit(self.world.desk, self.people[who], self.variant, wanted, self.world.clock.now())
        self.wrote = self.people[who].member

    def propose(self, who: int) -> None:
        drafting.schedule_draft(self.world.desk, self.people[who], self.now().post, None, self.world.clock.now())

    def approve(self, who: int, behind: int) -> None:
        seen = self.now()
        shown = body_of(self.world.desk, seen).text
        version = seen.version - behind
        approving.approve(self.world.desk, self.people[who], self.variant, version, self.world.clock.now())
        assert behind == 0, "an older version was approved"
        self._agreed(self.people[who].member, shown, seen.schedule.at)

    def link(self, who: int) -> None:
        token, _ = review_links.make(
            self.world.desk, self.people[who], self.variant, "guest", None, self.world.clock.now()
        )
        self.links.append((token, who))

    def guest(self, place: int) -> None:
        token, who = self.links[place % len(self.links)]
        shown = review_links.show(self.world.desk, token, self.world.clock.now())
        review_links.decide(self.world.desk, token, shown.variant.version, None, self.world.clock.now(), yes=True)
        self._agreed(self.people[who].member, shown.body.text, shown.variant.schedule.at)

    def give_back(self, who: int) -> None:
        now = self.world.clock.now()
        approving.give_back(self.world.desk, self.people[who], self.variant, self.now().version, "No.", now)

    def pass_time(self, minutes: int) -> None:
        now = self.world.clock.move(minutes * 60)
        ticking.tick(self.world.desk, now)
        publish(self.world.desk, self.world.workspace.id, self.variant)

    def _agreed(self, who: str, text: str, at: datetime) -> None:
        assert who not in {self.people[0].member, self.wrote}, "an author approved their own words"
        self.yes.append(Yes(who, text, at))

    def check(self) -> None:
        posted = [text for text, *_ in self.world.platforms["x"].posted]
        assert len(posted) <= 1
        for text in posted:
            at = self.now().schedule.at
            agreed = {one.who for one in self.yes if one.text == text and abs(one.at - at) <= TOLERANCE}
            assert len(agreed) >= self.needs, f"{text!r} was said with {len(agreed)} of {self.needs}"


ACTS = st.one_of(
    st.tuples(st.just("edit"), PEOPLE, st.sampled_from([None, "One", "Two"]), st.sampled_from([None, 0, 9, 15, 40])),
    st.tuples(st.just("propose"), PEOPLE),
    st.tuples(st.just("approve"), PEOPLE, st.sampled_from([0, 0, 0, 1])),
    st.tuples(st.just("link"), PEOPLE),
    st.tuples(st.just("guest"), PEOPLE),
    st.tuples(st.just("give_back"), PEOPLE),
    st.tuples(st.just("pass_time"), st.sampled_from([1, 60, 350])),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(needs=st.integers(1, 2), acts=st.lists(ACTS, max_size=14))
def test_nothing_is_said_that_was_not_approved_as_it_is_said(needs: int, acts: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder), SqliteTable(":memory:"))
        people = [world.caller, *(person(world, Role.MANAGER, name) for name in ("ann", "bob", "cid"))]
        asking(world, needs)
        history = History(world, needs, people, proposed(world, "One", at=when(5)).id, world.caller.member)
        # However it ends, there is time for whatever was approved to go out.
        for act, *about in [*acts, ("pass_time", 400)]:
            try:
                getattr(history, str(act))(*about)
            except (ParleyError, ZeroDivisionError):
                continue  # refused, or no link was made yet
            finally:
                history.check()


def test_the_road_to_what_is_said_is_found(tmp_path: Path) -> None:
    """The history above would be worth nothing if nothing were ever said in it."""
    world = make_world(tmp_path)
    people = [world.caller, *(person(world, Role.MANAGER, name) for name in ("ann", "bob"))]
    asking(world, 2)
    history = History(world, 2, people, proposed(world, "One", at=when(5)).id, world.caller.member)
    history.approve(1, 0)
    history.link(2)
    history.guest(0)
    history.pass_time(350)
    history.check()
    assert [text for text, *_ in world.platforms["x"].posted] == ["One"]


@pytest.mark.parametrize("tampered", [{"approvals": ()}, {"asks": 2}, {"content": "another"}])
def test_what_was_put_on_the_schedule_past_its_approvals_is_not_said(
    tmp_path: Path, tampered: dict[str, object]
) -> None:
    world = make_world(tmp_path)
    ann = person(world, Role.MANAGER, "ann")
    asking(world)
    known = approving.approve(world.desk, ann, proposed(world).id, 1, world.clock.now())
    after = replace(known, **tampered)  # type: ignore[arg-type]
    world.desk.store.variants.save(known, after, replace(known.events[-1], act="tamper"))
    world.clock.move(3 * 3600 + 1)
    assert publish(world.desk, known.workspace, known.id) is not VariantState.PUBLISHED
    assert world.platforms["x"].asked == 0
