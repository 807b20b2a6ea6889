"""Feeds followed: each entry a draft once, with credit, at most hourly, and nothing that goes out by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.domain.errors import Conflict, InvalidField, RemoteUnavailable
from chalicelib.domain.feed import Feed, FeedReading, FeedState
from chalicelib.domain.post import VariantState
from chalicelib.ports import UNKNOWN, Fetched, FetchFailed, FetchRefused, QueueName, Validators
from chalicelib.services import bodies, curating, ticking
from chalicelib.store import keys
from tests.formats.test_feed import item, rss
from tests.world import World, make_world

WORDS = "{title} (from {source}): {link}"
ADDRESS = "https://town.example/feed"
HOUR = 3600


class Site:
    """A fetcher that gives what stands at the only address there is."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.fault: Exception | None = None
        self.asked: list[Validators] = []

    def get(self, url: str, *, most: int, types: frozenset[str], known: Validators = UNKNOWN) -> Fetched:
        assert url == ADDRESS
        self.asked.append(known)
        if self.fault is not None:
            raise self.fault
        etag = Validators(f'"{self.numbers}"')
        if known == etag:
            return Fetched(url, "", b"", known, changed=False)
        newest_first = [item(number, title=f"News {number}") for number in reversed(self.numbers)]
        return Fetched(url, "application/rss+xml", rss(*newest_first), etag)


@pytest.fixture
def site() -> Site:
    return Site(1, 2, 3)


@pytest.fixture
def world(tmp_path: Path, site: Site) -> World:
    made = make_world(tmp_path)
    made.desk = replace(made.desk, fetcher=site)
    return made


def follow(world: World, **changes: object) -> Feed:
    accounts = (world.accounts["mastodon"].id, world.accounts["bluesky"].id)
    wanted = replace(curating.Wanted("Town", ADDRESS, accounts, WORDS), **changes)
    return curating.follow(world.desk, world.caller, wanted, world.clock.now())


def look(world: World, feed: Feed) -> str:
    return curating.look(world.desk, feed.workspace, feed.id, world.clock.now())


def reading(world: World, feed: Feed) -> FeedReading:
    return curating.get(world.desk, feed.workspace, feed.id)[1]


def drafts(world: World) -> list[str]:
    """What the drafts of the workspace's posts say, the oldest first; each of them for both accounts."""
    said = []
    for post in world.desk.store.posts.listed(keys.shelf(world.workspace.id, "POSTS"), limit=100).items:
        variants = [world.variant(one) for one in post.variants]
        assert {one.state for one in variants} == {VariantState.DRAFT}
        (text,) = {bodies.body_of(world.desk, one).text for one in variants}
        said.append(text)
    return sorted(said)


def test_what_stands_there_already_is_passed_over_but_for_as_many_as_were_asked_for(world: World, site: Site) -> None:
    feed = follow(world)
    assert drafts(world) == []
    world.clock.move(HOUR)
    site.numbers.append(4)
    assert look(world, feed) == "1 new"
    assert drafts(world) == ["News 4 (from The Town): https://town.example/4"]
    follow(world, backlog=2)  # another feed, whatever its address
    assert [one[:6] for one in drafts(world)] == ["News 3", "News 4", "News 4"]


def test_an_entry_is_drafted_once_whatever_comes_back_or_is_forgotten(world: World, site: Site) -> None:
    feed = follow(world, backlog=3)
    assert len(drafts(world)) == 3
    for numbers in ([], [1, 2, 3], [3, 2, 1]):
        site.numbers[:] = numbers
        world.clock.move(HOUR)
        assert look(world, feed) == "0 new"
    kept = reading(world, feed)
    world.desk.store.feed_readings.save(feed, kept, replace(kept, seen=(), etag=None))
    world.clock.move(HOUR)
    look(world, feed)
    assert len(drafts(world)) == 3


def test_a_feed_is_read_at_most_once_an_hour_however_often_that_is_asked_for(world: World, site: Site) -> None:
    feed = follow(world)
    assert look(world, feed) == "not due"
    world.clock.move(HOUR)
    assert look(world, feed) == "0 new"
    assert look(world, feed) == "not due"
    assert len(site.asked) == 2
    assert site.asked[1] == Validators('"[1, 2, 3]"')


def test_the_tick_hints_at_a_feed_that_is_due_and_at_no_other(world: World) -> None:
    def hinted() -> int:
        ticking.tick(world.desk, world.clock.now())
        messages = [one for one in world.desk.queue.receive(QueueName.TRIAGE) if "feed" in one.body]
        for one in messages:
            world.desk.queue.delete(QueueName.TRIAGE, one.receipt)
        return len(messages)

    feed = follow(world)
    assert hinted() == 0
    world.clock.move(HOUR)
    assert hinted() == 1
    look(world, feed)
    assert hinted() == 0


def test_many_new_entries_come_over_several_readings_and_none_is_lost(world: World, site: Site) -> None:
    feed = follow(world)
    site.numbers += range(10, 35)
    for new in ("10 new", "10 new", "5 new", "0 new"):
        world.clock.move(HOUR)
        assert look(world, feed) == new
    assert len(drafts(world)) == 25


def test_an_address_that_does_not_answer_is_asked_less_and_less_often_and_says_why(world: World, site: Site) -> None:
    feed = follow(world)
    world.clock.move(HOUR)
    site.fault = FetchFailed("it answered 503")
    waits = []
    for _ in range(7):
        assert look(world, feed) == "failed"
        kept = reading(world, feed)
        assert kept.trouble == "it answered 503"
        waits.append(int((kept.wake_at - world.clock.now()).total_seconds()) // HOUR)
        world.clock.move(waits[-1] * HOUR)
    assert waits == [2, 4, 8, 16, 24, 24, 24]
    site.fault = None
    site.numbers.append(4)
    assert look(world, feed) == "1 new"
    assert (reading(world, feed).trouble, reading(world, feed).failures) == (None, 0)


def test_a_paused_feed_is_not_read_and_goes_on_where_it_was(world: World, site: Site) -> None:
    feed = follow(world)
    curating.pause(world.desk, world.caller, feed.id, world.clock.now())
    world.clock.move(HOUR)
    site.numbers.append(4)
    assert look(world, feed) == "paused"
    assert len(site.asked) == 1
    curating.resume(world.desk, world.caller, feed.id, world.clock.now())
    assert look(world, feed) == "1 new"
    closed = curating.close(world.desk, world.caller, feed.id, world.clock.now())
    assert closed.state is FeedState.CLOSED
    with pytest.raises(Conflict):
        curating.resume(world.desk, world.caller, feed.id, world.clock.now())
    world.clock.move(HOUR)
    assert look(world, feed) == "closed"
    assert len(drafts(world)) == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"words": "{title}: {link}"}, "/words"),
        ({"words": "{title} by {source}"}, "/words"),
        ({"words": "{title} {source} {link} {author}"}, "/words"),
        ({"words": "{source} {link} {"}, "/words"),
        ({"accounts": ("nosuchaccount",)}, "/accounts/0"),
        ({"campaign": "nosuchcampaign"}, "/campaign"),
    ],
)
def test_a_feed_that_cannot_be_followed(world: World, site: Site, changes: dict[str, object], pointer: str) -> None:
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        follow(world, **changes)
    assert refused.value.pointer == pointer
    assert (world.record(), site.asked) == (before, [])


def test_an_address_that_gives_no_feed_is_refused_before_it_is_followed(world: World, site: Site) -> None:
    before = world.record()
    site.fault = FetchRefused("the host's name stands for a number that is not public")
    with pytest.raises(InvalidField, match="not public"):
        follow(world)
    site.fault = FetchFailed("it did not answer in time")
    with pytest.raises(RemoteUnavailable):
        follow(world)
    assert world.record() == before


def test_a_reading_that_was_cut_short_is_made_up_for_without_drafting_twice(world: World, site: Site) -> None:
    feed = follow(world)
    site.numbers += [4, 5]
    world.clock.move(HOUR)
    save, calls = curating.drafting.save_draft, []

    def dies(*given: object, **more: object) -> object:
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return save(*given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curating.drafting, "save_draft", dies)
        with pytest.raises(KeyboardInterrupt):
            look(world, feed)
    assert len(drafts(world)) == 1
    world.clock.move(HOUR)
    look(world, feed)
    assert [one[:6] for one in drafts(world)] == ["News 4", "News 5"]
