"""The publish protocol as steps between states: workers, platform, members and time, in every order.

Time is abstract: a guard says what must have passed. A worker may crash anywhere, a request be dropped or land late, an
answer be lost, a worker sleep until its lease has ended and then go on. A worker may take up any post at any moment,
which is more than hints that are lost, doubled or reordered can do.

What is not modelled: two brakes with different scopes, several accounts, budgets of posts and money, media, prices,
approval, a database that loses acknowledged writes, clocks that differ by more than the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import cast

from tests.model.explorer import Step
from tests.model.rules import LIMITED, REJECTED, SIGNED_OUT, STOPPED, Rules
from tests.model.states import (
    IDLE,
    At,
    Braking,
    Harm,
    Item,
    Kind,
    S,
    Said,
    Setting,
    Sign,
    State,
    Worker,
    harm_in,
    is_good,
)


def _flying(flight: tuple[Said, ...], said: Said) -> tuple[Said, ...]:
    """With one more request that nobody waits for. Two that are alike are enough to be twice; a third adds nothing."""
    return flight if flight.count(said) == 2 else tuple(sorted((*flight, said)))


def _without(said: tuple[Said, ...], one: Said) -> tuple[Said, ...]:
    place = said.index(one)
    return said[:place] + said[place + 1 :]


class PublishModel:
    """explorer.Model of the publish protocol: these rules in this setting."""

    def __init__(self, setting: Setting, rules: Rules | None = None) -> None:
        self.setting = setting
        self.rules = rules or Rules()
        self.split = setting.parts > 1 and not self.rules.one_item
        self.parts = 1 if self.split else setting.parts

    def initial(self) -> State:
        """See explorer.Model."""
        first = S.DRAFT if self.setting.drafts else S.SCHEDULED
        posts = self.setting.parts if self.split else self.setting.posts
        item = Item(first, hinted=not self.rules.due_query)
        return State((item,) * posts, (IDLE,) * self.setting.workers)

    def harm(self, state: Hashable) -> Harm | None:
        """See explorer.Model."""
        return harm_in(cast("State", state), self.setting)

    def good(self, state: Hashable) -> bool:
        """See explorer.Model."""
        return is_good(cast("State", state))

    def steps(self, state: Hashable) -> Iterator[Step]:
        """See explorer.Model."""
        now = cast("State", state)
        yield from self._platform(now)
        yield from self._surroundings(now)
        for post in range(len(now.items)):
            yield from self._time_and_members(now, post)
        told: set[Worker] = set()
        for place, worker in enumerate(now.workers):
            if worker not in told:
                told.add(worker)
                yield from self._worker(now, place, worker)

    # --- what changes in a state -------------------------------------------------------------------------------------

    def _with_item(self, state: State, post: int, item: Item) -> State:
        return state._replace(items=(*state.items[:post], item, *state.items[post + 1 :]))

    def _with_worker(self, state: State, place: int, worker: Worker) -> State:
        return state._replace(workers=tuple(sorted((*state.workers[:place], worker, *state.workers[place + 1 :]))))

    def _may_write(self, state: State, worker: Worker) -> bool:
        if not self.rules.claims:
            return True
        return (worker.mine or not self.rules.fenced) and state.items[worker.post].state is S.SENDING

    def _taken(self, state: State, post: int) -> State:
        """Whoever worked on this post before has lost the fence. The workers keep their places."""
        workers = [one if one.at is At.IDLE or one.post != post else one._replace(mine=False) for one in state.workers]
        return state._replace(workers=tuple(workers))

    # --- the platform ------------------------------------------------------------------------------------------------

    def _landings(self, state: State, said: Said) -> Iterator[tuple[str, str, State]]:
        """What a request that arrives may come to."""
        new = (
            f"post {said.post} part {said.part} lands",
            f"land {said.version}",
            state._replace(stands=tuple(sorted((*state.stands, said)))),
        )
        if not any((one.post, one.part) == (said.post, said.part) for one in state.stands):
            yield new
        elif self.setting.platform is Kind.ATOMIC:
            yield f"the platform has this id of post {said.post} already", "", state
        elif self.setting.platform is Kind.RACY:
            yield f"the platform remembers the key of post {said.post}", "", state
            yield new
        else:
            yield new

    def _platform(self, state: State) -> Iterator[Step]:
        for said in dict.fromkeys(state.flight):
            rest = state._replace(flight=_without(state.flight, said))
            for words, act, after in self._landings(rest, said):
                yield Step(f"late, {words}", after, act=act)
            yield Step(f"a request for post {said.post} is dropped", rest, chance=True)

    # --- the account and the brake -----------------------------------------------------------------------------------

    def _surroundings(self, state: State) -> Iterator[Step]:
        if self.setting.signs_out:
            yield from self._signing(state)
        if self.setting.brakes:
            yield from self._braking(state)

    def _signing(self, state: State) -> Iterator[Step]:
        if state.sign is Sign.GOOD:
            yield Step("the platform revokes the credential", state._replace(sign=Sign.REVOKED), chance=True)
        elif state.sign is Sign.REVOKED:
            yield Step("a worker cannot sign in", state._replace(sign=Sign.SIGNED_OUT))
        else:
            held = [one.state is S.HELD and not one.braked for one in state.items]
            items = tuple(
                one._replace(state=S.SCHEDULED) if free else one for one, free in zip(state.items, held, strict=True)
            )
            act = "release" if any(held) else ""
            yield Step(
                "a member signs in again; what was held is released",
                state._replace(sign=Sign.GOOD, items=items),
                act=act,
                chance=True,
            )

    def _braking(self, state: State) -> Iterator[Step]:
        if state.brake is Braking.OFF:
            yield Step("a brake is accepted", state._replace(brake=Braking.ACCEPTED), chance=True)
            return
        if state.brake is Braking.ACCEPTED:
            after = state._replace(brake=Braking.IN_FORCE)
            if self.rules.reads_brakes_again:
                # Whoever read before it was accepted has, by now, a reading that is too old to send with.
                workers = [one._replace(at=At.CHECKING) if one.at is At.READY else one for one in state.workers]
                after = after._replace(workers=tuple(sorted(workers)))
            yield Step("the brake is in force", after)
        yield Step("the brake is lifted", state._replace(brake=Braking.OFF), chance=True)

    # --- time and members --------------------------------------------------------------------------------------------

    def _time_and_members(self, state: State, post: int) -> Iterator[Step]:
        item = state.items[post]

        def to(words: str, act: str, after: Item, *, chance: bool = True) -> Step:
            return Step(f"{words} post {post}", self._with_item(state, post, after), act=act, chance=chance)

        match item.state:
            case S.DRAFT:
                yield to("a member schedules", "schedule", item._replace(state=S.SCHEDULED), chance=False)
            case S.SCHEDULED | S.HELD:
                yield from self._waiting(state, item, to)
            case S.SENDING:
                if item.lease and self.rules.leases:
                    yield to("the lease ends of", "", item._replace(lease=False), chance=False)
                if not self.rules.stop_asks and item.part:
                    stopped = item._replace(state=S.CLOSED, lease=False, stopped=item.part)
                    yield to("a member stops what remains of", "stop", stopped)
                if self.setting.cancels and not self.rules.cancel_asks:
                    yield to("a member cancels (acknowledged)", "cancel", item._replace(state=S.CANCELLED, lease=False))
                if not self.rules.edit_asks and item.version < self.setting.edits:
                    yield to("a member edits (acknowledged)", "edit", item._replace(version=item.version + 1))
            case S.NEEDS_REVIEW:
                if self.setting.decides and (not self.rules.person_waits or self._all_landed(state, post)):
                    yield from self._person(state, post, item, to)
            case S.PUBLISHED:
                yield from self._taking_down(state, post, item)
        if not self.rules.due_query and item.hinted:
            yield to("the hint is lost to", "", item._replace(hinted=False))

    def _waiting(self, state: State, item: Item, to: Callable[..., Step]) -> Iterator[Step]:
        begun = item.part > 0
        if self.setting.cancels:
            # What has begun cannot be unsaid: what remains is stopped, and nobody is told that it was cancelled.
            act, after = ("stop", S.CLOSED) if begun and self.rules.minds_parts else ("cancel", S.CANCELLED)
            stopped = item.part if act == "stop" else None
            yield to(f"a member {act}s (acknowledged)", act, item._replace(state=after, braked=False, stopped=stopped))
        if not begun and item.version < self.setting.edits:
            yield to("a member edits (acknowledged)", "edit", item._replace(version=item.version + 1))
        if self.setting.late:
            act, after = ("give_up", S.NEEDS_REVIEW) if begun else ("miss", S.MISSED)
            yield to("it is too late for", act, item._replace(state=after, braked=False))
        if item.state is S.SCHEDULED:
            if state.sign is Sign.SIGNED_OUT:
                yield to("signed out: hold", "hold", item._replace(state=S.HELD), chance=False)
            if state.brake is not Braking.OFF:
                yield to("the brake is on: hold", "hold", item._replace(state=S.HELD, braked=True), chance=False)
        elif item.braked and state.brake is Braking.OFF:
            yield to(
                "the brake is off: release", "release", item._replace(state=S.SCHEDULED, braked=False), chance=False
            )

    def _taking_down(self, state: State, post: int, item: Item) -> Iterator[Step]:
        waits = self.rules.take_down_waits and not self._all_landed(state, post)
        if self.setting.takes_down and not item.down and not waits:
            rest = state._replace(stands=tuple(one for one in state.stands if one.post != post))
            down = self._with_item(rest, post, item._replace(down=True))
            yield Step(f"a member takes post {post} down", down, act="take_down", chance=True)

    def _person(self, state: State, post: int, item: Item, to: Callable[..., Step]) -> Iterator[Step]:
        """The person looks at the platform, and says what is there."""
        there = sum(one.post == post for one in state.stands)
        if there == self.parts:
            yield to("a person confirms", "confirm", item._replace(state=S.PUBLISHED, part=there))
        elif there > item.part:
            yield to("a person confirms a part", "confirm_part", item._replace(state=S.SCHEDULED, part=there))
        if there < self.parts or not self.rules.person_sees:
            there = there if self.rules.person_sees else item.part
            yield to("a person says: send again,", "resend", item._replace(state=S.SCHEDULED, part=there))
        yield to("a person closes", "close", item._replace(state=S.CLOSED))

    def _all_landed(self, state: State, post: int) -> bool:
        """Whether time has passed that no request for this post can outlive (D), and no worker that could still send one."""
        return not any(one.post == post for one in state.flight) and not any(
            one.post == post and one.at is not At.IDLE for one in state.workers
        )

    # --- a worker ----------------------------------------------------------------------------------------------------

    def _worker(self, state: State, place: int, worker: Worker) -> Iterator[Step]:
        if worker.at is At.IDLE:
            for post in range(len(state.items)):
                yield from self._takes_up(state, place, post)
            return
        crashed = self._with_worker(state, place, IDLE)
        if worker.at is At.UNDER_WAY:
            said = Said(worker.post, worker.part, worker.version)
            crashed = crashed._replace(flight=_flying(state.flight, said))
        yield Step(f"a worker on post {worker.post} is killed, {worker.at.value}", crashed, chance=True)
        match worker.at:
            case At.LOOKING:
                yield from self._looks(state, place, worker)
            case At.CHECKING:
                on = state.brake is not Braking.OFF
                after = self._with_worker(state, place, worker._replace(at=At.STOPPED if on else At.READY))
                yield Step(f"reads the brakes: {'on' if on else 'off'}", after)
            case At.READY:
                yield self._sends(state, place, worker)
            case At.UNDER_WAY | At.LANDED | At.DROPPED:
                yield from self._is_answered(state, place, worker)
            case _:
                yield from self._writes_down(state, place, worker)

    def _takes_up(self, state: State, place: int, post: int) -> Iterator[Step]:
        item = state.items[post]
        if not self.rules.due_query and not item.hinted:
            return
        begins = At.CHECKING if self.setting.brakes else At.READY
        worker = Worker(begins, post, mine=True, version=item.version, part=item.part)
        if item.state is S.SCHEDULED and self._comes_next(state, post):
            if not self.rules.claims:
                after = self._with_worker(state, place, worker)
                yield Step(f"a worker reads post {post}: scheduled", after)
                return
            taken = self._with_item(self._taken(state, post), post, item._replace(state=S.SENDING, lease=True))
            yield Step(f"a worker claims post {post}", self._with_worker(taken, place, worker), act="claim")
        elif item.state is S.SENDING and self.rules.leases and not item.lease and self._may_take_over(state, post):
            taken = self._taken(state, post)
            taken = self._with_item(taken, post, item._replace(lease=True, dirty=True))
            worker = worker._replace(at=At.LOOKING if self.rules.looks_up else begins)
            after = self._with_worker(taken, place, worker)
            yield Step(f"a worker takes post {post} over", after, act="take_over")

    def _comes_next(self, state: State, post: int) -> bool:
        """One write at a time for an account, in the order of its schedule."""
        if not self.rules.in_order or self.split:
            return True
        earlier, others = state.items[:post], (*state.items[:post], *state.items[post + 1 :])
        return all(one.state is not S.SCHEDULED for one in earlier) and all(
            one.state is not S.SENDING for one in others
        )

    def _may_take_over(self, state: State, post: int) -> bool:
        if not self.rules.waits or self.setting.platform is Kind.ATOMIC:
            return True
        return not any(one.post == post for one in state.flight) and not any(
            one.post == post and one.at is At.UNDER_WAY for one in state.workers
        )

    def _looks(self, state: State, place: int, worker: Worker) -> Iterator[Step]:
        """T5."""

        def to(words: str, at: At, *, chance: bool = False) -> Step:
            after = self._with_worker(state, place, worker._replace(at=at))
            return Step(f"looks for post {worker.post}: {words}", after, chance=chance)

        if state.sign is not Sign.GOOD:
            yield to("signed out", At.UNAUTHORISED)
            return
        platform = self.setting.platform
        there = any((one.post, one.part) == (worker.post, worker.part) for one in state.stands)
        if there:
            yield to("it is there", At.ACCEPTED)
        seen_at_once = platform is Kind.ATOMIC or (platform is Kind.RACY and self.rules.waits)
        if not there or not seen_at_once:
            if platform is Kind.KEYLESS and not self.rules.silence_is_absence:
                yield to("silence, which proves nothing", At.UNSURE)
            else:
                yield to("it is not there", At.CHECKING if self.setting.brakes else At.READY)
        yield to("not now", At.LIMITED, chance=True)
        # The look-up failed, what was found is another's, or it is not there and too late by now.
        yield to("cannot know", At.UNSURE, chance=True)

    def _sends(self, state: State, place: int, worker: Worker) -> Step:
        item = state.items[worker.post]
        if self.rules.marks_first and item.state is not S.PUBLISHED:
            marked = self._with_item(state, worker.post, item._replace(state=S.PUBLISHED, part=1))
            return Step(f"marks post {worker.post} as published", marked, act="commit")
        if self.rules.sends_within_lease and self.rules.claims and not (worker.mine and item.lease):
            late = self._with_worker(state, place, worker._replace(at=At.LIMITED))
            return Step(f"does not send post {worker.post}: its lease has ended", late)
        sent = self._with_worker(state, place, worker._replace(at=At.UNDER_WAY))
        if state.brake is Braking.IN_FORCE:
            sent = sent._replace(brake=Braking.BROKEN)
        return Step(f"sends post {worker.post} part {worker.part}", sent)

    def _is_answered(self, state: State, place: int, worker: Worker) -> Iterator[Step]:
        post = worker.post

        def to(words: str, at: At, *, chance: bool = True) -> Step:
            after = self._with_worker(state, place, worker._replace(at=at))
            return Step(f"post {post}: {words}", after, chance=chance)

        if worker.at is At.LANDED:
            yield to("the platform answers 200", At.ACCEPTED, chance=False)
            yield to("landed, but the answer is lost", At.UNANSWERED)
            return
        if worker.at is At.DROPPED:
            yield to("no answer", At.UNANSWERED, chance=False)
            return
        said = Said(post, worker.part, worker.version)
        for words, act, after in self._landings(state, said):
            landed = self._with_worker(after, place, worker._replace(at=At.LANDED))
            yield Step(words, landed, act=act)
        yield to("the request is dropped", At.DROPPED)
        yield to("429, nothing happened", At.LIMITED)
        if state.sign is not Sign.GOOD:
            yield to("401", At.UNAUTHORISED, chance=False)
        if self.setting.rejects:
            yield to("the platform rejects it", At.REJECTED)
        gone = self._with_worker(state, place, worker._replace(at=At.UNANSWERED))
        yield Step(
            f"post {post}: no answer yet, and it may still land",
            gone._replace(flight=_flying(state.flight, said)),
            chance=True,
        )

    # --- what is written down ----------------------------------------------------------------------------------------

    def _writes_down(self, state: State, place: int, worker: Worker) -> Iterator[Step]:
        """T6 to T9."""
        post, item = worker.post, state.items[worker.post]
        freed = self._with_worker(state, place, IDLE)

        def to(act: str, after: S, *, chance: bool = False, braked: bool = False) -> Step:
            left = item._replace(state=after, lease=False, dirty=False, braked=braked)
            return Step(
                f"{act}: post {post} is {after.value}", self._with_item(freed, post, left), act=act, chance=chance
            )

        def clean(answer: str) -> bool:
            # Who has lost the fence does not know what happened since: to him the attempt is as clean as it was.
            return not item.dirty or not worker.mine or answer not in self.rules.minds_dirt

        if not self._may_write(state, worker):
            yield Step(f"the fence refuses what a worker writes about post {post}", freed)
            return
        if worker.at is At.ACCEPTED:
            yield self._commits(state, place, worker)
        elif not self.rules.claims:
            yield Step(f"leaves post {post} as it is", freed)
        elif worker.at is At.LIMITED:
            if clean(LIMITED):
                yield to("defer", S.SCHEDULED)
            else:
                doubted = self._with_item(freed, post, item._replace(lease=False))
                yield Step(f"post {post} stays in doubt", doubted, act="doubt")
        elif worker.at is At.UNAUTHORISED:
            if state.sign is Sign.REVOKED:
                yield Step("the account is signed out", state._replace(sign=Sign.SIGNED_OUT))
            elif not clean(SIGNED_OUT):
                yield to("give_up", S.NEEDS_REVIEW)
            elif state.sign is Sign.SIGNED_OUT or not self.rules.hold_asks:
                yield to("hold", S.HELD)
            else:
                yield to("defer", S.SCHEDULED)
        elif worker.at is At.REJECTED:
            begun = item.part > 0 and self.rules.minds_parts
            yield to("reject", S.FAILED) if clean(REJECTED) and not begun else to("give_up", S.NEEDS_REVIEW)
        elif worker.at is At.STOPPED:
            if not clean(STOPPED):
                yield to("give_up", S.NEEDS_REVIEW)
            elif state.brake is Braking.OFF:
                yield to("defer", S.SCHEDULED)
            else:
                yield to("hold", S.HELD, braked=True)
        elif worker.at is At.UNANSWERED:
            if self.rules.deletes_on_error:
                yield to("defer", S.SCHEDULED)
            else:
                yield Step(f"post {post} stays in doubt", freed, act="doubt")
        else:
            yield to("give_up", S.NEEDS_REVIEW)
        if self.setting.caps and item.dirty and worker.at in {At.LIMITED, At.UNANSWERED}:
            yield to("give_up", S.NEEDS_REVIEW, chance=True)

    def _commits(self, state: State, place: int, worker: Worker) -> Step:
        """T6, and for a thread: the next part is a send of its own, with a claim of its own."""
        post, item = worker.post, state.items[worker.post]
        part = worker.part + 1
        freed = self._with_worker(state, place, IDLE)
        done = item._replace(lease=False, dirty=False, part=part)
        if part < self.parts:
            after = self._with_item(freed, post, done._replace(state=S.SCHEDULED))
            return Step(f"post {post}: part {worker.part} stands, next part", after, act="part")
        return Step(
            f"commit: post {post} is published",
            self._with_item(freed, post, done._replace(state=S.PUBLISHED)),
            act="commit",
        )
