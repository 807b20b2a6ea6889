"""An account that is shut out is told of once, with the posts in danger and one next step; money that is spent stops all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.access import Role
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import Conflict
from chalicelib.domain.incident import Cause, Incident, IncidentState
from chalicelib.domain.post import VariantState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.workspace import Member
from chalicelib.ports import Mail, MailInDoubt, MailRefused, QueueName
from chalicelib.services import accounts, incidents, pacing, polling, probe_times, probing, ticking, workspaces
from chalicelib.store.repository import whole
from connectors import errors
from tests.services.doubles import publish
from tests.world import World

PERSON = Actor.member("someone")
DAY = 24 * 3600


def account(world: World, platform: str = "x") -> Account:
    found = world.desk.store.accounts.get(world.workspace.id, world.accounts[platform].id)
    assert found is not None
    return found


def incident(world: World, platform: str = "x") -> Incident:
    found = incidents.of(world.desk, account(world, platform))
    assert found is not None
    return found


def lose(world: World, platform: str = "x", cause: errors.Cause = errors.Cause.REVOKED) -> None:
    world.platforms[platform].signs_in, world.platforms[platform].cause = False, cause


def tick(world: World, seconds: float = 1) -> None:
    world.clock.move(seconds)
    ticking.tick(world.desk, world.clock.now())


def mails(world: World) -> list[Mail]:
    return [one.mail for one in world.mail.list_mails()]


def sign_in_again(world: World, platform: str = "x") -> Account:
    world.platforms[platform].signs_in = True
    return accounts.connect(world.desk, world.caller, platform, {"token": "new"}, None, world.clock.now())


# --- one notice -------------------------------------------------------------------------------------------------------


def test_one_notice_lists_what_is_in_danger_the_next_first_and_the_one_next_step(world: World) -> None:
    later, sooner = world.schedule("x", "later", seconds=7200), world.schedule("x", "sooner", seconds=3600)
    elsewhere = world.schedule("mastodon", "elsewhere", seconds=3600)
    due = world.schedule("x", "due")
    lose(world)

    assert publish(world, due) is VariantState.HELD
    for _ in range(5):
        tick(world, 60)

    (mail,) = mails(world)
    assert mail.to == ("owner@desk.example",)
    assert "our-desk" in mail.subject
    places = [mail.text.index(one.id) for one in (due, sooner, later)]
    assert places == sorted(places)
    assert elsewhere.id not in mail.text
    assert "Ask whoever took the app's right away" in mail.text
    assert mail.text.count("Next step") == 1
    assert incident(world).state is IncidentState.TOLD
    for text in ("later", "sooner"):
        assert f"\n{text}" not in mail.text, "no text of a post"


@pytest.mark.parametrize("cause", list(errors.Cause))
def test_the_cause_is_kept_and_has_its_own_next_step(world: World, cause: errors.Cause) -> None:
    lose(world, cause=cause)
    publish(world, world.schedule("x"))
    found = incident(world)
    assert found.cause is Cause(cause.value)
    assert found.next_step
    assert account(world).state is AccountState.NEEDS_RECONNECT


def test_many_who_find_out_open_one_incident(world: World) -> None:
    before = account(world)
    for number in range(3):
        accounts.signed_out(world.desk, before, f"found {number}", world.clock.now(), errors.Cause.EXPIRED)
    assert incident(world).why == "found 0"
    shelf = f"W#{world.workspace.id}#INCIDENTS"
    assert len(list(whole(lambda after: world.desk.store.incidents.listed(shelf, limit=10, after=after)))) == 1


def test_owners_and_managers_are_told_and_nobody_else(world: World) -> None:
    for name, role in (("m", Role.MANAGER), ("r", Role.REVIEWER), ("a", Role.AUDITOR)):
        add_member(world, name, role)
    accounts.signed_out(world.desk, account(world), "revoked", world.clock.now())
    tick(world)
    assert set(mails(world)[0].to) == {"owner@desk.example", "m@desk.example"}


def add_member(world: World, name: str, role: Role) -> Member:
    member, _ = workspaces.add_member(world.desk, world.caller, name, f"{name}@desk.example", role, world.clock.now())
    return member


@pytest.mark.parametrize(("refusal", "sent", "state"), [(MailInDoubt, 1, "told"), (MailRefused, 5, "untold")])
def test_a_notice_that_may_have_been_sent_is_not_sent_again(
    world: World, refusal: type[Exception], sent: int, state: str
) -> None:
    class Failing:
        tried = 0

        def send(self, mail: Mail) -> None:
            self.tried += 1
            raise refusal

    mailer = Failing()
    world.desk = replace(world.desk, mailer=mailer)
    accounts.signed_out(world.desk, account(world), "revoked", world.clock.now())
    for _ in range(10):
        tick(world, 600)
    assert mailer.tried == sent
    assert incident(world).state.value == state


def test_signing_in_again_closes_it_and_the_next_time_is_another(world: World) -> None:
    held = world.schedule("x")
    lose(world)
    publish(world, held)
    first = incident(world)
    assert sign_in_again(world).state is AccountState.ACTIVE
    closed = world.desk.store.incidents.get(world.workspace.id, first.id)
    assert closed is not None
    assert closed.state is IncidentState.CLOSED
    assert account(world).incident is None
    assert world.variant(held.id).state is VariantState.SCHEDULED
    tick(world)
    assert mails(world) == [], "it was mended before anybody was sent for"

    lose(world)
    publish(world, held)
    assert incident(world).id != first.id


def test_a_reading_that_is_shut_out_tells_why(world: World) -> None:
    lose(world, cause=errors.Cause.SUSPENDED)
    polling.poll_account(world.desk, account(world), world.clock.now())
    assert incident(world).cause is Cause.SUSPENDED


# --- the daily probe --------------------------------------------------------------------------------------------------


def run_probes(world: World) -> None:
    """What the listen worker does with the hints that the tick gave it."""
    for messages in iter(lambda: world.desk.queue.receive(QueueName.LISTEN), []):
        for one in messages:
            body = json.loads(one.body)
            if "probe" in body:
                probing.attend(world.desk, body["workspace"], body["probe"], world.clock.now())
            world.desk.queue.delete(QueueName.LISTEN, one.receipt)


def test_a_lost_sign_in_is_found_within_a_day_long_before_the_post_is_due(world: World) -> None:
    variant = world.schedule("x", seconds=3 * DAY)
    lose(world)
    for _ in range(25):
        tick(world, 3600)
        run_probes(world)
    assert account(world).state is AccountState.NEEDS_RECONNECT
    assert variant.id in mails(world)[0].text
    assert len(mails(world)) == 1


def test_each_account_is_tried_once_a_day_at_its_own_time(world: World) -> None:
    seen = set()
    for _ in range(49):
        tick(world, 3600)
        run_probes(world)
        seen.add(probing.probed_at(world.desk, account(world)))
    assert len(seen - {None}) == 2
    times = {probe_times.next_time(name, world.clock.now()).time() for name in ("a", "b", "c")}
    assert len(times) == 3
    assert all(
        world.clock.now() < probe_times.next_time(str(n), world.clock.now()) <= world.clock.now() + timedelta(days=1)
        for n in range(50)
    )


def test_two_workers_with_one_hint_ask_once(world: World) -> None:
    world.clock.move(DAY)
    found = [probing.attend(world.desk, world.workspace.id, account(world).id, world.clock.now()) for _ in range(2)]
    assert [one is None for one in found] == [False, True]


def test_a_platform_in_trouble_signs_nobody_out(world: World) -> None:
    def busy(*_: object) -> object:
        raise errors.Retryable("x", "not now")

    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, connect=busy))
    assert probing.probe(world.desk, account(world), world.clock.now()).well is None
    assert account(world).state is AccountState.ACTIVE


def test_a_credential_that_is_anothers_is_not_ours(world: World) -> None:
    world.platforms["x"].who = "somebody else"
    assert probing.probe(world.desk, account(world), world.clock.now()).well is False
    assert account(world).state is AccountState.NEEDS_RECONNECT


def test_a_new_handle_is_noted(world: World) -> None:
    world.platforms["x"].handle = "renamed"
    assert probing.probe(world.desk, account(world), world.clock.now()).account.handle == "renamed"


def test_an_account_of_an_earlier_release_gets_its_place_when_it_is_read(world: World) -> None:
    old = account(world)
    event = world.desk.store.accounts.moved(old, old, "test", world.clock.now(), PERSON, "as it was")
    old = world.desk.store.accounts.save(old, replace(old, probed=False), event)
    polling.poll_account(world.desk, old, world.clock.now())
    assert account(world).probed


# --- money ------------------------------------------------------------------------------------------------------------


def test_money_that_is_spent_holds_what_is_due_and_asks_nothing_more(world: World) -> None:
    first, second = world.schedule("x", "first"), world.schedule("x", "second", seconds=60)
    world.platforms["x"].pays = False

    assert publish(world, first) is VariantState.HELD
    assert account(world).state is AccountState.UNPAID
    asked = world.platforms["x"].asked
    world.clock.move(120)
    assert publish(world, second) is VariantState.HELD
    polling.run(world.desk, {"slot": pacing.slot_of(account(world))})
    assert world.platforms["x"].asked == asked, "402 is never tried blindly"
    tick(world)
    assert len(mails(world)) == 1
    assert "money" in mails(world)[0].subject
    assert incident(world).cause is Cause.UNPAID


def test_a_reading_that_is_not_paid_for_stops_too(world: World) -> None:
    world.platforms["x"].pays = False
    polling.poll_account(world.desk, account(world), world.clock.now())
    assert account(world).state is AccountState.UNPAID
    assert account(world, "mastodon").state is AccountState.ACTIVE


def test_a_probe_that_goes_well_lets_all_go_on(world: World) -> None:
    held = world.schedule("x")
    world.platforms["x"].pays = False
    publish(world, held)
    world.clock.move(7 * 3600)
    assert probing.attend(world.desk, world.workspace.id, account(world).id, world.clock.now()) is not None
    assert account(world).state is AccountState.UNPAID, "it is tried, and still not paid"
    world.platforms["x"].pays = True
    world.clock.move(7 * 3600)
    probing.attend(world.desk, world.workspace.id, account(world).id, world.clock.now())
    assert account(world).state is AccountState.ACTIVE
    assert world.variant(held.id).state is VariantState.SCHEDULED


def test_a_person_may_say_that_it_is_paid_and_nobody_else_may_be_let_go_so(world: World) -> None:
    held = world.schedule("x")
    world.platforms["x"].pays = False
    publish(world, held)
    shut = incident(world)
    world.platforms["x"].pays = True
    accounts.paid(world.desk, account(world), PERSON, "a member says that it is paid", world.clock.now())
    assert account(world).state is AccountState.ACTIVE
    assert publish(world, world.variant(held.id)) is VariantState.PUBLISHED
    closed = world.desk.store.incidents.get(world.workspace.id, shut.id)
    assert closed is not None
    assert closed.state is IncidentState.CLOSED
    with pytest.raises(Conflict):
        accounts.paid(world.desk, account(world), PERSON, "again", world.clock.now())


def test_all_that_speak_through_the_app_fall_silent_and_come_back_together(world: World) -> None:
    world.desk = replace(world.desk, platforms=replace(world.desk.platforms, client_id=lambda *_: "one-app"))
    world.platforms["x"].who = "second"
    second = accounts.connect(world.desk, world.caller, "x", {"token": "second"}, None, world.clock.now())
    world.platforms["x"].who = "us"
    world.platforms["x"].pays = False

    publish(world, world.schedule("x"))

    other = world.desk.store.accounts.get(world.workspace.id, second.id)
    assert other is not None
    assert (other.state, other.incident) == (AccountState.UNPAID, account(world).incident)
    tick(world)
    assert len(mails(world)) == 1
    accounts.paid(world.desk, other, PERSON, "paid", world.clock.now())
    again = world.desk.store.accounts.get(world.workspace.id, second.id)
    assert again is not None
    assert {again.state, account(world).state} == {AccountState.ACTIVE}
