"""What may be spent and what will be, as callers are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Role
from chalicelib.services import second_opinions, spending
from tests.api.rooms import CAMPAIGN, Rooms, send
from tests.services.money import asking_money
from tests.services.test_second_opinions import Reader

DOLLAR = 1_000_000


def forecast(rooms: Rooms) -> dict[str, Any]:
    reply = send("GET", "/money/forecast", token=rooms.tokens[Role.AUDITOR])
    assert reply.status == 200, reply.body
    return dict(reply.json)


def test_a_cap_is_set_by_an_owner_shown_and_taken_away(rooms: Rooms) -> None:
    asking_money(rooms.world)
    assert forecast(rooms)["cap_micro_usd"] is None
    reply = send("PUT", "/money/cap", token=rooms.owner, form={"cap_micro_usd": 2 * DOLLAR})
    assert (reply.status, reply.json) == (200, {"cap_micro_usd": 2 * DOLLAR, "brake_at_percent": 90})
    assert send("PUT", "/money/cap", token=rooms.tokens[Role.MANAGER], form={"cap_micro_usd": None}).status == 403
    (event,) = (one for one in send("GET", "/workspace", token=rooms.owner).json["events"] if one["act"] == "set_cap")
    assert event["why"] == "$2.00 a month, stopped at 900 permille"
    form = {"cap_micro_usd": None, "brake_at_percent": 50}
    assert send("PUT", "/money/cap", token=rooms.owner, form=form).json == form


def test_what_was_spent_is_in_the_forecast(rooms: Rooms) -> None:
    world = rooms.world
    asking_money(world)
    send("PUT", "/money/cap", token=rooms.owner, form={"cap_micro_usd": 2 * DOLLAR})
    workspace, now = world.desk.workspace(world.workspace.id), world.clock.now()
    world.desk.store.write([spending.taking(workspace, DOLLAR // 2, now, account=rooms.account)])
    (month,) = forecast(rooms)["months"]
    assert month == {
        "month": "2026-11",
        "spent_micro_usd": DOLLAR // 2,
        "planned_micro_usd": 0,
        "cap_micro_usd": 2 * DOLLAR,
        "left_micro_usd": 3 * DOLLAR // 2,
        "cap_reached_on": None,
        "days": [{"day": "2026-11-21", "spent_micro_usd": DOLLAR // 2, "planned_micro_usd": 0}],
        "accounts": [{"account": rooms.account, "spent_micro_usd": DOLLAR // 2, "planned_micro_usd": 0}],
        "campaigns": [],
    }
    world.clock.move(timedelta(days=30).total_seconds())
    assert [one["month"] for one in forecast(rooms)["months"]] == ["2026-12"]


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({}, "/cap_micro_usd"),
        ({"cap_micro_usd": -1}, "/cap_micro_usd"),
        ({"cap_micro_usd": 1.5}, "/cap_micro_usd"),
        ({"cap_micro_usd": "2"}, "/cap_micro_usd"),
        ({"cap_micro_usd": 10**13}, "/cap_micro_usd"),
        ({"cap_micro_usd": 1, "brake_at_percent": 49}, "/brake_at_percent"),
        ({"cap_micro_usd": 1, "brake_at_percent": 101}, "/brake_at_percent"),
    ],
)
def test_a_cap_that_cannot_be(rooms: Rooms, form: dict[str, Any], pointer: str) -> None:
    assert rooms.refuses(400, "PUT", "/money/cap", form).pointers == [pointer]


# --- what does not fit -----------------------------------------------------------------------------------------------

LINKED = "Read https://desk.example/"


def costing(rooms: Rooms, text: str = LINKED, **changes: Any) -> dict[str, Any]:
    return rooms.post(variants=[{"account": rooms.account, "text": text}], **changes)


@pytest.fixture
def capped(rooms: Rooms) -> Rooms:
    """X asks money; a month has $0.30."""
    bootstrap.use(asking_money(rooms.world).desk)
    assert send("PUT", "/money/cap", token=rooms.owner, form={"cap_micro_usd": 300_000}).status == 200
    return rooms


def test_a_post_that_does_not_fit_is_refused_with_the_figures_and_fits_without_its_link(capped: Rooms) -> None:
    assert send("POST", "/posts", token=capped.owner, form=costing(capped)).status == 201
    reply = capped.refuses(400, "POST", "/posts", costing(capped))
    assert reply.pointers == ["/variants/0/text"]
    assert reply.json["errors"][0]["detail"] == (
        "this post costs $0.20, without its link $0.015; $0.20 of $0.30 are spent or planned this month"
    )
    assert send("POST", "/posts", token=capped.owner, form=costing(capped, "Read all about it")).status == 201
    (month,) = forecast(capped)["months"]
    assert (month["planned_micro_usd"], month["left_micro_usd"]) == (215_000, 85_000)


def test_the_same_request_again_is_the_same_post_though_nothing_more_would_fit(capped: Rooms) -> None:
    first, again = (
        send("POST", "/posts", token=capped.owner, form=costing(capped), headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert (first.status, again.status, again.json["id"]) == (201, 201, first.json["id"])


def test_an_edit_may_not_make_it_dearer_than_fits_but_may_mend_it(capped: Rooms) -> None:
    post = send("POST", "/posts", token=capped.owner, form=costing(capped, "Read all about it")).json
    assert send("POST", "/posts", token=capped.owner, form=costing(capped)).status == 201
    path = f"/variants/{post['variants'][0]['id']}"
    assert capped.refuses(400, "PATCH", path, {"version": 1, "text": LINKED}).pointers == ["/text"]
    assert send("PUT", "/money/cap", token=capped.owner, form={"cap_micro_usd": 0}).status == 200
    assert send("PATCH", path, token=capped.owner, form={"version": 1, "text": "Read all about this"}).status == 200


def test_a_campaign_that_is_over_takes_no_more_posts(rooms: Rooms) -> None:
    made = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json
    send("POST", f"/campaigns/{made['id']}/end", token=rooms.owner, form={"why": "done"})
    reply = rooms.refuses(400, "POST", "/posts", rooms.post(campaign=made["id"]))
    assert (reply.pointers, reply.json["errors"][0]["detail"]) == (["/campaign"], "the campaign is ended")


def test_a_campaign_s_budget_is_kept_to_when_its_posts_are_scheduled(capped: Rooms) -> None:
    made = send("POST", "/campaigns", token=capped.owner, form=CAMPAIGN | {"budget_micro_usd": 100_000}).json
    reply = capped.refuses(400, "POST", "/posts", costing(capped, campaign=made["id"]))
    assert reply.json["errors"][0]["detail"].endswith("$0.00 of $0.10 are spent or planned for this campaign")
    assert send("POST", "/posts", token=capped.owner, form=costing(capped)).status == 201


def test_what_goes_out_is_paid_and_a_cap_is_not_passed_by_what_was_planned_before_it(capped: Rooms) -> None:
    ids = [
        send("POST", "/posts", token=capped.owner, form=costing(capped, text)).json["variants"][0]["id"]
        for text in ("First", "Second")
    ]
    send("PUT", "/money/cap", token=capped.owner, form={"cap_micro_usd": 20_000, "brake_at_percent": 100})
    capped.world.clock.move(2 * 3600)
    for one in ids:
        capped.say(capped.world.variant(one))
    states = [capped.world.variant(one).state.value for one in ids]
    assert states == ["published", "held"]
    assert "$0.015 of this month's $0.02 are spent" in (capped.world.variant(ids[1]).reason or "")
    assert forecast(capped)["months"][0]["spent_micro_usd"] == 15_000


def test_what_a_second_reader_may_be_asked_is_set_by_an_owner_and_todays_use_is_shown(rooms: Rooms) -> None:
    world, path = rooms.world, "/workspace/second_opinions"
    form = {"calls_per_day": 5, "micro_usd_per_day": DOLLAR}
    nothing = {"calls_per_day": 0, "micro_usd_per_day": 0, "reader": None, "today": {"calls": 0, "micro_usd": 0}}
    assert send("GET", path, token=rooms.tokens[Role.AUDITOR]).json == nothing
    assert "PARLEY_SECOND_OPINION" in rooms.refuses(409, "PUT", path, form).json["fix"]
    bootstrap.use(replace(world.desk, second=Reader()))
    assert send("PUT", path, token=rooms.tokens[Role.MANAGER], form=form).status == 403
    assert rooms.refuses(400, "PUT", path, form | {"calls_per_day": -1}).pointers == ["/calls_per_day"]
    reply = send("PUT", path, token=rooms.owner, form=form)
    assert (reply.status, reply.json) == (200, nothing | form | {"reader": "test:reader#1"})
    second_opinions.take(world.desk, world.desk.workspace(world.workspace.id), 300, world.clock.now())
    assert send("GET", path, token=rooms.owner).json["today"] == {"calls": 1, "micro_usd": 300}
    (event,) = (
        one
        for one in send("GET", "/workspace", token=rooms.owner).json["events"]
        if one["act"] == "set_second_opinions"
    )
    assert event["why"] == "a second reader is asked up to 5 times and for $1.00 a day"
