"""Bluesky's part of the sandbox network, which keeps state: gates, cards, watched words, hiding, blocks, counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.capabilities import InteractionKind, Platform
from connectors.contract import Draft, Found, Listening, NamesPeople, RemoteInteraction
from connectors.errors import Ambiguous, Rejected
from connectors.metrics import Measure
from connectors.moderation import Moderation, Target
from connectors.options import Card, Options, WhoMayReply
from tests.connectors.sandbox import Desk, desk_on

NOBODY = Options(who_may_reply=frozenset({WhoMayReply.NOBODY}))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_on(Platform.BLUESKY) as running:
        yield running


def states(desk: Desk) -> dict[str, list[str]]:
    return {one["subject"]: one["states"] for one in desk.ask("marks")["marks"]}


def answered(desk: Desk, text: str = "nice") -> tuple[Any, RemoteInteraction]:
    """A post of ours, and a member's answer to it as we hear it."""
    ref = desk.publish(desk.draft).ref
    made = desk.tell("members/say", platform="bluesky", member="member-otter", text=text, reply_to=ref.id)
    found = next(it for it in desk.connector.fetch_interactions(None).items if it.native_id == made["id"])
    return ref, found


def test_an_answer_is_hidden_shown_again_and_never_gone(desk: Desk) -> None:
    ref, answer = answered(desk)
    target = Target(answer.ref, answer.author.id, on_own=answer.on_own)
    assert answer.on_own
    for _ in range(2):
        desk.connector.moderate(target, Moderation.HIDE)
    assert states(desk) == {answer.native_id: ["hidden"]}
    assert desk.connector.thread(ref).below == ()
    assert desk.connector.read([answer.ref])[answer.ref.id].text == "nice"
    assert desk.connector.fetch_interactions(None).items == (), "its notification is gone with it"
    for _ in range(2):
        desk.connector.moderate(target, Moderation.UNHIDE)
    assert states(desk) == {}
    assert [it.native_id for it in desk.connector.thread(ref).below] == [answer.native_id]


def test_hiding_keeps_who_may_answer(desk: Desk) -> None:
    open_to = Options(who_may_reply=frozenset({WhoMayReply.MENTIONED}))
    draft = Draft("hello @member-otter.bsky.test", options=open_to)
    assert isinstance(desk.connector, NamesPeople)
    draft = replace(draft, named=desk.connector.whom(draft))
    assert draft.named
    ref = desk.publish(draft).ref
    for member in ("member-otter", "member-heron"):
        desk.tell("members/say", platform="bluesky", member=member, text=f"from {member}", reply_to=ref.id)
    (answer,) = desk.connector.fetch_interactions(None).items
    assert answer.text == "from member-otter", "who was not mentioned is not heard"
    desk.connector.moderate(Target(answer.ref), Moderation.HIDE)
    assert isinstance(desk.look(draft), Found), "the post is found whatever became of its gate"
    desk.connector.moderate(Target(answer.ref), Moderation.UNHIDE)
    assert len(desk.connector.thread(ref).below) == 1


def test_a_gate_stands_with_its_post_or_neither_does(desk: Desk) -> None:
    draft = Draft("No answers", options=NOBODY)
    for kind in ("closed", "lost"):
        desk.tell("faults", platform="bluesky", kind=kind, on="write")
        with pytest.raises(Ambiguous):
            desk.publish(draft)
        assert isinstance(desk.look(draft), Found) == (kind == "lost")
    with pytest.raises(Ambiguous):
        desk.publish(draft)
    assert desk.texts().count("No answers") == 1
    (post,) = desk.posts()
    desk.tell("members/say", platform="bluesky", member="member-otter", text="but", reply_to=post["id"])
    assert desk.connector.fetch_interactions(None).items == ()


def test_a_card_and_a_label_are_shown(desk: Desk) -> None:
    draft = Draft("Look", options=Options(sensitive=True, card=Card("https://example.org/", "A title", "Words")))
    receipt = desk.publish(draft)
    (post,) = desk.posts()
    assert post["options"] == {"labels": ["graphic-media"], "card": "https://example.org/"}
    assert isinstance(desk.connector.confirm(draft, receipt.ref.id), Found)


def test_a_watched_word_is_heard_once(desk: Desk) -> None:
    desk.publish(Draft("We like otters ourselves"))
    for text in ("I saw OTTERS today", "nothing of the sort"):
        desk.tell("members/say", platform="bluesky", member="member-wren", text=text)
    listening = Listening(words=("otters",))
    page = desk.connector.fetch_interactions(None, listening)
    assert [(it.kind, it.text, it.why) for it in page.items] == [
        (InteractionKind.KEYWORD, "I saw OTTERS today", ("otters",))
    ]
    assert desk.connector.fetch_interactions(page.cursor, listening).items == ()


def test_an_edit_and_a_deletion_are_seen(desk: Desk) -> None:
    _, answer = answered(desk)
    desk.tell("members/edit", platform="bluesky", id=answer.native_id, text="not so nice")
    again = desk.connector.read([answer.ref])[answer.ref.id]
    assert (again.native_id, again.text) == (answer.native_id, "not so nice")
    assert again.ref.revision != answer.ref.revision
    desk.tell("members/withdraw", platform="bluesky", id=answer.native_id)
    assert desk.connector.read([answer.ref]) == {}


def test_somebody_is_muted_blocked_reported_and_let_go(desk: Desk) -> None:
    _, answer = answered(desk)
    target, who = Target(answer.ref, answer.author.id, reason="spam"), str(answer.author.id)
    us = desk.account["id"]
    for action, state in ((Moderation.MUTE, f"muted by {us}"), (Moderation.BLOCK, f"blocked by {us}")):
        for _ in range(2):
            desk.connector.moderate(target, action)
        assert states(desk) == {who: [state]}
        for _ in range(2):
            desk.connector.moderate(target, Moderation.UNMUTE if action is Moderation.MUTE else Moderation.UNBLOCK)
        assert states(desk) == {}
    desk.connector.moderate(target, Moderation.REPORT)
    assert states(desk) == {answer.native_id: [f"reported by {us}"]}


def test_what_is_counted_is_told_and_own_posts_come_back(desk: Desk) -> None:
    ref, _ = answered(desk)
    desk.tell("counts", platform="bluesky", subject=ref.id, counts={"likes": 5, "reposts": 2})
    desk.tell("counts", platform="bluesky", subject=desk.account["id"], counts={"followers": 12})
    told = desk.connector.metrics([ref], account=True)
    assert (told.posts[ref.id][Measure.LIKES], told.posts[ref.id][Measure.REPLIES]) == (5, 1)
    assert told.account[Measure.FOLLOWERS] == 12
    (own,) = desk.connector.own_posts()
    assert (own.ref.id, own.counts[Measure.REPOSTS]) == (ref.id, 2)
    assert own.created_at <= datetime.now(UTC)
    assert desk.connector.own_posts(own.ref.id) == ()


def test_in_anothers_thread_nothing_is_hidden(desk: Desk) -> None:
    said = desk.tell("members/say", platform="bluesky", kind="question", account=desk.account["id"])
    (question,) = desk.connector.fetch_interactions(None).items
    assert question.native_id == said["id"]
    assert not question.on_own
    with pytest.raises(Rejected) as refused:
        desk.connector.moderate(Target(question.ref), Moderation.HIDE)
    assert refused.value.code == "not-moderator"
