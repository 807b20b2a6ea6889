"""What saying something costs, and why it may not be said, told without asking anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connectors.capabilities import Ground, Platform, Price, Standing, Terms
from connectors.contract import Draft, Picture, RemoteRef
from connectors.options import Card, Options
from connectors.registry import objection, price
from connectors.x.prices import AS_OF

PARENT = RemoteRef("900")
DESCRIBED = Picture("m1", "image/png", 70, 1, 1, alt="A dot")


def test_a_link_makes_a_post_dear_and_the_price_says_what_it_would_be_without() -> None:
    assert price("x", Draft("Hello")) == Price(15_000, "post")
    for link in ("https://example.org/a", "example.org", "see http://example.org.", "café.com/x"):
        assert price("x", Draft(f"Hello {link}")) == Price(200_000, "post with a URL", 15_000, "its link"), link
    for none in ("Hello, world.Then more", "v1.2.3", "e.g. this", "someone@example.org", "1.5 cents"):
        assert price("x", Draft(none)) == Price(15_000, "post"), none


def test_a_reply_is_cheaper_and_descriptions_cost_a_request_each() -> None:
    assert price("x", Draft("Hello", in_reply_to=PARENT)) == Price(10_000, "summoned reply")
    told = price("x", Draft("Hello", pictures=(DESCRIBED, replace(DESCRIBED, alt=""))))
    assert told == Price(20_000, "post")
    told = price("x", Draft("See example.org", in_reply_to=PARENT, pictures=(DESCRIBED,)))
    assert told == Price(205_000, "summoned reply with a URL", 15_000, "its link")


def test_a_card_is_a_link() -> None:
    draft = Draft("Hello", options=Options(card=Card("https://example.org/")))
    assert price("x", draft) == Price(200_000, "post with a URL", 15_000, "its link")


def test_a_private_message_has_one_price() -> None:
    for text in ("Hello", "See https://example.org"):
        assert price("x", Draft(text, in_reply_to=RemoteRef("dm/1"))) == Price(15_000, "private message")


def test_the_price_list_has_a_day() -> None:
    assert date(2026, 4, 20) <= AS_OF


@pytest.mark.parametrize("platform", [Platform.REDDIT, Platform.MASTODON, Platform.BLUESKY])
def test_speaking_is_free_elsewhere(platform: Platform) -> None:
    assert price(platform, Draft("See https://example.org", pictures=(DESCRIBED,))) is None


@pytest.mark.parametrize(
    ("standing", "ground"),
    [
        (Standing(summoned=True), None),
        (Standing(summoned=None), None),
        (Standing(summoned=False, own=True), None),
        (Standing(summoned=False), Ground.NOT_SUMMONED),
    ],
    ids=["summoned", "unknown", "own", "not summoned"],
)
def test_on_x_only_those_are_answered_who_spoke_to_us(standing: Standing, ground: Ground | None) -> None:
    told = objection("x", Draft("Hello", in_reply_to=PARENT), Terms(), standing)
    assert (told.ground if told else None) == ground
    assert objection("x", Draft("Hello"), Terms(), standing) is None, "a post of its own answers nobody"


def test_a_post_on_reddit_stands_in_a_community() -> None:
    told = objection("reddit", Draft("Hello", title="T", community=" "), Terms(), Standing())
    assert told is not None
    assert told.ground is Ground.NO_COMMUNITY
    assert objection("reddit", Draft("Hello", title="T", community="r/test"), Terms(), Standing()) is None
    assert objection("reddit", Draft("Hello", in_reply_to=RemoteRef("t1_1")), Terms(), Standing()) is None


@pytest.mark.parametrize("platform", [Platform.MASTODON, Platform.BLUESKY])
def test_nothing_is_known_against_an_answer_elsewhere(platform: Platform) -> None:
    assert objection(platform, Draft("Hello", in_reply_to=PARENT), Terms(), Standing(summoned=False)) is None


def test_an_objection_never_holds_what_was_to_be_said() -> None:
    words = "a sentence that is nobody's business"
    for platform in Platform:
        told = objection(platform, Draft(words, in_reply_to=None), Terms(), Standing(summoned=False))
        assert told is None or words not in told.why + told.way_out
