"""Guideline: the versioned clauses that say what may be said and what follows from what is heard. Pure.

One guideline serves both directions: `fired` reads what comes in, `breaches` gates what goes out. A stored guideline is
rebuilt from its record without any schema library, so that a worker starts fast. It never holds a member's text. Phrases are
compared word by word, patterns run in steps linear in the text (`patterns`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from chalicelib.domain.answers import Answers
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import ANSWERABLE, RISKS, URGENT, Signals, TriageAction
from chalicelib.domain.rationale import Evidence
from chalicelib.domain.when import NOTHING_KNOWN, Around, When, Words

READABLE: Final = ("en",)
"""Languages whose risks this release can read. In any other one, nothing is answered automatically."""

AUTOMATIC: Final = ("hide", "remove", "lock", "mute")
"""What a clause may have done without a person, in the words of the connector contract: each can be undone in one step, and
none keeps the author from speaking elsewhere. Blocking, banning and reporting are a person's to decide."""

TOLD_OF: Final = ("hide", "remove", "lock")
"""What a member may be told of where they said it. Of a ban the platform itself tells, and whoever is blocked or muted is not
spoken to."""

_MILD = frozenset({TriageAction.IGNORE, TriageAction.ANSWER})


class Direction(StrEnum):
    """Which texts a clause is about."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule in plain wording, what makes it fire, what follows, how grave it is, and examples that hold it to that."""

    id: str
    wording: str
    applies_to: Direction
    when: When
    action: TriageAction
    severity: int
    """0 (none) to 3 (a life may be at stake)."""
    reason: str
    """What a person reads as the reason of a decision that this clause leads to."""
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()
    moderate: str | None = None
    """What is done on the platform where the action is MODERATE: one of AUTOMATIC."""
    notify: str | Literal[False] | None = None
    """In which words a person may tell the member of what was done under it: the name of a notice or reply; False: nobody is
    told; None: in those that are shipped for it."""

    def __post_init__(self) -> None:
        at, when, action = f"/clauses/{self.id}", self.when, self.action
        if when == When():
            raise InvalidField(f"{at}/when", "a clause needs something that makes it fire")
        if any(not 1 <= permille <= 1000 for permille in when.labels.values()):
            raise InvalidField(f"{at}/when/labels", "a threshold lies between 1 and 1000 permille")
        if not 0 <= self.severity <= 3:
            raise InvalidField(f"{at}/severity", "severity lies between 0 and 3")
        if self.applies_to is not Direction.INCOMING and (when.author or when.thread or when.time):
            raise InvalidField(
                f"{at}/when",
                "author, thread and time are about what comes in",
                fix="Leave them out, or make two clauses of it.",
            )
        if action in _MILD:
            self._check_mild(at)
        self._check_moderate(at)
        self._check_notify(at)

    def _check_mild(self, at: str) -> None:
        """Neither may follow from a risk: one that rises could make a clause fire that lowers the action."""
        when, name = self.when, self.action.value
        if not RISKS.isdisjoint(when.labels):
            raise InvalidField(f"{at}/when/labels", f"'{name}' cannot follow from a risk, only from an intent")
        if when.author is not None and when.author.ruled_against_at_least is not None:
            raise InvalidField(f"{at}/when/author", f"'{name}' cannot follow from decisions against the author")
        if when.thread is not None and when.thread.heat_at_least is not None:
            raise InvalidField(f"{at}/when/thread", f"'{name}' cannot follow from a heated conversation")
        if self.action is TriageAction.ANSWER and not (when.labels and ANSWERABLE.issuperset(when.labels)):
            names = ", ".join(sorted(label.value for label in ANSWERABLE))
            raise InvalidField(f"{at}/when/labels", f"'answer' needs labels, and only of: {names}")

    def _check_moderate(self, at: str) -> None:
        """What is done without a person can be undone, rests on what was said, and leaves what is urgent to people."""
        if (self.action is TriageAction.MODERATE) is not (self.moderate is not None):
            raise InvalidField(
                f"{at}/moderate",
                "it says what is done where the action is 'moderate', and nowhere else",
                fix=f"Name one of: {', '.join(AUTOMATIC)}; or take it out.",
            )
        if self.moderate is None:
            return
        if self.moderate not in AUTOMATIC:
            raise InvalidField(
                f"{at}/moderate",
                "this is not done without a person",
                fix=f"Use one of: {', '.join(AUTOMATIC)}; or let a person decide with 'review'.",
            )
        if self.applies_to is not Direction.INCOMING:
            raise InvalidField(f"{at}/applies_to", "only what comes in is moderated", fix="Make two clauses of it.")
        if not self.when.reads:
            raise InvalidField(
                f"{at}/when", "'moderate' must rest on what was said", fix="Add labels, phrases or patterns."
            )
        if not URGENT.isdisjoint(self.when.labels):
            names = ", ".join(sorted(label.value for label in URGENT))
            raise InvalidField(
                f"{at}/when/labels",
                f"'moderate' cannot follow from any of: {names}",
                fix="Use 'escalate': a person must see these first.",
            )

    def _check_notify(self, at: str) -> None:
        """Only a member is told, and only of what is told where it was said."""
        if self.notify is not None and self.applies_to is Direction.OUTGOING:
            raise InvalidField(f"{at}/notify", "of our own words nobody is told", fix="Take it out.")
        if self.notify and self.moderate is not None and self.moderate not in TOLD_OF:
            raise InvalidField(
                f"{at}/notify",
                f"of '{self.moderate}' nobody is told where it was said",
                fix=f"Take it out, or moderate by one of: {', '.join(TOLD_OF)}.",
            )

    def concerns(self, direction: Direction) -> bool:
        """Whether texts of this direction are under the clause."""
        return self.applies_to in {direction, Direction.BOTH}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """low: the joint risk, and the strength of spam or complaint, from which nothing is answered (permille, 1 to 500).

    auto: the least `Signals.p_auto` at which an automatic answer may be given (permille, 500 to 1000).
    """

    low: int = 200
    auto: int = 600

    def __post_init__(self) -> None:
        if not 1 <= self.low <= 500:
            raise InvalidField("/thresholds/low", "it lies between 1 and 500 permille")
        if not 500 <= self.auto <= 1000:
            raise InvalidField("/thresholds/auto", "it lies between 500 and 1000 permille")


@dataclass(frozen=True, slots=True)
class Fired:
    """A clause that fired, how strongly (permille; 1000 for a phrase or a plain condition), and where its phrases stand."""

    clause: Clause
    permille: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Guideline:
    """One version of a workspace's clauses. `version` is the id under which the service stored it."""

    version: str
    name: str
    languages: tuple[str, ...]
    clauses: tuple[Clause, ...]
    answers: Answers = field(default_factory=Answers)
    thresholds: Thresholds = Thresholds()

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for index, clause in enumerate(self.clauses):
            if clause.id in seen:
                raise InvalidField(f"/clauses/{index}/id", f"two clauses are called '{clause.id}'")
            seen.add(clause.id)
        if unread := [code for code in self.languages if code not in READABLE]:
            raise InvalidField(
                "/languages", f"risks cannot be read in: {', '.join(unread)} (only in {', '.join(READABLE)})"
            )

    @property
    def asks(self) -> frozenset[str]:
        """Which circumstances have to be looked up for its clauses; see `When.asks`."""
        return frozenset().union(*(clause.when.asks for clause in self.clauses))

    @property
    def moderates(self) -> bool:
        """Whether any of its clauses does something on a platform without a person."""
        return any(clause.moderate is not None for clause in self.clauses)

    def fired(
        self,
        signals: Signals,
        *,
        kind: str = "",
        platform: str = "",
        direction: Direction = Direction.INCOMING,
        around: Around = NOTHING_KNOWN,
        at: datetime | None = None,
    ) -> tuple[Fired, ...]:
        """The clauses of this direction that fire on a text, in the guideline's order. at: the moment it is decided in."""
        words = Words(signals)
        hits = []
        for clause in self.clauses:
            # What nobody knows lets nothing happen by itself, and keeps nothing from a person.
            unknown = clause.action.for_a_person
            if clause.concerns(direction) and clause.when.holds(
                signals, around, kind=kind, platform=platform, at=at, unknown=unknown
            ):
                found = clause.when.found(signals, words, clause.id)
                if found is not None:
                    hits.append(Fired(clause, found[0], (*found[1], *clause.when.circumstances(clause.id))))
        return tuple(hits)

    def to_record(self) -> dict[str, Any]:
        """The guideline in JSON types without floats, as the store keeps it."""
        return {
            "version": self.version,
            "name": self.name,
            "languages": list(self.languages),
            "clauses": [_clause_record(clause) for clause in self.clauses],
            "answers": self.answers.to_record(),
            "thresholds": {"low": self.thresholds.low, "auto": self.thresholds.auto},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Guideline:
        """The guideline that `to_record` wrote."""
        return cls(
            version=record["version"],
            name=record["name"],
            languages=tuple(record["languages"]),
            clauses=tuple(_clause(fields) for fields in record["clauses"]),
            answers=Answers.from_record(record["answers"]),
            thresholds=Thresholds(**record["thresholds"]),
        )


def breaches(
    guideline: Guideline, signals: Signals, *, platform: str = "", around: Around = NOTHING_KNOWN
) -> tuple[Clause, ...]:
    """The clauses that a text of ours would break if it went out; empty means that it may."""
    hits = guideline.fired(signals, kind="post", platform=platform, direction=Direction.OUTGOING, around=around)
    return tuple(hit.clause for hit in hits)


def _clause_record(clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "wording": clause.wording,
        "applies_to": clause.applies_to.value,
        "when": clause.when.to_record(),
        "action": clause.action.value,
        **({"moderate": clause.moderate} if clause.moderate else {}),
        **({} if clause.notify is None else {"notify": clause.notify}),
        "severity": clause.severity,
        "reason": clause.reason,
        "must_match": list(clause.must_match),
        "must_not_match": list(clause.must_not_match),
    }


def _clause(fields: Mapping[str, Any]) -> Clause:
    return Clause(
        id=fields["id"],
        wording=fields["wording"],
        applies_to=Direction(fields["applies_to"]),
        when=When.from_record(fields["when"]),
        action=TriageAction(fields["action"]),
        moderate=fields.get("moderate"),
        notify=fields.get("notify"),
        severity=fields["severity"],
        reason=fields["reason"],
        must_match=tuple(fields["must_match"]),
        must_not_match=tuple(fields["must_not_match"]),
    )
