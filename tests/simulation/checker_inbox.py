"""The checker of what was said to us: heard once, decided once, answered once, and a person's word left standing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.review import ReviewItem, Subject, Verdict
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.simulation.harms import Finding, Harm
from tests.simulation.road import START

if TYPE_CHECKING:
    from tests.simulation.simulator import World

FOUND_WITHIN = timedelta(seconds=300)
"""How long after we said it what stands under it must have been read."""
_DECIDES = frozenset({"ignore", "answer", "review", "escalate"})
_LEFT_TO_OTHERS = frozenset({InteractionState.NEW, InteractionState.WITHDRAWN})


def of_inbox(world: World) -> Iterator[Finding]:
    """Everything that is wrong with what became of what was said to us."""
    if not world.inbox.ids:
        return
    heard = world.inbox.interactions()
    now = (world.clock.at - START).total_seconds()
    for of, said in world.inbox.ids.items():
        one = heard.get(of)
        if one is None:
            accounts = range(world.plan.accounts) if said.quiet else said.sees
            hearing = any(not _signed_out(world, account) for account in accounts)
            if said.stands(now) and hearing and world.inbox.can_be_heard(said, FOUND_WITHIN):
                yield Finding(Harm.INTERACTIONS_LOST, f"{said.id} is not in the record")
            continue
        yield from _of_one(world, said.id, one)
    yield from _of_answers(world)
    yield from _of_decisions(world, heard)


def _of_one(world: World, name: str, one: Interaction) -> Iterator[Finding]:
    if one.state is InteractionState.NEW:
        yield Finding(Harm.INTERACTIONS_LOST, f"{name} was never decided about")
    decided = [event.act for event in one.events if event.actor.id == "triage" and event.act in _DECIDES]
    edits = sum(event.act == "edited" for event in one.events)
    if len(decided) > 1 + edits:
        yield Finding(Harm.INTERACTIONS_TWICE, f"{name} was decided about as {decided}")
    asked = [item for item in _questions(world) if item.about == one.id]
    if len(asked) > 1 + edits + sum(event.act in {"undo", "refused"} for event in one.events):
        yield Finding(Harm.INTERACTIONS_TWICE, f"{len(asked)} people are asked about {name}")
    if one.state is InteractionState.IN_REVIEW and not asked:
        yield Finding(Harm.INTERACTIONS_LOST, f"{name} waits for a person, and no person is asked")
    moves = [event for event in one.events if event.after is not None]
    if [event.before for event in moves] != [None, *(event.after for event in moves[:-1])]:
        yield Finding(Harm.UNTRUE, f"the history of {name} has a gap: {[event.act for event in one.events]}")


def _of_answers(world: World) -> Iterator[Finding]:
    """No message is answered more often than people wanted: once by itself or by a person, whatever was lost on the way."""
    ours = Counter(one.under for one in world.platform.standing if one.under is not None)
    for said in world.plan.said:
        # Whoever was answered, and then says something else, may be answered once more: by a person.
        if ours[said.id] > (1 if said.edited is None else 2):
            yield Finding(Harm.ANSWERS_TWICE, f"{said.id} was answered {ours[said.id]} times")
    made = Counter(world.inbox.answers.values())
    if made and max(made.values()) > 1 + len(world.inbox.decided):
        yield Finding(Harm.ANSWERS_TWICE, f"{max(made.values())} answers were made to one message")


def _of_decisions(world: World, heard: dict[str, Interaction]) -> Iterator[Finding]:
    """What a person decided is what became of it, until its author changes what it says or a person changes their mind."""
    for decided in world.inbox.decided:
        one = heard.get(decided.interaction)
        if one is None:
            yield Finding(Harm.DECISIONS_OVERWRITTEN, "what a person decided about is gone")
            continue
        acts = [event.act for event in one.events if event.after is not None]
        after = acts[acts.index("decided") + 1 :] if "decided" in acts else None
        name = world.inbox.ids[one.id].id
        if after is None:
            yield Finding(Harm.DECISIONS_OVERWRITTEN, f"the record of {name} does not tell what a person decided")
        elif any(act in {"ignore", "answer", "escalate"} for act in after):
            yield Finding(Harm.DECISIONS_OVERWRITTEN, f"{name} went on as {after} after a person had decided")
        elif not after and one.state is not InteractionState.RESOLVED:
            yield Finding(Harm.DECISIONS_OVERWRITTEN, f"{name} is {one.state}, though a person had decided")
        if decided.verdict is Verdict.LET_GO and "edited" not in acts and one.answer is not None:
            answers = [posted for posted in world.platform.standing if posted.under == name]
            if any(posted.at > decided.at for posted in answers):
                yield Finding(Harm.DECISIONS_OVERWRITTEN, f"{name} was answered after a person had let it go")


def _questions(world: World) -> list[ReviewItem]:
    shelf = keys.shelf(world.caller.workspace, "REVIEW")
    return [
        one for one in Store(world.table).reviews.listed(shelf, limit=100).items if one.subject is Subject.INTERACTION
    ]


def _signed_out(world: World, account: int) -> bool:
    accounts = world.accounts()
    return account < len(accounts) and accounts[account].state.value == "needs_reconnect"
