"""Standing: what may be done to something that was said, told before anybody clicks, and why the rest may not.

By what is known already: the platform's capabilities, the account's state, the communities that it moderates, and what lies
sealed with the message. No platform is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.services.evidence import Evidence
from connectors.capabilities import Capabilities, InteractionKind
from connectors.moderation import AS_MODERATOR, Moderation

M = Moderation
AUTHOR_WIDE = frozenset({M.MUTE, M.UNMUTE, M.BLOCK, M.UNBLOCK, M.BAN, M.UNBAN})
"""What is done to whoever said it, wherever else they speak."""

UNDER_OWN = frozenset({M.HIDE, M.UNHIDE})
"""What an account may do below its own posts only."""

_UNABLE = {
    AccountState.NEEDS_RECONNECT: ("the account is signed out", "Sign it in again."),
    AccountState.PAUSED: ("the account is paused", "Resume it."),
    AccountState.DISABLED: ("the account is disabled", "Do it on the platform by hand."),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why something may not be done, and the way out, both sentences for a person."""

    why: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Matter:
    """One interaction with all that its moderation goes by."""

    interaction: Interaction
    account: Account | None
    can: Capabilities
    evidence: Evidence | None

    def objection(self, action: Moderation) -> Objection | None:
        """Why this may not be done about it; None where, as far as is known, it may."""
        if self.account is None:
            return Objection("its account is gone", "Do it on the platform by hand.")
        if action not in self.can.moderations:
            having = ", ".join(sorted(self.can.moderations)) or "nothing of the kind"
            return Objection(f"{self.can.platform} has no `{action}` for us", f"It has: {having}.")
        if self.account.state in _UNABLE:
            return Objection(*_UNABLE[self.account.state])
        if self.evidence is None:
            return Objection("what it said is no longer kept", "Do it on the platform by hand.")
        if action in AUTHOR_WIDE:
            nobody = self.evidence.author is None and self.evidence.handle is None
            if nobody:
                return Objection("nobody knows any more who said it", "There is nobody left to do this to.")
        elif objection := self._about_the_message(action):
            return objection
        return self._as_moderator(self.account, self.evidence.target.community) if action in AS_MODERATOR else None

    def _about_the_message(self, action: Moderation) -> Objection | None:
        if self.interaction.state is InteractionState.WITHDRAWN:
            return Objection("whoever said it has taken it back", "There is nothing left to be done about it.")
        if self.interaction.kind == InteractionKind.MESSAGE and action is not M.REPORT:
            return Objection("a private message stands nowhere", "Mute, block or report whoever sent it.")
        if action in UNDER_OWN and self.evidence is not None and self.evidence.target.on_own is False:
            return Objection("it does not stand under a post of ours", "Mute, block or report instead.")
        return None

    @staticmethod
    def _as_moderator(account: Account, community: str | None) -> Objection | None:
        if community is None:
            return Objection("it stands in no community", "Only a community has moderators.")
        known = {one.casefold() for one in account.listening.moderated}
        if community.casefold() not in known:
            return Objection(
                f"the account is not known as a moderator of {community}",
                "Name the community under `listening.moderated` of the account, once it is one.",
            )
        return None
