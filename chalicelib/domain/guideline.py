"""Guideline: the versioned clauses that say what may be said and what follows from what is heard. Pure.

One guideline serves both directions: `fired` reads what comes in, `breaches` gates what goes out. A stored guideline is
rebuilt from its record without any schema library, so that a worker starts fast. It never holds a member's text, and it
holds no regular expression of a user's: phrases are compared word by word, in time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from chalicelib.domain.answers import Answers
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.labels import ANSWERABLE, RISKS, Label, Signals, TriageAction
from chalicelib.domain.rationale import Evidence

READABLE: Final = ("en",)
"""Languages whose risks this release can read. In any other one, nothing is answered automatically."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MILD = frozenset({TriageAction.IGNORE, TriageAction.ANSWER})


class Direction(StrEnum):
    """Which texts a clause is about."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class When:
    """What makes a clause fire: any label at its threshold (permille) or any phrase, on one of the kinds and platforms.

    Empty kinds or platforms mean all of them. With neither labels nor phrases, the kind or platform alone decides.
    Phrases are in the same folded form as `Signals.plain`.
    """

    labels: Mapping[Label, int] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


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

    def __post_init__(self) -> None:
        at = f"/clauses/{self.id}"
        when = self.when
        if not (when.labels or when.phrases or when.kinds or when.platforms):
            raise InvalidField(f"{at}/when", "a clause needs something that makes it fire")
        if any(not 1 <= permille <= 1000 for permille in when.labels.values()):
            raise InvalidField(f"{at}/when/labels", "a threshold lies between 1 and 1000 permille")
        if not 0 <= self.severity <= 3:
            raise InvalidField(f"{at}/severity", "severity lies between 0 and 3")
        # Otherwise a risk that rises could make a clause fire that lowers the action.
        if self.action in _MILD and not RISKS.isdisjoint(when.labels):
            raise InvalidField(
                f"{at}/when/labels", f"'{self.action.value}' cannot follow from a risk, only from an intent"
            )
        if self.action is TriageAction.ANSWER and not (when.labels and ANSWERABLE.issuperset(when.labels)):
            names = ", ".join(sorted(label.value for label in ANSWERABLE))
            raise InvalidField(f"{at}/when/labels", f"'answer' needs labels, and only of: {names}")

    def concerns(self, direction: Direction) -> bool:
        """Whether texts of this direction are under the clause."""
        return self.applies_to in {direction, Direction.BOTH}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """low: the joint risk, and the strength of spam or complaint, from which nothing is answered (permille, 1 to 500).

    auto: the least `Signals.p_auto` at which an automatic answer may be given (permille, 500 to 1000).
    """

    low: int = 200
    auto: int = 900

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

    def fired(
        self, signals: Signals, *, kind: str = "", platform: str = "", direction: Direction = Direction.INCOMING
    ) -> tuple[Fired, ...]:
        """The clauses of this direction that fire on a text, in the guideline's order."""
        words = _Words(signals)
        hits = (_fire(clause, signals, words, kind, platform) for clause in self.clauses if clause.concerns(direction))
        return tuple(hit for hit in hits if hit is not None)

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


def breaches(guideline: Guideline, signals: Signals, *, platform: str = "") -> tuple[Clause, ...]:
    """The clauses that a text of ours would break if it went out; empty means that it may."""
    hits = guideline.fired(signals, kind="post", platform=platform, direction=Direction.OUTGOING)
    return tuple(hit.clause for hit in hits)


def fold_phrase(plain: str) -> str:
    """A phrase's words, parted by single blanks; `plain` is `Signals.plain` of the phrase as its author wrote it."""
    return " ".join(_WORD.findall(plain))


class _Words:
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

    def _received(self, start: int, end: int) -> tuple[int, int]:
        starts: Sequence[int] | None = self._signals.starts
        return (start, end) if starts is None else (starts[start], starts[end - 1] + 1)


def _fire(clause: Clause, signals: Signals, words: _Words, kind: str, platform: str) -> Fired | None:
    when = clause.when
    if (when.kinds and kind not in when.kinds) or (when.platforms and platform not in when.platforms):
        return None
    if not when.labels and not when.phrases:
        return Fired(clause, 1000)
    reached = [
        signals.labels.get(label, 0) for label, least in when.labels.items() if signals.labels.get(label, 0) >= least
    ]
    spans = [span for span in map(words.find, when.phrases) if span is not None]
    marks = tuple(Evidence(clause.id, "phrase", 1000, start, end) for start, end in spans)
    if not reached and not marks:
        return None
    return Fired(clause, 1000 if marks else min(1000, max(reached)), marks)


def _clause_record(clause: Clause) -> dict[str, Any]:
    when = clause.when
    return {
        "id": clause.id,
        "wording": clause.wording,
        "applies_to": clause.applies_to.value,
        "when": {
            "labels": {label.value: permille for label, permille in when.labels.items()},
            "phrases": list(when.phrases),
            "kinds": list(when.kinds),
            "platforms": list(when.platforms),
        },
        "action": clause.action.value,
        "severity": clause.severity,
        "reason": clause.reason,
        "must_match": list(clause.must_match),
        "must_not_match": list(clause.must_not_match),
    }


def _clause(fields: Mapping[str, Any]) -> Clause:
    when = fields["when"]
    return Clause(
        id=fields["id"],
        wording=fields["wording"],
        applies_to=Direction(fields["applies_to"]),
        when=When(
            labels={Label(label): permille for label, permille in when["labels"].items()},
            phrases=tuple(when["phrases"]),
            kinds=tuple(when["kinds"]),
            platforms=tuple(when["platforms"]),
        ),
        action=TriageAction(fields["action"]),
        severity=fields["severity"],
        reason=fields["reason"],
        must_match=tuple(fields["must_match"]),
        must_not_match=tuple(fields["must_not_match"]),
    )
