"""Mastodon alone: the key, absence that is proved, paging forward without gaps, and its way of counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind, Standing, Terms
from connectors.contract import Absent, Connector, Draft, Found, Limit, Unproven
from connectors.errors import Ambiguous, AuthExpired, Cause, ConnectorError, RateLimited, Rejected, Retryable
from connectors.mastodon import mapping
from connectors.options import Audience, Card, Options, Poll, PollLimits, WhoMayReply
from connectors.registry import connect, length, objection
from connectors.text import graphemes
from tests.connectors.kit import EPOCH, NOW
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.loopback import Asked, Loopback, Reply

STATUSES, OWN, NOTIFICATIONS = "/api/v1/statuses", "/api/v1/accounts/42/statuses", "/api/v1/notifications"


@pytest.fixture
def mastodon(server: Loopback) -> Connector:
    return connect("mastodon", MASTODON.sign_in(server.url))


# --- publish ----------------------------------------------------------------------------------------------------------


def test_the_key_goes_along_and_the_instance_document_is_never_asked_for(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(MASTODON.reply, key="the-key")
    post = server.last(STATUSES)
    assert post.headers["idempotency-key"] == "the-key"
    assert (post.form["in_reply_to_id"], post.form["language"]) == ("900", "de")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-reset": "whenever"},
        {"x-ratelimit-reset": "2026-11-20T12:04:00.000000Z", "date": "whenever"},
        {"x-ratelimit-remaining": "many"},
        {"deprecation": "true"},
    ],
)
def test_odd_headers_do_not_make_a_sent_post_look_unsent(
    mastodon: Connector, server: Loopback, headers: dict[str, str]
) -> None:
    """Mastodon.py raises (or warns) on these after the status was made, and on every read."""
    server.on("POST", STATUSES, Reply(MASTODON.created, headers=headers))
    server.on("GET", NOTIFICATIONS, Reply(MASTODON.inbox[1]([("5", "hello", NOW)]), headers=headers))
    assert mastodon.publish(MASTODON.draft, key="k").ref.id == "1001"
    assert len(mastodon.fetch_interactions(None).items) == 1


def test_a_status_beside_an_error_is_a_status(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created, 500))
    assert mastodon.publish(MASTODON.draft, key="k").ref.id == "1001"


def test_a_text_that_is_too_long_says_so(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply({"error": "Validation failed: Text character limit of 500 exceeded"}, 422))
    with pytest.raises(Rejected) as refused:
        mastodon.publish(MASTODON.draft, key="k")
    assert refused.value.code == "too-long"


@pytest.mark.parametrize(
    ("status", "said", "cause"),
    [
        (401, "The access token was revoked", Cause.REVOKED),
        (401, "The access token expired", Cause.EXPIRED),
        (401, "The access token is invalid", Cause.EXPIRED),
        (403, "This action is outside the authorized scopes", Cause.SCOPE),
        (403, "Your login is currently disabled", Cause.SUSPENDED),
        (403, "Your login is missing a confirmed e-mail address", Cause.SUSPENDED),
        (403, "Your login is currently pending approval", Cause.SUSPENDED),
        (422, "This method requires an authenticated user", Cause.UNKNOWN),
    ],
)
def test_why_an_account_is_not_let_in_is_told(
    mastodon: Connector, server: Loopback, status: int, said: str, cause: Cause
) -> None:
    server.on("POST", STATUSES, Reply({"error": said}, status))
    with pytest.raises(AuthExpired) as shut:
        mastodon.publish(MASTODON.draft, key="k")
    assert shut.value.cause is cause
    assert server.count("POST", STATUSES) == 1


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Reply({"error": "This action is not allowed"}, 403), Rejected, "http-403"),
        (Reply({"error": "The post you are trying to reply to does not appear to exist."}, 404), Rejected, "not-found"),
        (Reply({"error": "Gone"}, 410), Rejected, "gone"),
        (Reply({"error": {"words": ["nobody", "promised"]}}, 422), Rejected, "http-422"),
        (Reply(["odd"], 422), Rejected, "http-422"),
        (Reply({"error": "Too many requests"}, 429, {"x-ratelimit-reset": "soon"}), RateLimited, "http-429"),
        (Reply({"error": "There was a temporary problem serving your request"}, 503), Ambiguous, "http-503"),
        (Reply("odd"), Ambiguous, "no-id"),
        (Reply({"id": "5", "scheduled_at": "2026-11-20T13:00:00Z", "params": {}}), Ambiguous, "no-id"),
    ],
)
def test_every_refusal_is_typed_and_sent_once(
    mastodon: Connector, server: Loopback, answer: Reply, error: type[ConnectorError], code: str
) -> None:
    server.on("POST", STATUSES, answer)
    with pytest.raises(error) as refused:
        mastodon.publish(MASTODON.draft, key="k")
    assert refused.value.code == code
    assert server.count("POST", STATUSES) == 1


# --- beside the words -------------------------------------------------------------------------------------------------

POLL = Poll(("red", "green"), timedelta(hours=1), many=True)
ASKED = Options(warning="food", sensitive=True, audience=Audience.FOLLOWERS, poll=POLL)


def test_what_is_asked_for_beside_the_words_goes_along(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(replace(MASTODON.draft, options=ASKED), key="the-key")
    post = server.last(STATUSES)
    assert post.headers["idempotency-key"] == "the-key"
    assert post.form["poll"] == {"options": ["red", "green"], "expires_in": 3600, "multiple": True}
    told = {name: post.form[name] for name in ("spoiler_text", "visibility", "status", "language")}
    assert told == {"spoiler_text": "food", "visibility": "private", "status": MASTODON.draft.text, "language": "de"}
    assert post.form["sensitive"] in (True, "1")


@pytest.mark.parametrize("audience", list(Audience))
def test_every_audience_is_a_visibility(mastodon: Connector, server: Loopback, audience: Audience) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(replace(MASTODON.draft, options=Options(audience=audience)), key="k")
    assert server.last(STATUSES).form["visibility"] == audience.value.replace("followers", "private")


def test_nothing_is_asked_for_that_the_draft_does_not(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply(MASTODON.created))
    mastodon.publish(MASTODON.draft, key="k")
    assert not {"spoiler_text", "visibility", "poll", "poll[options][]"} & server.last(STATUSES).form.keys()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(who_may_reply=frozenset({WhoMayReply.NOBODY})), "who may reply"),
        (Options(card=Card("https://example.org")), "card"),
        (Options(flair="f"), "flair"),
        (Options(poll=Poll(("a", "b", "c", "d", "e"), timedelta(hours=1))), "5 choices"),
    ],
)
def test_what_mastodon_has_not_is_objected_to(options: Options, words: str) -> None:
    told = objection("mastodon", replace(MASTODON.draft, options=options), Terms(), Standing())
    assert told
    assert words in told.why


def test_an_instances_own_polls_go_before_the_usual() -> None:
    stricter = Terms(polls=PollLimits(2, 3, 20, timedelta(hours=1), timedelta(days=7), many=True))
    four = replace(MASTODON.draft, options=Options(poll=Poll(("a", "b", "c", "d"), timedelta(days=1))))
    told = objection("mastodon", four, stricter, Standing())
    assert told
    assert "4 choices" in told.why
    assert objection("mastodon", four, Terms(), Standing()) is None


def test_the_warning_counts(mastodon: Connector) -> None:
    draft = replace(MASTODON.draft, text="x" * 10, options=Options(warning="food"))
    assert (mastodon.length(draft), length("mastodon", draft)) == (14, 14)


def _with(status: dict[str, Any], warning: str = "", choices: tuple[str, ...] = ()) -> dict[str, Any]:
    poll = {"id": "1", "options": [{"title": one, "votes_count": 0} for one in choices]} if choices else None
    return {**status, "spoiler_text": warning, "poll": poll}


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (("food", ("red", "green")), Found),
        (("", ("red", "green")), Unproven),
        (("food", ()), Unproven),
        (("food", ("red", "blue")), Unproven),
    ],
)
def test_only_the_same_warning_and_poll_are_ours(
    mastodon: Connector, server: Loopback, shown: tuple[str, tuple[str, ...]], verdict: type[Found | Unproven]
) -> None:
    asked = replace(MASTODON.draft, options=ASKED)
    server.on("GET", OWN, Reply([_with(one, *shown) for one in _statuses(("30", MASTODON.draft, NOW))]), Reply([]))
    assert isinstance(mastodon.find_published(asked, key="k", since=NOW), verdict)
    server.on("GET", f"{STATUSES}/1001", Reply(_with(MASTODON.created, *shown)))
    assert isinstance(mastodon.confirm(asked, "1001"), verdict)


@pytest.mark.parametrize(
    ("name", "left"), [("200_test_account_pinned_0", 299), ("200_test_entity_scheduledstatus_0", 274)]
)
def test_recorded_answers_to_a_status_count_statuses_in_three_hours(
    mastodon: Connector, server: Loopback, recorded: Callable[[str], Any], name: str, left: int
) -> None:
    headers = recorded(f"mastodon/post_status/{name}.json")["response"]["headers"]
    told = {name.lower(): value for name, value in headers.items() if name.lower().startswith(("x-ratelimit", "date"))}
    reset = datetime.fromisoformat(told["x-ratelimit-reset"])
    told["date"] = f"{reset - timedelta(minutes=46):%a, %d %b %Y %H:%M:%S} GMT"  # one of the two came without
    server.on("POST", STATUSES, Reply(MASTODON.created, headers=told))

    limit = mastodon.publish(MASTODON.draft, key="k").limit

    assert limit == Limit(left, pytest.approx(46 * 60, abs=2), "account")
    assert (reset.hour % 3, reset.minute, reset.second) == (0, 0, 0), "windows of three hours, not of five minutes"
    assert told["x-ratelimit-limit"] == str(mastodon.capabilities.allowance.writes)
    assert mastodon.capabilities.allowance.span == timedelta(hours=3)


@pytest.mark.parametrize("told", [str(EPOCH + 240), "2026-11-20T12:04:00Z"])
def test_both_ways_of_telling_the_reset_are_read(mastodon: Connector, server: Loopback, told: str) -> None:
    headers = {"date": "Fri, 20 Nov 2026 12:00:00 GMT", "x-ratelimit-remaining": "5", "x-ratelimit-reset": told}
    server.on("POST", STATUSES, Reply(MASTODON.created, headers=headers))
    assert mastodon.publish(MASTODON.draft, key="k").limit == Limit(5, pytest.approx(240, abs=1), "account")


# --- find_published ---------------------------------------------------------------------------------------------------


def _own(mastodon: Connector, server: Loopback, *pages: Any) -> Any:
    server.on("GET", OWN, *map(Reply, pages))
    return mastodon.find_published(MASTODON.draft, key="k", since=NOW)


def _statuses(*own: tuple[str, Draft, Any]) -> Any:
    return MASTODON.own_listing[1](list(own))


def test_absence_needs_the_listing_read_back_to_the_claim(mastodon: Connector, server: Loopback) -> None:
    other = replace(MASTODON.draft, text="other")
    newer = _statuses(("30", other, NOW + timedelta(minutes=2)))
    older = _statuses(("10", other, NOW - timedelta(minutes=2)))
    assert isinstance(_own(mastodon, server, newer, older), Absent)
    assert server.last(OWN).query["max_id"] == ["30"]


def test_an_account_that_posts_without_end_proves_nothing(mastodon: Connector, server: Loopback) -> None:
    other = replace(MASTODON.draft, text="other")
    assert isinstance(_own(mastodon, server, _statuses(("30", other, NOW))), Unproven)


def test_a_listing_that_is_no_list_proves_nothing(mastodon: Connector, server: Loopback) -> None:
    with pytest.raises(Retryable):
        _own(mastodon, server, {})


def test_a_text_whose_marks_the_server_changed_is_left_to_a_person(mastodon: Connector, server: Loopback) -> None:
    server.on("GET", OWN, Reply(_statuses(("30", Draft("It's **here**!"), NOW))), Reply([]))
    changed = mastodon.find_published(Draft("It’s here"), key="k", since=NOW)  # curly quote, no Markdown, no mark
    assert isinstance(changed, Unproven)


def test_a_mention_of_somebody_far_away_matches_its_short_form(mastodon: Connector, server: Loopback) -> None:
    page = _statuses(("30", Draft("x"), NOW))
    page[0]["content"] = (
        '<p><span class="h-card"><a href="https://far.example/@someone" class="u-url mention">@<span>someone</span></a>'
        "</span> thanks &amp; bye<br />soon</p>"
    )
    server.on("GET", OWN, Reply(page), Reply([]))
    draft = Draft("@someone@far.example thanks & bye\nsoon")
    assert isinstance(mastodon.find_published(draft, key="k", since=NOW), Found)


# --- notifications ----------------------------------------------------------------------------------------------------


def test_pages_go_forward_from_the_cursor_without_gaps(mastodon: Connector, server: Loopback) -> None:
    """min_id gives the page right above; newest first within the page."""
    every = [(str(1000 + n), f"m{n}", NOW + timedelta(seconds=n)) for n in range(100)]

    def answer(asked: Asked) -> Reply:
        assert asked.query["types[]"] == ["mention", "quote"]
        assert asked.query["include_filtered"] == ["true"]
        start = int(asked.query["min_id"][0].removeprefix("9")) - 1000 + 1
        return Reply(MASTODON.inbox[1](every[start : start + int(asked.query["limit"][0])][::-1]))

    server.on("GET", NOTIFICATIONS, answer)

    got = mastodon.fetch_interactions("91000")

    assert [it.text for it in got.items] == [f"m{n}" for n in range(1, 100)]
    assert got.cursor == '{"n":"91099"}'
    assert got.caught_up


def test_an_avalanche_comes_in_portions(mastodon: Connector, server: Loopback) -> None:
    every = [(str(1000 + n), f"m{n}", NOW + timedelta(seconds=n)) for n in range(260)]

    def answer(asked: Asked) -> Reply:
        start = int(asked.query["min_id"][0].removeprefix("9")) - 1000 + 1
        return Reply(MASTODON.inbox[1](every[start : start + 40][::-1]))

    server.on("GET", NOTIFICATIONS, answer)

    got = mastodon.fetch_interactions("91000")
    assert not got.caught_up
    rest = mastodon.fetch_interactions(got.cursor)
    assert rest.caught_up
    assert [it.text for it in (*got.items, *rest.items)] == [f"m{n}" for n in range(1, 260)]


def test_an_answer_to_us_is_a_reply_and_carries_its_warning() -> None:
    (entry,) = MASTODON.inbox[1]([("5", "hello", NOW)])
    entry["status"] |= {"in_reply_to_account_id": "42", "in_reply_to_id": "4", "spoiler_text": "food"}
    item = mapping.notified(entry, "42")
    assert item
    assert item.on_own
    assert item.kind is InteractionKind.REPLY
    assert (item.parent_id, item.conversation_id) == ("4", "4")
    assert item.text == "food\n\nhello"
    assert item.ref.id == "5"


def test_other_notifications_are_counted_and_left(recorded: Callable[[str], Any]) -> None:
    follow = recorded("mastodon/notifications/200_test_notification_requests_accept_14.json")["response"]["json"]
    assert [mapping.notified(entry, "1") for entry in follow] == [None] * 3


def test_recorded_notifications_are_read(recorded: Callable[[str], Any]) -> None:
    """The second one is from mastodon.social: 39 of its 40 mentions come with `status: null`."""
    local = recorded("mastodon/notifications/200_test_notifications_2.json")["response"]["json"]
    item = mapping.notified(local, "117020565966271181")
    assert item
    assert item.text == "@mastodonpy_test hello!"
    assert item.native_id == "http://localhost:3000/ap/users/117020565693913441/statuses/117020576916218297"
    assert item.ref.id == "117020576916218297"
    assert item.author.handle == "admin"
    assert item.created_at.isoformat() == "2026-08-01T13:51:39.138000+00:00"

    far = recorded("mastodon/notifications/200_test_entity_notification_0.json")["response"]["json"]
    items = [it for entry in far if (it := mapping.notified(entry, None))]
    assert (len(items), len(far)) == (1, 40)
    assert items[0].native_id.startswith("https://icosahedron.website/")


# --- length -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("warning", ["", "food", "👨‍👩‍👧‍👦 at home", "see https://example.com/a/b"])
def test_length_agrees_with_mastodon(warning: str, recorded: Callable[[str], Any]) -> None:
    cases = recorded("conformance/mastodon/status_length.json")["cases"]
    wrong = {it["text"]: (mapping.length(it["text"], warning), graphemes(warning) + it["expected"]) for it in cases}
    assert len(cases) > 20
    assert {text: pair for text, pair in wrong.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize(
    ("text", "counted"),
    [("👨‍👩‍👧‍👦!", 2), ("https://example.com/a/very/long/path/indeed", 23), ("hi @me@example.com", 6)],
)
def test_length_by_hand(text: str, counted: int) -> None:
    assert mapping.length(text) == counted
