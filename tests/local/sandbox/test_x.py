"""X API v2, spoken by tweepy."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import tweepy


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("x")


@pytest.fixture
def client(wire: Any, account: Any) -> Any:
    return wire.x(account)


def test_what_is_posted_is_read_back_and_witnessed(client: Any, account: Any, control: Any) -> None:
    made = client.create_tweet(text='Hello & "welcome"', user_auth=False)["data"]
    assert client.get_me(user_auth=False)["data"]["id"] == account["id"]
    page = client.get_users_tweets(account["id"], tweet_fields=["created_at", "conversation_id"])
    assert [one["id"] for one in page["data"]] == [made["id"]]
    assert page["data"][0]["text"] == 'Hello &amp; "welcome"', "quotes stay as they are"
    assert page["data"][0]["conversation_id"] == made["id"]
    assert control.texts("x") == ['Hello & "welcome"']


def test_a_link_is_shortened_and_its_entity_names_the_original(client: Any, account: Any) -> None:
    client.create_tweet(text="Read https://example.com/a?b=1&c=2 now", user_auth=False)
    found = client.get_users_tweets(account["id"], tweet_fields="entities")["data"][0]
    link = found["entities"]["urls"][0]
    assert link["expanded_url"] == "https://example.com/a?b=1&c=2"
    assert found["text"] == f"Read {link['url']} now"
    assert found["text"][link["start"] : link["end"]] == link["url"]
    assert len(link["url"]) == 23


def test_the_same_text_twice_is_refused_even_after_a_deletion(client: Any, control: Any) -> None:
    made = client.create_tweet(text="Once only", user_auth=False)["data"]
    client.delete_tweet(made["id"], user_auth=False)
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="Once only", user_auth=False)
    assert control.texts("x", deleted="1") == ["Once only"]
    control.post("clock", advance=25 * 3600)
    assert client.create_tweet(text="Once only", user_auth=False)["data"]["id"] != made["id"]


def test_mentions_come_newest_first_with_users_and_pages(client: Any, account: Any, control: Any) -> None:
    assert client.get_users_mentions(account["id"]) == {"meta": {"result_count": 0}}
    for number in range(7):
        control.post("members/say", platform="x", member="member-otter", text=f"hi {number}", account=account["id"])
    asked = {"max_results": 5, "tweet_fields": "author_id", "expansions": "author_id"}
    page = client.get_users_mentions(account["id"], **asked)
    rest = client.get_users_mentions(account["id"], **asked, pagination_token=page["meta"]["next_token"])
    texts = [one["text"] for one in page["data"] + rest["data"]]
    assert texts == [f"@parley_desk hi {number}" for number in reversed(range(7))]
    assert page["includes"]["users"][0]["username"] == "member_otter"
    assert "next_token" not in rest["meta"]
    since = client.get_users_mentions(account["id"], since_id=page["data"][1]["id"])
    assert [one["id"] for one in since["data"]] == [page["data"][0]["id"]]


def test_a_reply_needs_a_summons(client: Any, account: Any, control: Any) -> None:
    stranger = control.post("members/say", platform="x", member="member-heron", text="to nobody")
    with pytest.raises(tweepy.Forbidden, match="only reply to or quote posts where you are mentioned"):
        client.create_tweet(text="May I?", in_reply_to_tweet_id=stranger["id"], user_auth=False)
    summons = control.post("members/say", platform="x", kind="question", account=account["id"])
    made = client.create_tweet(text="Yes", in_reply_to_tweet_id=summons["id"], user_auth=False)["data"]
    assert made["text"] == "@member_heron Yes", "X puts the handle before a reply by itself"
    own = client.create_tweet(text="And more", in_reply_to_tweet_id=made["id"], user_auth=False)["data"]
    assert own["text"] == "And more"
    found = client.get_tweet(made["id"], tweet_fields=["referenced_tweets", "conversation_id", "in_reply_to_user_id"])
    assert found["data"]["referenced_tweets"] == [{"type": "replied_to", "id": summons["id"]}]
    assert found["data"]["conversation_id"] == summons["id"]
    replied = [one["reply_to"] for one in control.get("posts", platform="x")["posts"]]
    assert replied == [summons["id"], made["id"]]


def test_an_answer_to_our_post_mentions_us(client: Any, account: Any, control: Any) -> None:
    ours = client.create_tweet(text="Any questions?", user_auth=False)["data"]["id"]
    control.post("members/say", platform="x", kind="question", reply_to=ours)
    found = client.get_users_mentions(account["id"], tweet_fields="referenced_tweets")["data"]
    assert [one["referenced_tweets"][0]["id"] for one in found] == [ours]


def test_what_is_too_long_is_refused(client: Any, control: Any) -> None:
    client.create_tweet(text="a" * 280, user_auth=False)
    for text in ("b" * 281, "語" * 141, "https://example.com/" + "x" * 500 + " " + "c" * 257):
        with pytest.raises(tweepy.BadRequest):
            client.create_tweet(text=text, user_auth=False)
    assert len(control.texts("x")) == 1


def test_a_missing_post_is_an_error_on_a_200(client: Any) -> None:
    answer = client.get_tweet("12")
    assert "data" not in answer
    assert answer["errors"][0]["resource_id"] == "12"
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet("12", user_auth=False)


def test_a_revoked_token_is_a_401(client: Any, account: Any, control: Any) -> None:
    control.post("revoke", token=account["credential"]["access_token"])
    with pytest.raises(tweepy.Unauthorized):
        client.get_me(user_auth=False)
    again = control.account("x")
    assert again["id"] == account["id"]
    assert again["credential"] != account["credential"], "signing in again gives a new token for the same account"


def test_fields_come_in_the_spelling_of_the_request(account: Any, server: Any, client: Any) -> None:
    client.create_tweet(text="spelled", user_auth=False)
    url = f"{server.url}/x/2/users/{account['id']}/tweets"
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    answer = requests.get(url, params={"post.fields": "author_id"}, headers=headers, timeout=5)
    assert set(answer.json()["data"][0]) == {"id", "text", "edit_history_post_ids", "author_id"}
    assert int(answer.headers["x-rate-limit-remaining"]) < int(answer.headers["x-rate-limit-limit"])
    assert int(answer.headers["x-rate-limit-reset"]) > 1_700_000_000
