"""What is heard is stored and decided in one write, and no worse off than what waits for triage where that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from chalicelib.domain.account import AccountState
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.review import ReviewState
from chalicelib.ports import Item, Key, QueueName, Table, Write
from chalicelib.services import accounts, hearing, matters, polling, triaging
from chalicelib.services.ingesting import ingest
from chalicelib.store import keys
from chalicelib.store.store import Store
from tests.services.doubles import watched
from tests.world import World

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
COMPLAINT = "I waited three weeks for my refund and nobody answers, this is not acceptable."
SPAM = "Click here to claim your free gift card www.win-big.example.com"
SELF_HARM = "honestly everyone would be better off without me"


def hear(world: World, platform: str = "mastodon") -> int:
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert account is not None
    return hearing.hear(world.desk, account, world.platforms[platform].inbox, world.clock.now())


def inbox(world: World) -> list[Interaction]:
    return world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=200).items


def hinted(world: World) -> int:
    return len(world.desk.queue.receive(QueueName.TRIAGE))


@pytest.mark.parametrize("text", [PRAISE, COMPLAINT, SPAM, SELF_HARM])
def test_what_is_heard_lies_there_as_if_it_had_been_stored_first_and_decided_then(world: World, text: str) -> None:
    world.hears("mastodon", text, number=1)
    assert hear(world) == 1
    (heard,) = inbox(world)
    world.hears("x", text, number=1)
    ingest(world.desk, world.accounts["x"], world.platforms["x"].inbox, world.clock.now())
    (stored,) = [one for one in inbox(world) if one.platform == "x"]
    triaging.triage(world.desk, world.workspace.id, stored.id, world.clock.now())
    (stored,) = [one for one in inbox(world) if one.platform == "x"]
    assert heard.state is not InteractionState.NEW
    assert [(one.act, one.before, one.after) for one in heard.events] == [
        (one.act, one.before, one.after) for one in stored.events
    ]
    # A second answer to the same member within the window is a person's; the rest is as it would have been.
    assert (heard.state, heard.rev) == (stored.state, stored.rev)
    assert (heard.review is None, heard.escalation is None, heard.answer is None) == (
        stored.review is None,
        stored.escalation is None,
        stored.answer is None,
    )


def test_what_is_heard_waits_in_no_queue_and_on_no_due_index(world: World) -> None:
    world.hears("mastodon", SPAM, number=1)
    hear(world)
    assert hinted(world) == 0
    assert [one for one in world.desk.store.due(world.clock.now()) if "#I#" in one.key.pk] == []


def test_what_goes_to_a_person_comes_with_its_question(world: World) -> None:
    world.hears("mastodon", COMPLAINT, number=1)
    hear(world)
    (one,) = inbox(world)
    item = world.desk.store.reviews.get(world.workspace.id, one.review or "")
    assert item is not None
    assert (item.about, item.state) == (one.id, ReviewState.OPEN)
    assert len(world.desk.queue.receive(QueueName.REVIEW)) == 1


def test_hearing_the_same_twice_and_by_two_at_once_keeps_one_of_each(world: World) -> None:
    world.hears("mastodon", COMPLAINT, number=1)
    table = watched(world)
    again: list[int] = []

    def another_is_faster(_: Sequence[Write]) -> None:
        table.before_write = lambda _: None
        again.append(hear(world))

    table.before_write = another_is_faster
    assert [hear(world), *again] == [0, 1]
    assert hear(world) == 0
    assert len(inbox(world)) == 1
    waiting = world.desk.store.reviews.listed(keys.shelf(world.workspace.id, "REVIEW"), limit=10).items
    assert len(waiting) == 1


def test_a_page_that_answers_one_member_twice_answers_once_and_leaves_the_other_to_triage(world: World) -> None:
    for number in (1, 2):
        world.hears("mastodon", PRAISE, number=number, author="m1", thread=f"t{number}")
    assert hear(world) == 2
    assert sorted(one.state.value for one in inbox(world)) == ["answering", "new"]
    assert hinted(world) == 1
    for one in inbox(world):
        triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    assert sorted(one.state.value for one in inbox(world)) == ["answering", "in_review"]


def test_a_person_who_acts_in_the_thread_meanwhile_is_not_spoken_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read of a thread may lag: here it is from before a person acted in it."""
    world.hears("mastodon", PRAISE, number=1)
    read = matters.arrived

    def too_early(*given: object) -> list[matters.Matter]:
        found = read(*given)  # type: ignore[arg-type]
        thread = keys.thread_touch(world.workspace.id, found[0].interaction.conversation.id)
        world.desk.store.write([world.desk.store.human_update(thread, world.clock.now())])
        return found

    monkeypatch.setattr(matters, "arrived", too_early)
    hear(world)
    (one,) = inbox(world)
    assert (one.state, one.answer) == (InteractionState.NEW, None)
    assert triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now()) is InteractionState.IN_REVIEW


def test_a_flood_is_decided_as_far_as_one_reading_may_and_stored_whole(world: World) -> None:
    for number in range(hearing.AT_ONCE + 7):
        world.hears("mastodon", SPAM, number=number, author=f"m{number}", thread=f"t{number}")
    assert hear(world) == hearing.AT_ONCE + 7
    states = [one.state for one in inbox(world)]
    assert states.count(InteractionState.NEW) == 7
    assert len(states) == hearing.AT_ONCE + 7
    assert hinted(world) == 1


def test_a_message_that_cannot_be_decided_keeps_no_other_from_being_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate((SPAM, "broken", SPAM)):
        world.hears("mastodon", text, number=number, author=f"m{number}", thread=f"t{number}")
    decide = triaging.plan

    def plan(desk: object, matter: matters.Matter, *more: object) -> triaging.Plan:
        if matter.content is not None and matter.content.text == "broken":
            raise ValueError("a text that no rule can read")
        return decide(desk, matter, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(triaging, "plan", plan)
    assert hear(world) == 3
    assert sorted(one.state.value for one in inbox(world)) == ["ignored", "ignored", "new"]
    assert hinted(world) == 1


def test_an_account_that_may_not_speak_yet_leaves_what_it_hears_to_triage(world: World) -> None:
    account = replace(world.accounts["mastodon"], state=AccountState.THROTTLED)
    world.hears("mastodon", PRAISE, number=1)
    assert hearing.hear(world.desk, account, world.platforms["mastodon"].inbox, world.clock.now()) == 1
    (one,) = inbox(world)
    assert one.state is InteractionState.NEW


# --- what a slot's accounts are like may lag -------------------------------------------------------------------------


class Lagging:
    """A table that tells what may lag as it was when it began to lag."""

    def __init__(self, inner: Table) -> None:
        self.inner = inner
        self.past: dict[Key, Item | None] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def remember(self, *places: Key) -> None:
        self.past |= dict(zip(places, self.inner.get_many(places), strict=True))

    def get_many(self, places: Sequence[Key], *, may_lag: bool = False) -> list[Item | None]:
        found = self.inner.get_many(places)
        if not may_lag:
            return found
        return [self.past.get(place, item) for place, item in zip(places, found, strict=True)]


@pytest.fixture
def lagging(world: World) -> Lagging:
    table = Lagging(world.desk.store.table)
    world.desk = replace(world.desk, store=Store(cast("Table", table)))
    return table


def of(world: World, noun: str, platform: str = "x") -> Key:
    return keys.within(world.workspace.id, noun, world.accounts[platform].id)


def listen(world: World) -> polling.Polled:
    account = world.accounts["x"]
    polled = polling.run(world.desk, {"slot": keys.slot_of("x", account.id)})
    return next(one for one in polled if one.account == account.id)


def state(world: World) -> AccountState:
    found = world.desk.store.accounts.get(world.workspace.id, world.accounts["x"].id)
    assert found is not None
    return found.state


def test_a_credential_of_before_signs_nobody_out(
    world: World, lagging: Lagging, monkeypatch: pytest.MonkeyPatch
) -> None:
    lagging.remember(of(world, "CREDENTIAL"))
    accounts.connect(world.desk, world.caller, "x", {"token": "a new one"}, None, world.clock.now())
    world.hears("x", SPAM, number=1)
    world.platforms["x"].refuses = frozenset({"secret-of-x"})
    assert listen(world).new == 1
    assert state(world) is AccountState.ACTIVE
    world.platforms["x"].refuses = frozenset({"secret-of-x", "a new one"})
    assert listen(world).failure is not None
    assert state(world) is AccountState.NEEDS_RECONNECT


def test_an_account_that_was_just_connected_is_read_though_its_credential_does_not_show(
    world: World, lagging: Lagging
) -> None:
    lagging.past[of(world, "CREDENTIAL")] = None
    world.hears("x", SPAM, number=1)
    assert listen(world).new == 1


def test_a_cursor_of_before_reads_the_same_again_and_stores_nothing_twice(world: World, lagging: Lagging) -> None:
    lagging.remember(of(world, "READING"))
    for number in range(5):
        world.hears("x", SPAM, number=number, author=f"m{number}", thread=f"t{number}")
    assert listen(world).new == 5
    assert listen(world).new == 0
    assert len(inbox(world)) == 5
    reading = world.desk.store.reading(world.workspace.id, world.accounts["x"].id)
    assert reading.cursor == "5"
