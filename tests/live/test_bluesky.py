"""Our Bluesky connector against Bluesky's own PDS, AppView and moderation service."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.bluesky.connector import BlueskyConnector
from connectors.capabilities import InteractionKind
from connectors.contract import Absent, Draft, Found, Identity, Picture, RemoteInteraction, RemoteRef, SignIn
from connectors.errors import Ambiguous, Rejected
from connectors.metrics import Measure
from connectors.moderation import Moderation, Target
from connectors.options import Card, Options, WhoMayReply
from connectors.sessions import Memory
from tests.live.bluesky import BlueskyNetwork
from tests.live.conftest import until
from tests.local.sandbox.drawing import png


@pytest.fixture
def bluesky(bluesky_network: BlueskyNetwork) -> BlueskyConnector:
    """Our account, signed in with an app password that was made for it."""
    desk = bluesky_network.desk
    made = desk.call("com.atproto.server.createAppPassword", name=uuid.uuid4().hex[:12])
    credential = {"identifier": desk.handle, "app_password": made["password"]}
    return BlueskyConnector(SignIn(desk.url, credential, Identity(desk.did, desk.handle), Memory(), 20.0))


def key(bluesky: BlueskyConnector) -> str:
    return bluesky.new_key(uuid.uuid4().hex, datetime.now(UTC))


def answered(network: BlueskyNetwork, bluesky: BlueskyConnector, ref: RemoteRef, text: str) -> RemoteInteraction:
    """The member answers a post once the AppView has it; this is how we hear of it."""
    until(lambda: bluesky.read([ref]))
    strong = {"uri": ref.id, "cid": ref.revision}
    made = network.member.say(text, reply={"root": strong, "parent": strong})

    def heard() -> RemoteInteraction | None:
        items = bluesky.fetch_interactions(None).items
        return next((item for item in items if item.native_id == made["uri"]), None)

    return until(heard)


def test_a_post_is_said_answered_heard_moderated_found_and_taken_down(
    bluesky_network: BlueskyNetwork, bluesky: BlueskyConnector
) -> None:
    draft, since = Draft("Grüße 🎉 from the desk, see https://example.org/ #parley", language="de"), datetime.now(UTC)
    mine = key(bluesky)
    assert bluesky.find_published(draft, key=mine, since=since) == Absent()
    ref = bluesky.publish(draft, key=mine).ref
    assert bluesky.publish(draft, key=mine).ref == ref, "the same send again is the same post"
    with pytest.raises(Ambiguous):
        bluesky.publish(replace(draft, text="other words under the same key"), key=mine)
    found = bluesky.find_published(draft, key=mine, since=since)
    assert isinstance(found, Found)
    assert found.receipt.ref == ref

    answer = answered(bluesky_network, bluesky, ref, "nice!")
    assert (answer.kind, answer.text, answer.on_own) == (InteractionKind.REPLY, "nice!", True)
    assert [it.native_id for it in bluesky.thread(ref).below] == [answer.native_id]
    assert [it.native_id for it in bluesky.thread(answer.ref).above] == [ref.id]

    target = Target(answer.ref, answer.author.id, on_own=True)
    for _ in range(2):
        bluesky.moderate(target, Moderation.HIDE)
    until(lambda: not bluesky.thread(ref).below)
    assert until(lambda: bluesky.read([answer.ref])), "hidden is not gone"
    bluesky.moderate(target, Moderation.UNHIDE)
    until(lambda: bluesky.thread(ref).below)

    counts = until(lambda: bluesky.metrics([ref], account=True))
    assert counts.posts[ref.id][Measure.REPLIES] == 1
    assert Measure.FOLLOWERS in counts.account

    thanks = Draft("thank you", in_reply_to=answer.ref)
    under = bluesky.publish(thanks, key=key(bluesky)).ref
    assert under.root is not None
    assert under.root.id == ref.id
    assert {it.ref.id for it in bluesky.own_posts()} >= {ref.id, under.id}

    for one in (under, ref, ref):
        bluesky.delete(one)
    assert bluesky.find_published(draft, key=mine, since=since) == Absent()
    until(lambda: not bluesky.read([ref]))
    with pytest.raises(Rejected) as gone:
        bluesky.thread(ref)
    assert gone.value.code == "gone"


def test_a_mention_and_a_gate_are_understood(bluesky_network: BlueskyNetwork, bluesky: BlueskyConnector) -> None:
    """The member is told of the mention, and may answer since it is mentioned."""
    member = bluesky_network.member
    draft = Draft(f"hello @{member.handle}", options=Options(who_may_reply=frozenset({WhoMayReply.MENTIONED})))
    draft = replace(draft, named=bluesky.whom(Draft(f"{draft.text} @nobody-at-all.test")))
    assert draft.named == {member.handle: member.did}
    mine = key(bluesky)
    ref = bluesky.publish(draft, key=mine).ref
    with pytest.raises(Ambiguous):
        bluesky.publish(draft, key=mine)
    found = bluesky.find_published(draft, key=mine, since=datetime.now(UTC))
    assert isinstance(found, Found)
    assert found.receipt.ref == ref
    assert answered(bluesky_network, bluesky, ref, "I was mentioned").kind is InteractionKind.REPLY


def test_where_nobody_may_answer_nobody_is_heard(bluesky_network: BlueskyNetwork, bluesky: BlueskyConnector) -> None:
    draft = Draft("no answers, please", options=Options(who_may_reply=frozenset({WhoMayReply.NOBODY})))
    ref, other = bluesky.publish(draft, key=key(bluesky)).ref, bluesky.publish(Draft("open"), key=key(bluesky)).ref
    until(lambda: bluesky.read([ref]))
    strong = {"uri": ref.id, "cid": ref.revision}
    kept_out = bluesky_network.member.say("I answer all the same", reply={"root": strong, "parent": strong})
    answered(bluesky_network, bluesky, other, "after it")  # what came later was heard
    assert kept_out["uri"] not in {it.native_id for it in bluesky.fetch_interactions(None).items}
    assert bluesky.thread(ref).below == ()


def test_a_thread_with_a_picture_and_a_card_is_taken_whole(bluesky: BlueskyConnector) -> None:
    data = png(40, 30)
    picture = Picture("m1", "image/png", len(data), 40, 30, alt="a grey rectangle")
    picture = replace(picture, handle=bluesky.upload(picture, data).handle)
    card = Card("https://example.org/", "A title", "What it is", picture)
    draft = Draft(
        "One", thread=(Draft("Two", pictures=(picture,)), Draft("Three")), options=Options(sensitive=True, card=card)
    )
    mine = key(bluesky)
    receipt = bluesky.publish(draft, key=mine)
    assert len(receipt.thread) == 2
    assert isinstance(bluesky.find_published(draft, key=mine, since=datetime.now(UTC)), Found)
    assert isinstance(bluesky.confirm(draft, receipt.ref.id), Found)
    seen = until(lambda: bluesky.read([receipt.ref]))[receipt.ref.id]
    assert seen.raw["embed"]["$type"] == "app.bsky.embed.external#view"
    assert {label["val"] for label in seen.raw["labels"]} == {"graphic-media"}


def test_somebody_is_muted_blocked_and_reported_and_let_go_again(
    bluesky_network: BlueskyNetwork, bluesky: BlueskyConnector
) -> None:
    said = bluesky_network.member.say("a post of my own")
    until(lambda: bluesky.read([RemoteRef(said["uri"])]))
    target = Target(RemoteRef(said["uri"], revision=said["cid"]), bluesky_network.member.did, reason="a test")
    for action in (Moderation.MUTE, Moderation.UNMUTE, Moderation.REPORT, Moderation.BLOCK, Moderation.UNBLOCK):
        for _ in range(2):
            bluesky.moderate(target, action)
    assert until(lambda: bluesky.read([target.ref])), "nothing of it stays"


def test_a_wrong_password_is_told_as_one(bluesky_network: BlueskyNetwork) -> None:
    credential = {"identifier": bluesky_network.desk.handle, "app_password": "wrong-word-here-now"}
    connector = BlueskyConnector(SignIn(bluesky_network.url, credential, None, Memory(), 20.0))
    with pytest.raises(Exception, match="AuthenticationRequired"):
        connector.sign_in()
