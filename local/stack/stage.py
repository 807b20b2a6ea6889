"""The story's stage on the emulator: the same calls of the API, the mails that SES took, the review queue in SQS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib import settings
from local.machine import operator_token
from local.stack import events
from local.stack.stack import Stack
from local.story.stage import SentMail

QUICK: dict[str, str | int] = {
    "PollSeconds": 1,
    "LeaseSeconds": 12,
    **{f"CallSeconds{one.title()}": 5 for one in settings.PLATFORMS},
    **{f"{what}Seconds{one.title()}": 1 for what in ("Landing", "Visible") for one in settings.PLATFORMS},
}
"""Parameters for the sandbox network, whose answers take effect at once: nobody waits for a landing that cannot come."""


def reaching(sandbox_url: str) -> dict[str, str | int]:
    """Parameters by which the stack reaches the platforms on the sandbox network."""
    return {f"Hosts{one.title()}": f"{sandbox_url}/{one}" for one in settings.PLATFORMS}


@dataclass
class OnAws:
    """The stage on a stack that runs."""

    stack: Stack
    sandbox_url: str
    name: str = "AWS emulator"

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return self.stack.api_url

    @cached_property
    def operator_token(self) -> str:
        """The operator's token, made at the first look."""
        return operator_token(self.stack.desk())

    def mails(self) -> list[SentMail]:
        """Every mail that SES took, oldest first."""
        return [
            SentMail(tuple(one["To"]), one["Subject"], one["BodyText"] or "", one["BodyHtml"] or "")
            for one in self.stack.mails()
        ]

    def review_messages(self) -> list[dict[str, Any]]:
        """Bodies of the messages on the review queue, which are left there."""
        return [one.body for one in self.stack.queue_messages("review")]

    def nudge(self) -> None:
        """A tick now: the template's own comes once a minute."""
        self.stack.invoke("tick", events.schedule())
