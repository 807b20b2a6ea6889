"""A campaign does what its owner decides: a pause that stops, a budget that is looked at, figures with their evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.brake import Scope
from chalicelib.domain.campaign import MOST_COUNTED, Campaign, CampaignState, Course, Segment, Target
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import VariantState
from chalicelib.services import braking, campaigns, polling, triaging
from chalicelib.services.campaigns import Changes
from chalicelib.services.digest_facts import gather
from chalicelib.services.progress import Figure, progress
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from tests.services.doubles import due, on_terms, publish, stop
from tests.services.money import CENT, asking_money
from tests.services.test_braking import PRAISE
from tests.world import World, said

DAY = timedelta(days=1)


@pytest.fixture
def world(world: World) -> World:
    on_terms(world, {})
    return world


def begin(world: World, *targets: Target, days: int = 10, **more: Any) -> Campaign:
    now = world.clock.now()
    accounts = tuple(one.id for one in world.accounts.values())
    ends = now + days * DAY
    return campaigns.create(
        world.desk, world.caller, "Spring", "More people", targets, accounts, now, ends, now, **more
    )


def changes(campaign: Campaign, **named: Any) -> Changes:
    return Changes(campaign.rev, frozenset(named), **named)


def edit(world: World, campaign: Campaign, **named: Any) -> Campaign:
    return campaigns.edit(world.desk, world.caller, campaign.id, changes(campaign, **named), world.clock.now())


def figures(world: World, campaign: Campaign) -> dict[str, Figure]:
    known = campaigns.get(world.desk, campaign.workspace, campaign.id)
    return {one.target.measure: one for one in progress(world.desk, known, world.clock.now()).figures}


# --- set up and changed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"targets": (Target("clicks", 1), Target("clicks", 2))}, "/targets/1/measure"),
        ({"targets": (Target("Posts published", 1),)}, "/targets/0/measure"),
        ({"segments": (Segment("all"), Segment("x", platform="friendster"))}, "/segments/1/platform"),
        ({"segments": (Segment("x", account="none"),)}, "/segments/0/account"),
        ({"segments": (Segment("x", zone="Europe/Atlantis"),)}, "/segments/0/zone"),
    ],
)
def test_a_campaign_that_cannot_be(world: World, more: dict[str, Any], pointer: str) -> None:
    targets = more.pop("targets", ())
    with pytest.raises(InvalidField) as refused:
        begin(world, *targets, **more)
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidField) as refused:
        begin(world, Target("clicks", 1, by=world.clock.now()))
    assert refused.value.pointer == "/targets/0/by"


def test_an_edit_changes_what_it_names_and_its_event_says_so_without_the_words(world: World) -> None:
    campaign = begin(world, Target("clicks", 5), budget_micro_usd=CENT)
    after = edit(world, campaign, name="Summer", ends=None, budget_micro_usd=None)
    assert (after.name, after.ends, after.budget_micro_usd) == ("Summer", None, None)
    assert (after.objective, after.targets, after.accounts) == (campaign.objective, campaign.targets, campaign.accounts)
    assert after.events[-1].why == "edited by a member: name, ends, budget_micro_usd"
    assert (after.events[-1].before, after.events[-1].after) == ("running", "running")
    assert campaigns.get(world.desk, after.workspace, after.id) == after


def test_an_edit_of_what_was_changed_since_is_refused(world: World) -> None:
    campaign = begin(world)
    edit(world, campaign, name="Summer")
    with pytest.raises(Conflict, match="revision 2"):
        edit(world, campaign, name="Autumn")
    with pytest.raises(InvalidField, match="changes nothing"):
        edit(world, campaigns.get(world.desk, campaign.workspace, campaign.id), name="Summer")


def test_a_start_that_has_passed_stays(world: World) -> None:
    campaign = begin(world)
    with pytest.raises(InvalidField, match="it has started"):
        edit(world, campaign, starts=world.clock.now() + DAY)


def test_what_is_over_is_not_edited(world: World) -> None:
    campaign = begin(world, days=1)
    world.clock.move(DAY.total_seconds())
    with pytest.raises(Conflict, match="it is ended"):
        edit(world, campaign, name="Summer")


# --- what people decide ----------------------------------------------------------------------------------------------


def test_a_pause_stops_its_posts_and_no_others_and_going_on_lets_them_out(world: World) -> None:
    campaign = begin(world)
    ours = due(world, world.accounts["x"], "of it", campaign=campaign.id)
    other = due(world, world.accounts["mastodon"], "another")
    paused = campaigns.pause(world.desk, world.caller, campaign.id, "a storm", world.clock.now())
    assert paused.state_at(world.clock.now()) is CampaignState.PAUSED
    assert publish(world, other) is VariantState.PUBLISHED
    assert publish(world, ours) is VariantState.HELD
    _, released = campaigns.resume(world.desk, world.caller, campaign.id, "it is over", world.clock.now())
    assert released == 1
    assert publish(world, ours) is VariantState.PUBLISHED


def test_going_on_leaves_a_brake_that_somebody_else_put_on(world: World) -> None:
    campaign = begin(world)
    stop(world, Scope.CAMPAIGN, campaign.id)
    campaigns.pause(world.desk, world.caller, campaign.id, "a storm", world.clock.now())
    after, released = campaigns.resume(world.desk, world.caller, campaign.id, "it is over", world.clock.now())
    assert (after.state_at(world.clock.now()), released) == (CampaignState.RUNNING, 0)
    brake = braking.get(world.desk, campaign.workspace, f"campaign.{campaign.id}")
    assert brake.stops(world.clock.now())


def test_what_was_called_off_says_nothing_more_and_takes_no_other_decision(world: World) -> None:
    campaign = begin(world)
    ours = due(world, world.accounts["x"], "of it", campaign=campaign.id)
    after = campaigns.cancel(world.desk, world.caller, campaign.id, "no money", world.clock.now())
    assert publish(world, ours) is VariantState.HELD
    assert campaigns.count(world.desk, after).unsaid == 1
    for decide in (campaigns.pause, campaigns.resume, campaigns.end, campaigns.cancel):
        with pytest.raises(Conflict, match="it is cancelled"):
            decide(world.desk, world.caller, campaign.id, "again", world.clock.now())


def test_what_is_ended_early_lets_out_what_is_scheduled(world: World) -> None:
    campaign = begin(world)
    ours = due(world, world.accounts["x"], "of it", campaign=campaign.id)
    after = campaigns.end(world.desk, world.caller, campaign.id, "goal reached", world.clock.now())
    assert after.closed(world.clock.now()) == "the campaign is ended"
    assert publish(world, ours) is VariantState.PUBLISHED


# --- how far it has come ---------------------------------------------------------------------------------------------


def test_what_the_record_cannot_answer_waits_for_somebody_to_count_it(world: World) -> None:
    campaign = begin(world, Target("sign-ups", 40, unit="people"))
    figure = figures(world, campaign)["sign-ups"]
    assert (figure.reached, figure.course, figure.by_hand) == (None, Course.NOT_MEASURED, True)
    assert figure.evidence == "nothing measures it yet: somebody has to count it"
    counted = campaigns.count_by_hand(
        world.desk, world.caller, campaign.id, "sign-ups", 12, "the list at the door", world.clock.now()
    )
    assert counted.events[-1].why == "12 counted by hand for target 0"
    figure = figures(world, campaign)["sign-ups"]
    assert (figure.reached, figure.course, figure.unit) == (12, Course.ON_COURSE, "people")
    assert figure.evidence == f"counted by {world.caller.member} on 2026-11-21 (the list at the door)"


def test_what_the_record_measures_or_no_target_names_is_not_counted_by_hand(world: World) -> None:
    campaign = begin(world, Target("replies", 40))
    for measure in ("replies", "clicks"):
        with pytest.raises(InvalidField):
            campaigns.count_by_hand(world.desk, world.caller, campaign.id, measure, 1, "", world.clock.now())


def test_the_latest_of_many_counts_is_what_is_reached(world: World) -> None:
    campaign = begin(world, Target("clicks", 400), Target("sign-ups", 9))
    campaigns.count_by_hand(world.desk, world.caller, campaign.id, "sign-ups", 3, "", world.clock.now())
    for value in range(MOST_COUNTED + 5):
        campaigns.count_by_hand(world.desk, world.caller, campaign.id, "clicks", value, "", world.clock.now())
    kept = campaigns.get(world.desk, campaign.workspace, campaign.id).counted
    assert [one.value for one in kept if one.measure == "clicks"] == list(range(5, MOST_COUNTED + 5))
    assert {name: one.reached for name, one in figures(world, campaign).items()} == {"clicks": 24, "sign-ups": 3}


MEASURED = (
    "posts_published",
    "interactions",
    "replies",
    "mentions",
    "answered_share",
    "first_response_minutes",
    "escalations",
)


def hear(world: World, text: str, number: int, kind: str, conversation: str) -> None:
    """Somebody says something on Mastodon, and it is triaged."""
    one = replace(
        said(text, number, author=f"m{number}", thread=conversation),
        kind=InteractionKind(kind),
        created_at=world.clock.now(),
    )
    world.platforms["mastodon"].inbox.append(one)


def test_each_measure_counts_what_it_says_of_the_campaign_s_own_posts(world: World) -> None:
    campaign = begin(world, *(Target(one, 4) for one in MEASURED))
    ours = due(world, world.accounts["mastodon"], "of it", campaign=campaign.id)
    other = due(world, world.accounts["mastodon"], "another")
    due(world, world.accounts["x"], "later", campaign=campaign.id, seconds=9999)
    for one in (ours, other):
        assert publish(world, one) is VariantState.PUBLISHED
    mine, theirs = (world.variant(one.id).remote for one in (ours, other))
    assert mine is not None
    assert theirs is not None
    hear(world, PRAISE, 1, "reply", mine.id)
    hear(world, "When do you open?", 2, "mention", mine.id)
    hear(world, PRAISE, 3, "reply", theirs.id)
    hear(world, "I do not want to live any more, I keep thinking about ending my life.", 4, "mention", "elsewhere")
    world.clock.move(600)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    inbox = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    for heard in inbox:
        triaging.triage(world.desk, world.workspace.id, heard.id, world.clock.now())
    answered = [world.desk.store.interactions.get(world.workspace.id, one.id) for one in inbox]
    for one in answered:
        if one is not None and one.answer is not None:
            assert publish(world, world.variant(one.answer)) is VariantState.PUBLISHED
    found = figures(world, campaign)
    assert {name: one.reached for name, one in found.items()} == {
        "posts_published": 1,
        "interactions": 2,
        "replies": 1,
        "mentions": 2,
        "answered_share": 33,
        "first_response_minutes": 10,
        "escalations": 1,
    }
    assert found["answered_share"].evidence.startswith("1 of 3 answered")
    assert found["interactions"].evidence == "everything said below 1 published posts"
    assert found["posts_published"].unit == "posts"


def test_without_anything_to_measure_a_share_is_not_nought(world: World) -> None:
    found = figures(world, begin(world, Target("answered_share", 90), Target("first_response_minutes", 60)))
    assert {one.course for one in found.values()} == {Course.NOT_MEASURED}


def test_a_campaign_s_money_is_told_with_its_progress(world: World) -> None:
    asking_money(world)
    campaign = begin(world, budget_micro_usd=50 * CENT)
    variant = due(world, world.accounts["x"], "of it", campaign=campaign.id, seconds=60)
    priced = replace(variant, micro_usd=20 * CENT)
    world.desk.store.variants.save(variant, priced, replace(variant.events[-1], act="price"))
    told = progress(world.desk, campaign, world.clock.now())
    assert (told.purse.spent, told.purse.planned, told.purse.left) == (0, 20 * CENT, 30 * CENT)
    assert told.states.by_state == {VariantState.SCHEDULED: 1}
    assert told.complete


def test_a_digest_tells_what_is_reached_and_what_nobody_measures(world: World) -> None:
    campaign = begin(world, Target("posts_published", 3), Target("sign-ups", 40))
    assert (
        publish(world, due(world, world.accounts["mastodon"], "of it", campaign=campaign.id)) is VariantState.PUBLISHED
    )
    now = world.clock.move(60)
    facts = gather(world.desk, world.workspace, now - DAY, now, now)
    (line,) = facts.campaigns
    assert [(one.measure, one.goal, one.reached) for one in line.targets] == [
        ("posts_published", 3, 1),
        ("sign-ups", 40, None),
    ]
