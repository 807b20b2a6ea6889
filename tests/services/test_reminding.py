"""Those who may approve are told in time, once, in one mail; what was missed is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.access import Caller, Role
from chalicelib.domain.post import VariantState
from chalicelib.ports import Mail, MailRefused
from chalicelib.services import approving, changing, ticking
from chalicelib.services.changing import Edit
from tests.services.approvals import HOUR, asking, person, proposed, when
from tests.world import World, make_world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path)
    sent: list[Mail] = []
    monkeypatch.setattr(type(world.mail), "send", lambda _, mail: sent.append(mail))
    monkeypatch.setattr(world, "sent", sent, raising=False)
    return world


@pytest.fixture
def ann(world: World) -> Caller:
    return person(world, Role.MANAGER, "ann")


def told(world: World) -> list[tuple[str, str]]:
    """To whom mails went, and of what they speak; each is told once."""
    sent: list[Mail] = world.sent  # type: ignore[attr-defined]
    found = [(one.to[0], one.subject) for one in sent]
    sent.clear()
    return found


def tick(world: World, hours: float) -> None:
    assert ticking.tick(world.desk, world.clock.move(hours * HOUR.total_seconds())).failures == ()


def test_a_reminder_goes_to_whose_yes_counts_once_and_in_one_mail(world: World, ann: Caller) -> None:
    asking(world)
    person(world, Role.REVIEWER, "rita")
    first, second = proposed(world, "Secret words", at=when(5)), proposed(world, at=when(5, 1))
    tick(world, 2)
    assert told(world) == [], "two hours before is early enough"
    tick(world, 1.1)
    assert told(world) == [
        (
            "ann@desk.example",
            "2 posts want your approval, the first before Sat 21 Nov 2026, 15:00 (Europe/Berlin) in Desk",
        )
    ]
    for one in (first, second):
        left = world.variant(one.id)
        assert (left.state, left.remind_at) == (VariantState.AWAITING_APPROVAL, None)
    tick(world, 0.5)
    assert told(world) == []


def test_the_mail_holds_neither_words_nor_names(world: World, ann: Caller) -> None:
    asking(world)
    proposed(world, "Secret words")
    tick(world, 1.5)
    (mail,) = world.sent  # type: ignore[attr-defined]
    for content in (mail.subject, mail.text, mail.html):
        assert "Secret" not in content
        assert "ann" not in content.replace("channel", "")


def test_what_is_near_is_told_of_at_once_and_again_where_it_was_changed(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world, at=when(1))
    tick(world, 0)
    assert [to for to, _ in told(world)] == ["ann@desk.example"]
    approving.approve(world.desk, ann, variant.id, 1, world.clock.now())
    tick(world, 0.1)
    assert told(world) == []
    changing.edit(world.desk, world.caller, variant.id, Edit(1, text="Changed"), world.clock.now())
    tick(world, 0.1)
    assert [to for to, _ in told(world)] == ["ann@desk.example"]


def test_where_nobody_s_yes_would_count_somebody_hears_of_it(world: World) -> None:
    asking(world)
    proposed(world, at=when(1))
    tick(world, 0)
    assert [to for to, _ in told(world)] == ["owner@desk.example"]


def test_what_was_missed_is_told_to_its_author_and_to_whoever_might_have_approved_it(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world, at=when(1))
    tick(world, 0)
    told(world)
    tick(world, 2.01)
    assert world.variant(variant.id).state is VariantState.MISSED
    assert sorted(told(world)) == [
        (f"{name}@desk.example", f"Not said for want of approval: {variant.id} in Desk") for name in ("ann", "owner")
    ]
    tick(world, 1)
    assert told(world) == []


def test_a_mail_that_nobody_took_is_tried_again_three_times_in_all(
    world: World, ann: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(world)
    variant = proposed(world, at=when(1.5))
    tries: list[str] = []

    def refuse(_: object, mail: Mail) -> None:
        tries.append(mail.id)
        raise MailRefused("the server is away")

    monkeypatch.setattr(type(world.mail), "send", refuse)
    for _ in range(8):
        tick(world, 0.2)
    assert len(tries) == 3
    assert len(set(tries)) == 3
    assert world.variant(variant.id).remind_at is None


def test_what_is_approved_in_time_is_not_missed(world: World, ann: Caller) -> None:
    asking(world)
    variant = proposed(world, at=when(1))
    approving.approve(world.desk, ann, variant.id, 1, world.clock.now())
    tick(world, 2.5)
    assert world.variant(variant.id).state is VariantState.SCHEDULED
    assert told(world) == []
