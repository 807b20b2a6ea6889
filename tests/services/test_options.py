"""Options from the record to the platform: what it has is said, what it has not is refused before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.composing import Composition, Notice, Own
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.imports import Mode
from chalicelib.domain.options import USUAL, Audience, Card, Options, Poll, WhoMayReply
from chalicelib.domain.post import Attachment, Body, Part, Schedule, VariantState
from chalicelib.services import (
    activating,
    bodies,
    changing,
    checking,
    composing,
    exporting,
    importing,
    post_rows,
    prechecking,
    scheduling,
)
from chalicelib.services.option_cells import options_in
from chalicelib.store import keys
from connectors import options as connected
from connectors.capabilities import Objection, PictureLimits, Standing, Terms
from connectors.contract import Draft
from connectors.option_rules import objection_to_options
from connectors.options import Option, PollLimits
from tests.services.test_threads import picture, speak, thread
from tests.world import World, make_world

DAY = timedelta(days=1)
BAD = "Guaranteed results"
GUIDELINE = (
    "name: House\nlanguages: [en]\nclauses:\n  - id: no-guarantees\n    wording: We promise no outcome.\n"
    "    applies_to: outgoing\n    when: {phrases: [guaranteed results]}\n    action: review\n    severity: 1\n"
    "    reason: A promise we cannot keep.\n"
)
POLL = Options(poll=Poll(("Yes", "No"), DAY))
HAS = {
    "options": frozenset(Option),
    "audiences": frozenset({connected.Audience.UNLISTED, connected.Audience.FOLLOWERS}),
    "options_of_parts": frozenset({Option.AUDIENCE, Option.WARNING}),
    "polls": PollLimits(2, 4, 25, timedelta(minutes=5), 7 * DAY),
    "card_picture": PictureLimits(1, frozenset({"image/png", "image/jpeg"}), 100_000, 500),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Mastodon and Bluesky have every option here, X has none."""
    made = make_world(tmp_path)
    for name in ("mastodon", "bluesky"):
        made.platforms[name].extra = dict(HAS)

    def objection(platform: str, draft: Draft, terms: Terms, standing: Standing) -> Objection | None:
        del terms, standing
        return objection_to_options(made.desk.platforms.capabilities(platform), draft)

    made.desk = replace(made.desk, platforms=replace(made.desk.platforms, objection=objection))
    return made


def nothing_is_stored(world: World) -> bool:
    return not world.desk.store.posts.listed(keys.shelf(world.workspace.id, "POSTS"), limit=5).items


# --- said --------------------------------------------------------------------------------------------------------------


def test_what_is_asked_for_reaches_the_platform(world: World) -> None:
    asked = Options(
        "Long", sensitive=True, audience=Audience.UNLISTED, poll=Poll(("Yes", "No"), DAY, many=False), flair="f-1"
    )
    left = speak(world, thread(world, "mastodon", Body("Tea?", options=asked)))
    assert left.state is VariantState.PUBLISHED
    (draft,) = world.platforms["mastodon"].drafts
    assert draft.options == connected.Options(
        warning="Long",
        sensitive=True,
        audience=connected.Audience.UNLISTED,
        poll=connected.Poll(("Yes", "No"), DAY),
        flair="f-1",
    )


def test_nothing_asked_for_is_nothing_said(world: World) -> None:
    speak(world, thread(world, "x", Body("Hello")))
    (draft,) = world.platforms["x"].drafts
    assert draft.options == connected.USUAL


def test_they_belong_to_the_first_part_but_who_sees_it_sees_the_rest(world: World) -> None:
    asked = replace(POLL, warning="Long", audience=Audience.FOLLOWERS)
    speak(world, thread(world, "mastodon", Body("One", rest=(Part("Two"), Part("Three")), options=asked)))
    first, second, third = world.platforms["mastodon"].drafts
    assert first.options.poll is not None
    for later in (second, third):
        assert later.options == connected.Options(warning="Long", audience=connected.Audience.FOLLOWERS)


def test_where_the_parts_are_one_write_they_are_the_firsts_alone(world: World) -> None:
    speak(world, thread(world, "bluesky", Body("One", rest=(Part("Two"),), options=replace(POLL, warning="Long"))))
    (draft,) = world.platforms["bluesky"].drafts
    assert draft.options.poll is not None
    assert [part.options for part in draft.thread] == [connected.USUAL]


@pytest.mark.parametrize("platform", ["mastodon", "bluesky"])
def test_the_picture_of_a_card_is_handed_over_once_within_limits_of_its_own(world: World, platform: str) -> None:
    big = picture(world, side=64)
    asked = Options(card=Card("https://example.org/", "A title", picture=big))
    body = Body("Look.", pictures=(Attachment(big, "A door"),), options=asked)
    world.platforms[platform].script.append("busy")
    variant = thread(world, platform, body)
    speak(world, variant)
    world.clock.move(301)
    assert speak(world, variant).state is VariantState.PUBLISHED
    (draft,) = world.platforms[platform].drafts
    assert draft.options.card is not None
    shown = draft.options.card.picture
    assert shown is not None
    assert shown.handle
    assert (shown.width, shown.height) == (64, 64)
    assert shown.handle != draft.pictures[0].handle
    assert len(world.platforms[platform].uploads) == 2


def test_a_card_s_picture_that_is_lost_is_handed_over_anew(world: World) -> None:
    asked = Options(card=Card("https://example.org/", picture=picture(world)))
    variant = thread(world, "mastodon", Body("Look.", options=asked))
    world.platforms["mastodon"].script.append("lost a picture")
    assert speak(world, variant).state is VariantState.SCHEDULED
    world.clock.move(1)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert len(world.platforms["mastodon"].uploads) == 2


def test_a_card_is_looked_for_with_the_picture_that_was_handed_over(world: World) -> None:
    asked = Options(card=Card("https://example.org/", picture=picture(world)))
    variant = thread(world, "mastodon", Body("Look.", options=asked))
    world.platforms["mastodon"].script.append("lands, answer lost")
    left = speak(world, variant)
    assert left.dirty or left.doubt or left.state is VariantState.PUBLISHED
    world.clock.move(301)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert len(world.platforms["mastodon"].drafts) == 1


def test_a_whole_thread_may_show_more_pictures_than_one_part(world: World) -> None:
    three = tuple(Attachment(picture(world, side=side), "A door") for side in (20, 21, 22))
    left = speak(world, thread(world, "bluesky", Body("One", pictures=three, rest=(Part("Two", three),))))
    assert left.state is VariantState.PUBLISHED


def test_options_that_were_changed_in_the_record_are_not_said(world: World) -> None:
    variant = thread(world, "mastodon", Body("As written.", options=Options(audience=Audience.FOLLOWERS)))
    place = keys.post(world.workspace.id, variant.post)
    item = world.desk.store.table.get(place)
    assert item is not None
    forged = {name: value for name, value in item["says"][0].items() if name != "options"}
    world.desk.store.table.put({**item, "says": [forged]})
    left = speak(world, variant)
    assert (left.state, left.reason) == (VariantState.FAILED, "what would be sent is not what was checked and approved")
    assert world.platforms["mastodon"].asked == 0


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "body", "pointer", "why"),
    [
        ("x", Body("Tea?", options=POLL), "/variants/0/options/poll", "x has no poll"),
        ("x", Body("Tea", options=Options("Long")), "/variants/0/options/warning", "x has no warning"),
        (
            "mastodon",
            Body("Tea", options=Options(audience=Audience.PUBLIC)),
            "/variants/0/options/audience",
            "there is no audience `public` here",
        ),
        (
            "mastodon",
            Body("Tea?", options=Options(poll=Poll(("Yes", "No"), 8 * DAY))),
            "/variants/0/options/poll",
            "the poll would last 8 days, 0:00:00",
        ),
        (
            "mastodon",
            Body("", options=Options(card=Card("https://example.org/", picture="nosuch"))),
            "/variants/0/options/card/picture",
            "there is no such picture",
        ),
        ("mastodon", Body("", options=POLL), "/variants/0/text", "there is nothing to say"),
    ],
)
def test_what_a_platform_has_not_is_refused_and_nothing_is_stored(
    world: World, platform: str, body: Body, pointer: str, why: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        thread(world, platform, body)
    assert (refused.value.pointer, refused.value.detail) == (pointer, why)
    assert refused.value.fix
    assert nothing_is_stored(world)
    wish = checking.Wish(world.accounts[platform].id, body, "/variants/0")
    report = prechecking.check(world.desk, world.caller, [wish], None, world.clock.now())
    assert pointer in {fault.pointer for one in report.accounts for fault in one.faults}


def test_a_link_is_enough_to_say(world: World) -> None:
    speak(world, thread(world, "mastodon", Body("", options=Options(card=Card("https://example.org/")))))
    assert [draft.text for draft in world.platforms["mastodon"].drafts] == [""]


def test_the_guideline_reads_what_people_read(world: World) -> None:
    desk, account = world.desk, world.accounts["mastodon"]
    activating.set_up(desk, world.caller, GUIDELINE, "the lawyers asked", world.clock.now())
    guideline = desk.guideline(desk.workspace(world.workspace.id))
    asked = Options("Well", poll=Poll(("Yes", BAD), DAY), card=Card("https://example.org/", BAD))
    wish = checking.Wish(account.id, Body("Hello", options=asked), "/variants/0")
    found = [fault.pointer for fault in checking.faults(desk, account, guideline, wish)]
    assert found == ["/variants/0/options/poll/choices/1", "/variants/0/options/card/title"]


# --- changed ----------------------------------------------------------------------------------------------------------


def test_an_edit_of_options_is_told_and_goes_out(world: World) -> None:
    variant = world.schedule("mastodon", "Tea?", seconds=60)
    wanted = changing.Edit(1, options=POLL)
    after = changing.edit(world.desk, world.caller, variant.id, wanted, world.clock.now())
    assert after.events[-1].why == "edited by a member: options"
    assert bodies.body_of(world.desk, after).options == POLL
    again = changing.Edit(2, options=USUAL)
    after = changing.edit(world.desk, world.caller, variant.id, again, world.clock.now())
    assert bodies.body_of(world.desk, after).options == USUAL
    with pytest.raises(InvalidField):
        changing.edit(world.desk, world.caller, variant.id, changing.Edit(3, options=USUAL), world.clock.now())


# --- composed ---------------------------------------------------------------------------------------------------------


def composed(world: World, **message: Any) -> tuple[dict[str, Options], list[tuple[str, Notice]]]:
    accounts = tuple(world.accounts[one].id for one in ("x", "mastodon"))
    found = composing.compose(world.desk, world.workspace.id, Composition(accounts, text="Hello", **message))
    names = {account.id: name for name, account in world.accounts.items()}
    options = {names[one.account]: one.body.options for one in found.wishes}
    return options, [(one.pointer, one.notice) for one in found.remarks]


def test_what_decorates_is_left_out_where_there_is_no_place_for_it_and_told(world: World) -> None:
    options, remarks = composed(world, options=Options(flair="f-1", card=Card("https://example.org/")))
    assert options["x"] == USUAL
    assert options["mastodon"] == Options(flair="f-1", card=Card("https://example.org/"))
    assert remarks == [("/variants/0", Notice.LEFT_OUT)]


def test_what_shields_or_asks_is_never_left_out_by_itself(world: World) -> None:
    """A followers-only post must not become a public one because a platform has no followers-only."""
    asked = replace(POLL, warning="Long", audience=Audience.FOLLOWERS, sensitive=True)
    options, remarks = composed(world, options=asked)
    assert options == {"x": asked, "mastodon": asked}
    assert remarks == []
    mine = Own(world.accounts["x"].id, options=USUAL)
    options, _ = composed(world, options=asked, own=(mine,))
    assert options == {"x": USUAL, "mastodon": asked}


# --- in a table -------------------------------------------------------------------------------------------------------


def test_a_table_brings_them_and_tells_them_in_the_same_words(world: World) -> None:
    asked = replace(
        POLL,
        warning="Long",
        sensitive=True,
        audience=Audience.UNLISTED,
        who_may_reply=frozenset({WhoMayReply.MENTIONED, WhoMayReply.FOLLOWING}),
        card=Card("https://example.org/", "A title", "What it is"),
        flair="f-1",
    )
    world.platforms["mastodon"].extra["who_may_reply"] = frozenset(connected.WhoMayReply)
    at = world.clock.now() + DAY
    when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
    wish = checking.Wish(world.accounts["mastodon"].id, Body("Tea?", options=asked), "/variants/0")
    post = scheduling.schedule(world.desk, world.caller, None, when, [wish], world.clock.now())
    written, _ = exporting.page(world.desk, world.workspace.id, 10, None)

    changing.cancel(world.desk, world.caller, post.variants[0], world.clock.move(1))
    found = importing.bring(world.desk, world.caller, written.encode(), world.clock.now())
    importing.work(world.desk, found.workspace, found.id, world.clock.move(1), lambda: False)
    importing.begin(world.desk, world.caller, found.id, Mode.ROW_WISE, world.clock.move(1))
    importing.work(world.desk, found.workspace, found.id, world.clock.move(1), lambda: False)

    posts = world.desk.store.posts.listed(keys.shelf(world.workspace.id, "POSTS"), limit=5).items
    (again,) = (one for one in posts if one.id != post.id)
    assert bodies.body_of(world.desk, world.variant(again.variants[0])).options == asked


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"sensitive": "maybe"}, "sensitive"),
        ({"audience": "everyone"}, "audience"),
        ({"audience": "public | unlisted"}, "audience"),
        ({"who_may_reply": "mentioned | friends"}, "who_may_reply"),
        ({"poll": "Yes | No"}, "poll_minutes"),
        ({"poll": "Yes | No", "poll_minutes": "a day"}, "poll_minutes"),
        ({"poll": "Yes | No", "poll_minutes": "0"}, "poll_minutes"),
        ({"poll": "Yes | No", "poll_minutes": "²"}, "poll_minutes"),
        ({"poll_minutes": "60"}, "poll_minutes"),
        ({"poll_many": "yes"}, "poll_many"),
        ({"card": "example.org"}, "card"),
        ({"card": "javascript:alert(1)"}, "card"),
        ({"card_title": "A title"}, "card_title"),
        ({"warning": "x" * 501}, "warning"),
        ({"warning": "two\nlines"}, "warning"),
        ({"flair": "a b"}, "flair"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_by_its_column(cells: dict[str, str], column: str) -> None:
    told: list[tuple[str, str, str]] = []
    options_in(cells, lambda *fault: told.append(fault))
    assert [one[0] for one in told] == [column]
    assert all(part for fault in told for part in fault)


@pytest.mark.parametrize(
    ("pointer", "column"),
    [
        ("/options/poll", "poll"),
        ("/options/poll/choices/1", "poll"),
        ("/options/card/title", "card_title"),
        ("/options/card/picture", "card_picture"),
        ("/options/who_may_reply", "who_may_reply"),
    ],
)
def test_a_refusal_is_told_by_the_column_it_is_about(pointer: str, column: str) -> None:
    assert post_rows.fault_of(InvalidField(pointer, "no", fix="Change it.")).column == column
