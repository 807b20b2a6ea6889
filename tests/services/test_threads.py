"""Threads and pictures on the publish road: part by part, each under the one before, and nothing said that was not checked."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Attachment, Body, HalfSent, Part, Remote, Schedule, Under, Variant, VariantState
from chalicelib.domain.review import Verdict
from chalicelib.services import changing, checking, lines, media, publishing, reviewing, scheduling
from chalicelib.services.bodies import draft_of, priced_drafts
from chalicelib.store import keys
from connectors.contract import RemoteRef
from tests.world import World, make_world

HOUR = timedelta(hours=1)
THREE = ("First.", "Second.", "Third.")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


def thread(
    world: World, platform: str, body: Body, half_sent: HalfSent = HalfSent.TELL, limit: timedelta = HOUR
) -> Variant:
    at = world.clock.now()
    when = Schedule(at, "UTC", at.isoformat(), limit)
    wish = checking.Wish(world.accounts[platform].id, body, "/variants/0")
    post = scheduling.schedule(world.desk, world.caller, None, when, [wish], at, half_sent=half_sent)
    return world.variant(post.variants[0])


def three(*, under: Under = Under.PREVIOUS) -> Body:
    return Body(THREE[0], rest=(Part(THREE[1]), Part(THREE[2], under=under)))


def speak(world: World, variant: Variant) -> Variant:
    lines.speak(world.desk, world.workspace.id, variant.account, [variant.id])
    return world.variant(variant.id)


def said(world: World, platform: str) -> list[tuple[str, str | None]]:
    """What stands there, each with the text that it stands under."""
    posted = world.platforms[platform].posted
    names = {f"{platform}-{number}": text for number, (text, _, _) in enumerate(posted, 1)}
    return [(text, names[above.id] if above else None) for text, _, above in posted]


def picture(world: World, colour: str = "teal", side: int = 40) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(drawn, "PNG")
    return media.put(world.desk, world.caller, drawn.getvalue(), world.clock.now(), alt="A sign").id


# --- threads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["x", "mastodon", "bluesky"])
def test_every_part_stands_under_the_one_before_it(world: World, platform: str) -> None:
    left = speak(world, thread(world, platform, three()))
    assert left.state is VariantState.PUBLISHED
    assert said(world, platform) == [("First.", None), ("Second.", "First."), ("Third.", "Second.")]
    assert [one.id for one in left.said] == [f"{platform}-{number}" for number in (1, 2, 3)]
    assert left.remote is not None
    assert left.remote.id == f"{platform}-1"


def test_a_first_comment_stands_under_the_post_itself(world: World) -> None:
    speak(world, thread(world, "mastodon", three(under=Under.FIRST)))
    assert said(world, "mastodon") == [("First.", None), ("Second.", "First."), ("Third.", "First.")]


def test_each_part_is_a_send_of_its_own_with_its_own_key(world: World) -> None:
    left = speak(world, thread(world, "mastodon", three()))
    sent = [key for _, key, _ in world.platforms["mastodon"].posted]
    assert len(set(sent)) == 3
    assert [one.act for one in left.events].count("claim") == 3


def test_every_part_of_a_private_answer_goes_to_whoever_wrote(world: World) -> None:
    """Whom that is lies sealed with the body, and is not kept with the parts that were said."""
    body = Body("One", answers=Remote("dm/1", root=Remote("dm/42-7")), rest=(Part("Two"), Part("Three")))
    can = world.platforms["x"].capabilities()
    said = (Remote("dm/2"), Remote("dm/3"))
    for number, above in enumerate(("dm/1", "dm/2", "dm/3")):
        answered = draft_of(body, can, said[:number]).in_reply_to
        assert answered == RemoteRef(above, root=RemoteRef("dm/42-7"))
    assert [one.in_reply_to for one in priced_drafts(body, can)] == [RemoteRef("dm/1", root=RemoteRef("dm/42-7"))] * 3
    public = replace(body, answers=Remote("1"))
    assert draft_of(public, can, said[:1]).in_reply_to == RemoteRef("dm/2")
    assert [one.in_reply_to for one in priced_drafts(public, can)] == [RemoteRef("1"), None, None]


def test_where_a_platform_takes_a_thread_at_once_it_is_one_write(world: World) -> None:
    left = speak(world, thread(world, "bluesky", three()))
    assert world.platforms["bluesky"].asked == 1
    assert left.parts == 1


def test_a_part_that_was_limited_is_said_later_and_nothing_before_it_again(world: World) -> None:
    world.platforms["x"].script.extend(["well", "limited"])
    variant = thread(world, "x", three())
    left = speak(world, variant)
    assert (left.state, len(left.said)) == (VariantState.SCHEDULED, 1)
    world.clock.move(301)
    assert speak(world, left).state is VariantState.PUBLISHED
    assert [text for text, _ in said(world, "x")] == list(THREE)


def test_a_lost_answer_about_a_part_is_looked_up_and_the_thread_goes_on(world: World) -> None:
    world.platforms["mastodon"].script.extend(["well", "lands, answer lost"])
    left = speak(world, thread(world, "mastodon", three()))
    assert (left.state, left.in_doubt(world.clock.now())) == (VariantState.SENDING, True)
    world.clock.move(200)
    assert speak(world, left).state is VariantState.PUBLISHED
    assert [text for text, _ in said(world, "mastodon")] == list(THREE)


def test_a_part_that_is_refused_goes_before_a_person_and_says_how_far_it_came(world: World) -> None:
    world.platforms["x"].script.extend(["well", "refused"])
    left = speak(world, thread(world, "x", three()))
    assert left.state is VariantState.NEEDS_REVIEW
    assert left.reason is not None
    assert left.reason.startswith("1 of 3 parts stand there, the next was refused")


@pytest.mark.parametrize(
    ("policy", "ends"), [(HalfSent.TELL, VariantState.NEEDS_REVIEW), (HalfSent.GO_ON, VariantState.PUBLISHED)]
)
def test_what_becomes_of_a_thread_that_is_interrupted_too_long(
    world: World, policy: HalfSent, ends: VariantState
) -> None:
    world.platforms["x"].script.extend(["well", "limited"])
    variant = thread(world, "x", three(), policy, limit=timedelta(minutes=2))
    speak(world, variant)
    world.clock.move(400)
    assert speak(world, variant).state is ends
    assert len(said(world, "x")) == (1 if policy is HalfSent.TELL else 3)


def test_what_remains_of_a_thread_is_stopped_and_not_called_cancelled(world: World) -> None:
    world.platforms["x"].script.extend(["well", "limited"])
    variant = speak(world, thread(world, "x", three()))
    left = changing.cancel(world.desk, world.caller, variant.id, world.clock.now())
    assert left.state is VariantState.CLOSED
    assert left.reason == "stopped by a member: 1 of 3 parts stand there"
    world.clock.move(400)
    speak(world, variant)
    assert [text for text, _ in said(world, "x")] == ["First."]


def test_a_thread_that_has_begun_is_not_edited(world: World) -> None:
    world.platforms["x"].script.extend(["well", "limited"])
    variant = speak(world, thread(world, "x", three()))
    with pytest.raises(Conflict, match="1 of 3 parts stand there"):
        changing.edit(world.desk, world.caller, variant.id, changing.Edit(1, "Other"), world.clock.now())


def test_a_person_who_confirms_a_part_lets_the_rest_go_on(world: World) -> None:
    world.platforms["x"].script.extend(["well", "lands, answer lost"])
    world.platforms["x"].look_ups.append("silence")
    variant = speak(world, thread(world, "x", three()))
    world.clock.move(400)
    assert speak(world, variant).state is VariantState.NEEDS_REVIEW
    shelf = keys.shelf(world.workspace.id, "REVIEW")
    (item,) = world.desk.store.reviews.listed(shelf, limit=10).items
    reviewing.claim(world.desk, world.caller, item.id, world.clock.now())
    there = reviewing.Decision(Verdict.PUBLISHED, "it is there", remote_id="x-2")
    reviewing.decide(world.desk, world.caller, item.id, there, world.clock.now())
    assert world.variant(variant.id).state is VariantState.SCHEDULED
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert said(world, "x")[2] == ("Third.", "Second.")


def test_the_first_part_is_not_taken_for_the_second(world: World) -> None:
    """A person points at the part that stands there already."""
    world.platforms["x"].script.extend(["well", "answer lost"])
    world.platforms["x"].look_ups.append("silence")
    variant = speak(world, thread(world, "x", three()))
    world.clock.move(400)
    speak(world, variant)
    (item,) = world.desk.store.reviews.listed(keys.shelf(world.workspace.id, "REVIEW"), limit=10).items
    reviewing.claim(world.desk, world.caller, item.id, world.clock.now())
    wrong = reviewing.Decision(Verdict.PUBLISHED, "it is there", remote_id="x-1")
    with pytest.raises(InvalidField):
        reviewing.decide(world.desk, world.caller, item.id, wrong, world.clock.now())


@pytest.mark.parametrize(
    ("body", "pointer", "what"),
    [
        (Body("Good", rest=(Part("x" * 281),)), "/variants/0/rest/0/text", "281 characters where x takes 280"),
        (Body("Good", rest=(Part("Fine"), Part(" "))), "/variants/0/rest/1/text", "there is nothing to say"),
        (Body("\u200b \u2060"), "/variants/0/text", "there is nothing to say"),
        (Body("Good", rest=(Part("Same"), Part("Same"))), "/variants/0/rest/1/text", "an earlier part says the same"),
        (
            Body("Good", rest=tuple(Part(f"{n}") for n in range(25))),
            "/variants/0/rest",
            "26 parts where a thread may have 25",
        ),
    ],
)
def test_the_part_that_will_not_do_is_named(world: World, body: Body, pointer: str, what: str) -> None:
    with pytest.raises(InvalidField, match=what) as refused:
        thread(world, "x", body)
    assert refused.value.pointer == pointer
    assert not world.desk.store.posts.listed(keys.shelf(world.workspace.id, "POSTS"), limit=5).items


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_is_handed_over_before_anything_is_claimed_and_shown_with_its_description(world: World) -> None:
    body = Body("Look.", pictures=(Attachment(picture(world), "The door, open"),))
    assert speak(world, thread(world, "mastodon", body)).state is VariantState.PUBLISHED
    ((alt, data),) = world.platforms["mastodon"].uploads
    assert alt == "The door, open"
    assert Image.open(io.BytesIO(data)).size == (40, 40)
    ((handle, shown),) = world.platforms["mastodon"].shown["Look."]
    assert handle is not None
    assert shown == "The door, open"


def test_a_picture_that_the_platform_works_on_is_awaited_without_an_attempt(world: World) -> None:
    world.platforms["mastodon"].works_for = 7
    variant = thread(world, "mastodon", Body("Look.", pictures=(Attachment(picture(world), "A door"),)))
    left = speak(world, variant)
    assert (left.state, left.attempts) == (VariantState.SCHEDULED, 0)
    world.clock.move(8)
    assert speak(world, left).state is VariantState.PUBLISHED
    assert len(world.platforms["mastodon"].uploads) == 1


def test_what_was_handed_over_is_not_handed_over_again_for_a_send_that_did_nothing(world: World) -> None:
    world.platforms["x"].script.append("limited")
    variant = thread(world, "x", Body("Look.", pictures=(Attachment(picture(world), "A door"),)))
    speak(world, variant)
    world.clock.move(301)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert len(world.platforms["x"].uploads) == 1


def test_a_picture_that_the_platform_has_lost_is_handed_over_anew(world: World) -> None:
    world.platforms["x"].script.append("lost a picture")
    variant = thread(world, "x", Body("Look.", pictures=(Attachment(picture(world), "A door"),)))
    assert speak(world, variant).state is VariantState.SCHEDULED
    world.clock.move(1)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert len(world.platforms["x"].uploads) == 2


def test_the_same_picture_in_two_parts_is_handed_over_for_each(world: World) -> None:
    one = Attachment(picture(world), "A door")
    speak(world, thread(world, "mastodon", Body("Look.", pictures=(one,), rest=(Part("Again.", (one,)),))))
    handles = {shown[0][0] for shown in world.platforms["mastodon"].shown.values()}
    assert len(handles) == 2


# --- what is sent is what was checked --------------------------------------------------------------------------------


def test_words_that_were_changed_in_the_record_are_not_sent(world: World) -> None:
    variant = thread(world, "x", Body("As written."))
    place = keys.post(world.workspace.id, variant.post)
    item = world.desk.store.table.get(place)
    assert item is not None
    world.desk.store.table.put({**item, "says": [{**item["says"][0], "text": "As forged."}]})
    left = speak(world, variant)
    assert (left.state, left.reason) == (VariantState.FAILED, "what would be sent is not what was checked and approved")
    assert world.platforms["x"].asked == 0


def test_another_description_is_another_content(world: World) -> None:
    media_id = picture(world)
    first = Body("Look.", pictures=(Attachment(media_id, "A door"),))
    assert first.digest() != Body("Look.", pictures=(Attachment(media_id, "A wall"),)).digest()
    assert first.digest() != Body("Look.", rest=(Part("More."),)).digest()
    assert Body("a", rest=(Part("b"),)).digest() != Body("a", rest=(Part("b", under=Under.FIRST),)).digest()


def test_a_step_taken_by_itself_says_one_part_only(world: World) -> None:
    variant = thread(world, "x", three())
    assert publishing.publish(world.desk, world.workspace.id, variant.id) is VariantState.SCHEDULED
    assert [text for text, _ in said(world, "x")] == ["First."]
