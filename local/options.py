"""What the commands of `parley` share: where the record lies, JSON instead of words, and faults told in one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

home = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".parley"),
    envvar="PARLEY_HOME",
    show_default=True,
    help="Folder of the record, its key and the mail-box.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of words.")


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Tell a foreseeable fault in one sentence on standard error, and leave with exit code 1."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        from chalicelib import log
        from chalicelib.domain.errors import ParleyError
        from chalicelib.ports import EngineBusy, EngineUnusable, SealBroken
        from chalicelib.settings import SettingsError
        from chalicelib.signals.table import TableUnreadable
        from local.gateway import PortInUse as ApiPortInUse
        from local.sandbox.journal import StateInUse
        from local.sandbox.server import PortInUse
        from local.story.stage import StoryFailed

        try:
            return command(*args, **kwargs)
        except SettingsError as error:
            raise click.ClickException("\n".join(error.problems)) from None
        except (ApiPortInUse, PortInUse, StateInUse, EngineBusy, EngineUnusable, SealBroken, ParleyError) as error:
            raise click.ClickException(str(error)) from None
        except TableUnreadable as error:
            raise click.ClickException(f"Messages cannot be read: {error}.") from None
        except StoryFailed as error:
            raise click.ClickException(f"The story could not be verified: {error}.") from None
        except BrokenPipeError:  # whoever reads our output has enough of it, `parley … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still kept is flushed at the end
            raise SystemExit(1) from None
        except OSError as error:
            raise click.ClickException(f"{error.strerror or 'The machine refused'}: {error.filename or ''}") from None
        except KeyboardInterrupt:
            raise click.ClickException("Interrupted; nothing that was acknowledged is lost.") from None
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:  # noqa: BLE001 - whatever nobody foresaw is told by its kind and place, once
            place = log.failure("parley", error)
            raise click.ClickException(
                f"Something nobody foresaw went wrong: {type(error).__name__} at {place}. Nothing acknowledged is lost."
            ) from None

    return told
