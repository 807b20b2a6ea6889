"""A conversation in order, ours as ours; whoever acted and how hot it is keeps what is automatic out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import Body, Schedule
from chalicelib.services import conversing, polling, publishing, replying, scheduling
from chalicelib.services.conversing import Conversation
from tests.services.test_moderating import INSULT, PRAISE, heard, now_of, ruled, work
from tests.world import World, said

HATE = "You disgusting idiots, you are all worthless scum, shut up."
MOVED = 300


def thread(world: World, **page: object) -> Conversation:
    conversation = world.desk.keyed(world.workspace.id, "conversation", "mastodon", "t1")
    found: dict[str, object] = {"limit": 50, "after": None} | page
    return conversing.conversation(
        world.desk,
        world.workspace.id,
        conversation,
        world.clock.now(),
        **found,  # type: ignore[arg-type]
    )


def test_who_said_what_in_order_and_ours_as_ours(world: World) -> None:
    first = heard(world, PRAISE, 1)
    assert first.state is InteractionState.ANSWERING
    world.clock.move(10)
    publishing.publish(world.desk, world.workspace.id, first.answer or "")
    world.clock.move(MOVED)
    heard(world, "And on Sunday?", MOVED + 5, author=said("", 1, author="m2").author)
    found = thread(world)
    assert [(one.variant is not None, one.text is not None) for one in found.lines] == [
        (False, True),
        (True, True),
        (False, True),
    ]
    assert "automatic" in (found.lines[1].text or "").lower()
    authors = {one.interaction.author.pseudonym for one in found.lines if one.interaction}
    assert len(authors) == 2
    assert not authors & {"m1", "m2"}
    assert (found.human_at, found.answered_at is not None) == (None, True)
    with pytest.raises(NotFound):
        conversing.conversation(world.desk, world.workspace.id, "none", world.clock.now(), limit=5, after=None)


def test_it_is_read_page_by_page(world: World) -> None:
    for number in range(1, 6):
        heard(world, "What do you mean?", number)
    first = thread(world, limit=2)
    second = thread(world, limit=3, after=first.after)
    asked = [one.interaction.created_at for one in (*first.lines, *second.lines) if one.interaction]
    assert len(asked) == 5
    assert asked == sorted(asked)
    assert (first.heat, second.heat) == (thread(world).heat,) * 2


def test_each_conversation_is_listed_once_at_its_newest_message(world: World) -> None:
    heard(world, INSULT, 1)
    heard(world, "Elsewhere?", 2, conversation_id="t2")
    newest = heard(world, INSULT, 3)
    ids, after = [], None
    while True:
        page = conversing.listed(world.desk, world.workspace.id, limit=1, after=after)
        ids += [one.id for one in page.items]
        after = page.after
        if after is None:
            break
    assert len(ids) == 2
    assert ids[0] == newest.id


def test_a_person_s_act_shows(world: World) -> None:
    one = heard(world, INSULT, 1)
    assert thread(world).human_at is None
    work(world, ruled(world, one))
    assert thread(world).human_at == world.clock.now()


def test_a_reply_at_a_time_of_its_own_stands_in_its_conversation(world: World) -> None:
    one = heard(world, INSULT, 1)
    at = world.clock.now() + timedelta(hours=1)
    wish = scheduling.Wish(one.account, Body("We hear you."), "/variants/0")
    reply = replying.reply(world.desk, world.caller, one.id, [wish], world.clock.now())
    when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
    scheduling.schedule(
        world.desk, world.caller, None, when, [reply.wish], world.clock.now(), interaction=one.id, beside=reply.acted
    )
    ours = thread(world).lines[-1]
    assert ours.variant is not None
    assert (ours.text, ours.at) == ("We hear you.", at)


def test_what_was_taken_back_is_not_shown(world: World) -> None:
    one = heard(world, INSULT, 1)
    event = world.desk.store.interactions.moved(one, one, "withdrawn", world.clock.now(), publishing_actor(), "gone")
    world.desk.store.interactions.save(one, replace(one, state=InteractionState.WITHDRAWN), event)
    (line,) = thread(world).lines
    assert line.text is None


def publishing_actor() -> polling.accounts.Actor:
    return polling.accounts.Actor.worker("listen")


def test_nothing_automatic_is_said_in_a_heated_thread(world: World) -> None:
    calm = heard(world, PRAISE, 1, conversation_id="calm")
    assert calm.state is InteractionState.ANSWERING
    for number in (2, 3, 4):
        heard(world, HATE, number, author=said("", 1, author=f"m{number}").author)
    found = thread(world)
    assert found.heat.hot, found.heat
    world.clock.move(10)
    kind = heard(world, PRAISE, 5, author=said("", 1, author="m9").author)
    assert kind.state is InteractionState.IN_REVIEW
    assert kind.decision is not None
    assert any("heated" in one.why for one in kind.decision.rationale.refused)
    world.clock.at += timedelta(days=1)
    later = replace(said(PRAISE, 6, author="m8"), created_at=world.clock.now())
    world.platforms["mastodon"].inbox.append(later)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    cool = now_of(world, world.desk.keyed(world.workspace.id, "interaction", "mastodon", "native-6"))
    assert cool.state is InteractionState.ANSWERING
