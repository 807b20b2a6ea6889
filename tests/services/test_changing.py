"""An acknowledged edit is what goes out, an acknowledged cancel is never followed by a post, at whatever moment they come."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.budget import CLAIMED_WITHIN
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.post import Schedule, Variant, VariantState
from chalicelib.services import bodies, braking, changing, checking, publishing, scheduling, taking_down
from chalicelib.services.changing import Edit
from chalicelib.store import keys
from connectors.contract import RemoteRef
from tests.services.doubles import Terms, acts, another_tenant, brief_world, due, on_terms, once, speak, texts, watched
from tests.world import TIMING, Killed, World

PUBLISHED, SCHEDULED = VariantState.PUBLISHED, VariantState.SCHEDULED
SETTLED_AFTER = (TIMING.lease + TIMING.takeover_after).total_seconds() + 1

ABANDONED = (CLAIMED_WITHIN + TIMING.skew).total_seconds()


def edit(world: World, variant: Variant, text: str | None = "Better", **more: object) -> Variant:
    wanted = Edit(variant.version, text, **more)  # type: ignore[arg-type]
    return changing.edit(world.desk, world.caller, variant.id, wanted, world.clock.now())


def publish(world: World, variant: Variant) -> VariantState | None:
    return publishing.publish(world.desk, world.workspace.id, variant.id)


def at(world: World, seconds: float) -> Schedule:
    moment = world.clock.now() + timedelta(seconds=seconds)
    return Schedule(moment, "UTC", moment.isoformat(), timedelta(hours=1))


# --- what was acknowledged is what goes out --------------------------------------------------------------------------


def test_what_was_edited_is_what_goes_out(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    after = edit(world, variant)
    assert after.version == 2
    world.clock.move(5)
    publish(world, variant)
    assert texts(world.platforms["x"]) == ["Better"]


def test_the_last_of_several_edits_counts_and_each_is_kept(world: World) -> None:
    variant = due(world, world.accounts["x"], "version 1", seconds=5)
    for number in (2, 3, 4):
        variant = edit(world, variant, f"version {number}")
    world.clock.move(5)
    publish(world, variant)
    assert texts(world.platforms["x"]) == ["version 4"]
    for number in (2, 3, 4):
        assert world.desk.store.table.get(keys.body(world.workspace.id, variant.id, number)) is not None


def test_an_edit_just_before_the_claim_wins_and_the_claim_is_made_anew(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good")
    table = watched(world)
    table.before_write = once(lambda: edit(world, variant), lambda writes: "claim" in acts(writes))
    assert publish(world, variant) is SCHEDULED
    world.clock.move(ABANDONED)  # the turn that was taken with the claim
    assert publish(world, variant) is PUBLISHED
    assert texts(world.platforms["x"]) == ["Better"]


def test_a_claim_just_before_the_edit_wins_and_the_edit_is_refused(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good")
    table = watched(world)
    table.before_write = once(lambda: publish(world, variant), lambda writes: "edit" in acts(writes))
    with pytest.raises(Conflict, match="same moment"):
        edit(world, variant)
    assert texts(world.platforms["x"]) == ["Good"]
    assert world.variant(variant.id).version == 1


@pytest.mark.parametrize("act", ["well", "answer lost", "killed"])
def test_what_an_attempt_has_begun_on_takes_no_edit(world: World, act: str) -> None:
    world.platforms["x"].script.append(act)
    variant = due(world, world.accounts["x"], "Good")
    with suppress(Killed):
        publish(world, variant)
    with pytest.raises(Conflict, match=r"sending|published"):
        edit(world, variant)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["x", "mastodon", "bluesky"]),
    st.lists(st.sampled_from(["edit", "cancel", "publish", "wait", "settle"]), min_size=2, max_size=10),
    st.lists(st.sampled_from(["well", "busy", "answer lost", "lands, answer lost", "refused"]), max_size=5),
    st.booleans(),
)
def test_whatever_comes_first_what_is_said_is_the_last_that_was_acknowledged(
    platform: str, steps: list[str], script: list[str], collide: bool
) -> None:
    """Members and senders at one variant; with `collide`, each member comes in the middle of a sender's claim."""
    world = brief_world()
    account, table = world.accounts[platform], watched(world)
    world.platforms[platform].script.extend(script)
    variant = due(world, account, "version 1", late_limit=timedelta(days=1))
    acknowledged, cancelled = ["version 1"], list[bool]()

    def member(step: str) -> None:
        try:
            if step == "edit":
                now = world.variant(variant.id)
                acknowledged.append(f"version {edit(world, now, f'version {now.version + 1}').version}")
            else:
                changing.cancel(world.desk, world.caller, variant.id, world.clock.now())
                cancelled.append(True)
        except Conflict:
            return

    for step in steps:
        if step in {"edit", "cancel"}:
            if collide:
                table.before_write = once(lambda step=step: member(step), lambda writes: "claim" in acts(writes))
                publish(world, variant)
            else:
                member(step)
        elif step == "publish":
            publish(world, variant)
        world.clock.move(SETTLED_AFTER if step == "settle" else 21)
        said = texts(world.platforms[platform])
        assert len(said) <= 1
        assert not (said and cancelled)
        assert said in ([], acknowledged[-1:])
    for _ in range(6):
        world.clock.move(SETTLED_AFTER)
        publish(world, variant)
    assert texts(world.platforms[platform]) in ([], acknowledged[-1:])
    assert not (texts(world.platforms[platform]) and cancelled)


# --- the key ---------------------------------------------------------------------------------------------------------


def test_another_text_is_another_send_also_after_one_that_was_deferred(world: World) -> None:
    world.platforms["mastodon"].script.append("busy")
    variant = due(world, world.accounts["mastodon"], "Good")
    assert publish(world, variant) is SCHEDULED
    first = world.variant(variant.id)
    assert first.key is not None
    after = edit(world, first)
    assert after.key is None
    assert after.first_claimed_at is None
    world.clock.move(20)
    assert publish(world, variant) is PUBLISHED
    ((text, key, _),) = world.platforms["mastodon"].posted
    assert text == "Better"
    assert key != first.key


def test_an_edit_shortens_no_pause_that_the_platform_asked_for(world: World) -> None:
    world.platforms["mastodon"].script.append("busy")
    variant = due(world, world.accounts["mastodon"], "Good")
    publish(world, variant)
    edit(world, world.variant(variant.id))
    world.clock.move(19)
    assert publish(world, variant) is SCHEDULED


# --- when ------------------------------------------------------------------------------------------------------------


def test_another_time_is_when_it_goes_out(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=60)
    edit(world, variant, None, when=at(world, 600))
    world.clock.move(599)
    assert publish(world, variant) is SCHEDULED
    assert speak(world, world.accounts["x"]) == []
    world.clock.move(1)
    assert speak(world, world.accounts["x"]) == [PUBLISHED]
    assert texts(world.platforms["x"]) == ["Good"]


def test_what_is_held_can_be_edited_and_stays_held(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good")
    brake = braking.put_on(
        world.desk, world.caller, braking.Stop(braking.Scope.ALL, None, "a storm"), world.clock.now()
    )
    assert publish(world, variant) is VariantState.HELD
    after = edit(world, world.variant(variant.id))
    assert after.state is VariantState.HELD
    assert after.held_by == brake.id
    braking.lift(world.desk, world.caller, brake.id, "it is over", world.clock.now())
    assert publish(world, variant) is PUBLISHED
    assert texts(world.platforms["x"]) == ["Better"]


# --- refusals --------------------------------------------------------------------------------------------------------


def test_who_has_seen_an_older_version_is_told(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    edit(world, variant)
    with pytest.raises(Conflict, match="version 2"):
        edit(world, variant, "from the old one")


def test_an_edit_that_changes_nothing_is_refused(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    with pytest.raises(InvalidField, match="changes nothing"):
        edit(world, variant, "Good")


@pytest.mark.parametrize(("text", "pointer"), [("x" * 281, "/text"), (" ", "/text")])
def test_what_the_platform_would_not_take_is_refused_and_nothing_is_stored(
    world: World, text: str, pointer: str
) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        edit(world, variant, text)
    assert refused.value.pointer == pointer
    with pytest.raises(InvalidField):
        edit(world, variant, None, when=at(world, -3600))
    assert world.record() == before


def test_nobody_edits_or_cancels_what_is_anothers(world: World) -> None:
    on_terms(world, {})
    foreign = another_tenant(world, "x", "strangers")
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    with pytest.raises(NotFound):
        edit(foreign, variant)
    with pytest.raises(NotFound):
        changing.cancel(foreign.desk, foreign.caller, variant.id, world.clock.now())


def test_the_event_names_the_fields_that_changed_and_never_what_they_say(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    after = edit(world, variant, "A secret to be", when=at(world, 600))
    assert "text" in after.events[-1].why
    assert "time to" in after.events[-1].why
    assert "secret" not in after.events[-1].why
    assert world.caller.member in after.events[-1].actor.id


# --- where the words lie ---------------------------------------------------------------------------------------------


def test_short_words_lie_on_the_post_and_edited_ones_apart(world: World) -> None:
    variant = due(world, world.accounts["x"], "Good", seconds=5)
    post = world.desk.store.posts.get(world.workspace.id, variant.post)
    assert post is not None
    assert [one.text for one in post.says] == ["Good"]
    assert world.desk.store.table.get(keys.body(world.workspace.id, variant.id, 1)) is None
    after = edit(world, variant)
    assert world.desk.store.table.get(keys.body(world.workspace.id, variant.id, 2)) is not None
    assert bodies.body_of(world.desk, after).text == "Better"
    assert bodies.body_of(world.desk, variant).text == "Good", "what was said first is kept as it was"


@pytest.mark.parametrize(("letters", "on_the_post"), [(bodies.SHORT, True), (bodies.SHORT + 1, False)])
def test_words_of_a_post_that_are_long_together_lie_apart(
    world: World, letters: int, on_the_post: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "check_body", lambda *_: None)
    on_terms(world, {})
    half = letters // 2
    said = {"x": "a" * half, "mastodon": "b" * (letters - half)}
    wishes = [
        scheduling.Wish(world.accounts[name].id, bodies.Body(text), f"/variants/{place}")
        for place, (name, text) in enumerate(said.items())
    ]
    post = scheduling.schedule(world.desk, world.caller, None, at(world, 0), wishes, world.clock.now())
    kept = world.desk.store.posts.get(world.workspace.id, post.id)
    assert kept is not None
    assert bool(kept.says) is on_the_post
    for place, (name, text) in enumerate(said.items()):
        apart = world.desk.store.table.get(keys.body(world.workspace.id, post.variants[place], 1))
        assert (apart is None) is on_the_post
        assert publish(world, world.variant(post.variants[place])) is PUBLISHED
        assert texts(world.platforms[name]) == [text]


@given(st.text(max_size=50), st.none() | st.text(max_size=10), st.booleans())
@settings(deadline=None, max_examples=30)
def test_length_is_counted_in_bytes_of_utf_8(text: str, title: str | None, long: bool) -> None:
    said = [bodies.Words(text, title), bodies.Words("ü" * (bodies.SHORT // 2) if long else "")]
    assert bodies.fit_on_the_post(said) is (len(text.encode()) + (bodies.SHORT if long else 0) <= bodies.SHORT)


# --- taking down -----------------------------------------------------------------------------------------------------


def test_what_was_published_is_taken_down_once_and_stays_published_in_the_record(world: World) -> None:
    terms = Terms()
    on_terms(world, {"x": terms})
    variant = due(world, world.accounts["x"], "Good")
    with pytest.raises(Conflict, match="scheduled"):
        taking_down.take_down(world.desk, world.caller, variant.id, "a mistake", world.clock.now())
    publish(world, variant)
    for _ in range(2):
        gone = taking_down.take_down(world.desk, world.caller, variant.id, "a mistake", world.clock.now())
        assert gone.state is PUBLISHED
        assert gone.taken_down_at == world.clock.now()
    assert terms.deleted == [RemoteRef("x-1").id]
    assert [one.act for one in world.variant(variant.id).events].count("take_down") == 1
