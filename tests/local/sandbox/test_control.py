"""The control interface, the cast and the page that people look at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from local.sandbox.members import CAST, Kind

FIELDS = {
    "x": {"access_token"},
    "reddit": {"client_id", "client_secret", "refresh_token", "user_agent"},
    "mastodon": {"access_token"},
    "bluesky": {"identifier", "app_password"},
}


@pytest.mark.parametrize("platform", FIELDS)
def test_an_account_comes_with_the_credential_that_its_connector_needs(
    platform: str, control: Any, server: Any
) -> None:
    made = control.account(platform)
    assert set(made["credential"]) == FIELDS[platform]
    assert made["base_url"] == server.base_url(platform)
    assert control.account(platform) == made, "asking again gives the same"
    assert control.account(platform, "second")["id"] != made["id"]


@pytest.mark.parametrize("platform", FIELDS)
@pytest.mark.parametrize("kind", Kind)
def test_every_member_can_say_its_line_everywhere(platform: str, kind: Kind, control: Any) -> None:
    account = control.account(platform)
    said = control.post("members/say", platform=platform, kind=kind, account=account["handle"])
    assert CAST[kind].text in said["text"]
    assert said["handle"].replace("_", "-").startswith(CAST[kind].member)
    assert control.texts(platform) == [], "what members say is not ours"
    assert control.texts(platform, who="members", account=said["handle"]) == [said["text"]]


def test_what_is_asked_wrongly_is_answered_with_a_sentence(server: Any, control: Any) -> None:
    control.account("x")
    for path, body, status in (
        ("accounts", {"platform": "x"}, 400),
        ("accounts", {"platform": "myspace", "handle": "a"}, 400),
        ("accounts", {"platform": "x", "handle": "member-otter"}, 409),
        ("members/say", {"platform": "x"}, 400),
        ("members/say", {"platform": "x", "kind": "praise", "reply_to": "1"}, 404),
        ("members/say", {"platform": "x", "kind": "praise", "account": "nobody"}, 404),
        ("members/say", {"platform": "x", "member": "parley-desk", "text": "me"}, 409),
        ("clock", {}, 400),
        ("clock", {"set": "noon"}, 400),
        ("clock", {"set": "2026-11-20T12:00:00"}, 400),
        ("revoke", {"platform": "x", "account": "nobody"}, 404),
    ):
        answer = requests.post(f"{server.url}/_sandbox/{path}", json=body, timeout=5)
        assert answer.status_code == status, (path, body)
        assert answer.json()["error"].endswith(".")
    assert requests.get(f"{server.url}/_sandbox/nothing", timeout=5).status_code == 404


def test_the_clock_can_be_set(control: Any) -> None:
    control.post("clock", set="2027-01-01T00:00:00Z")
    said = control.post("members/say", platform="x", kind="praise")
    assert said["created_at"].startswith("2027-01-01T00:00:0")


def test_only_json_from_loopback_is_taken(server: Any) -> None:
    form = requests.post(f"{server.url}/_sandbox/clock", data={"advance": 5}, timeout=5)
    assert form.status_code == 415
    elsewhere = requests.get(f"{server.url}/_sandbox/posts", headers={"Host": "evil.example:80"}, timeout=5)
    assert elsewhere.status_code == 403


def test_many_at_once_are_each_posted_once(control: Any, wire: Any) -> None:
    client = wire.mastodon(control.account("mastodon"))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: client.status_post(f"n{number}")["id"], range(24)))
        same = list(pool.map(lambda _: client.status_post("same", idempotency_key="k")["id"], range(8)))
    assert len(set(made)) == 24
    assert len(set(same)) == 1
    assert sorted(control.texts("mastodon")) == sorted([f"n{number}" for number in range(24)] + ["same"])


def test_the_request_log_counts_and_keeps_no_text(control: Any, wire: Any) -> None:
    client = wire.x(control.account("x"))
    client.create_tweet(text="words of mine", user_auth=False)
    client.get_me(user_auth=False)
    log = control.get("requests", platform="x")
    assert [(one["method"], one["path"], one["sort"], one["outcome"]) for one in log["requests"]] == [
        ("POST", "/2/tweets", "write", "201"),
        ("GET", "/2/users/me", "read", "200"),
    ]
    assert "words" not in str(log)


def test_the_page_shows_what_was_said_and_runs_nothing(control: Any, wire: Any, server: Any) -> None:
    account = control.account("mastodon")
    made = wire.mastodon(account).status_post("<script>alert(1)</script> & more")
    control.post("members/say", platform="bluesky", member="member-otter", text='<img src=x onerror="alert(1)">')
    control.post("members/say", platform="reddit", kind="praise", account=control.account("reddit")["id"])
    answer = requests.get(server.url, timeout=5)
    assert answer.url == f"{server.url}/_sandbox/"
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in answer.text
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert requests.get(f"{server.url}/_sandbox/style.css", timeout=5).headers["Content-Type"].startswith("text/css")
    led = requests.get(made["url"], timeout=5)
    assert led.url.startswith(f"{server.url}/_sandbox/#")
    assert f'id="{led.url.split("#")[1]}"' in led.text
