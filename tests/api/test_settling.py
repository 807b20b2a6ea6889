"""What became of a post, settled by a person through the API: read on the platform first, and by the workspace's choice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Role
from chalicelib.domain.post import Variant
from connectors import errors
from connectors.contract import Draft, Lookup, Unproven
from tests.api.rooms import ObedientConnector, Reply, Rooms, send

LANDS = "lands, answer lost"


def taken(rooms: Rooms, text: str = "Hello", act: str = LANDS) -> str:
    """A question about a variant that may stand on the platform, taken by the owner."""
    review = rooms.doubtful(text, act)
    assert send("POST", f"/reviews/{review}/claim", token=rooms.owner).status == 200
    return review


def form(**where: str) -> dict[str, Any]:
    return {"verdict": "published", "why": "I see it there", **where}


def decide(rooms: Rooms, review: str, **where: str) -> Reply:
    return send("POST", f"/reviews/{review}/decide", token=rooms.owner, form=form(**where))


def refused(rooms: Rooms, status: int, review: str, **where: str) -> Reply:
    """The refusal of a decision: the item is still the owner's, the variant still in question."""
    reply = rooms.refuses(status, "POST", f"/reviews/{review}/decide", form(**where))
    assert send("GET", f"/reviews/{review}", token=rooms.owner).json["state"] == "claimed"
    assert about(rooms, review)["state"] == "needs_review"
    return reply


def about(rooms: Rooms, review: str) -> dict[str, Any]:
    """The variant that the question is about."""
    item = send("GET", f"/reviews/{review}", token=rooms.owner).json
    return rooms.shown(rooms.world.variant(item["about"]))


# --- it is there -----------------------------------------------------------------------------------------------------


def test_a_post_that_is_there_was_published_once_a_person_has_named_it(rooms: Rooms) -> None:
    review = taken(rooms)
    before = about(rooms, review)
    assert (before["state"], before["in_doubt"], before["remote"]) == ("needs_review", False, None)
    assert before["next"] == {"what": "a person decides what became of it; nothing is sent before", "at": None}
    reply = decide(rooms, review, remote_id="x-1")
    assert (reply.status, reply.json["state"], reply.json["verdict"]) == (200, "resolved", "published")
    shown = about(rooms, review)
    assert (shown["state"], shown["remote"]["id"], shown["doubt"]) == ("published", "x-1", None)
    assert shown["events"][-1]["act"] == "confirm"
    assert rooms.world.platforms["x"].asked == 1


def test_an_id_that_is_not_there(rooms: Rooms) -> None:
    reply = refused(rooms, 400, taken(rooms), remote_id="x-2")
    assert reply.pointers == ["/remote_id"]
    assert reply.json["errors"][0]["detail"] == "this account has no such post"


def test_an_address_that_is_not_there(rooms: Rooms) -> None:
    assert refused(rooms, 400, taken(rooms), url="https://x.example/2").pointers == ["/url"]


def test_no_id_at_all(rooms: Rooms) -> None:
    assert refused(rooms, 400, taken(rooms)).pointers == ["/remote_id"]


def test_a_post_that_says_something_else(rooms: Rooms) -> None:
    rooms.say(rooms.world.schedule("x", "Something else"))
    reply = refused(rooms, 400, taken(rooms, act="answer lost"), remote_id="x-1")
    assert reply.pointers == ["/remote_id"]
    assert reply.json["errors"][0]["detail"] == "that post says something else"


def test_an_id_that_is_none(rooms: Rooms) -> None:
    review = taken(rooms)
    rooms.deeds.faults.append(errors.Rejected("x", "this is no id of ours"))
    reply = refused(rooms, 400, review, remote_id="x 1")
    assert (reply.pointers, reply.json["errors"][0]["detail"]) == (["/remote_id"], "this is no id of ours")


def test_a_post_that_was_said_to_be_another_s(rooms: Rooms) -> None:
    first, second = taken(rooms), taken(rooms)
    assert decide(rooms, first, remote_id="x-1").status == 200
    reply = refused(rooms, 409, second, remote_id="x-1")
    assert reply.json["detail"] == "that post belongs to another variant that says the same"
    assert decide(rooms, second, remote_id="x-2").status == 200


def test_a_post_that_was_published_as_another_s(rooms: Rooms) -> None:
    rooms.say(rooms.world.schedule("x", "Hello"))
    review = taken(rooms)
    item, variant = send("GET", f"/reviews/{review}", token=rooms.owner).json, about(rooms, review)
    for _ in range(2):
        reply = decide(rooms, review, remote_id="x-1")
        assert (reply.status, reply.json["type"]) == (409, "urn:parley:problem:conflict")
        assert send("GET", f"/reviews/{review}", token=rooms.owner).json == item
        assert about(rooms, review) == variant
    assert decide(rooms, review, remote_id="x-2").status == 200


@pytest.mark.parametrize("fault", [errors.Retryable("x", "come back later"), errors.Ambiguous("x", "no answer")])
def test_a_platform_that_cannot_be_read(rooms: Rooms, fault: errors.ConnectorError) -> None:
    review = taken(rooms)
    rooms.deeds.faults.append(fault)
    reply = refused(rooms, 503, review, remote_id="x-1")
    assert reply.json["type"] == "urn:parley:problem:platform-unavailable"
    assert reply.headers["retry-after"] == "60"
    assert decide(rooms, review, remote_id="x-1").status == 200


def test_an_account_that_turns_out_to_be_signed_out_is_noted_and_nothing_is_decided(rooms: Rooms) -> None:
    review = taken(rooms)
    item, variant = send("GET", f"/reviews/{review}", token=rooms.owner).json, about(rooms, review)
    rooms.world.platforms["x"].signs_in = False
    reply = decide(rooms, review, remote_id="x-1")
    assert (reply.status, reply.json["type"]) == (422, "urn:parley:problem:platform-refused")
    assert reply.json["detail"] == "x: the token was revoked"
    assert send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json["state"] == "needs_reconnect"
    assert send("GET", f"/reviews/{review}", token=rooms.owner).json == item
    assert about(rooms, review) == variant
    rooms.world.platforms["x"].signs_in = True
    form = {"platform": "x", "credential": {"token": "a-new-one"}}
    assert send("POST", "/accounts", token=rooms.owner, form=form).json["state"] == "active"
    assert decide(rooms, review, remote_id="x-1").status == 200


# --- in doubt --------------------------------------------------------------------------------------------------------


def test_a_look_up_that_came_to_nothing_keeps_it_in_doubt_and_says_when_the_next_comes(rooms: Rooms) -> None:
    world = rooms.world
    world.platforms["mastodon"].script.append("answer lost")
    world.platforms["mastodon"].look_ups.append("cannot look")
    variant = world.schedule("mastodon")
    rooms.say(variant)
    shown = rooms.shown(variant)
    # lease 65 s, landing 30 s, visible 10 s and skew 2 s after 09:00:01.
    asked = "the platform is asked whether it is there; it is not sent again before that is known"
    assert (shown["in_doubt"], shown["next"]) == (True, {"what": asked, "at": "2026-11-21T09:01:48Z"})
    world.clock.move(200)
    assert rooms.shown(variant)["next"] == {"what": asked, "at": "2026-11-21T09:03:21Z"}, "it is overdue"
    rooms.say(variant)
    shown = rooms.shown(variant)
    # 30 s until it may look again, and then the same 42 s.
    assert (shown["state"], shown["in_doubt"], shown["attempts"]) == ("sending", True, 2)
    assert shown["next"] == {"what": asked, "at": "2026-11-21T09:04:33Z"}
    assert world.platforms["mastodon"].asked == 1


def test_an_attempt_under_way_is_not_in_doubt(rooms: Rooms) -> None:
    seen: list[dict[str, Any]] = []
    variant = rooms.world.schedule("x")
    rooms.world.platforms["x"].before_landing = lambda: seen.append(rooms.shown(variant))
    rooms.say(variant)
    (shown,) = seen
    assert (shown["state"], shown["in_doubt"]) == ("sending", False)
    assert shown["next"] == {
        "what": "it is being sent; unless that ends, the platform is asked",
        "at": "2026-11-21T09:01:06Z",
    }


# --- what silence means ----------------------------------------------------------------------------------------------


class SilentConnector(ObedientConnector):
    """Reads a complete listing that may lag, and finds nothing in it."""

    def find_published(self, draft: Draft, *, key: str, since: Any) -> Lookup:
        return Unproven("it is not in the listing", silent=True)


def silent(rooms: Rooms) -> Variant:
    """A variant whose answer was lost on a platform that goes on saying nothing."""
    world = rooms.world
    said = replace(
        world.desk.platforms,
        connect=lambda name, sign_in: SilentConnector(world.platforms[name], sign_in, rooms.deeds),
    )
    world.desk = replace(world.desk, platforms=said)
    bootstrap.use(world.desk)
    world.platforms["x"].script.append("answer lost")
    variant = world.schedule("x")
    rooms.say(variant)
    return variant


def choose(rooms: Rooms, minutes: int | None) -> Reply:
    return send("PUT", "/workspace/silence", token=rooms.owner, form={"send_again_after_minutes": minutes})


def test_silence_goes_before_a_person_unless_the_workspace_says_otherwise(rooms: Rooms) -> None:
    assert send("GET", "/workspace", token=rooms.owner).json["send_again_after_minutes"] is None
    variant = silent(rooms)
    rooms.pass_time(900, step=30)
    shown = rooms.shown(variant)
    assert (shown["state"], rooms.world.platforms["x"].asked) == ("needs_review", 1)


def test_silence_is_taken_for_absence_after_as_long_as_was_chosen(rooms: Rooms) -> None:
    chosen = choose(rooms, 5)
    assert (chosen.status, chosen.json["send_again_after_minutes"]) == (200, 5)
    assert chosen.json == send("GET", "/workspace", token=rooms.owner).json
    last = chosen.json["events"][-1]
    assert (last["act"], last["actor"]) == ("set_silence", f"member:{rooms.world.caller.member}")
    variant = silent(rooms)
    rooms.pass_time(295)
    shown = rooms.shown(variant)
    assert (shown["state"], shown["in_doubt"], rooms.world.platforms["x"].asked) == ("sending", True, 1)
    rooms.pass_time(120)
    assert (rooms.shown(variant)["state"], rooms.world.platforms["x"].asked) == ("published", 2)


@pytest.mark.parametrize("minutes", [5, 1440, None])
def test_what_can_be_chosen(rooms: Rooms, minutes: int | None) -> None:
    choose(rooms, 60)
    assert choose(rooms, minutes).json["send_again_after_minutes"] == minutes


@pytest.mark.parametrize("minutes", [4, 0, -5, 1441, 10**30, 5.5, "5", True, [5]])
def test_what_cannot_be_chosen(rooms: Rooms, minutes: Any) -> None:
    choose(rooms, 60)
    reply = rooms.refuses(400, "PUT", "/workspace/silence", {"send_again_after_minutes": minutes})
    assert reply.pointers == ["/send_again_after_minutes"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [({}, "/send_again_after_minutes"), ({"send_again_after_minutes": 5, "really": True}, "/really")],
)
def test_the_choice_is_said_in_full(rooms: Rooms, given: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "PUT", "/workspace/silence", given).pointers == [pointer]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SAFETY, Role.REVIEWER])
def test_only_an_owner_chooses(rooms: Rooms, role: Role) -> None:
    rooms.refuses(403, "PUT", "/workspace/silence", {"send_again_after_minutes": 5}, token=rooms.tokens[role])
