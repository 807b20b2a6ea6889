"""What requests about signing accounts in must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from chalicelib.api.forms import Form, Id, Secret

Address = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,300}$")]


class SignInForm(Form):
    """A sign-in to be begun. account: a known one, to be signed in again, and no other. base_url: where that is one of many."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,40}$")]
    base_url: Address | None = None
    account: Id | None = None


class FinishForm(Form):
    """What came back: the state as it was given, and the code. Where a password is typed it is the code, of `identifier`."""

    state: Secret
    code: Secret
    identifier: Address | None = None
