"""A matter: one interaction with everything around it that its decision looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.domain.account import Account
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.when import NOTHING_KNOWN, Around
from chalicelib.domain.workspace import Workspace
from chalicelib.store.contents import Content
from chalicelib.store.store import Touch


@dataclass(frozen=True, slots=True)
class Matter:
    """What a decision looks at. content: None once it was purged. answers_today: automatic ones of the same account."""

    interaction: Interaction
    workspace: Workspace
    guideline: Guideline
    content: Content | None
    account: Account | None
    thread: Touch
    member: Touch
    answers_today: int
    stored: bool = True
    """Whether the interaction lies in the record already."""
    around: Around = NOTHING_KNOWN
    """What the guideline's clauses ask for beside the text; nothing else is looked up."""

    @property
    def quiet_window(self) -> timedelta:
        """At most one automatic answer to a member and in a thread in this time."""
        return timedelta(hours=self.guideline.answers.window_hours)
