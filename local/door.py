"""The door of the commands: the record of one machine, opened with the rights of a token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.domain.access import Action, Caller
    from chalicelib.services.desk import Desk

token = click.option(
    "--token",
    envvar="PARLEY_TOKEN",
    required=True,
    help="Your API token: it names the workspace and what you may do.",
)


def opened(home: Path, token: str, action: Action) -> tuple[Desk, Caller, datetime]:
    """The record, who the token says is asking, and the time. Raises Unauthenticated, NotAllowed."""
    import os

    from chalicelib import bootstrap, settings
    from chalicelib.domain.errors import NotAllowed
    from chalicelib.services.access import caller_of

    desk = bootstrap.build(settings.read({**os.environ, "PARLEY_HOME": str(home)}))
    now = desk.clock.now()
    caller = caller_of(desk, token, now)
    if not caller.may(action):
        raise NotAllowed(f"this needs the right {action.value}")
    return desk, caller, now
