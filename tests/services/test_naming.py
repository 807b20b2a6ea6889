"""Whom a text names is asked once before the send, and every repeat and every look-up says the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.domain.post import Body, Schedule, Variant, VariantState
from chalicelib.services import checking, lines, scheduling
from chalicelib.services.desk import Platforms
from connectors import errors
from connectors.contract import Draft, Lookup, NamesPeople
from tests.world import ScriptedConnector, World, make_world

TEXT = "Hello @ada.org and @bea.org"


@dataclass
class Book:
    """Whose a handle is, as a platform tells it from one moment to the next."""

    people: dict[str, str] = field(default_factory=lambda: {"ada.org": "did:plc:ada"})
    asked: int = 0
    away: bool = False
    sought: list[Mapping[str, str]] = field(default_factory=list)


@dataclass
class NamingConnector(ScriptedConnector):
    """A connector to a scripted platform that has to be told by id whom a text names."""

    book: Book

    def whom(self, draft: Draft) -> dict[str, str]:
        assert "@" in draft.text
        self.book.asked += 1
        if self.book.away:
            raise errors.Retryable(self.platform.name, "not now", retry_after=20)
        return dict(self.book.people)

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        self.book.sought.append(draft.named)
        return super().find_published(draft, key=key, since=since)


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def world(tmp_path: Path, book: Book) -> World:
    made = make_world(tmp_path)
    usual = made.desk.platforms
    made.desk = replace(
        made.desk,
        platforms=Platforms(
            capabilities=usual.capabilities,
            connect=lambda name, given: (
                NamingConnector(made.platforms[name], given, book)
                if name == "bluesky"
                else ScriptedConnector(made.platforms[name], given)
            ),
            length=usual.length,
            credential_problem=usual.credential_problem,
            client_id=usual.client_id,
        ),
    )
    return made


def due(world: World, platform: str, text: str = TEXT) -> Variant:
    at = world.clock.now()
    when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
    wish = checking.Wish(world.accounts[platform].id, Body(text), "/variants/0")
    return world.variant(scheduling.schedule(world.desk, world.caller, None, when, [wish], at).variants[0])


def speak(world: World, variant: Variant) -> Variant:
    lines.speak(world.desk, world.workspace.id, variant.account, [variant.id])
    return world.variant(variant.id)


def sent(world: World) -> list[Mapping[str, str]]:
    return [draft.named for draft in world.platforms["bluesky"].drafts]


def test_what_is_sent_names_whom_the_platform_told(world: World, book: Book) -> None:
    assert issubclass(NamingConnector, NamesPeople)
    assert speak(world, due(world, "bluesky")).state is VariantState.PUBLISHED
    assert sent(world) == [{"ada.org": "did:plc:ada"}]
    assert book.asked == 1


def test_after_a_lost_answer_the_same_people_are_named(world: World, book: Book) -> None:
    """The handle changes hands between the send and its repeat; what is said does not."""
    world.platforms["bluesky"].script.append("answer lost")
    variant = speak(world, due(world, "bluesky"))
    assert variant.state is VariantState.SENDING
    book.people = {"ada.org": "did:plc:another", "bea.org": "did:plc:bea"}
    world.clock.move(600)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert book.sought[-1] == {"ada.org": "did:plc:ada"}
    assert sent(world) == [{"ada.org": "did:plc:ada"}]
    assert book.asked == 1


def test_a_platform_that_is_away_has_taken_nothing(world: World, book: Book) -> None:
    book.away = True
    variant = speak(world, due(world, "bluesky"))
    assert variant.state is VariantState.SCHEDULED
    assert world.platforms["bluesky"].asked == 0
    book.away = False
    world.clock.move(60)
    assert speak(world, variant).state is VariantState.PUBLISHED


@pytest.mark.parametrize(("platform", "text"), [("bluesky", "nobody is named"), ("mastodon", TEXT)])
def test_who_need_not_be_asked_is_not_asked(world: World, book: Book, platform: str, text: str) -> None:
    assert speak(world, due(world, platform, text)).state is VariantState.PUBLISHED
    assert book.asked == 0
    assert world.platforms[platform].drafts[-1].named == {}
