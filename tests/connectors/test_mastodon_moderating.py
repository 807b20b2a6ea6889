"""What Mastodon is asked for when somebody is muted, blocked or reported, and what it says when they are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.contract import Connector, RemoteRef
from connectors.errors import Rejected
from connectors.moderation import Moderation, Target
from connectors.registry import connect
from tests.connectors.kit_mastodon import MASTODON
from tests.connectors.loopback import Loopback, Reply

REPORTS = "/api/v1/reports"
TARGET = Target(RemoteRef("2001"), "7", "someone@far.example", reason="rude")
DONE, GONE = Reply({"id": "7"}), Reply({"error": "Record not found"}, 404)


@pytest.fixture
def mastodon(server: Loopback) -> Connector:
    return connect("mastodon", MASTODON.sign_in(server.url))


def test_a_mute_may_end_by_itself_and_a_block_does_not(mastodon: Connector, server: Loopback) -> None:
    for action in (Moderation.MUTE, Moderation.BLOCK):
        server.on("POST", f"/api/v1/accounts/7/{action}", DONE)
        mastodon.moderate(replace(TARGET, days=2), action)
    assert server.last("/api/v1/accounts/7/mute").form["duration"] == "172800"
    assert "duration" not in server.last("/api/v1/accounts/7/block").form


def test_who_wrote_it_is_asked_where_nobody_knows(mastodon: Connector, server: Loopback) -> None:
    server.on("GET", "/api/v1/statuses/2001", Reply({"id": "2001", "account": {"id": "7"}}))
    server.on("POST", "/api/v1/accounts/7/block", DONE)
    mastodon.moderate(replace(TARGET, author=None), Moderation.BLOCK)
    assert server.count("POST", "/api/v1/accounts/7/block") == 1


def test_a_report_names_the_status_and_stays_on_the_instance(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", REPORTS, DONE)
    mastodon.moderate(replace(TARGET, reason="x" * 2000), Moderation.REPORT)
    assert server.last(REPORTS).form == {
        "account_id": "7",
        "category": "other",
        "comment": "x" * 1000,
        "status_ids[]": "2001",
    }


def test_an_account_that_was_reported_without_a_status_is_reported_alone(mastodon: Connector, server: Loopback) -> None:
    server.on("POST", REPORTS, DONE)
    page = RemoteRef("5", f"{server.url}/admin/reports/5")
    mastodon.moderate(replace(TARGET, ref=page), Moderation.REPORT)
    assert "status_ids[]" not in server.last(REPORTS).form


@pytest.mark.parametrize("action", [Moderation.MUTE, Moderation.UNBLOCK, Moderation.REPORT])
@pytest.mark.parametrize("author", ["7", None])
def test_who_is_gone_is_told_as_gone(
    mastodon: Connector, server: Loopback, action: Moderation, author: str | None
) -> None:
    for path in ("/api/v1/statuses/2001",):
        server.on("GET", path, GONE)
    for path in (f"/api/v1/accounts/7/{action}", REPORTS):
        server.on("POST", path, GONE)
    with pytest.raises(Rejected) as gone:
        mastodon.moderate(replace(TARGET, author=author), action)
    assert gone.value.code == "gone"
