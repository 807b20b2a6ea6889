"""The contract's way back into an inbox, held by every platform: page by page, to a bound, from wherever it was left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.contract import Connector, EarlierPage
from connectors.errors import ConnectorError
from tests.connectors.kit import NOW, Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.suite import A_READING_THAT_FAILS, has_joined, ready
from tests.connectors.test_contract_listening import said

pytestmark = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)

LONG_AGO = NOW - timedelta(days=30)
FIRST, SECOND, THIRD = [said(209), said(208)], [said(207), said(206)], [said(205)]


def back(connector: Connector, token: str | None = None) -> EarlierPage:
    return connector.earlier(token, since=LONG_AGO)


def texts(page: EarlierPage) -> list[str]:
    return [one.text for one in page.items]


def whole(connector: Connector) -> list[list[str]]:
    """The texts of each page, from the newest back, until there is no more."""
    found, token = [], None
    for _ in range(10):
        page = back(connector, token)
        found.append(texts(page))
        token = page.token
        if token is None:
            return found
    raise AssertionError("it has no end")


def test_an_inbox_is_read_back_page_by_page_until_there_is_no_more(kit: Kit, server: Loopback) -> None:
    has_joined(kit, "hears").past(server, [FIRST, SECOND, THIRD])
    pages = whole(ready(kit, server))
    told = [["words 208", "words 209"], ["words 206", "words 207"], ["words 205"]]
    assert [page for page in pages if page] == told, "the newest page first, each oldest first"


def test_a_page_is_told_again_from_its_token_by_another_connector(kit: Kit, server: Loopback) -> None:
    has_joined(kit, "hears").past(server, [FIRST, SECOND, THIRD])
    token = back(ready(kit, server)).token
    assert token is not None
    assert token.encode()
    first, again = back(ready(kit, server), token), back(ready(kit, server), token)
    assert texts(first) == texts(again) == ["words 206", "words 207"]
    assert first.token == again.token


def test_the_newest_page_is_what_the_first_reading_brings(kit: Kit, server: Loopback) -> None:
    """By that what is read back begins where the inbox's own reading began, and the cursor is none of its business."""
    has_joined(kit, "hears").past(server, [FIRST, SECOND])
    connector = ready(kit, server)
    page = connector.fetch_interactions(None)
    assert page.items == back(connector).items
    assert connector.fetch_interactions(None).cursor == page.cursor


def test_nothing_of_before_the_bound_is_told_and_a_whole_page_of_it_is_the_end(kit: Kit, server: Loopback) -> None:
    has_joined(kit, "hears").past(server, [FIRST, SECOND, THIRD])
    connector = ready(kit, server)
    bound = NOW + timedelta(seconds=208)
    newest = connector.earlier(None, since=bound)
    assert texts(newest) == ["words 208", "words 209"]
    older = connector.earlier(newest.token, since=bound)
    assert (texts(older), older.token) == ([], None)
    halfway = connector.earlier(None, since=NOW + timedelta(seconds=209))
    assert texts(halfway) == ["words 209"]
    assert halfway.token is not None, "one that is older says nothing of those behind it"


def test_an_empty_inbox_ends_at_once(kit: Kit, server: Loopback) -> None:
    has_joined(kit, "hears").past(server, [])
    page = back(ready(kit, server))
    assert (page.items, page.token) == ((), None)


def test_reading_back_changes_nothing(kit: Kit, server: Loopback) -> None:
    has_joined(kit, "hears").past(server, [FIRST, SECOND])
    connector = ready(kit, server)
    written = server.written()
    whole(connector)
    assert server.written() == written


@A_READING_THAT_FAILS
def test_a_page_that_fails_is_told_and_never_read_as_the_end(
    kit: Kit, server: Loopback, answer: Reply | str, error: type[ConnectorError]
) -> None:
    has_joined(kit, "hears").past(server, [FIRST, SECOND])
    connector = ready(kit, server)
    token = back(connector).token
    server.reads = answer
    with pytest.raises(error) as failed:
        back(connector, token)
    assert "SECRET" not in f"{failed.value!r}{failed.value}"


@pytest.mark.parametrize("token", ["", "words", "7", "[]", "{", '{"x": 1}', "\x00", "9" * 5000])
def test_a_token_that_nobody_can_read_begins_anew_or_ends(kit: Kit, server: Loopback, token: str) -> None:
    has_joined(kit, "hears").past(server, [FIRST])
    assert texts(back(ready(kit, server), token)) in (["words 208", "words 209"], [])
