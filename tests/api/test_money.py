"""What may be spent and what will be, as callers are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.access import Role
from chalicelib.services import spending
from tests.api.rooms import Rooms, send
from tests.services.money import asking_money

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
