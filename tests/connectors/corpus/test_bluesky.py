"""Recorded Bluesky traffic: every exchange of a kind that is used is mapped, and some by expectations written by hand.

The snapshots hold placeholders (`record(0)`, 1970), so they tell of mapping and never of identity; `pds_live` was answered by
the reference PDS as it is. The expectations hold addresses, kinds, counts and codes; no words of anybody.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.bluesky import mapping
from connectors.bluesky.cid import cid_of
from connectors.bluesky.record import blob_handle
from connectors.bluesky.xrpc import TABLE
from connectors.capabilities import InteractionKind
from connectors.http import Answer
from connectors.metrics import Measure
from connectors.shape import at, rows, word
from tests.corpus import corpus

USED: dict[str, str] = {
    "author-feed": "posts with their counts; own ones are read from the repository, which does not lag",
    "notifications": "what is heard",
    "pds_live": "writing, reading back, uploading, signing in, refusals",
    "posts": "posts as they stand, and their counts",
    "profile": "counts of the account, whom it blocks",
    "quotes": "posts with a quote in them",
    "report-reason": "the answer to a report, of which only the status counts",
    "thread": "threads, with gaps and cut ends",
    "threadgating": "gates, as they are read before one is changed",
    "timeline": "posts with their counts; the timeline itself is not read",
}
UNUSED: dict[str, str] = {
    "likes": "who liked is nobody's interaction; how many is told with the post",
    "live_marshalx": "likes, a feed generator and another app's records; the one handle that was resolved is tested below",
    "reposts": "who reposted is nobody's interaction; how many is told with the post",
    "views": "suggestions, feeds and searches for people; the one profile is tested below",
}


def folder() -> Path:
    return corpus() / "bluesky"


def exchange(name: str) -> Any:
    return json.loads((folder() / f"{name}.json").read_text())


def body(name: str) -> Any:
    return exchange(name)["response"]["json"]


def names(kind: str) -> list[str]:
    return sorted(f"{kind}/{path.stem}" for path in (folder() / kind).glob("*.json") if path.stem != "index")


def posts_in(found: Any) -> list[Any]:
    """Every postView somewhere in a body."""
    if isinstance(found, list):
        return [post for one in found for post in posts_in(one)]
    if not isinstance(found, dict):
        return []
    own = [found] if {"uri", "record", "author"} <= found.keys() and at(found, "record", "text") is not None else []
    return own + [post for one in found.values() for post in posts_in(one)]


def test_every_kind_is_used_or_has_a_reason_not_to_be() -> None:
    kinds = {path.name for path in folder().iterdir() if path.is_dir()}
    assert kinds == USED.keys() | UNUSED.keys()
    assert not USED.keys() & UNUSED.keys()


# --- all of it --------------------------------------------------------------------------------------------------------


def test_every_post_of_every_kind_is_read() -> None:
    seen = 0
    for kind in sorted(USED):
        for name in names(kind):
            for post in posts_in(body(name)):
                found = mapping.standing(post, None)
                assert found is not None, name
                assert found.text == post["record"]["text"]
                assert found.ref.revision == post["cid"]
                assert found.author.id == post["author"]["did"]
                mapping.post_counts(post)
                seen += 1
    assert seen > 90


def test_every_notification_is_an_interaction_or_is_counted_as_none() -> None:
    for name in names("notifications"):
        told = body(name)
        entries = told if isinstance(told, list) else told["notifications"]
        items, skipped = mapping.interactions(entries, None)
        assert len(items) + skipped == len(entries)
        speaking = {entry["uri"] for entry in entries if entry["reason"] in mapping.REASONS}
        assert {item.native_id for item in items} == speaking, name


def test_every_thread_is_read() -> None:
    for name in names("thread"):
        found = mapping.thread({"thread": body(name)}, None)
        assert found is not None
        assert all(item.text is not None for item in (*found.above, *found.below))


def test_every_profile_tells_three_counts() -> None:
    told = [body(name) for name in names("profile")]
    profiles = [one for found in told for one in ([found] if isinstance(found, dict) else found)]
    assert len(profiles) == 7
    for profile in profiles:
        assert mapping.account_counts(profile).keys() == {Measure.FOLLOWERS, Measure.FOLLOWING, Measure.POSTS}


def test_every_recorded_record_has_the_cid_that_we_compute() -> None:
    seen = 0
    for name in names("pds_live"):
        told = body(name)
        for row in [told, *rows(told, "records")]:
            if isinstance(at(row, "value"), dict):
                assert cid_of(row["value"]) == row["cid"], name
                seen += 1
    assert seen >= 7


def test_every_refusal_is_an_error_of_ours_and_quotes_nobody() -> None:
    refused = 0
    for name in names("pds_live"):
        response = exchange(name)["response"]
        if response["status"] < 300:
            continue
        refused += 1
        for writing in (True, False):
            answer = Answer(response["status"], response.get("headers") or {}, response["json"])
            error = TABLE.verdict(answer, left=True, writing=writing)
            assert error.code
            assert response["status"] >= 500 or str(at(response["json"], "message")) not in str(error)
    assert refused >= 14


# --- written by hand --------------------------------------------------------------------------------------------------

NOTIFIED: dict[str, dict[str, str]] = {
    "fetches_notifications_without_a_last_seen_1": {
        "record(5)": "mention",
        "record(10)": "reply",
        "record(11)": "reply",
        "record(17)": "reply",
    },
    "fetches_notifications_omitting_mentions_and_replies_for_taken_down_post": {
        "record(8)": "reply",
        "record(14)": "reply",
    },
    "generates_notifications_for_quotes_1": {"record(4)": "quote"},
    "generates_notifications_for_likes_via_repost_1": {},
    "generates_notifications_for_reposts_via_repost_1": {},
    "generates_notifications_for_verification_created_and_removed_1": {},
    "does_not_generate_self_notifications_for_likes_via_own_repost_1": {},
}


@pytest.mark.parametrize("name", NOTIFIED)
def test_whom_a_notification_is_about(name: str) -> None:
    told = body(f"notifications/notification_views_{name}")
    items, _ = mapping.interactions(told if isinstance(told, list) else told["notifications"], None)
    assert {item.native_id: item.kind.value for item in items} == NOTIFIED[name]


def test_a_reply_knows_its_parent_and_its_root() -> None:
    told = body("notifications/notification_views_fetches_notifications_without_a_last_seen_1")
    reply = next(item for item in mapping.interactions(told, None)[0] if item.native_id == "record(10)")
    assert (reply.parent_id, reply.conversation_id) == ("record(2)", "record(4)")
    assert reply.ref.root is not None
    assert reply.ref.root.revision


def test_a_quote_knows_what_it_quotes() -> None:
    told = body("notifications/notification_views_generates_notifications_for_quotes_1")
    (quote,) = mapping.interactions(told, None)[0]
    assert quote.kind is InteractionKind.QUOTE
    assert quote.parent_id == at(told[0], "record", "embed", "record", "uri") or quote.parent_id
    assert quote.conversation_id == quote.native_id


@pytest.mark.parametrize(
    ("name", "above", "below", "complete"),
    [
        ("fetches_ancestors_1", ["record(4)", "record(5)"], [], True),
        ("fetches_shallow_post_thread_1", [], ["record(5)", "record(8)"], False),
        ("handles_deleted_posts_correctly_1", [], ["record(4)", "record(5)"], True),
        ("handles_deleted_posts_correctly_3", [], [], True),
    ],
)
def test_what_stands_around(name: str, above: list[str], below: list[str], complete: bool) -> None:
    found = mapping.thread({"thread": body(f"thread/appview_thread_views_{name}")}, None)
    assert found is not None
    assert [item.native_id for item in found.above] == above
    assert sorted(item.native_id for item in found.below) == below
    assert found.complete == complete


def test_our_own_answers_are_left_out_of_what_is_below() -> None:
    told = {"thread": body("thread/appview_thread_views_handles_deleted_posts_correctly_1")}
    found = mapping.thread(told, "user(0)")
    assert found is not None
    assert [item.native_id for item in found.below] == ["record(4)"]


COUNTED: dict[str, tuple[int, int, int, int]] = {
    "record(0)": (0, 0, 0, 0),
    "record(2)": (3, 1, 2, 0),
    "record(3)": (0, 0, 0, 1),
    "record(6)": (2, 0, 0, 1),
    "record(10)": (0, 1, 0, 1),
    "record(12)": (0, 1, 0, 0),
}


@pytest.mark.parametrize("uri", COUNTED)
def test_what_a_post_counts(uri: str) -> None:
    (post,) = (one for one in body("posts/pds_posts_views_fetches_posts_1") if one["uri"] == uri)
    counts = mapping.post_counts(post)
    order = (Measure.LIKES, Measure.REPOSTS, Measure.REPLIES, Measure.QUOTES)
    assert tuple(counts[measure] for measure in order) == COUNTED[uri]
    assert counts[Measure.BOOKMARKS] == 0


def test_what_an_account_counts() -> None:
    first = body("profile/pds_profile_views_fetches_multiple_profiles_1")[0]
    assert mapping.account_counts(first) == {Measure.FOLLOWERS: 2, Measure.FOLLOWING: 3, Measure.POSTS: 4}
    other = body("views/proxies_view_requests_actor_getProfile_1")
    assert mapping.account_counts(other) == {Measure.FOLLOWERS: 2, Measure.FOLLOWING: 2, Measure.POSTS: 3}


def test_a_gallery_is_two_pictures() -> None:
    record = body("posts/pds_posts_views_embeds_gallery_1")["record"]
    post = mapping.own_post({"uri": "at://did:plc:a/app.bsky.feed.post/1", "cid": "c", "value": record})
    assert post is not None
    assert post.says.pictures == 2


def test_a_gate_lists_no_hidden_answers_until_there_are_some() -> None:
    for name in names("threadgating"):
        gate = body(name)["record"]
        assert gate["$type"] == "app.bsky.feed.threadgate"
        assert rows(gate, "hiddenReplies") == []


def test_a_page_of_the_repository_is_what_was_ours() -> None:
    found = [mapping.earlier_post(row, {}) for row in body("pds_live/listRecords_page1")["records"]]
    assert [post.ref.id.rpartition("/")[2] for post in found if post] == ["job-124", "3pu4ue6ic2223", "3n2rgh5yki222"]
    likes = body("pds_live/listRecords_likes_bob")["records"]
    assert [mapping.earlier_post(row, {}) for row in likes] == [None], "a like is no post"


@pytest.mark.parametrize(
    ("name", "status", "code", "error"),
    [
        ("createRecord_301_graphemes", 400, "too-long", "Rejected"),
        ("createRecord_300_family_emoji_too_many_bytes", 400, "too-long", "Rejected"),
        ("createRecord_bad_createdAt", 400, "InvalidRequest", "Rejected"),
        ("createRecord_non_tid_rkey", 400, "InvalidRequest", "Rejected"),
        ("createRecord_missing_blob", 400, "picture-not-uploaded", "Rejected"),
        ("createRecord_bad_token", 400, "InvalidToken", "AuthExpired"),
        ("createRecord_no_auth", 401, "AuthMissing", "AuthExpired"),
        ("createSession_wrong_password", 401, "AuthenticationRequired", "AuthExpired"),
        ("createRecord_same_rkey_same_content", 500, "InternalServerError", "Ambiguous"),
        ("applyWrites_thread_again", 500, "InternalServerError", "Ambiguous"),
        ("putRecord_swapRecord_null_other_content", 400, "InvalidSwap", "Ambiguous"),
        ("createRecord_swapCommit_stale", 400, "InvalidSwap", "Ambiguous"),
        ("getRecord_missing", 400, "RecordNotFound", "Rejected"),
        ("unknown_method", 502, "UpstreamFailure", "Ambiguous"),
    ],
)
def test_what_a_refused_write_means(name: str, status: int, code: str, error: str) -> None:
    response = exchange(f"pds_live/{name}")["response"]
    assert response["status"] == status
    told = TABLE.verdict(Answer(status, {}, response["json"]), left=True, writing=True)
    assert (type(told).__name__, told.code) == (error, code)


def test_a_write_says_where_it_lies_and_a_no_op_says_the_same() -> None:
    for name in ("putRecord_new", "putRecord_same_again_noop", "putRecord_swapRecord_null_same_content"):
        ref = mapping.written(body(f"pds_live/{name}"), None)
        assert ref is not None
        assert ref.id == "at://did:plc:u64mns4ax2uikg55im7zmwdn/app.bsky.feed.post/3n2qjxwo62323"
    told = mapping.written_thread(body("pds_live/applyWrites_thread_two_posts"))
    assert [uri.rpartition("/")[2] for uri, _ in told] == ["3n2qjxwo65623", "3n2qjxwo65723"]


def test_the_same_bytes_are_the_same_blob() -> None:
    first, again = (
        blob_handle(body(f"pds_live/{name}")["blob"]) for name in ("uploadBlob", "uploadBlob_again_same_ref")
    )
    assert first == again
    assert first is not None


def test_who_is_signed_in_and_whose_a_handle_is() -> None:
    who = mapping.identity(body("pds_live/createSession"))
    assert who is not None
    assert (who.id, who.handle) == ("did:plc:u64mns4ax2uikg55im7zmwdn", "kestrelpost.test")
    assert word(body("live_marshalx/resolve_handle"), "did") == "did:plc:z72i7hdynmk6r22z27h6tvur"
