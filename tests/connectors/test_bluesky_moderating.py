"""Bluesky alone: hiding is a record of our own that others may change meanwhile, blocking one that another app may have made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.bluesky.moderating import MOST_HIDDEN, SWAPS
from connectors.bluesky.syntax import is_tid
from connectors.contract import Connector, RemoteRef
from connectors.errors import AuthExpired, Cause, Rejected, Retryable
from connectors.moderation import Moderation, Target
from connectors.registry import connect
from tests.connectors.kit import NOW
from tests.connectors.kit_bluesky import BLUESKY, CID, DID
from tests.connectors.kit_bluesky_verbs import (
    ANSWER,
    BLOCKS,
    DELETE,
    GATES,
    MISSING,
    OTHER,
    POSTS,
    PROFILE,
    PUT,
    RECORD,
    REPORT,
    ROOT,
    TARGET,
    shows_posts,
    shows_record,
    view_of,
)
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.verbs import Said

WRITTEN = Reply({"uri": "at://x/y/z", "cid": CID})
SWAPPED = Reply({"error": "InvalidSwap", "message": "Record was at bafyother"}, 400)


@pytest.fixture
def bluesky(server: Loopback) -> Connector:
    BLUESKY.prepare(server)
    server.on("POST", PUT, WRITTEN)
    server.on("POST", DELETE, Reply({}))
    return connect("bluesky", BLUESKY.sign_in(server.url))


def gate(*hidden: str, **more: Any) -> dict[str, Any]:
    return {"$type": GATES, "post": ROOT, "createdAt": "2026-01-01T00:00:00Z", "hiddenReplies": list(hidden), **more}


# --- hiding -----------------------------------------------------------------------------------------------------------


def test_the_first_gate_of_a_thread_lets_everybody_answer(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", RECORD, MISSING)
    bluesky.moderate(TARGET, Moderation.HIDE)
    sent = server.last(PUT).form
    assert (sent["collection"], sent["rkey"], sent["swapRecord"]) == (GATES, "3mroot", None)
    assert "allow" not in sent["record"]
    assert sent["record"]["hiddenReplies"] == [ANSWER]


def test_a_gate_that_is_there_is_kept_as_it_is_but_for_the_answer(bluesky: Connector, server: Loopback) -> None:
    allow = [{"$type": f"{GATES}#mentionRule"}]
    shows_record(server, GATES, "3mroot", gate("at://a/b/c", allow=allow, other="kept"))
    bluesky.moderate(TARGET, Moderation.HIDE)
    sent = server.last(PUT).form
    assert sent["swapRecord"] == CID
    assert sent["record"] == gate("at://a/b/c", ANSWER, allow=allow, other="kept")


@pytest.mark.parametrize(("action", "there"), [(Moderation.HIDE, [ANSWER]), (Moderation.UNHIDE, ["at://a/b/c"])])
def test_what_is_so_already_is_not_written(
    bluesky: Connector, server: Loopback, action: Moderation, there: list[str]
) -> None:
    shows_record(server, GATES, "3mroot", gate(*there))
    bluesky.moderate(TARGET, action)
    assert server.count("POST", PUT) == 0


def test_to_show_again_what_no_gate_hides_is_nothing(bluesky: Connector, server: Loopback) -> None:
    server.on("GET", RECORD, MISSING)
    bluesky.moderate(TARGET, Moderation.UNHIDE)
    assert server.count("POST", PUT) == 0


def test_a_gate_that_somebody_else_changed_is_read_again(bluesky: Connector, server: Loopback) -> None:
    states = [gate("at://a/b/1"), gate("at://a/b/1", "at://a/b/2")]
    server.on(
        "GET", RECORD, *(Reply({"uri": "at://x/y/z", "cid": f"cid-{n}", "value": it}) for n, it in enumerate(states))
    )
    server.on("POST", PUT, SWAPPED, WRITTEN)
    bluesky.moderate(TARGET, Moderation.HIDE)
    first, second = (it.form for it in server.asked if it.path == PUT)
    assert (first["swapRecord"], second["swapRecord"]) == ("cid-0", "cid-1")
    assert second["record"]["hiddenReplies"] == ["at://a/b/1", "at://a/b/2", ANSWER], "nothing of theirs is lost"


def test_a_gate_that_never_stands_still_is_left_for_later(bluesky: Connector, server: Loopback) -> None:
    shows_record(server, GATES, "3mroot", gate())
    server.on("POST", PUT, SWAPPED)
    with pytest.raises(Retryable) as busy:
        bluesky.moderate(TARGET, Moderation.HIDE)
    assert busy.value.code == "busy"
    assert server.count("POST", PUT) == SWAPS


def test_no_more_than_the_platform_hides(bluesky: Connector, server: Loopback) -> None:
    shows_record(server, GATES, "3mroot", gate(*(f"at://a/b/{n}" for n in range(MOST_HIDDEN))))
    with pytest.raises(Rejected) as full:
        bluesky.moderate(TARGET, Moderation.HIDE)
    assert full.value.code == "hidden-full"
    assert str(MOST_HIDDEN) in full.value.detail
    assert server.count("POST", PUT) == 0


def test_in_anothers_thread_nothing_can_be_hidden(bluesky: Connector, server: Loopback) -> None:
    theirs = replace(TARGET, ref=replace(TARGET.ref, root=RemoteRef(f"at://{OTHER}/{POSTS}/1")))
    with pytest.raises(Rejected) as refused:
        bluesky.moderate(theirs, Moderation.HIDE)
    assert refused.value.code == "not-moderator"
    assert server.count("POST", PUT) == 0


def test_a_root_that_is_not_told_is_looked_up(bluesky: Connector, server: Loopback) -> None:
    answer = Said("3manswer", "words", NOW)
    shows_posts(server, {ANSWER: view_of(answer, root=ROOT, parent=ROOT)})
    server.on("GET", RECORD, MISSING)
    bluesky.moderate(Target(RemoteRef(ANSWER)), Moderation.HIDE)
    assert server.last(PUT).form["rkey"] == "3mroot"
    shows_posts(server, {})
    with pytest.raises(Rejected) as gone:
        bluesky.moderate(Target(RemoteRef(ANSWER)), Moderation.HIDE)
    assert gone.value.code == "gone"


# --- blocking ---------------------------------------------------------------------------------------------------------


def blocked_by(server: Loopback, uri: str | None) -> None:
    server.on("GET", PROFILE, Reply({"did": OTHER, "viewer": {"blocking": uri} if uri else {}}))


def test_a_block_lies_under_a_key_that_follows_from_whom_it_blocks(bluesky: Connector, server: Loopback) -> None:
    blocked_by(server, None)
    bluesky.moderate(TARGET, Moderation.BLOCK)
    bluesky.moderate(TARGET, Moderation.BLOCK)
    first, second = (it.form for it in server.asked if it.path == PUT)
    assert first["rkey"] == second["rkey"]
    assert is_tid(first["rkey"])
    assert (first["swapRecord"], first["record"]["subject"]) == (None, OTHER)
    bluesky.moderate(replace(TARGET, author="did:plc:another"), Moderation.BLOCK)
    assert server.last(PUT).form["rkey"] != first["rkey"]


def test_a_block_that_another_app_made_is_enough(bluesky: Connector, server: Loopback) -> None:
    blocked_by(server, f"at://{DID}/{BLOCKS}/3mtheirs")
    bluesky.moderate(TARGET, Moderation.BLOCK)
    assert server.count("POST", PUT) == 0


def test_a_block_that_lies_there_already_is_no_error(bluesky: Connector, server: Loopback) -> None:
    """The AppView may not know of it yet."""
    blocked_by(server, None)
    server.on("POST", PUT, SWAPPED)
    bluesky.moderate(TARGET, Moderation.BLOCK)


def test_our_own_block_goes_even_where_the_appview_does_not_know_of_it(bluesky: Connector, server: Loopback) -> None:
    blocked_by(server, None)
    bluesky.moderate(TARGET, Moderation.BLOCK)
    key = server.last(PUT).form["rkey"]
    shows_record(server, BLOCKS, key, {"$type": BLOCKS, "subject": OTHER})
    bluesky.moderate(TARGET, Moderation.UNBLOCK)
    assert server.last(DELETE).form == {"repo": DID, "collection": BLOCKS, "rkey": key}
    server.on("GET", RECORD, MISSING)
    bluesky.moderate(TARGET, Moderation.UNBLOCK)
    assert server.count("POST", DELETE) == 1


def test_the_author_is_in_the_address_where_nobody_told(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", "/xrpc/app.bsky.graph.muteActor", Reply(raw=b""))
    bluesky.moderate(Target(RemoteRef(ANSWER)), Moderation.MUTE)
    assert server.asked[-1].form == {"actor": OTHER}
    with pytest.raises(Rejected) as refused:
        bluesky.moderate(Target(RemoteRef("1001")), Moderation.MUTE)
    assert refused.value.code == "no-author"


def test_a_report_names_what_it_is_about_as_it_stood(bluesky: Connector, server: Loopback) -> None:
    server.on("POST", REPORT, Reply({"id": 1}))
    shows_posts(server, {ANSWER: {"uri": ANSWER, "cid": "cid-now"}})
    bluesky.moderate(Target(RemoteRef(ANSWER), reason="x" * 3000), Moderation.REPORT)
    sent = server.last(REPORT).form
    assert sent["subject"]["cid"] == "cid-now"
    assert sent["reasonType"] == "com.atproto.moderation.defs#reasonOther"
    assert len(sent["reason"]) == 2000


# --- why an account is not let in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (400, "ExpiredToken", Cause.EXPIRED),
        (400, "InvalidToken", Cause.EXPIRED),
        (401, "AuthMissing", Cause.EXPIRED),
        (401, "AuthenticationRequired", Cause.REVOKED),
        (400, "AccountTakedown", Cause.SUSPENDED),
        (401, "AccountTakedown", Cause.SUSPENDED),
        (400, "AccountDeactivated", Cause.SUSPENDED),
        (400, "RepoTakendown", Cause.SUSPENDED),
        (400, "RepoSuspended", Cause.SUSPENDED),
        (403, "ScopeMissingError", Cause.SCOPE),
        (401, "SomethingNew", Cause.UNKNOWN),
    ],
)
def test_why_an_account_is_not_let_in_is_told_apart(
    bluesky: Connector, server: Loopback, status: int, code: str, cause: Cause
) -> None:
    server.on("POST", REPORT, Reply({"error": code, "message": "no"}, status))
    with pytest.raises(AuthExpired) as refused:
        bluesky.moderate(TARGET, Moderation.REPORT)
    assert (refused.value.code, refused.value.cause) == (code, cause)
