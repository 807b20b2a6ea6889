"""Faults: what the client sees, and what really happened."""

from __future__ import annotations

import time
from typing import Any

import mastodon
import praw
import prawcore
import pytest
import requests
import tweepy

KEY = "3n2qjxwo62423"
PLATFORMS = ("x", "reddit", "mastodon", "bluesky")


@pytest.fixture
def post(control: Any, wire: Any) -> Any:
    """Posts one text on a platform with its real client, without a retry, and returns what came of it."""
    clients = {name: getattr(wire, name)(control.account(name)) for name in PLATFORMS}
    clients["reddit"].user.me()  # signed in before any fault

    def post(platform: str, text: str = "hello") -> Any:
        client = clients[platform]
        match platform:
            case "x":
                return client.create_tweet(text=text, user_auth=False)
            case "reddit":
                client._core._retry_strategy_class = _no_retry
                return client.subreddit("repairs").submit(text, selftext=text)
            case "mastodon":
                return client.status_post(text)
            case _:
                answer = client.put(KEY, text, swapRecord=None)
                answer.raise_for_status()
                return answer

    return post


def _no_retry() -> Any:
    from prawcore.sessions import FiniteRetryStrategy

    class NoRetry(FiniteRetryStrategy):
        DEFAULT_RETRIES = 0

    return NoRetry(retries=0)


LOST = (requests.RequestException, tweepy.TweepyException, mastodon.MastodonError, prawcore.PrawcoreException)
"""What the four clients raise when they did not get what they asked for."""


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("kind", "posted", "outcome"),
    [("lost", 1, "lost"), ("closed", 0, "closed"), ("error_after", 1, "500"), ("refused", 0, "503")],
)
def test_effect_and_answer_are_apart(
    platform: str, kind: str, posted: int, outcome: str, control: Any, post: Any
) -> None:
    control.post("faults", platform=platform, kind=kind, on="write")
    with pytest.raises(LOST):
        post(platform)
    assert len(control.texts(platform)) == posted
    assert control.writes(platform) == [outcome], "the client asked once"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_fault_comes_as_often_as_it_was_asked_for(platform: str, control: Any, post: Any) -> None:
    control.post("faults", platform=platform, kind="refused", on="write", times=2, skip=1)
    for text, works in (("one", True), ("two", False), ("three", False), ("four", True)):
        said = "one" if platform == "bluesky" else text  # one key there, and other bytes under it are refused
        if works:
            post(platform, said)
        else:
            with pytest.raises(LOST):
                post(platform, said)
    assert control.writes(platform).count("503") == 2


def test_a_fault_of_one_platform_meets_no_other(control: Any, post: Any) -> None:
    control.post("faults", platform="x", kind="closed")
    control.post("faults", platform="mastodon", kind="closed", on="read")
    post("bluesky")
    post("mastodon")
    assert len(control.get("faults")["faults"]) == 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_late_write_lands_on_the_sandboxs_clock(platform: str, control: Any, post: Any) -> None:
    control.post("faults", platform=platform, kind="late", on="write", seconds=600)
    with pytest.raises(LOST):
        post(platform)
    control.post("clock", advance=590)
    assert control.texts(platform) == []
    before = control.get("health")["now"]
    control.post("clock", advance=3600)
    landed = control.get("posts", platform=platform)["posts"]
    assert [one["text"] for one in landed] == ["hello"]
    gap = time_of(landed[0]["created_at"]) - time_of(before)
    assert control.texts(platform) == ["hello"], "it lands once"
    assert 0 <= gap <= 10, "it bears the time at which it landed, not that at which somebody looked"


def time_of(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def test_a_late_write_meets_what_came_before_it(control: Any, post: Any) -> None:
    """A second put of the same bytes wins, and the late one is then a no-op."""
    control.post("faults", platform="bluesky", kind="late", on="write", seconds=60)
    with pytest.raises(LOST):
        post("bluesky")
    post("bluesky")
    control.post("clock", advance=120)
    assert control.texts("bluesky") == ["hello"]


def test_too_many_requests_in_each_platforms_manner(control: Any, post: Any, server: Any) -> None:
    for platform in PLATFORMS:
        control.post("faults", platform=platform, kind="rate_limited", seconds=90)
    now = time.time()
    with pytest.raises(tweepy.TooManyRequests) as x:
        post("x")
    assert 80 <= int(x.value.response.headers["x-rate-limit-reset"]) - now <= 100
    with pytest.raises(mastodon.MastodonRatelimitError):
        post("mastodon")
    with pytest.raises(Exception, match="429") as reddit:
        post("reddit")
    assert reddit.value.response.headers["x-ratelimit-reset"] == "90"
    with pytest.raises(requests.HTTPError) as bluesky:
        post("bluesky")
    assert bluesky.value.response.json()["error"] == "RateLimitExceeded"
    assert bluesky.value.response.headers["retry-after"] == "90"
    assert all(control.texts(platform) == [] for platform in PLATFORMS)


def test_signed_out_in_each_platforms_manner(control: Any, post: Any) -> None:
    for platform in PLATFORMS:
        control.post("faults", platform=platform, kind="signed_out", on="write")
    with pytest.raises(tweepy.Unauthorized):
        post("x")
    with pytest.raises(mastodon.MastodonUnauthorizedError):
        post("mastodon")
    with pytest.raises(requests.HTTPError) as bluesky:
        post("bluesky")
    assert (bluesky.value.response.status_code, bluesky.value.response.json()["error"]) == (400, "ExpiredToken")
    with pytest.raises(Exception, match="401"):
        post("reddit")


def test_reddits_refusal_that_posted(control: Any, post: Any) -> None:
    control.post("faults", platform="reddit", kind="limited_but_created", on="write")
    with pytest.raises(praw.exceptions.RedditAPIException) as caught:
        post("reddit")
    assert caught.value.items[0].error_type == "RATELIMIT"
    assert control.texts("reddit") == ["hello"]


def test_a_slow_answer_comes_after_its_effect(control: Any, server: Any) -> None:
    account = control.account("mastodon")
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    url = f"{server.url}/mastodon/api/v1/statuses"
    control.post("faults", platform="mastodon", kind="slow", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, data={"status": "slow"}, headers=headers, timeout=0.2)
    assert control.texts("mastodon") == ["slow"], "others are answered meanwhile, and see the effect"


def test_a_fault_may_bring_its_own_words(control: Any, server: Any) -> None:
    account = control.account("x")
    body = {"title": "CreditsDepleted", "status": 402}
    control.post("faults", platform="x", kind="refused", status=402, body=body, headers={"perf": "1"}, path="/users/me")
    headers = {"Authorization": f"Bearer {account['credential']['access_token']}"}
    first = requests.get(f"{server.url}/x/2/users/{account['id']}/tweets", headers=headers, timeout=5)
    answer = requests.get(f"{server.url}/x/2/users/me", headers=headers, timeout=5)
    assert first.status_code == 200, "the path did not match"
    assert (answer.status_code, answer.json(), answer.headers["perf"]) == (402, body, "1")


def test_a_lagging_listing_shows_posts_later(control: Any, post: Any, wire: Any) -> None:
    account = control.account("x")
    control.post("lag", platform="x", seconds=30)
    made = post("x")["data"]["id"]
    client = wire.x(account)
    assert "data" not in client.get_users_tweets(account["id"])
    assert client.get_tweet(made)["data"]["id"] == made, "only listings lag"
    assert control.texts("x") == ["hello"]
    control.post("clock", advance=31)
    assert [one["id"] for one in client.get_users_tweets(account["id"])["data"]] == [made]


def test_faults_that_make_no_sense_are_refused(server: Any, control: Any) -> None:
    for body in (
        {"kind": "gremlins"},
        {"kind": "lost", "platform": "myspace"},
        {"kind": "lost", "times": 0},
        {"kind": "lost", "tims": 1},
        {"kind": "slow", "seconds": 10_000},
        {"kind": "limited_but_created", "platform": "x"},
    ):
        answer = requests.post(f"{server.url}/_sandbox/faults", json=body, timeout=5)
        assert answer.status_code == 400
        assert answer.json()["error"].endswith(".")
    assert control.get("faults") == {"faults": []}
    control.post("faults", kind="lost")
    assert len(control.get("faults")["faults"]) == 1
    requests.delete(f"{server.url}/_sandbox/faults", timeout=5)
    assert control.get("faults") == {"faults": []}
