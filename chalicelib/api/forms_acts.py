"""Bodies of what is done about what others said, and of what is counted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.api.forms import ClauseId, Form, Text, Words


class ModerationForm(Form):
    """What is to be done, why, and by which clauses of the guideline. `days`: how long a ban lasts; left out: without an end.

    Of a report and a ban the people of the place are given the reason.
    """

    action: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
    why: Words
    clauses: Annotated[list[ClauseId], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=999)] | None = None


class NoticeForm(Form):
    """What the member is told; left out: what is offered."""

    text: Annotated[Text, StringConstraints(min_length=1, max_length=5000)] | None = None


class MeasuringForm(Form):
    """Whether the workspace's posts, accounts and communities are counted."""

    on: bool
