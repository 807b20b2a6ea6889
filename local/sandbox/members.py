"""The scripted cast: six members with the handles of animals, and the six kinds of text that the demo needs.

Nobody here is real and nothing here may look it: no invented people, phone numbers only from ranges that are reserved
for fiction, and plain careful words about self-harm, without a method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from local.sandbox.model import Account, Platform, Post
from local.sandbox.wire import Facade


class Kind(StrEnum):
    """What a member says."""

    PRAISE = "praise"
    QUESTION = "question"
    INSULT = "insult"
    SPAM = "spam"
    PHONE_NUMBER = "phone_number"
    SELF_HARM = "self_harm"


@dataclass(frozen=True, slots=True)
class Line:
    """One member's words of one kind."""

    member: str
    text: str


CAST: Mapping[Kind, Line] = MappingProxyType(
    {
        Kind.PRAISE: Line("member-otter", "Thank you, the new opening hours are a great help. Lovely work!"),
        Kind.QUESTION: Line("member-heron", "When does the workshop start, and do I need to sign up?"),
        Kind.INSULT: Line(
            "member-badger", "You are a bunch of useless idiots. Shut up and go away, nobody wants you here."
        ),
        Kind.SPAM: Line(
            "member-magpie",
            "CONGRATULATIONS!!! You won a FREE gift card! Claim your prize NOW: https://prize.sandbox.example/claim?id=777",
        ),
        # +1 202-555-0100 to -0199 is reserved for fiction by the North American Numbering Plan.
        Kind.PHONE_NUMBER: Line(
            "member-wren", "Please call my neighbour about the key, the number is +1 202-555-0147."
        ),
        Kind.SELF_HARM: Line(
            "member-hare",
            "I do not want to live any more. I keep thinking about ending my life and I have told nobody.",
        ),
    }
)
"""Who says what: one member and one text for each kind, the same on every platform."""

MEMBERS: tuple[str, ...] = tuple(line.member for line in CAST.values())


class SandboxMember:
    """One scripted member on one platform; the account is made when it is first needed."""

    def __init__(self, facade: Facade, name: str) -> None:
        self._facade = facade
        self.account: Account = facade.make_account(name, name.replace("-", " ").title(), ours=False)

    def mention(self, account: Account, text: str, *, community: str = "") -> Post:
        """Say something toward an account; the handle is put into the text if it is not there."""
        return self._facade.say(self.account, text, toward=account, community=community)

    def reply(self, post: Post, text: str) -> Post:
        """Answer a post."""
        return self._facade.say(self.account, text, parent=post)

    def post(self, text: str, *, community: str = "") -> Post:
        """Say something to nobody in particular."""
        return self._facade.say(self.account, text, community=community)


def populate(facades: Mapping[Platform, Facade]) -> None:
    """Let every member of the cast be on every platform."""
    for facade in facades.values():
        for name in MEMBERS:
            SandboxMember(facade, name)
