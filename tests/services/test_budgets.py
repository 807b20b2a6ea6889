"""What an account and a client may still say is kept to, whoever works, dies or sleeps in between."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.account import AccountState
from chalicelib.domain.brake import Scope
from chalicelib.domain.budget import CLAIMED_WITHIN, Wait
from chalicelib.domain.post import VariantState
from chalicelib.ports import Key
from chalicelib.services import campaigns, publishing
from chalicelib.store import keys
from connectors.capabilities import Allowance
from connectors.contract import Limit
from tests.domain.test_budget import most_in_a_window
from tests.services.doubles import (
    Terms,
    acts,
    another_tenant,
    brief_world,
    connect,
    due,
    lagging,
    lift,
    on_terms,
    once,
    publish,
    speak,
    stop,
    texts,
    watched,
)
from tests.world import TIMING, Killed, World

PUBLISHED, SCHEDULED, SENDING = VariantState.PUBLISHED, VariantState.SCHEDULED, VariantState.SENDING
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ABANDONED = (CLAIMED_WITHIN + TIMING.skew).total_seconds()
"""Seconds after which a turn that nobody used is nobody's."""


def test_a_spent_budget_waits_until_it_has_filled_up_and_not_a_moment_less(world: World) -> None:
    on_terms(world, {"x": Terms(Allowance(8, MINUTE))})
    ours = world.accounts["x"]
    for number in range(4):
        due(world, ours, f"number {number}", seconds=number / 100)
    world.clock.move(1)
    assert speak(world, ours) == [PUBLISHED, PUBLISHED, SCHEDULED]
    # Six come back in a minute.
    world.clock.move(9.999)
    assert speak(world, ours) == [SCHEDULED]
    world.clock.move(0.001)
    assert speak(world, ours) == [PUBLISHED, SCHEDULED]
    world.clock.move(10)
    assert speak(world, ours) == [PUBLISHED]


def test_who_waits_for_a_budget_is_not_claimed_and_says_how_long(world: World) -> None:
    on_terms(world, {"x": Terms(Allowance(1, MINUTE))})
    ours = world.accounts["x"]
    due(world, ours, "first")
    second = due(world, ours, "second", seconds=1)
    world.clock.move(1)
    speak(world, ours)
    before = world.variant(second.id)
    left = publishing.step(world.desk, before)
    assert left is not None
    assert left.again_at == world.clock.now() + MINUTE
    assert left.budget == Wait(left.again_at, each=MINUTE, most=1)
    assert world.variant(second.id).rev == before.rev


def test_one_accounts_budget_is_not_anothers(world: World) -> None:
    on_terms(world, {"x": Terms(Allowance(1, DAY))})
    others = connect(world, "x", "others")
    foreign = another_tenant(world, "x", "us")
    for whose, account in [(world, world.accounts["x"]), (world, others), (foreign, foreign.accounts["x"])]:
        due(whose, account, "first")
        assert speak(whose, account) == [PUBLISHED]
        due(whose, account, "second")
        assert speak(whose, account) == [SCHEDULED]


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 12),
    st.integers(5, 120),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40)), min_size=1, max_size=12),
    st.lists(st.sampled_from(["well", "busy", "answer lost", "lands, answer lost", "refused", "limited"]), max_size=6),
)
def test_no_window_holds_more_requests_than_the_platform_allows(
    writes: int, span: int, steps: list[tuple[int, int]], script: list[str]
) -> None:
    """Counted where it counts: requests that reach the platform, also those that it refuses or whose answer is lost."""
    world, terms = brief_world(), Terms(Allowance(writes, timedelta(seconds=span)))
    on_terms(world, {"mastodon": terms})
    ours = world.accounts["mastodon"]
    world.platforms["mastodon"].script.extend(script)
    for many, passes in steps:
        for _ in range(many):
            due(world, ours, f"at {world.clock.now()}")
        speak(world, ours)
        world.clock.move(passes)
    for _ in range(20):
        speak(world, ours)
        world.clock.move(span / 3)
    assert terms.requests
    assert most_in_a_window([at for _, at in terms.requests], timedelta(seconds=span)) <= writes


# --- what the platform tells -----------------------------------------------------------------------------------------


def test_what_the_platform_says_is_left_counts_from_then_on(world: World) -> None:
    tells = deque([Limit(2, 600, "account")])
    on_terms(world, {"x": Terms(Allowance(400, DAY), tells=tells)})
    ours = world.accounts["x"]
    for number in range(5):
        due(world, ours, f"number {number}", seconds=number / 100)
    world.clock.move(1)
    assert speak(world, ours) == [PUBLISHED] * 3 + [SCHEDULED]


def test_nothing_more_is_said_before_the_platform_resets_its_limit(world: World) -> None:
    on_terms(world, {"x": Terms(Allowance(4000, DAY), tells=deque([Limit(0, 600, "account")]))})
    ours = world.accounts["x"]
    due(world, ours, "first")
    due(world, ours, "second", seconds=1)
    world.clock.move(1)
    assert speak(world, ours) == [PUBLISHED, SCHEDULED]
    world.clock.move(599.999)
    assert speak(world, ours) == [SCHEDULED]
    world.clock.move(0.001 + 86_400 / 3000 + 0.001)
    assert speak(world, ours) == [PUBLISHED]


def test_a_platform_that_tells_of_plenty_raises_nothing(world: World) -> None:
    on_terms(world, {"x": Terms(Allowance(1, DAY), tells=deque([Limit(5000, 600, "account")]))})
    ours = world.accounts["x"]
    due(world, ours, "first")
    due(world, ours, "second", seconds=1)
    world.clock.move(1)
    assert speak(world, ours) == [PUBLISHED, SCHEDULED]


# --- one client for many tenants -------------------------------------------------------------------------------------


def test_a_clients_budget_is_shared_by_all_tenants_that_speak_through_it(world: World) -> None:
    on_terms(world, {"x": Terms(app_allowance=Allowance(8, DAY))})
    one, other = (another_tenant(world, "x", name) for name in ("one", "other"))
    apart = another_tenant(world, "x", "apart", client="another client")
    for tenant in (one, other, apart, other):
        due(tenant, tenant.accounts["x"], "Hello")
    assert speak(one, one.accounts["x"]) == [PUBLISHED]
    assert speak(other, other.accounts["x"]) == [PUBLISHED, SCHEDULED]
    assert speak(apart, apart.accounts["x"]) == [PUBLISHED]


def test_a_limit_of_the_app_stops_two_tenants_of_one_client_and_parks_neither_account(world: World) -> None:
    on_terms(world, {"x": Terms(app_allowance=Allowance(4000, timedelta(hours=1)))})
    one, other = (another_tenant(world, "x", name) for name in ("one", "other"))
    apart = another_tenant(world, "x", "apart", client="another client")
    for tenant in (one, other, apart):
        due(tenant, tenant.accounts["x"], f"of {tenant.workspace.name}")
    world.platforms["x"].script.append("limited as an app")
    assert speak(one, one.accounts["x"]) == [SCHEDULED]
    assert speak(other, other.accounts["x"]) == [SCHEDULED]
    assert speak(apart, apart.accounts["x"]) == [PUBLISHED]
    for tenant in (one, other):
        account = world.desk.store.accounts.get(tenant.workspace.id, tenant.accounts["x"].id)
        assert account is not None
        assert account.state is AccountState.ACTIVE
    world.clock.move(299)
    assert speak(other, other.accounts["x"]) == [SCHEDULED]
    world.clock.move(3)
    assert speak(other, other.accounts["x"]) == [PUBLISHED]
    world.clock.move(3)
    assert speak(one, one.accounts["x"]) == [PUBLISHED]


def test_the_record_never_names_a_client(world: World) -> None:
    on_terms(world, {"x": Terms(app_allowance=Allowance(8, DAY))})
    tenant = another_tenant(world, "x", "one", client="the-clients-own-name")
    due(tenant, tenant.accounts["x"], "Hello")
    speak(tenant, tenant.accounts["x"])
    assert "BUDGET#x#" in world.record()
    assert "the-clients-own-name" not in world.record()


# --- workers that die or sleep ---------------------------------------------------------------------------------------


def dies(*_: object) -> None:
    raise Killed


def test_a_worker_that_dies_between_turn_and_claim_keeps_the_others_waiting_for_seconds_only(world: World) -> None:
    on_terms(world, {})
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    world.clock.move(1)
    table = watched(world)
    table.apart = True
    table.before_write = once(dies, lambda writes: "claim" in acts(writes))
    with pytest.raises(Killed):
        speak(world, ours)
    assert world.variant(first.id).state is SCHEDULED
    for _ in range(int(ABANDONED)):
        assert publishing.publish(world.desk, world.workspace.id, second.id) is SCHEDULED
        world.clock.move(1)
    assert speak(world, ours) == [PUBLISHED, PUBLISHED]
    assert texts(world.platforms["x"]) == ["first", "second"]


def test_where_turn_and_claim_are_one_commit_nobody_dies_between_them(world: World) -> None:
    ours = world.accounts["x"]
    first = due(world, ours, "first")
    table = watched(world)
    table.before_write = once(dies, lambda writes: "claim" in acts(writes))
    with pytest.raises(Killed):
        speak(world, ours)
    assert world.desk.store.budget(keys.budget(world.workspace.id, ours.id)) is None
    assert speak(world, ours, first) == [PUBLISHED]


@pytest.mark.parametrize("sleeps", [ABANDONED, 40.0])
def test_a_worker_so_slow_that_another_took_its_turn_sends_nothing(world: World, sleeps: float) -> None:
    terms = Terms()
    on_terms(world, {"x": terms})
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    world.clock.move(1)
    table = watched(world)
    table.apart = True
    others: list[VariantState | None] = []

    def overtaken() -> None:
        world.clock.move(sleeps)
        # It goes first, and its answer is lost: while that is so, nothing else may go out on the account.
        world.platforms["x"].script.append("lands, answer lost")
        others.append(publishing.publish(world.desk, world.workspace.id, second.id))

    table.before_write = once(overtaken, lambda writes: "claim" in acts(writes))
    assert publishing.publish(world.desk, world.workspace.id, first.id) is SCHEDULED
    assert others == [SENDING]
    assert texts(world.platforms["x"]) == ["second"]
    assert len(terms.requests) == 1
    assert "turn" in (world.variant(first.id).reason or "")


def test_a_worker_that_is_slow_for_a_moment_keeps_its_turn(world: World) -> None:
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    world.clock.move(1)
    table = watched(world)
    table.apart = True
    others: list[VariantState | None] = []

    def slow() -> None:
        world.clock.move(ABANDONED - 0.001)
        others.append(publishing.publish(world.desk, world.workspace.id, second.id))

    table.before_write = once(slow, lambda writes: "claim" in acts(writes))
    assert publishing.publish(world.desk, world.workspace.id, first.id) is PUBLISHED
    assert others == [SCHEDULED]


@pytest.mark.parametrize("after", [1, 30, 100])
def test_while_an_answer_is_awaited_or_in_doubt_the_turn_is_nobody_elses(world: World, after: float) -> None:
    """Also for who does not look at the line: what reads the timeline later must find that nothing else moved in it."""
    world.platforms["x"].script.append("killed")
    first, second = due(world, world.accounts["x"], "first"), due(world, world.accounts["x"], "second", seconds=1)
    world.clock.move(1)
    with pytest.raises(Killed):
        publishing.publish(world.desk, world.workspace.id, first.id)
    world.clock.move(after)
    assert publishing.publish(world.desk, world.workspace.id, second.id) is SCHEDULED
    assert world.variant(second.id).attempts == 0


@pytest.mark.parametrize("after", [0, 30])
def test_an_index_that_lags_makes_nobody_believe_that_a_turn_is_over(world: World, after: float) -> None:
    world.platforms["x"].script.append("killed")
    first, second = due(world, world.accounts["x"], "first"), due(world, world.accounts["x"], "second", seconds=1)
    world.clock.move(1)
    with pytest.raises(Killed):
        publishing.publish(world.desk, world.workspace.id, first.id)
    lagging(world, timedelta(seconds=30))
    world.clock.move(after)
    assert speak(world, world.accounts["x"], second) == [SCHEDULED]


@pytest.mark.parametrize(("after", "asked"), [(30.0, True), (30.001, False)])
def test_who_had_the_turn_is_asked_for_only_while_the_index_may_not_show_it(
    world: World, after: float, asked: bool
) -> None:
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    assert speak(world, ours) == [PUBLISHED]
    table, read = lagging(world, timedelta(seconds=30)), list[Key]()
    table.before_read = read.extend
    world.clock.move(after)
    assert speak(world, ours, second) == [PUBLISHED]
    assert (keys.variant(world.workspace.id, first.id) in read) is asked


@pytest.mark.parametrize(("named", "passes"), [(True, ABANDONED + 3), (False, 40.0)], ids=["named", "not named"])
def test_a_line_read_long_ago_is_not_believed_about_a_turn_taken_since(
    world: World, named: bool, passes: float
) -> None:
    """It was held when the line was read; by now another worker sent it, and does not know what came of it."""
    on_terms(world, {})
    ours, now = world.accounts["mastodon"], world.clock.now()
    spring = campaigns.create(world.desk, world.caller, "Spring", "More people", (), (ours.id,), now, None, now)
    held = due(world, ours, "held", campaign=spring.id)
    brake = stop(world, Scope.CAMPAIGN, spring.id)
    assert speak(world, ours) == [VariantState.HELD]
    one, two = due(world, ours, "one", seconds=1), due(world, ours, "two", seconds=2)
    world.clock.move(5)
    others: list[VariantState | None] = []

    def meanwhile() -> None:
        lift(world, brake)
        world.platforms["mastodon"].script.append("lands, answer lost")
        others.append(publish(world, held))
        world.clock.move(passes)

    place = keys.post(world.workspace.id, two.post)
    watched(world).before_read = once(meanwhile, lambda places: place in places)
    assert speak(world, ours, *([held] if named else []), one, two) == [PUBLISHED, SCHEDULED]
    assert others == [SENDING]
    assert texts(world.platforms["mastodon"]) == ["one", "held"]


def test_two_who_take_the_same_turn_at_once_are_one(world: World) -> None:
    terms = Terms()
    on_terms(world, {"x": terms})
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    world.clock.move(1)
    table = watched(world)
    others: list[VariantState | None] = []

    def faster() -> None:
        world.platforms["x"].script.append("answer lost")
        others.append(publishing.publish(world.desk, world.workspace.id, second.id))

    table.before_write = once(faster, lambda writes: "claim" in acts(writes))
    assert publishing.publish(world.desk, world.workspace.id, first.id) is SCHEDULED
    assert others == [SENDING]
    assert len(terms.requests) == 1


def test_a_takeover_that_may_send_again_takes_its_turn_anew(world: World) -> None:
    """What was proved absent is sent under the account's budget like anything else."""
    terms = Terms(Allowance(1, DAY))
    on_terms(world, {"mastodon": terms})
    ours = world.accounts["mastodon"]
    world.platforms["mastodon"].script.append("answer lost")
    first = due(world, ours, "first", late_limit=3 * DAY)
    assert speak(world, ours) == [SENDING]
    world.clock.move((TIMING.lease + TIMING.takeover_after).total_seconds() + 1)
    assert speak(world, ours) == [SENDING]
    assert len(terms.requests) == 1, "nothing more may be said on this day"
    for _ in range(40):
        world.clock.move(3600)
        speak(world, ours)
    assert world.variant(first.id).state is PUBLISHED
    assert most_in_a_window([at for _, at in terms.requests], DAY) == 1
