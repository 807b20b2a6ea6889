"""What requests about drafts, approvals and review links must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import EditForm, Form, Id, Instant, Name, ScheduleForm, VariantForm, Words
from chalicelib.domain.access import Role
from chalicelib.domain.approval import LEAD, MOST_PEOPLE, NOBODY_ASKED, TOLERANCE
from chalicelib.domain.review_link import GuestVerdict

Version = Annotated[int, Field(ge=1, le=10**6)]
Roles = Annotated[list[Annotated[Role, Field(strict=False)]], Field(max_length=len(Role))]


class DraftForm(Form):
    """A post to be kept and not said yet. It may be too long by now, and have no time."""

    campaign: Id | None = None
    schedule: ScheduleForm | None = None
    variants: Annotated[list[VariantForm], Field(min_length=1, max_length=20)]


class DraftEditForm(EditForm):
    """What is to be different in a draft; `account`: for whom else it is."""

    account: Id | None = None


class DraftScheduleForm(Form):
    """When the drafts of a post are to be said; left out, when each of them says."""

    schedule: ScheduleForm | None = None


class ApprovalRuleForm(Form):
    """What the workspace asks for before something is said. What is left out is as it is at first.

    `people`: how many must approve; 0: nobody is asked. `by_another`: never whoever wrote it. `posts_of`, `replies_of`: the
    roles that are asked about. `tolerance_minutes`: by how much a time may move after it was approved.
    `reminder_minutes`: how long before its time those who may approve are reminded.
    """

    people: Annotated[int, Field(ge=0, le=MOST_PEOPLE)]
    by_another: bool = True
    posts_of: Roles = sorted(NOBODY_ASKED.posts_of)
    replies_of: Roles = []
    tolerance_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = TOLERANCE.seconds // 60
    reminder_minutes: Annotated[int, Field(ge=0, le=14 * 24 * 60)] = LEAD.seconds // 60


class ApprovalForm(Form):
    """A yes. `version`: the one that was read."""

    version: Version
    comment: Words | None = None


class ReturnForm(Form):
    """A no. `comment`: what is to change."""

    version: Version
    comment: Words


class CommentForm(Form):
    """Something said to those who work on it."""

    comment: Words


class LinkForm(Form):
    """A link for somebody without an account. `label`: for whom, in your own words. At most 14 days; 7, if left out."""

    label: Name
    expires_at: Instant | None = None


class GuestForm(Form):
    """What a guest decides. `version`: the one that was shown. `comment`: needed where changes are asked for."""

    version: Version
    verdict: Annotated[GuestVerdict, Field(strict=False)]
    comment: Words | None = None
