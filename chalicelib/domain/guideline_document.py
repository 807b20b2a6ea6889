"""The guideline as people write it: the way from its document (`guideline_schema`) to a Guideline. Pure.

With its schema the only module of the domain that imports pydantic: a worker that loads a stored guideline never needs it. Every
fault is reported at once, each with the RFC 6901 pointer of the field (and its line, where the reader of the file knows it). No
message repeats a wording, a phrase or an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from chalicelib.domain.answers import Answers
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.guideline import TOLD_OF, Clause, Guideline, Thresholds
from chalicelib.domain.guideline_schema import MODELS, SLUG, ClauseDocument, GuidelineDocument
from chalicelib.domain.labels import ANSWERABLE, Signals, TriageAction
from chalicelib.domain.patterns import PatternRefused, compiled
from chalicelib.domain.when import DAYS, AuthorTest, ThreadTest, TimeTest, When, fold_community, fold_phrase

Position = tuple[int, int]
"""Line and column in the file, both counted from 1."""

_Fault = tuple[str, str, str]
"""Pointer, detail and mend; an empty mend is the usual one."""

USUAL_MEND: Final = "Correct this place."

_DEFAULT = Answers()


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where in the document, in which clause, what is wrong and what mends it, and its place in the file."""

    pointer: str
    detail: str
    line: int | None = None
    column: int | None = None
    clause: str | None = None
    mend: str = USUAL_MEND

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line is not None else ""
        named = f" (clause {self.clause})" if self.clause else ""
        return f"{place}{self.pointer or '/'}{named}: {self.detail.rstrip('.')}. {self.mend}"


class InvalidGuideline(InvalidField):
    """The guideline is not as it must be; nothing was stored."""

    def __init__(self, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            first.pointer,
            "; ".join(map(str, self.problems[:5])),
            fix="Correct the places named and save again.",
        )


_MENDS: Final = {
    "missing": "Add it.",
    "enum": "Use one of these, as they are written here.",
    "int_type": "Write a whole number, without quotes.",
    "bool_type": "Write true or false, without quotes.",
    "string_type": "Write text; put it in quotes where YAML takes it for something else.",
    "list_type": "Write a list, such as [one, two].",
    "dict_type": "Write fields below it, each as `name: value`.",
    "model_type": "Write fields below it, each as `name: value`.",
    "string_pattern_mismatch": "Use small letters, digits and hyphens for a name; begin an address with https://.",
    "string_unicode": "Type it anew: half a character stands in it.",
    "value_error": "Type it anew.",
    "too_long": "Shorten the list.",
    "string_too_long": "Shorten it.",
    "string_too_short": "Write more, or take it out.",
}
"""What mends each kind of fault that the schema finds."""


def build(
    document: object,
    *,
    version: str,
    read: Callable[[str], Signals],
    replies: Collection[str],
    notices: Collection[str] = (),
    known: Mapping[str, Collection[str]] | None = None,
    positions: Mapping[str, Position] | None = None,
) -> Guideline:
    """The guideline that a document describes, once its own examples hold.

    document: JSON types. version: the id it will have. read: the reader of texts, which also folds the phrases. replies:
    the names of the reply templates there are. notices: those in which a member may be told of a ruling. known: by `kinds` and
    `platforms`, those that there are; None: any may be. positions: pointer -> place in the file. Raises InvalidGuideline.
    """
    places = positions or {}
    try:
        parsed = GuidelineDocument.model_validate(document)
    except ValidationError as error:
        faults = [
            (_pointer(fault["loc"]), fault["msg"].removeprefix("Value error, "), _mend(fault["type"], fault["loc"]))
            for fault in error.errors()
        ]
        raise InvalidGuideline(_problems(faults, document, places)) from None
    clauses, problems = _clauses(parsed, read)
    problems += _unheard(parsed, known or {}) + _untold(parsed, notices)
    answers = _DEFAULT
    try:
        answers = parsed.answers.answers()
    except InvalidField as error:
        problems.append((error.pointer, error.detail, error.fix))
    else:
        problems += _unworded(parsed, replies)
    if problems:
        raise InvalidGuideline(_problems(problems, document, places))
    try:
        guideline = Guideline(
            version=version,
            name=parsed.name,
            languages=tuple(parsed.languages),
            clauses=clauses,
            answers=answers,
            thresholds=Thresholds(low=parsed.thresholds.low, auto=parsed.thresholds.auto),
        )
    except InvalidField as error:
        raise InvalidGuideline(_problems([(error.pointer, error.detail, error.fix)], document, places)) from None
    if failing := failing_examples(guideline, read):
        raise InvalidGuideline(_problems(failing, document, places))
    return guideline


def failing_examples(guideline: Guideline, read: Callable[[str], Signals]) -> list[_Fault]:
    """The guideline's own tests: each example that its clause does not take as it should.

    They are read for what they say, and in which language; everything else that the clause asks for is taken to hold.
    """
    failing = []
    for index, clause in enumerate(guideline.clauses):
        for name, wanted in (("must_match", True), ("must_not_match", False)):
            for place, example in enumerate(getattr(clause, name)):
                if clause.when.says(read(example)) is not wanted:
                    verb = "does not fire on this example" if wanted else "fires on this example"
                    mend = "Change what makes the clause fire, or take the example out."
                    failing.append((f"/clauses/{index}/{name}/{place}", f"clause {clause.id} {verb}", mend))
    return failing


def _clauses(parsed: GuidelineDocument, read: Callable[[str], Signals]) -> tuple[tuple[Clause, ...], list[_Fault]]:
    """The clauses that could be made, and a fault for each that could not."""
    clauses: list[Clause] = []
    faults: list[_Fault] = []
    for index, clause in enumerate(parsed.clauses):
        try:
            clauses.append(_clause(clause, read))
        except InvalidField as error:
            inner = error.pointer.removeprefix(f"/clauses/{clause.id}")
            faults.append((f"/clauses/{index}{inner}", error.detail, error.fix))
    return tuple(clauses), faults


def _unheard(parsed: GuidelineDocument, known: Mapping[str, Collection[str]]) -> list[_Fault]:
    """Kinds and platforms that there are not: a clause that asks for one would never fire, and nobody would notice."""
    return [
        (f"/clauses/{index}/when/{name}/{place}", "there is none of this name", f"Use one of: {_list(there)}.")
        for index, clause in enumerate(parsed.clauses)
        for name, there in known.items()
        for place, one in enumerate(getattr(clause.when, name))
        if one not in there
    ]


def _untold(parsed: GuidelineDocument, notices: Collection[str]) -> list[_Fault]:
    """Words that there are not, and shipped ones that tell of another act than the clause's."""
    faults = []
    for index, clause in enumerate(parsed.clauses):
        if clause.notify and clause.notify not in notices:
            mend = f"Use one of: {_list(notices)}; keep words of your own by `POST /replies`; or write false."
            faults.append((f"/clauses/{index}/notify", "there is no notice of this name", mend))
        elif (
            clause.notify
            and clause.moderate
            and clause.notify in {f"notice-{one}" for one in TOLD_OF} - {f"notice-{clause.moderate}"}
        ):
            mend = f"Use notice-{clause.moderate}, or words of your own."
            faults.append((f"/clauses/{index}/notify", f"it tells of another act than '{clause.moderate}'", mend))
    return faults


def _unworded(parsed: GuidelineDocument, replies: Collection[str]) -> list[_Fault]:
    """Replies without a template, and clauses that answer an intent without a reply."""
    wanted = parsed.answers.replies
    faults = [
        (f"/answers/replies/{label.value}", "there is no reply template of this name", f"Use one of: {_list(replies)}.")
        for label, name in wanted.items()
        if name not in replies
    ]
    faults.extend(
        (
            f"/clauses/{index}/when/labels",
            f"it answers {label.value}, but /answers/replies has none",
            f"Name a reply for {label.value} there, or take the label out.",
        )
        for index, clause in enumerate(parsed.clauses)
        if clause.action is TriageAction.ANSWER
        for label in clause.when.labels
        if label in ANSWERABLE and label not in wanted
    )
    return faults


def _clause(clause: ClauseDocument, read: Callable[[str], Signals]) -> Clause:
    phrases = tuple(fold_phrase(read(phrase).plain) for phrase in clause.when.phrases)
    for index, phrase in enumerate(phrases):
        if not phrase:
            raise InvalidField(f"/clauses/{clause.id}/when/phrases/{index}", "a phrase needs at least one word")
    return Clause(
        id=clause.id,
        wording=clause.wording,
        applies_to=clause.applies_to,
        when=_when(clause, phrases, read),
        action=clause.action,
        moderate=clause.moderate,
        notify=clause.notify,
        severity=clause.severity,
        reason=clause.reason,
        must_match=tuple(clause.must_match),
        must_not_match=tuple(clause.must_not_match),
    )


def _pointer(location: tuple[Any, ...]) -> str:
    parts = [str(part) for part in location if part != "[key]"]
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _when(clause: ClauseDocument, phrases: tuple[str, ...], read: Callable[[str], Signals]) -> When:
    asked = clause.when
    at = f"/clauses/{clause.id}/when"
    for index, pattern in enumerate(asked.patterns):
        _check_pattern(pattern, f"{at}/patterns/{index}", read)
    tests = {"author": asked.author, "thread": asked.thread, "time": asked.time}
    for name, test in tests.items():
        if test is not None and not test.model_fields_set:
            raise InvalidField(f"{at}/{name}", "it asks for nothing", fix="Name what must be so, or take it out.")
    return When(
        labels=asked.labels,
        phrases=phrases,
        patterns=tuple(asked.patterns),
        kinds=tuple(asked.kinds),
        platforms=tuple(asked.platforms),
        accounts=tuple(asked.accounts),
        communities=tuple(map(fold_community, asked.communities)),
        languages=tuple(asked.languages),
        author=None if asked.author is None else AuthorTest(**asked.author.model_dump()),
        thread=None if asked.thread is None else ThreadTest(**asked.thread.model_dump()),
        time=None
        if asked.time is None
        else TimeTest(tuple(map(DAYS.index, asked.time.days)), asked.time.begin, asked.time.end),
    )


def _check_pattern(pattern: str, pointer: str, read: Callable[[str], Signals]) -> None:
    """Refuse what is no pattern of ours, and letters that no folded text holds. Raises InvalidField."""
    try:
        compiled(pattern)
    except PatternRefused as refused:
        raise InvalidField(pointer, f"character {refused.at}: {refused.detail}", fix=refused.mend) from None
    for at, letter in enumerate(pattern, 1):
        if letter.isalpha() and pattern[at - 2 : at - 1] != "\\" and read(letter).plain != letter:
            raise InvalidField(
                pointer,
                f"character {at}: texts are compared without case and accents, so this letter is never found",
                fix="Write it small and without an accent.",
            )


def _problems(faults: Sequence[_Fault], document: object, places: Mapping[str, Position]) -> list[Problem]:
    return [_problem(*fault, document, places) for fault in faults]


def _problem(pointer: str, detail: str, mend: str, document: object, places: Mapping[str, Position]) -> Problem:
    """The problem with its place, or that of the nearest thing around it (a missing key has none of its own)."""
    around = pointer
    while around and around not in places:
        around = around.rpartition("/")[0]
    line, column = places.get(around, (None, None))
    return Problem(pointer, detail, line, column, _clause_at(pointer, document), mend or USUAL_MEND)


def _clause_at(pointer: str, document: object) -> str | None:
    """The id of the clause in which a pointer lies, where it has one that may be shown."""
    match = re.match(r"/clauses/(\d+)(?:/|$)", pointer)
    try:
        name = document["clauses"][int(match[1])]["id"] if match else None  # type: ignore[index]
    except (TypeError, KeyError, IndexError):
        return None
    return name if isinstance(name, str) and re.fullmatch(SLUG, name) else None


def _mend(fault: str, location: tuple[Any, ...]) -> str:
    """What mends a fault of the schema, by its kind."""
    if fault == "extra_forbidden":
        return f"Take it out, or use one of: {_list(_fields_around(location))}."
    return _MENDS.get(fault, USUAL_MEND)


def _fields_around(location: tuple[Any, ...]) -> Collection[str]:
    """The fields that there are where an unknown one stands."""
    model: Any = GuidelineDocument
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = MODELS.get(part, model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
