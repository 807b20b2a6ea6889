"""Post: one message to say; Variant: that message for one Account, the unit we publish; Schedule: when.

The Variant's machine is the publish protocol's: the transitions of services/publishing.py are the only way into and out
of SENDING. CANCELLED is reached only from states in which no attempt can be live.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine
from chalicelib.domain.options import USUAL, Options


class VariantState(StrEnum):
    """What is already true of a variant."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    HELD = "held"
    SENDING = "sending"
    NEEDS_REVIEW = "needs_review"
    PUBLISHED = "published"
    FAILED = "failed"
    MISSED = "missed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


_S = VariantState

VARIANT = Machine(
    "Variant",
    VariantState,
    {
        (_S.DRAFT, "edit"): _S.DRAFT,
        (_S.DRAFT, "submit"): _S.AWAITING_APPROVAL,
        (_S.DRAFT, "schedule"): _S.SCHEDULED,
        (_S.DRAFT, "cancel"): _S.CANCELLED,
        (_S.AWAITING_APPROVAL, "endorse"): _S.AWAITING_APPROVAL,
        (_S.AWAITING_APPROVAL, "remind"): _S.AWAITING_APPROVAL,
        (_S.AWAITING_APPROVAL, "approve"): _S.SCHEDULED,
        (_S.AWAITING_APPROVAL, "return"): _S.DRAFT,
        (_S.AWAITING_APPROVAL, "edit"): _S.DRAFT,
        (_S.AWAITING_APPROVAL, "miss"): _S.MISSED,
        (_S.AWAITING_APPROVAL, "cancel"): _S.CANCELLED,
        (_S.SCHEDULED, "edit"): _S.SCHEDULED,
        (_S.SCHEDULED, "edit_void"): _S.AWAITING_APPROVAL,
        (_S.SCHEDULED, "claim"): _S.SENDING,
        (_S.SCHEDULED, "miss"): _S.MISSED,
        (_S.SCHEDULED, "reject"): _S.FAILED,
        (_S.SCHEDULED, "hold"): _S.HELD,
        (_S.SCHEDULED, "cancel"): _S.CANCELLED,
        (_S.SCHEDULED, "stop"): _S.CLOSED,
        (_S.SCHEDULED, "give_up"): _S.NEEDS_REVIEW,
        (_S.HELD, "release"): _S.SCHEDULED,
        (_S.HELD, "edit"): _S.HELD,
        (_S.HELD, "edit_void"): _S.AWAITING_APPROVAL,
        (_S.HELD, "stop"): _S.CLOSED,
        (_S.HELD, "give_up"): _S.NEEDS_REVIEW,
        (_S.HELD, "miss"): _S.MISSED,
        (_S.HELD, "cancel"): _S.CANCELLED,
        (_S.SENDING, "take_over"): _S.SENDING,
        (_S.SENDING, "doubt"): _S.SENDING,
        (_S.SENDING, "commit"): _S.PUBLISHED,
        (_S.SENDING, "part"): _S.SCHEDULED,
        (_S.SENDING, "defer"): _S.SCHEDULED,
        (_S.SENDING, "reject"): _S.FAILED,
        (_S.SENDING, "hold"): _S.HELD,
        (_S.SENDING, "give_up"): _S.NEEDS_REVIEW,
        (_S.NEEDS_REVIEW, "confirm"): _S.PUBLISHED,
        (_S.NEEDS_REVIEW, "confirm_part"): _S.SCHEDULED,
        (_S.NEEDS_REVIEW, "resend"): _S.SCHEDULED,
        (_S.NEEDS_REVIEW, "close"): _S.CLOSED,
        (_S.PUBLISHED, "take_down"): _S.PUBLISHED,
    },
)


class Origin(StrEnum):
    """Who wanted a post."""

    PERSON = "person"
    TRIAGE = "triage"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to say it: the instant, the zone and wall time it was asked in, and how late is too late."""

    at: datetime
    zone: str
    wall: str
    late_limit: timedelta

    @property
    def is_set(self) -> bool:
        """Whether it names a time at all: a draft may not have one yet."""
        return self.at < UNSET.at

    def too_late(self, now: datetime) -> bool:
        """Whether it may no longer be said by itself."""
        return now > self.at + self.late_limit


UNSET = Schedule(datetime(2199, 12, 31, tzinfo=UTC), "UTC", "", timedelta(0))
"""The schedule of a draft that has no time yet: it is never due, and nothing but a draft may carry it."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Something on a platform: native id, address, what pins its content, and the thread's root where replies need it."""

    id: str
    url: str | None = None
    revision: str | None = None
    root: Remote | None = None


class Under(StrEnum):
    """What a part of a thread answers."""

    PREVIOUS = "previous"
    FIRST = "first"
    """A first comment: it stands under the post itself, whatever else follows."""


class HalfSent(StrEnum):
    """What becomes of a thread that was interrupted once it had begun."""

    GO_ON = "go_on"
    """The rest is said as soon as it may be, however late."""
    TELL = "tell"
    """What is too late by then is not said: a person is asked."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture that a part shows, or its one film: the id of its Media, and its description for those who do not see it."""

    media: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a thread after its first: what it says and shows, and what it stands under."""

    text: str
    pictures: tuple[Attachment, ...] = ()
    under: Under = Under.PREVIOUS


@dataclass(frozen=True, slots=True)
class Body:
    """What one version of a variant says, byte for byte. Immutable once stored. `answers` names what it replies to.

    text, pictures, options: of the post itself. rest: the parts that follow it.
    """

    text: str
    title: str | None = None
    community: str | None = None
    language: str | None = None
    answers: Remote | None = None
    pictures: tuple[Attachment, ...] = ()
    rest: tuple[Part, ...] = ()
    options: Options = USUAL

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part in order, the post itself among them."""
        return (Part(self.text, self.pictures), *self.rest)

    def digest(self) -> str:
        """What was checked and approved is what is sent: SHA-256 over all that it says and shows, its first 200 bits.

        Pictures are known by their Media's id, which is made from their bytes. Where no option is asked for, none is in
        it: what was approved before there were any is approved still.
        """
        answers = None if self.answers is None else self.answers.id
        parts = [[one.text, one.under, [[each.media, each.alt] for each in one.pictures]] for one in self.parts]
        asked = self.options.told()
        whole = [self.title, self.community, self.language, answers, parts, *([asked] if asked else [])]
        found = hashlib.sha256(json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode())
        return b32encode(found.digest()[:25]).decode().lower()


@dataclass(frozen=True, slots=True)
class Words:
    """A body as it is kept: what it answers can tell who wrote that, and is sealed."""

    text: str
    title: str | None = None
    community: str | None = None
    language: str | None = None
    sealed: str | None = None
    pictures: tuple[Attachment, ...] = ()
    rest: tuple[Part, ...] = ()
    options: Options = USUAL


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one content at one time. `by` is the actor who answers for it.

    link: the link by which a guest decided; whoever made that answers for it.
    """

    by: str
    at: datetime
    content: str
    due: datetime
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What somebody last said yes to: the version, its account and its time. What changed since is told from it."""

    version: int
    account: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Variant:
    """A message for one account. Times are instants; `attempts` is the fence; `key` is fixed by the first claim.

    dirty: an earlier attempt may have landed, so that only a look-up or a person settles this one. doubt: what the
    platform (or its silence) said when an answer was lost.
    """

    id: str
    post: str
    workspace: str
    account: str
    platform: str
    campaign: str | None
    origin: Origin
    state: VariantState
    version: int
    schedule: Schedule
    not_before: datetime
    attempts: int = 0
    takeovers: int = 0
    """How often an attempt was left behind and settled by another."""
    owner: str | None = None
    lease_until: datetime | None = None
    dirty: bool = False
    doubt: str | None = None
    key: str | None = None
    first_claimed_at: datetime | None = None
    sent_by: datetime | None = None
    """Until when the last attempt that may have sent anything may have done so: its lease."""
    remote: Remote | None = None
    parts: int = 1
    """How many writes it takes: the parts of a thread, where the platform takes them one by one."""
    said: tuple[Remote, ...] = ()
    """The parts that stand there; the next one to be said comes after them. Only of threads."""
    half_sent: HalfSent = HalfSent.TELL
    summoned: bool | None = None
    """Whether what it answers was said to its account; None where it answers nothing, or nobody knows."""
    content: str | None = None
    """Digest of what its present version says: what is sent must have it. None where an older release scheduled it."""
    asks: int = 0
    """How many people must approve it; 0: nobody is asked."""
    approvals: tuple[Approval, ...] = ()
    """Who said yes to the present version, at its present time."""
    agreed: Agreed | None = None
    """What was last approved, also where that is void by now."""
    remind_at: datetime | None = None
    """When those who may approve it are reminded; None where they were, or nobody is asked."""
    micro_usd: int = 0
    """What saying its next part costs, by the price list of when it was scheduled."""
    costs: tuple[int, ...] = ()
    """What each part of a thread costs; empty where they all cost nothing, or there is one."""
    published_at: datetime | None = None
    reason: str | None = None
    held_by: str | None = None
    """Id of the brake that holds it; None where it is held because its account cannot speak."""
    taken_down_at: datetime | None = None
    owes: bool = False
    """Its outcome was written without what follows from it for others: the next tick makes up for that."""
    interaction: str | None = None
    """Id of the interaction that it answers, where it does."""
    waits: bool = False
    """An automatic answer that is not said at once: until it is, it is listed where a person can stop it."""
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def place(self) -> tuple[datetime, datetime, str]:
        """Its place in its account's line: by its time, then by when it was scheduled."""
        return (self.schedule.at, self.events[0].at if self.events else self.schedule.at, self.id)

    @property
    def begun(self) -> bool:
        """Whether a part of it stands there already, and another is still to come."""
        return 0 < len(self.said) < self.parts

    def in_doubt(self, now: datetime) -> bool:
        """Whether an answer was lost, or a worker gone, and the outcome is not known yet."""
        if self.state is not VariantState.SENDING:
            return False
        return self.dirty or self.doubt is not None or (self.lease_until is not None and self.lease_until < now)


@dataclass(frozen=True, slots=True)
class Post:
    """One message to say, in variants for accounts."""

    id: str
    workspace: str
    campaign: str | None
    origin: Origin
    created_at: datetime
    created_by: str
    variants: tuple[str, ...]
    says: tuple[Words, ...] = ()
    """What each variant said when it was made, in their order; empty where that is long and lies apart."""
    labels: tuple[str, ...] = ()
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)
