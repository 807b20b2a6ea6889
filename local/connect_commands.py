"""`parley connect`: sign an account in from the terminal, by the same two halves that the API has. No secret is echoed."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.capabilities import Platform
from local import coming_back
from local.options import as_json, home, plainly

if TYPE_CHECKING:
    from chalicelib.services.connecting import Begun

WAITS = 600.0


@click.command()
@click.argument("platform", type=click.Choice([str(one) for one in Platform]))
@home
@click.option(
    "--token", envvar="PARLEY_TOKEN", required=True, help="Your API token: it names the workspace and your rights."
)
@click.option("--instance", metavar="ADDRESS", help="Where the account lives, e.g. https://mastodon.example.")
@click.option("--account", metavar="ID", help="A known account that is to be signed in again, and no other.")
@click.option(
    "--handle", metavar="NAME", help="Where a password is typed: the account's handle. Asked for if left out."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--paste", is_flag=True, help="Paste the address you were sent to, instead of being waited for.")
@click.option("--browser/--no-browser", default=True, help="Open the platform's page by itself, in a terminal.")
@click.option("--sandbox", metavar="ADDRESS", help="Speak to the sandbox network at this address and to nothing else.")
@as_json
@plainly
def connect(
    platform: str,
    home: Path,
    token: str,
    instance: str | None,
    account: str | None,
    handle: str | None,
    sandbox: str | None,
    *,
    password_stdin: bool,
    paste: bool,
    browser: bool,
    as_json: bool,
) -> None:
    """Sign an account in: on the platform's own page (X, Reddit, Mastodon), or with a password (Bluesky, Lemmy)."""
    import os

    from chalicelib import bootstrap, settings
    from chalicelib.domain.access import Action
    from chalicelib.domain.errors import NotAllowed
    from chalicelib.services import connecting
    from chalicelib.services.access import caller_of
    from local.machine import sandboxed

    environment = {**os.environ, "PARLEY_HOME": str(home)}
    if sandbox:
        environment = sandboxed(environment, sandbox.rstrip("/"))
    desk = bootstrap.build(settings.read(environment))
    caller = caller_of(desk, token, desk.clock.now())
    if not caller.may(Action.ACCOUNT_CONNECT):
        raise NotAllowed(f"this needs the right {Action.ACCOUNT_CONNECT.value}")
    begun = connecting.begin(desk, caller, platform, instance, desk.clock.now(), account)
    if begun.url is None:
        handle = handle or click.prompt("Handle of the account", err=True)
        code = _password(from_stdin=password_stdin)
    else:
        code = _code(begun, paste=paste, browser=browser and sys.stdout.isatty())
    found = connecting.finish(
        desk, caller, begun.handshake.id, begun.state, code, desk.clock.now(), handle if begun.url is None else None
    )
    if as_json:
        click.echo(json.dumps({"account": found.id, "platform": found.platform, "handle": found.handle}))
        return
    click.echo(f"{found.handle} on {found.platform} is connected: {found.id}")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().strip()
    return str(click.prompt("Password for apps (it is not shown)", hide_input=True, err=True))


def _code(begun: Begun, *, paste: bool, browser: bool) -> str:
    """The code with which the person comes back. Words go to standard error, so that `--json` stays one document."""
    redirect, url = begun.handshake.redirect, begun.url or ""

    def tell() -> None:
        click.echo("Allow it on this page, within ten minutes:", err=True)
        click.echo(url, err=True)
        if browser:
            webbrowser.open(url)

    try:
        if paste or not coming_back.is_here(redirect):
            tell()
            address = click.prompt("The address of the page that you were sent to", err=True, hide_input=True)
            code = coming_back.code_in(address.strip(), begun.state)
            if code is None:
                raise click.ClickException("That address is not of this sign-in: begin again, and paste it whole.")
            return code
        return coming_back.awaited(redirect, begun.state, WAITS, tell)
    except (coming_back.NobodyCame, coming_back.Refused) as error:
        raise click.ClickException(f"{error or coming_back.NobodyCame.__doc__} Nothing was connected.") from None
    except OSError as error:
        if paste:
            raise
        raise click.ClickException(
            f"Nobody can be waited for at {redirect} ({error.strerror}): use --paste, or set PARLEY_SIGNED_IN_URL."
        ) from None
