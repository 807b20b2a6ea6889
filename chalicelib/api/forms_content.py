"""What requests about writing must be: the library, a message written once, and the question whether it could be said."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.api.forms import (
    LONGEST_LATE,
    Form,
    Id,
    Language,
    Name,
    OptionsForm,
    PartForm,
    PictureForm,
    ScheduleForm,
    Text,
    VariantForm,
    Zone,
)

PlatformName = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,40}$")]
Place = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""The name of a text's place."""
HandleName = Annotated[str, StringConstraints(pattern=r"^[^\s\[\]]{1,200}$")]
TagValue = Annotated[
    str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\s\x00-\x1f\x7f])?$")
]
"""What a link's tag tells: up to 100 characters, no blank at either end."""


class WordingForm(Form):
    """A prepared text in one language. `{name}` is a place; a brace itself is written twice."""

    language: Language
    words: Annotated[Text, StringConstraints(min_length=1)]


class TextForm(Form):
    """A prepared text. Where the asked language has no wording, the first one is said."""

    name: Name
    wordings: Annotated[list[WordingForm], Field(min_length=1, max_length=20)]


class ReplyWordingForm(Form):
    """The words of an automatic reply in one language: text, `{{ variable }}`, `{% if variable %}` and `{% endif %}`."""

    language: Language
    words: Annotated[Text, StringConstraints(min_length=1, max_length=2000)]


class ReplyForm(Form):
    """The words of an automatic reply. The sentence that says that it is automatic is the guideline's, and follows them."""

    wordings: Annotated[list[ReplyWordingForm], Field(min_length=1, max_length=20)]


class NewReplyForm(ReplyForm):
    """The same under the name by which a guideline uses it; that of a shipped one takes its place."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,39}$")]


class HandleForm(Form):
    """Somebody who may be mentioned as `@[name]`, with their handle by platform."""

    name: Annotated[Name, StringConstraints(pattern=r"^[^\[\]]+$")]
    handles: Annotated[dict[PlatformName, HandleName], Field(max_length=20)]


class HandlesForm(Form):
    """Other handles for somebody."""

    handles: Annotated[dict[PlatformName, HandleName], Field(max_length=20)]


class AccountSetForm(Form):
    """Accounts that are spoken through together."""

    name: Name
    accounts: Annotated[list[Id], Field(min_length=1, max_length=20)]


class LinkRuleForm(Form):
    """How links of our own hosts are tagged. `source`: left out, it is the platform's name; `sources`: on single platforms.

    A host covers those below it. No hosts: nothing is tagged.
    """

    hosts: Annotated[list[Annotated[str, StringConstraints(max_length=253)]], Field(max_length=50)]
    medium: TagValue = "social"
    source: TagValue | None = None
    campaign: TagValue | None = None
    content: TagValue | None = None
    sources: Annotated[dict[PlatformName, TagValue], Field(max_length=20)] = {}


class OwnForm(Form):
    """What one account says otherwise; what is left out is as all say it."""

    account: Id
    text: Text | None = None
    title: Name | None = None
    community: Name | None = None
    language: Language | None = None
    pictures: Annotated[list[PictureForm], Field(max_length=20)] | None = None
    rest: Annotated[list[PartForm], Field(max_length=50)] | None = None
    options: OptionsForm | None = None


class CompositionForm(Form):
    """A message written once. `text`, or `prepared`, the id of a prepared one; `variables`: what its places hold.

    `alternatives`: other wordings of `text`, of which each account says one. `split`: what is too long for one post
    becomes a thread.
    """

    accounts: Annotated[list[Id], Field(max_length=20)] = []
    account_set: Id | None = None
    campaign: Id | None = None
    text: Text | None = None
    prepared: Id | None = None
    variables: Annotated[dict[Place, Text], Field(max_length=50)] | None = None
    alternatives: Annotated[list[Text], Field(max_length=9)] = []
    title: Name | None = None
    community: Name | None = None
    language: Language | None = None
    pictures: Annotated[list[PictureForm], Field(max_length=20)] = []
    rest: Annotated[list[PartForm], Field(max_length=50)] = []
    options: OptionsForm = OptionsForm()
    own: Annotated[list[OwnForm], Field(max_length=20)] = []
    split: bool = False
    numbered: bool = True
    tag_links: bool = True


class PrecheckForm(Form):
    """A post that might be scheduled: as `POST /posts` takes it, also without a time."""

    campaign: Id | None = None
    schedule: ScheduleForm | None = None
    variants: Annotated[list[VariantForm], Field(min_length=1, max_length=20)]
    reply_to: Id | None = None


class EntryForm(Form):
    """One message of a pool: its wordings, of which a different one is said each time round."""

    wordings: Annotated[list[Annotated[Text, StringConstraints(min_length=1)]], Field(min_length=1, max_length=20)]
    pictures: Annotated[list[PictureForm], Field(max_length=20)] = []


class EvergreenForm(Form):
    """Messages that are said again in their turn. `start`: a wall time in `zone`. `turns`: how many there are in all.

    `gap_minutes`: a turn is left out where an account says something else so close to it.
    """

    name: Name
    accounts: Annotated[list[Id], Field(min_length=1, max_length=20)]
    entries: Annotated[list[EntryForm], Field(min_length=1, max_length=50)]
    start: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$")]
    zone: Zone
    every_days: Annotated[int, Field(ge=1, le=366)]
    turns: Annotated[int, Field(ge=1, le=1000)]
    gap_minutes: Annotated[int, Field(ge=0, le=1440)] = 60
    late_limit_seconds: Annotated[int, Field(ge=0, le=LONGEST_LATE)] | None = None
    campaign: Id | None = None
    language: Language | None = None
