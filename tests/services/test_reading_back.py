"""What was said before an account was connected: read back in small steps, within bounds, once, and answered by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.account import Account
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.listening import Listening
from chalicelib.domain.looking_back import AGAIN_AFTER, TRIED_FOR, Bounds, History, InboxPast
from chalicelib.domain.polling import Reading
from chalicelib.services import hearing, listening, polling, reading_back, triaging
from chalicelib.services.digest_facts import gather
from chalicelib.store import keys
from connectors.contract import RemoteInteraction
from tests.services.money import capped
from tests.world import START, Killed, World, said

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
COMPLAINT = "I waited three weeks for my refund and nobody answers, this is not acceptable."
DESPAIR = "I want to kill myself, I cannot go on any more."
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def bounds(world: World) -> None:
    world.desk = replace(world.desk, policy=replace(world.desk.policy, read_back=Bounds(30 * DAY, 500)))


def account(world: World, platform: str = "mastodon") -> Account:
    found = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert found is not None
    return found


def reading(world: World, platform: str = "mastodon") -> Reading:
    return world.desk.store.reading(world.workspace.id, world.accounts[platform].id)


def past(world: World, platform: str = "mastodon") -> InboxPast:
    return reading(world, platform).past


def shown(world: World, platform: str = "mastodon") -> History | None:
    one = account(world, platform)
    return reading_back.history(world.desk, one, reading(world, platform), world.clock.now())


def poll(world: World, platform: str = "mastodon", times: int = 1) -> list[polling.Polled]:
    done = []
    for _ in range(times):
        done.append(polling.poll_account(world.desk, account(world, platform), world.clock.now()))
        world.clock.move(60)
    return done


def remember(
    world: World, count: int, text: str = PRAISE, *, every: timedelta = timedelta(hours=12), platform: str = "mastodon"
) -> list[RemoteInteraction]:
    """So many messages of before the account was connected, the newest of an hour before."""
    made = [
        replace(
            said(text, 1000 + n, author=f"m{n}", thread=f"old-{n}"), created_at=START - timedelta(hours=1) - n * every
        )
        for n in range(count)
    ]
    world.platforms[platform].past += made
    # Its newest page is what the inbox itself shows first.
    world.platforms[platform].inbox += made[: world.platforms[platform].past_page][::-1]
    return made


def inbox(world: World) -> list[Interaction]:
    return world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=1000).items


def test_older_pages_come_one_with_each_reading_once_and_as_history(world: World) -> None:
    remember(world, 12)
    steps = []
    for _ in range(4):
        poll(world)
        now = past(world)
        steps.append((now.steps, now.told, now.heard, now.done_at is not None))
    assert steps == [(1, 3, 0, False), (2, 6, 3, False), (3, 9, 6, False), (4, 12, 9, True)]
    assert past(world).back_to == START - timedelta(hours=1) - 11 * timedelta(hours=12)
    found = inbox(world)
    assert len(found) == 12
    assert [one.history for one in sorted(found, key=lambda one: one.created_at)] == [True] * 9 + [False] * 3
    asked = len(world.platforms["mastodon"].went_back)
    poll(world, times=5)
    assert len(world.platforms["mastodon"].went_back) == asked, "once it is done nothing is asked"


def test_history_is_answered_and_asked_about_by_nobody_but_what_may_be_urgent(world: World) -> None:
    remember(world, 3)
    world.platforms["mastodon"].past += [
        replace(said(text, 2000 + n, author=f"o{n}", thread=f"older-{n}"), created_at=START - (5 + n) * DAY)
        for n, text in enumerate((PRAISE, COMPLAINT, DESPAIR))
    ]
    poll(world, times=3)
    old = {one.created_at: one for one in inbox(world) if one.history}
    praise, complaint, despair = (old[START - (5 + n) * DAY] for n in range(3))
    assert [one.state for one in (praise, complaint)] == [InteractionState.IGNORED] * 2
    assert despair.state is InteractionState.IN_REVIEW, "a person sees it, and nobody is called out of bed"
    assert complaint.decision is not None
    assert "before the account was connected" in complaint.decision.rationale.why
    assert all(one.answer is None and one.escalation is None for one in old.values())
    assert not world.desk.store.escalations.listed(keys.shelf(world.workspace.id, "ESCALATIONS"), limit=10).items
    # The same message today is another matter.
    world.hears("mastodon", DESPAIR, number=7)
    poll(world)
    assert InteractionState.ESCALATED in {one.state for one in inbox(world)}


def test_it_tells_nothing_of_the_pace_and_makes_no_surge_and_no_digest(world: World) -> None:
    remember(world, 60, COMPLAINT, every=timedelta(minutes=1))
    world.platforms["mastodon"].past_page = 30
    world.platforms["mastodon"].inbox.clear()
    poll(world, times=3)
    assert past(world).heard == 30
    assert reading(world).heard.at is None
    assert reading(world).watch.surging_since is None
    facts = gather(world.desk, world.workspace, START - DAY, START + DAY, world.clock.now())
    assert facts.actions == {}


def test_the_live_cursor_is_never_moved_by_it_and_what_is_said_meanwhile_is_news(world: World) -> None:
    remember(world, 12)
    poll(world)
    before = reading(world).cursor
    poll(world)
    assert reading(world).cursor == before
    fresh = replace(said(PRAISE, 5000), created_at=world.clock.now())
    world.platforms["mastodon"].inbox.append(fresh)
    world.platforms["mastodon"].past.insert(0, fresh)  # it pushes all others one place down
    poll(world, times=4)
    news = [one for one in inbox(world) if not one.history and one.created_at == fresh.created_at]
    assert len(news) == 1
    assert len(inbox(world)) == 13


def test_what_is_said_since_it_was_connected_is_left_to_the_inbox(world: World) -> None:
    """Even where a page that is read back shows it first."""
    remember(world, 6)
    poll(world)
    world.platforms["mastodon"].past[4] = replace(world.platforms["mastodon"].past[4], created_at=START + DAY)
    poll(world, times=2)
    assert len(inbox(world)) == 5


def test_it_ends_where_its_days_or_its_messages_do(world: World) -> None:
    remember(world, 100, every=DAY)
    world.platforms["mastodon"].past_page = 10
    poll(world, times=8)
    assert min(one.created_at for one in inbox(world)) >= START - 30 * DAY
    assert past(world).done_at is not None
    world.platforms["bluesky"].past_page = 10
    remember(world, 100, every=timedelta(minutes=1), platform="bluesky")
    world.desk = replace(world.desk, policy=replace(world.desk.policy, read_back=Bounds(30 * DAY, 25)))
    poll(world, "bluesky", times=8)
    assert (past(world, "bluesky").told, past(world, "bluesky").steps) == (30, 3)
    assert past(world, "bluesky").done_at is not None


def test_with_no_days_nothing_is_read_back(world: World) -> None:
    world.desk = replace(world.desk, policy=replace(world.desk.policy, read_back=Bounds(timedelta(), 500)))
    remember(world, 6)
    poll(world, times=3)
    assert world.platforms["mastodon"].went_back == []
    told = shown(world)
    assert told is not None
    assert told.inbox is None


# --- when it is disturbed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_worker_that_is_killed_at_a_page_leaves_it_to_be_read_again(
    world: World, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(world, 12)
    poll(world, times=2)
    before = past(world)
    with monkeypatch.context() as patch:
        if lost == "before":
            world.platforms["mastodon"].answers_back.append("killed")
        else:
            patch.setattr(world.desk.store, "save_reading", _killed)
        with pytest.raises(Killed):
            poll(world)
    assert past(world) == before
    poll(world, times=3)
    assert past(world).done_at is not None
    assert len(inbox(world)) == 12


def _killed(*_: object) -> None:
    raise Killed


def test_a_platform_that_does_not_answer_is_asked_again_later_and_the_inbox_is_read_all_the_same(world: World) -> None:
    remember(world, 6)
    poll(world)
    world.platforms["mastodon"].answers_back.append("busy")
    world.hears("mastodon", COMPLAINT, number=9)
    assert poll(world)[0].failure is None
    asked = len(world.platforms["mastodon"].went_back)
    poll(world, times=int(AGAIN_AFTER / timedelta(minutes=1)) - 1)
    assert len(world.platforms["mastodon"].went_back) == asked
    poll(world, times=2)
    assert past(world).done_at is not None
    assert len(inbox(world)) == 7


def test_a_platform_that_limits_parks_the_account_and_that_refuses_ends_it(world: World) -> None:
    remember(world, 9)
    poll(world)
    world.platforms["mastodon"].answers_back.append("limited")
    assert poll(world)[0].failure is not None
    assert poll(world)[0].failure is None, "it waits"
    assert past(world).steps == 1
    world.clock.move(300)
    world.platforms["mastodon"].answers_back.append("refused")
    poll(world)
    assert past(world).done_at is not None


def test_after_a_week_the_rest_is_given_up(world: World) -> None:
    remember(world, 12)
    poll(world)
    world.clock.move(TRIED_FOR.total_seconds())
    poll(world, times=3)
    assert past(world).steps == 1
    told = shown(world)
    assert told is not None
    assert told.inbox is not None
    assert told.inbox.done_at == START + TRIED_FOR
    assert told.done_at is not None


def test_an_account_that_was_connected_long_ago_is_not_read_back(world: World) -> None:
    """As after an upgrade: all of it was heard."""
    world.clock.move(TRIED_FOR.total_seconds())
    remember(world, 6)
    poll(world, times=3)
    assert world.platforms["mastodon"].went_back == []
    told = shown(world)
    assert told is not None
    assert told.inbox is None
    assert told.done_at is not None


# --- what costs money, and what was not switched on ------------------------------------------------------------------


def pays_for_threads(world: World) -> None:
    """X's threads are switched on, and with them its history."""
    world.platforms["x"].extra["reads_own_threads"] = True
    listening.listen_for(world.desk, world.caller, account(world, "x").id, Listening(threads=True), world.clock.now())


def test_where_reading_costs_it_is_read_only_if_that_is_switched_on_and_every_message_is_owed(world: World) -> None:
    world.platforms["x"].micro_usd_per_read = 5000
    remember(world, 6, platform="x")
    poll(world, "x", times=2)
    assert world.platforms["x"].went_back == []
    assert shown(world, "x") is None
    before = reading(world, "x").owed
    pays_for_threads(world)
    poll(world, "x", times=2)
    assert past(world, "x").done_at is not None
    assert reading(world, "x").owed - before == 3 * 5000, "the newest page is paid for already"


def test_once_the_cap_is_reached_no_page_is_read(world: World) -> None:
    world.platforms["x"].micro_usd_per_read = 30_000
    capped(world, 100_000)
    pays_for_threads(world)
    remember(world, 30, platform="x")
    poll(world, "x", times=6)
    assert len(world.platforms["x"].went_back) <= 3


def test_messages_are_read_back_only_where_they_are_listened_to(world: World) -> None:
    remember(world, 3)
    poll(world)
    assert [one.messages for one in world.platforms["mastodon"].listened] == [False, False]


# --- an edit is news -------------------------------------------------------------------------------------------------


def test_history_that_is_changed_is_news_again(world: World) -> None:
    (one,) = remember(world, 4)[3:]
    poll(world, times=2)
    known = next(it for it in inbox(world) if it.history)
    hearing.hear(world.desk, account(world), [replace(one, text=COMPLAINT)], world.clock.now())
    triaging.triage(world.desk, world.workspace.id, known.id, world.clock.now())
    again = world.desk.store.interactions.get(world.workspace.id, known.id)
    assert again is not None
    assert (again.history, again.state) == (False, InteractionState.IN_REVIEW)
