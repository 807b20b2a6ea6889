"""Mastodon alone: the key, absence that is proved, paging forward without gaps, and its way of counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.contract import Absent, Connector, Draft, Found, Limit, Unproven
from connectors.errors import AuthExpired, Rejected, Retryable
from connectors.mastodon import mapping
from connectors.registry import connect
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


def test_a_token_without_the_scope_needs_a_new_sign_in(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", STATUSES, Reply({"error": "This action is outside the authorized scopes"}, 403))
    with pytest.raises(AuthExpired):
        mastodon.publish(MASTODON.draft, key="k")


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
        assert asked.query["types[]"] == ["mention"]
        start = int(asked.query["min_id"][0].removeprefix("9")) - 1000 + 1
        return Reply(MASTODON.inbox[1](every[start : start + int(asked.query["limit"][0])][::-1]))

    server.on("GET", NOTIFICATIONS, answer)

    got = mastodon.fetch_interactions("91000")

    assert [it.text for it in got.items] == [f"m{n}" for n in range(1, 100)]
    assert got.cursor == "91099"
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
    (item,), _ = mapping.interactions([entry], "42")
    assert item.kind is InteractionKind.REPLY
    assert (item.parent_id, item.conversation_id) == ("4", "4")
    assert item.text == "food\n\nhello"
    assert item.ref.id == "5"


def test_other_notifications_are_counted_and_left(recorded: Callable[[str], Any]) -> None:
    follow = recorded("mastodon/notifications/200_test_notification_requests_accept_14.json")["response"]["json"]
    assert mapping.interactions(follow, "1") == ([], 3)


def test_recorded_notifications_are_read(recorded: Callable[[str], Any]) -> None:
    """The second one is from mastodon.social: 39 of its 40 mentions come with `status: null`."""
    local = recorded("mastodon/notifications/200_test_notifications_2.json")["response"]["json"]
    (item,), _ = mapping.interactions([local], "117020565966271181")
    assert item.text == "@mastodonpy_test hello!"
    assert item.native_id == "http://localhost:3000/ap/users/117020565693913441/statuses/117020576916218297"
    assert item.ref.id == "117020576916218297"
    assert item.author.handle == "admin"
    assert item.created_at.isoformat() == "2026-08-01T13:51:39.138000+00:00"

    far = recorded("mastodon/notifications/200_test_entity_notification_0.json")["response"]["json"]
    items, skipped = mapping.interactions(far, None)
    assert (len(items), skipped) == (1, 39)
    assert items[0].native_id.startswith("https://icosahedron.website/")


# --- length -----------------------------------------------------------------------------------------------------------


def test_length_agrees_with_mastodon(recorded: Callable[[str], Any]) -> None:
    cases = recorded("conformance/mastodon/status_length.json")["cases"]
    wrong = {it["text"]: (mapping.length(it["text"]), it["expected"]) for it in cases}
    assert len(cases) > 20
    assert {text: pair for text, pair in wrong.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize(
    ("text", "length"),
    [("👨‍👩‍👧‍👦!", 2), ("https://example.com/a/very/long/path/indeed", 23), ("hi @me@example.com", 6)],
)
def test_length_by_hand(text: str, length: int) -> None:
    assert mapping.length(text) == length
