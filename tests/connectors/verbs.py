"""What the contract suite must know of a platform for the verbs that read again, moderate, count, and for options.

A kit that lacks one of these has not joined that part of the suite: its tests are skipped and say so. A stage is a
function that lets the loopback platform answer from now on as the real one would; the suite never names a path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.contract import Draft
from connectors.metrics import Counts
from connectors.moderation import Moderation, Target
from connectors.options import Option
from tests.connectors.loopback import Asked, Loopback, Reply

Write = tuple[str, str]
"""Method and path."""


@dataclass(frozen=True)
class Said:
    """Something that stands on the platform. `number`: `Hears.ref_id` makes its id of it.

    parent: the number of what it answers. ours: the account itself said it; otherwise somebody whom the platform names.
    """

    number: str
    text: str
    made: datetime
    parent: str | None = None
    ours: bool = False


@dataclass(frozen=True)
class Hears:
    """How a platform shows what is read again.

    ref_id: the id of the RemoteRef of what is said (t3_101, at://…). again: exactly these are shown to `read`. around:
    (server, above with the root first, the post, below in any order) is shown to `thread`. gone: `thread` is asked of
    this, and it is not there. own: pages of own posts, newest first; page n + 1 answers to `before` = the last of page n,
    and after the last page there are none. past: pages of an inbox, newest first, of members who mention us; page n + 1
    answers to whatever page n leads to, and after the last page there is none.
    """

    ref_id: Callable[[Said], str]
    again: Callable[[Loopback, Sequence[Said]], None]
    around: Callable[[Loopback, Sequence[Said], Said, Sequence[Said]], None]
    gone: Callable[[Loopback, Said], None]
    own: Callable[[Loopback, Sequence[Sequence[Said]]], None]
    past: Callable[[Loopback, Sequence[Sequence[Said]]], None]


@dataclass(frozen=True)
class Moderates:
    """How a platform takes moderation.

    target: what is moderated, with all that any action needs. stage: the action is accepted from now on, also the second
    time, and whatever is asked before it is answered. write: the writing request of each action that the platform has.
    carried: whether a write asks for that action.
    """

    target: Target
    stage: Callable[[Loopback, Moderation], None]
    write: Mapping[Moderation, Write]
    carried: Callable[[Asked, Moderation], bool]
    no_moderator: Reply | None = None
    """What the platform says to somebody who is no moderator; None where it has no moderators."""


@dataclass(frozen=True)
class Tells:
    """How a platform tells counts.

    stage: (server, posts by the id of their ref, account, communities by name): exactly these are told from now on; a
    measure that is not among them is left out of the answer, or null where the platform sends null; a post that is not
    among them is gone. ids: three posts of our own, as refs name them. post, account, communities: what is told of each,
    every measure that the platform has and another number for each.
    """

    ids: tuple[str, str, str]
    stage: Callable[[Loopback, Mapping[str, Counts], Counts, Mapping[str, Counts]], None]
    post: Counts
    account: Counts = field(default_factory=dict)
    communities: Mapping[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Spoken:
    """How one option is asked for, and how it reaches the platform.

    draft: a whole draft that asks for this option (and for no other, if that can be). carried: whether the write asks for
    it. write, created: where they are not the kit's. stage: what is asked before the write is answered. says: whether the
    draft's text goes where `Kit.sent_text` looks for it.
    """

    draft: Draft
    carried: Callable[[Asked], bool]
    write: Write | None = None
    created: Any = None
    says: bool = True
    stage: Callable[[Loopback], None] = lambda _server: None


Speaks = Mapping[Option, Spoken]
"""One for each of `Capabilities.options`."""
