"""Automatic replies by the API: words kept, shown and changed; what waits, and what was said, taken back."""

from __future__ import annotations

from datetime import timedelta

from tests.api.library import REPLY
from tests.api.rooms import Rooms, send
from tests.services.test_answering import goes_out, said_now, under
from tests.services.test_moderating import PRAISE


def test_a_reply_is_shown_kept_and_changed(rooms: Rooms) -> None:
    owner = rooms.owner
    shown = send("POST", "/replies/preview", token=owner, form=REPLY).json["items"]
    assert len(shown) == 3
    assert all(one["text"].startswith("Thank you from Desk! ") and one["length"] <= one["most"] for one in shown)
    assert all(one["fault"] is None for one in shown)
    assert send("GET", "/replies", token=owner).json["items"] == []

    made = send("POST", "/replies", token=owner, form=REPLY | {"name": "thanks"})
    assert made.status == 201, made.body
    assert send("POST", "/replies", token=owner, form=REPLY | {"name": "thanks"}).status == 409
    other = {"wordings": [*REPLY["wordings"], {"language": "en", "words": "How kind!"}]}
    changed = send("PUT", "/replies/thanks", token=owner, form=other).json
    assert changed["version"] != made.json["version"]
    listed = send("GET", "/replies", token=owner).json
    assert [one["id"] for one in listed["items"]] == ["thanks"]
    assert {"brand", "help_url"} <= set(listed["variables"])
    assert send("DELETE", "/replies/thanks", token=owner).status == 204
    assert send("GET", "/replies/thanks", token=owner).status == 404
    assert send("GET", "/replies/praise", token=owner).json["shipped"]


def test_every_fault_is_shown_with_its_line_and_the_first_is_told_where_it_is_kept(rooms: Rooms) -> None:
    words = "Hello {{ member }}\n{% for one in brand %}{% endfor %}"
    form = {"wordings": [{"language": "en", "words": "well"}, {"language": "en", "words": words}]}
    found = [
        one for one in send("POST", "/replies/preview", token=rooms.owner, form=form).json["items"] if one["fault"]
    ]
    assert [(one["wording"], one["line"]) for one in found] == [(1, 1), (1, 2)]
    refused = rooms.refuses(400, "POST", "/replies", form | {"name": "thanks"})
    assert refused.pointers == ["/wordings/1/words"]
    assert "line 1" in str(refused.json)


def test_what_waits_is_listed_and_taken_back_by_whoever_reviews(rooms: Rooms) -> None:
    world = rooms.world
    under(world, mode="hold", hold_minutes=30)
    one = said_now(world, PRAISE, 1)
    (waits,) = send("GET", "/answers", token=rooms.owner).json["items"]
    assert waits["id"] == one.answer
    done = send(
        "POST",
        f"/interactions/{one.id}/withdraw_answer",
        token=rooms.owner,
        form={"why": "it misses the point"},
    )
    assert (done.status, done.json["state"]) == (200, "in_review")
    assert send("GET", "/answers", token=rooms.owner).json["items"] == []
    offered = send("GET", f"/interactions/{one.id}/suggestions", token=rooms.owner).json["items"]
    assert [each["reply"] for each in offered] == ["praise"]
    assert not offered[0]["mediating"]


def test_what_was_said_is_deleted_where_the_platform_can(rooms: Rooms) -> None:
    world = rooms.world
    one = said_now(world, PRAISE, 1)
    goes_out(world, one)
    path, form = f"/interactions/{one.id}/withdraw_answer", {"why": "wrong words"}
    world.clock.at += timedelta(seconds=1)
    assert send("POST", path, token=rooms.owner, form=form).json["state"] == "in_review"
    assert rooms.deeds.deleted == ["mastodon-1"]
