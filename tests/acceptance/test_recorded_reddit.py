"""Real recorded inboxes through real praw into the real pipeline: each t1 toward us once, decided, with its reason.

The recordings lie beside the project (tests/corpus.py says where); without them these tests are skipped, visibly.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import TriageAction
from chalicelib.services import accounts, polling, triaging
from chalicelib.services.desk import Desk, keyed_id
from chalicelib.store import keys
from tests.corpus import corpus
from tests.world import World

SEQUENCES = (
    "sequences/praw_TestInbox.test_unread.json",
    "sequences/praw_TestInbox.test_mark_unread.json",
    "sequences/asyncpraw_TestInbox.test_stream.json",
)
PAGES = (
    "inbox_mentions/200_praw_TestInbox.test_mentions_1.json",
    "inbox_comment_replies/200_praw_TestInbox.test_comment_replies_1.json",
    "inbox_comment_replies/200_praw_TestComment.test_mark_unread_1.json",
    "inbox_comment_replies/200_asyncpraw_TestComment.test_mark_unread_1.json",
    "inbox_post_replies/200_praw_TestInbox.test_submission_replies_1.json",
    "inbox_post_replies/200_asyncpraw_TestInbox.test_submission_replies_1.json",
    "inbox_unread/200_praw_TestComment.test_mark_read_1.json",
    "inbox_unread/200_praw_TestInbox.test_mark_read_1.json",
    "inbox_all/200_praw_TestInbox.test_mark_all_read_1.json",
    "inbox_messages/200_praw_TestInbox.test_message_1.json",
)
OURS = "<USERNAME>"
"""The handle that the recordings put in the place of the account's own."""


def exchanges(file: Path) -> list[dict[str, Any]]:
    recorded = json.loads(file.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = recorded.get("sequence") or [recorded]
    return found


def listings(file: Path) -> list[dict[str, Any]]:
    """The recorded answers to reads of the inbox, in the recorded order."""
    return [
        one["response"]
        for one in exchanges(file)
        if one["request"]["method"] == "GET" and (one["response"].get("json") or {}).get("kind") == "Listing"
    ]


class Replay:
    """Answers every read of the inbox with the next recorded listing, the last one again once all were given."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self.answers = answers
        self.given = 0

    def next(self) -> dict[str, Any]:
        answer = self.answers[min(self.given, len(self.answers) - 1)]
        self.given += 1
        return answer


@contextmanager
def serving(replay: Replay) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 86400, "scope": "*"}, {})

        def do_GET(self) -> None:
            if self.path.startswith("/api/v1/me"):
                self._answer(200, {"id": "ours", "name": OURS}, {})
                return
            recorded = replay.next()
            limits = {name: value for name, value in recorded["headers"].items() if name.lower().startswith("x-rate")}
            # One page is one whole read here: what lay behind `after` was not recorded.
            body = {**recorded["json"], "data": {**recorded["json"]["data"], "after": None}}
            self._answer(recorded["status"], body, limits)

        def _answer(self, status: int, body: Any, headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json; charset=UTF-8"}.items():
                self.send_header(name, value if isinstance(value, str) else value[0])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def connected(world: World, url: str) -> tuple[Desk, str]:
    """The world's desk with the real connectors, and the id of a Reddit account at this address."""
    desk = replace(
        world.desk,
        platforms=bootstrap.platforms(),
        policy=replace(
            world.desk.policy,
            hosts={"reddit": (url,)},
            timing={**world.desk.policy.timing, "reddit": world.desk.policy.timing["x"]},
        ),
    )
    caller = Caller(world.workspace.id, world.caller.member, Role.OWNER, "token")
    credential = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "user_agent": "test"}
    account = accounts.connect(desk, caller, "reddit", credential, url, world.clock.now())
    return desk, account.id


def read_all(desk: Desk, world: World, account_id: str, replay: Replay) -> list[Interaction]:
    """Poll until every recorded answer was given, then twice more; triage whatever is new after each poll."""
    for _ in range(len(replay.answers) + 2):
        account = desk.store.accounts.get(world.workspace.id, account_id)
        assert account is not None
        polled = polling.poll_account(desk, account, world.clock.now())
        assert polled.failure is None
        for one in desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=1000).items:
            triaging.triage(desk, world.workspace.id, one.id, world.clock.now())
        world.clock.move(60)
    return desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=1000).items


def expected(answers: list[dict[str, Any]]) -> set[str]:
    """Fullnames of the t1 items toward the account: what its own user wrote is no interaction."""
    return {
        child["data"]["name"]
        for answer in answers
        for child in answer["json"]["data"]["children"]
        if child["kind"] == "t1" and child["data"].get("author") != OURS
    }


@pytest.mark.parametrize("name", [*SEQUENCES, *PAGES])
def test_a_recorded_inbox_is_stored_once_and_decided(world: World, name: str) -> None:
    replay = Replay(listings(corpus() / "reddit" / name))
    assert replay.answers
    with serving(replay) as url:
        desk, account = connected(world, url)
        stored = read_all(desk, world, account, replay)

    ids = {
        keyed_id(desk.key(world.workspace.id), "interaction", "reddit", one): one for one in expected(replay.answers)
    }
    assert {one.id for one in stored} == set(ids)
    assert len(stored) == len(ids)
    for one in stored:
        assert one.decision is not None
        assert one.decision.rationale.why
        assert one.decision.guideline
        assert one.decision.classifier
        assert (
            one.state
            is {
                TriageAction.IGNORE: InteractionState.IGNORED,
                TriageAction.ANSWER: InteractionState.ANSWERING,
                TriageAction.REVIEW: InteractionState.IN_REVIEW,
                TriageAction.ESCALATE: InteractionState.ESCALATED,
            }[one.decision.action]
        )
        if one.state is InteractionState.IN_REVIEW:
            item = desk.store.reviews.get(world.workspace.id, one.review or "")
            assert item is not None
            assert item.about == one.id
            assert item.deadline > item.opened_at + timedelta(minutes=1)


def test_a_moderators_notice_is_never_answered_automatically(world: World) -> None:
    """The recorded mentions are a bot's removal notices: a person has to see them, whatever they thank us for."""
    replay = Replay(listings(corpus() / "reddit" / PAGES[0]))
    with serving(replay) as url:
        desk, account = connected(world, url)
        stored = read_all(desk, world, account, replay)
    assert stored
    assert {one.state for one in stored} <= {InteractionState.IN_REVIEW, InteractionState.ESCALATED}
