"""X's verbs against the sandbox: what a member does is heard, read, hidden and counted as the sandbox has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind, Platform
from connectors.contract import Absent, Draft, Found, Listening, RemoteRef, Unproven
from connectors.errors import Rejected
from connectors.metrics import Measure
from connectors.moderation import Moderation, Target
from connectors.options import Options, Poll, WhoMayReply
from tests.connectors.sandbox import Desk, desk_on

POLL = Options(poll=Poll(("Yes", "No"), timedelta(hours=1)), who_may_reply=frozenset({WhoMayReply.MENTIONED}))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_on(Platform.X) as made:
        yield made


def say(desk: Desk, text: str, **where: Any) -> Any:
    return desk.tell("members/say", platform="x", member="member-otter", text=text, **where)


def heard(desk: Desk, cursor: str | None = None, **listening: Any) -> Any:
    return desk.connector.fetch_interactions(cursor, Listening(**listening))


def test_a_poll_is_asked_once_and_found_by_its_choices(desk: Desk) -> None:
    draft = Draft("Will you come?", options=POLL)
    ref = desk.publish(draft).ref

    assert [it["options"] for it in desk.posts()] == [
        {"poll": {"options": ["Yes", "No"], "duration_minutes": 60}, "reply_settings": "mentionedUsers"}
    ]
    assert isinstance(desk.look(draft), Found)
    other = replace(draft, options=Options(poll=Poll(("Yes", "Maybe"), timedelta(hours=1))))
    assert isinstance(desk.look(other), Unproven)
    assert isinstance(desk.connector.confirm(draft, ref.id), Found)
    assert isinstance(desk.connector.confirm(other, ref.id), Unproven)
    assert isinstance(desk.connector.confirm(Draft("Will you come?"), ref.id), Unproven)


def test_what_a_member_says_is_heard_by_every_way_once(desk: Desk) -> None:
    own = desk.publish(Draft("Hello all")).ref
    say(desk, "hello there", account=desk.account["id"])
    say(desk, "Nice one", reply_to=own.id)
    say(desk, "just for you", account=desk.account["id"], community="messages")
    say(desk, "the café is lovely")
    say(desk, "the CAFE again, @parley_desk", account=desk.account["id"])
    say(desk, "nothing of it")

    page = heard(desk, messages=True, words=("café", "no such thing"))

    assert [(it.kind, it.text) for it in page.items] == [
        (InteractionKind.MENTION, "@parley_desk hello there"),
        (InteractionKind.REPLY, "@parley_desk Nice one"),
        (InteractionKind.MESSAGE, "just for you"),
        (InteractionKind.KEYWORD, "the café is lovely"),
        (InteractionKind.MENTION, "the CAFE again, @parley_desk"),
    ]
    assert [it.why for it in page.items if it.kind is InteractionKind.KEYWORD] == [("café",)]
    assert [it.on_own for it in page.items] == [False, True, False, False, False]
    again = heard(desk, page.cursor, messages=True, words=("café",))
    assert again.cursor == page.cursor
    assert {it.native_id for it in again.items} <= {it.native_id for it in page.items}
    assert heard(desk).items == page.items[:2] + page.items[4:]


def test_a_message_is_read_again_with_what_stands_around_it(desk: Desk) -> None:
    for text in ("just for you", "are you there?"):
        say(desk, text, account=desk.account["id"], community="messages")
    first, second = heard(desk, messages=True).items
    gone = RemoteRef("dm/99", root=first.ref.root)
    assert desk.connector.read([first.ref, gone]) == {first.ref.id: first}
    answer = Draft("Yes, from nine.", in_reply_to=second.ref)
    made = desk.publish(answer).ref
    thread = desk.connector.thread(second.ref)
    assert ([it.text for it in thread.above], thread.below, thread.complete) == (["just for you"], (), True)
    assert isinstance(desk.connector.confirm(answer, made.id), Found)
    assert isinstance(desk.connector.confirm(replace(answer, text="No"), made.id), Unproven)
    assert desk.connector.confirm(answer, first.ref.id) == Absent()
    with pytest.raises(Rejected) as refused:
        desk.connector.thread(gone)
    assert refused.value.code == "gone"
    assert desk.posts() == []


def test_an_edit_is_the_same_post_with_other_words(desk: Desk) -> None:
    made = say(desk, "first words", account=desk.account["id"])
    (before,) = heard(desk).items
    desk.tell("members/edit", platform="x", id=made["id"], text="@parley_desk second words")

    (after,) = heard(desk).items
    assert (before.native_id, after.native_id) == (made["id"], made["id"])
    assert (before.text, after.text) == ("@parley_desk first words", "@parley_desk second words")
    assert after.ref.id != before.ref.id
    assert after.created_at == before.created_at.replace(microsecond=0), "when it was said first"
    assert desk.connector.read([before.ref])[before.ref.id].text == "@parley_desk second words"
    assert desk.publish(Draft("Seen", in_reply_to=after.ref)).ref.id

    desk.tell("members/withdraw", platform="x", id=made["id"])
    assert desk.connector.read([before.ref]) == {}


def test_a_thread_holds_what_answers_and_what_quotes(desk: Desk) -> None:
    own = desk.publish(Draft("Root")).ref
    first = say(desk, "One", reply_to=own.id)
    ours = desk.publish(Draft("Thanks", in_reply_to=RemoteRef(first["id"]))).ref
    say(desk, "Two", reply_to=ours.id)
    say(desk, f"Look: https://x.com/parley_desk/status/{own.id}")

    thread = desk.connector.thread(own)
    assert [(it.kind, it.text.split()[-1]) for it in thread.below] == [
        (InteractionKind.REPLY, "One"),
        (InteractionKind.REPLY, "Two"),
        (InteractionKind.QUOTE, f"https://x.com/parley_desk/status/{own.id}"),
    ]
    assert (thread.above, thread.complete) == ((), True)
    assert [it.text for it in desk.connector.thread(ours).above] == ["Root", "@parley_desk One"]

    desk.tell("clock", advance=8 * 86_400)
    late = desk.connector.thread(own)
    assert (late.below, late.complete) == ((), False)


def test_a_reply_is_hidden_only_where_we_began(desk: Desk) -> None:
    own = desk.publish(Draft("Root")).ref
    mine, other = say(desk, "rude", reply_to=own.id), say(desk, "rude too", account=desk.account["id"])
    author = mine["author"]
    for action, states in ((Moderation.HIDE, ["hidden"]), (Moderation.HIDE, ["hidden"]), (Moderation.UNHIDE, [])):
        desk.connector.moderate(Target(RemoteRef(mine["id"])), action)
        assert [it["states"] for it in desk.ask("marks")["marks"]] == ([states] if states else [])
    with pytest.raises(Rejected) as refused:
        desk.connector.moderate(Target(RemoteRef(other["id"])), Moderation.HIDE)
    assert refused.value.code == "not-moderator"
    with pytest.raises(Rejected) as gone:
        desk.connector.moderate(Target(RemoteRef("1")), Moderation.HIDE)
    assert gone.value.code == "gone"
    for action, count in ((Moderation.MUTE, 1), (Moderation.MUTE, 1), (Moderation.UNMUTE, 0), (Moderation.UNMUTE, 0)):
        desk.connector.moderate(Target(RemoteRef(mine["id"]), author), action)
        assert desk.ask("marks")["count"] == count


def test_counts_are_what_the_sandbox_tells(desk: Desk) -> None:
    own = desk.publish(Draft("Root")).ref
    theirs = say(desk, "One", reply_to=own.id)
    desk.tell("counts", platform="x", subject=own.id, counts={"like_count": 7, "url_link_clicks": 3})
    desk.tell("counts", platform="x", subject=desk.account["id"], counts={"followers_count": 12})

    told = desk.connector.metrics([own, RemoteRef(theirs["id"]), RemoteRef("1")], account=True)

    assert set(told.posts) == {own.id, theirs["id"]}
    assert told.posts[own.id][Measure.LIKES] == 7
    assert told.posts[own.id][Measure.REPLIES] == 1
    assert told.posts[own.id][Measure.LINK_CLICKS] == 3
    assert Measure.LINK_CLICKS not in told.posts[theirs["id"]], "only its author is told"
    assert told.account == {Measure.FOLLOWERS: 12, Measure.FOLLOWING: 0, Measure.POSTS: 1}


def test_what_we_said_before_is_read_page_by_page(desk: Desk) -> None:
    refs = [desk.publish(Draft(f"Number {n}"), f"v{n}").ref for n in range(3)]
    say(desk, "not ours", account=desk.account["id"])
    earlier = desk.connector.own_posts()
    assert [(it.ref.id, it.text) for it in earlier] == [(refs[n].id, f"Number {n}") for n in (2, 1, 0)]
    assert earlier[0].counts[Measure.REPLIES] == 0
    assert [it.text for it in desk.connector.own_posts(refs[1].id)] == ["Number 0"]
    assert desk.connector.own_posts(refs[0].id) == ()
