"""An account's line: in order, one at a time, handed on without a flood of hints."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.account import Account
from chalicelib.domain.post import Variant, VariantState
from chalicelib.ports import Index, QueueName
from chalicelib.services import lines, publishing
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from connectors.capabilities import Allowance
from tests.services.doubles import (
    ListedQueue,
    Terms,
    another_tenant,
    brief_world,
    connect,
    deliver,
    due,
    listed,
    on_terms,
    speak,
    texts,
    watched,
)
from tests.world import Killed, World

PUBLISHED, SCHEDULED, SENDING = VariantState.PUBLISHED, VariantState.SCHEDULED, VariantState.SENDING
SETTLED_AFTER = 65 + 30 + 10 + 2 + 1
"""Seconds after which an attempt whose answer was lost may be settled: lease, landing, visible, skew, and one."""
DAY = timedelta(days=1)


@pytest.fixture
def ours(world: World) -> Account:
    return world.accounts["mastodon"]


@pytest.fixture
def queue(world: World) -> ListedQueue:
    return listed(world)


def three(world: World, account: Account, *seconds: float) -> list[Variant]:
    """One, two and three, in the order of their times, made in another."""
    apart = seconds or (1, 2, 3)
    made = {place: due(world, account, f"number {place}", seconds=apart[place]) for place in (1, 2, 0)}
    return [made[place] for place in range(3)]


# --- order -----------------------------------------------------------------------------------------------------------


def test_what_is_due_is_said_in_the_order_of_its_times(world: World, ours: Account) -> None:
    three(world, ours)
    world.clock.move(10)
    assert speak(world, ours) == [PUBLISHED] * 3
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize("shown", [True, False], ids=["index", "index behind"])
def test_hints_in_reverse_change_no_order(world: World, ours: Account, shown: bool) -> None:
    made = three(world, ours)
    watched(world).shows = lambda index: shown or index is not Index.DUE
    world.clock.move(10)
    if shown:
        for one in reversed(made):
            speak(world, ours, one)
    else:
        speak(world, ours, *reversed(made))
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


def test_of_those_due_at_one_moment_whichever_was_made_first_comes_first(world: World, ours: Account) -> None:
    for number in range(5):
        due(world, ours, f"number {number}", seconds=30 - number)
        world.clock.move(1)
    world.clock.move(60)
    speak(world, ours)
    assert texts(world.platforms["mastodon"]) == [f"number {number}" for number in range(5)]


@pytest.mark.parametrize(("act", "first"), [("lands, answer lost", PUBLISHED), ("answer lost", PUBLISHED)])
def test_the_second_waits_while_the_first_is_in_doubt_and_goes_on_once_it_is_settled(
    world: World, ours: Account, act: str, first: VariantState
) -> None:
    world.platforms["mastodon"].script.append(act)
    _, second, third = three(world, ours)
    world.clock.move(10)
    assert speak(world, ours) == [SENDING]
    world.clock.move(SETTLED_AFTER - 2)
    assert speak(world, ours, second, third) == [SENDING]
    assert world.variant(second.id).state is SCHEDULED
    world.clock.move(3)
    assert speak(world, ours) == [first, PUBLISHED, PUBLISHED]
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


def test_the_second_goes_on_where_the_first_went_before_a_person(world: World) -> None:
    world.platforms["x"].script.append("answer lost")
    account = world.accounts["x"]
    three(world, account)
    world.clock.move(10)
    speak(world, account)
    world.clock.move(SETTLED_AFTER)
    assert speak(world, account) == [VariantState.NEEDS_REVIEW, PUBLISHED, PUBLISHED]
    assert texts(world.platforms["x"]) == ["number 1", "number 2"]


def test_the_one_behind_a_deferred_one_waits(world: World, ours: Account) -> None:
    world.platforms["mastodon"].script.append("busy")
    _, second, _ = three(world, ours)
    world.clock.move(10)
    assert speak(world, ours) == [SCHEDULED]
    world.clock.move(19)
    assert speak(world, ours, second) == [SCHEDULED]
    assert not texts(world.platforms["mastodon"])
    world.clock.move(1)
    assert speak(world, ours, second) == [PUBLISHED] * 3
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


def test_what_was_refused_or_is_held_keeps_nobody_waiting(world: World, ours: Account) -> None:
    world.platforms["mastodon"].script.append("refused")
    three(world, ours)
    world.clock.move(10)
    assert speak(world, ours) == [VariantState.FAILED, PUBLISHED, PUBLISHED]


ACTS = st.lists(st.sampled_from(["well", "busy", "answer lost", "lands, answer lost", "refused"]), max_size=8)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["x", "mastodon", "bluesky"]),
    ACTS,
    st.permutations(range(5)),
    st.lists(st.tuples(st.sets(st.integers(0, 4)), st.integers(0, 60)), min_size=1, max_size=8),
)
def test_whatever_happens_what_is_said_is_said_once_and_in_order(
    platform: str, script: list[str], made_in: list[int], hints: list[tuple[set[int], int]]
) -> None:
    world = brief_world()
    account = world.accounts[platform]
    world.platforms[platform].script.extend(script)
    made = {place: due(world, account, f"number {place}", seconds=10 + 7 * place) for place in made_in}
    for named, passes in hints:
        speak(world, account, *(made[place] for place in sorted(named, reverse=True)))
        world.clock.move(passes)
    for _ in range(30):
        speak(world, account)
        world.clock.move(60)
    said = texts(world.platforms[platform])
    assert said == sorted(set(said))
    states = {place: world.variant(one.id).state for place, one in made.items()}
    assert {f"number {place}" for place, state in states.items() if state is PUBLISHED} <= set(said)
    assert set(states.values()) <= {PUBLISHED, VariantState.FAILED, VariantState.NEEDS_REVIEW}


# --- a crowded shard -------------------------------------------------------------------------------------------------


def crowded(world: World, ours: Account, entries: int) -> None:
    """So many older entries of another account on the same shard, which waits for its budget, say."""
    shard = keys.due_shard(world.workspace.id, ours.id)
    others = (connect(world, ours.platform, f"other {number}") for number in range(99))
    neighbour = next(one for one in others if keys.due_shard(world.workspace.id, one.id) == shard)
    for _ in range(entries):
        due(world, neighbour, "of another", seconds=-30)


@pytest.fixture
def behind_a_deferred_one(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Variant, Variant]:
    """The first was put off by its platform, for 20 s; the second is due 10 s after it. Five entries are one page."""
    monkeypatch.setattr(lines, "MOST_AT_ONCE", 5)
    on_terms(world, {})
    ours = world.accounts["x"]
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=10)
    world.platforms["x"].script.append("busy")
    assert speak(world, ours, first) == [SCHEDULED]
    return first, second


@pytest.mark.parametrize("entries", [5, 44])
def test_a_hint_that_names_the_second_alone_finds_the_first_behind_others_entries(
    world: World, behind_a_deferred_one: tuple[Variant, Variant], entries: int
) -> None:
    _, second = behind_a_deferred_one
    crowded(world, world.accounts["x"], entries)
    world.clock.move(10)
    assert speak(world, world.accounts["x"], second) == [SCHEDULED]
    assert texts(world.platforms["x"]) == []
    world.clock.move(10)
    assert speak(world, world.accounts["x"], second) == [PUBLISHED, PUBLISHED]
    assert texts(world.platforms["x"]) == ["first", "second"]


def test_where_a_search_ends_before_the_line_does_what_was_named_is_left_to_the_tick(
    world: World, behind_a_deferred_one: tuple[Variant, Variant]
) -> None:
    first, second = behind_a_deferred_one
    ours = world.accounts["x"]
    crowded(world, ours, 50)
    world.clock.move(20)
    assert speak(world, ours, second) == []
    assert speak(world, ours, first, second, front=True) == [PUBLISHED, PUBLISHED]
    assert texts(world.platforms["x"]) == ["first", "second"]


def test_the_first_of_a_line_are_said_without_a_search(world: World, queue: ListedQueue) -> None:
    on_terms(world, {})
    ours = world.accounts["x"]
    crowded(world, ours, 3 * lines.MOST_AT_ONCE)
    made = three(world, ours, 0, 0.1, 0.2)
    world.clock.move(1)
    queue.waiting.clear()
    table = watched(world)
    assert speak(world, ours, *made, front=True) == [PUBLISHED] * 3
    assert table.index_rows == lines.MOST_AT_ONCE
    assert not queue.waiting, "they are all that the tick saw of the line"


@pytest.mark.parametrize("waits", [1, 30])
def test_the_ticks_hint_for_a_later_moment_passes_nothing_that_was_put_off(
    world: World, queue: ListedQueue, waits: float
) -> None:
    """Each moment has a hint of its own, which names only what is due then."""
    on_terms(world, {})
    ours = world.accounts["x"]
    crowded(world, ours, 2 * lines.MOST_AT_ONCE)
    due(world, ours, "first", seconds=waits)
    due(world, ours, "second", seconds=waits + 10)
    queue.waiting.clear()
    tick(world.desk, world.clock.now())
    queue.waiting = [one for one in queue.waiting if ours.id in one[2]]
    world.platforms["x"].script.append("busy")
    for _ in range(60):
        deliver(world, queue)
        world.clock.move(1)
    tick(world.desk, world.clock.now())
    deliver(world, queue)
    assert [text for text in texts(world.platforms["x"]) if text != "of another"] == ["first", "second"]


# --- one in flight ---------------------------------------------------------------------------------------------------


def test_while_one_is_being_sent_nobody_else_of_the_account_is_claimed_and_another_account_is(world: World) -> None:
    on_terms(world, {})
    ours, theirs = world.accounts["x"], connect(world, "x", "others")
    first, second = due(world, ours, "first"), due(world, ours, "second", seconds=1)
    elsewhere = due(world, theirs, "elsewhere")
    world.clock.move(1)
    seen: list[VariantState | None] = []

    def meanwhile() -> None:
        if not seen:
            seen.append(world.variant(first.id).state)
            seen.append(publishing.publish(world.desk, world.workspace.id, second.id))
            seen.extend(speak(world, ours, second))
            seen.extend(speak(world, theirs))

    world.platforms["x"].before_landing = meanwhile
    speak(world, ours)
    assert seen == [SENDING, SCHEDULED, SENDING, PUBLISHED]
    assert world.variant(second.id).attempts == 1
    assert texts(world.platforms["x"]) == ["elsewhere", "first", "second"]
    assert world.variant(elsewhere.id).state is PUBLISHED


# --- hints -----------------------------------------------------------------------------------------------------------

ONE_AT_ONCE = Allowance(4, timedelta(minutes=1))
"""One at once, then one each 20 seconds."""


@pytest.mark.parametrize(
    ("allowance", "made", "said", "delay"),
    [
        (ONE_AT_ONCE, 3, 1, 20),  # no more than one can gather
        (Allowance(8, timedelta(minutes=1)), 5, 2, 2 * 10),
        (Allowance(8, timedelta(minutes=1)), 3, 2, 10),  # no more than one is left to say
        (Allowance(80, timedelta(minutes=1)), 40, 20, lines.GATHER * 1),
    ],
)
def test_who_has_said_something_hands_the_rest_on_for_when_several_can_be_said(
    world: World, queue: ListedQueue, allowance: Allowance, made: int, said: int, delay: float
) -> None:
    on_terms(world, {"mastodon": Terms(allowance)})
    ours = world.accounts["mastodon"]
    wanted = []
    for number in range(made):
        wanted.append(due(world, ours, f"number {number}").id)
        world.clock.move(0.001)
    queue.waiting.clear()
    assert speak(world, ours) == [*[PUBLISHED] * said, SCHEDULED]
    (rest,) = queue.bodies()
    assert (rest["variants"], "front" in rest) == (wanted[said:], True)
    assert queue.delays() == [pytest.approx(delay, abs=0.001)]


def test_who_has_said_nothing_hands_nothing_on(world: World, queue: ListedQueue) -> None:
    on_terms(world, {"mastodon": Terms(ONE_AT_ONCE)})
    ours = world.accounts["mastodon"]
    three(world, ours)
    world.clock.move(10)
    speak(world, ours)
    queue.waiting.clear()
    assert [speak(world, ours) for _ in range(3)] == [[SCHEDULED]] * 3
    assert not queue.waiting


def test_a_line_that_waits_a_day_for_its_budget_gathers_no_hints(world: World, queue: ListedQueue) -> None:
    on_terms(world, {"mastodon": Terms(Allowance(1, DAY))})
    ours = world.accounts["mastodon"]
    for number in range(30):
        due(world, ours, f"number {number}", late_limit=2 * DAY)
    backlog = []
    for _ in range(60):
        tick(world.desk, world.clock.now())
        for _ in range(60):
            deliver(world, queue)
            world.clock.move(1)
        backlog.append(len(queue.bodies()))
    assert max(backlog) <= 1
    assert queue.sent[QueueName.PUBLISH] <= 30 + 2 * 60
    assert len(texts(world.platforms["mastodon"])) == 1


def test_a_line_with_a_small_budget_goes_on_at_its_pace_and_without_a_flood(world: World, queue: ListedQueue) -> None:
    on_terms(world, {"mastodon": Terms(ONE_AT_ONCE)})
    ours = world.accounts["mastodon"]
    for number in range(40):
        due(world, ours, f"number {number:02}", late_limit=DAY)
        world.clock.move(0.001)
    backlog, seconds = [], 0
    while len(texts(world.platforms["mastodon"])) < 40 and seconds < 3600:
        if seconds % 60 == 0:
            tick(world.desk, world.clock.now())
        deliver(world, queue)
        backlog.append(len(queue.bodies()))
        world.clock.move(1)
        seconds += 1
    assert texts(world.platforms["mastodon"]) == [f"number {number:02}" for number in range(40)]
    assert seconds >= 39 * 20, "never faster than the budget"
    assert max(backlog[60:]) <= lines.GATHER


@pytest.mark.parametrize(
    ("allowance", "each"),
    [(Allowance(10, timedelta(minutes=1)), 7.5), (Allowance(8, timedelta(minutes=1)), 10), (ONE_AT_ONCE, 20)],
)
def test_a_small_budget_is_used_at_its_pace_also_where_the_tick_does_not_come(
    world: World, queue: ListedQueue, allowance: Allowance, each: float
) -> None:
    """Whoever waited for more than a budget holds would leave it full, and unused."""
    on_terms(world, {"mastodon": Terms(allowance)})
    ours = world.accounts["mastodon"]
    for number in range(40):
        due(world, ours, f"number {number:02}", late_limit=DAY)
        world.clock.move(0.001)
    seconds = 0
    while len(texts(world.platforms["mastodon"])) < 40 and seconds < 3600:
        deliver(world, queue)
        world.clock.move(1)
        seconds += 1
    at_once = allowance.writes // 4
    assert (40 - at_once) * each <= seconds <= (40 - at_once) * each + 60


def test_a_hint_that_comes_a_second_too_early_is_sent_once_more(
    world: World, ours: Account, queue: ListedQueue
) -> None:
    first, second = due(world, ours, "first", seconds=61), due(world, ours, "second", seconds=61)
    queue.waiting.clear()
    world.clock.move(60)
    assert speak(world, ours, first, second) == [SCHEDULED]
    assert [one["variants"] for one in queue.bodies()] == [[first.id]]
    assert queue.delays() == [1]
    world.clock.move(1)
    deliver(world, queue)
    assert texts(world.platforms["mastodon"]) == ["first", "second"]
    assert not queue.waiting


def test_a_hint_that_comes_much_too_early_is_left_to_the_tick(world: World, ours: Account, queue: ListedQueue) -> None:
    first = due(world, ours, "first", seconds=60)
    queue.waiting.clear()
    assert speak(world, ours, first) == [SCHEDULED]
    assert not queue.waiting


def test_a_hint_of_an_older_release_finds_the_line_by_what_it_names(world: World, ours: Account) -> None:
    made = three(world, ours)
    world.clock.move(10)
    lines.speak(world.desk, world.workspace.id, None, [made[2].id])
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize("named", [[], ["nowhere.0"], ["nonsense"], ["nowhere.0", "nowhere.1"]])
@pytest.mark.parametrize("known", [True, False])
def test_names_that_do_not_exist_do_no_harm(world: World, ours: Account, named: list[str], known: bool) -> None:
    assert lines.speak(world.desk, world.workspace.id, ours.id if known else None, named) == {}
    due(world, ours, "there")
    if known:
        assert list(lines.speak(world.desk, world.workspace.id, ours.id, named).values()) == [PUBLISHED]


def test_a_hint_says_nothing_of_another_account_or_tenant(world: World) -> None:
    on_terms(world, {})
    ours, theirs = world.accounts["x"], connect(world, "x", "others")
    foreign = another_tenant(world, "x", "strangers")
    mine, of_others = due(world, ours, "mine"), due(world, theirs, "of others")
    of_strangers = due(foreign, foreign.accounts["x"], "of strangers")
    assert speak(world, ours, of_others, of_strangers, mine) == [PUBLISHED]
    assert texts(world.platforms["x"]) == ["mine"]


def test_who_has_no_time_left_stops_between_two_and_hands_the_rest_on(
    world: World, ours: Account, queue: ListedQueue
) -> None:
    made = three(world, ours)
    world.clock.move(10)
    queue.waiting.clear()
    asked = iter([False, True])
    lines.speak(world.desk, world.workspace.id, ours.id, [], lambda: next(asked))
    assert texts(world.platforms["mastodon"]) == ["number 0"]
    assert [one["variants"] for one in queue.bodies()] == [[one.id for one in made[1:]]]
    assert queue.delays() == [0]
    deliver(world, queue)
    assert texts(world.platforms["mastodon"]) == ["number 0", "number 1", "number 2"]


def test_a_line_longer_than_one_reading_is_said_to_its_end_in_order(world: World, queue: ListedQueue) -> None:
    ours = world.accounts["mastodon"]
    for number in range(lines.MOST_AT_ONCE + 20):
        due(world, ours, f"number {number:03}", late_limit=DAY)
        world.clock.move(0.001)
    queue.waiting.clear()
    speak(world, ours)
    for _ in range(5):
        deliver(world, queue)
    said = texts(world.platforms["mastodon"])
    assert said == [f"number {number:03}" for number in range(lines.MOST_AT_ONCE + 20)]


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_what_was_left_behind_is_settled_also_where_something_earlier_was_scheduled_since(
    world: World, platform: str
) -> None:
    """Each would wait for the other: the earlier one for the turn, the one that holds it for its place."""
    world.platforms[platform].script.append("lands, killed")
    first = world.schedule(platform, "First", seconds=5)
    world.clock.move(5)
    with pytest.raises(Killed):
        lines.speak(world.desk, world.workspace.id, first.account, [first.id])
    earlier = world.schedule(platform, "Earlier", seconds=-3)
    for _ in range(4):
        world.clock.move(60)
        lines.speak(world.desk, world.workspace.id, first.account, [earlier.id, first.id])
    assert {world.variant(one.id).state for one in (first, earlier)} == {PUBLISHED}
    assert [text for text, _, _ in world.platforms[platform].posted] == ["First", "Earlier"]
