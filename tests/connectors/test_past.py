"""Reading several listings back side by side: each by its own place, one's trouble costing the others nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import RemoteAuthor, RemoteInteraction, RemoteRef
from connectors.errors import AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable, Unpaid
from connectors.past import Stretch, read_back
from tests.connectors.kit import NOW

SINCE = NOW - timedelta(days=30)
Listing = Callable[[str | None], Stretch]


def said(name: str, days: int = 1) -> RemoteInteraction:
    made = NOW - timedelta(days=days)
    return RemoteInteraction(name, InteractionKind.MENTION, RemoteAuthor("7"), name, made, name, RemoteRef(name))


def listing(*pages: list[RemoteInteraction]) -> Listing:
    """A listing whose places are the numbers of its pages."""

    def read(place: str | None) -> Stretch:
        number = int(place or 0)
        return Stretch(pages[number], str(number + 1) if number + 1 < len(pages) else None)

    return read


def failing(error: ConnectorError) -> Listing:
    def read(_: str | None) -> Stretch:
        raise error

    return read


def names(items: tuple[RemoteInteraction, ...]) -> list[str]:
    return [one.native_id for one in items]


def test_each_listing_goes_on_from_its_own_place_and_what_is_over_is_asked_no_more() -> None:
    listings = {"long": listing([said("a")], [said("b", 2)], [said("c", 3)]), "short": listing([said("d", 4)])}
    first = read_back(None, SINCE, listings)
    assert (names(first.items), first.calls) == (["d", "a"], 2)
    second = read_back(first.token, SINCE, listings)
    assert (names(second.items), second.calls) == (["b"], 1)
    third = read_back(second.token, SINCE, listings)
    assert (names(third.items), third.token) == (["c"], None)


def test_a_listing_that_leads_back_to_where_it_is_ends() -> None:
    circle = {"one": lambda _: Stretch([said("a")], "same")}
    first = read_back(None, SINCE, circle)
    assert first.token is not None
    assert read_back(first.token, SINCE, circle).token is None


def test_what_came_by_two_listings_is_there_once() -> None:
    page = read_back(None, SINCE, {"one": listing([said("a")]), "two": listing([said("a"), said("b", 2)])})
    assert names(page.items) == ["b", "a"]


@pytest.mark.parametrize(
    "refused", [Rejected("x", "no"), AuthExpired("x", "no right to that", cause=Cause.SCOPE)], ids=["refused", "scope"]
)
def test_a_listing_beside_that_is_refused_is_over_and_costs_the_first_nothing(refused: ConnectorError) -> None:
    page = read_back(None, SINCE, {"one": listing([said("a")], [said("b", 2)]), "two": failing(refused)})
    assert names(page.items) == ["a"]
    assert page.token is not None
    assert "two" not in page.token


def test_a_listing_beside_that_does_not_answer_is_asked_again_and_in_the_end_it_is_told() -> None:
    listings = {"one": listing([said("a")]), "two": failing(RateLimited("x", retry_after=60))}
    page = read_back(None, SINCE, listings)
    assert names(page.items) == ["a"]
    with pytest.raises(RateLimited):
        read_back(page.token, SINCE, listings)
    listings["two"] = listing([said("b", 2)])
    assert names(read_back(page.token, SINCE, listings).items) == ["b"]


@pytest.mark.parametrize("error", [Rejected("x", "no"), Retryable("x", "later"), AuthExpired("x", "who are you")])
def test_the_first_of_them_may_not_fail(error: ConnectorError) -> None:
    with pytest.raises(type(error)):
        read_back(None, SINCE, {"one": failing(error), "two": listing([said("a")])})


@pytest.mark.parametrize("error", [Unpaid("x", "no credits"), AuthExpired("x", "who are you", cause=Cause.REVOKED)])
def test_what_shuts_the_account_out_is_told_whichever_listing_met_it(error: ConnectorError) -> None:
    with pytest.raises(type(error)):
        read_back(None, SINCE, {"one": listing([said("a")]), "two": failing(error)})


def test_a_page_with_nothing_of_a_members_leads_on() -> None:
    page = read_back(None, SINCE, {"one": lambda place: Stretch([], "next" if place is None else None, 40)})
    assert (page.items, page.skipped) == ((), 40)
    assert page.token is not None
