"""Notices: whoever was moderated may be told what was done, under which clause and how to object. A person sends it, once.

Whether anybody is told, and in which words, may be the clause's own wish (`notify`). The words are offered, by action and
language, and may be changed. They go the road of any reply, and the ruling says that they went and which ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.guideline import TOLD_OF, Clause
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.rationale import Actor
from chalicelib.domain.reply_template import ReplyTemplate
from chalicelib.domain.ruling import Ruling, RulingState
from chalicelib.ports import ConditionFailed
from chalicelib.services import checking, replies, reply_words, replying
from chalicelib.services.desk import Desk, derived_id
from chalicelib.store import keys
from connectors.contract import Draft, RemoteRef

_OWN_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Offer:
    """The words that a member may be told a ruling in. why_not: why they cannot be said, None where they can.

    variant: by which it was said already.
    """

    text: str | None
    why_not: str | None
    variant: str | None


def offered(desk: Desk, workspace: str, ruling_id: str) -> Offer:
    """What may be told about a ruling. Raises NotFound."""
    ruling, interaction = _found(desk, workspace, ruling_id)
    account, clause = desk.store.accounts.get(workspace, ruling.account), _clause(desk, ruling, interaction)
    why_not = _why_not(ruling, interaction, account, clause)
    silent = account is None or ruling.action not in TOLD_OF or (clause is not None and clause.notify is False)
    text = None if silent or account is None else _text(desk, ruling, interaction, account, clause)
    return Offer(text, why_not, ruling.notice)


def send(desk: Desk, caller: Caller, ruling_id: str, text: str | None, now: datetime) -> Ruling:
    """Tell the member, in these words or in those that are offered. Told once, it is told: nothing is said again.

    Raises NotFound, Conflict where it cannot be told, InvalidField for words that cannot be said there.
    """
    ruling, interaction = _found(desk, caller.workspace, ruling_id)
    if ruling.notice is not None:
        return ruling
    account, clause = desk.store.accounts.get(caller.workspace, ruling.account), _clause(desk, ruling, interaction)
    why_not = _why_not(ruling, interaction, account, clause)
    if why_not is not None or account is None:
        raise Conflict(why_not or "its account is gone", fix="Tell whoever said it in another way.")
    said = text or _text(desk, ruling, interaction, account, clause)
    try:
        post = replying.at_once(desk, caller, interaction, said, derived_id("notice", ruling.id), now)
    except InvalidField as error:
        raise InvalidField("/text", error.detail, fix=error.fix) from error
    after = replace(ruling, notice=post.variants[0].id)
    why = f"the member is told of it; clauses: {', '.join(ruling.rationale.clauses) or 'none'}"
    event = desk.store.rulings.moved(ruling, after, "notice", now, Actor.member(caller.member), why)
    touch = keys.thread_touch(caller.workspace, interaction.conversation.id)
    try:
        desk.store.write(
            [desk.store.rulings.changed(ruling, after, event), desk.store.human_update(touch, now), *post.writes]
        )
    except ConditionFailed as failed:
        raise Conflict("it was changed at the same moment", fix="Read it again.") from failed
    post.announce(desk, now)
    return desk.store.rulings.advanced(ruling, after, event)


def _found(desk: Desk, workspace: str, ruling_id: str) -> tuple[Ruling, Interaction]:
    ruling = desk.store.rulings.get(workspace, ruling_id)
    interaction = None if ruling is None else desk.store.interactions.get(workspace, ruling.interaction)
    if ruling is None or interaction is None:
        raise NotFound
    return ruling, interaction


def _why_not(ruling: Ruling, interaction: Interaction, account: Account | None, clause: Clause | None) -> str | None:
    """Why nothing is told of it there; None where, as far as is known, it may be."""
    if ruling.action not in TOLD_OF:
        return f"of `{ruling.action}` nobody is told where it was said"
    if clause is not None and clause.notify is False:
        return f"clause {clause.id} of the guideline has nobody told"
    if ruling.state is not RulingState.DONE:
        return f"the ruling is {ruling.state.value}: only what was done is told"
    if ruling.notice is not None:
        return "the member was told already"
    if account is None or account.state is not AccountState.ACTIVE:
        return "the account cannot speak at present"
    if interaction.state is InteractionState.WITHDRAWN:
        return "whoever said it has taken it back"
    return None


def _text(desk: Desk, ruling: Ruling, interaction: Interaction, account: Account, clause: Clause | None) -> str:
    """The words for it in the member's language, where there are any; the clause's wording is cut where it would be too long."""
    workspace = desk.workspace(ruling.workspace)
    template = _template(desk, ruling, clause)
    wording = template.chosen(interaction.language or _OWN_LANGUAGE, ruling.id) or template.wordings[0]
    facts = replies.facts(workspace, desk.guideline(workspace), account)
    facts["automatic"] = None if ruling.rationale.actor.is_person else "yes"
    words = [] if clause is None else clause.wording.split()
    for count in range(len(words), -1, -1):
        cut = " ".join(words[:count]) + ("" if count == len(words) else " …")
        facts["clause"] = cut if count else None
        text = reply_words.filled(wording.words, facts)
        if _fits(desk, account, text):
            break
    return text


def _template(desk: Desk, ruling: Ruling, clause: Clause | None) -> ReplyTemplate:
    """The words that the clause names, else the workspace's own for it, kept as a reply under its name, else the shipped ones."""
    shipped, names = reply_words.notices(), [f"notice-{ruling.action}"]
    # Shipped words tell of one act each: a person may have done another under this clause.
    if clause is not None and clause.notify and clause.notify not in shipped:
        names.insert(0, clause.notify)
    for name in names:
        own = desk.store.replies.get(ruling.workspace, name)
        if own is not None and not own.retired:
            return own
    return shipped[names[-1]]


def _clause(desk: Desk, ruling: Ruling, interaction: Interaction) -> Clause | None:
    """The first clause that it names, as it was then; None where there is none."""
    then = interaction.decision.guideline if interaction.decision is not None else None
    versions = [desk.guideline(desk.workspace(ruling.workspace))]
    if then is not None:
        versions.insert(0, desk.guideline_of(ruling.workspace, then))
    clauses = {clause.id: clause for version in reversed(versions) for clause in version.clauses}
    return next((clauses[one] for one in ruling.rationale.clauses if one in clauses), None)


def _fits(desk: Desk, account: Account, text: str) -> bool:
    can = desk.platforms.capabilities(account.platform)
    draft = Draft(text, in_reply_to=RemoteRef("a message"))
    try:
        most = checking.longest(can, account, reply=True)
        checking.check_length(desk, account.platform, can, draft, most, "")
    except InvalidField:
        return False
    return True
