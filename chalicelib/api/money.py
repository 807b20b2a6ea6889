"""Money: what may be spent in a month, and what will be, as far as it is planned; what asking a second reader may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_money
from chalicelib.api.door import Ask, route
from chalicelib.domain.access import Action

if TYPE_CHECKING:
    from chalicelib.api import forms_money
    from chalicelib.domain.workspace import Workspace

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


@route(blueprint, "/workspace/second_opinions", method="PUT", action=Action.WORKSPACE_SET, form="SecondOpinionsForm")
def set_second_opinions(ask: Ask, form: forms_money.SecondOpinionsForm) -> dict[str, Any]:
    """Say what a second reader may be asked in a day about messages of which the first is unsure; 0 asks nobody."""
    from chalicelib.domain.workspace import SecondOpinions
    from chalicelib.services import second_opinions

    wanted = SecondOpinions(form.calls_per_day, form.micro_usd_per_day)
    return _second_opinions(ask, second_opinions.switch(ask.desk, ask.caller, wanted, ask.now))


@route(blueprint, "/workspace/second_opinions", action=Action.WORKSPACE_READ)
def get_second_opinions(ask: Ask) -> dict[str, Any]:
    """What a second reader may be asked in a day, who it is, and what of today's budget is used."""
    return _second_opinions(ask, ask.desk.workspace(ask.caller.workspace))


def _second_opinions(ask: Ask, workspace: Workspace) -> dict[str, Any]:
    from chalicelib.services import second_opinions

    reader = ask.desk.second
    today = second_opinions.usage(ask.desk, workspace.id, ask.now)
    return shapes_money.second_opinions(workspace, None if reader is None else reader.name, today)
