"""What requests about money must be. Amounts are whole micro-dollars: 1,000,000 is a dollar."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.api.forms import Form

MicroDollars = Annotated[int, Field(ge=0, le=10**12)]
"""Up to a million dollars."""


class CapForm(Form):
    """What may be spent in a calendar month (UTC); null: there is no cap.

    `brake_at_percent`: at how much of it what costs money is stopped, so that a person looks.
    """

    cap_micro_usd: MicroDollars | None
    brake_at_percent: Annotated[int, Field(ge=50, le=100)] = 90


class SecondOpinionsForm(Form):
    """What a second reader may be asked on one day (UTC). Nobody is asked where either is 0."""

    calls_per_day: Annotated[int, Field(ge=0, le=100_000)]
    micro_usd_per_day: MicroDollars
