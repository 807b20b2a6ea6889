"""Threads of own posts: read at growing distances, whatever hints are lost; where it is free, and never more than is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.domain.account import Account
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.listening import Listening
from chalicelib.domain.looking_back import AT_LEAST_EVERY, DISTANCES
from chalicelib.domain.polling import Reading
from chalicelib.ports import QueueName
from chalicelib.services import listening, looking_back, polling, ticking
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from connectors.contract import EarlierPost, RemoteInteraction, RemoteRef, Thread
from connectors.metrics import Measure
from tests.services.doubles import publish
from tests.world import START, World, said

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PRAISE = "Thank you, the new opening hours are great. Lovely work!"
COMPLAINT = "I waited three weeks for my refund and nobody answers, this is not acceptable."


@pytest.fixture(autouse=True)
def own_threads(world: World) -> None:
    for platform in world.platforms.values():
        platform.extra["reads_own_threads"] = True


def account(world: World, platform: str = "mastodon") -> Account:
    found = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert found is not None
    return found


def reading(world: World, platform: str = "mastodon") -> Reading:
    return world.desk.store.reading(world.workspace.id, world.accounts[platform].id)


def poll(world: World, platform: str = "mastodon") -> polling.Polled:
    return polling.poll_account(world.desk, account(world, platform), world.clock.now())


def posts(world: World, *ages: timedelta, platform: str = "mastodon") -> list[RemoteRef]:
    """Posts of ours that were made so long before now, the newest first; nobody has answered yet."""
    made = []
    for number, age in enumerate(ages):
        ref = RemoteRef(f"own-{number}-{age}")
        world.platforms[platform].earlier.append(EarlierPost(ref, "ours", world.clock.now() - age))
        world.platforms[platform].threads[ref.id] = Thread()
        made.append(ref)
    return made


def answers(
    world: World, ref: RemoteRef, text: str, number: int = 1, platform: str = "mastodon", *, at: datetime | None = None
) -> RemoteInteraction:
    """Somebody answers a post of ours, and nothing notifies of it."""
    one = replace(said(text, number), kind=InteractionKind.REPLY, parent_id=ref.id)
    one = replace(one, created_at=at or world.clock.now())
    thread = world.platforms[platform].threads[ref.id] or Thread()
    world.platforms[platform].threads[ref.id] = replace(thread, below=(*thread.below, one))
    return one


def inbox(world: World) -> list[Interaction]:
    return world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=100).items


def reads(world: World, platform: str = "mastodon") -> list[str]:
    """What was read beyond the inbox since this was asked last."""
    found = list(world.platforms[platform].looked_back)
    world.platforms[platform].looked_back.clear()
    return found


def test_an_answer_that_nothing_notified_of_is_heard_once_at_each_distance(world: World) -> None:
    poll(world)
    (ref,) = posts(world, timedelta(0))
    world.desk.store.spoke(account(world), world.clock.now())
    reads(world)
    seen = []
    for _ in range(int(4 * 24 * 60 / 5)):
        world.clock.move(300)
        poll(world)
        if ref.id in reads(world):
            seen.append(world.clock.now() - START)
            answers(world, ref, PRAISE, number=len(seen))
    assert seen == list(DISTANCES)
    assert len(inbox(world)) == len(DISTANCES) - 1


def test_the_same_by_both_ways_is_one_interaction(world: World) -> None:
    (ref,) = posts(world, HOUR)
    one = answers(world, ref, PRAISE)
    world.platforms["mastodon"].inbox.append(one)
    assert poll(world).new == 1
    assert len(inbox(world)) == 1


def test_where_nothing_is_due_an_empty_poll_writes_nothing_and_asks_for_no_thread(world: World) -> None:
    posts(world, 2 * HOUR)
    poll(world)
    reads(world)
    before = world.record()
    for _ in range(10):
        world.clock.move(60)
        poll(world)
    assert world.record() == before
    assert reads(world) == []


def test_without_any_hint_what_was_said_by_another_app_is_found_within_a_day(world: World) -> None:
    poll(world)
    world.clock.move(HOUR.total_seconds())
    (ref,) = posts(world, timedelta(0))
    answers(world, ref, COMPLAINT)
    world.clock.move((AT_LEAST_EVERY - HOUR).total_seconds() - 1)
    poll(world)
    assert not inbox(world)
    world.clock.move(1)
    poll(world)
    assert len(inbox(world)) == 1


def test_the_tick_that_finds_a_post_due_is_what_says_that_the_account_speaks(world: World) -> None:
    poll(world)
    variant = world.schedule("mastodon", "Hello", seconds=60)
    world.clock.move(90)
    ticking.tick(world.desk, world.clock.now())
    publish(world, variant)
    while messages := world.desk.queue.receive(QueueName.LISTEN, 10):
        for message in messages:
            polling.answer(world.desk, __import__("json").loads(message.body))
            world.desk.queue.delete(QueueName.LISTEN, message.receipt)
    assert account(world).spoke_at == world.clock.now()
    assert account(world, "x").spoke_at is None


def test_only_so_many_threads_in_one_reading_and_the_rest_in_the_next(world: World) -> None:
    poll(world)
    refs = posts(world, *[20 * MINUTE] * 0)
    refs = posts(world, *(timedelta(minutes=16 + number) for number in range(5)))
    world.desk.store.spoke(account(world), world.clock.now() - 16 * MINUTE)
    world.clock.move(1)
    for number, ref in enumerate(refs):
        answers(world, ref, COMPLAINT, number=number)
    reads(world)
    # The first look was a moment ago, and these are older: it is as if another app had said them meanwhile.
    looked = reading(world)
    backdated = replace(looked.looked, at=world.clock.now() - HOUR, next_at=world.clock.now())
    world.desk.store.save_reading(world.workspace.id, account(world).id, replace(looked, looked=backdated))
    poll(world)
    assert len(reads(world)) == 1 + looking_back.MOST_THREADS
    world.clock.move(60)
    poll(world)
    assert len(inbox(world)) == 5
    reads(world)
    world.clock.move(60)
    poll(world)
    assert reads(world) == []


def test_of_a_post_that_nobody_answered_no_thread_is_read(world: World) -> None:
    (ref,) = posts(world, HOUR)
    quiet = replace(world.platforms["mastodon"].earlier[0], counts={Measure.REPLIES: 0, Measure.LIKES: 9})
    world.platforms["mastodon"].earlier[0] = quiet
    poll(world)
    assert ref.id not in reads(world)


def test_a_thread_that_does_not_answer_leaves_the_inbox_read_and_is_asked_again(world: World) -> None:
    (ref,) = posts(world, HOUR)
    world.platforms["mastodon"].threads[ref.id] = None
    world.hears("mastodon", COMPLAINT, number=9)
    assert poll(world).failure is None
    assert len(inbox(world)) == 1
    world.platforms["mastodon"].threads[ref.id] = Thread()
    answers(world, ref, PRAISE)
    world.clock.move(15 * 60)
    poll(world)
    assert len(inbox(world)) == 2


def test_a_post_that_is_gone_keeps_no_other_unread(world: World) -> None:
    gone, there = posts(world, HOUR, 2 * HOUR)
    del world.platforms["mastodon"].threads[gone.id]
    answers(world, there, PRAISE)
    poll(world)
    assert len(inbox(world)) == 1


def test_what_members_say_to_one_another_is_never_answered_by_itself(world: World) -> None:
    (ref,) = posts(world, HOUR)
    world.clock.move(HOUR.total_seconds())
    first = answers(world, ref, COMPLAINT)
    second = replace(answers(world, ref, PRAISE, number=2), parent_id=first.native_id)
    world.platforms["mastodon"].threads[ref.id] = Thread(below=(second,))
    poll(world)
    (one,) = inbox(world)
    assert one.kind == "community"
    assert one.answer is None


# --- what costs money ------------------------------------------------------------------------------------------------


def test_where_reading_costs_money_nothing_of_it_is_read_unless_it_is_switched_on(world: World) -> None:
    world.platforms["x"].micro_usd_per_read = 5000
    (ref,) = posts(world, HOUR, platform="x")
    answers(world, ref, COMPLAINT, platform="x")
    poll(world, "x")
    assert reads(world, "x") == []
    listening.listen_for(world.desk, world.caller, account(world, "x").id, Listening(threads=True), world.clock.now())
    poll(world, "x")
    assert len(inbox(world)) == 1
    assert reading(world, "x").owed == 2 * 5000, "one post of ours, and one answer"


# --- what was there before -------------------------------------------------------------------------------------------


def test_what_was_there_before_comes_as_history_and_is_answered_by_nobody_but_a_person(world: World) -> None:
    most = looking_back.MOST_BEFORE
    refs = posts(world, *(timedelta(days=2, hours=number) for number in range(most + 3)))
    for number, ref in enumerate(refs):
        answers(world, ref, PRAISE, number=number, at=START - 2 * HOUR)
    polled, shown = [], []
    for _ in range(most // looking_back.MOST_THREADS):
        polled.append(poll(world))
        backfill = reading(world).backfill
        shown.append((backfill.threads, backfill.in_all, backfill.done_at))
        world.clock.move(60)
    found = inbox(world)
    assert len(found) == most
    assert {one.state for one in found} <= {InteractionState.IN_REVIEW, InteractionState.IGNORED}
    assert all(one.new <= looking_back.MOST_THREADS for one in polled), "in bounded steps"
    assert [one[0] for one in shown] == list(range(3, most + 1, 3)), "each step is seen"
    assert {one[1] for one in shown} == {most}
    assert [one[2] is None for one in shown] == [True] * (len(shown) - 1) + [False]
    assert (backfill.posts, backfill.heard) == (len(refs), most)
    assert reading(world).heard.at is None, "history tells nothing about the pace"


@pytest.mark.parametrize(("platform", "paid", "read"), [("mastodon", 0, 9), ("x", 5000, 6)])
def test_what_is_older_than_a_month_or_costs_money_is_read_of_the_newest_six_only(
    world: World, platform: str, paid: int, read: int
) -> None:
    world.platforms[platform].micro_usd_per_read = paid
    if paid:
        wanted = Listening(threads=True)
        listening.listen_for(world.desk, world.caller, account(world, platform).id, wanted, world.clock.now())
    ages = [*(timedelta(days=number + 1) for number in range(9)), *(timedelta(days=31 + one) for one in range(9))]
    refs = posts(world, *ages, platform=platform)
    for _ in range(8):
        poll(world, platform)
        world.clock.move(60)
    assert [one for one in reads(world, platform) if one != "own posts"] == [ref.id for ref in refs[:read]]


def test_a_backfill_that_was_interrupted_goes_on_where_it_was(world: World) -> None:
    refs = posts(world, *(timedelta(days=number + 2) for number in range(6)))
    poll(world)
    first = [one for one in reads(world) if one != "own posts"]
    poll(world)
    then = [one for one in reads(world) if one != "own posts"]
    assert sorted((*first, *then)) == sorted(ref.id for ref in refs)


def test_what_a_watched_word_found_under_a_post_of_ours_was_said_to_us(world: World) -> None:
    (ref,) = posts(world, timedelta(days=30))
    poll(world)
    found = replace(said(COMPLAINT, 1), kind=InteractionKind.KEYWORD, parent_id=ref.id)
    stranger = replace(said(COMPLAINT, 2), kind=InteractionKind.KEYWORD, parent_id="somebody-elses")
    world.platforms["mastodon"].inbox += [found, stranger]
    poll(world)
    assert sorted(one.kind for one in inbox(world)) == ["keyword", "reply"]
