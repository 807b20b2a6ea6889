"""The records that earlier releases left behind: what was under way in them is taken up by the present code."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, NoReturn

import pytest

from chalicelib import settings
from chalicelib.domain.access import Role
from chalicelib.domain.digest import DigestState
from chalicelib.domain.escalation import EscalationState
from chalicelib.domain.imports import ImportState, Mode
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import Attachment, Part, Variant, VariantState
from chalicelib.domain.replay import ReplayState
from chalicelib.domain.review_link import LinkState
from chalicelib.domain.workspace import Workspace
from chalicelib.services import (
    activating,
    approving,
    bodies,
    braking,
    campaigns,
    changing,
    corrections,
    curating,
    drafting,
    events,
    holding,
    importing,
    moderating,
    readers,
    replaying,
    replies,
    reposting,
    review_links,
    series,
    shadowing,
    taking_down,
)
from local.release.platforms import sign_in
from tests.releases import HOUR, MINUTE, RECORDS, Left, id_of, since, taken_up, workspace_of

left = pytest.fixture(params=RECORDS, ids=lambda path: path.stem)(taken_up)


def test_what_was_under_way_is_taken_up(left: Left) -> None:
    before = {one.id: one for one in left.variants()}
    due = left.soon()
    lost = [one for one in before.values() if one.state is VariantState.SENDING]
    ending = {one.id for one in braking.every(left.desk, left.workspace) if one.expires_at is not None}
    braked = [one for one in before.values() if one.state is VariantState.HELD and one.held_by in ending]
    assert left.release == "0.1.0" or braked
    unsaid = {one.id: left.unsaid(one) for one in before.values()}
    left.clock.at = max(one.not_before for one in due) + 5 * MINUTE
    left.go_on(20)
    after = {one.id: one.state for one in left.variants()}
    assert all(after[one.id] is VariantState.PUBLISHED for one in (*due, *lost, *braked))
    texts = Counter(left.posted())
    wanted = Counter(text for one in (*due, *lost, *braked) for text in unsaid[one.id])
    answers = [text for text in texts if "automatic" in text and text not in wanted]
    assert all(texts[text] == count for text, count in wanted.items())
    assert len(texts) == len(wanted) + len(answers)
    ended = [one for one in before.values() if one not in (*due, *lost, *braked)]
    assert {one.id: one.state for one in ended} == {one.id: after[one.id] for one in ended}


def test_interactions_mails_accounts_and_slots_go_on(left: Left) -> None:
    left.clock.at = max(one.not_before for one in left.soon()) + 5 * MINUTE
    left.go_on()
    desk = left.desk
    for item in left.of("INTERACTION"):
        found = desk.store.interactions.get(workspace_of(item), id_of(item))
        assert found is not None
        assert found.state not in {InteractionState.NEW, InteractionState.ANSWERING}
    for item in left.of("ESCALATION"):
        told = desk.store.escalations.get(workspace_of(item), id_of(item))
        assert told is not None
        assert told.state is EscalationState.TOLD
    for item in left.of("DIGEST"):
        sent = desk.store.digests.get(workspace_of(item), id_of(item))
        assert sent is not None
        assert sent.state is DigestState.SENT
    assert all(slot.ran_at > left.clock.at - timedelta(hours=1) for slot in desk.store.slots(settings.PLATFORMS))
    assert left.release == "0.1.0" or any("releasing_since" in one for one in left.of("ACCOUNT"))
    accounts = [desk.store.accounts.get(workspace_of(one), id_of(one)) for one in left.of("ACCOUNT")]
    assert all(one is not None and one.releasing_since is None for one in accounts)


class Died(BaseException):
    """The process ended here."""


def die(*_: object) -> NoReturn:
    raise Died


@pytest.mark.parametrize("hints", ["that arrive", "that are lost", "that nobody lived to send"])
def test_what_was_held_goes_out_once_its_account_is_signed_in_again(
    left: Left, hints: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [one for one in left.variants() if one.state is VariantState.HELD and one.held_by is None]
    wanted = Counter(left.text(one) for one in held)
    (platform,) = {one.platform for one in held}
    if hints == "that nobody lived to send":
        with monkeypatch.context() as then:
            then.setattr(holding, "release_account", die)
            with pytest.raises(Died):
                sign_in(left.desk, left.owner, platform, left.clock.now())
    else:
        sign_in(left.desk, left.owner, platform, left.clock.now())
    if hints == "that are lost":
        left.lose_hints()
    left.go_on()
    assert Counter(left.remotes[platform].posted) == wanted
    after = {one.id: one.state for one in left.variants()}
    assert {after[one.id] for one in held} == {VariantState.PUBLISHED}


@since("0.2.0")
def test_what_a_brake_held_goes_out_once_it_is_lifted(left: Left) -> None:
    held = [one for one in left.variants() if one.state is VariantState.HELD and one.held_by is not None]
    unsaid = {text for one in held for text in left.unsaid(one)}
    left.go_on(8)
    assert not unsaid & set(left.posted())
    for brake in {one.held_by or "" for one in held}:
        braking.lift(left.desk, left.owner, brake, "the river falls", left.clock.now())
    left.go_on(30)
    assert all(Counter(left.posted())[text] == 1 for text in unsaid)


def test_what_is_scheduled_or_held_can_be_edited_and_what_is_published_taken_down(left: Left) -> None:
    desk, now = left.desk, left.clock.now()
    held = [one for one in left.variants() if one.state is VariantState.HELD and one.held_by is None]
    # A picture that an edit has handed over anew would have to be there: a record has none of their bytes.
    waiting = [one for one in (*left.soon(), *held) if one.interaction is None and not pictures_of(left, one)]
    before = {left.text(one) for one in waiting}
    for place, one in enumerate(waiting):
        changing.edit(desk, left.owner, one.id, changing.Edit(one.version, text=f"Edited by the next, {place}"), now)
    sign_in(desk, left.owner, "reddit", now)
    left.go_on(40)
    assert not before & set(left.posted())
    assert {f"Edited by the next, {place}" for place in range(len(waiting))} <= set(left.posted())
    for one in [one for one in left.variants() if one.state is VariantState.PUBLISHED]:
        taken = taking_down.take_down(desk, left.owner, one.id, "it is over", left.clock.now())
        assert taken.taken_down_at is not None
        assert one.remote is not None
        assert one.taken_down_at is not None or one.remote.id in left.remotes[one.platform].deleted


def pictures_of(left: Left, variant: Variant) -> tuple[Attachment, ...]:
    return bodies.body_of(left.desk, variant).pictures


# --- what came with 0.3.0 --------------------------------------------------------------------------------------------


@since("0.3.0")
def test_the_rest_of_a_thread_is_said_in_order_and_what_stands_there_is_not_said_again(left: Left) -> None:
    half = left.saying("Half said")
    left.go_on(60)
    said = [text for text in left.remotes["x"].posted if text in {part.text for part in parts_of(left, half)}]
    assert said == ["and said whole by the next release", "and that was all"]
    after = left.saying("Half said")
    assert (after.state, len(after.said)) == (VariantState.PUBLISHED, 3)
    assert after.remote == half.remote


@since("0.3.0")
@pytest.mark.parametrize("agreed", [True, False], ids=["agreed", "nobody agrees"])
def test_what_awaits_approval_is_said_once_somebody_agrees_and_only_then(left: Left, agreed: bool) -> None:
    waits = left.saying("Said once somebody agrees")
    assert waits.state is VariantState.AWAITING_APPROVAL
    if agreed:
        approving.approve(left.desk, left.owner, waits.id, waits.version, left.clock.now())
    left.clock.at = waits.schedule.at - MINUTE
    left.go_on(3)
    assert left.remotes["bluesky"].posted.count("Said once somebody agrees") == agreed
    left.clock.at += HOUR
    left.go_on(2)
    after = left.saying("Said once somebody agrees")
    assert after.state is (VariantState.PUBLISHED if agreed else VariantState.MISSED)
    assert left.remotes["bluesky"].posted.count("Said once somebody agrees") == agreed


@since("0.3.0")
def test_a_series_goes_on_making_posts_and_its_changed_occurrence_stays_changed(left: Left) -> None:
    desk, ws = left.desk, left.workspace
    (item,) = left.of("SERIES")
    before = series.get(desk, ws, id_of(item)).ledger.made
    left.clock.at += timedelta(days=16)  # it wakes half its horizon before the first post that it lacks
    left.go_on(1)
    made = series.get(desk, ws, id_of(item)).ledger.made
    assert made[:2] == before
    third, fourth = (variant_of(left, one.post) for one in made[2:])
    assert [left.text(one) for one in (third, fourth)] == [
        "It is Tuesday this time",
        "It is Monday: bring what is broken",
    ]
    # The workspace asks for another's yes by now.
    assert {third.state, fourth.state} == {VariantState.AWAITING_APPROVAL}
    approving.approve(desk, left.by(Role.MANAGER), third.id, third.version, left.clock.now())
    left.clock.at = third.schedule.at
    left.go_on(2)
    assert left.remotes["mastodon"].posted.count("It is Tuesday this time") == 1
    left.clock.at += timedelta(days=7)
    left.go_on(1)
    made = series.get(desk, ws, id_of(item)).ledger.made
    assert len({one.post for one in made}) == len(made) == 5


@since("0.3.0")
def test_tables_feeds_and_evergreens_go_on(left: Left) -> None:
    desk, ws = left.desk, left.workspace
    left.go_on(2)
    (waiting,) = [id_of(one) for one in left.of("IMPORT") if one["state"] == ImportState.CHECKING.value]
    assert importing.get(desk, ws, waiting).state is ImportState.CHECKED
    importing.begin(desk, left.owner, waiting, Mode.ALL_OR_NOTHING, left.clock.now())
    left.go_on(2)
    done = importing.get(desk, ws, waiting)
    assert (done.state, dict(done.counts)) == (ImportState.DONE, {"made": 1})
    drafts = len(drafting.waiting(desk, ws, limit=10, after=None).items)
    left.clock.at += 2 * HOUR
    left.go_on(2)
    feed, reading = curating.get(desk, ws, id_of(left.of("FEED")[0]))
    assert reading.read_at is not None
    assert reading.read_at > feed.created_at + HOUR
    assert len(drafting.waiting(desk, ws, limit=10, after=None).items) == drafts
    evergreen = reposting.get(desk, ws, id_of(left.of("EVERGREEN")[0]))
    assert (evergreen.turn, evergreen.said) == (1, 1)


@since("0.3.0")
def test_an_event_moves_its_posts_a_campaign_goes_on_and_a_link_can_be_taken_back(left: Left) -> None:
    desk, ws, now = left.desk, left.workspace, left.clock.now()
    event = events.get(desk, ws, id_of(left.of("EVENT")[0]))
    (announced,) = event.announcements
    moved, _ = events.move(desk, left.owner, event.id, event.version, "2026-03-10T18:00", None, now)
    assert variant_of(left, announced.post).state is VariantState.CANCELLED
    new = variant_of(left, moved.announcements[0].post)
    assert left.text(new) == "Due soon: Repair evening on 2026-03-10 at 18:00, the workshop"
    autumn = next(id_of(one) for one in left.of("CAMPAIGN") if one["name"] == "Autumn market")
    _, released = campaigns.resume(desk, left.owner, autumn, "the river falls", now)
    assert released == 1
    left.go_on(20)
    assert left.posted().count("Braked, and edited") == 1
    (link,) = left.of("LINK")
    assert review_links.revoke(desk, left.owner, id_of(link), now).state is LinkState.REVOKED


def variant_of(left: Left, post: str | None) -> Variant:
    found = left.desk.store.variants.get(left.workspace, f"{post}.0")
    assert found is not None
    return found


def parts_of(left: Left, variant: Variant) -> tuple[Part, ...]:
    return bodies.body_of(left.desk, variant).parts


# --- what came with 0.4.0 --------------------------------------------------------------------------------------------


@since("0.4.0")
def test_what_a_person_and_a_clause_had_decided_is_done_and_what_was_undone_stays_so(left: Left) -> None:
    rulings = {id_of(one): one["state"] for one in left.of("RULING")}
    assert Counter(rulings.values()) == {"done": 2, "undone": 1, "asked": 1}
    new = [id_of(one) for one in left.of("INTERACTION") if one["state"] == "new"]
    left.go_on()
    kept = {id_of(one): left.desk.store.rulings.get(left.workspace, id_of(one)) for one in left.of("RULING")}
    assert {one.state.value for one in kept.values() if one is not None} == {"done", "undone"}
    assert left.remotes["mastodon"].moderated == ["mute"]
    ruled = [left.desk.store.interactions.get(left.workspace, one) for one in new]
    assert [one.state for one in ruled if one is not None] == [InteractionState.RESOLVED]
    assert left.remotes["bluesky"].moderated == ["hide"]
    (told,) = [one for one in kept.values() if one is not None and one.notice is not None]
    assert (
        moderating.undo(left.desk, left.owner, told.id, "it was meant kindly", left.clock.now()).state.value
        == "undoing"
    )
    left.go_on(2)
    assert left.remotes["bluesky"].moderated == ["hide", "unhide"]


@since("0.4.0")
def test_guidelines_and_what_was_taught_go_on_and_can_be_taken_back(left: Left) -> None:
    desk, ws = left.desk, desk_workspace(left)
    assert len(ws.guidelines_before) == 1
    assert desk.guideline(ws).name == "Live"
    assert desk.guideline_of(ws.id, ws.shadow or "").name == "Shadow"
    disagreed = shadowing.disagreements(desk, ws, shadowing.Part.GUIDELINE, left.clock.now())
    assert disagreed is not None
    assert disagreed.counts["escalate>review"] == 1
    (running,) = [id_of(one) for one in left.of("REPLAY") if one["state"] == "running"]
    left.go_on()
    tried = replaying.get(desk, ws.id, running)
    reads_alike = tried.active.classifier == readers.classifier()
    assert tried.state is (ReplayState.DONE if reads_alike else ReplayState.EXPIRED)
    correction = corrections.get(desk, ws.id, ws.correction or "").correction
    assert correction.heads["insult"].words == {7: 40, 1234: -20}
    assert corrections.roll_back(desk, left.owner, "back", left.clock.now()).correction is None
    after = activating.roll_back(desk, left.owner, "back", left.clock.now())
    assert desk.guideline(after).name == "Starter guideline"


@since("0.4.0")
def test_what_is_listened_to_counted_and_signed_in_goes_on(left: Left) -> None:
    desk, ws = left.desk, desk_workspace(left)
    assert (ws.measures, ws.brakes_in_surge, ws.second_opinions.calls_per_day) == (True, True, 20)
    bluesky = next(one for one in desk.store.accounts_of(ws.id) if one.platform == "bluesky")
    assert bluesky.listening.words == ("toaster",)
    before = len(left.of("SAMPLE"))
    left.go_on(90)
    found = desk.store.table.query(f"W#{ws.id}#N#{bluesky.id}", prefix="SAMPLE#", limit=10).items
    samples = [one for post in left.of("POST") for one in samples_of(left, id_of(post))]
    assert len(samples) + len(found) > before
    causes = Counter(one["cause"] for one in left.of("INCIDENT"))
    assert causes["gaps"] == causes["unpaid"] == 1
    ended = [desk.store.handshakes.get(ws.id, id_of(one)) for one in left.of("HANDSHAKE")]
    assert Counter(one.state.value for one in ended if one is not None) == {"done": 1, "expired": 2}
    assert desk.store.table.query(f"W#{ws.id}", prefix="HANDSHAKESECRET#", limit=2).items == []
    own = replies.named(desk, ws.id, "warm-thanks")
    assert (len(own.wordings), own.retired) == (2, False)


def desk_workspace(left: Left) -> Workspace:
    return left.desk.workspace(left.workspace)


def samples_of(left: Left, post: str) -> list[dict[str, Any]]:
    return left.desk.store.table.query(f"W#{left.workspace}#P#{post}", prefix="SAMPLE#", limit=100).items
