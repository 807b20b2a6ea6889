"""What was scheduled under an earlier guideline is asked about once more before it is said."""

from __future__ import annotations

from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.services import activating, gating, publishing
from tests.services.guiding import live_under
from tests.world import World

BAN = """name: Quiet
languages: [en]
clauses:
  - id: no-raffles
    wording: We announce no raffles.
    applies_to: outgoing
    when: {phrases: [raffle]}
    action: review
    severity: 1
    reason: the lawyers asked
"""


def publish(world: World, variant_id: str) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant_id)


def test_what_breaks_a_clause_by_now_fails_unclaimed_and_names_the_clause(world: World) -> None:
    raffle = world.schedule("mastodon", "Join our raffle", seconds=600)
    workshop = world.schedule("mastodon", "Join our workshop", seconds=601)
    world.clock.move(400)
    live_under(world, BAN, "the lawyers")
    world.clock.move(300)
    assert publish(world, raffle.id) is VariantState.FAILED
    assert publish(world, workshop.id) is VariantState.PUBLISHED
    assert [text for text, _, _ in world.platforms["mastodon"].posted] == ["Join our workshop"]
    failed = world.variant(raffle.id)
    assert failed.reason is not None
    assert "no-raffles" in failed.reason
    assert "claim" not in [event.act for event in failed.events]


def test_an_account_that_was_changed_meanwhile_is_noted_all_the_same_and_twice_is_once(world: World) -> None:
    live_under(world, BAN, "the lawyers")
    accounts = world.desk.store.accounts
    found = [accounts.get(world.workspace.id, one.id) for one in world.accounts.values()]
    version = world.desk.workspace(world.workspace.id).guideline
    assert {one.gate.version for one in found if one is not None and one.gate is not None} == {version}
    before = world.record()
    activating.activate(world.desk, world.caller, version, "no replay", "the lawyers", world.clock.now())
    assert world.record() == before
    stale = world.accounts["mastodon"]
    gating._note(world.desk, stale, "another", Actor("operator"), world.clock.now())
    noted = accounts.get(world.workspace.id, stale.id)
    assert noted is not None
    assert noted.gate is not None
    assert noted.gate.version == "another"
