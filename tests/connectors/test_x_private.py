"""X's private messages alone: what a sign-in may not, what nobody can answer, and what a recorded conversation says of ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Absent, Connector, Draft, Found, Listening, RemoteRef
from connectors.errors import Rejected, Retryable, Unsupported
from connectors.registry import connect
from tests.connectors.hostile import Mutation, mutated, mutations
from tests.connectors.kit import NOW, iso
from tests.connectors.kit_x import X
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.private_kits import DMS
from tests.connectors.test_hostile import holds_well, some
from tests.connectors.test_x_listening import BARE, READ_ONLY

SEND, READ, MENTIONS = f"{DMS}/messages", f"{DMS}/dm_events", "/2/users/42/mentions"
TALK = RemoteRef("dm/42-7")
MESSAGE = RemoteRef("dm/900", root=TALK)
ANSWER = Draft("Thanks, see https://example.org/a?b=1&c=2", in_reply_to=MESSAGE)


@pytest.fixture
def x(server: Loopback) -> Connector:
    return connect("x", X.sign_in(server.url))


def event(number: int, text: str = "words", sender: str = "7", **more: Any) -> dict[str, Any]:
    made = iso(NOW + timedelta(seconds=number))
    told = {"id": str(number), "event_type": "MessageCreate", "text": text, "sender_id": sender, "created_at": made}
    return {**told, "dm_conversation_id": "42-7", **more}


def stand(server: Loopback, *events: Any) -> None:
    """From now on the conversation holds these, newest first; X names a next page behind the last one too."""
    users = {"users": [{"id": "7", "username": "someone", "name": "Some One"}]}
    full = {"data": [*events], "includes": users, "meta": {"result_count": len(events), "next_token": "older"}}
    empty = {"meta": {"result_count": 0}}
    server.on("GET", READ, lambda asked: Reply(empty if "pagination_token" in asked.query else full))


@pytest.mark.parametrize("body", [BARE, READ_ONLY], ids=["oauth2", "oauth1"])
def test_a_sign_in_that_may_not_write_messages_is_told_so_and_stays_signed_in(
    x: Connector, server: Loopback, body: Any
) -> None:
    server.on("POST", SEND, Reply(body, 403))
    with pytest.raises(Rejected) as refused:
        x.publish(ANSWER, key="k")
    assert refused.value.code == "scope"
    assert "dm.write" in refused.value.detail
    server.on("GET", READ, Reply(body, 403))
    with pytest.raises(Rejected) as unread:
        x.find_published(ANSWER, key="k", since=NOW)
    assert "dm.read" in unread.value.detail


@pytest.mark.parametrize("root", [None, "dm/", "42-7", "dm/42-7/x", "dm/../tweets", "dm/42-7-9"])
def test_what_names_no_conversation_is_answered_nowhere(x: Connector, server: Loopback, root: str | None) -> None:
    alone = RemoteRef("dm/900", root=RemoteRef(root) if root else None)
    with pytest.raises(Rejected) as refused:
        x.publish(Draft("yes", in_reply_to=alone), key="k")
    assert refused.value.code == "no-conversation"
    assert server.asked == []


def test_a_message_whose_conversation_is_not_told_cannot_be_answered(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, Reply({"meta": {"result_count": 0}}))
    alone = event(1)
    del alone["dm_conversation_id"]
    server.on("GET", "/2/dm_events", Reply({"data": [alone], "meta": {"result_count": 1}}))
    (message,) = x.fetch_interactions(None, Listening(messages=True)).items
    with pytest.raises(Rejected):
        x.publish(Draft("yes", in_reply_to=message.ref), key="k")
    assert [it.method for it in server.asked] == ["GET", "GET"]


def test_an_answer_with_a_link_is_found_however_x_shortened_it(x: Connector, server: Loopback) -> None:
    urls = {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://example.org/a?b=1&c=2"}]}
    ours = event(5, "Thanks, see https://t.co/abc", "42", entities=urls)
    stand(server, event(6, ANSWER.text), ours, event(1))
    found = x.find_published(ANSWER, key="k", since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == "dm/5", "the same words of somebody else are not ours"
    server.on("GET", "/2/dm_events/5", Reply({"data": ours}))
    assert isinstance(x.confirm(ANSWER, "dm/5"), Found)
    server.on("GET", "/2/dm_events/6", Reply({"data": event(6, ANSWER.text)}))
    assert x.confirm(ANSWER, "dm/6") == Absent()


def test_what_was_written_before_and_after_is_shown(x: Connector, server: Loopback) -> None:
    stand(server, event(5), event(4, "ours too", "42"), event(3), event(2, "ours", "42"), event(1, "first"))
    got = x.thread(RemoteRef("dm/3", root=TALK))
    assert [one.text for one in got.above] == ["first", "ours"]
    assert [one.ref.id for one in got.below] == ["dm/5"]
    assert got.above[0].author.handle == "someone"
    with pytest.raises(Rejected) as gone:
        x.thread(RemoteRef("dm/9", root=TALK))
    assert gone.value.code == "gone"


def test_a_message_is_taken_back_for_nobody_else_so_it_is_not(x: Connector, server: Loopback) -> None:
    with pytest.raises(Unsupported):
        x.delete(RemoteRef("dm/5"))
    assert server.asked == []


def test_a_listing_of_another_shape_is_no_silence(x: Connector, server: Loopback) -> None:
    server.on("GET", READ, Reply({"events": []}))
    with pytest.raises(Retryable):
        x.find_published(ANSWER, key="k", since=NOW)


def test_whatever_x_says_is_a_typed_error_or_what_can_be_kept(x: Connector, server: Loopback) -> None:
    stand(server, event(5, ANSWER.text, "42"), event(3), event(1))
    server.on("GET", "/2/dm_events/5", Reply({"data": event(5, ANSWER.text, "42")}))
    calls = [
        lambda: x.find_published(ANSWER, key="k", since=NOW),
        lambda: x.confirm(ANSWER, "dm/5"),
        lambda: x.thread(RemoteRef("dm/3", root=TALK)),
        lambda: dict(x.read([RemoteRef("dm/5")])),
    ]

    @some
    @given(mutations, st.integers(0, len(calls) - 1))
    def holds_for(wanted: list[Mutation], which: int) -> None:
        server.twist = lambda reply: Reply(mutated(reply.body, wanted), reply.status, reply.headers)
        holds_well(calls[which])

    holds_for()
