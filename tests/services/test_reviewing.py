"""One person per item, a reason with every decision, and what was decided in the same write."""

from __future__ import annotations

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.interaction import InteractionState
from chalicelib.domain.post import VariantState
from chalicelib.domain.review import ReviewItem, ReviewState, Verdict
from chalicelib.services import polling, publishing, reviewing, triaging
from chalicelib.services.reviewing import Decision
from chalicelib.services.ticking import tick
from tests.services.test_publishing import SETTLED_AFTER
from tests.world import TIMING, World

INSULT = "You are a bunch of useless idiots, shut up."
LET_GO = Decision(Verdict.LET_GO, "answering would feed it")


@pytest.fixture
def item(world: World) -> ReviewItem:
    world.hears("mastodon", INSULT, number=1)
    account = world.accounts["mastodon"]
    polling.poll_account(world.desk, account, world.clock.now())
    (one,) = world.desk.store.interactions.listed(f"W#{world.workspace.id}#INBOX", limit=10).items
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    return waiting(world)[0]


@pytest.fixture
def doubtful(world: World) -> ReviewItem:
    world.platforms["x"].script.append("answer lost")
    variant = world.schedule("x")
    publishing.publish(world.desk, world.workspace.id, variant.id)
    world.clock.move(SETTLED_AFTER)
    publishing.publish(world.desk, world.workspace.id, variant.id)
    (found,) = waiting(world)
    reviewing.claim(world.desk, world.caller, found.id, world.clock.now())
    return found


def waiting(world: World) -> list[ReviewItem]:
    return reviewing.waiting(world.desk, world.workspace.id, limit=50, after=None).items


def test_one_person_per_item(world: World, item: ReviewItem) -> None:
    now = world.clock.now()
    other = world.by(Role.REVIEWER, "other")
    reviewing.claim(world.desk, world.caller, item.id, now)
    with pytest.raises(Conflict, match="another person"):
        reviewing.claim(world.desk, other, item.id, now)
    with pytest.raises(NotAllowed):
        reviewing.decide(world.desk, other, item.id, LET_GO, now)
    reviewing.release(world.desk, world.caller, item.id, now)
    assert reviewing.claim(world.desk, other, item.id, now).claim is not None


def test_a_forgotten_claim_runs_out_and_decides_nothing(world: World, item: ReviewItem) -> None:
    reviewing.claim(world.desk, world.caller, item.id, world.clock.now())
    world.clock.move(15 * 60)
    with pytest.raises(Conflict, match="run out"):
        reviewing.decide(world.desk, world.caller, item.id, LET_GO, world.clock.now())
    reviewing.claim(world.desk, world.by(Role.REVIEWER, "other"), item.id, world.clock.now())


def test_nobody_decides_without_a_claim(world: World, item: ReviewItem) -> None:
    with pytest.raises(Conflict, match="open"):
        reviewing.decide(world.desk, world.caller, item.id, LET_GO, world.clock.now())


def test_a_reply_goes_out_once_on_the_publish_road(world: World, item: ReviewItem) -> None:
    now = world.clock.now()
    reviewing.claim(world.desk, world.caller, item.id, now)
    decision = Decision(Verdict.ANSWER, "a fair question behind it", text="We hear you. What went wrong?")
    done = reviewing.decide(world.desk, world.caller, item.id, decision, now)
    assert done.state is ReviewState.RESOLVED
    assert done.rationale is not None
    assert done.rationale.actor.is_person
    interaction = world.desk.store.interactions.get(world.workspace.id, item.about)
    assert interaction is not None
    assert interaction.state is InteractionState.RESOLVED
    for _ in range(2):
        assert publishing.publish(world.desk, world.workspace.id, interaction.answer or "") is VariantState.PUBLISHED
    ((text, _, target),) = world.platforms["mastodon"].posted
    assert text == "We hear you. What went wrong?"
    assert target is not None
    assert target.id == "ref-1"
    assert not waiting(world)


def test_a_reply_that_is_too_long_leaves_the_item_as_it_was(world: World, item: ReviewItem) -> None:
    now = world.clock.now()
    reviewing.claim(world.desk, world.caller, item.id, now)
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        reviewing.decide(world.desk, world.caller, item.id, Decision(Verdict.ANSWER, "why", text="x" * 281), now)
    assert refused.value.pointer == "/text"
    assert world.record() == before


def test_an_item_of_another_workspace_is_not_there(world: World, item: ReviewItem) -> None:
    from chalicelib.domain.access import Caller

    stranger = Caller("anotherworkspace", "m", Role.OWNER, "t")
    with pytest.raises(NotFound):
        reviewing.claim(world.desk, stranger, item.id, world.clock.now())


def test_an_item_past_its_deadline_goes_past_the_desk_unless_somebody_is_at_it(world: World, item: ReviewItem) -> None:
    world.clock.at = item.deadline
    reviewing.claim(world.desk, world.caller, item.id, world.clock.now())
    tick(world.desk, world.clock.now())
    assert waiting(world)[0].state is ReviewState.CLAIMED
    world.clock.move(16 * 60)
    tick(world.desk, world.clock.now())
    assert waiting(world)[0].state is ReviewState.ESCALATED


def test_a_person_who_found_the_post_says_which_it_is(world: World, doubtful: ReviewItem) -> None:
    now = world.clock.now()
    with pytest.raises(InvalidField) as refused:
        reviewing.decide(world.desk, world.caller, doubtful.id, Decision(Verdict.PUBLISHED, "I see it"), now)
    assert refused.value.pointer == "/remote_id"
    decision = Decision(Verdict.PUBLISHED, "I see it", remote_id="x-1")
    with pytest.raises(InvalidField, match="no such post"):
        reviewing.decide(world.desk, world.caller, doubtful.id, decision, now)
    # What a look-up did not show: the listing lagged.
    world.platforms["x"].posted.append(("Hello", "another key", None))
    reviewing.decide(world.desk, world.caller, doubtful.id, decision, now)
    variant = world.variant(doubtful.about)
    assert variant.state is VariantState.PUBLISHED
    assert variant.remote is not None
    assert variant.remote.id == "x-1"


def test_a_person_may_have_it_sent_again_and_only_then_is_it(world: World, doubtful: ReviewItem) -> None:
    decision = Decision(Verdict.SEND_AGAIN, "it is not there")
    with pytest.raises(Conflict, match="may still land"):
        reviewing.decide(world.desk, world.caller, doubtful.id, decision, world.clock.now())
    world.clock.move((TIMING.landing + TIMING.visible + TIMING.skew).total_seconds())
    reviewing.decide(world.desk, world.caller, doubtful.id, decision, world.clock.now())
    assert publishing.publish(world.desk, world.workspace.id, doubtful.about) is VariantState.PUBLISHED
    assert len(world.platforms["x"].posted) == 1


def test_a_person_may_close_it_and_it_is_never_sent(world: World, doubtful: ReviewItem) -> None:
    decision = Decision(Verdict.CLOSE, "no longer wanted")
    reviewing.decide(world.desk, world.caller, doubtful.id, decision, world.clock.now())
    assert publishing.publish(world.desk, world.workspace.id, doubtful.about) is VariantState.CLOSED
    assert not world.platforms["x"].posted


def test_a_verdict_that_does_not_fit_the_question_is_refused_by_name(world: World, doubtful: ReviewItem) -> None:
    with pytest.raises(InvalidField, match="close, published, send_again"):
        reviewing.decide(world.desk, world.caller, doubtful.id, LET_GO, world.clock.now())
