"""X alone: its codes, its reading window, both spellings of its fields, and its way of counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Absent, Connector, Found, Identity, Limit, RemoteAuthor
from connectors.errors import AuthExpired, RateLimited, Rejected, Retryable
from connectors.registry import client_id, connect
from connectors.sessions import Memory
from connectors.x import mapping, posts
from connectors.x.length import weighted_length
from tests.connectors.kit import EPOCH, NOW, iso
from tests.connectors.kit_x import X_WINDOWS, X
from tests.connectors.loopback import Asked, Loopback, Reply

TWEETS, MENTIONS, OWN = "/2/tweets", "/2/users/42/mentions", "/2/users/42/tweets"


@pytest.fixture
def x(server: Loopback) -> Connector:
    return connect("x", X.sign_in(server.url))


# --- publish ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recording", "status", "code"),
    [
        ("x/errors_reported/403_duplicate_content_2026.json", 403, "duplicate-content"),
        ("x/errors_reported/403_v1_187_duplicate.json", 403, "duplicate-content"),
        ("x/errors_reported/402_credits_depleted_headers_2026.json", 402, "credits-depleted"),
        ("x/errors_reported/400_reply_id_missing.json", 400, "invalid-request"),
    ],
)
def test_recorded_refusals_have_our_codes(
    x: Connector, server: Loopback, recorded: Callable[[str], Any], recording: str, status: int, code: str
) -> None:
    response = recorded(recording)["response"]
    assert response["status"] == status
    server.on("POST", TWEETS, Reply(response["json"], status))

    with pytest.raises(Rejected) as refused:
        x.publish(X.draft, key="k")

    assert refused.value.code == code
    assert "duplicate content" not in str(refused.value)


def test_a_reply_that_x_does_not_allow_says_so(x: Connector, server: Loopback) -> None:
    said = "You can only reply to or quote posts where you are mentioned or are the author."
    server.on("POST", TWEETS, Reply({"title": "Forbidden", "type": "about:blank", "detail": said}, 403))
    with pytest.raises(Rejected) as refused:
        x.publish(X.reply, key="k")
    assert refused.value.code == "reply-not-permitted"


def test_a_locked_account_must_sign_in_again(x: Connector, server: Loopback) -> None:
    server.on("POST", TWEETS, Reply({"errors": [{"code": 326, "message": "To protect our users …"}]}, 403))
    with pytest.raises(AuthExpired):
        x.publish(X.draft, key="k")


@pytest.mark.parametrize("status", [200, 403, 503])
def test_an_id_beside_errors_is_a_post(x: Connector, server: Loopback, status: int) -> None:
    body = {"data": {"id": "77"}, "errors": [{"title": "Not Found Error", "detail": "media"}], "title": "?"}
    server.on("POST", TWEETS, Reply(body, status))
    assert x.publish(X.draft, key="k").ref.id == "77"
    assert server.count("POST", TWEETS) == 1


def test_the_whole_apps_daily_cap_is_not_the_accounts(x: Connector, server: Loopback) -> None:
    headers = {
        "date": "Fri, 20 Nov 2026 12:00:00 GMT",
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(EPOCH + 30),
        "x-app-limit-24hour-remaining": "0",
        "x-app-limit-24hour-reset": str(EPOCH + 5000),
    }
    server.on("POST", TWEETS, Reply({}, 429, headers))
    with pytest.raises(RateLimited) as limited:
        x.publish(X.draft, key="k")
    assert limited.value.scope == "app"
    assert limited.value.retry_after == pytest.approx(5000, abs=1)


def test_what_is_left_is_the_tightest_window(x: Connector, server: Loopback) -> None:
    server.on("POST", TWEETS, Reply(X.created, headers={**X_WINDOWS, "x-app-limit-24hour-remaining": "12"}))
    assert x.publish(X.draft, key="k").limit == Limit(12, pytest.approx(50_000, abs=1), "app")
    server.on("POST", TWEETS, Reply(X.created, headers={**X_WINDOWS, "x-user-limit-24hour-remaining": "97"}))
    told = x.publish(X.draft, key="k").limit
    assert told == Limit(97, pytest.approx(40_000, abs=1), "account"), "of equals the one that lasts longest"


def test_oauth_1_signs_for_the_address_that_is_called(server: Loopback) -> None:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    sign_in = replace(X.sign_in(server.url), credential={name: f"SECRET-{name}" for name in names})
    server.on("POST", TWEETS, Reply(X.created))

    connect("x", sign_in).publish(X.draft, key="k")

    header = server.asked[0].headers["authorization"]
    assert header.startswith("OAuth ")
    assert 'oauth_consumer_key="SECRET-consumer_key"' in header
    assert "SECRET-consumer_secret" not in header


# --- signing in -------------------------------------------------------------------------------------------------------

TOKEN = "/2/oauth2/token"
RENEWABLE = {"access_token": "SECRET-0", "refresh_token": "SECRET-r0", "client_id": "c"}


def test_a_token_is_renewed_when_it_is_nearly_spent_and_the_next_refresh_token_is_kept(server: Loopback) -> None:
    keeper = Memory()
    server.on("POST", TWEETS, Reply(X.created))
    server.on(
        "POST",
        TOKEN,
        Reply({"access_token": "SECRET-1", "refresh_token": "SECRET-r1", "expires_in": 60}),
        Reply({"access_token": "SECRET-2", "refresh_token": "SECRET-r2", "expires_in": 7200}),
    )
    for _ in range(3):
        x = connect("x", replace(X.sign_in(server.url), credential=RENEWABLE, sessions=keeper))
        x.sign_in()
        x.publish(X.draft, key="k")

    assert [it.form["refresh_token"] for it in server.asked if it.path == TOKEN] == ["SECRET-r0", "SECRET-r1"]
    bearers = [it.headers["authorization"] for it in server.asked if it.path == TWEETS]
    assert bearers == ["Bearer SECRET-1", "Bearer SECRET-2", "Bearer SECRET-2"]


def test_a_refresh_token_that_x_refuses_asks_for_a_person(server: Loopback) -> None:
    server.on("POST", TOKEN, Reply({"error": "invalid_request", "error_description": "token was invalid"}, 400))
    with pytest.raises(AuthExpired):
        connect("x", replace(X.sign_in(server.url), credential=RENEWABLE)).sign_in()


def test_a_token_that_cannot_be_renewed_is_used_as_it_is(x: Connector, server: Loopback) -> None:
    x.sign_in()
    assert server.asked == []


def test_the_app_is_the_consumer_key_or_the_oauth_2_client() -> None:
    assert client_id("x", {"consumer_key": "k", "client_id": "c"}) == "k"
    assert client_id("x", RENEWABLE) == "c"
    assert client_id("x", {"access_token": "t", "client_id": " "}) is None


# --- find_published ---------------------------------------------------------------------------------------------------


def test_a_reply_is_found_behind_the_names_that_x_puts_before_it(x: Connector, server: Loopback) -> None:
    server.on("GET", OWN, Reply(X.own_listing[1]([("1001", X.reply, NOW)])))
    assert isinstance(x.find_published(X.reply, key="k", since=NOW), Found)
    assert not isinstance(x.find_published(X.draft, key="k", since=NOW), Found)


def test_it_looks_from_a_little_before_the_claim(x: Connector, server: Loopback) -> None:
    server.on("GET", OWN, Reply({"meta": {"result_count": 0}}))
    x.find_published(X.draft, key="k", since=NOW)
    since_id = int(server.last(OWN).query["since_id"][0])
    assert int(posts.snowflake(NOW - timedelta(minutes=5))) < since_id < int(posts.snowflake(NOW))


# --- mentions ---------------------------------------------------------------------------------------------------------


def _mention(post_id: str, **more: Any) -> dict[str, Any]:
    return {"id": post_id, "text": "hi", "author_id": "7", "created_at": iso(NOW), **more}


def test_each_read_begins_before_the_newest_known(x: Connector, server: Loopback) -> None:
    server.on("GET", MENTIONS, Reply({"meta": {"result_count": 0}}))
    newest = posts.snowflake(NOW)

    x.fetch_interactions(newest)

    asked = int(server.last(MENTIONS).query["since_id"][0])
    assert asked <= int(posts.snowflake(NOW - timedelta(minutes=5)))


def test_all_pages_since_the_cursor_are_read(x: Connector, server: Loopback) -> None:
    ids = [str(int(posts.snowflake(NOW)) + n) for n in range(6)]

    def page(asked: Asked) -> Reply:
        n = int(asked.query.get("pagination_token", ["0"])[0])
        posts = [_mention(ids[5 - 2 * n]), _mention(ids[4 - 2 * n])]
        meta = {"result_count": 2, **({"next_token": str(n + 1)} if n < 2 else {})}
        return Reply({"data": posts, "meta": meta})

    server.on("GET", MENTIONS, page)

    got = x.fetch_interactions(posts.snowflake(NOW - timedelta(hours=1)))

    assert [it.native_id for it in got.items] == ids
    assert got.cursor == f'{{"mentions":"{ids[-1]}"}}'


def test_a_since_id_that_is_too_old_is_dropped(x: Connector, server: Loopback, recorded: Callable[[str], Any]) -> None:
    refusal = recorded("x/errors_reported/400_since_id_too_old.json")["response"]["json"]

    def answer(asked: Asked) -> Reply:
        return Reply(refusal, 400) if "since_id" in asked.query else Reply({"data": [_mention("500")], "meta": {}})

    server.on("GET", MENTIONS, answer)
    assert [it.native_id for it in x.fetch_interactions("400").items] == ["500"]


def test_our_own_echo_and_reposts_are_nobodys_interaction() -> None:
    repost = _mention("3", referenced_tweets=[{"type": "retweeted", "id": "1"}])
    items, skipped = mapping.interactions({"data": [_mention("1", author_id="42"), _mention("2"), repost]}, "42")
    assert [it.native_id for it in items] == ["2"]
    assert skipped == 2


@pytest.mark.parametrize(
    ("refers", "note", "others"),
    [("referenced_tweets", "note_tweet", "tweets"), ("referenced_posts", "note_post", "posts")],
)
def test_both_spellings_are_read(refers: str, note: str, others: str) -> None:
    long = "long " * 80
    reply = _mention(
        "5",
        in_reply_to_user_id="42",
        conversation_id="1",
        lang="en",
        **{
            refers: [{"type": "replied_to", "id": "4"}],
            note: {
                "text": f"{long}&amp; https://t.co/a",
                "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://e.org/"}]},
            },
        },
    )
    quote = _mention("6", **{refers: [{"type": "quoted", "id": "4"}]})
    body = {"data": [reply, quote], "includes": {others: [{"id": "4", "author_id": "42"}]}}

    (first, second), _ = mapping.interactions(body, "42")

    assert first.kind is InteractionKind.REPLY
    assert first.text == f"{long}& https://e.org/"
    assert (first.parent_id, first.conversation_id, first.language) == ("4", "1", "en")
    assert second.kind is InteractionKind.QUOTE


def test_a_user_that_x_does_not_include_is_still_an_author() -> None:
    (item,), _ = mapping.interactions({"data": [_mention("5")], "errors": [{"title": "Forbidden"}]}, "42")
    assert item.author == RemoteAuthor("7")
    assert item.url == "https://x.com/i/status/5"


def test_recorded_mentions_are_read(recorded: Callable[[str], Any]) -> None:
    """A recording with default fields only: no author, no time; the time is in the id."""
    body = recorded("x/mentions/tweepy_test_asyncclient_get_users_mentions_0.json")["response"]["json"]
    items, skipped = mapping.interactions(body, "783214")
    assert [it.native_id for it in items] == ["1578522401263919106", "1578522395434192896"]
    assert skipped == 0
    assert items[0].created_at.isoformat() == "2022-10-07T23:07:22+00:00"
    assert items[0].author == RemoteAuthor(None)


def test_recorded_identity_is_read(recorded: Callable[[str], Any]) -> None:
    body = recorded("x/me/tweepy_test_client_bookmarks_0.json")["response"]["json"]
    assert posts.identity(body) == Identity("1072250532645998596", "TweepyDev")


# --- length -----------------------------------------------------------------------------------------------------------


def test_length_agrees_with_twitter_text(recorded: Callable[[str], Any]) -> None:
    cases = [it for it in recorded("conformance/twitter-text/weighted_length_cases.json") if it["config"] == "v3"]
    wrong = {
        it["description"]: (weighted_length(it["text"]), it["expected"]["weightedLength"])
        for it in cases
        if weighted_length(it["text"]) != it["expected"]["weightedLength"]
    }
    assert len(cases) == 24
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("see example.com now", 4 + 23 + 4),
        ("e.g. this", 9),
        ("©", 1),
        ("©\ufe0f", 2),
        ("🇪🇪", 2),
        ("日本", 4),
        ("e\u0301", 1),
    ],
)
def test_length_by_hand(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_a_hostile_text_is_counted_in_time() -> None:
    assert weighted_length("a." * 1200) == 2400


# --- confirm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "gone"),
    [("resource-not-found", True), ("not-authorized-for-resource", True), ("resource-unavailable", False), ("", False)],
)
def test_only_what_x_calls_missing_is_missing(x: Connector, server: Loopback, problem: str, gone: bool) -> None:
    error = {"title": "?", "type": f"https://api.twitter.com/2/problems/{problem}", "resource_id": "1001"}
    server.on("GET", "/2/tweets/1001", Reply({"errors": [error]}))
    if gone:
        assert x.confirm(X.draft, "1001") == Absent()
    else:
        with pytest.raises(Retryable):
            x.confirm(X.draft, "1001")
