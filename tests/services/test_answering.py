"""Automatic answers: by whose leave and when they go out, and everything that keeps them back, up to the last moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from chalicelib.domain.access import Role
from chalicelib.domain.errors import Conflict, InvalidField, NotFound, RemoteRefused
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.texts import Wording
from chalicelib.services import (
    accounts,
    guidelines_yaml,
    polling,
    publishing,
    replies,
    reply_words,
    rereading,
    reviewing,
    spending,
    suggesting,
    taking_back,
    triaging,
)
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from connectors import errors
from connectors.contract import RemoteInteraction, RemoteRef
from tests.services.guiding import live_under
from tests.services.test_conversing import HATE
from tests.services.test_moderating import PRAISE, claim, heard, now_of, spent
from tests.world import START, Killed, ScriptedConnector, World, said

HOUR = 3600
THANKS = [Wording("en", "Thank you from {{ brand }}!")]


def under(world: World, why: str = "tried", **answers: Any) -> None:
    """From now on the starter guideline with these answers."""
    document = yaml.safe_load(guidelines_yaml.starter())
    document["answers"] |= answers
    live_under(world, yaml.safe_dump(document), why)


def said_now(world: World, text: str, number: int, **changes: Any) -> Interaction:
    return heard(world, text, number, created_at=world.clock.now(), **changes)


def by(member: str, *, bot: bool | None = None) -> dict[str, Any]:
    return {"author": replace(said("", 1, author=member).author, bot=bot)}


def answer_of(world: World, one: Interaction) -> Variant:
    return world.variant(one.answer or "")


def goes_out(world: World, one: Interaction) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, one.answer or "")


def why_kept_back(one: Interaction) -> str:
    assert one.state is InteractionState.IN_REVIEW
    assert one.decision is not None
    return one.decision.rationale.why


def refused_at_send(world: World, one: Interaction) -> str:
    """Why it was not said in the last moment: a person has it, and its reason."""
    assert goes_out(world, one) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    after = now_of(world, one.id)
    assert after.state is InteractionState.IN_REVIEW
    item = world.desk.store.reviews.get(world.workspace.id, after.review or "")
    assert item is not None
    return item.question


# --- by whose leave ---------------------------------------------------------------------------------------------------


def test_a_suggestion_goes_to_a_person_and_nothing_is_said(world: World) -> None:
    under(world, mode="suggest")
    one = said_now(world, PRAISE, 1)
    assert "has a person say it" in why_kept_back(one)
    assert one.answer is None
    (found,) = suggesting.suggestions(world.desk, world.workspace.id, one.id, world.clock.now())
    assert found.reply == "praise"
    assert found.text in {each.words for each in reply_words.shipped()["praise"].wordings}
    assert "automatic" not in found.text


def test_what_is_held_is_listed_waits_and_then_goes_out(world: World) -> None:
    under(world, mode="hold", hold_minutes=15)
    one = said_now(world, PRAISE, 1)
    assert one.state is InteractionState.ANSWERING
    (listed,) = taking_back.waiting(world.desk, world.workspace.id, limit=10, after=None).items
    assert (listed.id, listed.schedule.at) == (one.answer, world.clock.now() + timedelta(minutes=15))
    assert goes_out(world, one) is VariantState.SCHEDULED
    world.clock.move(15 * 60)
    assert goes_out(world, one) is VariantState.PUBLISHED
    assert now_of(world, one.id).state is InteractionState.ANSWERED
    assert not taking_back.waiting(world.desk, world.workspace.id, limit=10, after=None).items


# --- read again in the last moment -----------------------------------------------------------------------------------


def held_back_for(world: World, minutes: int) -> Interaction:
    """A praise whose answer is held for so long, and whose time has come."""
    under(world, mode="hold", hold_minutes=minutes)
    one = said_now(world, PRAISE, 1)
    world.clock.move(minutes * 60)
    return one


def reads(world: World, monkeypatch: pytest.MonkeyPatch, *answers: Exception | None) -> list[str]:
    """What is asked to be read again from now on; the first answers, then as it stands there."""
    asked: list[str] = []
    waiting = deque(answers)
    read = ScriptedConnector.read

    def answer(self: ScriptedConnector, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        asked.extend(one.id for one in refs)
        failed = waiting.popleft() if waiting else None
        if failed is not None:
            raise failed
        return read(self, refs)

    monkeypatch.setattr(ScriptedConnector, "read", answer)
    del world
    return asked


def test_what_was_edited_after_it_was_heard_is_not_answered_for_what_it_was(world: World) -> None:
    one = held_back_for(world, 15)
    inbox = world.platforms["mastodon"].inbox
    inbox[0] = replace(inbox[0], text="I was wrong: the new opening hours are a scandal, and so are you.")
    assert goes_out(world, one) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    after = now_of(world, one.id)
    assert (after.state, after.revision) == (InteractionState.NEW, one.revision + 1)
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    assert now_of(world, one.id).state is not InteractionState.ANSWERING, "one message is answered once at most"


def test_what_was_taken_back_after_it_was_heard_is_not_answered(world: World) -> None:
    one = held_back_for(world, 15)
    world.platforms["mastodon"].inbox.clear()
    assert goes_out(world, one) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    after = now_of(world, one.id)
    assert after.state is InteractionState.WITHDRAWN
    assert after.review is None, "nobody is asked about it"


def test_a_message_that_was_heard_a_moment_ago_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = reads(world, monkeypatch)
    one = held_back_for(world, 4)
    assert goes_out(world, one) is VariantState.PUBLISHED
    assert asked == []


def test_while_the_platform_does_not_tell_the_answer_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one = held_back_for(world, 15)
    asked = reads(world, monkeypatch, *([errors.Retryable("mastodon", "not now")] * 2))
    for _ in range(2):
        assert goes_out(world, one) is VariantState.SCHEDULED
        world.clock.move(60)
    assert not world.platforms["mastodon"].posted
    assert goes_out(world, one) is VariantState.PUBLISHED
    assert len(asked) == 3
    assert len(world.platforms["mastodon"].posted) == 1


def test_an_answer_for_which_nobody_could_ask_for_an_hour_is_a_persons(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = held_back_for(world, 15)
    reads(world, monkeypatch, *([errors.Retryable("mastodon", "not now")] * 100))
    for _ in range(30):
        goes_out(world, one)
        world.clock.move(150)
    assert answer_of(world, one).state is VariantState.MISSED
    assert now_of(world, one.id).state is InteractionState.IN_REVIEW


def test_an_attempt_that_was_left_behind_reads_again_before_it_says_it_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = held_back_for(world, 15)
    world.platforms["mastodon"].script.append("killed")
    with pytest.raises(Killed):
        goes_out(world, one)
    world.platforms["mastodon"].inbox.clear()
    world.clock.move(600)
    assert goes_out(world, one) is VariantState.NEEDS_REVIEW
    assert not world.platforms["mastodon"].posted


def test_what_reading_it_again_costs_is_counted_on_another_day_only(world: World) -> None:
    world.platforms["mastodon"].micro_usd_per_read = 5_000
    one = held_back_for(world, 15)
    before = spent(world)
    assert rereading.fresh(world.desk, one, world.clock.now())
    assert spent(world) == before
    world.clock.move(24 * HOUR)
    assert rereading.fresh(world.desk, one, world.clock.now())
    assert spent(world) == before + 5_000
    spending.set_cap(world.desk, world.caller, before + 9_000, 900, world.clock.now())
    assert rereading.fresh(world.desk, one, world.clock.now()), "what the cap does not carry is not read"
    assert spent(world) == before + 5_000


def test_what_is_said_at_once_is_not_listed_as_waiting(world: World) -> None:
    said_now(world, PRAISE, 1)
    assert not taking_back.waiting(world.desk, world.workspace.id, limit=10, after=None).items


def test_at_night_an_answer_waits_for_the_morning_of_the_workspaces_zone(world: World) -> None:
    under(world, quiet_hours={"begin": "22:00", "end": "07:00"})
    world.clock.at = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)  # 23:30 in Berlin
    one = said_now(world, PRAISE, 1)
    assert answer_of(world, one).schedule.at == datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    assert goes_out(world, one) is VariantState.SCHEDULED
    world.clock.at = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    assert goes_out(world, one) is VariantState.PUBLISHED


def test_what_could_not_go_out_before_the_night_goes_to_a_person(world: World) -> None:
    under(world, quiet_hours={"begin": "22:00", "end": "07:00"})
    world.clock.at = datetime(2026, 11, 21, 20, 59, 50, tzinfo=UTC)  # 21:59:50 in Berlin
    one = said_now(world, PRAISE, 1)
    world.clock.move(20)
    assert "quiet hours" in refused_at_send(world, one)


# --- in the last moment -----------------------------------------------------------------------------------------------


def a_person_acts(world: World, one: Interaction) -> None:
    world.desk.store.write([world.desk.store.human_update(_thread(world, one), world.clock.now())])


def it_is_heated(world: World, one: Interaction) -> None:
    for number in (2, 3, 4):
        said_now(world, HATE, number, **by(f"m{number}"))


def it_is_edited(world: World, one: Interaction) -> None:
    inbox = world.platforms["mastodon"].inbox
    inbox[0] = replace(inbox[0], text="I take my thanks back, this is a lie.")
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())


def fewer_are_allowed(world: World, one: Interaction) -> None:
    under(world, per_account_per_day=0)


def another_guideline(world: World, one: Interaction) -> None:
    under(world, mode="suggest")


def another_reply(world: World, one: Interaction) -> None:
    under(world, replies={"praise": "question", "question": "question"})


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (a_person_acts, "a person has taken over"),
        (it_is_heated, "heated"),
        (fewer_are_allowed, "fewer automatic answers"),
        (another_guideline, "the guideline has changed since"),
        (another_reply, "the guideline has changed since"),
    ],
)
def test_what_happened_since_keeps_an_answer_back(
    world: World, happens: Callable[[World, Interaction], None], why: str
) -> None:
    one = said_now(world, PRAISE, 1)
    assert one.state is InteractionState.ANSWERING
    world.clock.move(1)
    happens(world, one)
    assert why in refused_at_send(world, one)


def test_a_guideline_that_still_answers_so_lets_it_go_out(world: World) -> None:
    one = said_now(world, PRAISE, 1)
    under(world, window_hours=48)
    assert goes_out(world, one) is VariantState.PUBLISHED


def test_what_was_edited_meanwhile_is_not_answered(world: World) -> None:
    one = said_now(world, PRAISE, 1)
    it_is_edited(world, one)
    assert goes_out(world, one) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    after = now_of(world, one.id)
    assert (after.revision, after.state) == (2, InteractionState.NEW)


# --- no two machines --------------------------------------------------------------------------------------------------


def test_what_a_machine_said_goes_to_a_person(world: World) -> None:
    assert "machine" in why_kept_back(said_now(world, PRAISE, 1, **by("m1", bot=True)))
    assert said_now(world, PRAISE, 2, conversation_id="t2", **by("m2", bot=False)).state is InteractionState.ANSWERING


@pytest.mark.parametrize(
    "signature",
    [
        "This is an automatic reply. Want a person? Just say so and one of us will write back.",
        "I am a bot, and this action was performed automatically.",
        "(Automated message)",
        "I'm out of office until Monday.",
    ],
)
def test_what_says_that_it_is_automatic_goes_to_a_person(world: World, signature: str) -> None:
    one = said_now(world, f"{PRAISE} {signature}", 1)
    assert one.state is InteractionState.IN_REVIEW
    assert one.decision is not None
    assert any("says of itself that it is automatic" in each.why for each in one.decision.rationale.refused)


def test_two_accounts_of_ours_do_not_answer_one_another(world: World) -> None:
    other = world.platforms["mastodon"]
    other.who, other.handle = "us-too", "our-other-desk"
    accounts.connect(world.desk, world.caller, "mastodon", {"token": "another"}, None, START)
    assert "our own" in why_kept_back(said_now(world, PRAISE, 1, **by("us-too")))


def test_whoever_was_answered_often_today_gets_a_person(world: World) -> None:
    under(world, window_hours=1, per_member_per_day=2)
    for number in (1, 2):
        one = said_now(world, PRAISE, number, conversation_id=f"t{number}")
        assert one.state is InteractionState.ANSWERING, number
        world.clock.move(2 * HOUR)
    assert "as often today" in why_kept_back(said_now(world, PRAISE, 3, conversation_id="t3"))
    world.clock.at = START + timedelta(days=1)
    assert said_now(world, PRAISE, 4, conversation_id="t4").state is InteractionState.ANSWERING


# --- heat -------------------------------------------------------------------------------------------------------------


def test_a_heated_conversation_cools_off_for_as_long_as_the_guideline_says(world: World) -> None:
    under(world, cool_off_hours=30)
    it_is_heated(world, said_now(world, PRAISE, 1, conversation_id="elsewhere", **by("m9")))
    # A day later the insults do not heat any more, and it still cools off.
    world.clock.move(25 * HOUR)
    assert "cools off" in why_kept_back(said_now(world, PRAISE, 8, **by("m8")))
    world.clock.move(5 * HOUR)
    assert said_now(world, PRAISE, 9, **by("m7")).state is InteractionState.ANSWERING


def test_in_a_heated_conversation_a_person_is_offered_what_may_calm_it(world: World) -> None:
    it_is_heated(world, said_now(world, PRAISE, 1, conversation_id="elsewhere", **by("m9")))
    one = said_now(world, PRAISE, 8, **by("m8"))
    found = suggesting.suggestions(world.desk, world.workspace.id, one.id, world.clock.now())
    assert {each.reply for each in found} == set(reply_words.mediating())
    assert all(each.mediating and "heated" in each.why for each in found)
    with pytest.raises(InvalidField, match="no reply template"):
        under(world, replies={"praise": "pause", "question": "question"})


# --- taken back -------------------------------------------------------------------------------------------------------


def test_what_waits_is_stopped_in_one_step(world: World) -> None:
    under(world, mode="hold")
    one = said_now(world, PRAISE, 1)
    reviewer = world.by(Role.REVIEWER, "r1")
    for _ in range(2):
        after = taking_back.take_back(world.desk, reviewer, one.id, "it misses the point", world.clock.now())
        assert after.state is InteractionState.IN_REVIEW
    variant = answer_of(world, one)
    assert variant.state is VariantState.CANCELLED
    assert (variant.events[-1].actor.id, variant.events[-1].act) == ("member:r1", "cancel")
    assert "it misses the point" in variant.events[-1].why
    world.clock.move(HOUR)
    tick(world.desk, world.clock.now())
    assert goes_out(world, one) is VariantState.CANCELLED
    assert not world.platforms["mastodon"].posted
    world.clock.move(48 * HOUR)
    assert "acted in this conversation" in why_kept_back(said_now(world, PRAISE, 2, **by("m2")))


def test_what_was_said_is_taken_down_and_a_person_gets_the_message(world: World) -> None:
    one = said_now(world, PRAISE, 1)
    assert goes_out(world, one) is VariantState.PUBLISHED
    for _ in range(2):
        after = taking_back.take_back(world.desk, world.caller, one.id, "wrong words", world.clock.now())
        assert after.state is InteractionState.IN_REVIEW
    assert world.platforms["mastodon"].deleted == ["mastodon-1"]
    assert answer_of(world, one).taken_down_at == world.clock.now()
    claim(world, after)
    decision = reviewing.Decision(reviewing.Verdict.ANSWER, "by hand", text="Thank you, Ada!")
    reviewing.decide(world.desk, world.caller, after.review or "", decision, world.clock.now())
    assert now_of(world, one.id).state is InteractionState.RESOLVED


def test_where_the_platform_keeps_it_nothing_is_changed(world: World) -> None:
    world.platforms["mastodon"].deletes = False
    one = said_now(world, PRAISE, 1)
    goes_out(world, one)
    with pytest.raises(RemoteRefused):
        taking_back.take_back(world.desk, world.caller, one.id, "wrong words", world.clock.now())
    assert now_of(world, one.id).state is InteractionState.ANSWERED


def test_there_must_be_an_automatic_answer(world: World) -> None:
    with pytest.raises(NotFound):
        taking_back.take_back(world.desk, world.caller, "nosuch", "why", world.clock.now())
    one = said_now(world, HATE, 1)
    with pytest.raises(Conflict, match="not answered automatically"):
        taking_back.take_back(world.desk, world.caller, one.id, "why", world.clock.now())


def test_what_is_on_its_way_is_neither_stopped_nor_taken_down(world: World) -> None:
    world.platforms["mastodon"].script.append("lands, answer lost")
    one = said_now(world, PRAISE, 1)
    assert goes_out(world, one) is VariantState.SENDING
    with pytest.raises(Conflict, match="on its way"):
        taking_back.take_back(world.desk, world.caller, one.id, "why", world.clock.now())


# --- the workspace's own words ----------------------------------------------------------------------------------------


def test_a_workspace_answers_with_its_own_words(world: World) -> None:
    replies.make(world.desk, world.caller, "praise", THANKS, world.clock.now())
    one = said_now(world, PRAISE, 1)
    goes_out(world, one)
    ((text, _, _),) = world.platforms["mastodon"].posted
    assert text.startswith("Thank you from Desk! ")
    assert "automatic" in text
    assert any(replies.version_of(THANKS) in event.why for event in answer_of(world, one).events)


def test_the_same_words_are_the_same_version(world: World) -> None:
    first = replies.make(world.desk, world.caller, "hours", THANKS, world.clock.now())
    assert replies.edit(world.desk, world.caller, "hours", THANKS, world.clock.now()) == first
    other = replies.edit(world.desk, world.caller, "hours", [Wording("en", "Danke")], world.clock.now())
    assert other.version != first.version
    assert [each.act for each in other.events] == ["create", "edit"]
    assert first.version in other.events[-1].why


def test_a_guideline_may_name_a_reply_of_the_workspace_and_then_that_stays(world: World) -> None:
    with pytest.raises(InvalidField, match="no reply template"):
        under(world, replies={"praise": "ours", "question": "question"})
    replies.make(world.desk, world.caller, "ours", THANKS, world.clock.now())
    under(world, replies={"praise": "ours", "question": "question"})
    assert said_now(world, PRAISE, 1).state is InteractionState.ANSWERING
    with pytest.raises(Conflict, match="active guideline"):
        replies.retire(world.desk, world.caller, "ours", world.clock.now())
    under(world, "back to what is shipped")
    replies.retire(world.desk, world.caller, "ours", world.clock.now())
    with pytest.raises(NotFound):
        replies.named(world.desk, world.workspace.id, "ours")


def test_a_reply_that_an_account_could_not_say_is_not_kept(world: World) -> None:
    with pytest.raises(InvalidField) as refused:
        replies.make(
            world.desk, world.caller, "long", [Wording("en", "ok"), Wording("en", "x" * 250)], world.clock.now()
        )
    assert refused.value.pointer == "/wordings/1/words"
    assert "where x takes 280" in refused.value.detail
    assert "Shorten it by" in refused.value.fix
    with pytest.raises(InvalidField, match="line 2: it calls something"):
        replies.make(world.desk, world.caller, "calls", [Wording("en", "ok\n{{ brand() }}")], world.clock.now())
    with pytest.raises(InvalidField, match="no help_url") as lacking:
        replies.make(world.desk, world.caller, "help", [Wording("en", "See {{ help_url }}")], world.clock.now())
    assert "answers.help_url" in lacking.value.fix
    under(world, help_url="https://help.example")
    replies.make(world.desk, world.caller, "help", [Wording("en", "See {{ help_url }}")], world.clock.now())


def test_what_an_answer_needs_and_is_not_there_any_more_makes_it_a_persons(world: World) -> None:
    under(world, help_url="https://help.example")
    replies.make(world.desk, world.caller, "praise", [Wording("en", "See {{ help_url }}")], world.clock.now())
    under(world, "no help any more")
    assert "help_url" in why_kept_back(said_now(world, PRAISE, 1))
    replies.edit(world.desk, world.caller, "praise", [Wording("de", "Danke!")], world.clock.now())
    assert "no wording in this language" in why_kept_back(said_now(world, PRAISE, 2, conversation_id="t2", **by("m2")))


def _thread(world: World, one: Interaction) -> keys.Key:
    return keys.thread_touch(world.workspace.id, one.conversation.id)
