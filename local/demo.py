"""`parley demo`: the whole story on one machine, told as it happens, and verified step by step."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from chalicelib.adapters.embedded.mailbox import FolderMailer
from chalicelib.domain.post import Variant, VariantState
from chalicelib.ports import QueueName
from chalicelib.services.desk import Desk
from local.machine import Machine, being_sent, log_to_file, operator_token
from local.story.stage import SentMail, until
from local.story.story import Line, Story

SETTLES_WITHIN = 60.0
"""Seconds: lease + landing + visible + skew on the sandbox's times, twice."""


@dataclass(slots=True)
class OneMachine:
    """The stage on one machine: the mail-box is a folder, the review queue is a table of the record's."""

    machine: Machine
    operator_token: str

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return self.machine.api_url

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox answers."""
        return self.machine.sandbox_url

    def mails(self) -> list[SentMail]:
        """Every mail in the mail-box, oldest first."""
        mailer = self.machine.desk.mailer
        if not isinstance(mailer, FolderMailer):
            raise TypeError("one machine keeps its mail in a folder")
        mails = [filed.mail for filed in reversed(mailer.list_mails())]
        return [SentMail(mail.to, mail.subject, mail.text, mail.html) for mail in mails]

    def review_messages(self) -> list[dict[str, Any]]:
        """Bodies of the messages on the review queue, which are left there."""
        return [json.loads(one.body) for one in waiting_messages(self.machine.desk, QueueName.REVIEW)]

    def nudge(self) -> None:
        """Nothing to do: the machine ticks every second."""


def waiting_messages(desk: Desk, queue: QueueName) -> list[Any]:
    """The messages on a queue, received until none is left."""
    found: list[Any] = []
    while True:
        page = desk.queue.receive(queue, 10)
        if not page:
            return found
        found += page


def play(home: Path, port: int, sandbox_port: int, *, quiet: bool) -> dict[str, Any]:
    """Play the story and give its account. Raises StoryFailed, and what Machine raises."""
    console = Console(quiet=quiet, highlight=False)
    began = time.monotonic()
    log_file = log_to_file(home)
    with Machine(home, port, sandbox_port) as machine:
        console.print("[bold]1[/]  The engine and the sandbox network are up")
        console.print(f"     API      {machine.api_url}/health")
        console.print(f"     Sandbox  {machine.sandbox_url}/_sandbox/")
        console.print(f"     Mail     {home / 'mail'}")
        console.print(f"     Log      {log_file}")
        settled = settle(machine, console)
        stage = OneMachine(machine, operator_token(machine.desk))
        story = Story(stage, tell=lambda line: show(console, line))
        lines = story.run()
    seconds = time.monotonic() - began
    console.print(f"[bold]8[/]  Every step was verified from both sides, in {seconds:.1f} s")
    if story.first_published_after is not None:
        console.print(f"     the first post was out after {story.first_published_after:.1f} s")
    console.print("     `make serve` leaves the same running, for use.")
    return {
        "verified": [{"step": line.step, "what": line.what, "seen": line.seen} for line in lines],
        "settled_before": settled,
        "first_published_s": story.first_published_after and round(story.first_published_after, 2),
        "seconds": round(seconds, 2),
    }


def settle(machine: Machine, console: Console) -> list[dict[str, str]]:
    """Wait until what an earlier run left in doubt is settled, and tell what became of it."""
    left = being_sent(machine.desk)
    if not left:
        return []
    console.print(f"     {len(left)} left in doubt by an earlier run: settling before anything else is said")

    def at_rest() -> list[Variant] | None:
        now = [machine.desk.store.variants.get(one.workspace, one.id) for one in left]
        return (
            None
            if any(one is not None and one.state is VariantState.SENDING for one in now)
            else [one for one in now if one is not None]
        )

    stage = OneMachine(machine, "")
    settled = until(stage, "what was left in doubt", at_rest, SETTLES_WITHIN)
    for one in settled:
        console.print(f"     {one.platform}: {one.state.value.replace('_', ' ')}")
    return [{"variant": one.id, "platform": one.platform, "state": one.state.value} for one in settled]


def show(console: Console, line: Line) -> None:
    """One line of the account."""
    console.print(f"[bold]{line.step}[/]  {line.what}")
    console.print(f"     [dim]{line.seen}[/]", overflow="fold")
