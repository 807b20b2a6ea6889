"""Counts through the API: switched on, counted by hand, told with what is missing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.measuring import Sample
from chalicelib.domain.rationale import Actor
from chalicelib.services import exporting_counts, measuring
from connectors.metrics import Measure
from tests.api.rooms import CAMPAIGN, Rooms, send


def test_a_post_is_counted_and_its_campaign_summed(rooms: Rooms) -> None:
    world, owner = rooms.world, rooms.owner
    campaign = send("POST", "/campaigns", token=owner, form=CAMPAIGN).json["id"]
    form = {
        "campaign": campaign,
        "schedule": {"at": "2026-11-21T09:00:01Z", "zone": "UTC"},
        "variants": [{"account": world.accounts[one].id, "text": "Hello"} for one in ("mastodon", "bluesky")],
    }
    post = send("POST", "/posts", token=owner, form=form).json
    path = f"/posts/{post['id']}/metrics"
    assert send("POST", path, token=owner).status == 409
    world.clock.move(2)
    for one in post["variants"]:
        rooms.say(world.variant(one["id"]))
    world.platforms["mastodon"].counts["mastodon-1"] = {Measure.LIKES: 2, Measure.VIEWS: 40}
    shown = send("POST", path, token=rooms.tokens[Role.MANAGER]).json
    by_platform = {one["platform"]: one for one in shown["variants"]}
    counted, gone = by_platform["mastodon"], by_platform["bluesky"]
    assert (counted["standing"], counted["counts"]) == ("counted", {"likes": 2, "views": 40})
    assert (gone["standing"], gone["counts"], gone["samples"][0]["gone"]) == ("gone", None, True)
    assert "followers" in counted["tells"]
    assert send("GET", path, token=owner).json == shown
    sums = send("GET", f"/campaigns/{campaign}/metrics", token=owner).json
    assert (sums["posts"], sums["counted"], sums["waiting"], sums["gone"]) == (2, 1, 0, 1)
    assert (sums["counts"], sums["told"]) == ({"likes": 2, "views": 40}, {"likes": 1, "views": 1})
    assert sums["platforms"]["bluesky"]["counts"] == {}
    assert send("POST", path, token=rooms.tokens[Role.REVIEWER]).status == 403


def test_an_account_has_its_days(rooms: Rooms) -> None:
    world = rooms.world
    world.platforms["x"].account_counts = {Measure.FOLLOWERS: 12}
    switched = send("PUT", "/workspace/measuring", token=rooms.owner, form={"on": True})
    assert (switched.status, switched.json["measures"]) == (200, True)
    assert switched.json["events"][-1]["act"] == "set_measuring"
    for _ in range(3):
        measuring.take_round(world.desk, world.workspace.id, world.clock.now())
        world.clock.move(24 * 3600)
    page = send("GET", f"/accounts/{rooms.account}/metrics?limit=2", token=rooms.owner).json
    assert [one["counts"] for one in page["items"]] == [{"followers": 12}] * 2
    assert page["items"][0]["at"] > page["items"][1]["at"]
    rest = send("GET", f"/accounts/{rooms.account}/metrics?after={page['next']}", token=rooms.owner).json
    assert len(rest["items"]) == 1


# --- taken out -------------------------------------------------------------------------------------------------------


def taken_out(rooms: Rooms, what: str, limit: int = 100) -> list[dict[str, str]]:
    """Every row of an export as a spreadsheet reads it, its pages appended to one another."""
    whole, after = b"", ""
    while True:
        reply = send("GET", f"/exports/{what}?limit={limit}{after}", token=rooms.owner)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/csv; charset=utf-8"), reply.body
        whole += reply.body
        if "parley-next" not in reply.headers:
            return list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
        after = f"&after={reply.headers['parley-next']}"


def listed(rooms: Rooms, what: str, limit: int = 100) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = send("GET", f"/exports/{what}?format=json&limit={limit}{after}", token=rooms.owner).json
        found += page["items"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def published(rooms: Rooms, text: str) -> dict[str, Any]:
    soon = rooms.world.clock.now().replace(tzinfo=None) + timedelta(seconds=1)
    form = {
        "schedule": {"at": f"{soon.isoformat()}Z", "zone": "UTC"},
        "variants": [{"account": rooms.world.accounts[one].id, "text": text} for one in ("mastodon", "bluesky")],
    }
    post = dict(send("POST", "/posts", token=rooms.owner, form=form).json)
    rooms.world.clock.move(2)
    for one in post["variants"]:
        rooms.say(rooms.world.variant(one["id"]))
    return post


def test_counts_are_taken_out_with_what_was_not_told_left_empty(rooms: Rooms) -> None:
    world, owner = rooms.world, rooms.owner
    post = published(rooms, "Hello")
    world.platforms["mastodon"].counts["mastodon-1"] = {Measure.LIKES: 0, Measure.VIEWS: 40}
    world.platforms["bluesky"].counts["bluesky-1"] = {Measure.SCORE: -3}
    uncounted = taken_out(rooms, "metrics")
    assert {one["at"] for one in uncounted} == {""}
    assert len(uncounted) == 2
    send("POST", f"/posts/{post['id']}/metrics", token=owner)
    world.clock.move(3600)
    world.platforms["mastodon"].counts.clear()
    send("POST", f"/posts/{post['id']}/metrics", token=owner)
    rows = taken_out(rooms, "metrics")
    first, second = (one for one in rows if one["platform"] == "mastodon")
    assert (first["likes"], first["views"], first["replies"], first["gone"]) == ("0", "40", "", "")
    assert (second["likes"], second["gone"], second["post"]) == ("", "yes", post["id"])
    assert [one["score"] for one in rows if one["platform"] == "bluesky"] == ["-3", "-3"], "a number is no formula"
    shown = [one for one in listed(rooms, "metrics") if one["platform"] == "mastodon"]
    assert [(one["counts"], one["gone"]) for one in shown] == [({"likes": 0, "views": 40}, False), ({}, True)]
    assert first["published_at"].startswith("2026-11-21T09:00")


def test_no_handle_that_is_taken_out_is_calculated_by_a_spreadsheet(rooms: Rooms) -> None:
    account = rooms.world.accounts["mastodon"]
    store = rooms.world.desk.store
    event = store.accounts.moved(account, account, "rename", rooms.world.clock.now(), Actor("test"), "a test")
    store.accounts.save(account, replace(account, handle="=1+1"), event)
    published(rooms, "Hello")
    assert "'=1+1" in {one["handle"] for one in taken_out(rooms, "metrics")}


@pytest.mark.parametrize("what", ["metrics", "account_metrics"])
def test_pages_come_to_the_same_as_the_whole(rooms: Rooms, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = rooms.world
    for number in range(3):
        post = published(rooms, f"Hello {number}")
        for _ in range(3):
            send("POST", f"/posts/{post['id']}/metrics", token=rooms.owner)
            world.clock.move(120)
    for number, one in enumerate(world.accounts.values()):
        for day in range(2 * number):
            for community in (None, "bikes"):
                sample = Sample(world.clock.now().replace(day=1 + day), {"followers": day}, of=community)
                world.desk.store.measurings.keep_account(world.workspace.id, one.id, sample)
    whole = taken_out(rooms, what)
    assert len(whole) == (18 if what == "metrics" else 12)
    for limit in (1, 2, 5):
        assert taken_out(rooms, what, limit) == whole
        assert len(listed(rooms, what, limit)) == len(whole)
    monkeypatch.setattr(exporting_counts, "MOST_ROWS", 4)
    assert taken_out(rooms, what) == whole, "a page that would be too large is cut, and nothing of it is lost"


def test_an_export_of_counts_is_asked_for_by_whoever_may(rooms: Rooms) -> None:
    published(rooms, "Hello")
    for what in ("metrics", "account_metrics"):
        assert send("GET", f"/exports/{what}", token=rooms.tokens[Role.REVIEWER]).status == 200
        assert send("GET", f"/exports/{what}").status == 401
        assert send("GET", f"/exports/{what}?format=xml", token=rooms.owner).pointers == ["format"]
        assert send("GET", f"/exports/{what}?after=~none", token=rooms.owner).pointers == ["after"]
        assert send("GET", f"/exports/{what}?format=json", token=rooms.stranger).json["items"] == []
