"""Moderating through the API: what may be done is told, what is decided is shown, and no author is ever named."""

from __future__ import annotations

from chalicelib.domain.access import Role
from chalicelib.services import enforcing, polling
from tests.api.rooms import INSULT, Rooms, send


def inbox(rooms: Rooms) -> str:
    world = rooms.world
    world.hears("mastodon", INSULT, number=1)
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    (one,) = send("GET", "/interactions", token=rooms.owner).json["items"]
    assert send("POST", f"/reviews/{one['review']}/claim", token=rooms.tokens[Role.REVIEWER]).status == 200
    return str(one["id"])


def test_what_may_be_done_is_told_with_the_way_out(rooms: Rooms) -> None:
    path = f"/interactions/{inbox(rooms)}/moderations"
    choices = {one["action"]: one for one in send("GET", path, token=rooms.owner).json["choices"]}
    assert choices["hide"] == {
        "action": "hide",
        "may": True,
        "why_not": None,
        "way_out": None,
        "undone_by": "unhide",
    }
    assert choices["lock"]["may"] is False
    assert "mastodon has no `lock`" in choices["lock"]["why_not"]
    assert choices["lock"]["way_out"].startswith("It has: ")
    assert choices["report"]["undone_by"] is None


def test_a_ruling_from_its_decision_to_its_undoing(rooms: Rooms) -> None:
    world, reviewer = rooms.world, rooms.tokens[Role.REVIEWER]
    one = inbox(rooms)
    clause = send("GET", "/guideline", token=reviewer).json["guideline"]["clauses"][0]["id"]
    form = {"action": "hide", "why": "it drives people away", "clauses": [clause]}
    made = send("POST", f"/interactions/{one}/moderations", token=reviewer, form=form)
    assert (made.status, made.json["state"], made.json["tries"]) == (202, "asked", 0)
    assert made.json["next_try_at"] is not None
    ruling = made.json["id"]
    enforcing.enforce(world.desk, world.workspace.id, ruling, world.clock.now())
    shown = send("GET", f"/rulings/{ruling}", token=reviewer).json
    assert (shown["state"], shown["said"], shown["next_try_at"]) == ("done", INSULT, None)
    assert shown["rationale"]["clauses"] == [clause]
    assert send("GET", f"/interactions/{one}", token=reviewer).json["state"] == "resolved"
    for secret in (b"handle-of-m1", b"Name of m1", b"ref-1", b"native-1"):
        assert secret not in send("GET", "/rulings", token=reviewer).body
        assert secret not in send("GET", f"/rulings/{ruling}", token=reviewer).body
    undone = send("POST", f"/rulings/{ruling}/undo", token=reviewer, form={"why": "too strict"})
    assert (undone.status, undone.json["state"]) == (202, "undoing")
    assert send("GET", f"/interactions/{one}", token=reviewer).json["state"] == "in_review"
    (listed,) = send("GET", f"/interactions/{one}/moderations", token=reviewer).json["rulings"]
    assert [each["act"] for each in listed["events"]] == ["ask", "claim", "done", "undo"]


def test_who_only_reads_decides_nothing_and_every_ruling_has_its_clause(rooms: Rooms) -> None:
    path = f"/interactions/{inbox(rooms)}/moderations"
    form = {"action": "hide", "why": "it hurts", "clauses": ["no-such"]}
    assert send("POST", path, token=rooms.tokens[Role.AUDITOR], form=form).status == 403
    refused = send("POST", path, token=rooms.tokens[Role.REVIEWER], form=form)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "/clauses/0")
    missing = send("POST", path, token=rooms.tokens[Role.REVIEWER], form=form | {"clauses": []})
    assert (missing.status, missing.json["errors"][0]["pointer"]) == (400, "/clauses")


def test_a_decision_made_at_the_item_is_sent_to_the_interaction(rooms: Rooms) -> None:
    one = inbox(rooms)
    review = send("GET", f"/interactions/{one}", token=rooms.owner).json["review"]
    form = {"verdict": "moderate", "why": "it hurts"}
    refused = send("POST", f"/reviews/{review}/decide", token=rooms.tokens[Role.REVIEWER], form=form)
    assert refused.status == 400
