"""Options in a body: part of what is approved and sent, and nothing where none was asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.differences import between
from chalicelib.domain.options import USUAL, Audience, Card, Options, Poll, WhoMayReply
from chalicelib.domain.post import Attachment, Body, Part, Remote, Under, Words
from chalicelib.store.codec import decode, encode
from connectors import options as connected

POLL = Poll(("Yes", "No"), timedelta(hours=1))
CARD = Card("https://example.org/", "A title", "What it is", "m1")
EACH = {
    "warning": Options(warning="Long"),
    "sensitive": Options(sensitive=True),
    "spoiler": Options(spoiler=True),
    "audience": Options(audience=Audience.UNLISTED),
    "who_may_reply": Options(who_may_reply=frozenset({WhoMayReply.MENTIONED, WhoMayReply.FOLLOWING})),
    "flair": Options(flair="f-1"),
    "poll": Options(poll=POLL),
    "card": Options(card=CARD),
    "crosspost": Options(crosspost="t3_900"),
}
ALL = Options(
    **{name: getattr(one, name) for name, one in EACH.items()}  # type: ignore[arg-type]
)


def test_what_was_approved_before_there_were_options_has_its_digest_still() -> None:
    """Digests as the release before made them: they stand in records."""
    long = Body(
        "Hello — ü", "T", "r/x", "de", Remote("t1_1"), (Attachment("m1", "alt"),), (Part("two", (), Under.FIRST),)
    )
    assert long.digest() == "ebxnybpaf2s2w43c2eoiaz5zv4wxtiecewbqpxvd"
    assert Body("Hello").digest() == "eaq54qnytmvrxp7fryvvwul65exmqfdflqxdxi2b"


@pytest.mark.parametrize("name", EACH)
def test_every_option_is_part_of_what_is_approved(name: str) -> None:
    plain, asking = Body("Hello"), Body("Hello", options=EACH[name])
    assert plain.digest() != asking.digest()
    assert list(EACH[name].told()) == [name]
    digests = {Body("Hello", options=one).digest() for one in EACH.values()}
    assert len(digests) == len(EACH)


@pytest.mark.parametrize(
    "other",
    [
        replace(ALL, poll=replace(POLL, many=True)),
        replace(ALL, poll=replace(POLL, lasts=timedelta(hours=2))),
        replace(ALL, poll=replace(POLL, choices=("No", "Yes"))),
        replace(ALL, card=replace(CARD, title="Another")),
        replace(ALL, card=replace(CARD, description="Another")),
        replace(ALL, card=replace(CARD, picture="m2")),
        replace(ALL, card=replace(CARD, picture=None)),
        replace(ALL, who_may_reply=frozenset({WhoMayReply.MENTIONED})),
    ],
)
def test_every_detail_of_an_option_is_too(other: Options) -> None:
    assert Body("a", options=ALL).digest() != Body("a", options=other).digest()


def test_they_are_kept_whole_and_a_record_without_them_stays_as_small() -> None:
    said = Words("Hello", options=ALL)
    assert decode(Words, encode(said)) == said
    assert "options" not in encode(Words("Hello"))
    assert decode(Words, {"text": "Hello"}).options == USUAL


def test_what_changed_is_told_in_words() -> None:
    changed = {one.what: one for one in between(Body("a"), Body("a", options=ALL))}
    assert set(changed) == {f"options/{name}" for name in EACH}
    assert changed["options/warning"].pieces
    assert changed["options/poll"].before is None
    assert changed["options/poll"].after == "Yes | No (1:00:00, one may be chosen)"
    assert changed["options/card"].after == "https://example.org/ | A title | What it is | m1"
    assert changed["options/audience"].after == "unlisted"
    assert changed["options/sensitive"].after == "yes"
    assert [one.what for one in between(Body("a", options=ALL), Body("a", options=ALL))] == []


def test_what_people_read_in_them_has_its_place() -> None:
    assert ALL.words == (
        ("warning", "Long"),
        ("poll/choices/0", "Yes"),
        ("poll/choices/1", "No"),
        ("card/url", "https://example.org/"),
        ("card/title", "A title"),
        ("card/description", "What it is"),
    )
    assert ALL.says_something
    assert not replace(ALL, card=None, crosspost=None).says_something
    assert ALL.lasting == replace(ALL, poll=None, card=None, crosspost=None)


def test_the_connectors_know_the_same_words() -> None:
    assert {one.value for one in Audience} == {one.value for one in connected.Audience}
    assert {one.value for one in WhoMayReply} == {one.value for one in connected.WhoMayReply}
    assert set(EACH) == {one.value for one in connected.Option}
