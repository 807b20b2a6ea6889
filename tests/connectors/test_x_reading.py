"""Reading again, hiding and refusals on X: what X does not say is never taken for a deletion, nor for a success."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.capabilities import Ground, InteractionKind, Standing, Terms
from connectors.contract import Connector, Draft, Found, Picture, RemoteRef
from connectors.errors import AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable, Unpaid, Unsupported
from connectors.metrics import Measure
from connectors.moderation import Moderation, Target
from connectors.options import Options, Poll, WhoMayReply
from connectors.registry import connect, objection
from connectors.x import mapping
from connectors.x.mapping import Beside
from tests.connectors.kit import EPOCH, NOW, iso
from tests.connectors.kit_x import DATE, SEARCH, TWEETS, USERS, X, look_up
from tests.connectors.loopback import Asked, Loopback, Reply

HIDDEN = ("PUT", "/2/tweets/2001/hidden")


@pytest.fixture
def x(server: Loopback) -> Connector:
    return connect("x", X.sign_in(server.url))


def post(number: int, text: str = "words", **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": text,
        "author_id": "7",
        "created_at": iso(NOW),
        "conversation_id": str(number),
        **more,
    }


def refs(*numbers: int) -> list[RemoteRef]:
    return [RemoteRef(str(number)) for number in numbers]


# --- read -------------------------------------------------------------------------------------------------------------


def test_a_post_that_was_edited_is_read_as_it_stands_now(x: Connector, server: Loopback) -> None:
    ids = ["101", "102"]
    look_up(server, {"101": post(101, "first", edit_history_tweet_ids=ids)})
    old = look_up_also(server, post(102, "second", edit_history_post_ids=ids))
    found = x.read(refs(101))["101"]
    assert (found.native_id, found.ref.id, found.text) == ("101", "102", "second")
    assert old == ["101", "102"]


def look_up_also(server: Loopback, newer: dict[str, Any]) -> list[str]:
    """The newer version is shown too where it is asked for; what was asked, in order."""
    asked_for: list[str] = []
    older = post(101, "first", edit_history_tweet_ids=["101", "102"])

    def answer(asked: Asked) -> Reply:
        ids = asked.query["ids"][0].split(",")
        asked_for.extend(ids)
        return Reply({"data": [{"101": older, "102": newer}[it] for it in ids], "includes": {"users": USERS}})

    server.on("GET", TWEETS, answer)
    return asked_for


def test_what_x_says_nothing_of_is_not_gone(x: Connector, server: Loopback) -> None:
    server.on("GET", TWEETS, Reply({"data": [post(1)]}))
    with pytest.raises(Retryable) as error:
        x.read(refs(1, 2))
    assert error.value.code == "not-told"
    unavailable = {"resource_id": "2", "type": "https://api.x.com/2/problems/resource-unavailable"}
    server.on("GET", TWEETS, Reply({"data": [post(1)], "errors": [unavailable]}))
    with pytest.raises(Retryable):
        x.read(refs(1, 2))
    hidden = {"value": "2", "type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}
    server.on("GET", TWEETS, Reply({"data": [post(1)], "errors": [hidden]}))
    assert set(x.read(refs(1, 2))) == {"1"}


def test_a_post_in_a_shape_that_nobody_knows_is_not_gone(x: Connector, server: Loopback) -> None:
    server.on("GET", TWEETS, Reply({"data": [{"id": "1", "text": 7}]}))
    with pytest.raises(Retryable) as error:
        x.read(refs(1))
    assert error.value.code == "unknown-shape"


# --- thread -----------------------------------------------------------------------------------------------------------


def test_a_long_thread_is_told_as_incomplete(x: Connector, server: Loopback) -> None:
    server.on("GET", f"{TWEETS}/1", Reply({"data": post(1)}))
    answers = [post(n, conversation_id="1", referenced_tweets=[{"type": "replied_to", "id": "1"}]) for n in (3, 2)]
    server.on("GET", SEARCH, Reply({"data": answers, "meta": {"next_token": "more"}}, headers=DATE))
    got = x.thread(RemoteRef("1"))
    assert ([it.native_id for it in got.below], got.complete) == (["2", "3"], False)
    assert server.count("GET", SEARCH) == 3
    assert server.last(SEARCH).query["query"] == ["(conversation_id:1 OR quotes_of_tweet_id:1) -is:retweet"]


@pytest.mark.parametrize(("age", "complete"), [(timedelta(days=6), True), (timedelta(days=8), False)])
def test_what_is_older_than_the_search_reaches_is_incomplete(
    x: Connector, server: Loopback, age: timedelta, complete: bool
) -> None:
    server.on("GET", f"{TWEETS}/1", Reply({"data": post(1, created_at=iso(NOW - age))}))
    server.on("GET", SEARCH, Reply({"meta": {"result_count": 0}}, headers=DATE))
    assert x.thread(RemoteRef("1")).complete is complete


def test_an_answer_under_a_deleted_one_is_below_the_root_only(x: Connector, server: Loopback) -> None:
    orphan = post(9, conversation_id="1", referenced_tweets=[{"type": "replied_to", "id": "5"}])
    for root in (1, 2):
        above = [] if root == 1 else [{"type": "replied_to", "id": "1"}]
        server.on("GET", f"{TWEETS}/{root}", Reply({"data": post(root, conversation_id="1", referenced_tweets=above)}))
    look_up(server, {"1": post(1)})
    server.on("GET", SEARCH, Reply({"data": [orphan], "meta": {}}, headers=DATE))
    assert [it.native_id for it in x.thread(RemoteRef("1")).below] == ["9"]
    got = x.thread(RemoteRef("2"))
    assert ([it.native_id for it in got.above], got.below) == (["1"], ())


# --- whose conversation it is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "known", "on_own"),
    [
        ({"conversation_id": "5"}, {}, False),
        ({"conversation_id": "1", "answers": "1", "in_reply_to_user_id": "42"}, {}, True),
        ({"conversation_id": "1", "answers": "1", "in_reply_to_user_id": "8"}, {}, False),
        ({"conversation_id": "1", "answers": "3", "in_reply_to_user_id": "42"}, {}, None),
        ({"conversation_id": "1", "answers": "3"}, {"1": "42"}, True),
        ({"conversation_id": "1", "answers": "3"}, {"1": "8"}, False),
        ({"answers": "3", "in_reply_to_user_id": "42"}, {}, None),
    ],
)
def test_only_in_our_own_conversation_is_an_answer_on_our_own(
    more: dict[str, Any], known: dict[str, str], on_own: bool | None
) -> None:
    told = {name: value for name, value in more.items() if name != "answers"}
    answers = [{"type": "replied_to", "id": more["answers"]}] if "answers" in more else []
    one = {"id": "5", "text": "hi", "author_id": "7", "created_at": iso(NOW), "referenced_tweets": answers, **told}
    beside = Beside({}, {number: {"id": number, "author_id": author} for number, author in known.items()}, "42")
    found = mapping.interaction(one, beside)
    assert found is not None
    assert found.on_own is on_own
    to_us = on_own or told.get("in_reply_to_user_id") == "42"
    assert found.kind is (InteractionKind.REPLY if to_us else InteractionKind.MENTION)


def test_a_quote_of_an_edited_post_names_it_as_the_record_does() -> None:
    quote = post(5, referenced_posts=[{"type": "quoted", "id": "3"}])
    ours = {"id": "3", "author_id": "42", "edit_history_post_ids": ["2", "3"]}
    (found,), _ = mapping.interactions({"data": [quote], "includes": {"posts": [ours]}}, "42")
    assert (found.kind, found.parent_id) == (InteractionKind.QUOTE, "2")


# --- moderate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (
            Reply({"errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}]}),
            Rejected,
            "resource-not-found",
        ),
        (Reply({"data": {"hidden": False}}), Retryable, "unknown-shape"),
        (Reply({}), Retryable, "unknown-shape"),
        (Reply(raw=b"<html>"), Retryable, "unknown-shape"),
        (Reply({"detail": "Not your conversation", "type": "about:blank"}, 403), Rejected, "not-moderator"),
        (Reply({"detail": "gone"}, 404), Rejected, "gone"),
        (Reply({}, 402), Unpaid, "credits-depleted"),
    ],
    ids=["errors", "not hidden", "empty", "html", "403", "404", "402"],
)
def test_hidden_is_only_what_x_says_is_hidden(
    x: Connector, server: Loopback, answer: Reply, error: type[ConnectorError], code: str
) -> None:
    server.on(*HIDDEN, answer)
    with pytest.raises(error) as failed:
        x.moderate(Target(RemoteRef("2001")), Moderation.HIDE)
    assert failed.value.code == code
    assert server.count(*HIDDEN) == 1


@pytest.mark.parametrize(
    ("target", "action", "code"),
    [
        (Target(RemoteRef("2001"), on_own=False), Moderation.HIDE, "not-moderator"),
        (Target(RemoteRef("dm/1")), Moderation.HIDE, "hide"),
        (Target(RemoteRef("2001")), Moderation.MUTE, "no-author"),
        (Target(RemoteRef("2001"), "../7"), Moderation.UNMUTE, "no-author"),
        (Target(RemoteRef("2001"), "7"), Moderation.BLOCK, "block"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    x: Connector, server: Loopback, target: Target, action: Moderation, code: str
) -> None:
    with pytest.raises(Rejected) as refused:
        x.moderate(target, action)
    assert refused.value.code == code
    assert server.asked == []


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, Cause.EXPIRED),
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, Cause.EXPIRED),
        (403, {"errors": [{"code": 64, "message": "Your account is suspended"}]}, Cause.SUSPENDED),
        (403, {"errors": [{"code": 326, "message": "To protect our users"}]}, Cause.SUSPENDED),
        (403, {"type": "about:blank", "detail": "Your account is suspended and may not do this."}, Cause.SUSPENDED),
        (403, {"type": "https://api.x.com/2/problems/oauth1-permissions", "detail": "Your client app"}, Cause.SCOPE),
        (403, {"type": "https://api.twitter.com/2/problems/unsupported-authentication"}, Cause.SCOPE),
        (401, {"type": "about:blank", "detail": "The token was revoked."}, Cause.REVOKED),
    ],
)
def test_why_an_account_is_not_let_in_is_told_apart(
    x: Connector, server: Loopback, status: int, body: Any, cause: Cause
) -> None:
    server.on("POST", TWEETS, Reply(body, status))
    with pytest.raises(AuthExpired) as lost:
        x.publish(X.draft, key="k")
    assert lost.value.cause is cause
    assert server.count("POST", TWEETS) == 1


def test_money_that_is_spent_stops_reading_and_writing(x: Connector, server: Loopback) -> None:
    server.on("POST", TWEETS, Reply(None, 402, raw=b""))
    server.on("GET", "/2/users/42/mentions", Reply({"title": "CreditsDepleted"}, 402))
    with pytest.raises(Unpaid):
        x.publish(X.draft, key="k")
    with pytest.raises(Unpaid) as unpaid:
        x.fetch_interactions(None)
    assert unpaid.value.code == "credits-depleted"


def test_a_reading_waits_for_the_last_of_the_windows_that_are_used_up(x: Connector, server: Loopback) -> None:
    headers = {
        **DATE,
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(EPOCH + 300),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(EPOCH + 9000),
        "x-app-limit-24hour-remaining": "5",
        "x-app-limit-24hour-reset": str(EPOCH + 50_000),
    }
    server.on("GET", "/2/users/42/mentions", Reply({}, 429, headers))
    with pytest.raises(RateLimited) as limited:
        x.fetch_interactions(None)
    assert (limited.value.retry_after, limited.value.scope) == (pytest.approx(9000, abs=1), "account")


# --- what does not go together ----------------------------------------------------------------------------------------

ASKED = Options(poll=Poll(("Yes", "No"), timedelta(hours=1)))
SEVERAL = Options(who_may_reply=frozenset({WhoMayReply.MENTIONED, WhoMayReply.VERIFIED}))
SOME = Options(who_may_reply=frozenset({WhoMayReply.SUBSCRIBERS}))
PICTURE = Picture("m1", "image/png", 8, 1, 1, handle="77")


@pytest.mark.parametrize(
    ("draft", "part"),
    [
        (Draft("Well?", options=ASKED, pictures=(PICTURE,)), "options/poll"),
        (Draft(" ", options=ASKED), "text"),
        (Draft("Hi", options=SEVERAL), "options/who_may_reply"),
        (Draft("Hi", options=SOME, in_reply_to=RemoteRef("900")), "options/who_may_reply"),
        (Draft("Hi", pictures=(PICTURE,), in_reply_to=RemoteRef("dm/1")), ""),
        (Draft("Hi?", options=ASKED, in_reply_to=RemoteRef("dm/1")), ""),
    ],
)
def test_what_x_cannot_say_is_refused_beforehand_and_never_sent(
    x: Connector, server: Loopback, draft: Draft, part: str
) -> None:
    with pytest.raises(Unsupported):
        x.publish(draft, key="k")
    assert server.asked == []
    told = objection("x", draft, Terms(), Standing(summoned=True))
    assert told is not None
    assert (told.ground, told.part) == (Ground.UNSUPPORTED, part)


def test_everyone_may_reply_is_not_said(x: Connector, server: Loopback) -> None:
    server.on("POST", TWEETS, Reply(X.created))
    x.publish(Draft("Hi", options=Options(who_may_reply=frozenset({WhoMayReply.EVERYONE}))), key="k")
    assert server.last(TWEETS).form == {"text": "Hi"}


def test_a_poll_with_its_question_is_found_whatever_order_the_choices_came_in(x: Connector, server: Loopback) -> None:
    shown = post(1001, "Well?", author_id="42", attachments={"poll_ids": ["3"]})
    options = [{"position": 2, "label": "No"}, {"position": 1, "label": "Yes"}]
    body = {"data": [shown], "includes": {"polls": [{"id": "3", "options": options}]}, "meta": {"result_count": 1}}
    server.on("GET", "/2/users/42/tweets", Reply(body))
    draft = Draft("Well?", options=ASKED)
    assert isinstance(x.find_published(draft, key="k", since=NOW), Found)
    other = replace(draft, options=Options(poll=Poll(("No", "Yes"), timedelta(hours=1))))
    assert not isinstance(x.find_published(other, key="k", since=NOW), Found)
    assert server.last("/2/users/42/tweets").query["expansions"] == ["attachments.poll_ids"]


def test_clicks_are_asked_of_our_own_young_posts_only(x: Connector, server: Loopback) -> None:
    """Whoever asks for them of another post gets nothing of that post at all."""
    old = iso(NOW - timedelta(days=31))
    shown = {
        "1": post(1, author_id="42", public_metrics={"like_count": 3}, non_public_metrics={"url_link_clicks": 2}),
        "2": post(2, public_metrics={"like_count": 4}),
        "3": post(3, author_id="42", created_at=old, public_metrics={"like_count": 5}),
    }
    look_up(server, shown)
    told = x.metrics(refs(1, 2, 3))
    asked = [(it.query["ids"], it.query["tweet.fields"]) for it in server.asked]
    assert asked == [(["1,2,3"], ["author_id,created_at,public_metrics"]), (["1"], ["non_public_metrics"])]
    assert told.posts == {
        "1": {Measure.LIKES: 3, Measure.LINK_CLICKS: 2},
        "2": {Measure.LIKES: 4},
        "3": {Measure.LIKES: 5},
    }
