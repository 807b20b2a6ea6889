"""The contract's moderation, held by every platform: a state asked for twice is one state, a write is sent once."""

from __future__ import annotations

import pytest

from connectors.capabilities import Platform
from connectors.errors import Ambiguous, AuthExpired, ConnectorError, RateLimited, Rejected, Retryable, Unsupported
from connectors.moderation import AS_MODERATOR, Moderation, Target
from connectors.registry import capabilities
from tests.connectors.kit import Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, CUT, HANG, Loopback, Reply
from tests.connectors.suite import has_joined, ready
from tests.connectors.verbs import Moderates

BY_PLATFORM = {kit.platform: kit for kit in KITS}
ACTIONS = [(platform, action) for platform in Platform for action in Moderation]
CAN = [it for it in ACTIONS if it[1] in capabilities(it[0]).moderations]
CANNOT = [it for it in ACTIONS if it not in CAN]
each_that_can = pytest.mark.parametrize(("platform", "action"), CAN, ids=str)


def staged(platform: Platform, action: Moderation, server: Loopback) -> tuple[Kit, Moderates]:
    kit = BY_PLATFORM[platform]
    moderates: Moderates = has_joined(kit, "moderates")
    moderates.stage(server, action)
    return kit, moderates


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)
def test_the_kit_knows_the_write_of_everything_that_the_platform_can(kit: Kit) -> None:
    if not capabilities(kit.platform).moderations:
        pytest.skip(f"{kit.platform} moderates nothing yet")
    moderates: Moderates = has_joined(kit, "moderates")
    assert set(moderates.write) == capabilities(kit.platform).moderations


@each_that_can
def test_a_state_asked_for_twice_is_one_state(platform: Platform, action: Moderation, server: Loopback) -> None:
    kit, moderates = staged(platform, action, server)
    connector = ready(kit, server)

    connector.moderate(moderates.target, action)
    assert server.count(*moderates.write[action]) == 1
    assert moderates.carried(server.last(moderates.write[action][1]), action)

    connector.moderate(moderates.target, action)
    assert server.count(*moderates.write[action]) <= 2


@each_that_can
def test_what_leads_back_is_another_write(platform: Platform, action: Moderation, server: Loopback) -> None:
    """An action is not taken for another: what the write carries tells them apart."""
    kit, moderates = staged(platform, action, server)
    ready(kit, server).moderate(moderates.target, action)
    write = moderates.write[action]
    others = [other for other in moderates.write if other is not action and moderates.write[other] == write]
    assert [other for other in others if moderates.carried(server.last(write[1]), other)] == []


@pytest.mark.parametrize(("platform", "action"), CANNOT, ids=str)
def test_what_the_platform_has_not_is_unsupported_before_anything_is_asked(
    platform: Platform, action: Moderation, server: Loopback
) -> None:
    kit = BY_PLATFORM[platform]
    connector = ready(kit, server)
    asked = len(server.asked)
    target = kit.moderates.target if kit.moderates else Target(kit.target, "7", "someone", "test", on_own=True)
    with pytest.raises(Unsupported) as refused:
        connector.moderate(target, action)
    assert refused.value.code
    assert len(server.asked) == asked


@each_that_can
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        *((Reply({"error": "down"}, status), Retryable) for status in (500, 502, 503, 504)),
        (Reply(raw=b"<html>down</html>", status=502, headers={"content-type": "text/html"}), Retryable),
        (HANG, Retryable),
        (CLOSE, Retryable),
        (CUT, Retryable),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
        (Reply({"error": "ExpiredToken"}, 401), AuthExpired),
        (Reply({"error": "no", "title": "Forbidden"}, 403), Rejected),
    ],
    ids=["500", "502", "503", "504", "502-html", "hang", "close", "cut", "429", "401", "403"],
)
def test_a_moderation_that_fails_was_sent_once_and_may_be_asked_again(
    platform: Platform, action: Moderation, answer: Reply | str, error: type[ConnectorError], server: Loopback
) -> None:
    kit, moderates = staged(platform, action, server)
    connector = ready(kit, server)
    server.on(*moderates.write[action], answer)

    with pytest.raises(error) as failed:
        connector.moderate(moderates.target, action)

    assert server.count(*moderates.write[action]) == 1
    assert not isinstance(failed.value, Ambiguous), "a state may be asked for twice"
    assert failed.value.code
    assert "SECRET" not in f"{failed.value!r}{failed.value}"


@pytest.mark.parametrize(("platform", "action"), [it for it in CAN if it[1] in AS_MODERATOR], ids=str)
def test_somebody_who_is_no_moderator_is_told_so(platform: Platform, action: Moderation, server: Loopback) -> None:
    kit, moderates = staged(platform, action, server)
    connector = ready(kit, server)
    assert moderates.no_moderator is not None
    server.on(*moderates.write[action], moderates.no_moderator)
    with pytest.raises(Rejected) as refused:
        connector.moderate(moderates.target, action)
    assert refused.value.code == "not-moderator"
    assert server.count(*moderates.write[action]) == 1
