"""The acts of saying and hearing: what came to an end, what was stopped, and what is under way when the release is replaced."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.brake import Scope
from chalicelib.domain.post import Attachment
from chalicelib.domain.review import Subject, Verdict
from chalicelib.services import braking, campaigns, digesting, reviewing, taking_down, workspaces
from chalicelib.services.ticking import tick
from connectors import errors
from local.release.platforms import START, sign_in
from local.release.record import MINUTE, Record
from local.sandbox.members import Kind


def said(record: Record) -> None:
    """Variants that came to an end: published, one of them a thread; refused, cancelled; settled by a person."""
    record.schedule("reddit", "The workshop opens on reddit")
    record.schedule("lemmy", "The workshop opens on lemmy")
    record.schedule("bluesky", "The workshop opens, says @tools.example")
    thread = record.schedule("mastodon", "The workshop opens on mastodon", rest=["and stays open on mastodon"])
    record.publish(thread)
    record.remotes["x"].failures.append(errors.Rejected("x", "too many links", code="links"))
    record.schedule("x", "Refused by the platform")
    record.cancel(record.schedule("x", "Cancelled by a member", ahead=MINUTE, publish=False))
    record.in_doubt("x", "Found by a person")
    posted = record.remotes["x"].posted
    posted.append("Found by a person")
    found = reviewing.Decision(Verdict.PUBLISHED, "it stands there", remote_id=f"x-{len(posted)}")
    record.decide(Subject.VARIANT, found)
    for text in ("Closed by a person", "Whether it landed cannot be known"):
        record.in_doubt("x", text)
    record.decide(Subject.VARIANT, reviewing.Decision(Verdict.CLOSE, "no longer wanted"))


def stopped(record: Record, picture: Attachment) -> None:
    """A brake that was lifted and one that ended by itself, and what became of what they held.

    One was a thread: edited, said in one write with its picture, and taken down again. Another was missed.
    """
    brake = record.brake(Scope.PLATFORM, "bluesky")
    rest = ["and stays open on bluesky"]
    held = record.schedule("bluesky", "It opens, before it was edited", pictures=[picture], rest=rest)
    record.edit(held, "The workshop opens on bluesky, as edited")
    braking.lift(record.desk, record.owner, brake.id, "the river falls", record.clock.move(MINUTE))
    record.publish(held)
    taking_down.take_down(record.desk, record.owner, held, "the date was wrong", record.clock.now())
    record.brake(Scope.ALL, None, timedelta(hours=2))
    missed = record.schedule("mastodon", "Held for too long")
    record.clock.move(timedelta(hours=1, minutes=30))
    record.publish(missed)
    tick(record.desk, record.clock.move(timedelta(minutes=30)))


def heard(record: Record) -> None:
    """Interactions in every state that a release reaches but NEW, which comes last; and a digest that was sent."""
    for kind in (Kind.PRAISE, Kind.SPAM, Kind.INSULT, Kind.INSULT, Kind.SELF_HARM):
        record.hears("mastodon", kind)
    record.triage()
    for one in record.inbox():
        if one.answer is not None:
            record.publish(one.answer)
    record.decide(Subject.INTERACTION, reviewing.Decision(Verdict.LET_GO, "answering would feed it"))
    tick(record.desk, record.clock.move(MINUTE))
    _digest(record)
    tick(record.desk, record.clock.move(MINUTE))


def left(record: Record, picture: Attachment) -> None:
    """What is under way: in doubt, half said, held, worked on, new, being sent."""
    workspaces.set_silence(record.desk, record.owner, 30 * MINUTE, record.clock.now())
    half = record.schedule("x", "Half said", rest=["and said whole by the next release", "and that was all"])
    record.in_doubt("x", "Sent again once silence is long enough")
    _signed_out(record)
    _braked(record, half)
    soon = record.schedule("bluesky", "Due soon, before it was edited", ahead=5 * MINUTE, publish=False)
    record.edit(soon, "Due soon, and edited")
    record.remotes["x"].reads = False
    record.read("x")
    record.hears("bluesky", Kind.PHONE_NUMBER)
    record.hears("bluesky", Kind.PRAISE)
    record.triage()
    record.hears("bluesky", Kind.QUESTION)
    _digest(record)
    record.remotes["mastodon"].works = True
    record.schedule("mastodon", "Its picture is worked on", pictures=[picture])
    record.remotes["mastodon"].failures.append(errors.Ambiguous("mastodon", code="no-answer"))
    record.schedule("mastodon", "Being sent")
    waiting = reviewing.waiting(record.desk, record.owner.workspace, limit=1, after=None).items
    reviewing.claim(record.desk, record.owner, waiting[0].id, record.clock.now())


def _signed_out(record: Record) -> None:
    """Held since the account is signed out, and edited meanwhile; and an account that was just signed in again."""
    for name in ("reddit", "bluesky"):
        record.remotes[name].failures.append(errors.AuthExpired(name, "the token was revoked"))
    record.edit(record.schedule("reddit", "Signed out before it was edited"), "Signed out, and edited")
    record.schedule("bluesky", "Released by a sign-in")
    sign_in(record.desk, record.owner, "bluesky", record.clock.now())


def _braked(record: Record, half: str) -> None:
    """Held by the pause of a campaign, and edited meanwhile; the rest of a thread, held by a brake that ends."""
    market = record.plan("Autumn market", "Show what was mended")
    campaigns.pause(record.desk, record.owner, market, "the river rises", record.clock.now())
    record.edit(record.schedule("mastodon", "Braked before it was edited", campaign=market), "Braked, and edited")
    record.brake(Scope.ACCOUNT, record.accounts["x"].id, 10 * MINUTE)
    record.publish(half)


def _digest(record: Record) -> None:
    now = record.clock.now()
    digesting.order(record.desk, record.owner, (record.owner.member,), START, now, now)
