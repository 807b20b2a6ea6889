"""Approval: whose words need whose yes, what a yes is bound to, and when it is void.

A yes is one person's, to one content on one account at one time. It is void once the words, the pictures or the account
change, or the time by more than the workspace tolerates; what asks for a yes that it does not have is never said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.domain.access import Role
from chalicelib.domain.post import VARIANT, Agreed, Approval, Body, Origin, Schedule, Variant

MOST_PEOPLE = 2
"""How many approvals a workspace may ask for."""

TOLERANCE = timedelta(minutes=15)
LEAD = timedelta(hours=2)

_ROLES = frozenset(Role) - {Role.OPERATOR}


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """What a workspace asks for before something is said. Nothing, until somebody decides otherwise.

    people: how many must approve, 0 to 2. by_another: whoever wrote it, or wrote its present version, is none of them.
    posts_of, replies_of: the roles whose posts, and whose replies, are asked about. tolerance: by how much the time may
    move afterwards. lead: how long before its time those who may approve are reminded.
    """

    people: int = 0
    by_another: bool = True
    posts_of: frozenset[Role] = _ROLES
    replies_of: frozenset[Role] = frozenset()
    tolerance: timedelta = TOLERANCE
    lead: timedelta = LEAD

    def asks(self, role: Role | None, origin: Origin, *, reply: bool = False) -> int:
        """How many people must approve what a member of this role wants said; 0 where nobody is asked.

        role: None where nobody's role is known, as for what a rule makes: then it is asked whenever anybody's is. reply: it
        answers somebody. What triage answers by itself was agreed with the guideline that says so.
        """
        if origin is Origin.TRIAGE:
            return 0
        roles = self.replies_of if reply else self.posts_of
        return self.people if (role in roles or (role is None and bool(roles))) else 0


NOBODY_ASKED = ApprovalRule()


def remind_at(rule: ApprovalRule, when: Schedule, now: datetime) -> datetime:
    """When those who may approve are reminded of what is to be said then: at once, where that is near."""
    return max(now, when.at - rule.lead)


def stands(variant: Variant) -> str | None:
    """Why it may not be said for want of approval; None where it may.

    Every yes counts only for the content it was given to. Its time is looked at where that changes (`after_edit`): a
    brake, or a person who sends it again, may make it later.
    """
    if variant.asks == 0:
        return None
    yes = {one.by for one in variant.approvals if one.content == variant.content}
    if variant.content is not None and len(yes) >= variant.asks:
        return None
    return f"{len(yes)} of {variant.asks} approvals are there for what it says now"


def after_edit(
    variant: Variant, before: Body, after: Body, when: Schedule, tolerance: timedelta, *, asks: int = 0
) -> str:
    """What an edit makes of the approvals of a variant that was to be said: "keep" or "void".

    asks: how many the editor's own words need. The time is measured from what was approved, so that small moves do not
    add up; a longer limit for being late is another time.
    """
    needs = max(variant.asks, asks)
    if needs == 0:
        return "keep"
    if before.digest() != after.digest() or len({one.by for one in variant.approvals}) < needs:
        return "void"
    moved = any(abs(when.at - one.due) > tolerance for one in variant.approvals)
    return "void" if moved or when.late_limit > variant.schedule.late_limit else "keep"


def editor_of(variant: Variant) -> str | None:
    """The actor who wrote its present version; None where that is whoever made the post."""
    return next((one.actor.id for one in reversed(variant.events) if one.act in {"edit", "edit_void"}), None)


def why_not(variant: Variant, author: str, rule: ApprovalRule, who: str) -> str | None:
    """Why this actor's yes does not count for a variant; None where it does. author: the actor who made its post."""
    if rule.by_another and who in {author, editor_of(variant)}:
        return "whoever wrote it does not approve it"
    if any(one.by == who for one in variant.approvals):
        return "one person approves it once"
    return None


def agree(variant: Variant, yes: Approval) -> tuple[Variant, str]:
    """The variant with one more yes, and the act that this is: the last one that it needs puts it on its schedule."""
    approvals = (*variant.approvals, yes)
    act = "approve" if len(approvals) >= variant.asks else "endorse"
    after = replace(
        variant,
        state=VARIANT.move(variant.state, act),
        approvals=approvals,
        agreed=Agreed(variant.version, variant.account, yes.due),
        remind_at=None if act == "approve" else variant.remind_at,
    )
    return after, act


def awaiting(rule: ApprovalRule, when: Schedule, asks: int, now: datetime) -> dict[str, Any]:
    """The fields of a variant that begins to wait for so many, with nobody's yes yet: what was said before is void."""
    return {"asks": asks, "approvals": (), "remind_at": remind_at(rule, when, now)}


def unasked() -> dict[str, Any]:
    """The fields of a variant that waits for nobody any more, as a draft does: whatever was said is void."""
    return {"approvals": (), "remind_at": None}
