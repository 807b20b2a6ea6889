"""Money: what may be spent in a month, and what will be, as far as it is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_money
from chalicelib.api.door import Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_money

blueprint = Blueprint(__name__)


@route(blueprint, "/money/cap", method="PUT", action=Action.MONEY_SET, form="CapForm")
def set_cap(ask: Ask, form: forms_money.CapForm) -> dict[str, Any]:
    """Say what may be spent in a calendar month. What was stopped for the old cap stays so until somebody lifts it."""
    from chalicelib.services import spending

    workspace = spending.set_cap(ask.desk, ask.caller, form.cap_micro_usd, form.brake_at_percent * 10, ask.now)
    return shapes_money.cap(workspace)


@route(blueprint, "/money/forecast", action=Action.MONEY_READ)
def get_forecast(ask: Ask) -> dict[str, Any]:
    """What is spent and planned, by month, day, account and campaign, and when the cap would be reached."""
    from chalicelib.services import forecasting

    workspace = ask.desk.workspace(ask.caller.workspace)
    months = forecasting.forecast(ask.desk, workspace, ask.now)
    return {**shapes_money.cap(workspace), "months": [shapes_money.month(one) for one in months]}
