"""What members do while a plan runs: cancel, edit, brake, lift, sign in again, settle what waits for them.

Each act is a worker of its own that may be killed or refused. What was acknowledged is noted as a promise; what was left
unacknowledged may or may not hold, and the member tries again where a person would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.account import AccountState
from chalicelib.domain.brake import Brake, Scope, brake_id, brakes_over
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound, RemoteRefused, RemoteUnavailable
from chalicelib.domain.post import Part, Schedule, Variant, VariantState
from chalicelib.domain.review import ReviewItem, ReviewState, Verdict
from chalicelib.services import approving, braking, changing, drafting, reviewing
from chalicelib.services.bodies import body_of
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.simulation.opening import connect, parts_of
from tests.simulation.road import SECOND, START, TIMING

if TYPE_CHECKING:
    from tests.simulation.simulator import World

TRIES_AGAIN_AFTER = 12 * SECOND
STAGGER = 4 * SECOND
APPROVES_UNTIL = timedelta(seconds=200)
LET_BE = reviewing.Decision(Verdict.CLOSE, "whatever came of it")


@dataclass
class Intent:
    """What the desk wants of one variant, as far as it was acknowledged.

    texts: everything it was ever to say. may_stand: what may stand on the platform now. due: not before this. stopped:
    how many of its parts stood there when the rest was acknowledged as stopped. approved: what somebody said yes to. Of a
    thread each text is that of its first part.
    """

    account: int
    texts: list[str]
    due: datetime
    may_stand: set[str] = field(default_factory=set)
    cancelled: bool = False
    stopped: int | None = None
    approved: set[str] = field(default_factory=set)
    answers: str | None = None
    """The platform's id of what it answers, where somebody's message was answered."""

    def means(self, text: str, under: str | None) -> bool:
        """Whether this, standing under that, is it. Answers may say the same and stand under different messages."""
        return text in self.texts and (self.answers is None or under == self.answers)


@dataclass
class Stop:
    """The plan's brake: since when it was told to be in force, until when it surely was."""

    brake: Brake
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, variant: Variant) -> bool:
        """Whether it stops this variant."""
        return self.brake.id in brakes_over(variant)


class Members:
    """The people of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._signing_in: set[int] = set()
        self._settling: set[str] = set()
        self.brake_wanted = False
        self.stop: Stop | None = None

    @property
    def owe(self) -> bool:
        """Whether one of them still has to do what the plan says."""
        return bool(self._signing_in or self._settling) or (self.stop is None and self.brake_wanted)

    # --- on the plan's word ------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Cancel the plan's victim."""
        world = self._world
        with world.worker("member"):
            try:
                left = changing.cancel(world.desk, world.caller, world.victim, world.desk.clock.now())
            except Conflict as refusal:
                world.road.say(f"may not cancel: {refusal}")
            else:
                intent = world.intents[world.victim]
                if left.state is VariantState.CLOSED:
                    intent.stopped = len(left.said)
                else:
                    intent.cancelled = True
                world.road.say(f"has cancelled {world.victim}: {left.state.value}")

    def edit(self) -> None:
        """Edit what the plan's last variant says, and when, where the plan says so."""
        world = self._world
        target = list(world.intents)[-1]
        intent = world.intents[target]
        with world.worker("member"):
            now = world.desk.clock.now()
            known = world.desk.store.variants.get(world.caller.workspace, target)
            assert known is not None
            when = None
            if world.plan.moved_by is not None:
                at = max(known.schedule.at, world.clock.at) + timedelta(seconds=world.plan.moved_by)
                when = Schedule(at, "UTC", at.isoformat(), known.schedule.late_limit)
            # Only now: another member may have written while this one was reading.
            text = f"{intent.texts[0]}, edited {len(intent.texts)}"
            intent.texts.append(text)
            intent.may_stand.add(text)
            try:
                rest = tuple(Part(one) for one in parts_of(text, world.plan.parts)[1:])
                wanted = changing.Edit(known.version, text, when=when, rest=rest or None)
                changing.edit(world.desk, world.caller, target, wanted, now)
            except (Conflict, InvalidField) as refusal:
                intent.may_stand.discard(text)
                world.road.say(f"may not edit: {refusal}")
            else:
                intent.may_stand = {text}
                intent.due = when.at if when is not None else intent.due
                world.road.say(f"has edited {target}")

    def approve(self) -> None:
        """The second person says yes to everything that waits for it; looked at again as long as the plan runs."""
        world = self._world
        for variant in world.variants():
            with world.worker("member"):
                if variant.state is VariantState.DRAFT:
                    self._submit(variant)
                elif variant.state is VariantState.AWAITING_APPROVAL:
                    self._approve(variant)
        if world.clock.at < START + APPROVES_UNTIL:
            world.at(world.clock.at + TRIES_AGAIN_AFTER, self.approve)

    def _submit(self, variant: Variant) -> None:
        """What was edited while it waited is a draft again."""
        world = self._world
        try:
            drafting.schedule_draft(world.desk, world.caller, variant.post, None, world.desk.clock.now())
        except (Conflict, InvalidField, NotAllowed, NotFound) as refusal:
            world.road.say(f"cannot submit: {refusal}")
        else:
            world.road.say(f"has submitted {variant.post}")

    def _approve(self, variant: Variant) -> None:
        world = self._world
        try:
            text = world.beside_the_road(lambda: body_of(world.desk, variant)).text
            approved = world.intents[variant.id].approved
            known = text in approved
            approved.add(text)
            approving.approve(world.desk, world.second, variant.id, variant.version, world.desk.clock.now())
        except (Conflict, NotAllowed, NotFound) as refusal:
            if not known:
                approved.discard(text)
            world.road.say(f"cannot approve: {refusal}")
        else:
            world.road.say(f"has approved {variant.id}")

    def put_the_brake_on(self) -> None:
        """Put the plan's brake on; tried again until it is."""
        world, plan = self._world, self._world.plan
        if self.stop is not None:
            return
        self.brake_wanted = True
        scope = Scope(plan.brake_scope)
        targets = {
            Scope.PLATFORM: plan.platform,
            Scope.ACCOUNT: world.account_ids[0],
            Scope.CAMPAIGN: world.campaign,
        }
        target = targets.get(scope)
        with world.worker("member"):
            now = world.desk.clock.now()
            expires = None if plan.brake_lifted else now + timedelta(seconds=plan.brake_for)
            try:
                brake = braking.put_on(
                    world.desk, world.caller, braking.Stop(scope, target, "a storm", expires, STAGGER), now
                )
            except Conflict:
                # An answer was lost: it is on already.
                brake = braking.get(world.desk, world.caller.workspace, brake_id(scope, target))
            self.stop = Stop(brake)
            world.road.say(f"has put the brake on over {brake.id}")
        if self.stop is None:
            world.at(world.clock.at + TRIES_AGAIN_AFTER, self.put_the_brake_on)
        elif self.stop.brake.expires_at is not None:
            self.stop.until = self.stop.brake.expires_at - TIMING.skew
        else:
            world.at(world.clock.at + timedelta(seconds=plan.brake_for), self.lift)

    def lift(self) -> None:
        """Lift it; tried again until the record says so."""
        world, stop = self._world, self.stop
        assert stop is not None
        stop.until = stop.until or world.clock.at
        lifted = False
        with world.worker("member"):
            try:
                braking.lift(world.desk, world.caller, stop.brake.id, "the storm is over", world.desk.clock.now())
            except Conflict as refusal:
                world.road.say(f"cannot lift: {refusal}")
            else:
                lifted = True
                world.road.say("has lifted the brake")
        if not lifted:
            world.at(world.clock.at + TRIES_AGAIN_AFTER, self.lift)

    # --- because they see that they must -----------------------------------------------------------------------------

    def look(self) -> None:
        """What they see on their screens at each tick, and what they do about it. Reads beside the road."""
        world = self._world
        if self.stop is not None and self.stop.since is None and world.beside_the_road(self._in_force):
            self.stop.since = world.clock.at
            world.road.say("the brake is in force")
        if world.plan.reconnects:
            for number, account in enumerate(world.accounts()):
                if account.state is AccountState.NEEDS_RECONNECT and number not in self._signing_in:
                    self._signing_in.add(number)
                    self._later(TRIES_AGAIN_AFTER, lambda number=number: self._sign_in(number))
        if world.plan.settles:
            for one in world.variants():
                if one.state is VariantState.NEEDS_REVIEW and one.id not in self._settling:
                    self._settling.add(one.id)
                    shown = TIMING.landing + TIMING.visible + timedelta(seconds=world.plan.lag)
                    self._later(shown + SECOND, lambda one=one: self._settle(one.id))

    def _in_force(self) -> bool:
        world, stop = self._world, self.stop
        assert stop is not None
        brake = braking.get(world.desk, world.caller.workspace, stop.brake.id)
        return braking.standing(world.desk, brake, world.clock.at).in_force

    def _sign_in(self, number: int) -> None:
        world = self._world
        with world.worker("member"):
            try:
                connect(world.desk, world.caller, world.platform, number, world.desk.clock.now())
            except (Conflict, RemoteRefused, RemoteUnavailable) as refusal:
                world.road.say(f"cannot sign in: {refusal}")
            else:
                self._signing_in.discard(number)
                world.road.say("has signed the account in again")
        if number in self._signing_in:
            self._later(TRIES_AGAIN_AFTER, lambda: self._sign_in(number))

    def _settle(self, variant: str) -> None:
        """Say whether it is there, by looking; where it is not, have it sent again. Everything has landed by now."""
        world = self._world
        with world.worker("member"):
            try:
                item = self._waiting(variant)
                if item is not None:
                    now = world.desk.clock.now()
                    reviewing.claim(world.desk, world.caller, item.id, now)
                    decision = LET_BE if world.plan.closes else self._truth(variant)
                    reviewing.decide(world.desk, world.caller, item.id, decision, now)
            except (Conflict, NotFound, InvalidField, RemoteRefused, RemoteUnavailable) as refusal:
                world.road.say(f"cannot settle: {refusal}")
                if isinstance(refusal, RemoteRefused) and world.plan.reconnects:
                    # Told that the platform refuses the account, a person signs it in.
                    self._sign_in(world.intents[variant].account)
            else:
                self._settling.discard(variant)
                world.road.say(f"has settled {variant}")
        if variant in self._settling:
            self._later(TRIES_AGAIN_AFTER, lambda: self._settle(variant))

    def _waiting(self, variant: str) -> ReviewItem | None:
        world = self._world
        shelf = keys.shelf(world.caller.workspace, "REVIEW")
        found = world.beside_the_road(lambda: Store(world.table).reviews.listed(shelf, limit=100).items)
        waits = (one for one in found if one.about == variant)
        return next((one for one in waits if one.state in {ReviewState.OPEN, ReviewState.CLAIMED}), None)

    def _truth(self, variant: str) -> reviewing.Decision:
        world = self._world
        world.platform.settle()
        known = next(one for one in world.variants() if one.id == variant)
        intent = world.intents[variant]
        texts = {parts_of(text, world.plan.parts)[len(known.said)] for text in intent.texts}
        standing = [one for one in world.platform.standing if one.text in texts and one.at <= world.clock.at]
        there = next((one for one in standing if intent.answers in {None, one.under}), None)
        if there is None:
            return reviewing.Decision(Verdict.SEND_AGAIN, "it is not there")
        return reviewing.Decision(Verdict.PUBLISHED, "it is there", remote_id=there.id)

    def _later(self, wait: timedelta, act: Callable[[], None]) -> None:
        self._world.at(self._world.clock.at + wait, act)
