"""What was said is changed or taken back where it was said: the record follows, and nobody answers what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.domain.review import ReviewState, Verdict
from chalicelib.services import polling, publishing, rereading, reviewing, revising, triaging
from chalicelib.services.reviewing import Decision
from chalicelib.store import keys
from connectors.capabilities import InteractionKind
from connectors.contract import RemoteInteraction, RemoteRef
from tests.world import START, ScriptedConnector, World

PRAISE = "Thank you, the new opening hours are great. Lovely work!"
COMPLAINT = "I waited three weeks for my refund and nobody answers, this is not acceptable."
SPAM = "Click here to claim your free gift card www.win-big.example.com"


def poll(world: World) -> polling.Polled:
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts["x"].id)
    assert account is not None
    return polling.poll_account(world.desk, account, world.clock.now())


def heard(world: World, text: str) -> Interaction:
    world.hears("x", text, number=1)
    poll(world)
    return one(world)


def one(world: World) -> Interaction:
    (found,) = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    return found


def changes(world: World, text: str) -> None:
    world.platforms["x"].inbox[0] = replace(world.platforms["x"].inbox[0], text=text)


def triage(world: World) -> Interaction:
    triaging.triage(world.desk, world.workspace.id, one(world).id, world.clock.now())
    return one(world)


def text_of(world: World) -> str | None:
    content = world.desk.store.contents.get(one(world))
    return None if content is None else content.text


def test_the_same_words_again_are_no_news(world: World) -> None:
    before = heard(world, SPAM)
    record = world.record()
    poll(world)
    assert one(world) == before
    assert world.record() == record


def test_a_changed_text_is_a_new_revision_and_is_decided_anew(world: World) -> None:
    first = heard(world, SPAM)
    assert first.state is InteractionState.IGNORED
    changes(world, COMPLAINT)
    poll(world)
    assert (one(world).state, one(world).revision, text_of(world)) == (InteractionState.NEW, 2, COMPLAINT)
    assert triage(world).state is InteractionState.IN_REVIEW
    poll(world)
    assert one(world).revision == 2


def test_a_question_about_what_it_said_before_is_closed_and_a_new_one_is_put(world: World) -> None:
    first = heard(world, COMPLAINT)
    changes(world, COMPLAINT + " Really.")
    poll(world)
    again = triage(world)
    assert first.review != again.review
    old, new = (world.desk.store.reviews.get(world.workspace.id, item or "") for item in (first.review, again.review))
    assert old is not None
    assert new is not None
    assert (old.state, new.state) == (ReviewState.RESOLVED, ReviewState.OPEN)


def test_an_answer_to_what_it_no_longer_says_is_not_sent(world: World) -> None:
    first = heard(world, PRAISE)
    assert first.state is InteractionState.ANSWERING
    assert first.answer is not None
    changes(world, COMPLAINT)
    poll(world)
    assert world.variant(first.answer).state is VariantState.CANCELLED
    assert publishing.publish(world.desk, world.workspace.id, first.answer) is VariantState.CANCELLED
    assert triage(world).state is InteractionState.IN_REVIEW
    assert not world.platforms["x"].posted


def test_what_a_person_decided_about_goes_before_a_person_and_is_not_decided_by_us(world: World) -> None:
    first = heard(world, COMPLAINT)
    now = world.clock.now()
    reviewing.claim(world.desk, world.caller, first.review or "", now)
    reviewing.decide(world.desk, world.caller, first.review or "", Decision(Verdict.LET_GO, "all is said"), now)
    changes(world, PRAISE)
    poll(world)
    again = one(world)
    assert (again.state, again.revision) == (InteractionState.IN_REVIEW, 2)
    assert again.review != first.review
    assert triage(world).state is InteractionState.IN_REVIEW
    assert again.answer is None


def test_what_was_taken_back_is_purged_asked_about_no_more_and_never_answered(world: World) -> None:
    first = heard(world, PRAISE)
    assert revising.withdrawn(world.desk, first, world.clock.now())
    assert one(world).state is InteractionState.WITHDRAWN
    assert text_of(world) is None
    assert PRAISE not in world.record()
    assert world.variant(first.answer or "").state is VariantState.CANCELLED
    poll(world)
    assert one(world).state is InteractionState.WITHDRAWN
    assert not revising.withdrawn(world.desk, one(world), world.clock.now())


@pytest.mark.parametrize("becomes", ["changed", "gone"])
def test_whoever_takes_an_item_sees_what_stands_there_now(world: World, becomes: str) -> None:
    first = heard(world, COMPLAINT)
    if becomes == "gone":
        world.platforms["x"].inbox.clear()
    else:
        changes(world, COMPLAINT + " And another thing.")
    with pytest.raises(Conflict):
        reviewing.claim(world.desk, world.caller, first.review or "", world.clock.now())
    item = world.desk.store.reviews.get(world.workspace.id, first.review or "")
    assert item is not None
    assert item.state is ReviewState.RESOLVED
    assert one(world).state is (InteractionState.WITHDRAWN if becomes == "gone" else InteractionState.NEW)


def test_before_an_automatic_answer_the_platform_is_asked_once_the_last_sight_is_old(world: World) -> None:
    before = heard(world, PRAISE)
    changes(world, COMPLAINT)
    assert rereading.fresh(world.desk, before, world.clock.now()), "it was heard a moment ago"
    world.clock.move(rereading.SURE_FOR.total_seconds())
    assert not rereading.fresh(world.desk, before, world.clock.now())
    assert (one(world).revision, text_of(world)) == (2, COMPLAINT)


def test_a_platform_that_does_not_tell_keeps_no_answer_back(world: World) -> None:
    before = heard(world, PRAISE)
    world.platforms["x"].signs_in = False
    world.clock.move(rereading.SURE_FOR.total_seconds())
    assert rereading.fresh(world.desk, before, world.clock.now())


def test_what_waits_for_a_person_is_read_again_at_growing_distances(world: World) -> None:
    first = heard(world, COMPLAINT)
    assert first.state is InteractionState.IN_REVIEW
    asked: list[float] = []
    read = ScriptedConnector.read

    def noted(self: ScriptedConnector, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        asked.append((world.clock.now() - START).total_seconds() / 60)
        return read(self, refs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedConnector, "read", noted)
        for _ in range(60):
            world.clock.move(300)
            poll(world)
    assert asked == [15, 60, 240]


def test_what_was_taken_back_meanwhile_leaves_the_queue_without_anybody_looking(world: World) -> None:
    first = heard(world, COMPLAINT)
    world.platforms["x"].inbox.clear()
    world.clock.move(15 * 60)
    poll(world)
    assert one(world).state is InteractionState.WITHDRAWN
    item = world.desk.store.reviews.get(world.workspace.id, first.review or "")
    assert item is not None
    assert item.state is ReviewState.RESOLVED


def test_a_report_of_what_was_heard_already_reaches_the_desk_and_names_it(world: World) -> None:
    first = heard(world, PRAISE)
    reported = replace(
        world.platforms["x"].inbox[0],
        native_id="report/native-1",
        kind=InteractionKind.REPORT,
        why=("rude",),
        about="native-1",
    )
    world.platforms["x"].inbox.append(reported)
    poll(world)
    found = world.desk.store.interactions.listed(keys.shelf(world.workspace.id, "INBOX"), limit=10).items
    (report,) = [each for each in found if each.kind == "report"]
    assert report.about == first.id
    assert report.conversation == first.conversation
