"""Taking down through the API: gone on the platform, or nothing is said to be gone."""

from __future__ import annotations

import pytest

from chalicelib.domain.post import Variant
from connectors import errors
from tests.api.rooms import Reply, Rooms, send

WHY = {"why": "the hall is closed after all"}


@pytest.fixture
def published(rooms: Rooms) -> Variant:
    variant = rooms.world.schedule("x")
    rooms.say(variant)
    rooms.world.clock.move(60)
    return variant


def take_down(rooms: Rooms, variant: Variant) -> Reply:
    return send("POST", f"/variants/{variant.id}/take_down", token=rooms.owner, form=WHY)


def refused(rooms: Rooms, status: int, variant: Variant) -> Reply:
    """The refusal, once it is sure that nothing was stored or taken down."""
    return rooms.refuses(status, "POST", f"/variants/{variant.id}/take_down", WHY)


def test_what_was_published_is_taken_down_and_stays_in_the_record(rooms: Rooms, published: Variant) -> None:
    reply = take_down(rooms, published)
    assert (reply.status, reply.json) == (200, rooms.shown(published))
    assert (reply.json["state"], reply.json["taken_down_at"]) == ("published", "2026-11-21T09:01:01Z")
    assert reply.json["remote"] == {"id": "x-1", "url": "https://x.example/1"}
    last = reply.json["events"][-1]
    assert (last["act"], last["actor"]) == ("take_down", f"member:{rooms.world.caller.member}")
    assert last["why"] == WHY["why"]
    assert rooms.deeds.deleted == ["x-1"]
    rooms.pass_time(120)
    assert rooms.world.platforms["x"].asked == 1, "what was taken down is not said again"


def test_twice_is_once(rooms: Rooms, published: Variant) -> None:
    first = take_down(rooms, published)
    rooms.world.clock.move(60)
    rooms.deeds.faults.append(errors.Rejected("x", "nobody may ask again"))
    before = rooms.world.record()
    again = take_down(rooms, published)
    assert (again.status, again.json) == (200, first.json)
    assert rooms.world.record() == before
    assert len(rooms.deeds.faults) == 1, "the platform is not asked again"


@pytest.mark.parametrize(
    ("act", "state"),
    [("refused", "failed"), ("answer lost", "sending"), ("busy", "scheduled"), ("signed out", "held")],
)
def test_what_is_not_published_cannot_be_taken_down(rooms: Rooms, act: str, state: str) -> None:
    rooms.world.platforms["x"].script.append(act)
    variant = rooms.world.schedule("x")
    rooms.say(variant)
    reply = refused(rooms, 409, variant)
    assert (reply.json["detail"], reply.json["fix"]) == (f"it is {state}", "Only what is published can be taken down.")


def test_where_it_may_still_land_anew_the_answer_says_when_to_ask(rooms: Rooms) -> None:
    rooms.world.platforms["mastodon"].script.append("lands, answer lost")
    variant = rooms.world.schedule("mastodon")
    rooms.say(variant)
    rooms.world.clock.move(200)
    rooms.say(variant)
    assert rooms.shown(variant)["state"] == "published"
    # landing 30 s and skew 2 s after 09:03:21.
    assert refused(rooms, 409, variant).json["fix"] == "Ask again after 09:03:53 UTC."
    rooms.world.clock.move(32)
    assert take_down(rooms, variant).status == 200
    assert rooms.deeds.deleted == ["mastodon-1"]


def test_a_platform_that_refuses(rooms: Rooms, published: Variant) -> None:
    rooms.deeds.faults.append(errors.Unsupported("x", "it is too old", code="too-old"))
    reply = refused(rooms, 422, published)
    assert reply.json["type"] == "urn:parley:problem:platform-refused"
    assert reply.json["detail"] == "x: it is too old [too-old]"
    assert rooms.shown(published)["taken_down_at"] is None


def test_a_signed_out_account_takes_nothing_down_and_that_is_noted(rooms: Rooms, published: Variant) -> None:
    rooms.world.platforms["x"].signs_in = False
    before = rooms.shown(published)
    reply = take_down(rooms, published)
    assert (reply.status, reply.json["detail"]) == (422, "x: the token was revoked")
    assert rooms.shown(published) == before
    assert send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json["state"] == "needs_reconnect"


@pytest.mark.parametrize(
    "fault", [errors.Retryable("x"), errors.RateLimited("x", retry_after=9), errors.Ambiguous("x")]
)
def test_a_platform_that_does_not_answer_may_be_asked_again(
    rooms: Rooms, published: Variant, fault: errors.ConnectorError
) -> None:
    rooms.deeds.faults.append(fault)
    reply = refused(rooms, 503, published)
    assert reply.json["type"] == "urn:parley:problem:platform-unavailable"
    assert reply.headers["retry-after"] == "60"
    assert reply.json["fix"] == "Try again in a minute."
    assert take_down(rooms, published).status == 200


def test_a_lost_answer_says_nothing_and_asking_again_finds_it_gone(rooms: Rooms, published: Variant) -> None:
    rooms.deeds.after_deleting.append(errors.Ambiguous("x", code="no-answer"))
    before = rooms.shown(published)
    assert take_down(rooms, published).status == 503
    assert rooms.deeds.deleted == ["x-1"]
    assert rooms.shown(published) == before, "nobody knows yet that it is gone"
    assert take_down(rooms, published).json["taken_down_at"] == "2026-11-21T09:01:01Z"


@pytest.mark.parametrize("form", [{}, {"why": ""}, {"why": " x", "now": True}])
def test_it_needs_its_reason(rooms: Rooms, published: Variant, form: dict[str, object]) -> None:
    rooms.refuses(400, "POST", f"/variants/{published.id}/take_down", form)
