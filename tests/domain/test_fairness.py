"""Each tenant in its turn: a flood of one delays nobody else by more than a round, and nothing loses its order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.fairness import CREDIT, Piece, share

untimed = settings(deadline=None)
"""How long a step takes here depends on who else works on the machine."""

Work = tuple[str, int, int]
"""Whose it is, the how manieth of theirs, and how many pieces of work it counts for."""

COSTS = st.lists(st.integers(1, 3 * CREDIT), max_size=40)
WAITING = st.dictionaries(st.sampled_from("abcdefgh"), COSTS)
BOUND = st.integers(0, 400)
NO_BOUND = 10**9


def waiting(costs: dict[str, list[int]]) -> dict[str, list[Piece[Work]]]:
    return {
        tenant: [Piece((tenant, place, cost), cost) for place, cost in enumerate(theirs)]
        for tenant, theirs in costs.items()
    }


def work(chosen: list[Work]) -> Counter[str]:
    """The pieces of work of each tenant."""
    total: Counter[str] = Counter()
    for tenant, _, cost in chosen:
        total[tenant] += cost
    return total


@untimed
@given(WAITING, BOUND, BOUND)
def test_never_more_than_asked_in_all_and_of_one_tenant(costs: dict[str, list[int]], most: int, of_one: int) -> None:
    done = work(share(waiting(costs), most, of_one))
    assert done.total() <= most
    assert max(done.values(), default=0) <= of_one


@untimed
@given(WAITING, BOUND, BOUND)
def test_each_tenants_pieces_stay_in_their_order_and_none_is_passed_over(
    costs: dict[str, list[int]], most: int, of_one: int
) -> None:
    chosen = share(waiting(costs), most, of_one)
    for tenant in costs:
        places = [place for whose, place, _ in chosen if whose == tenant]
        assert places == list(range(len(places)))


@untimed
@given(WAITING)
def test_where_there_is_room_for_all_nothing_is_left_out(costs: dict[str, list[int]]) -> None:
    assert Counter(share(waiting(costs), NO_BOUND, NO_BOUND)) == Counter(
        piece.what for pieces in waiting(costs).values() for piece in pieces
    )


@untimed
@given(WAITING, BOUND, BOUND)
def test_whoever_is_stopped_by_the_bound_would_have_gone_past_it(
    costs: dict[str, list[int]], most: int, of_one: int
) -> None:
    """Nothing is kept back for no reason: the run is full for the next piece, or its tenant's share is."""
    chosen = share(waiting(costs), most, of_one)
    done, handed_on = work(chosen), Counter(tenant for tenant, _, _ in chosen)
    next_ones = {
        tenant: theirs[handed_on[tenant]] for tenant, theirs in costs.items() if handed_on[tenant] < len(theirs)
    }
    own_share = {tenant for tenant, cost in next_ones.items() if done[tenant] + cost > of_one}
    if set(next_ones) - own_share:
        assert any(done.total() + cost > most for cost in next_ones.values())


@untimed
@given(WAITING, BOUND)
def test_every_tenant_gets_its_first_piece_before_any_is_a_round_ahead(costs: dict[str, list[int]], most: int) -> None:
    chosen = share(waiting(costs), most, NO_BOUND)
    for tenant, theirs in costs.items():
        if not theirs:
            continue
        rounds = -(-theirs[0] // CREDIT)
        first = next((place for place, (whose, _, _) in enumerate(chosen) if whose == tenant), len(chosen))
        before = work(chosen[:first])
        assert all(done <= rounds * CREDIT for done in before.values())


@untimed
@given(WAITING, BOUND)
def test_nobody_who_still_waits_is_behind_another_by_more_than_a_round_and_a_piece(
    costs: dict[str, list[int]], most: int
) -> None:
    """Shreedhar and Varghese's bound: what is saved up from earlier rounds is less than one piece."""
    chosen = share(waiting(costs), most, NO_BOUND)
    largest = max((cost for theirs in costs.values() for cost in theirs), default=0)
    for end in range(len(chosen) + 1):
        done = work(chosen[:end])
        handed_on = Counter(tenant for tenant, _, _ in chosen[:end])
        behind = [done[tenant] for tenant, theirs in costs.items() if handed_on[tenant] < len(theirs)]
        if behind:
            assert max(done.values(), default=0) - min(behind) < CREDIT + largest


def jain(shares: list[int]) -> float:
    """R. Jain's index of fairness: 1 where all have the same, 1/n where one has all."""
    return sum(shares) ** 2 / (len(shares) * sum(one * one for one in shares))


@untimed
@given(st.integers(2, 20), st.integers(1, 8), st.data())
def test_equal_backlogs_get_equal_shares(tenants: int, cost: int, data: st.DataObject) -> None:
    most = data.draw(st.integers(20 * CREDIT * tenants, 40 * CREDIT * tenants))
    costs = {f"t{number}": [cost] * (most // cost + 1) for number in range(tenants)}
    done = work(share(waiting(costs), most, NO_BOUND))
    assert jain([done[tenant] for tenant in costs]) >= 0.95


@untimed
@given(st.integers(1, 30), st.integers(1, CREDIT))
def test_a_light_tenant_is_through_in_the_first_round_however_much_others_have(heavy: int, few: int) -> None:
    costs = {f"heavy{number}": [1] * 500 for number in range(heavy)} | {"light": [1] * few}
    chosen = share(waiting(costs), 10_000, NO_BOUND)
    places = [place for place, (whose, _, _) in enumerate(chosen) if whose == "light"]
    assert places[-1] < heavy * CREDIT + few
    assert all(later - earlier == 1 for earlier, later in pairwise(places))


def test_those_named_first_begin_each_round() -> None:
    chosen = share(waiting({"a": [CREDIT] * 2, "b": [CREDIT] * 2}), NO_BOUND, NO_BOUND)
    assert [tenant for tenant, _, _ in chosen] == ["a", "b", "a", "b"]


def test_where_nothing_waits_nothing_is_handed_on() -> None:
    assert share({}, 10, 10) == share({"a": []}, 10, 10) == []
