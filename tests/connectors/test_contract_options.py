"""The contract's options, held by every platform: what it has is sent, and what it has not is refused before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.capabilities import Ground, Platform, Standing, Terms
from connectors.contract import Connector, Draft
from connectors.errors import Ambiguous, ConnectorError, RateLimited, Unsupported
from connectors.options import USUAL, Audience, Card, Option, Options, Poll, WhoMayReply
from connectors.registry import capabilities, objection
from tests.connectors.kit import Kit
from tests.connectors.kits import KITS
from tests.connectors.loopback import CLOSE, CUT, HANG, Loopback, Reply
from tests.connectors.suite import has_joined, key_of, ready
from tests.connectors.verbs import Spoken

BY_PLATFORM = {kit.platform: kit for kit in KITS}
EACH = [(platform, option) for platform in Platform for option in Option]
HAS = [it for it in EACH if it[1] in capabilities(it[0]).options]
HAS_NOT = [it for it in EACH if it not in HAS]
each_that_it_has = pytest.mark.parametrize(("platform", "option"), HAS, ids=str)
each_kit = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.platform)

ASKING: dict[Option, Options] = {
    Option.WARNING: Options(warning="Long"),
    Option.SENSITIVE: Options(sensitive=True),
    Option.SPOILER: Options(spoiler=True),
    Option.AUDIENCE: Options(audience=Audience.UNLISTED),
    Option.WHO_MAY_REPLY: Options(who_may_reply=frozenset({WhoMayReply.MENTIONED})),
    Option.FLAIR: Options(flair="f-1"),
    Option.POLL: Options(poll=Poll(("Yes", "No"), timedelta(days=1))),
    Option.CARD: Options(card=Card("https://example.org/", "A title")),
    Option.CROSSPOST: Options(crosspost="t3_900"),
}


def staged(platform: Platform, option: Option, server: Loopback) -> tuple[Kit, Spoken, tuple[str, str]]:
    kit = BY_PLATFORM[platform]
    spoken = has_joined(kit, "speaks").get(option)
    assert spoken is not None, f"{platform} has {option}, but its kit does not say how that is said"
    spoken.stage(server)
    return kit, spoken, spoken.write or kit.write


def refused(kit: Kit, connector: Connector, server: Loopback, draft: Draft) -> None:
    asked = len(server.asked)
    with pytest.raises(Unsupported) as no:
        connector.publish(draft, key=key_of(connector))
    assert no.value.code
    assert len(server.asked) == asked
    told = objection(kit.platform, draft, Terms(), Standing(summoned=True))
    assert told is not None
    assert told.ground is Ground.UNSUPPORTED
    assert told.why
    assert told.way_out


def test_every_option_is_asked_for_here() -> None:
    for option, options in ASKING.items():
        assert options.asked == {option}
    assert set(ASKING) == set(Option)


@pytest.mark.parametrize(("platform", "option"), HAS_NOT, ids=str)
def test_what_the_platform_has_not_is_refused_before_anything_is_asked(
    platform: Platform, option: Option, server: Loopback
) -> None:
    kit = BY_PLATFORM[platform]
    connector = ready(kit, server)
    for draft in (kit.draft, kit.reply):
        refused(kit, connector, server, replace(draft, options=ASKING[option]))


@each_that_it_has
def test_what_is_asked_for_is_sent_in_one_write(platform: Platform, option: Option, server: Loopback) -> None:
    kit, spoken, write = staged(platform, option, server)
    assert option in spoken.draft.options.asked
    connector = ready(kit, server)
    before = len(server.written())
    server.on(*write, Reply(spoken.created or kit.created))

    receipt = connector.publish(spoken.draft, key=key_of(connector))

    assert receipt.ref.id
    assert server.written()[before:] == [write]
    assert spoken.carried(server.last(write[1]))
    if spoken.says:
        assert kit.sent_text(server.last(write[1]).form) == spoken.draft.text


@each_that_it_has
def test_what_is_not_asked_for_is_not_sent(platform: Platform, option: Option, server: Loopback) -> None:
    kit, spoken, _ = staged(platform, option, server)
    connector = ready(kit, server)
    server.on(*kit.write, Reply(kit.created))
    connector.publish(replace(kit.draft, options=USUAL), key=key_of(connector))
    assert not spoken.carried(server.last(kit.write[1]))


@each_that_it_has
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        *((Reply({"title": "down", "error": "down"}, status), Ambiguous) for status in (500, 502, 503, 504)),
        (HANG, Ambiguous),
        (CLOSE, Ambiguous),
        (CUT, Ambiguous),
        (Reply({}, 429, {"retry-after": "30"}), RateLimited),
    ],
    ids=["500", "502", "503", "504", "hang", "close", "cut", "429"],
)
def test_a_lost_answer_is_in_doubt_after_one_request(
    platform: Platform, option: Option, answer: Reply | str, error: type[ConnectorError], server: Loopback
) -> None:
    kit, spoken, write = staged(platform, option, server)
    connector = ready(kit, server)
    before = len(server.written())
    server.on(*write, answer)

    with pytest.raises(error):
        connector.publish(spoken.draft, key=key_of(connector))

    assert server.written()[before:] == [write]


@each_kit
def test_an_audience_or_reply_control_of_another_platform_is_refused(kit: Kit, server: Loopback) -> None:
    can, connector = capabilities(kit.platform), ready(kit, server)
    for audience in set(Audience) - can.audiences:
        refused(kit, connector, server, replace(kit.draft, options=Options(audience=audience)))
    for who in set(WhoMayReply) - can.who_may_reply:
        refused(kit, connector, server, replace(kit.draft, options=Options(who_may_reply=frozenset({who}))))
    assert bool(can.audiences) == (Option.AUDIENCE in can.options)
    assert bool(can.who_may_reply) == (Option.WHO_MAY_REPLY in can.options)


@each_kit
def test_a_poll_outside_the_limits_is_refused(kit: Kit, server: Loopback) -> None:
    limits, connector = capabilities(kit.platform).polls, ready(kit, server)
    assert (limits is not None) == (Option.POLL in capabilities(kit.platform).options)
    if limits is None:
        pytest.skip(f"{kit.platform} has no polls")
    some = tuple(f"choice {n}" for n in range(limits.max_choices + 1))
    fine = some[: limits.min_choices]
    wrong = [
        Poll(some, limits.shortest),
        Poll(fine[:-1], limits.shortest),
        Poll((*fine[:-1], "x" * (limits.max_choice + 1)), limits.shortest),
        Poll((*fine[:-1], " "), limits.shortest),
        Poll((*fine[:-1], fine[0]), limits.shortest),
        Poll(fine, limits.shortest - timedelta(seconds=1)),
        Poll(fine, limits.longest + timedelta(seconds=1)),
        *([] if limits.many else [Poll(fine, limits.shortest, many=True)]),
    ]
    for poll in wrong:
        refused(kit, connector, server, replace(kit.draft, options=Options(poll=poll)))


@each_kit
def test_options_of_a_later_part_are_refused(kit: Kit, server: Loopback) -> None:
    connector = ready(kit, server)
    asked = len(server.asked)
    part = Draft("Two", options=Options(sensitive=True))
    with pytest.raises(Unsupported):
        connector.publish(replace(kit.draft, thread=(part,)), key=key_of(connector))
    assert len(server.asked) == asked
