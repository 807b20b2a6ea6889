"""The schema of the guideline as people write it: every field, its bounds, and the JSON Schema that is published. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from chalicelib.domain.answers import DAY, Answers, Mode, QuietHours
from chalicelib.domain.guideline import AUTOMATIC, Direction, Thresholds
from chalicelib.domain.labels import Label, TriageAction
from chalicelib.domain.patterns import MAX_LENGTH
from chalicelib.domain.typed import one_line
from chalicelib.domain.when import DAYS

MAX_CLAUSES: Final = 200
_DEFAULT = Answers()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


SLUG: Final = r"^[a-z][a-z0-9-]{0,39}$"

_Slug = Annotated[str, StringConstraints(pattern=SLUG)]
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


def _told(given: object) -> object:
    """The name of a notice or reply, or False."""
    if given is False or (isinstance(given, str) and re.fullmatch(SLUG, given)):
        return given
    raise ValueError("it is the name of a notice or of a reply of yours, or false where nobody is told")


_Notify = Annotated[
    Any, AfterValidator(_told), WithJsonSchema({"anyOf": [{"const": False}, {"type": "string", "pattern": SLUG}]})
]
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
    notify: _Notify | None = None
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


MODELS: Final[Mapping[str, type[_Strict]]] = {
    "thresholds": ThresholdsDocument,
    "answers": AnswersDocument,
    "quiet_hours": QuietHoursDocument,
    "clauses": ClauseDocument,
    "when": WhenDocument,
    "author": AuthorDocument,
    "thread": ThreadDocument,
    "time": TimeDocument,
}
"""The schema of each field that holds fields."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the document, as it is published."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A guideline of Parley",
        **GuidelineDocument.model_json_schema(),
    }
