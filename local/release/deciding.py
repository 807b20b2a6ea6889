"""The acts of deciding: guidelines tried and taken back, what was done about messages, what was taught, answers of one's own."""

from __future__ import annotations

from chalicelib.domain.access import Role
from chalicelib.domain.correction import ANSWER, Correction, HeadCorrection, Measured, Report
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.lesson import Lesson, Taught, digest
from chalicelib.domain.replay import Replay
from chalicelib.domain.ruling import Ruling
from chalicelib.domain.texts import Wording
from chalicelib.domain.triage import TriageDecision
from chalicelib.services import (
    activating,
    corrections,
    enforcing,
    guidelines,
    guidelines_yaml,
    moderating,
    notices,
    replaying,
    replies,
    reviewing,
    shadowing,
    taking_back,
)
from chalicelib.signals import table
from local.release.record import MINUTE, Record
from local.sandbox.members import Kind

DAYS = 30
"""On so many days' messages a change is tried."""

ADVERTS = """
  - id: adverts
    wording: Free coins are hidden.
    when: {patterns: ['\\bfree coins\\b']}
    action: moderate
    moderate: hide
    severity: 1
    reason: it advertises something else
    must_match:
      - Free coins over there
    must_not_match:
      - The coffee is free
"""


def answered(record: Record) -> None:
    """Replies in the workspace's own words, one of them used no more; an automatic answer that was taken back."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    thanks = (Wording("en", "Thank you from all of us at {{ brand }}."), Wording("en", "We are glad to hear it."))
    replies.make(desk, owner, "warm-thanks", thanks, now)
    replies.make(desk, owner, "cold-thanks", (Wording("en", "Noted."),), now)
    replies.retire(desk, owner, "cold-thanks", record.clock.move(MINUTE))
    praise = record.hears("mastodon", Kind.PRAISE)
    record.publish(praise.answer or "")
    taking_back.take_back(desk, owner, praise.id, "it was no praise", record.clock.move(MINUTE))


def guided(record: Record) -> None:
    """A guideline that was tried and activated, another that was taken back, a third in the shadow; one is tried now."""
    held = ("window_hours: 24", "window_hours: 24\n  mode: hold\n  hold_minutes: 3")
    live = _version("Live", "low: 200", "low: 180", "praise: praise", "praise: warm-thanks", *held)
    strict = _version("Too strict", "low: 200", "low: 100")
    shadow = _version(
        "Shadow", "labels: {privacy: 700}}\n    action: escalate", "labels: {privacy: 700}}\n    action: review"
    )
    desk, owner = record.desk, record.owner
    for text in (live + ADVERTS, strict):
        version = guidelines.add(desk, owner, text, "to be tried", record.clock.now()).id
        tried = replaying.begin(desk, owner, version, DAYS, record.clock.now())
        _worked(record, tried)
        activating.activate(desk, owner, version, tried.id, "it does what we want", record.clock.move(MINUTE))
    activating.roll_back(desk, owner, "too much waited for us", record.clock.move(MINUTE))
    beside = guidelines.add(desk, owner, shadow, "to be looked at", record.clock.now()).id
    shadowing.put_on(desk, owner, shadowing.Part.GUIDELINE, beside, "to see what it would do", record.clock.now())


def _version(name: str, *changes: str) -> str:
    """The starter with these texts put in the place of those before them."""
    text = guidelines_yaml.starter().replace("name: Starter guideline", f"name: {name}")
    for before, after in zip(changes[::2], changes[1::2], strict=True):
        text = text.replace(before, after)
    return text


def _worked(record: Record, tried: Replay) -> None:
    replaying.work(record.desk, tried.workspace, tried.id, record.clock.move(MINUTE), lambda: False)


def moderated(record: Record) -> None:
    """Rulings of a person: done, and the member told of it; and undone again. One that a clause made."""
    desk, owner = record.desk, record.owner
    hidden = _ruled(record, record.hears("bluesky", Kind.INSULT), "hide")
    told = notices.send(desk, owner, hidden.id, None, record.clock.move(MINUTE))
    record.publish(told.notice or "")
    muted = _ruled(record, record.hears("mastodon", Kind.INSULT), "mute")
    moderating.undo(desk, owner, muted.id, "it was meant kindly", record.clock.move(MINUTE))
    enforcing.enforce(desk, owner.workspace, muted.id, record.clock.now())
    adverts = record.hears("bluesky", Kind.SPAM, text="Free coins over there").id
    record.triage()
    by_clause = next(one for one in record.inbox() if one.id == adverts)
    enforcing.enforce(desk, owner.workspace, by_clause.ruling or "", record.clock.now())


def asked(record: Record) -> None:
    """A ruling of which the platform was not asked yet; what a clause will rule about; and a guideline that is being tried."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    _ruling(record, record.hears("mastodon", Kind.INSULT), "mute")
    record.hears("bluesky", Kind.SPAM, text="Free coins over there, once more")
    version = guidelines.add(desk, owner, _version("Next", "low: 200", "low: 220"), "to be tried", now).id
    replaying.begin(desk, owner, version, DAYS, now)


def _ruled(record: Record, one: Interaction, action: str) -> Ruling:
    ruling = _ruling(record, one, action)
    enforcing.enforce(record.desk, ruling.workspace, ruling.id, record.clock.now())
    return ruling


def _ruling(record: Record, one: Interaction, action: str) -> Ruling:
    desk, owner = record.desk, record.owner
    reviewing.claim(desk, owner, one.review or "", record.clock.now())
    wish = moderating.Wish(action, "nobody is spoken to like that here", ("insult",))
    return moderating.moderate(desk, owner, one.id, wish, record.clock.move(MINUTE))


def taught(record: Record) -> None:
    """What people taught the reader: tried, and in force."""
    desk, owner, now = record.desk, record.owner, record.clock.now()
    lessons = [_lesson(record, one, one.decision) for one in record.inbox()[:2] if one.decision is not None]
    words = {7: 40, 1234: -20}
    one = Correction(table.shipped().id, digest(lessons), {"insult": HeadCorrection(30, 10, words)})
    corrections.add(desk, owner, one, _report(record), lessons, "of last month", now)
    tried = corrections.begin_replay(desk, owner, one.id, DAYS, now)
    _worked(record, tried)
    corrections.activate(desk, owner, one.id, tried.id, "it sees what we see", record.clock.move(MINUTE))


def _lesson(record: Record, one: Interaction, decision: TriageDecision) -> Lesson:
    return Lesson(
        interaction=one.id,
        revision=one.revision,
        decision=one.review or one.id,
        role=Role.REVIEWER.value,
        at=record.clock.now(),
        guideline=decision.guideline,
        classifier=decision.classifier,
        taught=Taught.TAKEN_BACK,
        says={ANSWER: False, "insult": True},
        overturned=True,
        author=one.author.pseudonym,
        by=record.owner.member,
    )


def _report(record: Record) -> Report:
    now = record.clock.now()
    before = Measured(messages=60, statements=90, agreed=70, unsafe=9, answered=4, risky=8, missed=2, automated=30)
    after = Measured(messages=60, statements=90, agreed=80, unsafe=9, answered=2, risky=8, missed=1, automated=28)
    return Report(
        guideline=record.desk.workspace(record.owner.workspace).guideline,
        lessons=200,
        held_out=60,
        anchors=300,
        overturned=20,
        reviewers=3,
        authors=120,
        since=now,
        until=now,
        taught={Taught.TAKEN_BACK.value: 20, Taught.LET_GO.value: 180},
        learnt={"insult": (20, 180)},
        left_alone={ANSWER: "too few decisions"},
        before=before,
        after=after,
    )
