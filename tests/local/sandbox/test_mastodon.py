"""Mastodon, spoken by Mastodon.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import mastodon
import pytest
import requests


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("mastodon")


@pytest.fixture
def client(wire: Any, account: Any) -> Any:
    return wire.mastodon(account)


def test_what_is_posted_is_read_back_and_witnessed(client: Any, account: Any, control: Any) -> None:
    made = client.status_post("Hello <all>\n\nRead https://example.com/a?b=1&c=2 #news")
    assert client.account_verify_credentials()["id"] == account["id"]
    found = client.account_statuses(account["id"])
    assert [one["id"] for one in found] == [made["id"]]
    assert found[0]["content"].startswith("<p>Hello &lt;all&gt;</p><p>Read <a href=")
    assert "b=1&amp;c=2" in found[0]["content"]
    assert found[0]["tags"][0]["name"] == "news"
    assert client.status(made["id"])["uri"] == made["uri"]
    assert control.texts("mastodon") == ["Hello <all>\n\nRead https://example.com/a?b=1&c=2 #news"]


def test_the_same_key_is_the_same_status_for_an_hour(client: Any, control: Any) -> None:
    first = client.status_post("Once", idempotency_key="k")
    assert client.status_post("Once", idempotency_key="k")["id"] == first["id"]
    assert client.status_post("Once", idempotency_key="other")["id"] != first["id"]
    control.post("clock", advance=3601)
    assert client.status_post("Once", idempotency_key="k")["id"] != first["id"]
    assert len(control.texts("mastodon")) == 3


def test_a_key_belongs_to_one_account(client: Any, wire: Any, control: Any) -> None:
    other = wire.mastodon(control.account("mastodon", "second-desk"))
    assert client.status_post("A", idempotency_key="k")["id"] != other.status_post("B", idempotency_key="k")["id"]


def test_mentions_and_answers_notify(client: Any, account: Any, control: Any) -> None:
    ours = client.status_post("Ask us anything")
    control.post("members/say", platform="mastodon", kind="praise", account=account["id"])
    control.post("members/say", platform="mastodon", kind="question", reply_to=ours["id"])
    found = client.notifications(types=["mention"])
    assert [one["status"]["in_reply_to_id"] for one in found] == [ours["id"], None]
    assert found[0]["status"]["account"]["acct"] == "member-heron"
    assert '<span class="h-card" translate="no"><a href=' in found[0]["status"]["content"]
    assert not client.notifications(exclude_types=["mention"])
    assert [one["id"] for one in client.status_context(ours["id"])["descendants"]] == [found[0]["status"]["id"]]


def test_min_id_pages_forward_without_gaps_and_since_id_does_not(client: Any, account: Any, control: Any) -> None:
    for number in range(5):
        control.post("members/say", platform="mastodon", member="member-wren", text=f"n{number}", account=account["id"])
    oldest = client.notifications()[-1]["id"]
    forward = client.notifications(min_id=oldest, limit=2)
    newest = client.notifications(since_id=oldest, limit=2)
    assert [one["status"]["content"][-6:-4] for one in forward] == ["n2", "n1"]
    assert [one["status"]["content"][-6:-4] for one in newest] == ["n4", "n3"]
    onward = client.fetch_previous(forward)
    assert [one["status"]["content"][-6:-4] for one in onward] == ["n4", "n3"]
    assert [one["status"]["content"][-6:-4] for one in client.fetch_next(newest)] == ["n2", "n1"]


def test_a_reply_names_its_target(client: Any, account: Any, control: Any) -> None:
    said = control.post("members/say", platform="mastodon", kind="question", account=account["id"])
    made = client.status_post("@member-heron On Monday", in_reply_to_id=said["id"])
    assert made["in_reply_to_id"] == said["id"]
    assert made["mentions"][0]["acct"] == "member-heron"
    assert control.get("posts", platform="mastodon")["posts"][0]["reply_to"] == said["id"]
    with pytest.raises(mastodon.MastodonNotFoundError):
        client.status_post("to nobody", in_reply_to_id="12")


def test_what_is_too_long_is_a_422(client: Any, account: Any, server: Any) -> None:
    client.status_post("a" * 476 + " https://example.com/" + "x" * 400)
    url = f"{server.url}/mastodon/api/v1/statuses"
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    answer = requests.post(url, data={"status": "a" * 501}, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": "Validation failed: Text character limit of 500 exceeded"},
    )
    assert answer.headers["X-RateLimit-Reset"].endswith("Z")


def test_deletion_returns_the_text_and_a_second_one_is_a_404(client: Any, control: Any) -> None:
    made = client.status_post("Gone soon")
    assert client.status_delete(made["id"])["text"] == "Gone soon"
    with pytest.raises(mastodon.MastodonNotFoundError):
        client.status_delete(made["id"])
    assert control.texts("mastodon") == []


def test_the_instance_tells_its_limits(client: Any) -> None:
    found = client.instance_v2()
    assert found["configuration"]["statuses"]["max_characters"] == 500
    assert client.instance_v1()["configuration"]["statuses"]["characters_reserved_per_url"] == 23


def test_a_revoked_token_is_a_401(client: Any, account: Any, control: Any) -> None:
    control.post("revoke", token=account["credential"]["access_token"])
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        client.account_verify_credentials()


def test_the_app_of_a_token_is_the_app_of_its_statuses(client: Any) -> None:
    made = client.status_post("Hello")
    assert client.app_verify_credentials()["name"] == made["application"]["name"] == "Sandbox"


def test_new_statuses_are_counted_apart_in_three_hours(account: Any) -> None:
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    url = f"{account['base_url']}/api/v1"

    def left(answer: requests.Response) -> tuple[str, bool]:
        until = datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]) - datetime.now(UTC)
        return answer.headers["X-RateLimit-Remaining"], until > timedelta(minutes=5)

    for expected in ("299", "298"):
        posted = requests.post(f"{url}/statuses", json={"status": expected}, headers=headers, timeout=5)
        assert left(posted) == (expected, True)
    read = requests.get(f"{url}/accounts/verify_credentials", headers=headers, timeout=5)
    assert left(read) == ("299", False)
