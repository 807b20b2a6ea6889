"""What a clause has done on a platform goes a person's road: recorded with its reason, asked once, undone in one step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.domain.triage import TriageAction
from chalicelib.services import enforcing, evidence, moderating, polling, triaging
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from tests.services.guiding import live_under
from tests.world import World, said

GUIDELINE = """name: Game
languages: [en]
clauses:
  - id: danger
    wording: Threats go to a named person.
    when: {labels: {threat: 800}}
    action: escalate
    severity: 3
    reason: somebody may be in danger
  - id: adverts
    wording: Newcomers do not advertise other places.
    when:
      patterns: ['discord\\.gg/\\w+']
      {MORE}
    action: moderate
    moderate: {VERB}
    severity: 1
    reason: it advertises another place
    must_match: ['join discord.gg/coins']
    must_not_match: [I like discord]
"""
ADVERT = "Free coins at discord.gg/coins today"


def live(world: World, verb: str = "hide", more: str = "kinds: [reply, mention]") -> None:
    text = GUIDELINE.replace("{VERB}", verb).replace("{MORE}", more)
    live_under(world, text, "adverts")


def heard(world: World, text: str = ADVERT, number: int = 1, **changes: object) -> Interaction:
    world.platforms["mastodon"].inbox[:] = [replace(said(text, number), **changes)]  # type: ignore[arg-type]
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    native = world.desk.keyed(world.workspace.id, "interaction", "mastodon", f"native-{number}")
    triaging.triage(world.desk, world.workspace.id, native, world.clock.now())
    return now_of(world, native)


def now_of(world: World, interaction: str) -> Interaction:
    found = world.desk.store.interactions.get(world.workspace.id, interaction)
    assert found is not None
    return found


def ruling_of(world: World, one: Interaction) -> Ruling:
    (found,) = moderating.of(world.desk, world.workspace.id, one.id)
    return found


def done(world: World) -> list[str]:
    return [action for action, _ in world.platforms["mastodon"].moderated]


def enforce(world: World, ruling: Ruling) -> RulingState | None:
    return enforcing.enforce(world.desk, world.workspace.id, ruling.id, world.clock.now())


def test_a_clause_has_it_done_once_with_its_rationale_and_what_it_rests_on(world: World) -> None:
    live(world)
    one = heard(world)
    assert one.state is InteractionState.MODERATING
    ruling = ruling_of(world, one)
    assert (ruling.action, ruling.undone_by, ruling.state) == ("hide", "unhide", RulingState.ASKED)
    assert ruling.rationale.actor.id == "worker:triage"
    assert ruling.rationale.clauses == ("adverts",)
    assert ruling.rationale.why == "Clause adverts: it advertises another place"
    mark = next(mark for mark in ruling.rationale.evidence if mark.rule == "pattern")
    assert ADVERT[mark.start : mark.end] == "discord.gg/coins"
    found = evidence.of(world.desk, world.workspace.id, ruling.id)
    assert found is not None
    assert found.text == ADVERT
    for _ in range(2):
        triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
        assert enforce(world, ruling) is RulingState.DONE
    assert done(world) == ["hide"]
    assert now_of(world, one.id).state is InteractionState.RESOLVED


def test_one_step_leads_back_to_a_person_and_what_was_undone_is_not_done_again(world: World) -> None:
    live(world)
    one = heard(world)
    ruling = ruling_of(world, one)
    enforce(world, ruling)
    moderating.undo(world.desk, world.caller, ruling.id, "a regular", world.clock.now())
    assert enforce(world, ruling) is RulingState.UNDONE
    assert done(world) == ["hide", "unhide"]
    after = now_of(world, one.id)
    assert (after.state, after.review is not None) == (InteractionState.IN_REVIEW, True)
    world.clock.move(300)
    after = heard(world, ADVERT + "!!")  # its author edits it
    assert after.revision == 2
    assert after.state is InteractionState.IN_REVIEW
    assert done(world) == ["hide", "unhide"]
    touch = world.desk.store.touch(keys.member_touch(world.workspace.id, one.author.pseudonym))
    assert (touch.ruled, touch.human_at) == (0, None)


@pytest.mark.parametrize(
    ("verb", "changes", "why"),
    [
        ("remove", {}, "mastodon has no `remove`"),
        ("lock", {}, "mastodon has no `lock`"),
        ("hide", {"on_own": False}, "it does not stand under a post of ours"),
    ],
)
def test_what_the_platform_cannot_do_there_is_put_before_a_person(
    world: World, verb: str, changes: dict[str, object], why: str
) -> None:
    live(world, verb)
    one = heard(world, **changes)
    assert one.state is InteractionState.IN_REVIEW
    assert one.decision is not None
    assert one.decision.action is TriageAction.REVIEW
    assert "Clause adverts" in one.decision.rationale.why
    assert moderating.of(world.desk, world.workspace.id, one.id) == []
    if changes:
        assert why in one.decision.rationale.why


def test_what_may_be_a_threat_is_seen_and_not_hidden(world: World) -> None:
    live(world)
    one = heard(world, f"{ADVERT} or I will kill you")
    assert one.state is InteractionState.ESCALATED
    assert moderating.of(world.desk, world.workspace.id, one.id) == []


# --- what is known around it -----------------------------------------------------------------------------------------


def test_only_the_first_message_of_a_newcomer_is_taken_for_one(world: World) -> None:
    live(world, more="author: {first_message: true}")
    assert heard(world, number=1).state is InteractionState.MODERATING
    world.clock.move(60)
    again = heard(world, number=2)
    assert again.state is InteractionState.IN_REVIEW
    assert again.decision is not None
    assert again.decision.facts is not None
    assert again.decision.facts.around.first_message is False


def test_decisions_that_stand_against_an_author_count(world: World) -> None:
    live(world, more="author: {ruled_against_at_least: 1}")
    first = heard(world, number=1)
    assert first.state is InteractionState.IN_REVIEW
    live(world)
    second = heard(world, number=2)
    assert second.state is InteractionState.MODERATING
    live(world, more="author: {ruled_against_at_least: 1}")
    third = heard(world, number=3)
    assert third.state is InteractionState.MODERATING


def test_a_guideline_that_asks_for_nothing_costs_no_reading(world: World) -> None:
    live(world, more="kinds: [mention, reply]")
    one = heard(world, "What a day")
    assert one.decision is not None
    assert one.decision.facts is not None
    assert one.decision.facts.around == type(one.decision.facts.around)()


def test_a_private_message_is_hidden_from_nobody(world: World) -> None:
    live(world, more="kinds: [message, mention]")
    assert heard(world, kind=InteractionKind.MESSAGE).state is InteractionState.IN_REVIEW
