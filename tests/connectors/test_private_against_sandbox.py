"""Private messages against the sandbox network, which knows who may read what: heard, answered, found, and never in public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.capabilities import InteractionKind, Platform
from connectors.contract import Draft, Found, Listening, RemoteInteraction
from connectors.errors import Ambiguous
from connectors.registry import capabilities
from tests.connectors.sandbox import Desk, desk_on

HEAR = [one for one in Platform if InteractionKind.MESSAGE in capabilities(one).kinds]
MESSAGES = Listening(messages=True)


@pytest.fixture(params=HEAR)
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


def writes(desk: Desk, text: str) -> None:
    body = {"platform": desk.platform, "member": "member-otter", "account": desk.account["id"]}
    desk.tell("members/say", **body, text=text, community="messages")


def heard(desk: Desk, cursor: str | None = None) -> tuple[list[RemoteInteraction], str | None]:
    page = desk.connector.fetch_interactions(cursor, MESSAGES)
    assert page.missed == ()
    return [one for one in page.items if one.kind is InteractionKind.MESSAGE], page.cursor


def private(desk: Desk) -> list[Any]:
    return list(desk.ask("messages")["messages"])


def in_public(desk: Desk) -> list[str]:
    """What we said that anybody may read."""
    known = {one["id"] for one in private(desk)}
    return [one["text"] for one in desk.posts() if one["id"] not in known]


def test_a_message_is_heard_once_answered_in_private_and_the_answer_is_found(desk: Desk) -> None:
    desk.tell("members/say", platform=desk.platform, member="member-otter", text="to all", account=desk.account["id"])
    writes(desk, "may I come earlier?")
    ((message,), cursor) = heard(desk)
    assert message.text.endswith("may I come earlier?")
    assert message.author.id
    assert desk.connector.fetch_interactions(None).items[-1].text.endswith("to all"), "off until it is switched on"

    answer = Draft("Come at nine.", in_reply_to=message.ref)
    receipt = desk.publish(answer, "answer")

    (ours,) = [one for one in private(desk) if one["author"] == desk.account["id"]]
    assert ours["text"].endswith("Come at nine.")
    assert str(ours["to"]) in str(message.author.id)
    assert in_public(desk) == []
    found = desk.look(answer, "answer")
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id
    again, _ = heard(desk, cursor)
    assert {one.native_id for one in again} <= {message.native_id}, "our own answer is no interaction"


def test_what_is_written_later_is_heard_and_a_second_part_goes_the_same_way(desk: Desk) -> None:
    writes(desk, "first")
    ((first,), cursor) = heard(desk)
    part = desk.publish(Draft("Come at nine.", in_reply_to=first.ref), "one").ref
    part = replace(part, root=first.ref.root) if first.ref.root else part  # as the desk does
    desk.publish(Draft("And bring the key.", in_reply_to=part), "two")
    writes(desk, "second")

    later, cursor = heard(desk, cursor)

    assert "second" in {one.text.removeprefix("@parley-desk ").rpartition("\n")[2] for one in later}
    assert {one.conversation_id for one in later if one.text.endswith("first")} <= {first.conversation_id}
    assert {one["author"] for one in private(desk) if one["text"].endswith(("nine.", "key."))} == {desk.account["id"]}
    assert len({one["to"] for one in private(desk) if one["author"] == desk.account["id"]}) == 1
    assert in_public(desk) == []


@pytest.mark.parametrize("kind", ["lost", "closed"])
def test_an_answer_whose_answer_is_lost_is_in_doubt_then_known_and_never_public(desk: Desk, kind: str) -> None:
    writes(desk, "hello?")
    ((message,), _) = heard(desk)
    draft = Draft("Come at nine.", in_reply_to=message.ref)
    desk.tell("faults", platform=desk.platform, kind=kind, on="write")
    with pytest.raises(Ambiguous):
        desk.publish(draft)
    landed = [one for one in private(desk) if one["author"] == desk.account["id"]]
    assert isinstance(desk.look(draft), Found) == (len(landed) == 1) == (kind == "lost")
    assert in_public(desk) == []
