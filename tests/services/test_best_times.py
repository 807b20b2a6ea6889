"""Best times are read from the record: published posts, and what people did under each within two days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.services import best_times, polling
from chalicelib.services.publishing import publish
from tests.world import World

DAY = 24 * 3600


def test_what_people_did_under_a_post_within_two_days_is_what_it_drew(world: World) -> None:
    """Ten weeks: on Saturdays at ten in Berlin people answer, on Mondays nobody does."""
    number = 0
    for week in range(10):
        for day, answers in ((0, 3), (2, 0)):
            variant = world.schedule("x", f"Week {week}, day {day}")
            publish(world.desk, variant.workspace, variant.id)
            remote = world.variant(variant.id).remote
            assert remote is not None
            for _ in range(answers):
                number += 1
                world.hears("x", "Lovely", number=number, author=f"m{number}", thread=remote.id)
                heard = world.platforms["x"].inbox[-1]
                world.platforms["x"].inbox[-1] = replace(heard, created_at=world.clock.now() + timedelta(hours=1))
            world.clock.move((2 if day == 0 else 5) * DAY)
        for _ in range(3):
            polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    advice = best_times.of(world.desk, world.workspace.id, world.accounts["x"].id, world.clock.now())
    (hint,) = advice.times.hints
    assert (advice.zone, hint.weekday, hint.hour) == ("Europe/Berlin", 5, 10)
    assert (hint.posts, hint.median, hint.median_of_rest, hint.above) == (10, 3, 0, 10)
    other = best_times.of(world.desk, world.workspace.id, world.accounts["mastodon"].id, world.clock.now())
    assert "too few" in (other.times.silent or "")


def test_an_account_that_is_not_there_has_none(world: World) -> None:
    with pytest.raises(NotFound):
        best_times.of(world.desk, world.workspace.id, "nobody", world.clock.now())
