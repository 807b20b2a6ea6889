"""The desk's day through the API: people and accounts, what came in and why it was so decided, the queue, the digest."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.access import Role
from chalicelib.services import polling
from chalicelib.services.publishing import publish
from chalicelib.services.ticking import tick
from tests.api.rooms import CAMPAIGN, INSULT, Rooms, digest_form, send


def test_an_interaction_tells_what_was_decided_and_all_of_why(furnished: Rooms) -> None:
    shown = send("GET", f"/interactions/{furnished.ids['interaction_id']}", token=furnished.owner).json
    assert shown["text"] == INSULT
    assert (shown["state"], shown["review"]) == ("in_review", furnished.ids["review_id"])
    decision = shown["decision"]
    assert (decision["action"], decision["guideline"]) == ("review", furnished.world.workspace.guideline)
    rationale = decision["rationale"]
    assert rationale["why"]
    assert rationale["actor"] == "worker:triage"
    assert {one["label"] for one in rationale["evidence"]} >= {"insult"}
    first = rationale["evidence"][0]
    assert 0 <= first["start"] < first["end"] <= len(INSULT)
    assert [one["act"] for one in shown["events"]] == ["ingest", "review"]
    listed = send("GET", "/interactions", token=furnished.owner).json["items"]
    assert all("text" not in one for one in listed)


def test_an_escalation_names_who_is_told_and_until_when_they_must_act(furnished: Rooms) -> None:
    shown = send("GET", f"/escalations/{furnished.ids['escalation_id']}", token=furnished.owner).json
    assert (shown["state"], shown["tell"]) == ("open", furnished.world.caller.member)
    assert shown["severity"] == 3
    assert shown["deadline"] > shown["opened_at"]


def test_one_person_takes_an_item_answers_it_and_the_answer_is_said(rooms: Rooms) -> None:
    review = rooms.furnish().ids["review_id"]
    mine, other = rooms.tokens[Role.REVIEWER], rooms.tokens[Role.MANAGER]
    form = {"verdict": "answer", "why": "a calm word", "text": "Sorry to read that. How can we help?"}
    early = send("POST", f"/reviews/{review}/decide", token=mine, form=form)
    assert (early.status, early.json["fix"]) == (409, "Claim it first.")
    claimed = send("POST", f"/reviews/{review}/claim", token=mine).json
    assert claimed["claim"]["until"] == "2026-11-21T09:15:01Z"
    assert send("POST", f"/reviews/{review}/claim", token=other).status == 409
    assert send("POST", f"/reviews/{review}/release", token=other).status == 403
    assert send("POST", f"/reviews/{review}/decide", token=other, form=form).status == 403
    decided = send("POST", f"/reviews/{review}/decide", token=mine, form=form).json
    assert (decided["state"], decided["verdict"]) == ("resolved", "answer")
    assert decided["rationale"]["why"] == "a calm word"
    assert review not in [one["id"] for one in send("GET", "/reviews", token=mine).json["items"]]
    assert send("POST", f"/reviews/{review}/decide", token=mine, form=form).status == 409
    answer = send("GET", f"/interactions/{rooms.ids['interaction_id']}", token=mine).json["answer"]
    publish(rooms.world.desk, rooms.world.workspace.id, answer)
    ((text, _, answered),) = rooms.world.platforms["x"].posted
    assert (text, answered and answered.id) == (form["text"], "ref-1")


def test_a_new_member_works_with_their_own_token_and_may_be_the_one_who_is_told(rooms: Rooms) -> None:
    form = {"name": "Sam Lee", "email": "sam@desk.example", "role": "safety", "escalations": True}
    added = send("POST", "/members", token=rooms.owner, form=form).json
    shown = send("GET", "/workspace", token=added["token"]).json
    assert shown["escalate_to"] == added["member"]["id"]
    assert shown["events"][-1]["act"] == "escalate_to"
    assert "Sam Lee" in [one["name"] for one in send("GET", "/members", token=rooms.owner).json["items"]]


def test_a_revoked_token_opens_nothing_from_the_next_request_on(rooms: Rooms) -> None:
    form = {"member": rooms.world.caller.member, "scopes": ["post:read"], "expires_at": "2026-12-01T00:00:00+01:00"}
    issued = send("POST", "/tokens", token=rooms.owner, form=form).json
    assert (issued["scopes"], issued["expires_at"]) == (["post:read"], "2026-11-30T23:00:00Z")
    assert send("GET", "/posts", token=issued["token"]).status == 200
    for _ in range(2):
        assert send("DELETE", f"/tokens/{issued['id']}", token=rooms.owner).status == 204
    assert send("GET", "/posts", token=issued["token"]).status == 401
    (kept,) = [one for one in send("GET", "/tokens", token=rooms.owner).json["items"] if one["id"] == issued["id"]]
    assert kept["revoked_at"] == "2026-11-21T09:00:01Z"
    assert [one["act"] for one in kept["events"]] == ["issue", "revoke"]


def test_an_account_that_is_not_heard_says_since_when(rooms: Rooms) -> None:
    world = rooms.world
    path = f"/accounts/{rooms.account}"
    assert send("GET", path, token=rooms.owner).json["silent_since"] is None
    world.platforms["x"].reads = False
    polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    world.clock.move(6 * 3600)
    shown = send("GET", path, token=rooms.owner).json
    assert (shown["state"], shown["silent_since"]) == ("active", "2026-11-21T09:00:01Z")


def test_connecting_again_gives_a_signed_out_account_its_voice_back(rooms: Rooms) -> None:
    world = rooms.world
    world.platforms["x"].script.append("signed out")
    variant = world.schedule("x")
    publish(world.desk, world.workspace.id, variant.id)
    assert send("GET", f"/accounts/{rooms.account}", token=rooms.owner).json["state"] == "needs_reconnect"
    (shown,) = send("GET", f"/posts/{variant.post}", token=rooms.owner).json["variants"]
    assert (shown["state"], shown["next"]) == (
        "held",
        {"what": "it is marked as missed, unless its account can speak again before", "at": "2026-11-21T10:00:01Z"},
    )
    form = {"platform": "x", "credential": {"token": "a-new-one"}, "base_url": "https://x.example/"}
    again = send("POST", "/accounts", token=rooms.owner, form=form).json
    assert (again["id"], again["state"]) == (rooms.account, "active")
    publish(world.desk, world.workspace.id, variant.id)
    (shown,) = send("GET", f"/posts/{variant.post}", token=rooms.owner).json["variants"]
    assert (shown["state"], shown["reason"]) == ("published", None)
    assert [one["act"] for one in shown["events"]] == ["schedule", "claim", "hold", "release", "claim", "commit"]


def test_a_digest_is_ordered_now_and_mailed_once(rooms: Rooms) -> None:
    ordered = send("POST", "/digests", token=rooms.owner, form=digest_form(rooms.world.caller.member))
    assert (ordered.status, ordered.json["state"]) == (202, "due")
    for _ in range(2):
        tick(rooms.world.desk, rooms.world.clock.now(), lambda: False)
        rooms.world.clock.move(timedelta(minutes=10).total_seconds())
    shown = send("GET", f"/digests/{ordered.json['id']}", token=rooms.owner).json
    assert (shown["state"], shown["tries"]) == ("sent", 1)
    assert len(rooms.world.mail.list_mails()) == 1


def test_a_new_guideline_is_the_active_one_and_the_old_one_can_come_back(rooms: Rooms) -> None:
    before = send("GET", "/guideline", token=rooms.owner).json
    assert before["guideline"]["clauses"]
    yaml = (
        "name: Short\nlanguages: [en]\nclauses:\n  - id: no-insults\n    wording: Be kind.\n"
        "    when: {labels: {insult: 500}}\n    action: review\n    severity: 1\n    reason: It hurts.\n"
    )
    form = {"yaml": yaml, "why": "simpler"}
    after = send("PUT", "/guideline", token=rooms.tokens[Role.SAFETY], form=form).json
    assert after["guideline"]["name"] == "Short"
    assert after["events"][-1]["why"] == "simpler"
    assert (after["events"][-1]["before"], after["events"][-1]["after"]) == (before["version"], after["version"])
    stored = rooms.world.record()
    assert send("PUT", "/guideline", token=rooms.owner, form=form).json == after
    assert rooms.world.record() == stored


def test_a_campaign_counts_its_own_variants_only(rooms: Rooms) -> None:
    mine = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN | {"ends": "2026-12-31T00:00:00Z"}).json
    other = send("POST", "/campaigns", token=rooms.owner, form=CAMPAIGN).json
    assert (mine["starts"], mine["ends"]) == ("2026-11-20T23:00:00Z", "2026-12-31T00:00:00Z")
    made = [
        send("POST", "/posts", token=rooms.owner, form=rooms.post(campaign=campaign)).json
        for campaign in (mine["id"], mine["id"], other["id"], None)
    ]
    send("POST", f"/variants/{made[0]['variants'][0]['id']}/cancel", token=rooms.owner)
    shown = send("GET", f"/campaigns/{mine['id']}", token=rooms.owner).json
    assert shown["variants"] == {"cancelled": 1, "scheduled": 1}
