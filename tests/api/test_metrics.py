"""Counts through the API: switched on, counted by hand, told with what is missing."""

from __future__ import annotations

from chalicelib.domain.access import Role
from chalicelib.services import measuring
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
