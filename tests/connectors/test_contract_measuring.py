"""The contract's counting, held by every platform: what is not told is missing, and never zero."""

from __future__ import annotations

import pytest

from connectors.contract import Connector, RemoteRef
from connectors.errors import ConnectorError, Unsupported
from connectors.metrics import Counts, Measure, Metrics
from connectors.registry import capabilities
from tests.connectors.kit import Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.suite import A_READING_THAT_FAILS, has_joined, ready
from tests.connectors.verbs import Tells

pytestmark = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)


def ask(connector: Connector, tells: Tells) -> Metrics:
    refs = [RemoteRef(one) for one in tells.ids]
    return connector.metrics(refs, account=bool(tells.account), communities=list(tells.communities))


def test_a_platform_that_counts_nothing_says_so(kit: Kit, server: Loopback) -> None:
    if capabilities(kit.platform).measures:
        return
    connector = ready(kit, server)
    asked = len(server.asked)
    with pytest.raises(Unsupported):
        connector.metrics([kit.target])
    assert len(server.asked) == asked


def test_all_that_is_told_is_there_and_nothing_else(kit: Kit, server: Loopback) -> None:
    tells, connector = has_joined(kit, "tells"), ready(kit, server)
    one, two, gone = tells.ids
    other = {measure: number + 100 for measure, number in tells.post.items()}
    tells.stage(server, {two: other, one: tells.post}, tells.account, tells.communities)
    written = len(server.written())

    got = ask(connector, tells)

    assert dict(got.posts) == {one: tells.post, two: other}, f"{gone} is gone, and not zero"
    assert got.account == tells.account
    assert dict(got.communities) == tells.communities
    assert len(server.written()) == written, "counting changes nothing"


def test_what_the_platform_tells_is_what_it_declares(kit: Kit, server: Loopback) -> None:
    del server
    tells: Tells = has_joined(kit, "tells")
    told = {*tells.post, *tells.account, *(one for counts in tells.communities.values() for one in counts)}
    assert told == capabilities(kit.platform).measures


def test_a_measure_that_is_not_told_is_missing_and_a_zero_is_zero(kit: Kit, server: Loopback) -> None:
    tells, connector = has_joined(kit, "tells"), ready(kit, server)
    one = tells.ids[0]
    for lost in tells.post:
        rest: Counts = {measure: number for measure, number in tells.post.items() if measure is not lost}
        tells.stage(server, {one: rest}, tells.account, tells.communities)
        assert dict(ask(connector, tells).posts) == {one: rest}, lost
    zeros: dict[Measure, int] = dict.fromkeys(tells.post, 0)
    tells.stage(server, {one: zeros}, tells.account, tells.communities)
    assert dict(ask(connector, tells).posts) == {one: zeros}


def test_only_what_is_asked_is_told(kit: Kit, server: Loopback) -> None:
    tells, connector = has_joined(kit, "tells"), ready(kit, server)
    one = tells.ids[0]
    tells.stage(server, {one: tells.post}, tells.account, tells.communities)
    got = connector.metrics([RemoteRef(one)])
    assert dict(got.posts) == {one: tells.post}
    assert (dict(got.account), dict(got.communities)) == ({}, {})
    asked = len(server.asked)
    nothing = connector.metrics([])
    assert (dict(nothing.posts), dict(nothing.account), dict(nothing.communities)) == ({}, {}, {})
    assert len(server.asked) == asked


@A_READING_THAT_FAILS
def test_a_count_that_fails_is_told_and_is_not_nothing(
    kit: Kit, server: Loopback, answer: Reply | str, error: type[ConnectorError]
) -> None:
    tells, connector = has_joined(kit, "tells"), ready(kit, server)
    tells.stage(server, {tells.ids[0]: tells.post}, tells.account, tells.communities)
    server.reads = answer
    with pytest.raises(error):
        ask(connector, tells)
