"""Recorded X traffic: every exchange of a kind that is used is mapped, and some by expectations written by hand.

The expectations hold ids, kinds, times, lengths and codes as they were read in the recordings; no words of anybody.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Identity, RemoteRef
from connectors.errors import AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable, Unpaid
from connectors.http import Answer
from connectors.metrics import Measure
from connectors.shape import at, rows, word
from connectors.x import mapping, pictures, posts
from connectors.x.counts import account_counts, post_counts
from connectors.x.refusals import TABLE, code_of, left_of, listed, refused_since_id
from tests.corpus import corpus

USED: dict[str, str] = {
    "create_tweet": "what was created",
    "delete_tweet": "the answer to a deletion, of which only the status counts",
    "dm": "private messages: a conversation's events; answers to sending them hold no message",
    "errors_reported": "refusals",
    "hide_reply": "the answer to hiding",
    "home_timeline": "not read, but its posts are of the kind that is",
    "lookup": "one post: confirmed, read again",
    "me": "who is signed in",
    "mentions": "what is heard; the recording of v1.1 is passed",
    "quote_tweets": "not read (the search finds quotes), but its posts are of the kind that is",
    "search": "watched words and threads",
    "sns_testdata": "posts, messages, users, uploads, polls in shapes that the others lack",
    "user_tweets": "what we said: read back, earlier posts",
}
UNUSED: dict[str, str] = {
    "counts": "how many posts hold a word; we count our own posts only",
    "engagement": "likes and reposts are nobody's question, and not ours to give",
    "media_upload": "v1.1, which X has closed to uploads",
    "other_v2": "lists, spaces, bookmarks, follows, compliance; of muting the two answers are looked at below",
    "rate_limit_status": "v1.1; what is left is read from headers",
    "users": "one user by name; authors come with their posts",
    "v1_update": "v1.1",
}
POSTS = ("home_timeline", "lookup", "mentions", "quote_tweets", "search", "sns_testdata", "user_tweets")
NO_POSTS = (
    "apis_dm",
    "apis_media",
    "apis_tweet_tweet_liking",
    "apis_tweet_tweets_counts",
    "apis_user_f",
    "apis_user_me",
)
NOR_THESE = ("apis_user_search", "apis_user_users", "models_m", "models_poll", "streams")


def folder() -> Path:
    return corpus() / "x"


def response(name: str) -> Any:
    return json.loads((folder() / f"{name}.json").read_text())["response"]


def body(name: str) -> Any:
    return response(name).get("json")


def answer(name: str) -> Answer:
    told = response(name)
    return Answer(told["status"], {key.lower(): value for key, value in told["headers"].items()}, told.get("json"))


def exchanges(kind: str) -> list[tuple[str, Any]]:
    files = [path for path in sorted((folder() / kind).glob("*.json")) if path.name != "index.json"]
    return [(path.stem, json.loads(path.read_text())["response"].get("json")) for path in files]


def posts_of(kind: str) -> list[tuple[str, Any, Any]]:
    """Every post of v2 in the exchanges of a kind: the exchange's name, its body, the post."""
    found = []
    for name, said in exchanges(kind):
        if name.startswith((*NO_POSTS, *NOR_THESE)) or not isinstance(said, dict):
            continue
        data = at(said, "data") or said
        found += [(name, said, one) for one in (data if isinstance(data, list) else [data]) if word(one, "text")]
    return found


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_kind_is_used_or_has_a_reason_why_not() -> None:
    kinds = {path.name for path in folder().iterdir() if path.is_dir()}
    assert kinds == USED.keys() | UNUSED.keys()
    assert not USED.keys() & UNUSED.keys()
    assert all((USED | UNUSED).values())


# --- everything that is used, without exception -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", POSTS)
def test_every_post_is_mapped(kind: str) -> None:
    shown = posts_of(kind)
    assert shown
    for name, said, post in shown:
        found = mapping.interaction(post, mapping.Beside.of(said, None))
        assert (found is None) == ("retweeted" in posts.references(post)), name
        own = posts.own_post(post, Identity("1", "us"), posts.polls(said))
        assert own is not None, name
        assert own.ref.id == post["id"]
        if found is not None:
            assert (found.ref.id, found.native_id) == (post["id"], posts.versions(post)[0]), name
            assert found.text
            assert "https://t.co/" not in found.text or not rows(post, "entities", "urls"), name
            assert found.created_at.year in range(2011, 2027), name
        told = post_counts(post)
        assert len(told) == len([key for key in at(post, "public_metrics") or {} if key in _COUNTED]), name


_COUNTED = {"like_count", "retweet_count", "reply_count", "quote_count", "bookmark_count", "impression_count"}


@pytest.mark.parametrize("kind", sorted(USED))
def test_no_exchange_of_a_used_kind_breaks_a_mapping(kind: str) -> None:
    """Also what is not meant for it: X may answer anything anywhere."""
    for _, said in exchanges(kind):
        assert isinstance(mapping.interactions(said, "1")[0], list)
        assert isinstance(mapping.messages(said, "1")[0], list)
        posts.identity(said), posts.created_id(said), posts.is_gone(said), posts.polls(said), refused_since_id(said)
        with suppress(ConnectorError):
            assert isinstance(listed(said), list)


def test_every_refusal_is_an_error_of_ours_with_a_code() -> None:
    names = [name for name, _ in exchanges("errors_reported")]
    assert len(names) == 11
    for name in names:
        for writing in (True, False):
            error = TABLE.verdict(answer(f"errors_reported/{name}"), left=True, writing=writing)
            assert error.code, name
            assert str(error) == f"x: {error.detail} [{error.code}]"


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_mentions_with_default_fields_only() -> None:
    items, skipped = mapping.interactions(body("mentions/tweepy_test_asyncclient_get_users_mentions_0"), "783214")
    assert [(it.native_id, it.kind, it.created_at.isoformat()) for it in items] == [
        ("1578522401263919106", InteractionKind.MENTION, "2022-10-07T23:07:22+00:00"),
        ("1578522395434192896", InteractionKind.MENTION, "2022-10-07T23:07:21+00:00"),
    ]
    assert (skipped, items[0].author.id, items[0].conversation_id) == (0, None, "1578522401263919106")


def test_mentions_with_times() -> None:
    items, skipped = mapping.interactions(body("sns_testdata/apis_timeline_timeline_mentions"), "2244994945")
    assert (len(items), skipped) == (5, 0)
    assert [(it.native_id, it.created_at.isoformat(), len(it.text)) for it in items[:3]] == [
        ("1364398068313903104", "2021-02-24T02:13:43+00:00", 108),
        ("1364377794327633925", "2021-02-24T00:53:09+00:00", 156),
        ("1364377404156772352", "2021-02-24T00:51:36+00:00", 285),
    ]


def test_a_mention_timeline_of_v1_is_no_page() -> None:
    with pytest.raises(Retryable) as refused:
        listed(body("mentions/tweepy_testmentionstimeline_0"))
    assert (refused.value.code, refused.value.detail) == (
        "unknown-shape",
        "X answered in a shape that is not known: an empty list.",
    )


def test_a_search_with_reposts_replies_and_languages() -> None:
    items, skipped = mapping.interactions(body("sns_testdata/apis_searches_search_tweets_for_nyc"), "1")
    shown = rows(body("sns_testdata/apis_searches_search_tweets_for_nyc"), "data")
    reposted = [it["id"] for it in shown if "retweeted" in posts.references(it)]
    assert skipped == len(reposted)
    assert "1275840892285399041" in reposted
    by_id = {it.native_id: it for it in items}
    reply = by_id["1275840892281249793"]
    assert (reply.parent_id, reply.author.id, reply.language) == ("1275781448855891968", "13524182", "en")
    assert (reply.kind, reply.on_own, reply.created_at.isoformat()) == (
        InteractionKind.MENTION,
        None,
        "2020-06-24T17:19:07+00:00",
    )
    assert by_id["1275840891014561796"].author.id == "15004848"


def test_a_reply_to_our_own_is_one() -> None:
    """The same recording, read as the account whose post is answered, and as another whose own it is."""
    said = body("sns_testdata/apis_searches_search_tweets_for_nyc")
    post = next(it for it in rows(said, "data") if it["id"] == "1275840892281249793")
    theirs = {**post, "author_id": "99"}
    found = mapping.interaction(theirs, mapping.Beside.of({}, "13524182"))
    assert found is not None
    assert found.kind is InteractionKind.REPLY
    assert mapping.interaction(post, mapping.Beside.of({}, "13524182")) is None, "our own echo"


def test_two_posts_with_their_users() -> None:
    items, skipped = mapping.interactions(body("sns_testdata/apis_tweet_tweets_resp"), None)
    assert [(it.native_id, it.author.id, it.author.handle, it.created_at.isoformat()) for it in items] == [
        ("1261326399320715264", "2244994945", "TwitterDev", "2020-05-15T16:03:42+00:00"),
        ("1278347468690915330", "783214", "Twitter", "2020-07-01T15:19:21+00:00"),
    ]
    assert items[0].url == "https://x.com/TwitterDev/status/1261326399320715264"
    assert skipped == 0


def test_one_post_with_all_its_fields() -> None:
    post = body("sns_testdata/models_tweet")
    found = mapping.interaction(post, mapping.Beside.of({}, "1"))
    assert found is not None
    assert (found.native_id, found.parent_id, found.author.id) == (
        "1212092628029698048",
        "1212092627178287104",
        "2244994945",
    )
    assert (found.language, found.created_at.isoformat()) == ("en", "2019-12-31T19:26:16+00:00")
    own = posts.own_post(post, Identity("2244994945", "us"))
    assert own is not None
    assert (own.says.place, own.says.pictures) == ("1212092627178287104", 1)
    told = post_counts(post)
    assert set(told) == {Measure.LIKES, Measure.REPOSTS, Measure.REPLIES, Measure.QUOTES}


def test_a_looked_up_post_has_one_version() -> None:
    said = body("lookup/tweepy_test_client_get_tweet_0")
    assert posts.versions(said["data"]) == ["1293593516040269825"]
    found = mapping.interaction(said["data"], mapping.Beside.of(said, None))
    assert found is not None
    assert (found.created_at.isoformat(), len(found.text)) == ("2020-08-12T17:01:42+00:00", 242)


def test_an_edited_post_is_known_by_its_first_id() -> None:
    said = body("home_timeline/tweepy_test_asyncclient_get_home_timeline_0")
    edited = {it["id"]: mapping.interaction(it, mapping.Beside.of(said, "1")) for it in _edited(said)}
    (found,) = edited.values()
    assert found is not None
    assert (found.ref.id, found.native_id) == ("1577162244978139137", "1577158996984987648")
    assert found.created_at.isoformat() == "2022-10-04T04:49:41+00:00", "when it was said first"


def _edited(said: Any) -> list[Any]:
    return [it for it in rows(said, "data") if len(posts.versions(it)) > 1]


def test_an_own_timeline_and_what_stands_behind_it() -> None:
    said = body("user_tweets/tweepy_test_asyncclient_get_users_tweets_0")
    own = [posts.own_post(it, Identity("783214", "Twitter")) for it in listed(said)]
    assert [it.ref.id for it in own if it] == ["1577730467436138524", "1565318587736285184"]
    assert [it.made.isoformat() for it in own if it] == ["2022-10-05T18:40:30+00:00", "2022-09-01T12:40:08+00:00"]
    assert word(said, "meta", "next_token") is not None


def test_private_messages_of_a_conversation() -> None:
    items, skipped = mapping.messages(body("dm/tweepy_test_manage_and_lookup_direct_messages_4"), "1")
    assert [(it.native_id, it.text, it.kind) for it in items] == [
        ("dm/1585800613752881156", "Testing 2", InteractionKind.MESSAGE),
        ("dm/1585800613253812228", "Testing 1", InteractionKind.MESSAGE),
    ]
    assert items[0].created_at.isoformat() == "2022-10-28T01:08:23+00:00"
    assert (skipped, items[0].author.id) == (0, None)


def test_a_private_message_with_its_sender() -> None:
    said = body("sns_testdata/apis_dm_events_events")
    (item,), _ = mapping.messages(said, "1")
    assert (item.native_id, item.author.id, item.conversation_id) == (
        "dm/1585321444547837956",
        "906948460078698496",
        "dm/1585094756761149440",
    )
    assert item.ref == RemoteRef(item.native_id, root=RemoteRef(item.conversation_id))
    assert item.created_at.isoformat() == "2022-10-26T17:24:21+00:00"
    assert mapping.messages(said, "906948460078698496") == ([], 1), "our own words"


def test_who_is_signed_in() -> None:
    assert posts.identity(body("me/tweepy_test_client_bookmarks_0")) == Identity("1072250532645998596", "TweepyDev")
    assert posts.identity(body("sns_testdata/apis_user_me_resp")) == Identity("2244994945", "TwitterDev")
    assert account_counts(body("sns_testdata/apis_user_me_resp")["data"]) == {}


def test_counts_of_an_account() -> None:
    for user in rows(body("sns_testdata/apis_user_users_resp"), "data"):
        told = account_counts(user)
        assert set(told) <= {Measure.FOLLOWERS, Measure.FOLLOWING, Measure.POSTS}


def test_what_was_created_and_what_is_left() -> None:
    name = "create_tweet/tweepy_test_client_create_tweet_with_community_0"
    assert posts.created_id(body(name)) == "1234567890"
    told = left_of(answer(name))
    assert told is not None
    assert (told.left, told.scope) == (199, "account")
    assert (
        posts.created_id(body("create_tweet/tweepy_test_asyncclient_create_and_delete_tweet_0"))
        == "1522929456142245888"
    )


def test_choices_of_a_poll_in_order() -> None:
    poll = body("sns_testdata/models_poll")
    assert posts.polls({"includes": {"polls": [poll]}}) == {"1199786642468413448": ("“C Sharp”", "“C Hashtag”")}


def test_states_that_came() -> None:
    assert body("hide_reply/tweepy_test_client_hide_and_unhide_reply_0") == {"data": {"hidden": True}}
    assert body("other_v2/tweepy_test_client_mute_get_muted_and_unmute_0") == {"data": {"muting": True}}
    assert body("other_v2/tweepy_test_client_mute_get_muted_and_unmute_2") == {"data": {"muting": False}}


def test_an_upload_that_is_done() -> None:
    assert pictures._is_done(body("sns_testdata/apis_media_upload_v2_upload_chunk_status_resp"))
    assert pictures._lasts(body("sns_testdata/apis_media_upload_v2_upload_chunk_finalize_resp")) == 86_400.0


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("400_reply_id_missing", Rejected, "invalid-request"),
        ("400_since_id_too_old", Rejected, "http-400"),
        ("402_credits_depleted_headers_2026", Unpaid, "credits-depleted"),
        ("403_duplicate_content_2023_with_headers", Rejected, "duplicate-content"),
        ("403_duplicate_content_2026", Rejected, "duplicate-content"),
        ("403_v1_187_duplicate", Rejected, "duplicate-content"),
        ("403_reply_not_summoned_2026", Rejected, "http-403"),
        ("429_2021_search", RateLimited, "http-429"),
        ("429_2025", RateLimited, "http-429"),
        ("503_service_unavailable_2026", Retryable, "http-503"),
        ("503_with_media_2023_headers", Retryable, "http-503"),
    ],
)
def test_refusals_by_hand(name: str, kind: type[ConnectorError], code: str) -> None:
    error = TABLE.verdict(answer(f"errors_reported/{name}"), left=True, writing=False)
    assert type(error) is kind
    assert error.code == code


def test_a_since_id_that_is_too_old_is_known() -> None:
    assert refused_since_id(body("errors_reported/400_since_id_too_old"))
    assert not refused_since_id(body("errors_reported/400_reply_id_missing"))
    assert code_of(answer("errors_reported/402_credits_depleted_headers_2026")) == "credits-depleted"
    assert TABLE.causes["account-suspended"] is Cause.SUSPENDED
    assert issubclass(AuthExpired, ConnectorError)
