"""What requests' bodies must be: every document that the API takes, in pydantic, which only they need.

They lie apart so that a request without a body never pays for pydantic: `door` looks a form up by its name when a body
comes. Where a topic has many, they lie in a room of their own (`ROOMS`) and are found here all the same.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from chalicelib.api.times import instant
from chalicelib.domain.access import Action, Role
from chalicelib.domain.brake import Scope
from chalicelib.domain.imports import Mode
from chalicelib.domain.options import Audience, WhoMayReply
from chalicelib.domain.post import HalfSent, Under
from chalicelib.domain.review import Verdict
from chalicelib.domain.typed import one_line, plain

ROOMS = (
    "forms_accounts",
    "forms_acts",
    "forms_approvals",
    "forms_campaigns",
    "forms_content",
    "forms_guideline",
    "forms_listening",
    "forms_media",
    "forms_money",
    "forms_time",
)
"""The modules beside this one that hold forms of one topic each."""

LONGEST_LATE = 7 * 24 * 3600


def __getattr__(name: str) -> Any:
    """A form of another room. Raises AttributeError where there is none of this name."""
    for room in ROOMS:
        found = getattr(import_module(f"chalicelib.api.{room}"), name, None) if name.endswith("Form") else None
        if found is not None:
            return found
    raise AttributeError(f"there is no form {name}")


class Form(BaseModel):
    """What a request's body must be: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(one_line)]
"""One line for people: a name, a measure, a heading."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(plain)]
"""A reason or an objective; may have several lines."""
Text = Annotated[str, StringConstraints(max_length=40_000), AfterValidator(plain)]
"""What is to be said; the platform's own limit is checked by the service. 40,000 is Reddit's, the largest of the four."""
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.]{1,64}$")]
"""An id of ours."""


def _instant(text: str) -> str:
    try:
        instant(text)
    except ValueError as error:
        raise ValueError(str(error)) from None
    return text


When = Annotated[str, StringConstraints(max_length=40)]
"""A wall time, with or without an offset; read by `scheduled`."""
Instant = Annotated[str, StringConstraints(max_length=40), AfterValidator(_instant)]
"""A time with `Z` or an offset; read by `instant`."""
Zone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]
"""The name of a time zone; whether there is one is checked by whoever uses it."""


Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
CredentialName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=8192)]
ClauseId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class AccountForm(Form):
    """An account to be connected. The credential's names are in the platform's README."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,40}$")]
    credential: Annotated[dict[CredentialName, Secret], Field(min_length=1, max_length=20)]
    base_url: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,300}$")] | None = None


class DigestForm(Form):
    """A summary of a span of time, for members of the workspace."""

    to: Annotated[list[Id], Field(min_length=1, max_length=50)]
    since: Instant
    until: Instant


class GuidelineForm(Form):
    """A guideline as YAML, and why. What YAML cannot hold is found by its reader, with line and column."""

    yaml: Annotated[str, StringConstraints(min_length=1)]
    why: Words


class MemberForm(Form):
    """A person to be added. `escalations`: from now on they are the one who is told."""

    name: Name
    email: Name
    role: Annotated[Role, Field(strict=False)]
    escalations: bool = False


class ScheduleForm(Form):
    """When to say it (see times.py for the spellings of `at`), and how many seconds late is too late."""

    at: When
    zone: Zone
    late_limit_seconds: Annotated[int, Field(ge=0, le=LONGEST_LATE)] | None = None


class PictureForm(Form):
    """A picture of the workspace's media, or one video, alone; and its description for those who do not see it."""

    media: Id
    alt: Annotated[str, StringConstraints(max_length=10_000), AfterValidator(plain)] = ""


class PartForm(Form):
    """One part of a thread after its first. `under`: `previous`, or `first` for a first comment."""

    text: Text
    pictures: Annotated[list[PictureForm], Field(max_length=20)] = []
    under: Annotated[Under, Field(strict=False)] = Under.PREVIOUS


def _phrase(text: str) -> str:
    return one_line(text) if text else text


Phrase = Annotated[str, StringConstraints(max_length=500), AfterValidator(_phrase)]
"""One line, or nothing."""
Address = Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{1,2000}$")]
NativeId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]
"""A platform's own id of something."""


class PollForm(Form):
    """A question with choices; the question is the post itself. `many`: a member may choose several."""

    choices: Annotated[list[Name], Field(min_length=2, max_length=20)]
    minutes: Annotated[int, Field(ge=1, le=366 * 24 * 60)]
    many: bool = False


class CardForm(Form):
    """A link that is shown beside the words, or is the post itself. `picture`: the id of a picture of the media."""

    url: Address
    title: Phrase = ""
    description: Annotated[str, StringConstraints(max_length=2000), AfterValidator(plain)] = ""
    picture: Id | None = None


class OptionsForm(Form):
    """How a post is said beside its words; what a platform has of it stands in its capabilities.

    `warning`: what stands before the words. `flair`: the id of a community's label. `crosspost`: the platform's id of the
    post that is passed on.
    """

    warning: Phrase = ""
    sensitive: bool = False
    spoiler: bool = False
    audience: Annotated[Audience, Field(strict=False)] | None = None
    who_may_reply: Annotated[list[Annotated[WhoMayReply, Field(strict=False)]], Field(max_length=7)] = []
    flair: NativeId | None = None
    poll: PollForm | None = None
    card: CardForm | None = None
    crosspost: NativeId | None = None


Label = Annotated[Name, StringConstraints(max_length=60)]
"""A word of one's own by which posts are found together again."""


class LabelsForm(Form):
    """A post's labels, all of them."""

    labels: Annotated[list[Label], Field(max_length=20)]


class VariantForm(Form):
    """What one account is to say. `rest`: the parts that follow, each said once the one before it stands there.

    `options`: of the post itself.
    """

    account: Id
    text: Text
    title: Name | None = None
    community: Name | None = None
    language: Language | None = None
    pictures: Annotated[list[PictureForm], Field(max_length=20)] = []
    rest: Annotated[list[PartForm], Field(max_length=50)] = []
    options: OptionsForm = OptionsForm()


class PostForm(Form):
    """A post to be scheduled: all of its variants, or none. `reply_to`: the interaction that it answers."""

    campaign: Id | None = None
    schedule: ScheduleForm
    variants: Annotated[list[VariantForm], Field(min_length=1, max_length=20)]
    half_sent: Annotated[HalfSent, Field(strict=False)] = HalfSent.TELL
    """What becomes of a thread that is interrupted: `go_on` however late, or `tell` a person."""
    labels: Annotated[list[Label], Field(max_length=20)] = []
    reply_to: Id | None = None


class ChoiceForm(Form):
    """Which variants are meant: all that fit what is given."""

    campaign: Id | None = None
    account: Id | None = None
    label: Name | None = None
    since: Instant | None = None
    until: Instant | None = None
    states: Annotated[list[Literal["scheduled", "held", "awaiting_approval"]], Field(min_length=1)] | None = None


class CancellationForm(ChoiceForm):
    """What is to be cancelled."""


class MoveWindowForm(Form):
    """A span over which what is moved is spread evenly."""

    since: Instant
    until: Instant
    gap_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15


class MoveForm(ChoiceForm):
    """What is to be moved: `by_minutes` on each one's own wall clock, or into a `window`."""

    by_minutes: Annotated[int, Field(ge=-366 * 24 * 60, le=366 * 24 * 60)] | None = None
    window: MoveWindowForm | None = None


class CalendarForm(Form):
    """A calendar to be shared: of one account, else of the workspace. `texts`: it also tells what is said."""

    account: Id | None = None
    texts: bool = False


class HookForm(Form):
    """An address to be opened for an account. `secret`: the consumer secret of the app, where X brings its events."""

    account: Id
    sender: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,40}$")]
    secret: Annotated[str, StringConstraints(min_length=16, max_length=200)] | None = None


class ImportBeginForm(Form):
    """What becomes of the good rows of an import that has faulty ones."""

    mode: Annotated[Mode, Field(strict=False)]


class EditForm(Form):
    """What is to be different in a variant. `version`: the one that was read. What is left out stays as it is.

    `options`: all of them, instead of those it has.
    """

    version: Annotated[int, Field(ge=1, le=10**6)]
    text: Text | None = None
    title: Name | None = None
    community: Name | None = None
    language: Language | None = None
    pictures: Annotated[list[PictureForm], Field(max_length=20)] | None = None
    rest: Annotated[list[PartForm], Field(max_length=50)] | None = None
    options: OptionsForm | None = None
    schedule: ScheduleForm | None = None


class WhyForm(Form):
    """Why it is done: it stands in the record."""

    why: Words


class BrakeForm(Form):
    """A stop. `target`: the platform, account or campaign; none for `all` and `automatic`.

    `stagger_seconds`: how far apart what it held goes out on one account once it is lifted.
    """

    scope: Annotated[Scope, Field(strict=False)]
    target: Id | None = None
    reason: Words
    expires_at: Instant | None = None
    stagger_seconds: Annotated[int, Field(ge=0, le=3600)] | None = None


class SilenceForm(Form):
    """After how many minutes silence is taken for absence where a listing proves nothing; null: a person is asked."""

    send_again_after_minutes: Annotated[int, Field(ge=5, le=1440)] | None


class DecisionForm(Form):
    """What was decided, and why. `text`: the reply, for `answer`. `remote_id`, `url`: where it is, for `published`."""

    verdict: Annotated[Verdict, Field(strict=False)]
    why: Words
    clauses: Annotated[list[ClauseId], Field(max_length=50)] = []
    text: Text | None = None
    remote_id: Name | None = None
    url: Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]{1,500}$")] | None = None


class TokenForm(Form):
    """Another token for a member. `scopes` narrow what the member's role may do; left out, they do not."""

    member: Id
    scopes: Annotated[list[Annotated[Action, Field(strict=False)]], Field(min_length=1, max_length=50)] | None = None
    expires_at: Instant | None = None


class OwnerForm(Form):
    """The workspace's first person."""

    name: Name
    email: Name


class WorkspaceForm(Form):
    """A workspace to be opened."""

    name: Name
    zone: Zone
    owner: OwnerForm
