"""When: what makes a clause fire: what a text says, and what is known around it. Pure.

What a text says (labels, phrases, patterns) counts where any one of it is found; everything else must hold as well. What is not
known about a circumstance never lets anything happen by itself: it counts as given only where a person looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.labels import Label, Signals
from chalicelib.domain.patterns import compiled
from chalicelib.domain.rationale import Evidence
from chalicelib.domain.timing import zone

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around a text beside its own words, as far as a guideline asks for it; None: nobody knows, or asked.

    zone: the workspace's. known_days: since the author was first heard. ruled_against: decisions to moderate what they said
    that still stand. heat: permille. messages: of members in the conversation, this one with them, as far as was counted.
    """

    account: str | None = None
    community: str | None = None
    zone: str | None = None
    first_message: bool | None = None
    known_days: int | None = None
    ruled_against: int | None = None
    human_touched: bool | None = None
    heat: int | None = None
    messages: int | None = None


_CIRCUMSTANCES: Final = ("accounts", "communities", "author", "thread", "time")

NOTHING_KNOWN: Final = Around()

WORDED: Final = ("phrase", "pattern")
"""The rules of the marks by which a clause's own phrases and patterns stand in the evidence."""


@dataclass(frozen=True, slots=True)
class AuthorTest:
    """What must be so of whoever said it; None: it does not matter."""

    first_message: bool | None = None
    known_less_than_days: int | None = None
    ruled_against_at_least: int | None = None

    def holds(self, around: Around, unknown: bool) -> bool:
        """Whether all of it is so. unknown: what to say where nobody knows."""
        days, ruled = self.known_less_than_days, self.ruled_against_at_least
        return (
            _same(self.first_message, around.first_message, unknown)
            and (days is None or (unknown if around.known_days is None else around.known_days < days))
            and (ruled is None or (unknown if around.ruled_against is None else around.ruled_against >= ruled))
        )


@dataclass(frozen=True, slots=True)
class ThreadTest:
    """What must be so of the conversation; None: it does not matter. heat_at_least: permille."""

    human_touched: bool | None = None
    heat_at_least: int | None = None
    messages_at_least: int | None = None

    def holds(self, around: Around, unknown: bool) -> bool:
        """Whether all of it is so. unknown: what to say where nobody knows."""
        heat, count = self.heat_at_least, self.messages_at_least
        return (
            _same(self.human_touched, around.human_touched, unknown)
            and (heat is None or (unknown if around.heat is None else around.heat >= heat))
            and (count is None or (unknown if around.messages is None else around.messages >= count))
        )


@dataclass(frozen=True, slots=True)
class TimeTest:
    """Days (0: Monday; none: all) and minutes of the day from which and to which, in the workspace's zone.

    It runs past midnight where it ends before it begins; the day is that of the moment itself.
    """

    days: tuple[int, ...] = ()
    begin: int = 0
    end: int = 0

    def holds(self, around: Around, at: datetime | None, unknown: bool) -> bool:
        """Whether a moment lies within. unknown: what to say where nobody knows the moment or the zone."""
        if at is None or around.zone is None:
            return unknown
        local = at.astimezone(zone(around.zone))
        minute = local.hour * 60 + local.minute
        within = self.begin <= minute < self.end if self.begin < self.end else minute >= self.begin or minute < self.end
        return within and (not self.days or local.weekday() in self.days)


@dataclass(frozen=True, slots=True)
class When:
    """What makes a clause fire: any label at its threshold (permille), any phrase or any pattern, where all the rest holds.

    Phrases and patterns are compared with the folded form, `Signals.plain`. Where neither labels nor phrases nor patterns are
    named, the rest alone decides. Empty kinds, platforms, accounts, communities and languages mean all of them.
    """

    labels: Mapping[Label, int] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    author: AuthorTest | None = None
    thread: ThreadTest | None = None
    time: TimeTest | None = None

    @property
    def reads(self) -> bool:
        """Whether it asks for anything that the text says."""
        return bool(self.labels or self.phrases or self.patterns)

    @property
    def asks(self) -> frozenset[str]:
        """Which circumstances have to be looked up for it, by their fields here."""
        found = {name for name in _CIRCUMSTANCES if getattr(self, name)}
        if self.thread is not None and self.thread.heat_at_least is self.thread.messages_at_least is None:
            found.discard("thread")  # whether a person acted there is known anyway
        return frozenset(found)

    def says(self, signals: Signals) -> bool:
        """Whether a text by itself makes it fire: by what it says, and by its language; the rest is taken to hold."""
        spoken = not self.languages or signals.language in self.languages
        return spoken and self.found(signals, Words(signals), "") is not None

    def found(self, signals: Signals, words: Words, name: str) -> tuple[int, tuple[Evidence, ...]] | None:
        """How strongly what it reads is in a text (permille), with where it stands; None where nothing is. name: its clause's."""
        if not self.reads:
            return 1000, ()
        reached = max(
            (
                signals.labels.get(label, 0)
                for label, least in self.labels.items()
                if signals.labels.get(label, 0) >= least
            ),
            default=0,
        )
        marks = tuple(
            Evidence(name, kind, 1000, *span)
            for kind, spans in zip(
                WORDED, (map(words.find, self.phrases), map(words.match, self.patterns)), strict=True
            )
            for span in spans
            if span is not None
        )
        if not reached and not marks:
            return None
        return (1000 if marks else min(1000, reached)), marks

    def holds(
        self,
        signals: Signals,
        around: Around,
        *,
        kind: str,
        platform: str,
        at: datetime | None,
        unknown: bool,
    ) -> bool:
        """Whether everything holds beside what the text says. unknown: what to say of what nobody knows."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.platforms or platform in self.platforms)
            and (not self.languages or (unknown if signals.language is None else signals.language in self.languages))
            and (not self.accounts or (unknown if around.account is None else around.account in self.accounts))
            and (
                not self.communities
                or (unknown if around.community is None else fold_community(around.community) in self.communities)
            )
            and (self.author is None or self.author.holds(around, unknown))
            and (self.thread is None or self.thread.holds(around, unknown))
            and (self.time is None or self.time.holds(around, at, unknown))
        )

    def circumstances(self, name: str) -> tuple[Evidence, ...]:
        """What it rests on beside the text, for the record. name: its clause's."""
        return tuple(Evidence(name, f"fact:{one}", 1000) for one in _CIRCUMSTANCES if getattr(self, one))

    def to_record(self) -> dict[str, Any]:
        """In JSON types without floats; what is not asked for is left out, as older releases wrote it."""
        record: dict[str, Any] = {"labels": {label.value: permille for label, permille in self.labels.items()}}
        for name in ("phrases", "kinds", "platforms"):
            record[name] = list(getattr(self, name))
        for name in ("patterns", "accounts", "communities", "languages"):
            if given := getattr(self, name):
                record[name] = list(given)
        for name in ("author", "thread", "time"):
            if test := getattr(self, name):
                record[name] = dict(_told(test))
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> When:
        """What `to_record` wrote, in this or an older release."""
        author, thread, time = record.get("author"), record.get("thread"), record.get("time")
        lists = ("phrases", "patterns", "kinds", "platforms", "accounts", "communities", "languages")
        return cls(
            labels={Label(label): permille for label, permille in record["labels"].items()},
            **{name: tuple(record.get(name, ())) for name in lists},
            author=AuthorTest(**author) if author else None,
            thread=ThreadTest(**thread) if thread else None,
            time=TimeTest(**{**time, "days": tuple(time.get("days", ()))}) if time else None,
        )


class Words:
    """A text's words on one line, made when the first phrase asks for them."""

    __slots__ = ("_line", "_signals", "_spans")

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._line = ""
        self._spans: list[tuple[int, int]] = []

    def find(self, phrase: str) -> tuple[int, int] | None:
        """Where the phrase first stands, as offsets into the text as received; None where it does not."""
        if not self._line:
            spans = [match.span() for match in _WORD.finditer(self._signals.plain)]
            self._spans = spans
            self._line = f" {' '.join(self._signals.plain[start:end] for start, end in spans)} "
        at = self._line.find(f" {phrase} ")
        if at < 0:
            return None
        first = self._line.count(" ", 0, at)
        last = first + phrase.count(" ")
        return self._received(self._spans[first][0], self._spans[last][1])

    def match(self, pattern: str) -> tuple[int, int] | None:
        """Where the pattern first matches, as offsets into the text as received; None where it does not."""
        span = compiled(pattern).search(self._signals.plain)
        return None if span is None else self._received(*span)

    def _received(self, start: int, end: int) -> tuple[int, int]:
        starts: Sequence[int] | None = self._signals.starts
        return (start, end) if starts is None else (starts[start], starts[end - 1] + 1)


def fold_phrase(plain: str) -> str:
    """A phrase's words, parted by single blanks; `plain` is `Signals.plain` of the phrase as its author wrote it."""
    return " ".join(_WORD.findall(plain))


def fold_community(name: str) -> str:
    """A community's name as it is compared: names of communities have no case."""
    return name.strip().casefold()


def _same(wanted: bool | None, known: bool | None, unknown: bool) -> bool:
    return wanted is None or (unknown if known is None else known is wanted)


def _told(test: AuthorTest | ThreadTest | TimeTest) -> Iterator[tuple[str, Any]]:
    for one in fields(test):
        value = getattr(test, one.name)
        if value is not None:
            yield one.name, list(value) if isinstance(value, tuple) else value
