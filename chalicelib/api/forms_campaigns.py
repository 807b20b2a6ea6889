"""What requests about campaigns must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.api.forms import Form, Id, Instant, Language, Name, Words, Zone
from chalicelib.api.forms_money import MicroDollars

Goal = Annotated[int, Field(ge=0, le=10**15)]
Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,;]{1,40}$")]


class TargetForm(Form):
    """What is to be reached, and by when (left out: by the campaign's end).

    `measure`: one that the record answers, or what is counted by hand, in words; `unit` is of what is counted by hand.
    """

    measure: Name
    goal: Goal
    by: Instant | None = None
    unit: Annotated[str, StringConstraints(max_length=40)] = ""


class SegmentForm(Form):
    """A part of the audience. What is left out does not narrow it."""

    name: Name
    platform: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,40}$")] | None = None
    account: Id | None = None
    community: Name | None = None
    language: Language | None = None
    zone: Zone | None = None
    tags: Annotated[list[Tag], Field(max_length=20)] = []


Targets = Annotated[list[TargetForm], Field(max_length=20)]
Segments = Annotated[list[SegmentForm], Field(max_length=20)]
Accounts = Annotated[list[Id], Field(max_length=50)]


class CampaignForm(Form):
    """A campaign to be set up."""

    name: Name
    objective: Words
    targets: Targets = []
    segments: Segments = []
    accounts: Accounts = []
    starts: Instant
    ends: Instant | None = None
    budget_micro_usd: MicroDollars | None = None


class CampaignEditForm(Form):
    """What is to be different in a campaign. `rev`: the one that was read. What is left out stays as it is."""

    rev: Annotated[int, Field(ge=1, le=10**6)]
    name: Name = ""
    objective: Words = ""
    targets: Targets = []
    segments: Segments = []
    accounts: Accounts = []
    starts: Instant = ""
    ends: Instant | None = None
    budget_micro_usd: MicroDollars | None = None
    owner: Id = ""


class CountedForm(Form):
    """What somebody counted for a target, and where they saw it."""

    measure: Name
    value: Goal
    source: Annotated[str, StringConstraints(max_length=200)] = ""
