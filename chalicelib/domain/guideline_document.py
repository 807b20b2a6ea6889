"""The guideline as people write it: the schema of the document, and the way from there to a Guideline. Pure.

The only module of the domain that imports pydantic: a worker that loads a stored guideline never needs it. Every fault is
reported at once, each with the RFC 6901 pointer of the field (and its line, where the reader of the file knows it). No
message repeats a wording, a phrase or an example.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from chalicelib.domain.answers import DAY, Answers, Mode, QuietHours
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.guideline import AUTOMATIC, Clause, Direction, Guideline, Thresholds
from chalicelib.domain.labels import ANSWERABLE, Label, Signals, TriageAction
from chalicelib.domain.patterns import MAX_LENGTH, PatternRefused, compiled
from chalicelib.domain.typed import one_line
from chalicelib.domain.when import DAYS, AuthorTest, ThreadTest, TimeTest, When, fold_community, fold_phrase

Position = tuple[int, int]
"""Line and column in the file, both counted from 1."""

_Fault = tuple[str, str, str]
"""Pointer, detail and mend; an empty mend is the usual one."""

USUAL_MEND: Final = "Correct this place."

MAX_CLAUSES: Final = 200
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


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_SLUG: Final = r"^[a-z][a-z0-9-]{0,39}$"
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

_Slug = Annotated[str, StringConstraints(pattern=_SLUG)]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(one_line)]
_Phrase = Annotated[str, StringConstraints(min_length=2, max_length=100)]
_Example = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
_Permille = Annotated[int, Field(ge=1, le=1000)]
# Enum values come as text from a file; strict mode would refuse them.
_Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
_Label = Annotated[Label, Field(strict=False)]
_Direction = Annotated[Direction, Field(strict=False)]
_Action = Annotated[TriageAction, Field(strict=False)]


def _minute(given: object) -> object:
    """A time of the day in minutes since midnight. YAML 1.1 reads an unquoted 22:00 as just that, in base 60."""
    match = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    if match is None and type(given) is not int:
        raise ValueError("it is no time of the day, such as '22:00'")
    return given if match is None else int(match[1]) * 60 + int(match[2])


_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_Minute = Annotated[int, BeforeValidator(_minute), Field(ge=0, lt=DAY)]
_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LENGTH)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AuthorDocument(_Strict):
    """What must be so of whoever said it: all that is named."""

    first_message: bool | None = None
    known_less_than_days: Annotated[int, Field(ge=1, le=365)] | None = None
    ruled_against_at_least: Annotated[int, Field(ge=1, le=20)] | None = None


class ThreadDocument(_Strict):
    """What must be so of the conversation: all that is named. heat_at_least: permille."""

    human_touched: bool | None = None
    heat_at_least: _Permille | None = None
    messages_at_least: Annotated[int, Field(ge=2, le=20)] | None = None


class TimeDocument(_Strict):
    """Days and hours in the workspace's zone; past midnight where it ends before it begins."""

    model_config = ConfigDict(populate_by_name=True)

    days: Annotated[list[Literal[DAYS]], Field(max_length=7)] = []  # type: ignore[valid-type]
    begin: Annotated[_Minute, Field(alias="from")] = 0
    end: Annotated[_Minute, Field(alias="to")] = 0


class WhenDocument(_Strict):
    """What makes a clause fire: any of labels, phrases and patterns, where all the rest holds."""

    labels: dict[_Label, _Permille] = {}
    phrases: Annotated[list[_Phrase], Field(max_length=200)] = []
    patterns: Annotated[list[_Pattern], Field(max_length=20)] = []
    kinds: Annotated[list[_Slug], Field(max_length=20)] = []
    platforms: Annotated[list[_Slug], Field(max_length=20)] = []
    accounts: Annotated[list[_Name], Field(max_length=50)] = []
    communities: Annotated[list[_Name], Field(max_length=50)] = []
    languages: Annotated[list[_Language], Field(max_length=20)] = []
    author: AuthorDocument | None = None
    thread: ThreadDocument | None = None
    time: TimeDocument | None = None


class ClauseDocument(_Strict):
    """One clause."""

    id: _Slug
    wording: _Line
    applies_to: _Direction = Direction.INCOMING
    when: WhenDocument
    action: _Action
    moderate: Literal[AUTOMATIC] | None = None  # type: ignore[valid-type]
    severity: Annotated[int, Field(ge=0, le=3)]
    reason: _Line
    must_match: Annotated[list[_Example], Field(max_length=50)] = []
    must_not_match: Annotated[list[_Example], Field(max_length=50)] = []


class ThresholdsDocument(_Strict):
    """Figures in permille."""

    low: Annotated[int, Field(ge=1, le=500)] = Thresholds().low
    auto: Annotated[int, Field(ge=500, le=1000)] = Thresholds().auto


class QuietHoursDocument(_Strict):
    """When nothing automatic is said: two times of the day, such as 22:00 and 07:00."""

    begin: _Minute
    end: _Minute


class AnswersDocument(_Strict):
    """Automatic answers."""

    replies: dict[_Label, _Slug] = {}
    window_hours: Annotated[int, Field(ge=1, le=720)] = _DEFAULT.window_hours
    per_account_per_day: Annotated[int, Field(ge=0, le=1000)] = _DEFAULT.per_account_per_day
    honest: _Line = _DEFAULT.honest
    per_member_per_day: Annotated[int, Field(ge=1, le=24)] = _DEFAULT.per_member_per_day
    mode: Annotated[Mode, Field(strict=False)] = _DEFAULT.mode
    hold_minutes: Annotated[int, Field(ge=1, le=DAY)] = _DEFAULT.hold_minutes
    quiet_hours: QuietHoursDocument | None = None
    cool_off_hours: Annotated[int, Field(ge=1, le=168)] = _DEFAULT.cool_off_hours
    help_url: Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$", max_length=200)] | None = None

    def answers(self) -> Answers:
        """The answers that this describes. Raises InvalidField."""
        fields = {name: getattr(self, name) for name in AnswersDocument.model_fields}
        quiet = self.quiet_hours
        return Answers(**fields | {"quiet_hours": None if quiet is None else QuietHours(quiet.begin, quiet.end)})


class GuidelineDocument(_Strict):
    """The whole document."""

    name: _Line
    languages: Annotated[list[_Language], Field(max_length=20)]
    thresholds: ThresholdsDocument = ThresholdsDocument()
    answers: AnswersDocument = AnswersDocument()
    clauses: Annotated[list[ClauseDocument], Field(min_length=1, max_length=MAX_CLAUSES)]


_MODELS: Final[Mapping[str, type[_Strict]]] = {
    "thresholds": ThresholdsDocument,
    "answers": AnswersDocument,
    "quiet_hours": QuietHoursDocument,
    "clauses": ClauseDocument,
    "when": WhenDocument,
    "author": AuthorDocument,
    "thread": ThreadDocument,
    "time": TimeDocument,
}


def schema() -> dict[str, Any]:
    """The JSON Schema of the document, as it is published."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A guideline of Parley",
        **GuidelineDocument.model_json_schema(),
    }


def build(
    document: object,
    *,
    version: str,
    read: Callable[[str], Signals],
    replies: Collection[str],
    known: Mapping[str, Collection[str]] | None = None,
    positions: Mapping[str, Position] | None = None,
) -> Guideline:
    """The guideline that a document describes, once its own examples hold.

    document: JSON types. version: the id it will have. read: the reader of texts, which also folds the phrases. replies:
    the names of the reply templates there are. known: by `kinds` and `platforms`, those that there are; None: any may be.
    positions: pointer -> place in the file. Raises InvalidGuideline.
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
    problems += _unheard(parsed, known or {})
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
    return name if isinstance(name, str) and re.fullmatch(_SLUG, name) else None


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
            model = _MODELS.get(part, model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _list(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
