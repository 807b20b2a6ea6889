"""Never twice, never silently lost: the publish road against platforms that lose answers, refuse, and vanish."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.post import VariantState
from chalicelib.ports import ConditionFailed
from chalicelib.services import accounts, changing, publishing
from chalicelib.services.ticking import tick
from tests.world import Killed, World

PLATFORMS = ("x", "mastodon", "bluesky")
SETTLED_AFTER = 65 + 30 + 10 + 2 + 1


def publish(world: World, variant_id: str) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant_id)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_due_is_said_once_however_often_it_is_hinted(world: World, platform: str) -> None:
    variant = world.schedule(platform, "Hello", seconds=5)
    assert publish(world, variant.id) is VariantState.SCHEDULED
    assert not world.platforms[platform].posted
    world.clock.move(5)
    assert [publish(world, variant.id) for _ in range(3)] == [VariantState.PUBLISHED] * 3
    assert [text for text, _, _ in world.platforms[platform].posted] == ["Hello"]
    done = world.variant(variant.id)
    assert done.remote is not None
    assert done.remote.url == f"https://{platform}.example/1"
    assert done.published_at == world.clock.now()


def test_each_change_of_state_carries_who_when_and_why(world: World) -> None:
    variant = world.schedule("x")
    publish(world, variant.id)
    events = world.variant(variant.id).events
    assert [(one.act, one.before, one.after) for one in events] == [
        ("schedule", None, "scheduled"),
        ("claim", "scheduled", "sending"),
        ("commit", "sending", "published"),
    ]
    assert all(one.why and one.actor.id and one.at for one in events)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("act", ["lands, answer lost", "lands, killed"])
def test_an_answer_that_was_lost_is_found_and_never_said_again(world: World, platform: str, act: str) -> None:
    world.platforms[platform].script.append(act)
    variant = world.schedule(platform)
    if act.endswith("killed"):
        with pytest.raises(Killed):
            publish(world, variant.id)
    else:
        assert publish(world, variant.id) is VariantState.SENDING
    world.clock.move(SETTLED_AFTER)
    assert world.variant(variant.id).in_doubt(world.clock.now())
    assert publish(world, variant.id) is VariantState.PUBLISHED
    assert len(world.platforms[platform].posted) == 1
    assert world.platforms[platform].asked == 1


@pytest.mark.parametrize("act", ["answer lost", "killed"])
def test_what_did_not_land_is_said_again_only_where_its_absence_is_proved(world: World, act: str) -> None:
    for platform in PLATFORMS:
        world.platforms[platform].script.append(act)
        variant = world.schedule(platform)
        with suppress(Killed):
            publish(world, variant.id)
        world.clock.move(SETTLED_AFTER)
        state = publish(world, variant.id)
        if platform == "x":
            assert state is VariantState.NEEDS_REVIEW
            assert not world.platforms[platform].posted
        else:
            assert state is VariantState.PUBLISHED
            assert len(world.platforms[platform].posted) == 1


def test_what_was_left_in_doubt_over_a_long_outage_is_not_said_hours_late(world: World) -> None:
    world.platforms["bluesky"].script.append("killed")
    variant = world.schedule("bluesky")
    with pytest.raises(Killed):
        publish(world, variant.id)
    world.clock.move(5 * 3600)
    assert publish(world, variant.id) is VariantState.NEEDS_REVIEW
    assert not world.platforms["bluesky"].posted


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_a_post_that_was_found_belongs_to_one_variant_only(world: World, platform: str) -> None:
    """Two that say the same: what the first one posted proves nothing about the second, whose answer was lost."""
    first, second = world.schedule(platform, "Same words"), world.schedule(platform, "Same words")
    publish(world, first.id)
    world.platforms[platform].script.append("answer lost")
    world.platforms[platform].found_by_text = True
    publish(world, second.id)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, second.id) is VariantState.NEEDS_REVIEW
    assert "belongs to another" in (world.variant(second.id).reason or "")


def test_two_in_doubt_that_say_the_same_do_not_share_one_post(world: World) -> None:
    world.platforms["x"].script.extend(["lands, answer lost", "answer lost"])
    first, second = (world.schedule("x", "Same words") for _ in range(2))
    publish(world, first.id)
    assert publish(world, second.id) is VariantState.SCHEDULED
    world.clock.move(SETTLED_AFTER)
    assert publish(world, first.id) is VariantState.PUBLISHED
    publish(world, second.id)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, second.id) is VariantState.NEEDS_REVIEW


def test_the_key_of_a_send_is_the_same_on_every_attempt(world: World) -> None:
    world.platforms["mastodon"].script.extend(["busy", "answer lost", "well"])
    variant = world.schedule("mastodon")
    publish(world, variant.id)
    first = world.variant(variant.id).key
    world.clock.move(30)
    publish(world, variant.id)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.PUBLISHED
    assert [key for _, key, _ in world.platforms["mastodon"].posted] == [first]


def test_nobody_takes_over_before_the_wait_is_over(world: World) -> None:
    world.platforms["mastodon"].script.append("answer lost")
    variant = world.schedule("mastodon")
    publish(world, variant.id)
    world.clock.move(SETTLED_AFTER - 2)
    assert publish(world, variant.id) is VariantState.SENDING
    assert world.variant(variant.id).attempts == 1
    world.clock.move(3)
    assert publish(world, variant.id) is VariantState.PUBLISHED


def test_what_cannot_be_known_waits_visibly_for_a_person_and_in_the_same_write(world: World) -> None:
    world.platforms["x"].script.append("answer lost")
    variant = world.schedule("x")
    publish(world, variant.id)
    world.clock.move(SETTLED_AFTER)
    publish(world, variant.id)
    (item,) = world.desk.store.reviews.listed(f"W#{world.workspace.id}#REVIEW", limit=10).items
    assert item.about == variant.id
    assert "not in the listing" in item.question


def test_where_nothing_happened_it_is_asked_again_no_sooner_than_the_platform_wants(world: World) -> None:
    world.platforms["x"].script.append("busy")
    variant = world.schedule("x")
    assert publish(world, variant.id) is VariantState.SCHEDULED
    world.clock.move(19)
    publish(world, variant.id)
    assert world.platforms["x"].asked == 1
    world.clock.move(1)
    assert publish(world, variant.id) is VariantState.PUBLISHED


def test_a_rate_limit_parks_the_account_not_only_the_post(world: World) -> None:
    world.platforms["x"].script.append("limited")
    first, second = world.schedule("x", "One"), world.schedule("x", "Two")
    publish(world, first.id)
    publish(world, second.id)
    assert world.platforms["x"].asked == 1
    world.clock.move(300)
    assert publish(world, second.id) is VariantState.PUBLISHED


def test_a_refusal_ends_it_with_the_platforms_reason(world: World) -> None:
    world.platforms["x"].script.append("refused")
    variant = world.schedule("x")
    assert publish(world, variant.id) is VariantState.FAILED
    assert "links" in (world.variant(variant.id).reason or "")


@pytest.mark.parametrize("where", ["before", "during"])
def test_a_signed_out_account_holds_its_posts_until_it_signs_in(world: World, where: str) -> None:
    if where == "before":
        world.platforms["x"].signs_in = False
    else:
        world.platforms["x"].script.append("signed out")
    variant = world.schedule("x")
    assert publish(world, variant.id) is VariantState.HELD
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts["x"].id)
    assert account is not None
    assert account.state.value == "needs_reconnect"


@pytest.mark.parametrize("where", ["before", "during"])
def test_a_worker_slower_than_the_member_who_signs_in_again_holds_nothing(
    world: World, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing in releases what is held by then: what is held after that would stay held for ever."""
    if where == "before":
        world.platforms["x"].signs_in = False
    else:
        world.platforms["x"].script.append("signed out")
    variant = world.schedule("x")
    signed_out = accounts.signed_out

    def then_signs_in_again(*given: Any) -> None:
        signed_out(*given)
        world.platforms["x"].signs_in = True
        accounts.connect(world.desk, world.caller, "x", {"token": "new"}, None, world.clock.now())

    monkeypatch.setattr(accounts, "signed_out", then_signs_in_again)
    assert publish(world, variant.id) is VariantState.SCHEDULED
    assert publish(world, variant.id) is VariantState.PUBLISHED


def test_signing_in_while_the_account_changes_is_told_as_a_conflict(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.platforms["x"].script.append("signed out")
    publish(world, world.schedule("x").id)

    def changes_meanwhile(writes: Any) -> None:
        raise ConditionFailed

    monkeypatch.setattr(world.desk.store, "write", changes_meanwhile)
    with pytest.raises(Conflict, match="changed at the same moment"):
        accounts.connect(world.desk, world.caller, "x", {"token": "new"}, None, world.clock.now())


def test_signed_out_while_in_doubt_goes_to_a_person_since_nobody_can_look(world: World) -> None:
    world.platforms["mastodon"].script.append("lands, answer lost")
    variant = world.schedule("mastodon")
    publish(world, variant.id)
    world.platforms["mastodon"].look_ups.append("signed out")
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.NEEDS_REVIEW
    assert len(world.platforms["mastodon"].posted) == 1


def test_a_look_up_that_fails_is_tried_again_and_nothing_is_said_meanwhile(world: World) -> None:
    world.platforms["mastodon"].script.append("lands, answer lost")
    world.platforms["mastodon"].look_ups.append("cannot look")
    variant = world.schedule("mastodon")
    publish(world, variant.id)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.SENDING
    world.clock.move(2 * SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.PUBLISHED
    assert world.platforms["mastodon"].asked == 1


def test_refused_on_an_attempt_after_a_doubt_goes_to_a_person_never_to_failed(world: World) -> None:
    world.platforms["mastodon"].script.extend(["answer lost", "refused"])
    variant = world.schedule("mastodon")
    publish(world, variant.id)
    world.clock.move(SETTLED_AFTER)
    assert publish(world, variant.id) is VariantState.NEEDS_REVIEW


def test_too_late_is_missed_and_said_so(world: World) -> None:
    variant = world.schedule("x")
    world.clock.move(3601)
    assert publish(world, variant.id) is VariantState.MISSED
    assert not world.platforms["x"].posted
    assert "later than its own limit" in (world.variant(variant.id).reason or "")


def test_a_cancel_that_was_acknowledged_is_never_followed_by_a_post(world: World) -> None:
    variant = world.schedule("x", seconds=5)
    changing.cancel(world.desk, world.caller, variant.id, world.clock.now())
    world.clock.move(5)
    assert publish(world, variant.id) is VariantState.CANCELLED
    assert not world.platforms["x"].posted


def test_a_live_attempt_cannot_be_cancelled(world: World) -> None:
    world.platforms["x"].script.append("answer lost")
    variant = world.schedule("x")
    publish(world, variant.id)
    with pytest.raises(Conflict, match="sending"):
        changing.cancel(world.desk, world.caller, variant.id, world.clock.now())


def test_a_worker_that_was_overtaken_writes_nothing(world: World) -> None:
    """The zombie: its answer comes after another worker has settled the variant."""
    variant = world.schedule("bluesky")
    overtaken = []

    def overtake() -> None:
        if not overtaken:
            overtaken.append(True)
            world.clock.move(SETTLED_AFTER)
            publish(world, variant.id)

    world.platforms["bluesky"].before_landing = overtake
    publish(world, variant.id)
    done = world.variant(variant.id)
    assert done.state is VariantState.PUBLISHED
    assert done.attempts == 2
    assert [one.act for one in done.events].count("commit") == 1


def test_nothing_is_sent_when_the_lease_could_end_under_it(world: World) -> None:
    variant = world.schedule("x")
    world.platforms["x"].slow_by = 60
    assert publish(world, variant.id) is VariantState.SCHEDULED
    assert world.platforms["x"].asked == 0
    assert "lease" in (world.variant(variant.id).reason or "")


def test_the_tick_finds_what_is_due_and_what_was_left_behind(world: World) -> None:
    world.platforms["mastodon"].script.append("killed")
    due, later = world.schedule("mastodon"), world.schedule("x", seconds=3600)
    with pytest.raises(Killed):
        publish(world, due.id)
    ticked = tick(world.desk, world.clock.now())
    assert ticked.handed_on.get("variant") == 1
    world.clock.move(SETTLED_AFTER)
    publish(world, due.id)
    assert tick(world.desk, world.clock.now()).handed_on.get("variant") is None
    assert world.variant(later.id).state is VariantState.SCHEDULED
