"""Everything that is said toward us is stored once, decided once, and answered at most once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.domain.review import Verdict
from chalicelib.services import pacing, polling, publishing, reviewing, triaging
from chalicelib.services.ingesting import ingest
from chalicelib.services.reviewing import Decision
from chalicelib.store import keys
from tests.world import World

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
SELF_HARM = "I do not want to live any more, I keep thinking about ending my life."
INSULT = "You are a bunch of useless idiots, shut up."


def poll(world: World, platform: str) -> polling.Polled:
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert account is not None
    return polling.poll_account(world.desk, account, world.clock.now())


def inbox(world: World) -> list[Interaction]:
    return world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=100).items


def decide_all(world: World) -> list[Interaction]:
    for one in inbox(world):
        triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    return inbox(world)


def test_each_message_is_stored_once_whatever_is_polled_again(world: World) -> None:
    for number in range(7):
        world.hears("x", f"message {number}", number=number)
    assert poll(world, "x").new == 7
    for _ in range(3):
        assert poll(world, "x").new == 0
    assert len(inbox(world)) == 7


def test_a_poller_that_is_killed_before_its_cursor_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        world.hears("x", f"message {number}", number=number)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(world.desk.store), "save_reading", killed)
        with pytest.raises(KeyboardInterrupt):
            poll(world, "x")
    poll(world, "x")
    assert len(inbox(world)) == 5


def test_an_empty_poll_writes_nothing(world: World) -> None:
    world.hears("x", "one", number=1)
    poll(world, "x")
    poll(world, "x")
    before = world.record()
    world.clock.move(60)
    poll(world, "x")
    assert world.record() == before


def test_two_accounts_that_see_the_same_keep_one_item_and_both_names(world: World) -> None:
    world.hears("x", "one", number=1)
    poll(world, "x")
    account = world.accounts["x"]
    ingest(world.desk, replace(account, id="another", native_id="them"), world.platforms["x"].inbox, world.clock.now())
    (one,) = inbox(world)
    assert set(one.seen_by) == {account.id, "another"}


def test_our_own_echo_is_nobodys_interaction(world: World) -> None:
    world.hears("x", "our own words", number=1, author="us")
    assert poll(world, "x").new == 0


def test_the_record_holds_no_handle_name_or_native_id_in_the_clear(world: World) -> None:
    world.hears("x", "a message", number=1, author="author-77")
    poll(world, "x")
    decide_all(world)
    kept = world.record()
    for private in ("author-77", "handle-of", "Name of", "native-1", "ref-1", "secret-of-x"):
        assert private not in kept
    assert "a message" in kept


def test_the_same_author_is_one_pseudonym_here_and_another_in_another_platform(world: World) -> None:
    world.hears("x", "one", number=1, author="m1")
    world.hears("x", "two", number=2, author="m1")
    world.hears("mastodon", "three", number=3, author="m1")
    poll(world, "x")
    poll(world, "mastodon")
    by_platform: dict[str, set[str]] = {}
    for one in inbox(world):
        by_platform.setdefault(one.platform, set()).add(one.author.pseudonym)
    assert len(by_platform["x"]) == 1
    assert by_platform["x"].isdisjoint(by_platform["mastodon"])


def test_praise_is_answered_once_and_honestly(world: World) -> None:
    world.hears("mastodon", PRAISE, number=1)
    poll(world, "mastodon")
    (one,) = decide_all(world)
    assert one.state is InteractionState.ANSWERING
    assert one.decision is not None
    assert one.decision.rationale.why
    for _ in range(3):
        triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
        assert one.answer is not None
        publishing.publish(world.desk, world.workspace.id, one.answer)
    ((text, _, target),) = world.platforms["mastodon"].posted
    assert "automatic" in text
    assert target is not None
    assert target.id == "ref-1"
    assert inbox(world)[0].state is InteractionState.ANSWERED


def test_one_automatic_answer_per_member_and_per_thread(world: World) -> None:
    world.hears("mastodon", PRAISE, number=1, author="m1", thread="t1")
    world.hears("mastodon", PRAISE + " Again!", number=2, author="m1", thread="t2")
    world.hears("mastodon", PRAISE + " Me too!", number=3, author="m2", thread="t1")
    world.hears("mastodon", PRAISE + " And me!", number=4, author="m3", thread="t3")
    poll(world, "mastodon")
    states = [one.state.value for one in decide_all(world)]
    assert sorted(states) == ["answering", "answering", "in_review", "in_review"]


def test_an_account_gives_no_more_automatic_answers_a_day_than_the_guideline_allows(world: World) -> None:
    for number in range(52):
        world.hears("mastodon", PRAISE, number=number, author=f"m{number}", thread=f"t{number}")
    while poll(world, "mastodon").new:
        pass
    states = [one.state.value for one in decide_all(world)]
    assert states.count("answering") == 50
    assert states.count("in_review") == 2
    world.clock.move(24 * 3600)
    world.hears("mastodon", PRAISE, number=99, author="m99", thread="t99")
    poll(world, "mastodon")
    assert [one.state.value for one in decide_all(world)].count("answering") == 51


def test_a_person_in_the_thread_ends_automation_even_for_an_answer_on_its_way(world: World) -> None:
    world.hears("mastodon", PRAISE, number=1, author="m1", thread="t1")
    world.hears("mastodon", INSULT, number=2, author="m2", thread="t1")
    poll(world, "mastodon")
    praise, insult = decide_all(world)
    assert praise.state is InteractionState.ANSWERING
    assert insult.review is not None
    now = world.clock.now()
    reviewing.claim(world.desk, world.caller, insult.review, now)
    reviewing.decide(world.desk, world.caller, insult.review, Decision(Verdict.LET_GO, "nothing to say"), now)
    assert praise.answer is not None
    assert publishing.publish(world.desk, world.workspace.id, praise.answer) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    again = world.desk.store.interactions.get(world.workspace.id, praise.id)
    assert again is not None
    assert again.state is InteractionState.IN_REVIEW
    assert again.review is not None
    world.hears("mastodon", PRAISE, number=3, author="m5", thread="t1")
    poll(world, "mastodon")
    assert decide_all(world)[-1].state is InteractionState.IN_REVIEW


def test_an_automatic_answer_that_the_platform_refuses_becomes_a_persons(world: World) -> None:
    world.platforms["mastodon"].script.append("refused")
    world.hears("mastodon", PRAISE, number=1)
    poll(world, "mastodon")
    (one,) = decide_all(world)
    assert one.answer is not None
    publishing.publish(world.desk, world.workspace.id, one.answer)
    (one,) = inbox(world)
    assert one.state is InteractionState.IN_REVIEW
    item = world.desk.store.reviews.get(world.workspace.id, one.review or "")
    assert item is not None
    assert "was not sent" in item.question


def test_self_harm_is_escalated_and_never_answered_automatically(world: World) -> None:
    world.hears("x", SELF_HARM, number=1)
    poll(world, "x")
    (one,) = decide_all(world)
    assert one.state is InteractionState.ESCALATED
    assert one.answer is None
    assert one.decision is not None
    assert one.decision.severity == 3


def test_an_account_that_cannot_be_read_is_said_to_be_silent_and_the_others_are_read(world: World) -> None:
    world.platforms["x"].reads = False
    world.hears("mastodon", PRAISE, number=1)
    for slot in {keys.slot_of(one.platform, one.id) for one in world.accounts.values()}:
        polling.run(world.desk, {"slot": slot})
    assert len(inbox(world)) == 1
    since = polling.silent_since(world.desk, world.accounts["x"], world.clock.move(600))
    assert since is not None
    world.platforms["x"].reads = True
    poll(world, "x")
    reading = world.desk.store.reading(world.workspace.id, world.accounts["x"].id)
    assert reading.failing_since is None


def test_a_slot_is_claimed_by_one_only(world: World) -> None:
    world.clock.move(120)
    now = world.clock.now()
    slots = [turn.slot for turn, _ in pacing.due_slots(world.desk, now)]
    assert slots
    assert [world.desk.store.claim_slot(slots[0], now) for _ in range(2)] == [True, False]
    assert slots[0].name not in {one.slot.name for one, _ in pacing.due_slots(world.desk, now)}


@pytest.mark.parametrize("text", ["", "\ud800 lone", "\x00 nul", "👩‍👩‍👧" * 2000, "\u202e reversed", "é" * 50_000])
def test_hostile_text_is_stored_and_decided(world: World, text: str) -> None:
    world.hears("x", text, number=1)
    poll(world, "x")
    (one,) = decide_all(world)
    assert one.state in {InteractionState.IN_REVIEW, InteractionState.IGNORED}
