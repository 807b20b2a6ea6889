"""How Reddit says no, in each of its shapes; every kind of write is sent once; a cursor of any release is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract import Connector, Draft, Listening, RemoteRef
from connectors.errors import Ambiguous, AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable
from connectors.moderation import Moderation, Target
from connectors.options import Card, Options, Poll
from connectors.reddit.cursors import KEPT, Bookmark, Cursor
from connectors.registry import connect
from tests.connectors.kit import NOW
from tests.connectors.kit_reddit import REDDIT, listing
from tests.connectors.loopback import CLOSE, CUT, HANG, Loopback, Reply
from tests.connectors.picture_kits import PICTURE

TAKE_A_BREAK = "Looks like you've been doing that a lot. Take a break for 3 minutes before trying again."


@pytest.fixture
def reddit(server: Loopback) -> Connector:
    REDDIT.prepare(server)
    return connect("reddit", REDDIT.sign_in(server.url))


# --- written once -----------------------------------------------------------------------------------------------------

HANDLE = "https://reddit-uploaded-media.s3-accelerate.amazonaws.com/rte_images/abc123"
SHOWN = replace(PICTURE, handle=HANDLE)
DRAFTS: dict[str, tuple[Draft, str]] = {
    "words": (REDDIT.draft, "/api/submit"),
    "labels": (replace(REDDIT.draft, options=Options(sensitive=True, spoiler=True, flair="f")), "/api/submit"),
    "link": (replace(REDDIT.draft, options=Options(card=Card("https://example.org/"))), "/api/submit"),
    "crosspost": (replace(REDDIT.draft, text="", options=Options(crosspost="t3_9")), "/api/submit"),
    "picture": (replace(REDDIT.draft, pictures=(SHOWN,)), "/api/submit"),
    "gallery": (
        replace(REDDIT.draft, pictures=(SHOWN, replace(SHOWN, id="m2", handle=HANDLE + "4"))),
        "/api/submit_gallery_post.json",
    ),
    "poll": (
        replace(REDDIT.draft, options=Options(poll=Poll(("Yes", "No"), timedelta(days=1)))),
        "/api/submit_poll_post",
    ),
    "comment": (REDDIT.reply, "/api/comment"),
    "answer to a message": (replace(REDDIT.reply, in_reply_to=RemoteRef("t4_9")), "/api/comment"),
}
LOST: dict[str, tuple[Reply | str, type[ConnectorError]]] = {
    **{str(status): (Reply({"message": "no", "error": status}, status), Ambiguous) for status in (500, 502, 503, 504)},
    "html": (Reply(raw=b"<html>down</html>", status=503, headers={"content-type": "text/html"}), Ambiguous),
    "odd": (Reply({"jquery": [], "success": True}), Ambiguous),
    "429": (Reply({"message": "Too Many Requests", "error": 429}, 429), RateLimited),
    "hang": (HANG, Ambiguous),
    "close": (CLOSE, Ambiguous),
    "cut": (CUT, Ambiguous),
}


@pytest.mark.parametrize("kind", DRAFTS)
@pytest.mark.parametrize("answer", LOST)
def test_a_write_of_each_kind_is_sent_once(reddit: Connector, server: Loopback, kind: str, answer: str) -> None:
    draft, path = DRAFTS[kind]
    reply, error = LOST[answer]
    reddit.sign_in()
    before = len(server.written())
    server.on("POST", path, reply)
    with pytest.raises(error):
        reddit.publish(draft, key="k")
    assert server.written()[before:] == [("POST", path)]


# --- a break, a limit -------------------------------------------------------------------------------------------------

BREAKS: list[tuple[Reply, float, str]] = [
    (Reply({"json": {"errors": [["RATELIMIT", TAKE_A_BREAK, "ratelimit"]]}}), 180, "account"),
    (Reply({"json": {"errors": [["RATELIMIT", "?", "ratelimit"]], "ratelimit": 12.5}}), 12.5, "account"),
    (Reply({"json": {"errors": [["QUOTA_FILLED", TAKE_A_BREAK, None]]}}), 180, "account"),
    (Reply({"reason": "RATELIMIT", "explanation": TAKE_A_BREAK, "fields": ["ratelimit"]}, 400), 180, "account"),
    (Reply({"json": {"errors": [["RATELIMIT", TAKE_A_BREAK, "ratelimit"]]}}, 429), 180, "account"),
    (Reply(raw=b"", status=429, headers={"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "41"}), 41, "app"),
    (Reply(raw=b"<html>", status=429, headers={"retry-after": "4", "content-type": "text/html"}), 4, "app"),
    (Reply({"message": "Too Many Requests", "error": 429}, 429), 60, "app"),
]


@pytest.mark.parametrize(("reply", "wait", "scope"), BREAKS)
def test_a_break_is_known_in_every_shape(
    reddit: Connector, server: Loopback, reply: Reply, wait: float, scope: str
) -> None:
    server.on("POST", "/api/submit", reply)
    with pytest.raises(RateLimited) as limited:
        reddit.publish(REDDIT.draft, key="k")
    assert (limited.value.retry_after, limited.value.scope) == (wait, scope)


# --- not let in -------------------------------------------------------------------------------------------------------

LACKS_SCOPE = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
OUT: list[tuple[Reply, Cause]] = [
    (Reply({"message": "Unauthorized", "error": 401}, 401), Cause.EXPIRED),
    (Reply({"message": "Forbidden", "error": 403}, 403, LACKS_SCOPE), Cause.SCOPE),
    (Reply({"reason": "USER_REQUIRED", "message": "Forbidden"}, 403), Cause.EXPIRED),
    (Reply({"reason": "ACCOUNT_SUSPENDED", "message": "Forbidden"}, 403), Cause.SUSPENDED),
    (Reply({"json": {"errors": [["USER_REQUIRED", "Please log in to do that.", None]]}}), Cause.EXPIRED),
]


@pytest.mark.parametrize(("reply", "cause"), OUT)
def test_why_an_account_is_not_let_in_is_told_apart(
    reddit: Connector, server: Loopback, reply: Reply, cause: Cause
) -> None:
    server.on("POST", "/api/submit", reply)
    with pytest.raises(AuthExpired) as out:
        reddit.publish(REDDIT.draft, key="k")
    assert out.value.cause is cause


def test_a_suspended_account_is_let_in_and_counts_as_signed_out(reddit: Connector, server: Loopback) -> None:
    server.on("GET", "/api/v1/me", Reply({"id": "42", "name": "parley", "is_suspended": True}))
    with pytest.raises(AuthExpired) as out:
        reddit.identify()
    assert out.value.cause is Cause.SUSPENDED


def test_a_scope_that_is_lacking_for_a_queue_does_not_sign_the_account_out(reddit: Connector, server: Loopback) -> None:
    server.on("GET", "/message/inbox", Reply(REDDIT.inbox[1]([("t1_5", "x", NOW)])))
    lacking = Reply({"message": "Forbidden", "error": 403}, 403, LACKS_SCOPE)
    server.on("GET", "/r/test/about/modqueue", lacking)
    server.on("GET", "/r/test/about/reports", lacking)
    page = reddit.fetch_interactions(None, Listening(moderated=("test",)))
    assert len(page.items) == 1
    assert page.missed == tuple(f"r/test/about/{queue}: insufficient_scope" for queue in ("modqueue", "reports"))


def test_an_act_that_the_sign_in_does_not_cover_is_refused_alone(reddit: Connector, server: Loopback) -> None:
    server.on("POST", "/api/block_user", Reply({"message": "Forbidden", "error": 403}, 403, LACKS_SCOPE))
    with pytest.raises(Rejected) as refused:
        reddit.moderate(Target(RemoteRef("t4_1"), handle="someone"), Moderation.BLOCK)
    assert refused.value.code == "insufficient_scope"


# --- closed communities -----------------------------------------------------------------------------------------------

CLOSED: list[tuple[Reply, str]] = [
    (Reply({"reason": "private", "message": "Forbidden", "error": 403}, 403), "private"),
    (Reply({"reason": "banned", "message": "Not Found", "error": 404}, 404), "banned"),
    (Reply({"reason": "quarantined", "quarantine_message": "x"}, 403), "quarantined"),
    (Reply({"message": "Not Found", "error": 404}, 404), "gone"),
    (Reply(None, 302, {"location": "/subreddits/search?q=x"}, b""), "gone"),
]


@pytest.mark.parametrize(("reply", "word"), CLOSED)
def test_closed_communities_are_told_apart(reddit: Connector, server: Loopback, reply: Reply, word: str) -> None:
    server.on("GET", "/message/inbox", Reply(listing([])))
    for path in ("/r/shut/about", "/r/shut/new", "/r/shut/comments"):
        server.on("GET", path, reply)
    assert reddit.rules_of("shut").closed == word  # type: ignore[attr-defined]
    page = reddit.fetch_interactions(None, Listening(communities=("shut",)))
    assert page.missed == (f"r/shut/new: {word}", f"r/shut/comments: {word}")
    assert dict(reddit.metrics([], communities=["shut"]).communities) == {}


@pytest.mark.parametrize("name", ["../api/v1/me", "a/b?c", "ä", ""])
def test_a_strange_name_leads_nowhere_else(reddit: Connector, server: Loopback, name: str) -> None:
    reddit.sign_in()
    asked = len(server.asked)
    with pytest.raises(Rejected):
        reddit.moderate(Target(RemoteRef("t4_1"), handle="someone", community=name), Moderation.BAN)
    assert len(server.asked) == asked


@pytest.mark.parametrize("body", [{"kind": "t5"}, [], "words", {"data": {"subscribers": "many"}}])
def test_an_answer_of_another_shape_is_no_number(reddit: Connector, server: Loopback, body: Any) -> None:
    server.on("GET", "/r/test/about", Reply(body))
    if isinstance(body, dict):
        assert reddit.metrics([], communities=["test"]).communities == {"test": {}}
    else:
        with pytest.raises(Retryable) as told:
            reddit.metrics([], communities=["test"])
        assert told.value.code == "unknown-shape"


def test_a_listing_without_an_end_ends(reddit: Connector, server: Loopback) -> None:
    server.on("GET", "/user/parley/overview", lambda _asked: Reply(listing([], f"t3_{len(server.asked)}")))
    assert reddit.own_posts() == ()
    assert server.count("GET", "/user/parley/overview") == 10


# --- cursors ----------------------------------------------------------------------------------------------------------


def entry(number: int, *, seconds: float | None = None, edited: Any = False, reports: int | None = None) -> Any:
    made = NOW.timestamp() + (number if seconds is None else seconds)
    data = {"name": f"t1_{number}", "created_utc": made, "edited": edited, "num_reports": reports}
    return {"kind": "t1", "data": data}


def test_a_cursor_of_an_older_release_is_read() -> None:
    known = Cursor.read(str(int(NOW.timestamp()))).marks["inbox"]
    assert known.newest == NOW.timestamp()
    assert known.knows(entry(1, seconds=-601))
    assert not known.knows(entry(1, seconds=-599)), "the overlap of that release"


@pytest.mark.parametrize("odd", ["", "{", "[]", "null", '{"inbox": 7}', '{"inbox": [null, 1, "x"]}', "nan", '"x"'])
def test_a_cursor_that_cannot_be_read_starts_anew(odd: str) -> None:
    assert Cursor.read(odd).marks == {}


def test_a_cursor_is_small_and_comes_back() -> None:
    mark = Bookmark().moved([entry(number) for number in range(1000)])
    assert len(mark.marks) == KEPT
    written = Cursor({"inbox": mark, "new tea": mark}).written()
    assert written is not None
    assert len(written) < 1200
    assert Cursor.read(written).marks == {"inbox": mark, "new tea": mark}


CHANGES: dict[str, Callable[[], tuple[Any, bool]]] = {
    "the same": lambda: (entry(50), True),
    "edited": lambda: (entry(50, edited=NOW.timestamp()), False),
    "reported": lambda: (entry(50, reports=2), False),
    "newer": lambda: (entry(200), False),
    "late": lambda: (entry(300, seconds=40.5), False),
    "older than all that was read": lambda: (entry(7, seconds=-5), True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_known_is_what_was_read_as_it_is_now(change: str) -> None:
    mark = Bookmark().moved([entry(number) for number in range(100)])
    child, is_known = CHANGES[change]()
    assert mark.knows(child) is is_known


def test_nothing_new_leaves_the_bookmark_as_it_is() -> None:
    children = [entry(number) for number in range(60)]
    mark = Bookmark().moved(children)
    assert mark.moved(children[10:50]) is mark
    assert mark.moved([]) is mark


def test_an_entry_that_cannot_be_read_costs_neither_the_others_nor_more_pages(
    reddit: Connector, server: Loopback
) -> None:
    page = REDDIT.inbox[1]([("t1_5", "x", NOW), ("t1_6", "y", NOW)])
    page["data"]["children"] += [None, {"kind": "t1", "data": {"name": "t1_7", "created_utc": "soon"}}]
    page["data"]["children"][0]["data"]["edited"] = "\ud800"
    page["data"]["after"] = "t1_7"
    server.on("GET", "/message/inbox", Reply(page))
    first = reddit.fetch_interactions(None)
    second = reddit.fetch_interactions(first.cursor)
    assert ({one.native_id for one in first.items}, first.skipped) == ({"t1_5", "t1_6"}, 2)
    assert (second.items, second.skipped) == ((), 2), "what cannot be read is told each time"
    assert server.count("GET", "/message/inbox") == 2


def test_a_queue_forgets_what_left_it() -> None:
    queue = Bookmark(queue=True).moved([entry(1), entry(2)])
    assert not queue.moved([]).knows(entry(1))
    left = queue.moved([entry(2)])
    assert not left.knows(entry(1)), "reported again, it is heard again"
    assert left.knows(entry(2))
    assert not queue.knows(entry(9, seconds=-1e8)), "an old post that is reported today"
    assert json.loads(Cursor({"q": queue}).written() or "{}")["q"][2]
