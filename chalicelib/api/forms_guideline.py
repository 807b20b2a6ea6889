"""What requests about guideline versions must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Form, Id, Words


class ReplayForm(Form):
    """On how many days a version is tried, counted back from now."""

    days: Annotated[int, Field(ge=1, le=365)]


class ActivateForm(Form):
    """The replay on the strength of which a version is activated, and why it is."""

    replay: Id
    why: Words


class RollbackForm(Form):
    """Why the version before is to be the active one again."""

    why: Words


class ShadowForm(Form):
    """The version that is asked beside the active one; null: none is. And why."""

    version: Id | None
    why: Words


class CorrectionShadowForm(Form):
    """The correction that is asked beside the one in force, or beside none; null: none is. And why."""

    correction: Id | None
    why: Words
