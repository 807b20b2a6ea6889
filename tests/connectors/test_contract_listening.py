"""The contract's ways of reading again, held by every platform: as it stands now, what stands around it, what was ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.contract import Connector, RemoteRef
from connectors.errors import ConnectorError, Rejected
from tests.connectors.kit import NOW, Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.suite import A_READING_THAT_FAILS, has_joined, ready
from tests.connectors.verbs import Hears, Said

pytestmark = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)


def said(number: int, parent: int | None = None, *, ours: bool = False) -> Said:
    above = None if parent is None else str(parent)
    return Said(str(number), f"words {number}", NOW + timedelta(seconds=number), above, ours)


ROOT, MIDDLE, POST = said(100), said(101, 100), said(102, 101)
ANSWER, OURS, LATER = said(103, 102), said(104, 102, ours=True), said(105, 103)


def joins(kit: Kit) -> Hears:
    return has_joined(kit, "hears")


def ref(hears: Hears, one: Said) -> RemoteRef:
    return RemoteRef(hears.ref_id(one))


# --- read -------------------------------------------------------------------------------------------------------------


def test_what_stands_there_is_read_and_what_is_gone_is_missing(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.again(server, [ANSWER, MIDDLE])

    got = connector.read([ref(hears, one) for one in (MIDDLE, POST, ANSWER)])

    assert set(got) == {hears.ref_id(MIDDLE), hears.ref_id(ANSWER)}
    for one in (MIDDLE, ANSWER):
        found = got[hears.ref_id(one)]
        assert (found.text, found.created_at, found.ref.id) == (one.text, one.made, hears.ref_id(one))
        assert found.native_id
        assert found.author.id


def test_an_edit_is_seen_and_it_is_the_same_post(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.again(server, [ANSWER])
    before = connector.read([ref(hears, ANSWER)])[hears.ref_id(ANSWER)]
    hears.again(server, [replace(ANSWER, text="other words")])
    after = connector.read([ref(hears, ANSWER)])[hears.ref_id(ANSWER)]

    assert (before.text, after.text) == (ANSWER.text, "other words")
    assert before.native_id == after.native_id
    assert before.created_at == after.created_at


def test_all_gone_is_nothing_and_nothing_asked_is_no_request(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.again(server, [])
    assert connector.read([ref(hears, ANSWER)]) == {}

    asked = len(server.asked)
    assert connector.read([]) == {}
    assert len(server.asked) == asked


# --- thread -----------------------------------------------------------------------------------------------------------


def test_above_is_root_first_below_is_oldest_first_and_ours_is_left_out(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.around(server, [ROOT, MIDDLE], POST, [LATER, OURS, ANSWER])

    got = connector.thread(ref(hears, POST))

    assert [one.text for one in got.above] == [ROOT.text, MIDDLE.text]
    assert [one.text for one in got.below] == [ANSWER.text, LATER.text]
    assert [one.ref.id for one in got.below] == [hears.ref_id(ANSWER), hears.ref_id(LATER)]
    assert {one.conversation_id for one in got.below} == {one.conversation_id for one in got.above[1:]}


def test_what_is_above_may_be_our_own(kit: Kit, server: Loopback) -> None:
    """A reviewer must see what was answered, most of all if we said it."""
    hears, connector = joins(kit), ready(kit, server)
    ours = replace(ROOT, ours=True)
    hears.around(server, [ours], replace(POST, parent=ours.number), [])

    got = connector.thread(ref(hears, replace(POST, parent=ours.number)))

    assert [one.text for one in got.above] == [ours.text]
    assert got.below == ()


def test_a_post_that_nobody_answered_stands_alone(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.around(server, [], ROOT, [])
    got = connector.thread(ref(hears, ROOT))
    assert (got.above, got.below, got.complete) == ((), (), True)


def test_the_thread_of_what_is_gone_is_refused_as_gone(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.gone(server, POST)
    with pytest.raises(Rejected) as refused:
        connector.thread(ref(hears, POST))
    assert refused.value.code == "gone"


def test_each_of_a_thread_names_what_it_answers_as_a_ref_names_it(kit: Kit, server: Loopback) -> None:
    """By that alone is known what was said to us, and what members say to one another under our post."""
    hears, connector = joins(kit), ready(kit, server)
    hears.around(server, [ROOT, MIDDLE], POST, [LATER, ANSWER])
    got = connector.thread(ref(hears, POST))
    assert [one.parent_id for one in got.above] == [None, hears.ref_id(ROOT)]
    assert [one.parent_id for one in got.below] == [hears.ref_id(POST), hears.ref_id(ANSWER)]


def test_a_post_is_known_by_the_same_id_from_everywhere(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    hears.again(server, [ANSWER])
    again = connector.read([ref(hears, ANSWER)])[hears.ref_id(ANSWER)]
    hears.around(server, [ROOT, MIDDLE], POST, [ANSWER])
    (below,) = connector.thread(ref(hears, POST)).below
    assert again.native_id == below.native_id


# --- own posts --------------------------------------------------------------------------------------------------------


def test_own_posts_come_newest_first_page_by_page_until_there_are_none(kit: Kit, server: Loopback) -> None:
    hears, connector = joins(kit), ready(kit, server)
    first = [said(209, ours=True), said(208, ours=True)]
    second = [said(207, ours=True)]
    hears.own(server, [first, second])

    newest = connector.own_posts()
    assert [(one.ref.id, one.text, one.created_at) for one in newest] == [
        (hears.ref_id(one), one.text, one.made) for one in first
    ]
    assert all(one.in_reply_to is None for one in newest)
    older = connector.own_posts(newest[-1].ref.id)
    assert [one.text for one in older] == [second[0].text]
    assert connector.own_posts(older[-1].ref.id) == ()


def test_an_answer_of_ours_says_whom_it_answered(kit: Kit, server: Loopback) -> None:
    """An account's history is what it began; what it answered stands in threads of others."""
    hears, connector = joins(kit), ready(kit, server)
    first = said(209, ours=True)
    hears.own(server, [[OURS, first]])
    answered = {one.ref.id: one.in_reply_to for one in connector.own_posts()}
    assert answered == {hears.ref_id(OURS): hears.ref_id(POST), hears.ref_id(first): None}


# --- when it fails ----------------------------------------------------------------------------------------------------

READINGS: dict[str, Callable[[Connector, Hears], object]] = {
    "read": lambda connector, hears: connector.read([ref(hears, ANSWER)]),
    "thread": lambda connector, hears: connector.thread(ref(hears, POST)),
    "own_posts": lambda connector, _hears: connector.own_posts(),
}


@pytest.mark.parametrize("reading", READINGS)
@A_READING_THAT_FAILS
def test_a_reading_that_fails_is_told_and_never_read_as_silence(
    kit: Kit, server: Loopback, reading: str, answer: Reply | str, error: type[ConnectorError]
) -> None:
    hears, connector = joins(kit), ready(kit, server)
    written = server.written()
    hears.again(server, [ANSWER])
    hears.around(server, [ROOT, MIDDLE], POST, [ANSWER])
    hears.own(server, [[OURS]])
    server.reads = answer

    with pytest.raises(error) as failed:
        READINGS[reading](connector, hears)

    assert "SECRET" not in f"{failed.value!r}{failed.value}"
    since = [path for _, path in server.written()[len(written) :]]
    assert [path for path in since if not path.endswith(("Session", "access_token"))] == [], (
        "reading changes nothing, but may sign in again"
    )
