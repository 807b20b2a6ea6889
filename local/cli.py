"""The command `parley`: set up, serve and show Parley on one machine. A fault is one clear sentence and a non-zero exit."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from chalicelib import VERSION
from local.campaign_commands import campaign
from local.classify import classify
from local.connect_commands import connect
from local.correction_commands import correction
from local.export_commands import export
from local.guideline_commands import guideline
from local.options import as_json as _as_json
from local.options import home as _home
from local.options import plainly
from local.training.commands import train

_PORTS = click.IntRange(1, 65535)
_port = click.option("--port", type=_PORTS, default=8700, show_default=True, help="Port of the HTTP API, on 127.0.0.1.")
_sandbox_port = click.option(
    "--sandbox-port", type=_PORTS, default=8701, show_default=True, help="Port of the sandbox network."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="parley")
def main() -> None:
    """Parley: a serverless engagement desk, on one machine."""


@main.command()
@_home
@_as_json
@plainly
def init(home: Path, as_json: bool) -> None:
    """Make the record, and an operator's API token that may open workspaces."""
    import os

    from chalicelib import bootstrap, settings
    from local.machine import operator_token

    chosen = settings.read({**os.environ, "PARLEY_HOME": str(home)})
    token = operator_token(bootstrap.build(chosen))
    place = f"the table {chosen.table}" if chosen.engine == "aws" else str(home)
    if as_json:
        click.echo(json.dumps({"record": place, "operator_token": token}))
        return
    click.echo(f"The record lies in {place}.")
    click.echo("The operator's token, shown this once; it may open workspaces and nothing else:")
    click.echo(token)


@main.command()
@_home
@_port
@click.option("--sandbox/--no-sandbox", default=False, help="Also run the sandbox network, and speak only to it.")
@_sandbox_port
@plainly
def serve(home: Path, port: int, sandbox: bool, sandbox_port: int) -> None:
    """Serve the HTTP API and run the workers until interrupted."""
    from local.machine import Machine, log_to_file

    log_file = log_to_file(home)
    done = threading.Event()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: done.set())
    with Machine(home, port, sandbox_port if sandbox else None) as machine:
        click.echo(f"API      {machine.api_url}/health")
        if sandbox:
            click.echo(f"Sandbox  {machine.sandbox_url}/_sandbox/")
        click.echo(f"Mail     {home / 'mail'}")
        click.echo(f"Log      {log_file}")
        click.echo("A token to begin with: `parley init`. Stop with Ctrl-C.")
        done.wait()
        click.echo("Stopping: what has begun comes to its end.")


@main.command()
@_home
@_port
@_sandbox_port
@_as_json
@plainly
def demo(home: Path, port: int, sandbox_port: int, as_json: bool) -> None:
    """Play the whole story on the sandbox network, verify every step, and say how long it took."""
    from local.demo import play

    account = play(home, port, sandbox_port, quiet=as_json)
    if as_json:
        click.echo(json.dumps(account))


@main.command()
@_home
@_as_json
@plainly
def doubts(home: Path, as_json: bool) -> None:
    """List what is being sent and whose outcome is not known yet."""
    import os

    from chalicelib import bootstrap, settings
    from local.machine import being_sent

    desk = bootstrap.build(settings.read({**os.environ, "PARLEY_HOME": str(home)}))
    now = desk.clock.now()
    found: list[dict[str, Any]] = [
        {"variant": one.id, "platform": one.platform, "in_doubt": one.in_doubt(now), "attempts": one.attempts}
        for one in being_sent(desk)
    ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in found:
        click.echo(f"{one['variant']}  {one['platform']}  {'in doubt' if one['in_doubt'] else 'being sent'}")
    if not found:
        click.echo("Nothing is in doubt.")


@main.command()
@click.option("--seed", type=int, required=True, help="The seed of the run that the plan is from.")
@click.option("--plan", type=click.IntRange(min=0), required=True, help="The plan's number in it.")
@click.option(
    "--through",
    type=click.Choice(["port", "clients", "moto"]),
    default="port",
    show_default=True,
    help="Simulated platforms at the connector port, behind the real clients, or the record on moto's DynamoDB.",
)
@_as_json
@plainly
def simulate(seed: int, plan: int, through: str, as_json: bool) -> None:
    """Replay one plan of the simulation step by step, in words (see docs/publishing.md). Needs a checkout."""
    import importlib

    root = Path(__file__).resolve().parents[1]
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # an installed command does not see what lies beside its package
    try:
        replay = importlib.import_module("tests.simulation.replay")
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"The simulation lies in tests/ of a checkout, with its development tools ({error.name} is not here)."
        ) from None
    if as_json:
        click.echo(json.dumps(replay.as_json(seed, plan, through)))
        return
    for line in replay.replay(seed, plan, through):
        click.echo(line)


main.add_command(campaign)
main.add_command(train)
main.add_command(classify)
main.add_command(connect)
main.add_command(export)
main.add_command(guideline)
main.add_command(correction)

if __name__ == "__main__":
    sys.exit(main())
