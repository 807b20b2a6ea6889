"""What is brought to us: taken where its signature fits, once, and heard like anything that is read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api.rooms import Reply, Rooms, send

CONSUMER_SECRET = "consumer-secret-of-the-app"
PRAISE = "Thank you, the new opening hours are great. Lovely work!"


def opened(rooms: Rooms, sender: str = "relay", **form: Any) -> dict[str, Any]:
    reply = send("POST", "/hooks", token=rooms.owner, form={"account": rooms.account, "sender": sender, **form})
    assert reply.status == 201, reply.body
    return dict(reply.json)


def brought(rooms: Rooms, **item: Any) -> dict[str, Any]:
    return {
        "native_id": "relayed-1",
        "kind": "mention",
        "author": {"id": "m-77", "handle": "mira", "name": "Mira"},
        "text": PRAISE,
        "created_at": "2026-11-21T08:59:00Z",
        **item,
    }


def relay(rooms: Rooms, hook: dict[str, Any], body: Any, *, late: float = 0, secret: str | None = None) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = str(int(rooms.world.clock.now().timestamp() - late))
    return _sent(hook, raw, {"parley-timestamp": at, "parley-signature": signed(secret or hook["secret"], at, raw)})


def _sent(hook: dict[str, Any], raw: bytes, headers: dict[str, str]) -> Reply:
    return send("POST", hook["path"], raw=raw, headers={"content-type": "application/json", **headers})


def signed(secret: str, at: str, raw: bytes) -> str:
    digest = hmac.new(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


def x_signed(raw: bytes, secret: str = CONSUMER_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    return {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(digest).decode()}


def event(rooms: Rooms, uuid: str = "2080765813578191303", **more: Any) -> dict[str, Any]:
    own = rooms.world.accounts["x"].native_id
    post = {
        "id": "2080765813578191303",
        "text": f"@{own} {PRAISE}",
        "author_id": "m-88",
        "created_at": "2026-11-21T08:58:00.000Z",
        "conversation_id": "2080765813578191303",
    }
    users = [{"id": "m-88", "username": "noor", "name": "Noor"}]
    data = {
        "event_uuid": uuid,
        "filter": {"user_id": own},
        "event_type": "post.mention.create",
        "payload": post,
        "includes": {"users": users},
        **more,
    }
    return {"data": data}


def inbox(rooms: Rooms) -> list[dict[str, Any]]:
    return list(send("GET", "/interactions", token=rooms.owner).json["items"])


def test_what_a_relay_brings_is_heard_and_decided_about(rooms: Rooms) -> None:
    before = {one["id"] for one in inbox(rooms)}
    hook = opened(rooms)
    reply = relay(rooms, hook, {"id": "d-1", "items": [brought(rooms)]})
    assert (reply.status, reply.json) == (200, {"new": 1, "skipped": 0, "again": False})
    (new,) = [one for one in inbox(rooms) if one["id"] not in before]
    assert new["state"] != "new"
    assert new["kind"] == "mention"


def test_the_same_message_by_another_road_is_one_message(rooms: Rooms) -> None:
    hook = opened(rooms)
    assert relay(rooms, hook, {"id": "d-1", "items": [brought(rooms)]}).json["new"] == 1
    assert relay(rooms, hook, {"id": "d-2", "items": [brought(rooms), brought(rooms)]}).json["new"] == 0


def test_a_replay_is_refused_and_changes_nothing(rooms: Rooms) -> None:
    hook = opened(rooms)
    body = {"id": "d-1", "items": [brought(rooms)]}
    assert relay(rooms, hook, body).status == 200
    held = inbox(rooms)
    again = relay(rooms, hook, body)
    assert again.status == 409
    assert "taken already" in again.json["detail"]
    rooms.world.clock.move(240)
    assert relay(rooms, hook, body).status == 409
    assert inbox(rooms) == held


@pytest.mark.parametrize("late", [301, -301, 86_400])
def test_a_signature_of_another_time_is_refused(rooms: Rooms, late: float) -> None:
    reply = relay(rooms, opened(rooms), {"id": "d-1", "items": [brought(rooms)]}, late=late)
    assert reply.status == 401
    assert "five minutes" in reply.json["detail"]


def test_a_forgery_is_refused_and_nothing_is_stored(rooms: Rooms) -> None:
    hook, held = opened(rooms), inbox(rooms)
    body = {"id": "d-1", "items": [brought(rooms)]}
    raw = json.dumps(body).encode()
    at = str(int(rooms.world.clock.now().timestamp()))
    good = signed(hook["secret"], at, raw)
    forged = [
        relay(rooms, hook, body, secret="another-secret"),
        _sent(hook, raw.replace(b"m-77", b"m-78"), {"parley-timestamp": at, "parley-signature": good}),
        _sent(hook, raw, {"parley-timestamp": str(int(at) + 1), "parley-signature": good}),
        _sent(hook, raw, {"parley-timestamp": at}),
        _sent(hook, raw, {"parley-signature": good}),
        _sent(hook, raw, {"parley-timestamp": "soon", "parley-signature": good}),
        _sent(hook, raw, {}),
    ]
    assert [one.status for one in forged] == [401] * len(forged)
    assert all("docs/webhooks.md" in one.json["fix"] for one in forged)
    assert inbox(rooms) == held


def test_nobody_learns_which_addresses_there_are(rooms: Rooms) -> None:
    hook, raw = opened(rooms), b"{}"
    there = _sent(hook, raw, {"parley-timestamp": "1", "parley-signature": "sha256=none"})
    nowhere = {"path": f"/hooks/relay/{'a' * 16}.{'b' * 16}"}
    other = _sent(nowhere, raw, {"parley-timestamp": "1", "parley-signature": "sha256=none"})
    assert (
        (there.status, there.json["detail"])
        == (other.status, other.json["detail"])
        == (401, "its signature does not fit")
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "no JSON"),
        ({"items": [{}]}, "`id`"),
        ({"id": "d" * 201, "items": [{}]}, "`id`"),
        ({"id": "d-1", "items": []}, "`items`"),
        ({"id": "d-1", "items": [{}] * 101}, "`items`"),
        ({"id": "d-1", "items": {"a": 1}}, "`items`"),
    ],
)
def test_what_is_no_delivery_is_told_so(rooms: Rooms, body: Any, words: str) -> None:
    reply = relay(rooms, opened(rooms), body)
    assert reply.status == 400
    assert words in reply.json["detail"]


def test_a_bad_item_does_not_keep_the_others_out(rooms: Rooms) -> None:
    own = rooms.world.accounts["x"].native_id
    bad = [{}, {"native_id": 7}, brought(rooms, kind="like"), brought(rooms, created_at="soon"), "text"]
    echo = brought(rooms, native_id="echo", author={"id": own})
    reply = relay(rooms, opened(rooms), {"id": "d-1", "items": [*bad, echo, brought(rooms)]})
    assert reply.json == {"new": 1, "skipped": 6, "again": False}


def test_the_guide_signs_as_the_door_asks(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(guide.split("```python\n")[1].split("```")[0], names)
    monkeypatch.setattr(time, "time", rooms.world.clock.now().timestamp)
    hook, raw = opened(rooms), json.dumps({"id": "d-1", "items": [brought(rooms)]}).encode()
    assert send("POST", hook["path"], raw=raw, headers=names["headers"](hook["secret"], raw)).status == 200


def test_x_is_told_the_proof_that_it_asks_for(rooms: Rooms) -> None:
    hook = opened(rooms, "x", secret=CONSUMER_SECRET)
    assert "secret" not in hook
    reply = send("GET", f"{hook['path']}?crc_token=challenge-7")
    assert reply.status == 200
    assert reply.json == {"response_token": x_signed(b"challenge-7")["x-twitter-webhooks-signature"]}
    assert send("GET", hook["path"]).status == 404
    assert send("GET", f"{hook['path']}?crc_token={'c' * 201}").status == 400
    assert send("GET", f"{opened(rooms)['path']}?crc_token=challenge-7").status == 404


def test_an_event_of_x_is_heard_and_a_repeat_changes_nothing(rooms: Rooms) -> None:
    hook = opened(rooms, "x", secret=CONSUMER_SECRET)
    raw = json.dumps(event(rooms)).encode()
    assert _sent(hook, raw, x_signed(raw)).json == {"new": 1, "skipped": 0, "again": False}
    held = inbox(rooms)
    assert _sent(hook, raw, x_signed(raw)).json == {"new": 0, "skipped": 0, "again": True}
    assert _sent(hook, raw, x_signed(raw, "somebody-elses-secret")).status == 401
    assert inbox(rooms) == held


def test_an_event_that_is_nobodys_message_is_taken_and_left(rooms: Rooms) -> None:
    hook = opened(rooms, "x", secret=CONSUMER_SECRET)
    raw = json.dumps(event(rooms, event_type="like.create", payload={})).encode()
    assert _sent(hook, raw, x_signed(raw)).json == {"new": 0, "skipped": 1, "again": False}


def test_another_accounts_event_is_refused(rooms: Rooms) -> None:
    hook = opened(rooms, "x", secret=CONSUMER_SECRET)
    raw = json.dumps(event(rooms, filter={"user_id": "1"})).encode()
    assert _sent(hook, raw, x_signed(raw)).status == 400


def test_an_address_that_was_taken_back_takes_nothing(rooms: Rooms) -> None:
    hook = opened(rooms)
    for _ in range(2):
        assert send("DELETE", f"/hooks/{hook['id']}", token=rooms.owner).status == 204
    assert relay(rooms, hook, {"id": "d-1", "items": [brought(rooms)]}).status == 401
    listed = {one["id"]: one for one in send("GET", "/hooks", token=rooms.owner).json["items"]}
    assert listed[hook["id"]]["state"] == "revoked"
    assert hook["secret"] not in json.dumps(listed)


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"sender": "mastodon"}, "/sender"),
        ({"sender": "nobody"}, "/sender"),
        ({"sender": "relay", "secret": "one-of-my-own-secrets"}, "/secret"),
        ({"sender": "x"}, "/secret"),
    ],
)
def test_what_nobody_brings_has_no_address(rooms: Rooms, form: dict[str, str], pointer: str) -> None:
    reply = send("POST", "/hooks", token=rooms.owner, form={"account": rooms.account, **form})
    assert reply.status == 400
    assert reply.json["errors"][0]["pointer"] == pointer
