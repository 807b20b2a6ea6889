"""Recorded Reddit traffic: every exchange of a kind that is used is mapped, and some by expectations written by hand.

The expectations hold ids, kinds, counts and codes as they were read in the recordings; no words of anybody.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.communities import CommunityRules, PostKind
from connectors.contract import Listening, RemoteRef
from connectors.errors import AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable
from connectors.http import Answer
from connectors.metrics import Measure
from connectors.reddit import answers, community_rules, mapping, sayings
from connectors.reddit.refusals import TABLE, refused
from connectors.registry import connect
from connectors.shape import at, rows
from tests.connectors.kit_reddit import REDDIT, listing
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.corpus import corpus

USED: dict[str, str] = {
    "access_token": "renewals",
    "api_info": "read again, confirmed, counted",
    "apierror_200": "refusals in a 200",
    "comment_permalink": "a comment with what is around it",
    "comment_reply": "what was created",
    "comment_tree": "threads",
    "delete": "deletions",
    "edited": "the same entries as other listings of a community",
    "error": "refusals",
    "errors_reported": "refusals",
    "inbox_all": "what is heard",
    "inbox_comment_replies": "what is heard",
    "inbox_mentions": "what is heard",
    "inbox_messages": "what is heard where messages are switched on",
    "inbox_post_replies": "what is heard",
    "inbox_sent": "our own messages, read back",
    "inbox_unread": "the same entries as the inbox",
    "me": "who is signed in, counts of the account",
    "media_asset_lease": "uploads",
    "mod_approve": "acts",
    "mod_lock": "acts",
    "mod_remove": "acts",
    "modqueue": "what waits for a moderator",
    "morechildren": "what a thread left out",
    "post_requirements": "rules of a community",
    "report": "acts",
    "reports": "what was reported",
    "spam": "the same entries as other listings of a community",
    "submit": "what was created",
    "submit_gallery": "what was created",
    "submit_poll": "what was created",
    "subreddit_about": "rules and counts of a community",
    "subreddit_comments": "everything new in a community",
    "subreddit_new": "everything new in a community",
}
UNUSED: dict[str, str] = {
    "compose_message": "nobody is written to who did not write first",
    "duplicates": "who else passed a link on is nobody's question here",
    "edit": "what we said is not changed on Reddit: titles cannot be, and edits of texts are seen by few",
    "mark_read": "the unread flag belongs to the person who uses the account",
    "mark_unread": "the same",
    "mod_distinguish": "an answer speaks as a member",
    "mod_ignore_reports": "reports are settled by approving",
    "modlog": "what other moderators did is their record",
    "removal_reasons": "a removal's reason is kept in our record; Reddit's own reasons are texts of each community",
    "search": "searches for communities and for people; posts are searched in one community",
    "user_about": "strangers are not looked up",
    "vote": "votes by programs are against Reddit's rules",
}
LISTINGS: dict[str, InteractionKind | None] = {
    "inbox_all": None,
    "inbox_comment_replies": None,
    "inbox_mentions": None,
    "inbox_messages": None,
    "inbox_post_replies": None,
    "inbox_sent": None,
    "inbox_unread": None,
    "api_info": InteractionKind.COMMUNITY,
    "edited": InteractionKind.COMMUNITY,
    "modqueue": InteractionKind.REPORT,
    "reports": InteractionKind.REPORT,
    "spam": InteractionKind.COMMUNITY,
    "subreddit_comments": InteractionKind.COMMUNITY,
    "subreddit_new": InteractionKind.COMMUNITY,
}


def folder() -> Path:
    return corpus() / "reddit"


def body(name: str) -> Any:
    return json.loads((folder() / f"{name}.json").read_text())["response"].get("json")


def exchanges(kind: str) -> list[tuple[str, Any]]:
    """Those of one kind; the catalogue of codes and the index beside them are none."""
    read = [(f"{kind}/{path.stem}", json.loads(path.read_text())) for path in sorted((folder() / kind).glob("*.json"))]
    return [(name, it) for name, it in read if isinstance(it, dict) and isinstance(it.get("response"), dict)]


def sequence(name: str) -> list[Any]:
    return list(json.loads((folder() / "sequences" / f"{name}.json").read_text())["sequence"])


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_kind_is_used_or_has_a_reason_why_not() -> None:
    kinds = {path.name for path in folder().iterdir() if path.is_dir()} - {"sequences"}
    assert kinds == USED.keys() | UNUSED.keys()
    assert not USED.keys() & UNUSED.keys()
    assert all((USED | UNUSED).values())


# --- everything that is used, without exception -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", LISTINGS)
def test_every_entry_of_a_listing_is_mapped_or_has_a_reason_why_not(kind: str) -> None:
    for name, it in exchanges(kind):
        page = it["response"]["json"]
        mapped = mapping.interactions(page, kind=LISTINGS[kind], messages=True)
        heard = {one.native_id.removeprefix(mapping.REPORTED): one for one in mapped}
        for child in rows(page, "data", "children"):
            item = child["data"]
            nobodys = child["kind"] not in ("t1", "t3", "t4") or mapping.is_gone(child)
            if child["kind"] == "t4":
                is_mail = item["distinguished"] == "admin" or item["author"] is None
                nobodys = nobodys or is_mail or item["dest"].startswith("#")
            assert (item["name"] in heard) != nobodys, (name, item["name"])
            if child["kind"] in ("t1", "t3", "t4"):
                assert sayings.own_post(child) is not None, name
                told = mapping.counts(child)
                hidden = item.get("score_hidden") or item.get("hide_score") or item.get("score") is None
                assert (Measure.SCORE in told) != bool(hidden), name
        for one in heard.values():
            assert one.text.strip()
            assert one.created_at.tzinfo
            assert one.conversation_id[:3] in ("t3_", "t4_"), (name, one.native_id)


@pytest.mark.parametrize("kind", ["comment_tree", "comment_permalink"])
def test_every_thread_is_mapped(kind: str) -> None:
    for name, it in exchanges(kind):
        post, tree = (rows(part, "data", "children") for part in it["response"]["json"])
        assert mapping.interaction(post[0], kind=InteractionKind.COMMUNITY), name
        for child in mapping.tree(tree):
            found = mapping.interaction(child)
            assert found is not None or child["kind"] == "more" or mapping.is_gone(child), name
            assert found is None or found.conversation_id == post[0]["data"]["name"], name


@pytest.mark.parametrize("kind", ["comment_reply", "submit", "submit_gallery", "submit_poll"])
def test_every_answer_to_a_post_tells_what_was_made_or_that_it_is_being_made(kind: str) -> None:
    for name, it in exchanges(kind):
        said = it["response"]["json"]
        made = answers.created(said)
        assert (made is not None) != answers.is_being_made(said) or "reply__none" in name, name
        if made:
            assert made.id.startswith("t1_" if kind == "comment_reply" else "t3_"), name
            assert made.url, name


@pytest.mark.parametrize("kind", ["error", "apierror_200", "errors_reported"])
def test_every_refusal_is_an_error_with_a_code(kind: str) -> None:
    for name, it in exchanges(kind):
        said = it["response"]
        headers = {key.lower(): value for key, value in (said.get("headers") or {}).items()}
        answer = Answer(said.get("status") or 200, headers, said.get("json"))
        error = TABLE.verdict(answer, left=True, writing=False) if answer.status >= 300 else refused(answer)
        assert isinstance(error, ConnectorError)
        assert error.code, name
        quoted = json.dumps(said.get("json"))
        assert error.detail not in quoted or len(error.detail) < 20, "no sentence of the platform's"
        if isinstance(error, RateLimited):
            assert 1 <= (error.retry_after or 0) <= 86_400


@pytest.mark.parametrize(
    "kind", ["access_token", "delete", "mod_approve", "mod_lock", "mod_remove", "report", "media_asset_lease"]
)
def test_every_other_answer_is_no_refusal(kind: str) -> None:
    for name, it in exchanges(kind):
        assert answers.refusal(it["response"]["json"]) is None, name
        assert (answers.lease(it["response"]["json"]) is not None) == (kind == "media_asset_lease"), name


# --- by hand ----------------------------------------------------------------------------------------------------------

MODERATION = "200_praw_TestSubredditModeration"
QUEUE = "modqueue/200_asyncpraw_TestSubredditModeration.test_modqueue__only_submissions_1"
STREAM = "subreddit_comments/200_praw_TestSubredditStreams.test_comments__with_pause_1"
REPORTS = f"reports/{MODERATION}.test_reports__only_comments_1"
HEARD: list[tuple[str, int, str, str | None, str, str | None]] = [
    # exchange, place, id, author's id, conversation, parent
    ("inbox_mentions/200_praw_TestInbox.test_mentions_1", 0, "t1_ekftbox", None, "t3_bb24k7", "t3_bb24k7"),
    ("api_info/200_praw_TestComment.test_notes_1", 0, "t1_i6yklz7", "t2_75u2lqkb", "t3_uflrmv", "t3_uflrmv"),
    ("api_info/200_praw_TestComment.test_parent__comment_1", 0, "t1_cklhv0f", None, "t3_2gmzqe", "t1_cklfmye"),
    ("edited/200_praw_TestSubredditModeration.test_edited_1", 1, "t1_cq62t17", None, "t3_31xzh4", "t1_cq60zwc"),
    (
        REPORTS,
        2,
        "t1_d5zazgz",
        None,
        "t3_4vl79m",
        "t3_4vl79m",
    ),
    (
        QUEUE,
        0,
        "t3_byazz9",
        "t2_2vvv1cyr",
        "t3_byazz9",
        None,
    ),
    (
        STREAM,
        0,
        "t1_dgauydy",
        None,
        "t3_654eqk",
        "t1_dg7dqfd",
    ),
    ("spam/200_praw_TestSubredditModeration.test_spam_1", 0, "t3_4x8fuf", None, "t3_4x8fuf", None),
    ("inbox_sent/200_praw_TestInbox.test_sent_1", 0, "t4_22ydkji", "t2_3ebyblla", "t4_22ydk2c", "t4_22ydk2c"),
]


@pytest.mark.parametrize(
    ("name", "place", "native_id", "author", "conversation", "parent"), HEARD, ids=lambda it: str(it)[:30]
)
def test_an_entry_is_what_a_person_reads_in_it(
    name: str, place: int, native_id: str, author: str | None, conversation: str, parent: str | None
) -> None:
    child = body(name)["data"]["children"][place]
    found = mapping.interaction(child, kind=InteractionKind.COMMUNITY)
    assert found is not None
    assert (found.native_id, found.conversation_id, found.parent_id) == (native_id, conversation, parent)
    assert author is None or found.author.id == author


def test_what_was_deleted_is_gone() -> None:
    (child,) = body("api_info/200_praw_TestComment.test_delete_2")["data"]["children"]
    assert child["data"]["name"] == "t1_d1616q2"
    assert mapping.is_gone(child)
    assert mapping.interaction(child) is None


def test_reports_say_why_and_not_who() -> None:
    page = body(REPORTS)
    heard = mapping.interactions(page, kind=InteractionKind.REPORT)
    assert [one.why for one in heard] == [("test",)] * 6
    (queued,) = mapping.interactions(
        body(QUEUE),
        kind=InteractionKind.REPORT,
    )
    assert queued.why == ("report",)


def test_a_message_to_the_moderators_and_mail_without_an_author_are_nobodys() -> None:
    assert mapping.interactions(body("inbox_messages/200_praw_TestInbox.test_message_1"), messages=True) == []
    heard = mapping.interactions(body("inbox_all/200_praw_TestInbox.test_mark_all_read_1"), messages=True)
    assert [(one.native_id, one.kind.value, one.parent_id) for one in heard] == [
        ("t4_30s40u5", "message", "t4_30ryob3")
    ]


CREATED = {
    "comment_reply/200_praw_TestSubmission.test_reply_1": "t1_d162ara",
    "submit/200_praw_TestSubreddit.test_submit__url_selftext_1": "t3_1kh35wk",
    "submit/200_praw_TestSubmission.test_crosspost__nsfw_2": "t3_c27k7n",
    "submit/200_praw_TestSubreddit.test_submit__spoiler_1": "t3_auj6p4",
    "submit_gallery/200_praw_TestSubreddit.test_submit_gallery__flair_9": "t3_hux6du",
    "submit_poll/200_praw_TestSubreddit.test_submit_poll_1": "t3_ga3hiq",
}


@pytest.mark.parametrize("name", CREATED)
def test_what_was_made_has_its_fullname(name: str) -> None:
    made = answers.created(body(name))
    assert made is not None
    assert made.id == CREATED[name]


def test_counts_by_hand() -> None:
    (post,) = body(QUEUE)["data"]["children"]
    told = {Measure.SCORE: 2, Measure.UPVOTE_PERCENT: 100, Measure.REPLIES: 1, Measure.CROSSPOSTS: 0}
    assert mapping.counts(post) == told, "views are null: not told"
    assert mapping.account_counts(body("me/200_praw_TestInbox.test_sent_2")) == {Measure.KARMA: 1, Measure.FOLLOWERS: 2}
    assert mapping.account_counts(body("me/200_praw_TestMultireddit.test_copy_2")) == {Measure.KARMA: 21}, (
        "no total then"
    )
    about = body("subreddit_about/200_praw_TestCollectionModeration.test_delete_1")
    assert mapping.community_counts(about) == {Measure.SUBSCRIBERS: 1, Measure.PRESENT: 11}


def test_rules_by_hand() -> None:
    asked = body("post_requirements/200_asyncpraw_TestSubreddit.test_post_requirements_1")
    about = body("subreddit_about/200_praw_TestDraft.test_update_2")
    assert community_rules.rules(asked, about) == CommunityRules(kinds=frozenset(set(PostKind) - {PostKind.GALLERY}))


REFUSALS: dict[str, tuple[type[ConnectorError], str]] = {
    "400_praw_TestSubreddit.test_submit__verify_invalid_1": (Rejected, "SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING"),
    "400_praw_TestRedditor.test_trophies__user_not_exist_1": (Rejected, "USER_DOESNT_EXIST"),
    "400_praw_TestReddit.test_bad_request_without_json_text_html_response_1": (Rejected, "http-400"),
    "401_praw_TestAuthImplicit.test_implicit__with_invalid_token_0": (AuthExpired, "http-401"),
    "403_asyncpraw_TestSubredditQuarantine.test_opt_out_2": (Rejected, "quarantined"),
    "403_prawcore_TestSession.test_request__forbidden_1": (Rejected, "http-403"),
    "404_praw_TestWikiPage.test_invalid_page_1": (Rejected, "PAGE_NOT_FOUND"),
    "409_praw_TestSubmissionModeration.test_sticky__ignore_conflicts_1": (Rejected, "http-409"),
    "429_prawcore_TestSession.test_request__too__many_requests__with_retry_headers_1": (RateLimited, "http-429"),
    "522_prawcore_TestSession.test_request__cloudflare_connection_timed_out_1": (Retryable, "http-522"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_what_its_status_and_code_say(name: str) -> None:
    said = json.loads((folder() / "error" / f"{name}.json").read_text())["response"]
    headers = {key.lower(): value for key, value in said["headers"].items()}
    error = TABLE.verdict(Answer(said["status"], headers, said.get("json")), left=True, writing=False)
    kind, code = REFUSALS[name]
    assert type(error) is kind
    assert error.code == code
    if isinstance(error, AuthExpired):
        assert error.cause is Cause.EXPIRED
    if isinstance(error, RateLimited):
        assert error.retry_after == 4


# --- sequences, in their order, through praw --------------------------------------------------------------------------


def replayed(server: Loopback, steps: list[Any], path: str) -> None:
    """The loopback answers this path with the recorded answers in their order, the last for ever."""
    REDDIT.prepare(server)
    server.on("GET", path, *(Reply(step["response"]["json"]) for step in steps))


def test_a_stream_whose_before_is_empty_loses_nothing(server: Loopback) -> None:
    """The recorded `before` answers nothing while something new stands there: here it is never sent."""
    steps = sequence("praw_TestSubredditStreams.test_comments__with_pause")
    plain = [
        step
        for step in steps
        if "Listing" in json.dumps(step["response"].get("json")) and "before" not in step["request"]["params"]
    ]
    empty = [step for step in steps if "before" in step["request"]["params"]]
    assert [len(rows(step["response"]["json"], "data", "children")) for step in (*plain, *empty)] == [16, 17, 0]
    pages = [step["response"]["json"] for step in plain]

    def answer(asked: Asked) -> Reply:
        assert "before" not in asked.query
        return Reply(pages.pop(0) if len(pages) > 1 else pages[0])

    REDDIT.prepare(server)
    server.on("GET", "/message/inbox", Reply(listing([])))
    server.on("GET", "/r/kakapo/new", Reply(listing([])))
    server.on("GET", "/r/kakapo/comments", answer)
    reddit = connect("reddit", REDDIT.sign_in(server.url))
    listening = Listening(communities=("kakapo",))

    first = reddit.fetch_interactions(None, listening)
    second = reddit.fetch_interactions(first.cursor, listening)
    third = reddit.fetch_interactions(second.cursor, listening)

    assert len(first.items) == 16
    assert [one.native_id for one in second.items] == ["t1_dgd9bcm"]
    assert third.items == ()
    assert third.cursor == second.cursor


def test_a_whole_queue_of_100_is_heard_once(server: Loopback) -> None:
    page = sequence("praw_TestSubredditModerationStreams.test_modqueue")[1]["response"]["json"]
    page["data"]["after"] = None
    REDDIT.prepare(server)
    server.on("GET", "/message/inbox", Reply(listing([])))
    server.on("GET", "/r/test/about/modqueue", Reply(page))
    server.on("GET", "/r/test/about/reports", Reply(page))
    reddit = connect("reddit", REDDIT.sign_in(server.url))
    listening = Listening(moderated=("test",))

    heard = reddit.fetch_interactions(None, listening)

    there = {child["data"]["name"] for child in page["data"]["children"] if not mapping.is_gone(child)}
    assert {one.native_id for one in heard.items} == {mapping.REPORTED + name for name in there}
    assert {one.kind for one in heard.items} == {InteractionKind.REPORT}
    assert sum(bool(one.why) for one in heard.items) == 96, (
        "three were held back by a filter, one reported without a reason"
    )
    assert reddit.fetch_interactions(heard.cursor, listening).items == ()


def test_an_inbox_that_fills_after_a_silence_is_heard(server: Loopback) -> None:
    steps = [
        it for it in sequence("asyncpraw_TestInbox.test_stream") if "Listing" in json.dumps(it["response"].get("json"))
    ]
    replayed(server, steps, "/message/inbox")
    reddit = connect("reddit", REDDIT.sign_in(server.url))
    cursor, heard = None, []
    for _ in range(len(steps) + 2):
        page = reddit.fetch_interactions(cursor, Listening(messages=True))
        heard += [one.native_id for one in page.items]
        cursor = page.cursor
    told = [child for step in steps for child in rows(step["response"]["json"], "data", "children")]
    kept = {at(child, "data", "name") for child in told if mapping.interaction(child)}
    assert heard == sorted(kept)
    assert len(told) == 1


def test_a_comment_of_a_recorded_thread_has_its_way_up_and_down(server: Loopback) -> None:
    said = body("comment_tree/200_praw_TestComment.test_refresh__twice_2")
    middle = "t1_d82vz05"
    (entry,) = [child for child in mapping.tree(rows(said, 1, "data", "children")) if child["data"]["name"] == middle]
    REDDIT.prepare(server)
    server.on("GET", "/api/info", Reply(listing([entry])))
    server.on("GET", "/comments/54hhwl/_/d82vz05", Reply(said))
    sign_in = REDDIT.sign_in(server.url)
    assert sign_in.identity
    reddit = connect("reddit", replace(sign_in, identity=replace(sign_in.identity, handle="OkRedditBot")))

    thread = reddit.thread(RemoteRef(middle))

    way = ["t3_54hhwl", "t1_d81vwef", "t1_d81w4vt", "t1_d81xm8b", "t1_d82twtt"]
    assert [one.native_id for one in thread.above] == way
    below = [one.native_id for one in thread.below]
    assert below == ["t1_d831t17", "t1_d8320uo", "t1_d836mqd", "t1_d83h2x4"], "ours, d82waqz, is left out"


def test_what_a_recorded_tree_left_out_is_asked_for(server: Loopback) -> None:
    left_out = body("morechildren/200_praw_TestCommentForest.test_replace__all_with_comment_limit_2")
    things = left_out["json"]["data"]["things"]
    assert (len(things), sum(it["kind"] == "more" for it in things)) == (122, 30)
    post = {"kind": "t3", "data": {"name": "t3_3hahrw", "title": "x", "created_utc": 1, "author": "x", "is_self": True}}
    more = {
        "kind": "more",
        "data": {"name": "t1_cu5u1vm", "children": ["cu5u1vm", "cu5uca3"], "parent_id": "t3_3hahrw"},
    }
    REDDIT.prepare(server)
    server.on("GET", "/api/info", Reply(listing([post])))
    server.on("GET", "/comments/3hahrw", Reply([listing([post]), listing([more])]))
    server.on("GET", "/api/morechildren", Reply(left_out))
    thread = connect("reddit", REDDIT.sign_in(server.url)).thread(RemoteRef("t3_3hahrw"))
    there = {it["data"]["name"] for it in things if it["kind"] == "t1" and not mapping.is_gone(it)}
    assert {one.native_id for one in thread.below} == there
    assert not thread.complete, "thirty places were left out again each time"
    assert server.count("GET", "/api/morechildren") == 3
