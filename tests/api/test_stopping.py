"""Brakes through the API: what they stop, when they are in force, what would go out again, and that it goes out in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.post import Body, Schedule, Variant
from chalicelib.services import lines, polling, scheduling, triaging
from chalicelib.store import keys
from tests.api.rooms import CAMPAIGN, Rooms, brake_form, send

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
HOUR = timedelta(hours=1)
LIFT = {"why": "all is well"}


def due(
    rooms: Rooms,
    platform: str = "x",
    text: str = "Hello",
    *,
    seconds: float = 0,
    late_limit: timedelta = HOUR,
    campaign: str | None = None,
) -> Variant:
    """What an account is to say in so many seconds."""
    world = rooms.world
    at = world.clock.now() + timedelta(seconds=seconds)
    wish = scheduling.Wish(world.accounts[platform].id, Body(text), "/variants/0")
    when = Schedule(at, "UTC", at.isoformat(), late_limit)
    post = scheduling.schedule(world.desk, world.caller, campaign, when, [wish], world.clock.now())
    return world.variant(post.variants[0])


def read(rooms: Rooms, path: str) -> Any:
    reply = send("GET", path, token=rooms.owner)
    assert reply.status == 200, reply.body
    return reply.json


def lift(rooms: Rooms, brake: str = "all") -> Any:
    reply = send("POST", f"/brakes/{brake}/lift", token=rooms.owner, form=LIFT)
    assert reply.status == 200, reply.body
    return reply.json


def ids(variants: Any) -> list[str]:
    return [one["id"] for one in variants["items"]]


def acts(shown: dict[str, Any]) -> list[str]:
    return [one["act"] for one in shown["events"]]


def asked(rooms: Rooms) -> int:
    return sum(one.asked for one in rooms.world.platforms.values())


def an_answer(rooms: Rooms) -> Variant:
    """An automatic answer that is due."""
    world = rooms.world
    world.hears("x", PRAISE, number=1)
    polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    (one,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    answer = read(rooms, f"/interactions/{one.id}")["answer"]
    return world.variant(answer)


# --- what each scope stops -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["all", "platform", "account", "campaign", "automatic"])
def test_what_is_due_in_its_scope_is_held_and_all_else_is_said(rooms: Rooms, scope: str) -> None:
    campaign, other = (send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json["id"] for _ in range(2))
    variants = {
        "x": due(rooms, "x", campaign=other),
        "answer": an_answer(rooms),
        "mastodon": due(rooms, "mastodon", campaign=campaign),
    }
    target = {"platform": "mastodon", "account": rooms.account, "campaign": campaign}.get(scope)
    held = {
        "all": {"x", "answer", "mastodon"},
        "platform": {"mastodon"},
        "account": {"x", "answer"},
        "campaign": {"mastodon"},
        "automatic": {"answer"},
    }[scope]
    brake = rooms.brake(scope, target)["id"]
    for one in variants.values():
        rooms.say(one)
        rooms.world.clock.move(1)
    assert asked(rooms) == 3 - len(held)
    for name, one in variants.items():
        shown = rooms.shown(one)
        if name not in held:
            assert (shown["state"], shown["held_by"]) == ("published", None)
            continue
        assert (shown["state"], shown["held_by"], shown["attempts"]) == ("held", brake, 0)
        assert shown["reason"] == f"the brake over {brake.replace('.', ' ')} is on: something goes wrong"
        assert acts(shown) == ["schedule", "hold"]
        assert shown["next"]["what"] == "it is marked as missed, unless the brake is lifted before"
    assert set(ids(read(rooms, "/held"))) == {variants[one].id for one in held}
    assert read(rooms, f"/brakes/{brake}")["held"] == len(held)


def test_a_brake_holds_nothing_that_is_not_due_and_writes_to_no_variant(rooms: Rooms) -> None:
    variant = due(rooms, seconds=600)
    before = rooms.shown(variant)
    rooms.brake()
    rooms.pass_time(60)
    assert rooms.shown(variant) == before
    assert read(rooms, "/held")["items"] == []


def test_a_brake_of_one_workspace_stops_no_other(rooms: Rooms) -> None:
    assert send("POST", "/brakes", token=rooms.stranger, form=brake_form("all")).status == 201
    variant = due(rooms)
    rooms.say(variant)
    assert rooms.shown(variant)["state"] == "published"


def test_a_reviewer_may_stop_but_not_go_on(rooms: Rooms) -> None:
    reviewer = rooms.tokens[Role.REVIEWER]
    stopped = send("POST", "/brakes", token=reviewer, form=brake_form("all"))
    assert stopped.status == 201
    assert stopped.json["owner"] != rooms.world.caller.member
    variant = due(rooms)
    rooms.say(variant)
    refused = rooms.refuses(403, "POST", "/brakes/all/lift", LIFT, token=reviewer)
    assert "brake:lift" in refused.json["detail"]
    assert send("GET", "/brakes/all/preview", token=reviewer).status == 200
    rooms.pass_time(60)
    assert rooms.shown(variant)["state"] == "held"
    lifted = send("POST", "/brakes/all/lift", token=rooms.tokens[Role.SAFETY], form=LIFT)
    assert (lifted.status, lifted.json["released"]) == (200, 1)


# --- accepted, and in force ------------------------------------------------------------------------------------------


def test_it_is_accepted_at_once_and_in_force_when_every_sender_has_seen_it(rooms: Rooms) -> None:
    brake = rooms.brake("account", rooms.account, expires_at="2026-11-21T11:00:00+01:00", stagger_seconds=90)
    assert brake["state"] == "on"
    assert (brake["scope"], brake["target"], brake["reason"]) == ("account", rooms.account, "something goes wrong")
    assert (brake["accepted_at"], brake["expires_at"]) == ("2026-11-21T09:00:01Z", "2026-11-21T10:00:00Z")
    assert (brake["lifted_at"], brake["stagger_seconds"]) == (None, 90)
    assert (brake["in_force"], brake["sending"], brake["held"]) == (False, [], 0)
    # A sender's reading of the brakes is 5 s old at most, two clocks differ by 2 s each: 9 s; then a lease of 65 s, and 2 s.
    assert brake["in_force_by"] == "2026-11-21T09:01:17Z"
    assert [one["act"] for one in brake["events"]] == ["put_on"]
    rooms.world.clock.move(8.9)
    assert read(rooms, f"/brakes/{brake['id']}")["in_force"] is False
    rooms.world.clock.move(0.1)
    assert read(rooms, f"/brakes/{brake['id']}") == brake | {"in_force": True}
    (listed,) = read(rooms, "/brakes")["items"]
    assert listed.items() <= brake.items()


def test_it_names_what_was_under_way_until_that_has_ended(rooms: Rooms) -> None:
    world, told = rooms.world, []
    world.platforms["x"].before_landing = lambda: told.append(rooms.brake())
    variant = due(rooms)
    rooms.say(variant)
    (brake,) = told
    assert (brake["in_force"], brake["sending"]) == (False, [variant.id])
    assert rooms.shown(variant)["state"] == "published", "what had left already is not called back"
    assert read(rooms, "/brakes/all")["sending"] == []
    world.clock.move(9)
    assert read(rooms, "/brakes/all")["in_force"] is True


def test_while_an_answer_is_lost_it_is_not_in_force_before_the_lease_is_over(rooms: Rooms) -> None:
    world = rooms.world
    world.platforms["x"].script.append("answer lost")
    variant = due(rooms)
    rooms.say(variant)
    world.clock.move(5)
    brake = rooms.brake()
    other = rooms.brake("platform", "mastodon")
    assert (brake["sending"], other["sending"]) == ([variant.id], [])
    world.clock.move(61)
    shown = read(rooms, "/brakes/all")
    assert (shown["in_force"], shown["sending"]) == (False, [variant.id])
    assert read(rooms, "/brakes/platform.mastodon")["in_force"] is True
    world.clock.move(1)
    shown = read(rooms, "/brakes/all")
    assert (shown["in_force"], shown["sending"]) == (True, [])
    assert rooms.world.clock.now().isoformat() <= brake["in_force_by"].replace("Z", "+00:00")


def test_what_is_in_doubt_under_a_brake_is_looked_up_and_not_sent_again(rooms: Rooms) -> None:
    """Mastodon can prove that nothing landed: without the brake it would be sent again."""
    world = rooms.world
    world.platforms["mastodon"].script.append("answer lost")
    variant = due(rooms, "mastodon")
    rooms.say(variant)
    rooms.brake()
    rooms.pass_time(200)
    shown = rooms.shown(variant)
    assert (shown["state"], shown["in_doubt"]) == ("needs_review", False)
    assert "the brake over all is on" in shown["reason"]
    assert world.platforms["mastodon"].asked == 1


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (brake_form("platform"), "/target"),
        (brake_form("account"), "/target"),
        (brake_form("campaign"), "/target"),
        (brake_form("all", "x"), "/target"),
        (brake_form("automatic", "x"), "/target"),
        (brake_form("platform", "friendster"), "/target"),
        (brake_form("account", "nosuchaccount"), "/target"),
        (brake_form("campaign", "nosuchcampaign"), "/target"),
        (brake_form("account", "A#b"), "/target"),
        (brake_form("account", ""), "/target"),
        (brake_form("everything"), "/scope"),
        ({"reason": "no scope"}, "/scope"),
        ({"scope": "all"}, "/reason"),
        (brake_form("all", reason=""), "/reason"),
        (brake_form("all", reason="x" * 2001), "/reason"),
        (brake_form("all", expires_at="2026-11-21T09:00:00Z"), "/expires_at"),
        (brake_form("all", expires_at="2026-11-21T09:00:01Z"), "/expires_at"),
        (brake_form("all", expires_at="2026-11-21T12:00:00"), "/expires_at"),
        (brake_form("all", stagger_seconds=-1), "/stagger_seconds"),
        (brake_form("all", stagger_seconds=3601), "/stagger_seconds"),
        (brake_form("all", stagger_seconds=1.5), "/stagger_seconds"),
        (brake_form("all", until="2026-11-22T09:00:00Z"), "/until"),
    ],
)
def test_a_brake_that_cannot_be(rooms: Rooms, form: dict[str, Any], pointer: str) -> None:
    reply = rooms.refuses(400, "POST", "/brakes", form)
    assert reply.pointers == [pointer]
    assert all(one["detail"] and one["fix"] for one in reply.json["errors"])
    assert read(rooms, "/brakes")["items"] == []


def test_what_is_on_already_is_not_put_on_again(rooms: Rooms) -> None:
    on = rooms.brake("platform", "x")
    again = rooms.refuses(409, "POST", "/brakes", brake_form("platform", "x", reason="another reason"))
    assert again.json["detail"] == "this brake is on already"
    assert read(rooms, "/brakes/platform.x") == on
    assert rooms.brake("platform", "mastodon")["state"] == "on", "another target is another brake"
    lift(rooms, "platform.x")
    rooms.world.clock.move(60)
    once_more = rooms.brake("platform", "x", reason="another reason")
    assert (once_more["reason"], once_more["accepted_at"]) == ("another reason", "2026-11-21T09:01:01Z")
    assert acts(once_more) == ["put_on", "lift", "put_on"]
    assert once_more["lifted_at"] is None
    assert len(read(rooms, "/brakes")["items"]) == 2


@pytest.mark.parametrize("form", [{}, {"why": ""}, {"why": "well", "now": True}])
def test_going_on_needs_its_reason(rooms: Rooms, form: dict[str, Any]) -> None:
    rooms.brake()
    rooms.refuses(400, "POST", "/brakes/all/lift", form)


# --- going on --------------------------------------------------------------------------------------------------------


def test_the_preview_changes_nothing_and_tells_what_then_happens(rooms: Rooms) -> None:
    rooms.brake(stagger_seconds=60)
    made = [
        due(rooms, "x", "first", seconds=1),
        # In time if it went out at once, and too late by its turn: it takes nobody's.
        due(rooms, "x", "late by then", seconds=2, late_limit=timedelta(seconds=100)),
        due(rooms, "mastodon", "elsewhere", seconds=3),
        due(rooms, "x", "second", seconds=4),
        due(rooms, "x", "late as well", seconds=5, late_limit=timedelta(seconds=150)),
        due(rooms, "x", "third", seconds=6),
    ]
    rooms.pass_time(60)
    before = rooms.world.record()
    preview = read(rooms, "/brakes/all/preview")
    assert rooms.world.record() == before
    assert preview["next"] is None
    assert [(one["variant"], one["account"], one["at"][11:], one["missed"]) for one in preview["items"]] == [
        (made[0].id, rooms.account, "09:01:01Z", False),
        (made[1].id, rooms.account, "09:02:01Z", True),
        (made[2].id, rooms.world.accounts["mastodon"].id, "09:01:01Z", False),
        (made[3].id, rooms.account, "09:02:01Z", False),
        (made[4].id, rooms.account, "09:03:01Z", True),
        (made[5].id, rooms.account, "09:03:01Z", False),
    ]
    assert lift(rooms)["released"] == 6
    rooms.pass_time(300)
    assert [text for text, _, _ in rooms.world.platforms["x"].posted] == ["first", "second", "third"]
    for one, told in zip(made, preview["items"], strict=True):
        shown = rooms.shown(one)
        if told["missed"]:
            assert (shown["state"], shown["published_at"]) == ("missed", None)
        else:
            # Workers look every 5 s here.
            assert told["at"] <= shown["published_at"] <= told["at"].replace("1Z", "6Z")


def test_what_was_held_goes_out_staggered_and_in_order(rooms: Rooms) -> None:
    rooms.brake("platform", "x")
    made = [due(rooms, "x", f"number {place}", seconds=place) for place in range(3)]
    rooms.pass_time(60)
    assert ids(read(rooms, "/held")) == [one.id for one in made]
    lifted = lift(rooms, "platform.x")
    assert (lifted["state"], lifted["released"], lifted["lifted_at"]) == ("lifted", 3, "2026-11-21T09:01:01Z")
    assert read(rooms, "/held")["items"] == []
    assert [rooms.shown(one)["next"]["at"] for one in made] == [
        "2026-11-21T09:01:01Z",
        "2026-11-21T09:01:31Z",
        "2026-11-21T09:02:01Z",
    ]
    rooms.pass_time(30)
    assert len(rooms.world.platforms["x"].posted) == 1 + 1
    rooms.pass_time(60)
    assert [text for text, _, _ in rooms.world.platforms["x"].posted] == ["number 0", "number 1", "number 2"]
    shown = rooms.shown(made[2])
    assert acts(shown) == ["schedule", "hold", "release", "claim", "commit"]
    assert shown["events"][2]["actor"] == f"member:{rooms.world.caller.member}"
    assert (shown["held_by"], shown["reason"]) == (None, None)


def test_lifting_twice_releases_once(rooms: Rooms) -> None:
    rooms.brake()
    rooms.say(due(rooms))
    first = lift(rooms)
    before = rooms.world.record()
    again = lift(rooms)
    assert (first["released"], again["released"]) == (1, 0)
    assert again == first | {"released": 0}
    assert rooms.world.record() == before


def test_what_one_brake_held_another_still_holds(rooms: Rooms) -> None:
    rooms.brake("all")
    rooms.brake("platform", "x")
    variant = due(rooms)
    rooms.say(variant)
    assert rooms.shown(variant)["held_by"] == "all"
    assert lift(rooms, "platform.x")["released"] == 0
    assert rooms.shown(variant)["state"] == "held"
    rooms.brake("account", rooms.account)
    assert lift(rooms, "all")["released"] == 1
    rooms.pass_time(10)
    shown = rooms.shown(variant)
    assert (shown["state"], shown["held_by"]) == ("held", f"account.{rooms.account}")
    assert asked(rooms) == 0


def test_signing_an_account_in_again_lifts_no_brake(rooms: Rooms) -> None:
    rooms.brake("platform", "x")
    variant = due(rooms)
    rooms.say(variant)
    form = {"platform": "x", "credential": {"token": "a-new-one"}}
    assert send("POST", "/accounts", token=rooms.owner, form=form).json["id"] == rooms.account
    shown = rooms.shown(variant)
    assert (shown["state"], shown["held_by"], acts(shown)) == ("held", "platform.x", ["schedule", "hold"])


def test_what_is_cancelled_while_it_is_held_never_goes_out(rooms: Rooms) -> None:
    rooms.brake()
    variant = due(rooms)
    rooms.say(variant)
    cancelled = send("POST", f"/variants/{variant.id}/cancel", token=rooms.owner).json
    assert (cancelled["state"], cancelled["held_by"]) == ("cancelled", None)
    assert lift(rooms)["released"] == 0
    rooms.pass_time(60)
    assert asked(rooms) == 0


# --- its end ---------------------------------------------------------------------------------------------------------


def test_it_ends_by_itself_and_what_it_held_goes_on_its_way(rooms: Rooms) -> None:
    rooms.brake(expires_at="2026-11-21T09:02:00Z")
    variant = due(rooms)
    rooms.pass_time(110)
    assert rooms.shown(variant)["state"] == "held"
    rooms.pass_time(20)
    assert rooms.shown(variant)["state"] == "published"
    brake = read(rooms, "/brakes/all")
    assert (brake["state"], brake["in_force"], brake["lifted_at"]) == ("lifted", False, "2026-11-21T09:02:01Z")
    assert [(one["act"], one["actor"]) for one in brake["events"]][1] == ("expire", "worker:tick")
    assert rooms.shown(variant)["events"][2]["actor"] == "worker:tick"


def test_past_its_end_it_stops_nothing_also_before_the_tick_comes(rooms: Rooms) -> None:
    rooms.brake(expires_at="2026-11-21T09:02:00Z")
    held = due(rooms, "mastodon")
    rooms.say(held)
    rooms.world.clock.move(119)
    variant = due(rooms)
    rooms.say(variant)
    assert rooms.shown(variant)["state"] == "published"
    assert read(rooms, "/brakes/all")["in_force"] is False
    again = rooms.brake(reason="once more")
    assert acts(again) == ["put_on", "expire", "put_on"]
    assert (again["state"], again["expires_at"]) == ("on", None)


def test_held_too_long_is_missed_and_says_so(rooms: Rooms) -> None:
    rooms.brake()
    missed, waits = due(rooms, late_limit=timedelta(seconds=60)), due(rooms, "mastodon", seconds=2)
    rooms.pass_time(55)
    assert rooms.shown(missed)["next"] == {
        "what": "it is marked as missed, unless the brake is lifted before",
        "at": "2026-11-21T09:01:01Z",
    }
    rooms.pass_time(15)
    shown = rooms.shown(missed)
    assert (shown["state"], shown["held_by"], shown["next"]) == ("missed", None, None)
    assert shown["reason"] == "later than its own limit allows"
    assert ids(read(rooms, "/unsaid")) == [missed.id]
    assert ids(read(rooms, "/held")) == [waits.id]
    assert lift(rooms)["released"] == 1
    rooms.pass_time(60)
    assert [one.asked for one in rooms.world.platforms.values()] == [0, 1, 0]


# --- what is held, and what was never said ---------------------------------------------------------------------------


def test_what_is_held_for_its_account_says_so_and_is_free_of_brakes(rooms: Rooms) -> None:
    rooms.world.platforms["x"].script.append("signed out")
    variant = due(rooms)
    rooms.say(variant)
    (shown,) = read(rooms, "/held")["items"]
    assert shown == rooms.shown(variant)
    assert (shown["state"], shown["held_by"], shown["in_doubt"]) == ("held", None, False)
    assert shown["reason"] == "the token was revoked"
    assert shown["next"] == {
        "what": "it is marked as missed, unless its account can speak again before",
        "at": "2026-11-21T10:00:01Z",
    }
    rooms.brake()
    assert lift(rooms)["released"] == 0
    assert rooms.shown(variant)["state"] == "held"
    rooms.pass_time(4000, step=500)
    assert ids(read(rooms, "/unsaid")) == [variant.id]


def test_the_lists_come_in_order_and_in_pages(rooms: Rooms) -> None:
    world = rooms.world
    rooms.brake("platform", "x")
    held = [due(rooms, "x", f"number {place}", seconds=60 - place) for place in range(5)]
    refused = []
    for place in range(5):
        world.platforms["mastodon"].script.append("refused")
        refused.append(due(rooms, "mastodon", f"number {place}", seconds=place))
    rooms.pass_time(90)
    assert pages(rooms, "/held") == [one.id for one in reversed(held)]
    assert pages(rooms, "/unsaid") == [one.id for one in reversed(refused)]
    (first, *_) = read(rooms, "/unsaid")["items"]
    assert (first["state"], first["reason"]) == ("failed", "mastodon: too many links [links]")
    assert first == rooms.shown(refused[-1])


def pages(rooms: Rooms, path: str) -> list[str]:
    found, after = [], ""
    while True:
        page = read(rooms, f"{path}?limit=2{after}")
        assert len(page["items"]) <= 2
        found += ids(page)
        if page["next"] is None:
            return found
        after = f"&after={page['next'].replace('=', '%3D')}"


def test_what_is_due_is_sent_at_once(rooms: Rooms) -> None:
    variant = due(rooms)
    rooms.world.clock.move(30)
    shown = rooms.shown(variant)
    assert (shown["in_doubt"], shown["next"]) == (False, {"what": "it is sent", "at": "2026-11-21T09:00:31Z"})
    lines.speak(rooms.world.desk, variant.workspace, variant.account)
    assert rooms.shown(variant)["next"] is None
