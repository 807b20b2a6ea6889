"""Moderating: a person decides what is done about something that was said, or to its author, with a reason and a clause.

What cannot be done is refused before anything is written. The decision, the words it was made about and the end of
automation in the conversation are one write; the platform is asked afterwards (`enforcing`), and nothing here asks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.interaction import INTERACTION, Interaction, InteractionState
from chalicelib.domain.rationale import Actor, Rationale
from chalicelib.domain.review import REVIEW, ReviewState, Verdict
from chalicelib.domain.ruling import RULING, Ruling, RulingState
from chalicelib.ports import ConditionFailed, QueueName, Write
from chalicelib.services import evidence, review_items, reviewing
from chalicelib.services.desk import Desk, hint
from chalicelib.services.evidence import Evidence
from chalicelib.services.standing import AUTHOR_WIDE, Matter, Objection
from chalicelib.store import keys
from chalicelib.store.repository import Listing
from connectors.moderation import UNDONE_BY, Moderation


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done, and why. action: a string of the connector contract. days: how long a ban lasts."""

    action: str
    why: str
    clauses: tuple[str, ...]
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One moderation, and why it may not be done about an interaction; None where it may."""

    action: Moderation
    objection: Objection | None
    undone_by: Moderation | None


def choices(desk: Desk, workspace: str, interaction_id: str) -> list[Choice]:
    """Every moderation there is, with what stands against it here. Raises NotFound."""
    matter = _matter(desk, _interaction(desk, workspace, interaction_id))
    return [Choice(one, matter.objection(one), UNDONE_BY.get(one)) for one in Moderation]


def of(desk: Desk, workspace: str, interaction_id: str) -> list[Ruling]:
    """Every ruling about an interaction, the first first."""
    pk = keys.interaction(workspace, interaction_id).pk
    found = desk.store.rulings.queried(pk, "RULING#").items
    return sorted(found, key=lambda one: (one.asked_at, one.id))


def listed(desk: Desk, workspace: str, *, limit: int, after: str | None) -> Listing[Ruling]:
    """Every ruling of the workspace, the newest first."""
    return desk.store.rulings.listed(keys.shelf(workspace, "RULINGS"), limit=limit, after=after, newest_first=True)


def moderate(desk: Desk, caller: Caller, interaction_id: str, wish: Wish, now: datetime) -> Ruling:
    """Decide that something is done about an interaction. The same decision again is the same ruling.

    Raises NotFound; InvalidField for an unknown moderation or clause; Conflict where it cannot be done, or where somebody
    else holds the item that asks about it. Then nothing was written.
    """
    interaction = _interaction(desk, caller.workspace, interaction_id)
    action = _action(desk, caller.workspace, wish)
    known = _known(desk, interaction, action)
    if known is not None:
        return known
    if not INTERACTION.allows(interaction.state, "moderate"):
        raise Conflict(f"the interaction is {interaction.state.value}", fix="Wait until that has come to rest.")
    matter = _matter(desk, interaction)
    objection = matter.objection(action)
    if objection is not None:
        raise Conflict(objection.why, fix=objection.way_out)
    if matter.evidence is None:
        raise LookupError("a matter without evidence has an objection to everything")
    actor = Actor.member(caller.member)
    ruling = asked(interaction, action, Rationale(wish.why, actor, wish.clauses), matter.evidence, now, days=wish.days)
    _write(
        desk,
        [
            *_moved(desk, interaction, ruling, actor, wish.why, now),
            *ruling_writes(desk, interaction, ruling, matter.evidence, now),
            *_decided(desk, caller, interaction, ruling.rationale, now),
            desk.store.human_update(keys.thread_touch(caller.workspace, interaction.conversation.id), now),
        ],
    )
    tell(desk, ruling)
    return _ruling(desk, caller.workspace, ruling.id)


def asked(
    interaction: Interaction,
    action: Moderation,
    rationale: Rationale,
    found: Evidence,
    now: datetime,
    *,
    days: int | None = None,
) -> Ruling:
    """The ruling by which something is done about an interaction as it is now, whoever decided it. found: what it rests on."""
    return Ruling(
        id=f"{interaction.id}.{interaction.rev}",
        workspace=interaction.workspace,
        interaction=interaction.id,
        account=interaction.account,
        platform=interaction.platform,
        action=action.value,
        undone_by=UNDONE_BY[action].value if action in UNDONE_BY else None,
        state=RulingState.ASKED,
        rationale=rationale,
        revision=interaction.revision,
        digest=found.digest(),
        asked_at=now,
        since=now,
        not_before=now,
        days=days,
    )


def ruling_writes(
    desk: Desk, interaction: Interaction, ruling: Ruling, found: Evidence, now: datetime
) -> Sequence[Write]:
    """The writes that keep a new ruling with what it rests on, and count it against the author."""
    made_by, why = ruling.rationale.actor, ruling.rationale.why
    return [
        desk.store.rulings.created(ruling, _asked(ruling, made_by, why, now)),
        evidence.put(desk, ruling.workspace, ruling.id, found),
        desk.store.ruled_update(keys.member_touch(ruling.workspace, interaction.author.pseudonym), 1),
    ]


def undo(desk: Desk, caller: Caller, ruling_id: str, why: str, now: datetime) -> Ruling:
    """Take a ruling back: the platform is asked for what leads back, and a person looks at the interaction again.

    Safe to repeat. Raises NotFound, Conflict where nothing leads back, or the account cannot be used.
    """
    ruling = _ruling(desk, caller.workspace, ruling_id)
    if ruling.state in {RulingState.UNDOING, RulingState.UNDONE}:
        return ruling
    if ruling.state is RulingState.REFUSED:
        raise Conflict("it was never done", fix="There is nothing to undo.")
    interaction = _interaction(desk, caller.workspace, ruling.interaction)
    if not ruling.tries and ruling.state is RulingState.ASKED:
        after = replace(ruling, state=RULING.move(ruling.state, "drop"), settled_at=now)
        act = "drop"
    else:
        _check_way_back(desk, interaction, ruling)
        # A request that may still land is waited for: what undoes it has to come after it.
        soonest = max(now, ruling.not_before) if ruling.state is RulingState.ASKED else now
        after = replace(ruling, state=RULING.move(ruling.state, "undo"), since=now, not_before=soonest, tries=0)
        act = "undo"
    actor = Actor.member(caller.member)
    event = desk.store.rulings.moved(ruling, after, act, now, actor, why)
    follows, question = _looked_at_again(desk, interaction, ruling, actor, why, now)
    acquitted = desk.store.ruled_update(keys.member_touch(caller.workspace, interaction.author.pseudonym), -1)
    _write(desk, [desk.store.rulings.changed(ruling, after, event), acquitted, *follows])
    if question is not None:
        question.announce(desk)
    if after.open:
        tell(desk, after)
    return desk.store.rulings.advanced(ruling, after, event)


def tell(desk: Desk, ruling: Ruling) -> None:
    """Hint that the platform is to be asked."""
    hint(desk, QueueName.TRIAGE, {"workspace": ruling.workspace, "ruling": ruling.id})


# --- what is refused -------------------------------------------------------------------------------------------------


def _action(desk: Desk, workspace: str, wish: Wish) -> Moderation:
    try:
        action = Moderation(wish.action)
    except ValueError:
        raise InvalidField(
            "/action", "there is no such moderation", fix=f"Use one of: {', '.join(Moderation)}."
        ) from None
    if wish.days is not None and action is not Moderation.BAN:
        raise InvalidField("/days", "only a ban lasts for days", fix="Leave it out.")
    known = {clause.id for clause in desk.guideline(desk.workspace(workspace)).clauses}
    for place, clause in enumerate(wish.clauses):
        if clause not in known:
            names = ", ".join(sorted(known)) or "none"
            raise InvalidField(f"/clauses/{place}", "the guideline has no such clause", fix=f"It has: {names}.")
    return action


def _known(desk: Desk, interaction: Interaction, action: Moderation) -> Ruling | None:
    """The ruling that says the same already, and still does."""
    if interaction.ruling is None:
        return None
    last = desk.store.rulings.get(interaction.workspace, interaction.ruling)
    if last is None or last.action != action.value or last.state not in {RulingState.ASKED, RulingState.DONE}:
        return None
    return last if action in AUTHOR_WIDE or last.revision == interaction.revision else None


def _check_way_back(desk: Desk, interaction: Interaction, ruling: Ruling) -> None:
    if ruling.undone_by is None:
        raise Conflict(f"nothing leads back from `{ruling.action}`", fix="Tell whoever runs the place.")
    account = desk.store.accounts.get(ruling.workspace, ruling.account)
    found = evidence.of(desk, ruling.workspace, ruling.id)
    matter = Matter(interaction, account, desk.platforms.capabilities(ruling.platform), found)
    objection = matter.objection(Moderation(ruling.undone_by))
    if objection is not None:
        raise Conflict(objection.why, fix=objection.way_out)


# --- what is written -------------------------------------------------------------------------------------------------


def _asked(ruling: Ruling, actor: Actor, why: str, now: datetime) -> AuditEvent:
    return AuditEvent(ruling.workspace, f"ruling:{ruling.id}", "ask", now, actor, why, None, ruling.state.value)


def _moved(
    desk: Desk, interaction: Interaction, ruling: Ruling, actor: Actor, why: str, now: datetime
) -> Sequence[Write]:
    after = replace(interaction, state=INTERACTION.move(interaction.state, "moderate"), ruling=ruling.id)
    event = desk.store.interactions.moved(interaction, after, "moderate", now, actor, why)
    return [desk.store.interactions.changed(interaction, after, event)]


def _decided(
    desk: Desk, caller: Caller, interaction: Interaction, rationale: Rationale, now: datetime
) -> Sequence[Write]:
    """The write that closes the item which asks about it; the caller must hold it."""
    item = None if interaction.review is None else desk.store.reviews.get(caller.workspace, interaction.review)
    if item is None or item.state is ReviewState.RESOLVED:
        return []
    reviewing.check_mine(item, caller, now)
    state = REVIEW.move(item.state, "decide")
    after = replace(item, state=state, verdict=Verdict.MODERATE, rationale=rationale, claim=None)
    event = desk.store.reviews.moved(item, after, "decide", now, rationale.actor, rationale.why)
    return [desk.store.reviews.changed(item, after, event)]


def _looked_at_again(
    desk: Desk, interaction: Interaction, ruling: Ruling, actor: Actor, why: str, now: datetime
) -> tuple[Sequence[Write], review_items.Question | None]:
    """The interaction goes back to a person, where this ruling is what settled it."""
    settled = interaction.state in {InteractionState.MODERATING, InteractionState.RESOLVED}
    if not settled or interaction.ruling != ruling.id:
        return [], None
    return reopened(desk, interaction, "undo", f"`{ruling.action}` was undone: {why}", actor, now)


def reopened(
    desk: Desk, interaction: Interaction, act: str, question: str, actor: Actor, now: datetime
) -> tuple[Sequence[Write], review_items.Question]:
    """The writes that put an interaction before a person again, and the question that they put."""
    severity = interaction.decision.severity if interaction.decision else 1
    asked = review_items.about_interaction(desk, interaction, severity, question, actor, now)
    after = replace(interaction, state=INTERACTION.move(interaction.state, act), review=asked.item.id)
    event = desk.store.interactions.moved(interaction, after, act, now, actor, question)
    return [desk.store.interactions.changed(interaction, after, event), asked.put], asked


def _write(desk: Desk, writes: Sequence[Write]) -> None:
    try:
        desk.store.write(writes)
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment") from failed


# --- what is read ----------------------------------------------------------------------------------------------------


def _interaction(desk: Desk, workspace: str, interaction_id: str) -> Interaction:
    found = desk.store.interactions.get(workspace, interaction_id)
    if found is None:
        raise NotFound
    return found


def _ruling(desk: Desk, workspace: str, ruling_id: str) -> Ruling:
    found = desk.store.rulings.get(workspace, ruling_id)
    if found is None:
        raise NotFound
    return found


def _matter(desk: Desk, interaction: Interaction) -> Matter:
    account = desk.store.accounts.get(interaction.workspace, interaction.account)
    can = desk.platforms.capabilities(interaction.platform)
    return Matter(interaction, account, can, evidence.gather(desk, interaction))
