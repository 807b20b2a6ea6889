"""Listening: what an account is to hear beside what is said to it, decided by a member and checked against its platform."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.domain import listening
from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.listening import Listening
from chalicelib.domain.rationale import Actor
from chalicelib.services.desk import Desk
from chalicelib.store.repository import Stale
from connectors.capabilities import Capabilities, InteractionKind
from connectors.contract import USUAL_LISTENING
from connectors.contract import Listening as Asked

_NEEDS = {
    "messages": InteractionKind.MESSAGE,
    "moderated": InteractionKind.REPORT,
    "communities": InteractionKind.COMMUNITY,
    "words": InteractionKind.KEYWORD,
}


def listen_for(desk: Desk, caller: Caller, account_id: str, wanted: Listening, now: datetime) -> Account:
    """From its next reading on the account hears this, and no more. Raises NotFound, InvalidField, Conflict."""
    account = desk.store.accounts.get(caller.workspace, account_id)
    if account is None:
        raise NotFound
    found = listening.objection(wanted) or _objection(desk.platforms.capabilities(account.platform), wanted)
    if found is not None:
        name, why, fix = found
        raise InvalidField(f"/listening/{name}", why, fix=fix)
    if wanted == account.listening:
        return account
    after = replace(account, listening=wanted)
    why = f"to hear {_told(wanted)}"
    event = desk.store.accounts.moved(account, after, "listen", now, Actor.member(caller.member), why)
    try:
        return desk.store.accounts.save(account, after, event)
    except Stale as stale:
        raise Conflict("the account was changed at the same moment", fix="Read it again.") from stale


def asked(account: Account) -> Asked:
    """What the account's connector is asked to look for."""
    wanted = account.listening
    if replace(wanted, threads=False) == listening.USUAL:
        return USUAL_LISTENING
    return Asked(wanted.messages, wanted.moderated, wanted.communities, wanted.words, wanted.word_places)


def _objection(can: Capabilities, wanted: Listening) -> tuple[str, str, str] | None:
    """What the platform cannot do of it."""
    for name, kind in _NEEDS.items():
        if getattr(wanted, name) and kind not in can.kinds:
            return name, f"{can.platform} gives us nothing of the kind `{kind}`", "Leave it off for this account."
    if wanted.threads and not (can.reads_own_threads and can.micro_usd_per_read):
        why = f"{can.platform} tells what stands under own posts anyway, or lets it be read for nothing"
        return "threads", why, "Leave it out: it is heard."
    if wanted.words and can.needs_community and not wanted.word_places:
        return "word_places", f"{can.platform} looks for words in communities only", "Name the communities."
    if wanted.word_places and not can.needs_community:
        return "word_places", f"{can.platform} looks for words everywhere", "Name none."
    return None


def _told(wanted: Listening) -> str:
    """What is heard, in words and numbers: the watched words themselves stay out of the audit's reasons."""
    told = ["what is said to it"]
    if wanted.threads:
        told.append("what stands under its posts, for money")
    if wanted.messages:
        told.append("private messages")
    for names, what in (
        (wanted.moderated, "reports of {} communities"),
        (wanted.communities, "everything in {} of them"),
        (wanted.words, "{} watched words"),
    ):
        if names:
            told.append(what.format(len(names)))
    return ", ".join(told)
