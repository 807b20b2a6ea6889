"""`python -m local.stack up`: the packaged Parley on a local AWS, until Ctrl-C; `environment` only installs what it needs."""

from __future__ import annotations

import signal
import sys
import threading

import click

from local.machine import operator_token
from local.package import PackagingFailed
from local.stack.emulator import StackFailed, make_environment
from local.stack.stack import Stack


@click.group()
def main() -> None:
    """Parley as packaged for AWS, on this machine."""


@main.command()
def environment() -> None:
    """Install the emulator into .venv-stack, if need be."""
    click.echo(make_environment().parent.parent)


@main.command()
@click.option("--port", type=int, default=None, help="of the emulator, on 127.0.0.1 (default: any free one)")
@click.option("--parameter", "-p", "given", multiple=True, metavar="NAME=VALUE", help="of the template; repeatable")
def up(port: int | None, given: tuple[str, ...]) -> None:
    """Package if need be, start the emulator, deploy, and stay until Ctrl-C."""
    parameters = dict(_parameter(one) for one in given)
    done = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: done.set())
    with Stack(parameters, port=port) as stack:
        click.echo(f"API    {stack.api_url}")
        click.echo(f"Token  {operator_token(stack.desk())}   (the operator's: it may open workspaces)")
        click.echo(f"AWS    {stack.emulator.url}")
        click.echo(f"Table  {stack.outputs['TableName']}")
        for queue in ("Publish", "Listen", "Triage", "Review"):
            click.echo(f"Queue  {stack.outputs[f'{queue}QueueUrl']}")
        click.echo(f"Mail   {stack.emulator.url}/_ministack/ses/messages")
        click.echo("Ctrl-C ends it, and everything in it.")
        done.wait()


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--parameter")
    return name, value


if __name__ == "__main__":
    try:
        main()
    except (StackFailed, PackagingFailed) as error:
        click.echo(error, err=True)
        sys.exit(1)
