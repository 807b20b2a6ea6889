"""Editing through the API: once it is acknowledged nothing older is said, and what is refused leaves everything as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.post import Variant
from chalicelib.store.store import Store
from tests.api.rooms import Reply, Rooms, send
from tests.services.doubles import once, watched

GUIDELINE = (
    "name: House\nlanguages: [en]\nclauses:\n  - id: no-guarantees\n    wording: We promise no outcome.\n"
    "    applies_to: outgoing\n    when: {phrases: [guaranteed results]}\n    action: review\n    severity: 1\n"
    "    reason: A promise we cannot keep.\n"
)


def edit(rooms: Rooms, variant: Variant, version: int = 1, **changes: Any) -> Reply:
    return send("PATCH", f"/variants/{variant.id}", token=rooms.owner, form={"version": version, **changes})


def refused(rooms: Rooms, status: int, variant: Variant, version: int = 1, **changes: Any) -> Reply:
    """The refusal of an edit that changed nothing."""
    return rooms.refuses(status, "PATCH", f"/variants/{variant.id}", {"version": version, **changes})


def texts(rooms: Rooms, platform: str = "x") -> list[str]:
    return [text for text, _, _ in rooms.world.platforms[platform].posted]


# --- what goes out ---------------------------------------------------------------------------------------------------


def test_what_goes_out_is_the_edited_text(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "First words", seconds=60, language="en")
    edited = edit(rooms, variant, text="Second words")
    assert (edited.status, edited.json["state"], edited.json["version"]) == (200, "scheduled", 2)
    assert edited.json["says"] == {
        "text": "Second words",
        "title": None,
        "community": None,
        "language": "en",
        "pictures": [],
        "rest": [],
        "options": {},
    }
    assert edited.json == rooms.shown(variant)
    last = edited.json["events"][-1]
    assert (last["act"], last["actor"]) == ("edit", f"member:{rooms.world.caller.member}")
    assert last["why"] == "edited by a member: text"
    rooms.pass_time(70)
    assert texts(rooms) == ["Second words"]
    ((_, key, _),) = rooms.world.platforms["x"].posted
    assert key.startswith(f"{variant.id}.2@")


def test_each_edit_counts_and_the_last_one_is_said(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "0", seconds=60)
    for version in (1, 2, 3):
        assert edit(rooms, variant, version, text=str(version)).json["version"] == version + 1
    rooms.pass_time(70)
    assert texts(rooms) == ["3"]


def test_only_the_language_or_only_one_variant_of_a_post(rooms: Rooms) -> None:
    accounts = rooms.world.accounts
    both = [{"account": accounts[one].id, "text": "Hello"} for one in ("x", "mastodon")]
    post = send("POST", "/posts", token=rooms.owner, form=rooms.post(variants=both)).json
    first, second = (rooms.world.variant(one["id"]) for one in post["variants"])
    edited = edit(rooms, second, language="de").json
    assert edited["says"] == {
        "text": "Hello",
        "title": None,
        "community": None,
        "language": "de",
        "pictures": [],
        "rest": [],
        "options": {},
    }
    assert edited["events"][-1]["why"] == "edited by a member: language"
    assert rooms.shown(first) == post["variants"][0]


def test_an_earlier_clean_attempt_lends_its_key_to_no_other_text(rooms: Rooms) -> None:
    rooms.world.platforms["mastodon"].script.append("busy")
    variant = rooms.world.schedule("mastodon", "First words")
    rooms.say(variant)
    tried = rooms.world.variant(variant.id)
    assert (tried.state, tried.attempts) == ("scheduled", 1)
    assert tried.key is not None
    assert edit(rooms, variant, text="Second words").status == 200
    rooms.pass_time(60)
    ((text, key, _),) = rooms.world.platforms["mastodon"].posted
    assert text == "Second words"
    assert key != tried.key


def test_only_the_time(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "Hello", seconds=60)
    edited = edit(rooms, variant, schedule={"at": "2026-11-21T10:05", "zone": "Europe/Berlin"}).json
    assert edited["says"]["text"] == "Hello"
    assert edited["schedule"] == {
        "at": "2026-11-21T09:05:00Z",
        "zone": "Europe/Berlin",
        "wall": "2026-11-21T10:05",
        "late_limit_seconds": 3600,
    }
    assert edited["next"] == {"what": "it is sent", "at": "2026-11-21T09:05:00Z"}
    assert edited["events"][-1]["why"] == "edited by a member: time to 2026-11-21T10:05 (Europe/Berlin)"
    rooms.pass_time(240)
    assert texts(rooms) == []
    rooms.pass_time(70)
    assert texts(rooms) == ["Hello"]


def test_a_nearer_time_is_kept_although_the_tick_has_looked_further_already(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "Hello", seconds=3600)
    rooms.pass_time(5)
    assert edit(rooms, variant, schedule={"at": "2026-11-21T09:00:10Z", "zone": "UTC"}).status == 200
    rooms.world.clock.move(4)
    rooms.work()
    assert rooms.shown(variant)["published_at"] == "2026-11-21T09:00:10Z"


def test_its_own_limit_stays_unless_it_is_changed(rooms: Rooms) -> None:
    when = {"at": "2026-11-21T12:00", "zone": "Europe/Berlin", "late_limit_seconds": 90}
    post = send("POST", "/posts", token=rooms.owner, form=rooms.post(schedule=when)).json
    variant = rooms.world.variant(post["variants"][0]["id"])
    later = {"at": "2026-11-21T13:00", "zone": "Europe/Berlin"}
    assert edit(rooms, variant, schedule=later).json["schedule"]["late_limit_seconds"] == 90
    assert (
        edit(rooms, variant, 2, schedule=later | {"late_limit_seconds": 5}).json["schedule"]["late_limit_seconds"] == 5
    )


def test_the_request_that_made_a_post_may_still_come_again(rooms: Rooms) -> None:
    headers = {"idempotency-key": "a-key"}
    made = send("POST", "/posts", token=rooms.owner, form=rooms.post(), headers=headers).json
    variant = rooms.world.variant(made["variants"][0]["id"])
    assert edit(rooms, variant, text="Other words").status == 200
    again = send("POST", "/posts", token=rooms.owner, form=rooms.post(), headers=headers)
    assert (again.status, again.json["id"]) == (201, made["id"])
    assert again.json["variants"][0]["says"]["text"] == "Other words"


# --- held ------------------------------------------------------------------------------------------------------------


def test_what_is_held_can_be_edited_and_stays_held(rooms: Rooms) -> None:
    rooms.brake("platform", "x")
    variant = rooms.world.schedule("x", "First words")
    rooms.say(variant)
    edited = edit(rooms, variant, text="Second words").json
    assert (edited["state"], edited["held_by"], edited["version"]) == ("held", "platform.x", 2)
    assert [one["id"] for one in send("GET", "/held", token=rooms.owner).json["items"]] == [variant.id]
    rooms.pass_time(60)
    assert texts(rooms) == []
    assert send("POST", "/brakes/platform.x/lift", token=rooms.owner, form={"why": "well"}).json["released"] == 1
    rooms.pass_time(10)
    assert texts(rooms) == ["Second words"]


def test_what_is_held_can_be_given_a_later_time_and_is_not_missed_before(rooms: Rooms) -> None:
    rooms.brake()
    variant = rooms.world.schedule("x")
    rooms.say(variant)
    edited = edit(rooms, variant, schedule={"at": "2026-11-21T12:00Z", "zone": "UTC"}).json
    assert edited["state"] == "held"
    assert edited["next"]["at"] == "2026-11-21T13:00:00Z"
    rooms.pass_time(2 * 3600, step=600)
    assert rooms.shown(variant)["state"] == "held"
    send("POST", "/brakes/all/lift", token=rooms.owner, form={"why": "well"})
    assert rooms.shown(variant)["next"] == {"what": "it is sent", "at": "2026-11-21T12:00:00Z"}
    rooms.pass_time(3600, step=60)
    assert rooms.shown(variant)["published_at"] == "2026-11-21T12:00:01Z"


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"text": "x" * 281}, "/text"),
        ({"text": " \n "}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "nul \x00 in the middle"}, "/text"),
        ({"text": "Guaranteed results, come in!"}, "/text"),
        ({"title": "no titles here"}, "/title"),
        ({"community": "nor communities"}, "/community"),
        ({"language": "english-please-and-thank-you"}, "/language"),
        ({"schedule": {"at": "2026-11-21T08:58Z", "zone": "UTC"}}, "/schedule/at"),
        ({"schedule": {"at": "2026-11-21T12:00+05:00", "zone": "UTC"}}, "/schedule/at"),
        ({"schedule": {"at": "2026-11-21T12:00", "zone": "Mars/Olympus"}}, "/schedule/zone"),
        ({"schedule": {"zone": "UTC"}}, "/schedule/at"),
        ({"surprise": 1, "text": "Other words"}, "/surprise"),
        ({"account": "another", "text": "Other words"}, "/account"),
        ({"version": None, "text": "Other words"}, "/version"),
        ({"version": 0, "text": "Other words"}, "/version"),
        ({"version": "1", "text": "Other words"}, "/version"),
        ({"version": 10**7, "text": "Other words"}, "/version"),
        ({}, ""),
        ({"text": "Hello"}, ""),
        ({"text": None}, ""),
    ],
)
def test_an_edit_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    assert send("PUT", "/guideline", token=rooms.owner, form={"yaml": GUIDELINE, "why": "the lawyers"}).status == 200
    variant = rooms.world.schedule("x", "Hello", seconds=60)
    reply = rooms.refuses(400, "PATCH", f"/variants/{variant.id}", {"version": 1} | changes)
    assert reply.pointers == [pointer]
    assert all(one["detail"] and one["fix"] for one in reply.json["errors"])
    rooms.pass_time(70)
    assert texts(rooms) == ["Hello"]


def test_the_same_time_again_changes_nothing(rooms: Rooms) -> None:
    post = send("POST", "/posts", token=rooms.owner, form=rooms.post()).json
    variant = rooms.world.variant(post["variants"][0]["id"])
    assert refused(rooms, 400, variant, schedule=rooms.post()["schedule"]).pointers == [""]


def test_whoever_has_not_seen_the_last_edit_changes_nothing(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "First words", seconds=60)
    assert edit(rooms, variant, text="Second words").status == 200
    for version in (1, 3):
        reply = refused(rooms, 409, variant, version, text="Third words")
        assert reply.json["type"] == "urn:parley:problem:conflict"
        assert reply.json["detail"] == "it is at version 2 by now"
    rooms.pass_time(70)
    assert texts(rooms) == ["Second words"]


def state(rooms: Rooms, wanted: str) -> Variant:
    """A variant in this state, made as it is made in life."""
    world, platform = rooms.world, rooms.world.platforms["x"]
    script = {"published": "well", "failed": "refused", "sending": "answer lost", "needs_review": "answer lost"}
    platform.script.append(script.get(wanted, "well"))
    variant = world.schedule("x")
    if wanted == "cancelled":
        send("POST", f"/variants/{variant.id}/cancel", token=rooms.owner)
    elif wanted == "missed":
        world.clock.move(2 * 3600)
    rooms.say(variant)
    if wanted == "needs_review":
        world.clock.move(200)
        rooms.say(variant)
    assert rooms.shown(variant)["state"] == wanted
    return variant


@pytest.mark.parametrize("wanted", ["sending", "needs_review", "published", "failed", "missed", "cancelled"])
def test_what_an_attempt_has_begun_on_or_is_over_takes_no_edit(rooms: Rooms, wanted: str) -> None:
    variant = state(rooms, wanted)
    reply = refused(rooms, 409, variant, text="Other words")
    assert reply.json["detail"] == f"it is {wanted}"


def test_an_attempt_that_begins_at_this_very_moment_wins(rooms: Rooms) -> None:
    variant = rooms.world.schedule("x", "First words")
    table = watched(rooms.world)
    bootstrap.use(rooms.world.desk)
    table.before_write = once(lambda: rooms.say(variant))
    reply = edit(rooms, variant, text="Second words")
    assert (reply.status, reply.json["detail"]) == (409, "it was changed at the same moment")
    shown = rooms.shown(variant)
    assert (shown["state"], shown["version"], shown["says"]["text"]) == ("published", 1, "First words")
    assert texts(rooms) == ["First words"]


def test_an_edit_at_this_very_moment_stops_the_attempt(rooms: Rooms) -> None:
    """The worker has read the old words already when the edit is acknowledged."""
    variant = rooms.world.schedule("x", "First words")
    table = watched(rooms.world)
    bootstrap.use(replace(rooms.world.desk, store=Store(table.inner)))
    replies: list[Reply] = []
    table.before_write = once(lambda: replies.append(edit(rooms, variant, text="Second words")))
    rooms.say(variant)
    assert [one.status for one in replies] == [200]
    assert texts(rooms) == []
    rooms.pass_time(60)
    assert texts(rooms) == ["Second words"]
