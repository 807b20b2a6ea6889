"""Reading again, moderation, counts and options against the sandbox network, which keeps what was really done.

What a façade does not speak yet is skipped, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import pytest

from connectors.capabilities import Platform
from connectors.contract import Draft, RemoteInteraction, RemoteRef, Thread
from connectors.errors import ConnectorError, Rejected
from connectors.metrics import Measure
from connectors.moderation import UNDONE_BY, Moderation, Target
from connectors.options import Audience, Card, Option, Options, WhoMayReply
from connectors.registry import capabilities
from tests.connectors.kits import KITS
from tests.connectors.sandbox import NOW, Desk, desk_on

T = TypeVar("T")
BY_PLATFORM = {kit.platform: kit for kit in KITS}
MODERATES = [(platform, action) for platform in Platform for action in sorted(capabilities(platform).moderations)]
OPTIONS = [(platform, option) for platform in Platform for option in sorted(capabilities(platform).options)]


@pytest.fixture(params=list(Platform))
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


def spoken(desk: Desk, call: Callable[[], T]) -> T:
    """What comes of it; skipped where the façade has no such route."""
    try:
        return call()
    except ConnectorError:
        asked = desk.ask("requests")["requests"]
        if asked and asked[-1]["outcome"] in {"404", "405", "501"}:
            pytest.skip(f"the sandbox does not speak {asked[-1]['method']} {asked[-1]['path']} yet")
        raise


def hears_again(desk: Desk) -> None:
    if BY_PLATFORM[desk.platform].hears is None:
        pytest.skip(f"{desk.platform} does not read again yet")


def answered(desk: Desk) -> tuple[RemoteRef, RemoteInteraction]:
    """A post of ours, and what a member answered."""
    ours = desk.publish(desk.draft).ref
    said = desk.tell("members/say", platform=desk.platform, kind="praise", reply_to=ours.id)
    found = {one.ref.id: one for one in desk.connector.fetch_interactions(None).items}
    return ours, found[said["id"]]


# --- reading again ----------------------------------------------------------------------------------------------------


def test_an_edit_and_a_withdrawal_are_seen_on_reading_again(desk: Desk) -> None:
    hears_again(desk)
    _, answer = answered(desk)
    first = spoken(desk, lambda: desk.connector.read([answer.ref]))[answer.ref.id]
    assert (first.native_id, first.text) == (answer.native_id, answer.text)

    desk.tell("members/edit", platform=desk.platform, id=answer.ref.id, text="I have changed my mind.")
    again = desk.connector.read([answer.ref])[answer.ref.id]
    assert again.text.endswith("I have changed my mind.")
    assert again.native_id == answer.native_id

    desk.tell("members/withdraw", platform=desk.platform, id=answer.ref.id)
    assert desk.connector.read([answer.ref]) == {}


def test_a_thread_is_read_from_either_end(desk: Desk) -> None:
    hears_again(desk)
    ours, answer = answered(desk)
    second = desk.tell(
        "members/say", platform=desk.platform, member="member-wren", text="So do I.", reply_to=answer.ref.id
    )
    desk.publish(Draft("Thank you both.", in_reply_to=answer.ref), "thanks")

    below = spoken(desk, lambda: desk.connector.thread(ours)).below
    assert [one.ref.id for one in below] == [answer.ref.id, second["id"]], "ours is left out, the oldest comes first"
    above = desk.connector.thread(RemoteRef(second["id"])).above
    assert [one.ref.id for one in above] == [ours.id, answer.ref.id]


def test_a_thread_that_is_gone_is_gone(desk: Desk) -> None:
    hears_again(desk)
    ours = desk.publish(desk.draft).ref
    spoken(desk, lambda: desk.connector.thread(ours))
    desk.connector.delete(ours)
    if desk.platform is Platform.REDDIT:  # it keeps the place of what was deleted, and what was answered there
        assert desk.connector.thread(ours) == Thread()
        return
    with pytest.raises(Rejected) as refused:
        desk.connector.thread(ours)
    assert refused.value.code == "gone"


def test_own_posts_are_all_there_newest_first(desk: Desk) -> None:
    hears_again(desk)
    for number in range(3):
        key = desk.connector.new_key(f"post {number}", NOW + timedelta(seconds=number))
        desk.connector.publish(replace(desk.draft, text=f"post {number}"), key=key)
    found: list[str] = []
    before: str | None = None
    while page := spoken(desk, partial(desk.connector.own_posts, before)):
        found += [one.text.rpartition("\n")[2] for one in page]  # on Reddit the title comes first
        assert before != page[-1].ref.id
        before = page[-1].ref.id
    assert found == ["post 2", "post 1", "post 0"]


def test_an_inbox_is_read_back_to_its_beginning_each_message_once(desk: Desk) -> None:
    hears_again(desk)
    ours = desk.publish(desk.draft).ref
    wanted = [f"number {number}" for number in range(120)]
    for one in wanted:
        desk.tell("members/say", platform=desk.platform, member="member-wren", text=one, reply_to=ours.id)
    newest = desk.connector.fetch_interactions(None)
    found: list[str] = []
    token: str | None = None
    for turn in range(10):
        page = desk.connector.earlier(token, since=NOW - timedelta(days=1))
        found = [*(one.text.rpartition("number")[2] for one in page.items), *found]
        if turn == 0:
            assert [one.native_id for one in page.items] == [one.native_id for one in newest.items]
        token = page.token
        if token is None:
            break
    assert found == [one.removeprefix("number") for one in wanted]
    assert turn >= 1, "it took more than one page"


# --- moderation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("platform", "action"), MODERATES, ids=str)
def test_a_state_asked_for_twice_is_one_state_and_its_opposite_leads_back(
    platform: Platform, action: Moderation
) -> None:
    with desk_on(platform) as desk:
        target = moderated(desk, action)
        undo = UNDONE_BY.get(action)
        if undo in DOES and action not in DOES:
            spoken(desk, lambda: desk.connector.moderate(target, undo))  # there is something to undo
        before = marks(desk)
        spoken(desk, lambda: desk.connector.moderate(target, action))
        once = marks(desk)
        if once == before and not desk.ask("marks")["marks"]:
            pytest.skip(f"the sandbox keeps no marks of {platform}")
        assert once != before or action is Moderation.REPORT, "only who runs the place need see a report"
        desk.connector.moderate(target, action)
        assert marks(desk) == once
        if undo in capabilities(platform).moderations:
            desk.connector.moderate(target, undo)
            assert marks(desk) != once


def moderated(desk: Desk, action: Moderation) -> Target:
    """What a member answered us, or (to lock on Lemmy, which locks posts only) began, where we are a moderator."""
    _, answer = answered(desk)
    if desk.platform in {Platform.REDDIT, Platform.LEMMY}:
        name = (answer.community or "").removeprefix("!").partition("@")[0]
        for subject in (name, f"c/{name}"):  # as the one and the other façade name a community
            state = f"moderated by {desk.account['id']}"
            desk.tell("marks", platform=desk.platform, subject=subject, state=state)
        if desk.platform is Platform.LEMMY and action in {Moderation.LOCK, Moderation.UNLOCK}:
            begun = desk.tell("members/say", platform=desk.platform, member="member-wren", text="Tea?", community=name)
            answer = desk.connector.read([RemoteRef(begun["id"])])[begun["id"]]
    return Target(answer.ref, answer.author.id, answer.author.handle, answer.community, on_own=True)


def marks(desk: Desk) -> Any:
    return desk.ask("marks")["marks"]


# --- counts -----------------------------------------------------------------------------------------------------------


def test_what_the_platform_counts_is_told_and_what_is_gone_is_missing(desk: Desk) -> None:
    if not desk.connector.capabilities.measures:
        pytest.skip(f"{desk.platform} counts nothing yet")
    kept, gone = (desk.publish(replace(desk.draft, text=one), one).ref for one in ("kept", "gone"))
    desk.tell("members/say", platform=desk.platform, kind="praise", reply_to=kept.id)
    desk.connector.delete(gone)
    told = spoken(desk, lambda: desk.connector.metrics([kept, gone], account=True))
    assert set(told.posts) == {kept.id}
    assert told.posts[kept.id].get(Measure.REPLIES) == 1
    assert {*told.posts[kept.id], *told.account} <= desk.connector.capabilities.measures


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("platform", "option"), OPTIONS, ids=str)
def test_what_is_asked_for_stands_there_once_and_is_found(platform: Platform, option: Option) -> None:
    with desk_on(platform) as desk:
        draft = asking(desk, option)
        receipt = spoken(desk, lambda: desk.publish(draft))
        assert [one["id"] for one in desk.posts()].count(receipt.ref.id) == 1
        plain = desk.publish(replace(desk.draft, text="plain"), "plain").ref
        told = {one["id"]: one["options"] for one in desk.posts()}
        assert not told[plain.id]
        if not told[receipt.ref.id]:
            pytest.skip(f"the sandbox does not keep what was asked for on {platform}")
        found: Any = desk.look(draft)
        assert found.receipt.ref.id == receipt.ref.id


# --- sent once --------------------------------------------------------------------------------------------------------

NOTHING_HAPPENS: tuple[dict[str, Any], ...] = (
    *({"kind": "refused", "status": status} for status in (500, 502, 503, 504)),
    {"kind": "rate_limited", "seconds": 30},
    {"kind": "closed"},
)
IT_HAPPENS: tuple[dict[str, Any], ...] = ({"kind": "lost"}, {"kind": "error_after", "status": 500})
DOES = (Moderation.HIDE, Moderation.REMOVE, Moderation.LOCK, Moderation.MUTE, Moderation.BLOCK, Moderation.BAN)


def writes(desk: Desk) -> int:
    return int(desk.ask("requests", sort="write")["count"])


def once_each(desk: Desk, faults: Sequence[dict[str, Any]], call: Callable[[int], object]) -> None:
    """However a write fails, it was one request."""
    for number, fault in enumerate(faults):
        desk.tell("faults", platform=desk.platform, on="write", **fault)
        before = writes(desk)
        with pytest.raises(ConnectorError):
            call(number)
        assert writes(desk) == before + 1, fault


@pytest.mark.parametrize(("platform", "option"), OPTIONS, ids=str)
def test_a_post_with_an_option_is_sent_once_however_it_fails(platform: Platform, option: Option) -> None:
    with desk_on(platform) as desk:
        draft = asking(desk, option)
        faults = (*NOTHING_HAPPENS, *IT_HAPPENS)
        once_each(desk, faults, lambda n: desk.publish(replace(draft, text=f"{draft.text} {n}"), f"seed {n}"))


@pytest.mark.parametrize("platform", [one for one in Platform if capabilities(one).moderations])
def test_a_moderation_is_sent_once_however_it_fails(platform: Platform) -> None:
    with desk_on(platform) as desk:
        target = moderated(desk, Moderation.REMOVE)
        can = capabilities(platform).moderations - ({Moderation.LOCK} if platform is Platform.LEMMY else set())
        for action in (one for one in DOES if one in can):
            # The last of these is in force: a connector that reads the state first has nothing to write after it.
            faults = (*NOTHING_HAPPENS, IT_HAPPENS[0])
            once_each(desk, faults, lambda _, action=action: desk.connector.moderate(target, action))  # type: ignore[misc]


def asking(desk: Desk, option: Option) -> Draft:
    """A draft that asks for this, as the platform's kit does."""
    can = desk.connector.capabilities
    other = {
        Option.WARNING: Options(warning="Long"),
        Option.SENSITIVE: Options(sensitive=True),
        Option.SPOILER: Options(spoiler=True),
        Option.AUDIENCE: Options(audience=Audience.UNLISTED),
        Option.WHO_MAY_REPLY: Options(who_may_reply=can.who_may_reply & {WhoMayReply.MENTIONED}),
        Option.CARD: Options(card=Card("https://example.org/", "A title")),
    }
    if option in other and (desk.platform is not Platform.REDDIT or option is not Option.CARD):
        return replace(desk.draft, options=other[option])
    said = BY_PLATFORM[desk.platform].speaks.get(option)
    if said is None or option in {Option.CROSSPOST, Option.FLAIR}:
        pytest.skip(f"{option} needs something that is not there in an empty sandbox")
    return replace(said.draft, community=desk.draft.community)
