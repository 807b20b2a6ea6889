"""Reddit, spoken by praw."""

from __future__ import annotations

from typing import Any

import praw
import prawcore
import pytest
import requests


@pytest.fixture
def account(control: Any) -> Any:
    return control.account("reddit")


@pytest.fixture
def reddit(wire: Any, account: Any) -> Any:
    return wire.reddit(account)


def _token(server: Any, account: Any) -> str:
    given = account["credential"]
    answer = requests.post(
        f"{server.url}/reddit/api/v1/access_token",
        data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
        auth=(given["client_id"], given["client_secret"]),
        timeout=5,
    )
    token: str = answer.json()["access_token"]
    return token


def test_what_is_submitted_is_read_back_and_witnessed(reddit: Any, account: Any, control: Any) -> None:
    made = reddit.subreddit("repairs").submit("Opening hours", selftext="Mon < Tue & so on")
    assert reddit.user.me().name == account["handle"]
    found = next(iter(reddit.redditor(account["handle"]).submissions.new(limit=5)))
    assert (found.id, found.title, found.selftext) == (made.id, "Opening hours", "Mon < Tue & so on")
    assert str(found.subreddit) == "repairs"
    assert control.texts("reddit") == ["Mon < Tue & so on"]


def test_the_same_post_twice_is_two_posts(reddit: Any, control: Any) -> None:
    for _ in range(2):
        reddit.subreddit("repairs").submit("Same", selftext="Same")
    assert control.get("posts", platform="reddit")["count"] == 2


def test_the_inbox_tells_what_is_what(reddit: Any, account: Any, control: Any) -> None:
    ours = reddit.subreddit("repairs").submit("Ask us", selftext="anything")
    control.post("members/say", platform="reddit", kind="question", reply_to=ours.fullname)
    answer = reddit.submission(ours.id).reply("Soon!")
    control.post("members/say", platform="reddit", kind="insult", reply_to=answer.fullname)
    control.post("members/say", platform="reddit", kind="praise", account=account["id"])
    items = list(reddit.inbox.all(limit=None))
    assert [getattr(one, "type", None) for one in items] == [
        "username_mention",
        "comment_reply",
        "post_reply",
        "unknown",
    ], "newest first; the last is the platform's own mail"
    assert items[-1].name.startswith("t4_")
    assert [one.type for one in reddit.inbox.mentions()] == ["username_mention"]
    assert [one.type for one in reddit.inbox.comment_replies()] == ["comment_reply"]
    assert [one.type for one in reddit.inbox.submission_replies()] == ["post_reply"]
    assert items[1].parent_id == answer.fullname
    assert items[1].context.startswith("/r/repairs/comments/")


def test_unread_stays_unread_until_it_is_marked(reddit: Any, account: Any, control: Any) -> None:
    control.post("members/say", platform="reddit", kind="praise", account=account["id"])
    first = list(reddit.inbox.unread())
    assert len(list(reddit.inbox.unread())) == len(first) == 2
    reddit.inbox.mark_read(first)
    assert not list(reddit.inbox.unread())


def test_listings_page_by_after(reddit: Any, account: Any, control: Any) -> None:
    for number in range(5):
        control.post("members/say", platform="reddit", member="member-otter", text=f"n {number}", account=account["id"])
    pages = list(reddit.inbox.mentions(limit=None, params={"limit": 2}))
    assert [one.body[-1] for one in pages] == ["4", "3", "2", "1", "0"]


def test_comments_are_found_and_deleted(reddit: Any, account: Any, control: Any) -> None:
    said = control.post("members/say", platform="reddit", kind="question", account=account["id"])
    comment = reddit.comment(said["id"][3:]).reply("On Monday.")
    found = next(iter(reddit.redditor(account["handle"]).comments.new()))
    assert (found.fullname, found.parent_id, found.body) == (comment.fullname, said["id"], "On Monday.")
    comment.delete()
    comment.delete()
    assert not list(reddit.redditor(account["handle"]).comments.new())
    gone = next(iter(reddit.info(fullnames=[comment.fullname])))
    assert gone.body == "[deleted]"


def test_errors_come_on_a_200(reddit: Any) -> None:
    for community, title, text, code in (
        ("x", "t", "", "SUBREDDIT_NOEXIST"),
        ("repairs", " ", "", "NO_TEXT"),
        ("repairs", "t" * 301, "", "TOO_LONG"),
        ("repairs", "t", "x" * 40_001, "TOO_LONG"),
    ):
        with pytest.raises(praw.exceptions.RedditAPIException) as caught:
            reddit.subreddit(community).submit(title, selftext=text)
        assert [one.error_type for one in caught.value.items] == [code]


def test_text_is_escaped_unless_raw_is_asked_for(reddit: Any, account: Any, server: Any) -> None:
    reddit.subreddit("repairs").submit("T", selftext="a < b & c")
    headers = {"Authorization": f"Bearer {_token(server, account)}"}
    url = f"{server.url}/reddit/user/{account['handle']}/submitted"
    texts = [
        requests.get(url, params=query, headers=headers, timeout=5).json()["data"]["children"][0]["data"]["selftext"]
        for query in ({}, {"raw_json": "1"})
    ]
    assert texts == ["a &lt; b &amp; c", "a < b & c"]


def test_rate_headers_are_reddits(account: Any, server: Any) -> None:
    headers = {"Authorization": f"Bearer {_token(server, account)}"}
    answer = requests.get(f"{server.url}/reddit/api/v1/me", headers=headers, timeout=5)
    assert "." in answer.headers["x-ratelimit-remaining"]
    assert 0 < int(answer.headers["x-ratelimit-reset"]) <= 600
    assert answer.headers["x-ratelimit-used"] == "1"


def test_a_base_without_a_slash_works_too(wire: Any, account: Any) -> None:
    """prawcore drops the last step of such a base; the sandbox answers at its root as well."""
    given = account["credential"]
    url = wire.reddit(account).config.reddit_url
    reddit = praw.Reddit(**given, oauth_url=url, reddit_url=url, check_for_updates=False, timeout=5)
    assert reddit.user.me().name == account["handle"]


def test_signed_out_is_signed_out(reddit: Any, account: Any, control: Any) -> None:
    control.post("revoke", platform="reddit", account=account["id"])
    with pytest.raises(prawcore.exceptions.ResponseException):
        reddit.user.me()
