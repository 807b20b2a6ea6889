"""What the contract suite must know of a platform: how it is signed in to, and what it answers when all is well.

The shapes are those of the recordings; the content is made up here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from connectors.capabilities import Platform
from connectors.contract import Absent, Draft, Identity, Limit, RemoteRef, SignIn, Unproven
from connectors.sessions import Memory
from tests.connectors.loopback import Loopback, Reply
from tests.connectors.verbs import Hears, Moderates, Speaks, Tells

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
TEXT = "Grüße – see https://example.org/a?b=1&c=2 <b> 👩‍💻\n\nsecond line"


class Shown(Protocol):
    """How a platform shows one post that says this, ours or somebody else's."""

    def __call__(self, draft: Draft, *, ours: bool) -> Any: ...


@dataclass(frozen=True)
class Kit:
    """One platform. Bodies are functions of what a test needs in them."""

    platform: Platform
    credential: dict[str, str]
    identity: Identity
    draft: Draft
    target: RemoteRef
    write: tuple[str, str]
    """Method and path of a first post."""
    reply_write: tuple[str, str]
    created: Any
    created_id: str
    sent_text: Callable[[Any], str]
    """The text within the body of a write."""
    refusal: Reply
    """A definite refusal that quotes the text, as platforms do."""
    limited: Reply
    limited_for: float
    whoami: tuple[str, Any]
    own_listing: tuple[str, Callable[[list[tuple[str, Draft, datetime]]], Any]]
    """Path, and the account's own posts as (id, draft, made), newest first."""
    silence: type[Absent | Unproven]
    inbox: tuple[str, Callable[[list[tuple[str, str, datetime]]], Any]]
    """Path, and a page of mentions as (id, text, made), newest first."""
    told_left: tuple[dict[str, str], Limit] | None
    """Headers of a write that went well, and what they mean; None where the platform tells nothing."""
    look_up: tuple[str, Shown]
    """Path, and how the platform shows the post `created_id`."""
    missing: Reply
    """What the platform says of a post that is not there."""
    references: tuple[str, ...]
    """How a person may name the post `created_id`; {host} is where the platform lives."""
    foreign: tuple[str, ...]
    """What cannot be read as the name of a post of this platform."""
    native_id: Callable[[str], str] = str
    reply_id: Callable[[str], str] | None = None
    """The id of an answer of ours with this number, where it is made otherwise than that of a first post."""
    reply_look_up: str | None = None
    """Where an answer of ours is looked at, if elsewhere than a first post."""
    mention_id: Callable[[str], str] = str
    """How `inbox` is told of a mention with this number."""
    names_target: str | None = None
    """What of `target` a reply's body holds, where it is not its id."""
    deletes_alike: bool = False
    """Whether deleting what is gone is answered as deleting is."""
    client_id: str | None = None
    removal: tuple[str, str] = ("DELETE", "")
    prepare: Callable[[Loopback], None] = lambda _server: None
    hears: Hears | None = None
    moderates: Moderates | None = None
    tells: Tells | None = None
    speaks: Speaks = field(default_factory=dict)

    def sign_in(self, url: str, *, timeout: float = 0.4) -> SignIn:
        return SignIn(url, self.credential, self.identity, Memory(), timeout)

    @property
    def reply(self) -> Draft:
        return replace(self.draft, in_reply_to=self.target, title=None, community=None)


def iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
