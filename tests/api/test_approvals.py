"""Drafts, approvals and guests as callers meet them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Role
from chalicelib.services import media
from connectors.capabilities import Capabilities, PictureLimits
from tests.api.rooms import INSULT, Rooms, send
from tests.imaging.samples import drawn, saved

OTHER_RULE = {
    "people": 2,
    "by_another": False,
    "posts_of": ["manager"],
    "replies_of": ["reviewer", "safety"],
    "tolerance_minutes": 5,
    "reminder_minutes": 600,
}
BERLIN = {"at": "2026-11-21T12:00", "zone": "Europe/Berlin"}


def approval(rooms: Rooms, variant: str, role: Role = Role.OWNER) -> dict[str, Any]:
    reply = send("GET", f"/variants/{variant}/approval", token=rooms.tokens[role])
    assert reply.status == 200, reply.body
    return dict(reply.json)


def guest(method: str, link: dict[str, Any], form: Any = None) -> Any:
    return send(method, "/review", token=link["token"], form=form)


def test_nobody_is_asked_until_an_owner_says_so(rooms: Rooms) -> None:
    shown = send("GET", "/workspace", token=rooms.owner).json["approvals"]
    assert (shown["people"], shown["tolerance_minutes"], shown["reminder_minutes"]) == (0, 15, 120)
    assert send("POST", "/posts", token=rooms.owner, form=rooms.post()).json["variants"][0]["state"] == "scheduled"
    reply = send("PUT", "/workspace/approvals", token=rooms.owner, form=OTHER_RULE)
    assert (reply.status, reply.json["approvals"]) == (200, OTHER_RULE)
    why = reply.json["events"][-1]["why"]
    assert why == "approved by 2, by anybody who may: posts of manager; replies of reviewer, safety"
    assert send("PUT", "/workspace/approvals", token=rooms.owner, form={"people": 0}).json["approvals"] == shown


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"people": 3}, "/people"),
        ({"people": -1}, "/people"),
        ({"people": True}, "/people"),
        ({"posts_of": ["god"]}, "/posts_of/0"),
        ({"posts_of": ["operator"]}, "/posts_of"),
        ({"replies_of": ["reviewer", "operator"]}, "/replies_of"),
        ({"tolerance_minutes": 1441}, "/tolerance_minutes"),
        ({"reminder_minutes": -1}, "/reminder_minutes"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_rules_that_cannot_be(rooms: Rooms, changes: dict[str, Any], pointer: str) -> None:
    form = {"people": 1} | changes
    assert rooms.refuses(400, "PUT", "/workspace/approvals", form).pointers == [pointer]


def test_from_a_draft_to_what_is_said(rooms: Rooms) -> None:
    """A reviewer writes, a manager asks for changes and approves, and it is said as it was approved."""
    reviewer, manager = rooms.tokens[Role.REVIEWER], rooms.tokens[Role.MANAGER]
    rooms.asking()
    draft = send(
        "POST", "/drafts", token=reviewer, form={"variants": [{"account": rooms.account, "text": "x" * 600}]}
    ).json
    (variant,) = draft["variants"]
    assert (variant["state"], variant["schedule"]) == ("draft", None)
    assert [one["id"] for one in send("GET", "/drafts", token=reviewer).json["items"]] == [variant["id"]]
    path = f"/posts/{draft['id']}/schedule"
    assert rooms.refuses(400, "POST", path, {}, token=reviewer).pointers == ["/schedule"]
    assert rooms.refuses(400, "POST", path, {"schedule": BERLIN}, token=reviewer).pointers == ["/variants/0/text"]
    form = {"version": 1, "text": "We open on Monday.", "schedule": BERLIN}
    assert send("PATCH", f"/drafts/{variant['id']}", token=reviewer, form=form).json["version"] == 2
    (variant,) = send("POST", path, token=reviewer, form={}).json["variants"]
    assert (variant["state"], variant["asks"], variant["approvals"]) == ("awaiting_approval", 1, [])
    assert variant["next"] == {
        "what": "it is marked as missed, unless it is approved before",
        "at": "2026-11-21T12:00:00Z",
    }
    assert [one["id"] for one in send("GET", "/approvals", token=manager).json["items"]] == [variant["id"]]
    yes, no = (f"/variants/{variant['id']}/{verb}" for verb in ("approve", "return"))
    assert rooms.refuses(403, "POST", yes, {"version": 2}, token=reviewer).json["type"].endswith("not-allowed")
    assert send("POST", no, token=manager, form={"version": 2, "comment": "Say when."}).json["state"] == "draft"
    assert [one["text"] for one in approval(rooms, variant["id"], Role.REVIEWER)["comments"]] == ["Say when."]
    form = {"version": 2, "text": "We open on Monday at nine."}
    send("PATCH", f"/drafts/{variant['id']}", token=reviewer, form=form)
    send("POST", path, token=reviewer, form={})
    assert rooms.refuses(409, "POST", yes, {"version": 2}, token=manager).json["detail"] == "it is at version 3 by now"
    shown = approval(rooms, variant["id"], Role.MANAGER)
    assert (shown["you_may_approve"], shown["variant"]["says"]["text"]) == (True, "We open on Monday at nine.")
    after = send("POST", yes, token=manager, form={"version": 3, "comment": "Good."}).json
    assert (after["state"], len(after["approvals"])) == ("scheduled", 1)
    rooms.pass_time(2 * 3600 + 30, step=60)
    assert [text for text, *_ in rooms.world.platforms["x"].posted] == ["We open on Monday at nine."]


def test_what_changed_since_it_was_approved_is_shown_word_by_word(rooms: Rooms) -> None:
    variant, manager = rooms.proposed("We open on Monday."), rooms.tokens[Role.MANAGER]
    assert approval(rooms, variant["id"])["changed"] is None
    send("POST", f"/variants/{variant['id']}/approve", token=manager, form={"version": 1})
    form = {"version": 1, "text": "We open on Tuesday.", "schedule": {**BERLIN, "at": "2026-11-21T13:00"}}
    after = send("PATCH", f"/variants/{variant['id']}", token=rooms.owner, form=form).json
    assert (after["state"], after["approvals"], after["events"][-1]["act"]) == ("awaiting_approval", [], "edit_void")
    assert approval(rooms, variant["id"])["changed"] == [
        {"what": "time", "before": "2026-11-21T11:00:00Z", "after": "2026-11-21T12:00:00Z (Europe/Berlin)"},
        {
            "what": "text",
            "pieces": [
                {"kind": "same", "text": "We open on "},
                {"kind": "gone", "text": "Monday"},
                {"kind": "new", "text": "Tuesday"},
                {"kind": "same", "text": "."},
            ],
        },
    ]


def test_a_reply_waits_for_approval_where_its_author_s_role_is_asked_about(rooms: Rooms) -> None:
    rooms.furnish().asking(1, replies_of=["reviewer"])
    reviewer, review = rooms.tokens[Role.REVIEWER], rooms.ids["review_id"]
    send("POST", f"/reviews/{review}/claim", token=reviewer)
    form = {"verdict": "answer", "why": "they deserve one", "text": "We are sorry."}
    assert send("POST", f"/reviews/{review}/decide", token=reviewer, form=form).status == 200
    answered = [one for one in rooms.world.platforms["x"].posted if one[0] == "We are sorry."]
    (waits,) = (
        one for one in send("GET", "/approvals", token=rooms.owner).json["items"] if one["interaction"] is not None
    )
    rooms.pass_time(3 * 3600, step=600)
    assert not answered, INSULT
    send("POST", f"/variants/{waits['id']}/approve", token=rooms.owner, form={"version": 1})
    rooms.pass_time(60)
    assert [one for one in rooms.world.platforms["x"].posted if one[0] == "We are sorry."]


def test_a_draft_is_made_once_for_each_key(rooms: Rooms) -> None:
    form, headers = {"variants": [{"account": rooms.account, "text": "Hello"}]}, {"idempotency-key": "k1"}
    first, second = (send("POST", "/drafts", token=rooms.owner, form=form, headers=headers).json for _ in range(2))
    assert first["id"] == second["id"]
    assert len(send("GET", "/drafts", token=rooms.owner).json["items"]) == 1


# --- guests ----------------------------------------------------------------------------------------------------------


def test_a_guest_sees_one_post_and_says_yes_once(rooms: Rooms) -> None:
    variant = rooms.proposed()
    link = rooms.linked(variant)
    shown = guest("GET", link)
    assert shown.json == {
        "says": {
            "text": "To be approved",
            "title": None,
            "community": None,
            "language": None,
            "pictures": [],
            "rest": [],
            "options": {},
        },
        "platform": "x",
        "account": "our-desk",
        "at": "2026-11-21T11:00:00Z",
        "zone": "Europe/Berlin",
        "version": 1,
        "expires_at": "2026-11-28T09:00:01Z",
    }
    said = guest("POST", link, {"version": 1, "verdict": "approve", "comment": "Lovely."})
    assert (said.status, said.json) == (200, {"verdict": "approve", "version": 1})
    found = approval(rooms, variant["id"])
    assert (found["variant"]["state"], found["variant"]["approvals"][0]["link"]) == ("scheduled", link["id"])
    assert [(one["by"], one["text"]) for one in found["comments"]] == [(f"link:{link['id']}", "Lovely.")]
    assert "Dana" not in json.dumps([found["variant"]["events"], found["links"][0]["events"]])
    assert guest("GET", link).status == 404


def test_a_guest_asks_for_changes(rooms: Rooms) -> None:
    variant = rooms.proposed()
    link = rooms.linked(variant)
    before = rooms.world.record()
    for form, pointer in [
        ({"version": 1, "verdict": "changes"}, "/comment"),
        ({"version": 1, "verdict": "maybe"}, "/verdict"),
        ({"verdict": "approve"}, "/version"),
        ({"version": 1, "verdict": "approve", "member": "m"}, "/member"),
    ]:
        reply = guest("POST", link, form)
        assert (reply.status, reply.pointers) == (400, [pointer])
    assert guest("POST", link, {"version": 2, "verdict": "approve"}).status == 409
    assert rooms.world.record() == before
    assert guest("POST", link, {"version": 1, "verdict": "changes", "comment": "Not on a Monday."}).status == 200
    assert approval(rooms, variant["id"])["variant"]["state"] == "draft"


def test_whatever_does_not_open_is_the_same_404(rooms: Rooms) -> None:
    variant = rooms.proposed()
    used, revoked, expired, good = (rooms.linked(variant) for _ in range(4))
    others = rooms.linked(rooms.proposed("Another"))
    assert send("DELETE", f"/links/{revoked['id']}", token=rooms.owner).status == 204
    assert send("DELETE", f"/links/{revoked['id']}", token=rooms.owner).status == 204
    assert guest("POST", others, {"version": 1, "verdict": "approve"}).status == 200
    head = good["token"].rpartition("_")[0]
    tokens = [
        others["token"],
        revoked["token"],
        good["token"][:-1],
        f"{head}_{'A' * 43}",
        good["token"].replace("review_", "parley_"),
        good["token"].replace(rooms.world.workspace.id, rooms.other.id),
        rooms.owner,
        "a" * 150,
    ]
    answers = [send("GET", "/review", token=one) for one in tokens]
    form = {"version": 1, "verdict": "approve"}
    answers += [send("POST", "/review", token=one, form=form) for one in tokens]
    answers += [send("GET", "/review"), send("GET", "/review", headers={"authorization": f"Basic {good['token']}"})]
    assert guest("GET", good).status == 200
    assert guest("POST", used, form).status == 200
    answers += [guest("GET", used), guest("GET", good), guest("POST", expired, form)]
    rooms.world.clock.move(8 * 24 * 3600)
    answers.append(guest("GET", expired))
    assert {(one.status, one.body, one.headers["content-type"]) for one in answers} == {
        (404, answers[0].body, "application/problem+json")
    }


def test_a_link_is_shown_with_its_secret_once(rooms: Rooms) -> None:
    variant = rooms.proposed()
    link = rooms.linked(variant)
    assert (link["label"], link["opens"], link["address"]) == ("Dana of the client", True, None)
    secret = link["token"].rpartition("_")[2]
    shown = json.dumps(approval(rooms, variant["id"]))
    assert secret not in shown
    assert "secret_hash" not in shown
    assert secret not in rooms.world.record()


def test_links_that_cannot_be(rooms: Rooms) -> None:
    variant, manager = rooms.proposed(), rooms.tokens[Role.MANAGER]
    path = f"/variants/{variant['id']}/links"
    for changes, pointer in [
        ({"expires_at": "2026-12-06T09:00:00Z"}, "/expires_at"),
        ({"expires_at": "2026-11-21T09:00:00Z"}, "/expires_at"),
        ({"expires_at": "2026-11-28T09:00"}, "/expires_at"),
        ({"label": " "}, "/label"),
    ]:
        form = {"label": "Dana"} | changes
        assert rooms.refuses(400, "POST", path, form, token=manager).pointers == [pointer]
    own = rooms.refuses(403, "POST", path, {"label": "Dana"})
    assert "whoever wrote it" in own.json["detail"]
    free = send("POST", "/posts", token=rooms.owner, form=rooms.post()).json["variants"][0]
    assert rooms.refuses(409, "POST", f"/variants/{free['id']}/links", {"label": "Dana"}, token=manager)


@pytest.mark.parametrize("verb", ["approve", "return", "comments"])
def test_decisions_and_comments_that_cannot_be(rooms: Rooms, verb: str) -> None:
    variant, manager = rooms.proposed(), rooms.tokens[Role.MANAGER]
    needs = {"approve": {"version": 1}, "return": {"version": 1, "comment": "No."}, "comments": {"comment": "No."}}[
        verb
    ]
    for name in needs:
        missing = {one: value for one, value in needs.items() if one != name}
        path = f"/variants/{variant['id']}/{verb}"
        assert rooms.refuses(400, "POST", path, missing, token=manager).pointers == [f"/{name}"]
    for name, value in [("comment", "\x00"), ("comment", "x" * 2001), ("surprise", 1)]:
        form = needs | {name: value}
        assert rooms.refuses(400, "POST", path, form, token=manager).pointers == [f"/{name}"]


def test_a_guest_sees_the_pictures_of_their_post_and_no_others(rooms: Rooms) -> None:
    desk = rooms.world.desk
    limits = PictureLimits(4, frozenset({"image/png", "image/jpeg"}), 5_000_000, max_alt=1000)
    platforms = desk.platforms

    def capabilities(name: str) -> Capabilities:
        return replace(platforms.capabilities(name), pictures=limits)

    bootstrap.use(replace(desk, platforms=replace(platforms, capabilities=capabilities)))
    now = rooms.world.clock.now()
    door, other = (
        media.put(desk, rooms.world.caller, saved(drawn(*size), "PNG"), now, alt="A door")
        for size in ((30, 20), (20, 30))
    )
    rooms.asking()
    form = rooms.post(
        variants=[{"account": rooms.account, "text": "Look", "pictures": [{"media": door.id, "alt": "A door"}]}]
    )
    (variant,) = send("POST", "/posts", token=rooms.owner, form=form).json["variants"]
    link = rooms.linked(variant)
    assert guest("GET", link).json["says"]["pictures"] == [{"media": door.id, "alt": "A door"}]

    def shown(picture: str, token: str) -> Any:
        path = f"/review/pictures/{picture}/content"
        return send("GET", path, token=token, headers={"accept": "image/*, */*;q=0.1"})

    seen = shown(door.id, link["token"])
    assert (seen.status, seen.headers["content-type"]) == (200, "image/png")
    assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert seen.body.startswith(b"\x89PNG")
    refused = [shown(other.id, link["token"]), shown(door.id, rooms.owner), shown(door.id, link["token"][:-1])]
    send("DELETE", f"/links/{link['id']}", token=rooms.owner)
    refused.append(shown(door.id, link["token"]))
    assert {one.status for one in refused} == {404}
    assert len({one.body for one in refused}) == 1
