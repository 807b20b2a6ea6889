"""What an account's own place allows is kept whole, and is asked by when something is to be said there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.domain.account import HouseRules
from chalicelib.services.terms import house_rules, terms_of
from chalicelib.store.codec import decode, encode
from connectors.capabilities import OWN_PLACE, PictureLimits, Standing, Terms, VideoLimits
from connectors.contract import Draft
from connectors.options import Options, Poll, PollLimits
from connectors.registry import capabilities, objection
from tests.world import make_world

POLLS = PollLimits(2, 3, 20, timedelta(minutes=10), timedelta(days=2), many=True)
VIDEO = VideoLimits(frozenset({"video/mp4"}), 5_000_000, OWN_PLACE, 400, max_pixels=2_000_000, max_rate=60)
PICTURES = PictureLimits(2, frozenset({"image/png"}), 500_000, 400, 2000, 4_000_000)


@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(max_length=1000),
        Terms(polls=POLLS),
        Terms(1000, 30, PICTURES, POLLS),
        Terms(1000, 30, PICTURES, POLLS, video=VIDEO),
        Terms(video=VIDEO),
    ],
)
def test_terms_are_kept_and_told_again(tmp_path: Path, terms: Terms) -> None:
    rules = house_rules(terms)
    kept = None if rules is None else decode(HouseRules, encode(rules))
    account = replace(make_world(tmp_path).accounts["mastodon"], house_rules=kept)
    assert terms_of(account) == terms


def test_a_poll_that_the_place_does_not_take_is_objected_to() -> None:
    four = Draft("Tea?", options=Options(poll=Poll(("a", "b", "c", "d"), timedelta(days=1))))
    usual = capabilities("mastodon").polls
    assert usual is not None
    assert objection("mastodon", four, Terms(), Standing()) is None
    told = objection("mastodon", four, Terms(polls=POLLS), Standing())
    assert told is not None
    assert told.part == "options/poll"
    assert "4 choices" in told.why
