"""Films on the publish road: refused before they are scheduled, with the platform's limit named; handed over, awaited, shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.account import HouseRules, VideoRules
from chalicelib.domain.errors import Conflict, InvalidField
from chalicelib.domain.post import Attachment, Body, Part, Schedule, Variant, VariantState
from chalicelib.domain.workspace import AltText
from chalicelib.services import checking, lines, media, scheduling, workspaces
from chalicelib.services.films import Place, check
from chalicelib.services.terms import film_place, house_rules
from connectors import errors
from connectors.capabilities import OWN_PLACE, PictureLimits, Terms, VideoLimits
from connectors.registry import capabilities
from tests.imaging.films import film, mp4, webm
from tests.imaging.samples import drawn, saved
from tests.world import World, make_world

VIDEO = VideoLimits(frozenset({"video/mp4"}), 50_000, "the book of that platform", max_alt=40, longest=60_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = make_world(tmp_path)
    for name in ("mastodon", "bluesky"):
        made.platforms[name].extra = {"video": VIDEO}
    return made


def put(world: World, data: bytes, alt: str = "A door opens") -> str:
    return media.put(world.desk, world.caller, data, world.clock.now(), alt=alt).id


def scheduled(world: World, platform: str, *parts: tuple[Attachment, ...]) -> Variant:
    at = world.clock.now()
    rest = tuple(Part(f"Part {number}.", shown) for number, shown in enumerate(parts[1:], 2))
    wish = checking.Wish(world.accounts[platform].id, Body("Look.", pictures=parts[0], rest=rest), "/variants/0")
    when = Schedule(at, "UTC", at.isoformat(), timedelta(hours=1))
    post = scheduling.schedule(world.desk, world.caller, None, when, [wish], at)
    return world.variant(post.variants[0])


def speak(world: World, variant: Variant) -> Variant:
    lines.speak(world.desk, world.workspace.id, variant.account, [variant.id])
    return world.variant(variant.id)


def refused(world: World, platform: str, *shown: Attachment) -> InvalidField:
    with pytest.raises(InvalidField) as told:
        scheduled(world, platform, shown)
    assert not world.platforms[platform].uploads
    return told.value


# --- before it is scheduled ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (webm(), "WebM where MP4 is taken"),
        (film(filled=60_000), "bytes where 50,000 are taken"),
        (film(milliseconds=60_001 + 99), "60.1 s where 60 s are taken"),
    ],
)
def test_what_the_platform_does_not_take_is_refused_with_its_limit_and_where_that_is_written(
    world: World, data: bytes, why: str
) -> None:
    told = refused(world, "mastodon", Attachment(put(world, data)))
    assert told.pointer == "/variants/0/pictures/0/media"
    assert why in told.detail
    assert "on mastodon (source: the book of that platform)" in told.detail
    assert told.fix


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (film(milliseconds=499), "0.5 s where at least 0.5 s are taken"),
        (film(milliseconds=20 * 60 * 1000 + 1000), "1,201 s where 1,200 s are taken"),
        (film(width=2560, height=1440), "the longer side has at most 1,920"),
        (film(width=1200, height=1200), "the shorter side has at most 1,080"),
        (film(width=1440, height=160), "one side is at most 3 times the other"),
        (film(width=64, height=24), "each side has at least 32"),
        (film(rate=100), "100 frames a second where 60 are taken"),
        (webm(), "WebM where MP4 or MOV is taken"),
    ],
)
def test_the_limits_of_x_are_kept_one_by_one(world: World, data: bytes, why: str) -> None:
    seen = media.read(world.desk, world.workspace.id, put(world, data))
    place = film_place(capabilities("x"), world.accounts["x"])
    with pytest.raises(InvalidField, match=why) as told:
        check(seen, place, "/media")
    assert "X's media best practices" in told.value.detail


@pytest.mark.parametrize("lies", [(1080, 1920), (1920, 1080), (720, 720)])
def test_what_x_shows_either_way_up_is_taken(world: World, lies: tuple[int, int]) -> None:
    seen = media.read(world.desk, world.workspace.id, put(world, film(width=lies[0], height=lies[1], rate=50)))
    assert check(seen, film_place(capabilities("x"), world.accounts["x"]), "/media").max_alt is None


def test_an_instance_of_its_own_goes_before_what_is_usual(world: World) -> None:
    terms = Terms(video=VideoLimits(frozenset({"video/mp4"}), 90_000, OWN_PLACE, 40, max_pixels=100_000, max_rate=30))
    account = replace(world.accounts["mastodon"], house_rules=house_rules(terms))
    place = film_place(world.platforms["mastodon"].capabilities(), account)
    assert place.limits == terms.video
    for data, why in (
        (film(width=640, height=360), "230,400 in all, where 100,000"),
        (film(rate=50, width=160), "50 fr"),
    ):
        seen = media.read(world.desk, world.workspace.id, put(world, data))
        with pytest.raises(InvalidField, match=why) as told:
            check(seen, place, "/media")
        assert OWN_PLACE in told.value.detail


def test_what_the_header_does_not_tell_stands_against_nothing(world: World) -> None:
    seen = media.read(world.desk, world.workspace.id, put(world, webm(each=0)))
    limits = VideoLimits(frozenset({"video/webm"}), 10_000, "a book", max_rate=1)
    assert check(seen, Place("somewhere", limits), "/media") is limits


def test_an_account_connected_before_videos_were_shown_has_the_usual_limits(world: World) -> None:
    account = replace(world.accounts["mastodon"], house_rules=HouseRules(max_length=5000))
    assert film_place(capabilities("mastodon"), account).limits == capabilities("mastodon").video
    assert HouseRules(video=VideoRules((), 5)) != HouseRules()


@pytest.mark.parametrize(
    ("platform", "why"), [("reddit", "Reddit wants a picture that stands for the video"), ("lemmy", "no videos here")]
)
def test_where_no_video_is_shown_that_is_said_with_the_reason(world: World, platform: str, why: str) -> None:
    can = capabilities(platform)
    body = Body("Look.", pictures=(Attachment(put(world, mp4())),), title="A title", community="somewhere")
    desk = replace(world.desk, platforms=Real(world.desk.platforms, platform))
    account = replace(world.accounts["mastodon"], platform=platform)
    with pytest.raises(InvalidField, match=why) as told:
        checking.check_body(desk, account, checking.Wish(account.id, body, "/variants/0"))
    assert told.value.fix
    assert can.video is None


class Real:
    """The scripted platforms, but for one whose capabilities are the real ones."""

    def __init__(self, scripted: Any, platform: str) -> None:
        self._scripted = scripted
        self._platform = platform

    def capabilities(self, _platform: str) -> Any:
        return capabilities(self._platform)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scripted, name)


def test_a_video_stands_alone_in_its_part(world: World) -> None:
    one, other = Attachment(put(world, mp4())), Attachment(put(world, film(rate=50)))
    picture = Attachment(put(world, saved(drawn(), "PNG")))
    for shown in ((one, picture), (picture, one), (one, other)):
        told = refused(world, "mastodon", *shown)
        assert (told.pointer, "one video, alone" in told.detail) == ("/variants/0/pictures", True)
    assert scheduled(world, "mastodon", (one,), (picture,), (other,)).state is VariantState.SCHEDULED


def test_a_video_needs_a_description_unless_the_workspace_only_asks_for_it(world: World) -> None:
    bare = Attachment(put(world, mp4(), alt=""))
    told = refused(world, "mastodon", bare)
    assert (told.pointer, "every video" in told.detail) == ("/variants/0/pictures/0/alt", True)
    assert "41 characters of description where 40" in refused(world, "mastodon", replace(bare, alt="x" * 41)).detail
    workspaces.set_alt_text(world.desk, world.caller, AltText.ASKED, world.clock.now())
    assert scheduled(world, "mastodon", (bare,)).state is VariantState.SCHEDULED


def test_every_fault_of_a_video_is_told_where_all_are_asked_for(world: World) -> None:
    """Beside a fault of another kind: a part that is too long."""
    account = world.accounts["mastodon"]
    shown = (Attachment(put(world, webm())),)
    wish = checking.Wish(account.id, Body("Look.", pictures=shown, rest=(Part("x" * 281),)), "/variants/0")
    told = checking.faults(world.desk, account, world.desk.guideline(world.workspace), wish)
    assert [one.pointer for one in told] == ["/variants/0/pictures/0/media", "/variants/0/rest/0/text"]


# --- said ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["mastodon", "bluesky"])
def test_a_video_is_handed_over_as_it_is_kept_awaited_without_an_attempt_and_shown(world: World, platform: str) -> None:
    remote = world.platforms[platform]
    remote.works_for = 60
    shown = put(world, mp4())
    variant = scheduled(world, platform, (Attachment(shown, "The door, opening"),))
    left = speak(world, variant)
    assert (left.state, left.attempts) == (VariantState.SCHEDULED, 0)
    world.clock.move(30)
    assert speak(world, left).attempts == 0
    assert remote.posted == []
    world.clock.move(31)
    assert speak(world, left).state is VariantState.PUBLISHED

    ((alt, data),) = remote.uploads
    assert alt == "The door, opening"
    assert data == media.data(world.desk, media.read(world.desk, world.workspace.id, shown))
    assert remote.shown["Look."] == (("1 done", "The door, opening"),), "by the name that it has once it is worked on"
    assert remote.drafts[0].pictures[0].is_video


def test_a_lost_answer_is_settled_by_a_look_and_the_video_is_shown_once(world: World) -> None:
    world.platforms["mastodon"].script.append("lands, answer lost")
    variant = scheduled(world, "mastodon", (Attachment(put(world, mp4())),))
    assert speak(world, variant).in_doubt(world.clock.now())
    world.clock.move(200)
    assert speak(world, variant).state is VariantState.PUBLISHED
    assert len(world.platforms["mastodon"].posted) == 1


def test_a_video_that_surely_was_not_said_is_handed_over_once_more_awaited_and_said(world: World) -> None:
    """What is worked on after the look-up is not handed over again each time that it is looked at."""
    remote = world.platforms["mastodon"]
    remote.works_for = 20
    remote.script.append("answer lost")
    variant = scheduled(world, "mastodon", (Attachment(put(world, mp4())),))
    for _ in range(2):
        speak(world, variant)
        world.clock.move(21)
    assert world.variant(variant.id).in_doubt(world.clock.now() + timedelta(seconds=200))
    for _ in range(6):
        world.clock.move(100)
        left = speak(world, variant)
        if left.state is VariantState.PUBLISHED:
            break
    assert left.state is VariantState.PUBLISHED
    assert [text for text, _, _ in remote.posted] == ["Look."]
    assert len(remote.uploads) == 2


def test_a_video_that_the_platform_cannot_work_with_fails_with_the_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.platforms["mastodon"].works_for = 5
    variant = scheduled(world, "mastodon", (Attachment(put(world, mp4())),))
    speak(world, variant)

    def failed(*_: object) -> str | None:
        raise errors.Rejected("mastodon", "It could not work with it.", code="video-failed")

    monkeypatch.setattr("tests.world.ScriptedConnector.uploaded", failed)
    world.clock.move(6)
    left = speak(world, variant)
    assert (left.state, left.attempts) == (VariantState.FAILED, 0)
    assert "It could not work with it." in (left.reason or "")


def test_a_video_that_a_post_shows_is_kept(world: World) -> None:
    shown = put(world, mp4())
    scheduled(world, "mastodon", (Attachment(shown),))
    with pytest.raises(Conflict, match="a post shows it"):
        media.delete(world.desk, world.caller, shown, world.clock.now())


def test_a_video_whose_bytes_are_others_by_now_is_not_handed_on(world: World) -> None:
    shown = put(world, mp4())
    variant = scheduled(world, "mastodon", (Attachment(shown),))
    for one in (world.folder / "blobs").iterdir():
        one.write_bytes(film(rate=50))
    left = speak(world, variant)
    assert left.state is VariantState.FAILED
    assert world.platforms["mastodon"].uploads == []


def test_a_card_shows_no_video(world: World) -> None:
    limits = PictureLimits(1, frozenset({"image/png"}), 100_000, 500)
    with pytest.raises(InvalidField, match="a video where a picture is needed"):
        media.pictures(world.desk, world.workspace.id, [Attachment(put(world, mp4()))], limits, sending=True)
