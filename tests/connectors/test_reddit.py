"""Reddit alone: bodies that carry an error and an id, tokens that turn over, an inbox that is not in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Connector, Draft, Found, RemoteRef
from connectors.errors import AuthExpired, RateLimited, Rejected, Retryable
from connectors.reddit import mapping
from connectors.registry import connect
from connectors.sessions import Memory
from tests.connectors.kit import NOW
from tests.connectors.kit_reddit import REDDIT
from tests.connectors.loopback import Asked, Loopback, Reply

TOKEN, SUBMIT, COMMENT, INBOX = "/api/v1/access_token", "/api/submit", "/api/comment", "/message/inbox"


@pytest.fixture
def reddit(server: Loopback) -> Connector:
    REDDIT.prepare(server)
    return connect("reddit", REDDIT.sign_in(server.url))


# --- publish ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400, 429, 500])
def test_a_rate_limit_that_created_the_post_is_a_post(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any], status: int
) -> None:
    """praw issue 1768: praw raises here, and a scheduler posted again."""
    body = recorded("reddit/errors_reported/200_ratelimit_but_created.json")["response"]["json"]
    server.on("POST", SUBMIT, Reply(body, status))

    receipt = reddit.publish(REDDIT.draft, key="k")

    assert receipt.ref == RemoteRef("t3_12345", "https://www.reddit.com/r/foo/comments/12345/my_title/")
    assert server.count("POST", SUBMIT) == 1


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("200_ratelimit_14_minutes", 840),
        ("200_ratelimit_comment", 120),
        ("200_ratelimit_milliseconds", 1),
        ("200_ratelimit_old_wording", 256),
    ],
)
def test_recorded_rate_limits_say_how_long(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any], name: str, seconds: float
) -> None:
    server.on("POST", COMMENT, Reply(recorded(f"reddit/errors_reported/{name}.json")["response"]["json"]))

    with pytest.raises(RateLimited) as limited:
        reddit.publish(REDDIT.reply, key="k")

    assert limited.value.retry_after == seconds
    assert server.count("POST", COMMENT) == 1


@pytest.mark.parametrize(
    ("name", "code"), [("200_subreddit_noexist", "SUBREDDIT_NOEXIST"), ("200_too_long_selftext", "TOO_LONG")]
)
def test_recorded_refusals_keep_reddits_code(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any], name: str, code: str
) -> None:
    server.on("POST", SUBMIT, Reply(recorded(f"reddit/errors_reported/{name}.json")["response"]["json"]))
    with pytest.raises(Rejected) as refused:
        reddit.publish(REDDIT.draft, key="k")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "body",
    [
        {
            "fields": ["title"],
            "explanation": "you may not have SECRET",
            "message": "Bad Request",
            "reason": "BLACKLISTED",
        },
        {"fields": ["a", "b"], "reason": "BLACKLISTED"},
        {"reason": "BLACKLISTED"},
    ],
)
def test_a_400_in_any_of_its_shapes_is_a_refusal(reddit: Connector, server: Loopback, body: Any) -> None:
    """praw itself stumbles over two of these."""
    server.on("POST", SUBMIT, Reply(body, 400))
    with pytest.raises(Rejected) as refused:
        reddit.publish(REDDIT.draft, key="k")
    assert refused.value.code == "BLACKLISTED"
    assert "SECRET" not in str(refused.value)


def test_the_form_is_the_recorded_one(reddit: Connector, server: Loopback) -> None:
    server.on("POST", SUBMIT, Reply(REDDIT.created))
    reddit.publish(REDDIT.draft, key="k")
    form = server.last(SUBMIT).form
    assert {name: form[name] for name in ("api_type", "kind", "sr", "title")} == {
        "api_type": "json",
        "kind": "self",
        "sr": "test",
        "title": "A title",
    }


def test_a_comment_that_landed_has_its_fullname(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    body = recorded("reddit/comment_reply/200_praw_TestSubmission.test_reply_1.json")["response"]["json"]
    server.on("POST", COMMENT, Reply(body))
    assert reddit.publish(REDDIT.reply, key="k").ref.id == "t1_d162ara"


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (replace(REDDIT.draft, title=None), "needs-title"),
        (replace(REDDIT.draft, community=" "), "needs-community"),
        (Draft("hello", in_reply_to=RemoteRef("t5_1")), "not-answerable"),
        (Draft("x" * 10_001, in_reply_to=RemoteRef("t1_1")), "TOO_LONG"),
    ],
)
def test_what_reddit_would_refuse_is_not_sent(reddit: Connector, server: Loopback, draft: Draft, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        reddit.publish(draft, key="k")
    assert refused.value.code == code
    assert server.asked == []


def test_headers_that_praw_would_sleep_on_do_not_hold_us(reddit: Connector, server: Loopback) -> None:
    """praw's own limiter would wait 300 s before the second call, and raise KeyError on the first answer's headers."""
    spent = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "300"}
    server.on(
        "GET", INBOX, lambda asked: Reply(_page([], after=None if "after" in asked.query else "t1_x"), headers=spent)
    )
    reddit.fetch_interactions("1763640000")
    assert server.count("GET", INBOX) == 2


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_token_is_asked_for_once_while_it_lasts(reddit: Connector, server: Loopback) -> None:
    server.on("GET", "/api/v1/me", Reply(REDDIT.whoami[1]))
    reddit.sign_in()
    reddit.identify()
    reddit.identify()
    assert server.count("POST", TOKEN) == 1


def test_a_token_that_is_nearly_spent_is_renewed_before_a_post(server: Loopback) -> None:
    server.on("POST", TOKEN, Reply({"access_token": "SECRET-a", "expires_in": 60, "scope": "*"}))
    server.on("POST", SUBMIT, Reply(REDDIT.created))
    reddit = connect("reddit", REDDIT.sign_in(server.url))
    reddit.sign_in()
    reddit.publish(REDDIT.draft, key="k")
    assert server.count("POST", TOKEN) == 2
    assert server.count("POST", SUBMIT) == 1


def test_a_refresh_token_that_turns_over_is_kept(server: Loopback) -> None:
    keeper = Memory()
    given = {"access_token": "a1", "expires_in": 3600, "scope": "*", "refresh_token": "SECRET-second"}
    server.on("POST", TOKEN, Reply(given | {"expires_in": 1}), Reply(given))
    for _ in range(2):  # two connectors, one keeper: nothing lives in the connector
        connect("reddit", replace(REDDIT.sign_in(server.url), sessions=keeper)).sign_in()
    assert [it.form["refresh_token"] for it in server.asked] == ["SECRET-refresh", "SECRET-second"]


def test_a_new_credential_does_not_use_the_old_session(server: Loopback) -> None:
    keeper = Memory()
    REDDIT.prepare(server)
    connect("reddit", replace(REDDIT.sign_in(server.url), sessions=keeper)).sign_in()
    other = {**REDDIT.credential, "refresh_token": "SECRET-other"}
    connect("reddit", replace(REDDIT.sign_in(server.url), sessions=keeper, credential=other)).sign_in()
    assert server.last(TOKEN).form["refresh_token"] == "SECRET-other"


@pytest.mark.parametrize(
    "answer",
    [
        Reply({"error": "invalid_grant"}, 400),
        Reply({"error": "invalid_grant"}),
        Reply({"message": "Unauthorized"}, 401),
    ],
    ids=["400", "200", "401"],
)
def test_a_refresh_token_that_is_refused_asks_for_a_person(server: Loopback, answer: Reply) -> None:
    server.on("POST", TOKEN, answer)
    with pytest.raises(AuthExpired):
        connect("reddit", REDDIT.sign_in(server.url)).sign_in()


def test_an_answer_to_a_renewal_that_holds_no_token_is_asked_for_again(server: Loopback) -> None:
    server.on("POST", TOKEN, Reply({"hello": "there"}))
    with pytest.raises(Retryable) as told:
        connect("reddit", REDDIT.sign_in(server.url)).sign_in()
    assert told.value.code == "unknown-shape"


def test_a_token_that_reddit_forgot_early_is_renewed_while_reading(reddit: Connector, server: Loopback) -> None:
    server.on(
        "GET",
        INBOX,
        Reply({"message": "Unauthorized", "error": 401}, 401),
        Reply(REDDIT.inbox[1]([("t1_2", "x", NOW)])),
    )
    reddit.sign_in()
    assert len(reddit.fetch_interactions(None).items) == 1
    assert server.count("POST", TOKEN) == 2


def test_a_token_without_the_scope_needs_a_new_sign_in(reddit: Connector, server: Loopback) -> None:
    lacking = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
    server.on("POST", SUBMIT, Reply({"message": "Forbidden", "error": 403}, 403, lacking))
    with pytest.raises(AuthExpired):
        reddit.publish(REDDIT.draft, key="k")


def test_a_delete_that_reddit_refuses_in_a_200_is_refused(reddit: Connector, server: Loopback) -> None:
    server.on("POST", "/api/del", Reply({"json": {"errors": [["USER_REQUIRED", "Please log in", None]]}}))
    with pytest.raises(AuthExpired):
        reddit.delete(RemoteRef("t3_1001"))


def test_a_token_that_is_refused_at_a_delete_is_not_used_again(reddit: Connector, server: Loopback) -> None:
    server.on("POST", "/api/del", Reply({"message": "Unauthorized", "error": 401}, 401), Reply({}))
    with pytest.raises(AuthExpired):
        reddit.delete(RemoteRef("t3_1001"))
    reddit.delete(RemoteRef("t3_1001"))
    assert server.count("POST", TOKEN) == 2


# --- find_published ---------------------------------------------------------------------------------------------------


def test_a_comment_is_looked_for_among_comments(reddit: Connector, server: Loopback) -> None:
    server.on("GET", "/user/parley/comments", Reply(REDDIT.own_listing[1]([("t1_5", REDDIT.reply, NOW)])))
    found = reddit.find_published(REDDIT.reply, key="k", since=NOW)
    assert isinstance(found, Found)
    assert found.receipt.ref.id == "t1_5"


# --- the inbox --------------------------------------------------------------------------------------------------------


def _page(children: list[Any], after: str | None = None) -> Any:
    return {"kind": "Listing", "data": {"children": children, "after": after}}


def test_pages_are_read_back_to_the_cursor_and_never_by_before(reddit: Connector, server: Loopback) -> None:
    start = NOW - timedelta(hours=2)
    made = [start + timedelta(minutes=10 * n) for n in range(6)]
    pages = {
        "": REDDIT.inbox[1]([("t1_6", "6", made[5]), ("t1_4", "4", made[3])]),
        "p2": REDDIT.inbox[1]([("t1_5", "5", made[4]), ("t1_3", "3", made[2])]),
        "p3": REDDIT.inbox[1]([("t1_1", "1", made[0])]),
    }
    pages[""]["data"]["after"], pages["p2"]["data"]["after"], pages["p3"]["data"]["after"] = "p2", "p3", "p4"

    def answer(asked: Asked) -> Reply:
        assert "before" not in asked.query
        return Reply(pages[asked.query.get("after", [""])[0]])

    server.on("GET", INBOX, answer)

    got = reddit.fetch_interactions(str(int(made[3].timestamp())))

    assert [it.text for it in got.items] == ["3", "4", "5", "6"], "the overlap is read again, what is older is not"
    again = reddit.fetch_interactions(got.cursor)
    assert again.items == (), "what is marked is known"
    assert again.cursor == got.cursor, "an empty poll writes nothing"


@pytest.mark.parametrize(
    ("name", "items", "kind", "first", "conversation"),
    [
        ("inbox_mentions/200_praw_TestInbox.test_mentions_1", 16, "mention", "t1_ekftbox", "t3_bb24k7"),
        ("inbox_comment_replies/200_praw_TestInbox.test_comment_replies_1", 64, "comment", "t1_mynqwvd", "t3_1j7g9uj"),
        ("inbox_comment_replies/200_praw_TestComment.test_mark_unread_1", 100, "comment", "t1_cnu9m5q", "t3_2sze31"),
        ("inbox_post_replies/200_praw_TestInbox.test_submission_replies_1", 64, "comment", "t1_m30xcs6", "t3_1hirfbl"),
        ("inbox_unread/200_praw_TestInbox.test_unread_1", 2, "comment", "t1_myngt77", "t3_1j7g9uj"),
        ("inbox_all/200_praw_TestInbox.test_mark_all_read_1", 0, None, None, None),
        ("inbox_sent/200_praw_TestInbox.test_sent_1", 0, None, None, None),
    ],
)
def test_recorded_pages_are_read(
    recorded: Callable[[str], Any], name: str, items: int, kind: str | None, first: str | None, conversation: str | None
) -> None:
    listing = recorded(f"reddit/{name}.json")["response"]["json"]

    read = mapping.interactions(listing)

    assert len(read) == items
    assert {it.kind for it in read} == ({InteractionKind(kind)} if kind else set())
    if read:
        assert (read[0].native_id, read[0].conversation_id) == (first, conversation)
        assert all(it.native_id.startswith("t1_") and it.url and it.parent_id and it.community for it in read)


def test_a_record_of_2016_is_read(recorded: Callable[[str], Any]) -> None:
    """No type, no author_fullname, and a `created` that is eight hours ahead of `created_utc`."""
    listing = recorded("reddit/inbox_unread/200_praw_TestComment.test_mark_read_1.json")["response"]["json"]
    reply = mapping.interactions(listing)[0]
    assert reply.kind is InteractionKind.COMMENT
    assert reply.created_at.timestamp() == 1448239906
    assert (reply.author.id, reply.author.handle) == (None, "PyAPITestUser3")
    assert (reply.conversation_id, reply.parent_id) == ("t3_3tvngf", "t3_3tvngf")


def test_a_recorded_sequence_read_twice_gives_everything_once(
    reddit: Connector, server: Loopback, recorded: Callable[[str], Any]
) -> None:
    steps = recorded("reddit/sequences/praw_TestInbox.test_mark_unread.json")["sequence"]
    pages = [it["response"]["json"] for it in steps if "Listing" in json.dumps(it["response"].get("json"))]
    for page in pages:
        page["data"]["after"] = None
    server.on("GET", INBOX, *map(Reply, pages))

    first = reddit.fetch_interactions(None)
    second = reddit.fetch_interactions(first.cursor)

    assert len(first.items) == 6
    assert first.skipped == 4
    assert {it.native_id for it in second.items} <= {it.native_id for it in first.items}
    assert [it.created_at for it in first.items] == sorted(it.created_at for it in first.items)


def test_authors_who_are_gone_stay_nameless() -> None:
    child = REDDIT.inbox[1]([("t1_1", "x", NOW)])["data"]["children"][0]
    for gone in (None, "[deleted]"):
        child["data"] |= {"author": gone, "author_fullname": None}
        (item,) = mapping.interactions(_page([child]))
        assert (item.author.id, item.author.handle) == (None, None)


def test_our_own_comment_is_no_interaction() -> None:
    child = REDDIT.inbox[1]([("t1_1", "x", NOW)])["data"]["children"][0]
    assert mapping.interactions(_page([child]), "SomeOne") == []
    assert len(mapping.interactions(_page([child]), "other")) == 1
