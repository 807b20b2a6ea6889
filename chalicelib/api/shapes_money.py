"""How money is shown: whole micro-dollars, by what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.domain.money import Purse
    from chalicelib.domain.workspace import Workspace
    from chalicelib.services.forecasting import Month, Share
    from chalicelib.services.second_opinions import Usage


def cap(one: Workspace) -> Json:
    """What may be spent in a month."""
    return {"cap_micro_usd": one.cap_micro_usd, "brake_at_percent": one.brake_at // 10}


def purse(one: Purse) -> Json:
    """What is spent and planned of a cap, and what is left for more; null where there is no cap."""
    return {
        "spent_micro_usd": one.spent,
        "planned_micro_usd": one.planned,
        "cap_micro_usd": one.cap,
        "left_micro_usd": one.left,
    }


def month(one: Month) -> Json:
    """One month of a forecast."""
    return {
        "month": one.month,
        **purse(one.purse),
        "cap_reached_on": time(one.reached_on),
        "days": [{"day": day.day, "spent_micro_usd": day.spent, "planned_micro_usd": day.planned} for day in one.days],
        "accounts": _shares("account", one.accounts),
        "campaigns": _shares("campaign", one.campaigns),
    }


def _shares(name: str, shares: Iterable[Share]) -> list[Json]:
    return [{name: one.id, "spent_micro_usd": one.spent, "planned_micro_usd": one.planned} for one in shares]


def second_opinions(one: Workspace, reader: str | None, today: Usage) -> Json:
    """What a second reader may be asked in a day, who that is (null: nobody is set up), and what of today is used."""
    return {
        "calls_per_day": one.second_opinions.calls_per_day,
        "micro_usd_per_day": one.second_opinions.micro_usd_per_day,
        "reader": reader,
        "today": {"calls": today.calls, "micro_usd": today.micro_usd},
    }
