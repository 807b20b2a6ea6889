"""A reply at a time of one's own, labels, and what a person is told when they schedule."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.access import Action
from chalicelib.services import lines, polling
from chalicelib.store import keys
from connectors.contract import RemoteRef
from tests.api.rooms import Rooms, send

PRAISE = "Thank you so much, this is great work, I love it!"


@pytest.fixture
def heard(rooms: Rooms) -> str:
    """The id of something that was said toward our account on X."""
    world = rooms.world
    world.hears("x", PRAISE, number=1)
    polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    (found,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    return found.id


def reply(rooms: Rooms, interaction: str, **changes: Any) -> dict[str, Any]:
    return rooms.post(reply_to=interaction, **changes)


def test_a_reply_goes_out_at_its_time_under_what_it_answers(rooms: Rooms, heard: str) -> None:
    made = send("POST", "/posts", token=rooms.owner, form=reply(rooms, heard))
    assert made.status == 201, made.body
    (variant,) = made.json["variants"]
    assert (variant["interaction"], variant["says"]["language"]) == (heard, "en")
    assert "ref-1" not in made.body.decode()
    rooms.world.clock.move(2 * 3600)
    rooms.say(rooms.world.variant(variant["id"]))
    ((text, _, answers),) = rooms.world.platforms["x"].posted
    assert text == "Hello"
    assert answers is not None
    assert answers.id == RemoteRef("ref-1").id


def test_whoever_schedules_a_reply_has_acted_and_nothing_automatic_follows(rooms: Rooms, heard: str) -> None:
    world = rooms.world
    send("POST", "/posts", token=rooms.owner, form=reply(rooms, heard))
    interaction = world.desk.store.interactions.get(world.workspace.id, heard)
    assert interaction is not None
    touch = world.desk.store.touch(keys.thread_touch(world.workspace.id, interaction.conversation.id))
    assert touch.human_at == world.clock.now()
    lines.speak(world.desk, world.workspace.id, interaction.account, [])
    ends = {
        one["origin"]: one["variants"][0]["state"] for one in send("GET", "/posts", token=rooms.owner).json["items"]
    }
    assert ends["triage"] == "cancelled"


def test_the_same_key_is_the_same_reply(rooms: Rooms, heard: str) -> None:
    headers = {"idempotency-key": "k"}
    first = send("POST", "/posts", token=rooms.owner, form=reply(rooms, heard), headers=headers)
    again = send("POST", "/posts", token=rooms.owner, form=reply(rooms, heard), headers=headers)
    assert (again.status, again.json) == (201, first.json)


def test_what_cannot_be_answered_so(rooms: Rooms, heard: str) -> None:
    other = rooms.world.accounts["mastodon"].id
    two = [{"account": rooms.account, "text": "Hello"}, {"account": other, "text": "Hello"}]
    for form, pointer in (
        (reply(rooms, "nosuch"), "/reply_to"),
        (reply(rooms, heard, variants=two), "/variants"),
        (reply(rooms, heard, variants=two[1:]), "/variants/0/account"),
    ):
        assert rooms.refuses(400, "POST", "/posts", form).pointers == [pointer]
        assert rooms.refuses(400, "POST", "/posts/precheck", form).pointers == [pointer]
    narrow = rooms.token(scopes={Action.POST_SCHEDULE})
    rooms.refuses(403, "POST", "/posts", reply(rooms, heard), token=narrow)


def test_labels_are_kept_tidy_and_changed_apart_from_what_is_said(rooms: Rooms) -> None:
    made = send("POST", "/posts", token=rooms.owner, form=rooms.post(labels=["Winter ", "winter", "Open  day"])).json
    assert made["labels"] == ["Winter", "Open day"]
    changed = send("PUT", f"/posts/{made['id']}/labels", token=rooms.owner, form={"labels": ["Spring"]}).json
    assert changed["labels"] == ["Spring"]
    assert [one["act"] for one in changed["events"]] == ["create", "label"]
    assert [one["version"] for one in changed["variants"]] == [1]
    again = send("PUT", f"/posts/{made['id']}/labels", token=rooms.owner, form={"labels": ["spring "]}).json
    assert again["labels"] == ["spring"]
    assert rooms.refuses(400, "PUT", f"/posts/{made['id']}/labels", {"labels": ["a\nb"]}).pointers == ["/labels/0"]


def test_scheduling_tells_what_was_said_already_and_schedules_all_the_same(rooms: Rooms) -> None:
    headers = {"idempotency-key": "k"}
    first = send("POST", "/posts", token=rooms.owner, form=rooms.post(), headers=headers)
    assert first.json["remarks"] == []
    assert send("POST", "/posts", token=rooms.owner, form=rooms.post(), headers=headers).json["remarks"] == []
    second = send("POST", "/posts", token=rooms.owner, form=rooms.post())
    assert second.status == 201
    assert [one["notice"] for one in second.json["remarks"]] == ["same_hour", "said_before"]
