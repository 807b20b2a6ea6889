"""The same connectors against the sandbox network, which keeps state: said there, found there, answered there.

The scripted loopback of the other tests answers what we believe; the sandbox was written apart from the connectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.capabilities import Dedupe, InteractionKind, Platform
from connectors.contract import Absent, Draft, Found, Unproven
from connectors.errors import Ambiguous, ConnectorError, RateLimited
from connectors.translate import WAIT_UNTOLD
from tests.connectors.kits import KITS
from tests.connectors.sandbox import Desk, desk_on

KIT = {kit.platform: kit for kit in KITS}


@pytest.fixture(params=list(Platform))
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with desk_on(request.param) as running:
        yield running


def test_a_post_is_there_once_and_is_found(desk: Desk) -> None:
    receipt = desk.publish(desk.draft)
    found = desk.look(desk.draft)
    assert desk.texts().count(desk.draft.text) == 1
    assert isinstance(found, Found)
    assert found.receipt.ref.id == receipt.ref.id


def test_before_it_is_sent_it_is_not_there(desk: Desk) -> None:
    silent = Unproven if desk.connector.capabilities.dedupe is Dedupe.BY_SEARCH else Absent
    assert isinstance(desk.look(desk.draft), silent)


def test_a_post_is_confirmed_by_id_and_by_address_until_it_is_deleted(desk: Desk) -> None:
    receipt = desk.publish(desk.draft)
    for reference in (receipt.ref.id, str(receipt.ref.url)):
        found = desk.connector.confirm(desk.draft, reference)
        assert isinstance(found, Found)
        assert found.receipt.ref.id == receipt.ref.id
        assert isinstance(desk.connector.confirm(replace(desk.draft, text="another"), reference), Unproven)
    desk.connector.delete(receipt.ref)
    assert desk.connector.confirm(desk.draft, receipt.ref.id) == Absent()


def test_what_somebody_else_said_is_not_ours(desk: Desk) -> None:
    desk.tell("members/say", platform=desk.platform, kind="question", account=desk.account["id"])
    (question,) = desk.connector.fetch_interactions(None).items
    assert desk.connector.confirm(desk.draft, question.ref.id) == Absent()


def test_posts_leave_fewer(desk: Desk) -> None:
    told = [desk.publish(replace(desk.draft, text=f"post {n}"), f"post {n}").limit for n in range(4)]
    if KIT[desk.platform].told_left is None:
        assert told == [None] * 4
        return
    left = [limit.left for limit in told if limit]
    assert len(left) == 4
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0]
    assert {limit.scope for limit in told if limit} == {"app" if desk.platform is Platform.REDDIT else "account"}


@pytest.mark.parametrize("kind", ["lost", "closed"])
def test_a_post_whose_answer_is_lost_is_in_doubt_then_known(desk: Desk, kind: str) -> None:
    desk.tell("faults", platform=desk.platform, kind=kind, on="write")
    with pytest.raises(Ambiguous):
        desk.publish(desk.draft)
    landed = desk.texts().count(desk.draft.text)
    assert isinstance(desk.look(desk.draft), Found) == (landed == 1)


def test_a_platform_that_knows_the_key_takes_it_once(desk: Desk) -> None:
    if desk.connector.capabilities.dedupe is Dedupe.BY_SEARCH:
        pytest.skip("this platform takes no key")
    first, again = desk.publish(desk.draft), desk.publish(desk.draft)
    assert first.ref == again.ref
    assert desk.texts().count(desk.draft.text) == 1


def test_a_rate_limit_leaves_nothing(desk: Desk) -> None:
    desk.tell("faults", platform=desk.platform, kind="rate_limited", on="write", seconds=90)
    with pytest.raises(RateLimited) as limited:
        desk.publish(desk.draft)
    told = 90 if KIT[desk.platform].told_left else WAIT_UNTOLD
    assert limited.value.retry_after == pytest.approx(told, abs=5)
    assert desk.draft.text not in desk.texts()


def test_a_question_is_heard_answered_and_the_answer_found(desk: Desk) -> None:
    desk.tell("members/say", platform=desk.platform, kind="question", account=desk.account["id"])
    page = desk.connector.fetch_interactions(None)
    (question,) = page.items
    assert question.text.endswith("sign up?")
    assert question.author.handle

    answer = Draft("Spring workshop: in April, no need to sign up.", in_reply_to=question.ref)
    desk.publish(answer, "answer")

    assert isinstance(desk.look(answer, "answer"), Found)
    seen_again = {it.native_id for it in desk.connector.fetch_interactions(page.cursor).items}
    assert seen_again <= {question.native_id}, "our own answer is no interaction"


def test_an_answer_to_us_is_an_answer(desk: Desk) -> None:
    ours = desk.publish(desk.draft).ref
    desk.tell("members/say", platform=desk.platform, kind="praise", reply_to=ours.id)
    (praise,) = desk.connector.fetch_interactions(None).items
    assert praise.kind in {InteractionKind.REPLY, InteractionKind.COMMENT}
    assert praise.parent_id == ours.id


def test_what_is_deleted_is_gone_and_deleting_again_is_fine(desk: Desk) -> None:
    ref = desk.publish(desk.draft).ref
    desk.connector.delete(ref)
    desk.connector.delete(ref)
    assert desk.draft.text not in desk.texts()


def test_a_sign_in_that_is_withdrawn_is_noticed(desk: Desk) -> None:
    desk.tell("revoke", platform=desk.platform, account=desk.account["id"])
    with pytest.raises(ConnectorError):
        desk.publish(desk.draft)
    assert desk.draft.text not in desk.texts()
