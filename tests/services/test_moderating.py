"""A person decides, the platform is asked until it is so, and one step leads back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.account import AccountState
from chalicelib.domain.errors import Conflict, InvalidField, NotAllowed, NotFound
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.review import ReviewState, Verdict
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.domain.triage import TriageAction
from chalicelib.services import accounts, enforcing, evidence, moderating, polling, reviewing, spending
from chalicelib.services.enforcing import enforce
from chalicelib.services.moderating import Wish
from chalicelib.services.ticking import tick
from chalicelib.store import keys, ledgers
from connectors.moderation import UNDONE_BY, Moderation
from tests.world import Killed, World, said

INSULT = "You are a bunch of useless idiots, shut up."
PRAISE = "Thank you, the new opening hours are great. Lovely work!"
CLAUSE = "insults-to-a-person"
DAY = timedelta(days=1)


def heard(world: World, text: str = INSULT, number: int = 1, **changes: object) -> Interaction:
    """Something that was said on Mastodon, decided about."""
    world.platforms["mastodon"].inbox.append(replace(said(text, number), **changes))  # type: ignore[arg-type]
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    native = world.desk.keyed(world.workspace.id, "interaction", "mastodon", f"native-{number}")
    return now_of(world, native)


def now_of(world: World, interaction: str) -> Interaction:
    found = world.desk.store.interactions.get(world.workspace.id, interaction)
    assert found is not None
    return found


def clause(world: World) -> str:
    return world.desk.guideline(world.desk.workspace(world.workspace.id)).clauses[0].id


def wish(world: World, action: str = "hide", **changes: object) -> Wish:
    return replace(Wish(action, "it drives people away", (clause(world),)), **changes)  # type: ignore[arg-type]


def claim(world: World, one: Interaction) -> None:
    if one.review is not None:
        reviewing.claim(world.desk, world.caller, one.review, world.clock.now())


def ruled(world: World, one: Interaction, action: str = "hide") -> Ruling:
    """The item is taken, and something decided."""
    claim(world, one)
    return moderating.moderate(world.desk, world.caller, one.id, wish(world, action), world.clock.now())


def work(world: World, ruling: Ruling) -> RulingState | None:
    return enforce(world.desk, world.workspace.id, ruling.id, world.clock.now())


def kept(world: World, ruling: Ruling) -> Ruling:
    found = world.desk.store.rulings.get(world.workspace.id, ruling.id)
    assert found is not None
    return found


def done(world: World) -> list[str]:
    return [action for action, _ in world.platforms["mastodon"].moderated]


# --- deciding --------------------------------------------------------------------------------------------------------


def test_what_was_decided_is_done_once_and_told_why(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    assert now_of(world, one.id).state is InteractionState.MODERATING
    assert done(world) == []
    for _ in range(3):
        assert work(world, ruling) is RulingState.DONE
    assert done(world) == ["hide"]
    ((_, target),) = world.platforms["mastodon"].moderated
    assert (target.ref.id, target.author, target.handle, target.reason) == ("ref-1", "m1", "handle-of-m1", "")
    after = now_of(world, one.id)
    assert (after.state, after.ruling) == (InteractionState.RESOLVED, ruling.id)
    assert [event.act for event in after.events[-2:]] == ["moderate", "done"]
    assert [event.act for event in kept(world, ruling).events] == ["ask", "claim", "done"]
    assert kept(world, ruling).rationale.clauses == (clause(world),)


def test_it_closes_the_item_that_asked_and_ends_automation_there(world: World) -> None:
    one = heard(world)
    assert one.review is not None
    with pytest.raises(Conflict, match="open"):
        moderating.moderate(world.desk, world.caller, one.id, wish(world), world.clock.now())
    reviewing.claim(world.desk, world.by(Role.REVIEWER, "another"), one.review, world.clock.now())
    before = world.record()
    with pytest.raises(NotAllowed):
        moderating.moderate(world.desk, world.caller, one.id, wish(world), world.clock.now())
    assert world.record() == before
    reviewing.release(world.desk, world.by(Role.REVIEWER, "another"), one.review, world.clock.now())
    ruled(world, one)
    item = world.desk.store.reviews.get(world.workspace.id, one.review)
    assert item is not None
    assert (item.state, item.verdict) == (ReviewState.RESOLVED, Verdict.MODERATE)
    later = heard(world, PRAISE, 2, conversation_id="t1")
    assert later.decision is not None
    assert later.decision.action is TriageAction.REVIEW


def test_the_same_decision_again_is_the_same_ruling(world: World) -> None:
    one = heard(world)
    first = ruled(world, one)
    again = moderating.moderate(world.desk, world.caller, one.id, wish(world), world.clock.now())
    work(world, first)
    later = moderating.moderate(world.desk, world.caller, one.id, wish(world), world.clock.now())
    assert first.id == again.id == later.id
    block = moderating.moderate(world.desk, world.caller, one.id, wish(world, "block"), world.clock.now())
    work(world, block)
    assert done(world) == ["hide", "block"]
    assert [one.action for one in moderating.of(world.desk, world.workspace.id, one.id)] == ["hide", "block"]
    newest = moderating.listed(world.desk, world.workspace.id, limit=10, after=None).items
    assert {one.id for one in newest} == {first.id, block.id}


def test_what_was_said_is_kept_sealed_with_its_digest(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one, "report")
    assert "useless idiots" not in "".join(
        line for line in world.record().splitlines() if "EVIDENCE#" in line or "RULING#" in line
    )
    world.desk.store.write(world.desk.store.contents.purges(one))
    found = evidence.of(world.desk, world.workspace.id, ruling.id)
    assert found is not None
    assert (found.text, found.author, found.digest()) == (INSULT, "m1", ruling.digest)
    assert replace(found, text="another").digest() != ruling.digest
    work(world, ruling)
    ((_, target),) = world.platforms["mastodon"].moderated
    assert target.reason == "it drives people away"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"action": "vanish"}, "/action"), ({"days": 3}, "/days"), ({"clauses": ("no-such",)}, "/clauses/0")],
)
def test_what_is_not_known_is_refused_with_what_is(world: World, changes: dict[str, object], pointer: str) -> None:
    one = heard(world)
    claim(world, one)
    before = world.record()
    with pytest.raises(InvalidField) as refused:
        moderating.moderate(world.desk, world.caller, one.id, wish(world, **changes), world.clock.now())
    assert refused.value.pointer == pointer
    assert refused.value.fix
    assert world.record() == before
    with pytest.raises(NotFound):
        moderating.moderate(world.desk, world.caller, "nobody", wish(world), world.clock.now())


# --- what may not be done --------------------------------------------------------------------------------------------


def against(world: World, one: Interaction) -> dict[str, str]:
    found = moderating.choices(world.desk, world.workspace.id, one.id)
    assert {each.action for each in found} == set(Moderation)
    assert all(each.undone_by == UNDONE_BY.get(each.action) for each in found)
    return {each.action.value: each.objection.why for each in found if each.objection is not None}


def refused(world: World, one: Interaction, action: str) -> Conflict:
    before = world.record()
    with pytest.raises(Conflict) as conflict:
        moderating.moderate(world.desk, world.caller, one.id, wish(world, action), world.clock.now())
    assert world.record() == before
    assert conflict.value.fix
    return conflict.value


def test_what_the_platform_cannot_do_is_said_before_anybody_clicks(world: World) -> None:
    one = heard(world)
    claim(world, one)
    assert "mastodon has no `lock` for us" in against(world, one)["lock"]
    assert "hide" in refused(world, one, "lock").fix


def test_only_what_stands_under_our_own_posts_can_be_hidden(world: World) -> None:
    elsewhere, ours = heard(world, number=1, on_own=False), heard(world, number=2, on_own=True)
    assert "not stand under a post of ours" in against(world, elsewhere)["hide"]
    assert "hide" not in against(world, ours)
    claim(world, elsewhere)
    refused(world, elsewhere, "hide")


def test_only_a_known_moderator_removes(world: World) -> None:
    here = heard(world, number=1, community="repairs")
    nowhere = heard(world, number=2)
    assert "not known as a moderator of repairs" in against(world, here)["remove"]
    assert "no community" in against(world, nowhere)["ban"]
    account = world.desk.store.accounts.get(world.workspace.id, here.account)
    assert account is not None
    listening = replace(account.listening, moderated=("Repairs",))
    event = world.desk.store.accounts.moved(account, account, "listen", world.clock.now(), world_actor(world), "mod")
    world.desk.store.accounts.save(account, replace(account, listening=listening), event)
    assert "remove" not in against(world, here)
    work(world, ruled(world, here, "remove"))
    assert done(world) == ["remove"]
    assert world.platforms["mastodon"].moderated[0][1].community == "repairs"


def world_actor(world: World) -> enforcing.Actor:
    return enforcing.Actor.member(world.caller.member)


def test_nobody_is_blocked_whom_nobody_knows(world: World) -> None:
    from connectors.contract import RemoteAuthor

    one = heard(world, author=RemoteAuthor(None))
    assert "nobody knows" in against(world, one)["block"]
    assert "hide" not in against(world, one)


def test_a_signed_out_account_is_signed_in_first(world: World) -> None:
    one = heard(world)
    accounts.signed_out(world.desk, world.accounts["mastodon"], "revoked", world.clock.now())
    claim(world, one)
    assert refused(world, one, "hide").fix == "Sign it in again."


# --- the platform ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "waits"), [("limited", 300), ("busy", 30), ("answer lost", 95), ("killed", 95), ("done, killed", 95)]
)
def test_whatever_happens_it_is_done_in_the_end(world: World, act: str, waits: int) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    world.platforms["mastodon"].answers_acts.append(act)
    with suppress(Killed):
        assert work(world, ruling) is RulingState.ASKED
    world.clock.move(waits - 1)
    assert work(world, ruling) is RulingState.ASKED
    world.clock.move(1)
    tick(world.desk, world.clock.now())
    assert work(world, ruling) is RulingState.DONE
    assert set(done(world)) == {"hide"}
    assert now_of(world, one.id).state is InteractionState.RESOLVED


def test_a_report_whose_answer_was_lost_is_not_made_twice(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one, "report")
    world.platforms["mastodon"].answers_acts.extend(["busy", "answer lost"])
    for _ in range(3):
        work(world, ruling)
        world.clock.move(200)
    assert done(world) == ["report"]
    assert kept(world, ruling).state is RulingState.REFUSED
    after = now_of(world, one.id)
    assert after.state is InteractionState.IN_REVIEW
    item = world.desk.store.reviews.get(world.workspace.id, after.review or "")
    assert item is not None
    assert "may have been reported" in item.question


def test_what_the_platform_refuses_goes_back_to_a_person(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    world.platforms["mastodon"].answers_acts.append("refused")
    assert work(world, ruling) is RulingState.REFUSED
    assert (kept(world, ruling).told or "").startswith("mastodon: you are no moderator here")
    after = now_of(world, one.id)
    assert after.state is InteractionState.IN_REVIEW
    assert after.review != one.review
    with pytest.raises(Conflict, match="never done"):
        moderating.undo(world.desk, world.caller, ruling.id, "no", world.clock.now())


def test_what_is_gone_is_done(world: World) -> None:
    hidden, blocked = heard(world, number=1), heard(world, number=2)
    world.platforms["mastodon"].answers_acts.extend(["gone", "gone"])
    assert work(world, ruled(world, hidden, "hide")) is RulingState.DONE
    assert work(world, ruled(world, blocked, "block")) is RulingState.REFUSED


def test_a_signed_out_account_holds_it_until_it_is_signed_in(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    world.platforms["mastodon"].answers_acts.append("signed out")
    assert work(world, ruling) is RulingState.ASKED
    account = world.desk.store.accounts.get(world.workspace.id, one.account)
    assert account is not None
    assert account.state is AccountState.NEEDS_RECONNECT
    world.clock.move(300)
    assert work(world, ruling) is RulingState.ASKED
    accounts.connect(world.desk, world.caller, "mastodon", {"token": "another"}, None, world.clock.now())
    world.clock.move(300)
    assert work(world, ruling) is RulingState.DONE


def test_money_that_is_spent_holds_it_until_somebody_pays(world: World) -> None:
    ruling = ruled(world, heard(world))
    world.platforms["mastodon"].pays = False
    assert work(world, ruling) is RulingState.ASKED
    account = world.desk.store.accounts.get(world.workspace.id, world.accounts["mastodon"].id)
    assert account is not None
    assert account.state is AccountState.UNPAID
    world.clock.move(600)
    assert work(world, ruling) is RulingState.ASKED
    world.platforms["mastodon"].pays = True
    accounts.paid(world.desk, account, Actor.worker("probe"), "paid", world.clock.now())
    world.clock.move(600)
    assert work(world, ruling) is RulingState.DONE


def test_a_day_later_a_person_decides_anew(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    world.platforms["mastodon"].answers_acts.append("busy")
    work(world, ruling)
    world.clock.at += DAY + timedelta(seconds=1)
    assert work(world, ruling) is RulingState.REFUSED
    assert now_of(world, one.id).state is InteractionState.IN_REVIEW
    assert done(world) == []


def test_words_that_were_changed_since_are_not_hidden_for_what_they_were(world: World) -> None:
    one = heard(world)
    hide = ruled(world, one)
    current = now_of(world, one.id)
    event = world.desk.store.interactions.moved(
        current, current, "edited", world.clock.now(), world_actor(world), "new"
    )
    edited = replace(current, state=InteractionState.IN_REVIEW, revision=2)
    world.desk.store.interactions.save(current, edited, event)
    assert work(world, hide) is RulingState.REFUSED
    assert now_of(world, one.id).state is InteractionState.IN_REVIEW
    assert done(world) == []


# --- undoing ---------------------------------------------------------------------------------------------------------


def undo(world: World, ruling: Ruling) -> Ruling:
    return moderating.undo(world.desk, world.caller, ruling.id, "we were too strict", world.clock.now())


def test_one_step_leads_back_and_a_person_looks_again(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    work(world, ruling)
    assert undo(world, ruling).state is RulingState.UNDOING
    assert undo(world, ruling).state is RulingState.UNDOING
    after = now_of(world, one.id)
    assert after.state is InteractionState.IN_REVIEW
    assert after.review != one.review
    for _ in range(2):
        assert work(world, ruling) is RulingState.UNDONE
    assert done(world) == ["hide", "unhide"]
    assert [event.act for event in kept(world, ruling).events] == ["ask", "claim", "done", "undo", "claim", "done"]
    claim(world, after)
    assert moderating.moderate(world.desk, world.caller, one.id, wish(world), world.clock.now()).id != ruling.id


def test_what_nobody_has_begun_is_dropped(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    assert undo(world, ruling).state is RulingState.UNDONE
    assert work(world, ruling) is RulingState.UNDONE
    assert done(world) == []
    assert now_of(world, one.id).state is InteractionState.IN_REVIEW


def test_what_may_still_land_is_undone_after_it(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    world.platforms["mastodon"].answers_acts.append("done, killed")
    with pytest.raises(Killed):
        work(world, ruling)
    undo(world, ruling)
    assert work(world, ruling) is RulingState.UNDOING
    assert done(world) == ["hide"]
    world.clock.move(95)
    assert work(world, ruling) is RulingState.UNDONE
    assert done(world) == ["hide", "unhide"]


def test_an_undoing_while_the_platform_answers_stands(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    platform = world.platforms["mastodon"]
    plain = platform.moderated

    class Interrupted(list):  # type: ignore[type-arg]
        def append(self, what: object) -> None:
            plain.append(what)  # type: ignore[arg-type]
            if len(plain) == 1:
                undo(world, ruling)

    platform.moderated = Interrupted()
    assert work(world, ruling) is RulingState.UNDOING
    platform.moderated = plain
    world.clock.move(95)
    assert work(world, ruling) is RulingState.UNDONE
    assert done(world) == ["hide", "unhide"]
    assert now_of(world, one.id).state is InteractionState.IN_REVIEW


def test_nothing_leads_back_from_a_report(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one, "report")
    work(world, ruling)
    with pytest.raises(Conflict, match="nothing leads back"):
        undo(world, ruling)
    assert now_of(world, one.id).state is InteractionState.RESOLVED


def test_an_undoing_that_is_refused_leaves_it_done_and_says_so(world: World) -> None:
    one = heard(world)
    ruling = ruled(world, one)
    work(world, ruling)
    undo(world, ruling)
    world.platforms["mastodon"].answers_acts.append("refused")
    assert work(world, ruling) is RulingState.DONE
    assert "no moderator" in (kept(world, ruling).told or "")


def test_the_hint_and_the_tick_lead_to_the_same_step(world: World) -> None:
    from chalicelib.ports import QueueName

    ruled(world, heard(world))
    bodies = [one.body for one in world.desk.queue.receive(QueueName.TRIAGE, 10)]
    assert any('"ruling"' in body for body in bodies)
    assert tick(world.desk, world.clock.now()).handed_on.get("ruling") == 1
    assert keys.due_shards_of(world.workspace.id)


# --- money -----------------------------------------------------------------------------------------------------------


def spent(world: World) -> int:
    return ledgers.read(world.desk.store.table, ledgers.of_month(world.workspace.id, world.clock.now())).spent


@pytest.fixture
def priced(world: World) -> World:
    world.platforms["mastodon"].extra["micro_usd_per_moderation"] = {Moderation.HIDE: 5_000, Moderation.UNHIDE: 5_000}
    return world


def test_what_hiding_costs_is_counted_once_for_each_time_that_it_was_asked(priced: World) -> None:
    ruling = ruled(priced, heard(priced))
    for _ in range(3):
        assert work(priced, ruling) is RulingState.DONE
    assert spent(priced) == 5_000
    moderating.undo(priced.desk, priced.caller, ruling.id, "it was meant as a joke", priced.clock.now())
    assert work(priced, ruling) is RulingState.UNDONE
    assert spent(priced) == 10_000
    ruled_free = ruled(priced, heard(priced, number=2), "mute")
    assert work(priced, ruled_free) is RulingState.DONE
    assert spent(priced) == 10_000


def test_what_a_cap_does_not_carry_is_not_asked_for_and_goes_back_to_a_person(priced: World) -> None:
    spending.set_cap(priced.desk, priced.caller, 4_999, 900, priced.clock.now())
    one = heard(priced)
    ruling = ruled(priced, one)
    assert work(priced, ruling) is RulingState.REFUSED
    assert done(priced) == []
    assert spent(priced) == 0
    assert kept(priced, ruling).told == "it costs $0.005, and this month's cap would be passed"
    assert now_of(priced, one.id).state is InteractionState.IN_REVIEW


@pytest.mark.parametrize(
    ("answer", "counted"),
    [("busy", 0), ("refused", 0), ("gone", 0), ("signed out", 0), ("answer lost", 5_000)],
)
def test_what_surely_did_nothing_is_given_back_and_a_lost_answer_stays_counted(
    priced: World, answer: str, counted: int
) -> None:
    priced.platforms["mastodon"].answers_acts.append(answer)
    work(priced, ruled(priced, heard(priced)))
    assert spent(priced) == counted
