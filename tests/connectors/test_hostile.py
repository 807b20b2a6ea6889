"""Answers that nobody promised: a typed error or a partial page, never an untyped one, never a whole page for one bad item.

On the kits of the contract suite always, and on recorded bodies where they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Connector, Listening, RemoteRef
from connectors.errors import ConnectorError
from tests.connectors.conftest import CORPUS
from tests.connectors.hostile import Mutation, entries_of, mutated, mutations, sound
from tests.connectors.kit import NOW, Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.suite import has_joined, key_of, posted, ready, shown
from tests.connectors.test_contract_listening import ANSWER, LATER, MIDDLE, OURS, POST, ROOT

each_kit = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)
PATIENT = 5.0
"""Seconds: what is asked here is what comes of an answer, and a machine that pauses for a moment is none without one."""
some = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def three(kit: Kit) -> Any:
    prefix = "t1_" if kit.platform == "reddit" else ""
    return kit.inbox[1]([(f"{prefix}20{n}", f"hello {n}", NOW + timedelta(seconds=n)) for n in (3, 2, 1)])


def holds_well(call: Callable[[], object]) -> None:
    """What comes of it is a typed error, or what can be kept."""
    try:
        told = call()
    except ConnectorError as error:
        told = error
    if not isinstance(told, ConnectorError):
        sound(told)
        return
    assert told.code
    assert "SECRET" not in f"{told!r}{told}"


def _inbox(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    server.on("GET", kit.inbox[0], Reply(three(kit)))
    return lambda connector: connector.fetch_interactions(None)


def _all_listened_to(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    """Everything is switched on; what has no route here is answered as every reading that has one."""
    body = three(kit)
    server.reads = Reply(body)
    every = Listening(messages=True, moderated=("test",), communities=("test",), words=("tea",), word_places=("test",))
    return lambda connector: connector.fetch_interactions(None, every)


def _read(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    hears = has_joined(kit, "hears")
    hears.again(server, [ANSWER, MIDDLE, POST])
    return lambda connector: dict(connector.read([RemoteRef(hears.ref_id(one)) for one in (ANSWER, MIDDLE, POST)]))


def _thread(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    hears = has_joined(kit, "hears")
    hears.around(server, [ROOT, MIDDLE], POST, [ANSWER, OURS, LATER])
    return lambda connector: connector.thread(RemoteRef(hears.ref_id(POST)))


def _own_posts(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    has_joined(kit, "hears").own(server, [[OURS]])
    return lambda connector: connector.own_posts()


def _earlier(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    has_joined(kit, "hears").past(server, [[LATER, ANSWER], [MIDDLE]])

    def both(connector: Connector) -> object:
        first = connector.earlier(None, since=NOW - timedelta(days=1))
        sound(first)
        return first if first.token is None else connector.earlier(first.token, since=NOW - timedelta(days=1))

    return both


def _metrics(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    tells = has_joined(kit, "tells")
    tells.stage(server, dict.fromkeys(tells.ids, tells.post), tells.account, tells.communities)
    refs = [RemoteRef(one) for one in tells.ids]
    return lambda connector: connector.metrics(refs, account=bool(tells.account), communities=list(tells.communities))


def _look_up(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    posted(kit, server, (kit.created_id, kit.draft, NOW + timedelta(seconds=3)))
    return lambda connector: connector.find_published(kit.draft, key=key_of(connector), since=NOW)


def _confirm(kit: Kit, server: Loopback) -> Callable[[Connector], object]:
    shown(kit, server, kit.draft)
    return lambda connector: connector.confirm(kit.draft, kit.references[0].format(host=server.url))


READINGS = {
    "fetch_interactions": _inbox,
    "all_listened_to": _all_listened_to,
    "read": _read,
    "thread": _thread,
    "own_posts": _own_posts,
    "earlier": _earlier,
    "metrics": _metrics,
    "find_published": _look_up,
    "confirm": _confirm,
}


@each_kit
@pytest.mark.parametrize("reading", READINGS)
def test_whatever_comes_is_a_typed_error_or_what_can_be_kept(kit: Kit, reading: str) -> None:
    with Loopback() as server:
        call = READINGS[reading](kit, server)
        connector = ready(kit, server, PATIENT)
        if reading != "all_listened_to":  # there, one body answers for all
            call(connector)  # it goes well where nothing is odd

        @some
        @given(mutations)
        def holds(wanted: list[Mutation]) -> None:
            server.twist = lambda reply: Reply(mutated(reply.body, wanted), reply.status, reply.headers, reply.raw)
            holds_well(lambda: call(connector))

        holds()


@each_kit
def test_one_bad_item_never_costs_the_page(kit: Kit) -> None:
    with Loopback() as server:
        call = _inbox(kit, server)
        connector = ready(kit, server, PATIENT)
        body = three(kit)
        place = entries_of(body, 3)
        assert place is not None

        @some
        @given(mutations, st.integers(0, 2))
        def holds(wanted: list[Mutation], bad: int) -> None:
            server.twist = lambda reply: Reply(mutated(reply.body, wanted, (*place, bad)))
            page: Any = call(connector)
            sound(page)
            rest = {f"hello {3 - number}" for number in range(3) if number != bad}
            assert rest <= {one.text for one in page.items}

        holds()


@each_kit
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"7",
        b'"words"',
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": ' + b"9" * 5_000 + b"}",
        b'{"id": NaN, "data": Infinity}',
        b"\xff\xfe\x00",
        b'\xef\xbb\xbf{"data": []}',
        b'{"data": [], "data": [',
    ],
    ids=["empty", "null", "number", "word", "list", "object", "deep", "deeper", "huge", "nan", "bytes", "bom", "cut"],
)
def test_a_body_that_is_no_answer_is_a_typed_error_or_nothing(kit: Kit, reading: str, raw: bytes) -> None:
    with Loopback() as server:
        call = READINGS[reading](kit, server)
        connector = ready(kit, server, PATIENT)
        server.reads = Reply(raw=raw)
        holds_well(lambda: call(connector))


# --- recorded bodies --------------------------------------------------------------------------------------------------

RECORDED = {
    "x": ("x/mentions", "x/user_tweets", "x/search"),
    "reddit": ("reddit/inbox_all", "reddit/inbox_mentions", "reddit/inbox_unread", "reddit/inbox_comment_replies"),
    "mastodon": ("mastodon/notifications",),
    "bluesky": ("bluesky/notifications",),
}


def recordings(platform: str) -> list[Any]:
    """Bodies of the kinds that an inbox answers with."""
    found: list[Any] = []
    for folder in RECORDED.get(platform, ()):
        for path in sorted((CORPUS / folder).glob("*.json")):
            held = json.loads(path.read_text())
            body = held.get("response", {}).get("json") if isinstance(held, dict) and "response" in held else held
            if isinstance(body, dict | list) and len(json.dumps(body)) < 60_000:
                found.append(body)
    return found


@each_kit
def test_recorded_inboxes_twisted(kit: Kit) -> None:
    bodies = recordings(kit.platform)
    if not bodies:
        pytest.skip(f"needs recordings of {kit.platform}'s inbox (set PARLEY_CORPUS)")
    with Loopback() as server:
        connector = ready(kit, server, PATIENT)

        @settings(some, max_examples=150)
        @given(st.integers(0, len(bodies) - 1), mutations)
        def holds(which: int, wanted: list[Mutation]) -> None:
            server.on("GET", kit.inbox[0], Reply(mutated(bodies[which], wanted)))
            holds_well(lambda: connector.fetch_interactions(None))

        holds()


@each_kit
def test_half_a_character_is_told_as_a_mark(kit: Kit) -> None:
    """JSON can spell what no text can hold; the record could not keep it."""
    with Loopback() as server:
        connector = ready(kit, server, PATIENT)
        prefix = "t1_" if kit.platform == "reddit" else ""
        server.on("GET", kit.inbox[0], Reply(kit.inbox[1]([(f"{prefix}201", "half \ud800 and 👩‍💻", NOW)])))
        page = connector.fetch_interactions(None)
        sound(page)
        assert [one.text for one in page.items] == ["half \ufffd and 👩‍💻"]
