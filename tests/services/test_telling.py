"""Mails: a digest at most once, an escalation until somebody is told; neither with a member's words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.digest import Digest, DigestState
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.escalation import EscalationState
from chalicelib.ports import Mail, MailInDoubt, MailRefused
from chalicelib.services import digesting, escalating, polling, publishing, triaging
from chalicelib.services.desk import Desk
from chalicelib.services.ticking import tick
from tests.world import START, World

SELF_HARM = "I do not want to live any more, I keep thinking about ending my life."


class FailingMailer:
    """Fails as often as it is told, then delivers."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(mail)


def with_mailer(world: World, *failures: Exception) -> tuple[Desk, FailingMailer]:
    from dataclasses import replace

    mailer = FailingMailer(list(failures))
    return replace(world.desk, mailer=mailer), mailer


@pytest.fixture
def escalation(world: World) -> str:
    world.hears("x", SELF_HARM, number=1, author="author-77")
    polling.poll_account(world.desk, world.accounts["x"], world.clock.now())
    (one,) = world.desk.store.interactions.listed(f"W#{world.workspace.id}#INBOX", limit=10).items
    triaging.triage(world.desk, world.workspace.id, one.id, world.clock.now())
    (found,) = world.desk.store.escalations.listed(f"W#{world.workspace.id}#ESCALATIONS", limit=10).items
    return found.id


def digest(world: World) -> Digest:
    now = world.clock.now()
    return digesting.order(
        world.desk, world.caller, (world.caller.member,), START - timedelta(hours=1), now + timedelta(hours=1), now
    )


def test_the_named_person_is_told_once_without_the_members_words_or_name(world: World, escalation: str) -> None:
    for _ in range(3):
        tick(world.desk, world.clock.now())
    mail = world.mail.list_mails()[0].mail
    assert len(world.mail.list_mails()) == 1
    assert mail.to == ("owner@desk.example",)
    for private in ("ending my life", "author-77", "handle-of", "Name of"):
        assert private not in mail.text + mail.html + mail.subject
    assert escalation in mail.text


def test_a_refused_or_lost_mail_is_sent_again_until_somebody_is_told(world: World, escalation: str) -> None:
    desk, mailer = with_mailer(world, MailRefused(), MailInDoubt())
    for _ in range(10):
        tick(desk, world.clock.move(120))
    assert len(mailer.sent) == 1
    found = desk.store.escalations.get(world.workspace.id, escalation)
    assert found is not None
    assert found.state is EscalationState.TOLD
    assert found.tries == 3


def test_a_worker_that_dies_over_the_mail_leaves_it_to_the_next(world: World, escalation: str) -> None:
    desk, mailer = with_mailer(world, KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        escalating.tell(desk, world.workspace.id, escalation, world.clock.now())
    escalating.tell(desk, world.workspace.id, escalation, world.clock.move(60))
    assert not mailer.sent
    escalating.tell(desk, world.workspace.id, escalation, world.clock.move(120))
    assert len(mailer.sent) == 1


def test_mails_that_never_leave_end_untold_and_the_digest_shows_it(world: World, escalation: str) -> None:
    desk, mailer = with_mailer(world, *[MailRefused() for _ in range(5)])
    for _ in range(20):
        tick(desk, world.clock.move(600))
    found = desk.store.escalations.get(world.workspace.id, escalation)
    assert found is not None
    assert found.state is EscalationState.UNTOLD
    digesting.send(desk, world.workspace.id, digest(world).id, world.clock.now())
    assert escalation in mailer.sent[-1].text


def test_a_digest_goes_out_once(world: World) -> None:
    ordered = digest(world)
    for _ in range(3):
        tick(world.desk, world.clock.now())
    assert len(world.mail.list_mails()) == 1
    found = world.desk.store.digests.get(world.workspace.id, ordered.id)
    assert found is not None
    assert found.state is DigestState.SENT


def test_a_digest_whose_answer_was_lost_is_not_sent_again_by_itself(world: World) -> None:
    desk, mailer = with_mailer(world, MailInDoubt())
    ordered = digest(world)
    for _ in range(5):
        tick(desk, world.clock.move(600))
    assert not mailer.sent
    found = desk.store.digests.get(world.workspace.id, ordered.id)
    assert found is not None
    assert found.state is DigestState.IN_DOUBT


def test_a_digest_that_was_refused_is_tried_again(world: World) -> None:
    desk, mailer = with_mailer(world, MailRefused(), MailRefused())
    digest(world)
    for _ in range(5):
        tick(desk, world.clock.move(1200))
    assert len(mailer.sent) == 1


def test_a_digest_tells_what_was_said_what_waits_and_who_is_silent(world: World) -> None:
    world.platforms["x"].script.append("answer lost")
    said, doubtful = world.schedule("bluesky", "The workshop opens"), world.schedule("x", "Also here")
    for variant in (said, doubtful):
        publishing.publish(world.desk, world.workspace.id, variant.id)
    world.platforms["mastodon"].reads = False
    polling.poll_account(world.desk, world.accounts["mastodon"], world.clock.now())
    digesting.send(world.desk, world.workspace.id, digest(world).id, world.clock.now())
    mail = world.mail.list_mails()[0].mail
    assert len(world.mail.list_mails()) == 1
    assert "The workshop opens" in mail.text
    assert "https://bluesky.example/1" in mail.text
    assert "No successful" in mail.text or "no successful" in mail.text
    assert "mastodon" in mail.text
    assert "may or may not" in mail.text


@pytest.mark.parametrize(("to", "pointer"), [(("nobody",), "/to/0"), ((), None)])
def test_a_digest_for_nobody_is_refused(world: World, to: tuple[str, ...], pointer: str | None) -> None:
    with pytest.raises(InvalidField) as refused:
        digesting.order(world.desk, world.caller, to, START, START + timedelta(hours=1), START)
    assert refused.value.pointer == (pointer or "/to")
