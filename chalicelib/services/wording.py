"""Words that leave the house by themselves: mails, rendered from `templates/`; replies have `reply_words`.

A mail carries no text of a member, no name and no remote image; its facts are typed here, so that what fills them is
checked. Templates run in a sandbox, an unknown fact is an error rather than a hole, and a value can neither open a tag nor
break a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chalicelib.domain.timing import wall_time

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
"""Beside `chalicelib` in the checkout, and at the root of the Lambda archive (from `vendor/`)."""

_ACTIONS: Final = (
    ("answer", "Answered automatically"),
    ("review", "Given to a person"),
    ("moderate", "Moderated by a clause"),
    ("escalate", "Escalated"),
    ("ignore", "Left alone"),
)
_URGENCY: Final = ("For your information", "Please look today", "Please look within the hour", "Please look now")
"""By severity, 0 to 3."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_MAX_VALUE = 1000  # code points of one value in a mail: a name of 64 KB of combining marks stays a line
_MAX_SUBJECT = 150
# Controls, bidi overrides and isolates, zero-width characters (but not U+200D, which joins emoji): shown, never obeyed.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail's wording. The subject is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A campaign's target: what is measured, what is wanted, what is reached (None: nothing measures it yet)."""

    measure: str
    goal: int
    reached: int | None = None


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign: its objective in words, how far it came, what it said and what is still to come in the period."""

    name: str
    objective: str
    targets: tuple[TargetLine, ...] = ()
    published: int = 0
    scheduled: int = 0


@dataclass(frozen=True, slots=True)
class PublishedLine:
    """Something of ours that went out. `title` is our own first words; `url` is where it stands, if the platform says."""

    at: datetime
    platform: str
    account: str
    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Something that waits for a person: what it is, why it waits, since when. in_doubt: it may or may not have gone out."""

    id: str
    what: str
    why: str
    since: datetime
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class EscalationLine:
    """An escalation of the period: its id, reason, severity (0 to 3), when it was opened, whether it is still open."""

    id: str
    reason: str
    severity: int
    at: datetime
    open: bool = True


@dataclass(frozen=True, slots=True)
class SilentLine:
    """An account that could not be heard: the last successful poll (None: there was none yet), and why if it is known."""

    platform: str
    account: str
    last_success: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class NoticedLine:
    """What stands out of what an account hears, or of the workspace (platform: None), since when, and the one next step."""

    platform: str | None
    account: str
    why: str
    since: datetime
    next_step: str


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What a manager reads about one period. Times are aware; they are shown in `zone` (IANA name)."""

    workspace: str
    zone: str
    since: datetime
    until: datetime
    campaigns: tuple[CampaignLine, ...] = ()
    published: tuple[PublishedLine, ...] = ()
    waiting: tuple[WaitingLine, ...] = ()
    actions: Mapping[str, int] | None = None
    """Number of interactions by triage action: `ignore`, `answer`, `review`, `escalate`."""
    escalations: tuple[EscalationLine, ...] = ()
    silent: tuple[SilentLine, ...] = ()
    heard: int = 0
    """Number of accounts that were polled successfully in the period."""
    noticed: tuple[NoticedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalationFacts:
    """What the named person must know at once. Masked: no text of the member, no name; the case is opened in Parley."""

    workspace: str
    zone: str
    escalation: str
    interaction: str
    platform: str
    kind: str
    reason: str
    severity: int
    risks: tuple[str, ...]
    clauses: tuple[str, ...]
    received_at: datetime
    opened_at: datetime
    deadline: datetime | None = None
    url: str | None = None
    """Where the case is opened, if the installation has an address."""


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """A post that waits for approval, or was missed: its variant, where, when it was to be said, the latest, how many lack."""

    variant: str
    platform: str
    at: datetime
    until: datetime
    lacks: int


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """What somebody who may approve must know: what waits for them, or what was missed for want of it. No text, no name."""

    workspace: str
    zone: str
    posts: tuple[ApprovalLine, ...]
    missed: bool = False
    url: str | None = None
    """Where they are looked at, if the installation has an address."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """An occurrence of a series whose post could not be made: its wall time, and why."""

    wall: str
    why: str


@dataclass(frozen=True, slots=True)
class RefusedFacts:
    """What whoever answers for a series must know: which of its times cannot be scheduled. No text, no name of a person."""

    workspace: str
    zone: str
    series: str
    """Its id."""
    occurrences: tuple[RefusedLine, ...]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post that is in danger: its variant, and when it is to be said."""

    variant: str
    at: datetime


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What must be known of an account that a platform shuts out, or of what stands out. `account`: our own public handle; empty
    for the workspace's own, as `platform` is."""

    workspace: str
    zone: str
    platform: str
    account: str
    cause: str
    why: str
    since: datetime
    next_step: str
    posts: tuple[PostLine, ...] = ()
    """The next first; `more` follow that are not shown."""
    more: int = 0
    url: str | None = None
    by_itself: bool = False
    """Whether it shuts nobody out, and ends by itself."""


def mail(name: str, **facts: object) -> RenderedMail:
    """A mail from `templates/email/<name>/`. Raises KeyError for an unknown one, UndefinedError for a missing fact."""
    if not _NAME.fullmatch(name) or not (TEMPLATES / "email" / name).is_dir():
        raise KeyError("there is no mail template of this name")
    sandbox = environment()

    def render(part: str) -> str:
        return sandbox.get_template(f"email/{name}/{part}").render(facts)

    subject = " ".join(render("subject.txt").split())
    return RenderedMail(_cut(subject, _MAX_SUBJECT), render("body.txt").strip() + "\n", render("body.html"))


def digest_mail(facts: DigestFacts) -> RenderedMail:
    """The summary of a period."""
    return mail("digest", **_facts(facts))


def escalation_mail(facts: EscalationFacts) -> RenderedMail:
    """The call to the named person."""
    return mail("escalation", **_facts(facts))


def approval_mail(facts: ApprovalFacts) -> RenderedMail:
    """The reminder that something waits for approval, or the news that it waited too long."""
    return mail("approval", **_facts(facts))


def refused_mail(facts: RefusedFacts) -> RenderedMail:
    """The news that times of a series cannot be scheduled."""
    return mail("refused", **_facts(facts))


def incident_mail(facts: IncidentFacts) -> RenderedMail:
    """The news that an account is shut out, which posts are in danger, and the one next step."""
    return mail("incident", **_facts(facts))


def _facts(facts: DigestFacts | EscalationFacts | ApprovalFacts | RefusedFacts | IncidentFacts) -> dict[str, Any]:
    """The fields, not copied deeply, and `when`: a time in the reader's own zone, in words."""
    zone = facts.zone

    def when(at: datetime) -> str:
        return f"{wall_time(at, zone):%a %d %b %Y, %H:%M} ({zone})"

    return {"when": when, **{field.name: getattr(facts, field.name) for field in fields(facts)}}


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Jinja2 in a sandbox, imported when the first text is rendered: most workers never render one."""
    from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_one_line,
    )
    environment.globals.update(ACTIONS=_ACTIONS, URGENCY=_URGENCY)
    filters: dict[str, Callable[..., Any]] = environment.filters
    filters["web"] = _web
    return environment


def _one_line(value: Any) -> Any:
    """A value as it may stand in a text: on one line, of bounded length, with nothing in it that works unseen."""
    if type(value) is not str:  # numbers; Markup, which has been escaped already
        return value
    return _UNSEEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", _cut(" ".join(value.split()), _MAX_VALUE))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _web(url: str | None) -> str:
    """The address if a reader may follow it (http or https), else nothing."""
    return url if url and url.startswith(("https://", "http://")) and not _UNSEEN.search(url) else ""
