"""What an account hears beside what is said to it: switched on by who may, where the platform can, and never answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.api.shapes import time
from chalicelib.domain.access import Role
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.looking_back import InboxPast
from chalicelib.domain.post import VariantState
from chalicelib.services import polling, publishing
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from connectors.contract import USUAL_LISTENING, Listening
from tests.api.rooms import Reply, Rooms, send
from tests.world import said

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
INSULT = "You are a bunch of useless idiots, shut up."
ALL_OFF = {"messages": False, "moderated": [], "communities": [], "words": [], "word_places": [], "threads": False}


def change(rooms: Rooms, role: Role = Role.OWNER, **listening: Any) -> Reply:
    form = {"listening": listening}
    return send("PATCH", f"/accounts/{rooms.account}", token=rooms.tokens[role], form=form)


def read(rooms: Rooms) -> polling.Polled:
    world = rooms.world
    account = world.desk.store.accounts.get(world.workspace.id, rooms.account)
    assert account is not None
    return polling.poll_account(world.desk, account, world.clock.now())


def test_all_of_it_is_off_until_somebody_says_so_and_the_audit_says_who(rooms: Rooms) -> None:
    shown = send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json
    assert shown["listening"] == ALL_OFF
    read(rooms)
    reply = change(rooms, Role.MANAGER, messages=True, moderated=["allotments"], words=["our town"])
    assert reply.status == 200, reply.body
    assert reply.json["listening"] == ALL_OFF | {"messages": True, "moderated": ["allotments"], "words": ["our town"]}
    assert reply.json["events"][-1]["act"] == "listen"
    assert "our town" not in reply.json["events"][-1]["why"]
    read(rooms)
    assert rooms.world.platforms["x"].listened == [
        USUAL_LISTENING,
        Listening(messages=True, moderated=("allotments",), words=("our town",)),
    ]
    assert change(rooms).json["listening"] == ALL_OFF


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"communities": ["allotments"]}, "/listening/communities"),
        ({"word_places": ["allotments"]}, "/listening/word_places"),
        ({"words": ["town", "Town"]}, "/listening/words"),
        ({"words": ["town"], "word_places": ["allotments"]}, "/listening/word_places"),
        ({"words": [f"word {n}" for n in range(16)]}, "/listening/words"),
        ({"words": ["two\nlines"]}, "/listening/words/0"),
        ({"moderated": ["no spaces"]}, "/listening/moderated/0"),
        ({"everything": True}, "/listening/everything"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_field(rooms: Rooms, wanted: dict[str, Any], pointer: str) -> None:
    reply = change(rooms, **wanted)
    assert reply.status in {400, 422}
    assert reply.pointers == [pointer]
    assert send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json["listening"] == ALL_OFF


@pytest.mark.parametrize("name", ["messages", "moderated", "words"])
def test_what_the_platform_cannot_tell_is_refused_before_anybody_waits_for_it(
    rooms: Rooms, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    can = replace(rooms.world.platforms["x"].capabilities(), kinds=frozenset({InteractionKind.MENTION}))
    monkeypatch.setattr(type(rooms.world.platforms["x"]), "capabilities", lambda _: can)
    reply = change(rooms, **{name: True if name == "messages" else ["town"]})
    assert reply.pointers == [f"/listening/{name}"]


def test_where_words_are_looked_for_in_communities_only_these_are_named(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    can = replace(rooms.world.platforms["x"].capabilities(), needs_community=True)
    monkeypatch.setattr(type(rooms.world.platforms["x"]), "capabilities", lambda _: can)
    assert change(rooms, words=["town"]).pointers == ["/listening/word_places"]
    assert change(rooms, words=["town"], word_places=["allotments"]).status == 200


@pytest.mark.parametrize("kind", [InteractionKind.REPORT, InteractionKind.COMMUNITY, InteractionKind.KEYWORD])
def test_what_was_not_said_to_us_is_decided_and_never_answered(rooms: Rooms, kind: InteractionKind) -> None:
    world = rooms.world
    for number, text in enumerate((PRAISE, INSULT)):
        one = said(text, number, author=f"m{number}", thread=f"t{number}")
        world.platforms["x"].inbox.append(replace(one, kind=kind))
    read(rooms)
    found = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    praise = InteractionState.IN_REVIEW if kind is InteractionKind.REPORT else InteractionState.IGNORED
    assert [one.state for one in found] == [praise, InteractionState.IN_REVIEW]
    assert all(one.answer is None for one in found)


def test_an_answer_to_what_was_not_said_to_us_is_stopped_at_the_door(rooms: Rooms) -> None:
    """As if an older release, or a mistake, had decided to answer it."""
    world = rooms.world
    world.hears("x", PRAISE, number=1)
    read(rooms)
    (one,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    assert one.state is InteractionState.ANSWERING
    event = world.desk.store.interactions.moved(one, one, "test", world.clock.now(), one.events[-1].actor, "test")
    world.desk.store.interactions.save(one, replace(one, kind="keyword"), event)
    assert one.answer is not None
    assert publishing.publish(world.desk, world.workspace.id, one.answer) is VariantState.CANCELLED
    assert not world.platforms["x"].posted


def test_an_account_tells_how_far_what_was_there_before_was_read(rooms: Rooms) -> None:
    def shown() -> Any:
        return send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json["history"]

    nothing = {"posts": 0, "threads": 0, "threads_in_all": 0, "inbox": None, "heard": 0, "done_at": None}
    assert shown() == nothing
    read(rooms)
    assert shown()["done_at"] is not None
    store, workspace = rooms.world.desk.store, rooms.world.workspace.id
    said_at = rooms.world.clock.now() - timedelta(days=3)
    halfway = replace(store.reading(workspace, rooms.account), past=InboxPast("token", 2, 80, 31, said_at))
    store.save_reading(workspace, rooms.account, halfway)
    told = shown()
    assert told["inbox"] == {"read": 80, "heard": 31, "back_to": time(said_at), "done_at": None}
    assert (told["heard"], told["done_at"]) == (31, None)
