"""Recorded Mastodon traffic: every exchange of a kind that is used is mapped, and some by expectations written by hand.

The expectations hold ids, kinds, counts and codes as they were read in the recordings; no words of anybody.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.capabilities import InteractionKind
from connectors.http import Answer
from connectors.mastodon import CAPABILITIES, mapping
from connectors.mastodon.instance import TABLE
from connectors.mastodon.terms import terms
from connectors.metrics import Measure
from connectors.shape import at, rows
from tests.corpus import corpus

USED: dict[str, str] = {
    "account_statuses": "what we said: read back, earlier posts",
    "admin_reports": "the reports inside are those that notifications carry",
    "context": "threads",
    "delete_status": "the status that was deleted",
    "edit_status": "a status as it stands after an edit",
    "error": "refusals",
    "instance": "terms; of the others (activity, locales, peers) nothing is read, and nothing breaks",
    "me": "who is signed in, counts of the account",
    "media": "uploads",
    "moderation": "answers to mute and block, of which only the status counts",
    "notifications": "what is heard",
    "post_status": "what was created; scheduled ones are none",
    "reports": "answers to a report, of which only the status counts",
    "status": "one status: confirmed, read again, counted",
    "timelines": "tags and the instance's own timeline",
}
UNUSED: dict[str, str] = {
    "conversations": "messages come as mentions, with a cursor that pages forward; this listing has none",
    "grouped_notifications": "grouped are likes and boosts, which nobody answers; v1 gives what is needed one by one",
    "scheduled_statuses": "scheduling is ours; the key of theirs was ignored for long (mastodon#30039)",
    "search": "full-text search is off on most instances and never complete; words are heard as tags",
    "status_actions": "boosts, likes, pins and bookmarks are not ours to give",
    "status_history": "an edit is noticed by reading the status again; what it said before is ours already",
}


def folder() -> Path:
    return corpus() / "mastodon"


def exchange(name: str) -> Any:
    return json.loads((folder() / f"{name}.json").read_text())


def body(name: str) -> Any:
    return exchange(name)["response"].get("json")


def exchanges(kind: str) -> list[tuple[str, Any]]:
    return [(f"{kind}/{path.stem}", json.loads(path.read_text())) for path in sorted((folder() / kind).glob("*.json"))]


def statuses_in(kind: str, said: Any) -> list[Any]:
    """The statuses that an exchange of this kind shows."""
    if kind == "context":
        return rows(said, "ancestors") + rows(said, "descendants")
    if kind in ("account_statuses", "timelines"):
        return said if isinstance(said, list) else []
    return [said]


# --- the table --------------------------------------------------------------------------------------------------------


def test_every_kind_is_used_or_has_a_reason_why_not() -> None:
    kinds = {path.name for path in folder().iterdir() if path.is_dir()}
    assert kinds == USED.keys() | UNUSED.keys()
    assert not USED.keys() & UNUSED.keys()
    assert all((USED | UNUSED).values())


# --- everything that is used, without exception -----------------------------------------------------------------------

COUNTED = {
    Measure.REPLIES: "replies_count",
    Measure.REPOSTS: "reblogs_count",
    Measure.LIKES: "favourites_count",
    Measure.QUOTES: "quotes_count",
}
STATUS_KINDS = ("account_statuses", "context", "delete_status", "edit_status", "post_status", "status", "timelines")


@pytest.mark.parametrize("kind", STATUS_KINDS)
def test_every_status_is_mapped(kind: str) -> None:
    shown = [(name, one) for name, it in exchanges(kind) for one in statuses_in(kind, it["response"].get("json"))]
    assert shown or kind == "timelines"
    for name, status in shown:
        is_boost, is_scheduled = at(status, "reblog") is not None, "scheduled_at" in status
        found = mapping.interaction(status, None)
        has_content = at(status, "content") is not None  # the answer to a deletion has its source instead
        assert (found is not None) == (has_content and not is_boost and not is_scheduled), name
        assert (mapping.own_post(status) is None) == (is_boost or is_scheduled), name
        assert (mapping.created(status) is None) == is_scheduled, name
        if found:
            told = {measure: status[key] for measure, key in COUNTED.items() if key in status}
            assert dict(mapping.counts(status)) == told, name
            assert (found.native_id, found.ref.id) == (status["uri"], status["id"]), name
            assert mapping.interaction(status, status["account"]["id"]) is None, "our own is no interaction"


def test_every_notification_is_mapped_or_passed() -> None:
    for name, it in exchanges("notifications"):
        said = it["response"].get("json")
        for entry in said if isinstance(said, list) else [said]:
            found = mapping.notified(entry, None)
            heard = at(entry, "type") in ("mention", "quote") and at(entry, "status") is not None
            assert (found is not None) == heard, name
            assert mapping.report(entry, {}, "https://social.example") is None, name


def test_every_report_of_a_moderator_is_mapped() -> None:
    reports = [one for _, it in exchanges("admin_reports") for one in it["response"].get("json") or []]
    reports = [one for one in reports if isinstance(one, dict)]
    assert reports
    for one in reports:
        statuses = {it["id"]: it for it in one["statuses"]}
        told = {**one, "target_account": one["target_account"]["account"], "status_ids": list(statuses)}
        found = mapping.report({"type": "admin.report", "report": told}, statuses, "https://social.example")
        assert found
        assert found.kind is InteractionKind.REPORT
        assert found.author.id == one["target_account"]["id"]
        assert found.why == ("other", one["comment"])
        assert found.text


@pytest.mark.parametrize("kind", ["error", "media", "moderation", "reports", "me", "instance"])
def test_every_other_answer_is_read_without_exception(kind: str) -> None:
    for name, it in exchanges(kind):
        answer = Answer(it["response"]["status"], {}, it["response"].get("json"))
        if answer.status >= 400:
            assert TABLE.verdict(answer, left=True, writing=True).code, name
        mapping.identity(answer.body)
        mapping.account_counts(answer.body)
        terms(answer.body, CAPABILITIES)


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("post_status/200_test_status_post_Content warning-private_0", ("117020585970975609", "mention", True, 0)),
        ("post_status/200_test_poll_illegal_vote_0", ("117020582721532745", "mention", False, 2)),
        ("post_status/200_test_status_post_None-direct_0", ("117020585877056474", "message", False, 0)),
        ("status/200_test_entity_poll_0", ("110446383900387196", "mention", False, 4)),
        ("edit_status/200_test_status_edit_2", ("117020586180926938", "mention", False, 0)),
    ],
)
def test_a_recorded_status_by_hand(name: str, expected: tuple[str, str, bool, int]) -> None:
    status = body(name)
    found, ours = mapping.interaction(status, None), mapping.own_post(status)
    assert found
    assert ours
    warned = bool(ours.says.beside and ours.says.beside[0])
    assert (found.ref.id, found.kind, warned, len(ours.says.beside[1:])) == expected
    assert found.language == status["language"]


@pytest.mark.parametrize(
    ("name", "state", "parent"),
    [
        ("status_actions/200_test_status_quote_revoke_2", "revoked", None),
        ("post_status/200_test_status_post_None-public_0", None, None),
    ],
)
def test_a_quote_that_was_taken_back_quotes_nothing(name: str, state: str | None, parent: str | None) -> None:
    status = body(name)
    assert at(status, "quote", "state") == state
    found = mapping.interaction(status, None, InteractionKind.QUOTE)
    assert found
    assert found.parent_id == parent


def test_a_recorded_boost_and_scheduled_status_are_no_posts() -> None:
    assert mapping.own_post(body("status_actions/200_test_status_reblog_unreblog_1")) is None
    assert mapping.created(body("post_status/200_test_scheduled_status_0")) is None
    assert mapping.created(body("post_status/200_test_entity_scheduledstatus_0")) is None


def test_a_recorded_thread_by_hand() -> None:
    said = body("context/200_test_entity_context_0")
    (above,), (below,) = ([mapping.interaction(one, None) for one in said[it]] for it in ("ancestors", "descendants"))
    assert above
    assert below
    assert (above.ref.id, above.parent_id, above.on_own) == ("110446983178245440", None, False)
    assert (below.ref.id, below.parent_id, below.on_own) == ("110446984249325790", "110446983926957470", None)
    assert above.native_id == "https://mastodon.social/users/halcy/statuses/110446983178245440"
    assert below.created_at.isoformat() == "2023-05-28T15:20:35.248000+00:00"


def test_a_recorded_account_by_hand() -> None:
    account = body("me/200_test_account_0")
    found = mapping.identity(account)
    assert found
    assert (found.id, found.handle) == ("117020457910412882", "mastodonpy_test")
    assert dict(mapping.account_counts(account)) == {Measure.FOLLOWERS: 0, Measure.FOLLOWING: 0, Measure.POSTS: 0}


def test_recorded_notifications_of_other_types_are_passed() -> None:
    assert [mapping.notified(one, None) for one in body("notifications/200_test_follow_with_notify_reblog_5")] == [None]


def test_a_recorded_report_by_hand() -> None:
    (report,) = body("admin_reports/200_test_admin_reports_4")
    assert (report["id"], report["target_account"]["id"]) == ("1", "117020566092212359")
    assert [one["id"] for one in report["statuses"]] == ["117020570302719057"]
    assert body("reports/200_test_admin_reports_3")["status_ids"] == ["117020570302719057"]


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("error/401_test_home_tl_anonymous_throws_0", "http-401", "AuthExpired"),
        ("error/404_test_account_lookup_1", "not-found", "Rejected"),
        ("error/404_test_push_delete_2", "not-found", "Rejected"),
        ("error/422_test_app_account_create_invalid_2", "http-422", "Rejected"),
        ("error/422_test_lang_for_errors_1", "http-422", "Rejected"),
        ("error/422_test_status_delete_media_6", "http-422", "Rejected"),
    ],
)
def test_a_recorded_refusal_by_hand(name: str, code: str, error: str) -> None:
    """The last two speak Japanese: that is why we ask for English."""
    it = exchange(name)["response"]
    told = TABLE.verdict(Answer(it["status"], {}, it["json"]), left=True, writing=True)
    assert (told.code, type(told).__name__) == (code, error)


@pytest.mark.parametrize(
    ("name", "most_bytes", "alt", "polls"),
    [
        ("instance/200_test_fetch_remaining_30", 16_777_216, 10_000, None),
        ("instance/200_test_entity_instance_0", 16_777_216, 1_500, None),
    ],
)
def test_recorded_terms_by_hand(name: str, most_bytes: int, alt: int, polls: None) -> None:
    told = terms(body(name), CAPABILITIES)
    assert told.pictures
    assert (told.pictures.most, told.pictures.max_bytes, told.pictures.max_alt) == (4, most_bytes, alt)
    assert (told.max_length, told.url_length, told.polls) == (None, None, polls)


def test_recorded_relations_name_the_account() -> None:
    for name, muting, blocking in (
        ("moderation/200_test_account_mute_unmute_3", True, False),
        ("moderation/200_test_account_block_unblock_1", False, True),
    ):
        said = body(name)
        assert (said["muting"], said["blocking"]) == (muting, blocking)


def test_a_recorded_upload_that_is_worked_on() -> None:
    it = exchange("media/202_test_media_post_False_0")["response"]
    assert (it["status"], it["json"]["id"], it["json"]["url"]) == (202, "117020619601888181", None)
