"""Reply templates of a workspace: checked when they are kept, shown as they would be said, and chosen when one is due.

What cannot be said by one of the workspace's accounts is not kept: a reply that is refused in the moment it is due helps
nobody. A shipped reply serves where the workspace has none of its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.account import Account, AccountState
from chalicelib.domain.errors import Conflict, InvalidField, NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.post import Body
from chalicelib.domain.reply_template import ReplyTemplate, version_of
from chalicelib.domain.texts import Wording
from chalicelib.domain.workspace import Workspace
from chalicelib.services import checking, library, reply_words
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.services.reply_words import MissingFact
from chalicelib.store import keys
from chalicelib.store.repository import whole
from connectors.contract import Draft, RemoteRef


class Unsayable(Exception):
    """There are no words for it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One wording as one account would say it. fault: why it could not; `line` of the wording, where one is to blame."""

    wording: int
    language: str
    account: str | None
    platform: str | None
    text: str | None
    length: int | None = None
    most: int | None = None
    line: int | None = None
    fault: str | None = None
    fix: str = ""


def make(desk: Desk, caller: Caller, name: str, wordings: Sequence[Wording], now: datetime) -> ReplyTemplate:
    """Keep a reply under a name; one that is shipped under it gives way.

    Raises InvalidField for the first thing that may not stand there, or that an account could not say; Conflict where the
    workspace has one of this name.
    """
    _check(desk, caller.workspace, wordings)
    made = ReplyTemplate(name, caller.workspace, tuple(wordings), version_of(wordings))
    return library.make(desk.store.replies, caller, made, now)


def edit(desk: Desk, caller: Caller, name: str, wordings: Sequence[Wording], now: datetime) -> ReplyTemplate:
    """Put other words in its place; the same words again change nothing. Raises NotFound, Conflict, and as `make` does."""
    before = library.found(desk.store.replies, caller, name)
    version = version_of(wordings)
    if before.version == version:
        return before
    _check(desk, caller.workspace, wordings)
    after = replace(before, wordings=tuple(wordings), version=version)
    why = f"version {before.version} gave way to {version}"
    return library.change(desk.store.replies, caller, before, after, "edit", why, now)


def _check(desk: Desk, workspace: str, wordings: Sequence[Wording]) -> None:
    for one in preview(desk, workspace, wordings):
        if one.fault is not None:
            place = "" if one.line is None else f"line {one.line}: "
            where = "" if one.account is None else f" (as account {one.account} would say it)"
            raise InvalidField(f"/wordings/{one.wording}/words", f"{place}{one.fault}{where}", fix=one.fix)


def retire(desk: Desk, caller: Caller, name: str, now: datetime) -> None:
    """Use a workspace's own reply no more; a shipped one of its name takes its place. Doing it twice is doing it once.

    Raises NotFound, and Conflict where the active guideline needs it.
    """
    guideline = desk.guideline(desk.workspace(caller.workspace))
    used = {*guideline.answers.replies.values(), *(one.notify for one in guideline.clauses)}
    if name in used and name not in reply_words.shipped() and name not in reply_words.notices():
        raise Conflict("the active guideline speaks with it", fix="Have the guideline name another reply first.")
    library.retire(desk.store.replies, caller, name, now)


def named(desk: Desk, workspace: str, name: str) -> ReplyTemplate:
    """The reply of this name: the workspace's own, else the shipped one. Raises NotFound."""
    own = desk.store.replies.get(workspace, name)
    found = own if own is not None and not own.retired else reply_words.shipped().get(name)
    if found is None:
        raise NotFound
    return found


def names(desk: Desk, workspace: str) -> frozenset[str]:
    """The names that a guideline of this workspace may use."""
    shelf = keys.shelf(workspace, "REPLIES")
    own = whole(lambda after: desk.store.replies.listed(shelf, limit=100, after=after))
    return frozenset(reply_words.shipped()) | {one.id for one in own}


def preview(desk: Desk, workspace_id: str, wordings: Sequence[Wording]) -> list[Shown]:
    """Each wording as each account of the workspace would say it, honest ending and all. Keeps nothing, asks nobody."""
    workspace = desk.workspace(workspace_id)
    guideline = desk.guideline(workspace)
    accounts = [one for one in desk.store.accounts_of(workspace_id) if one.state is not AccountState.DISABLED]
    shown: list[Shown] = []
    for place, one in enumerate(wordings):
        if found := reply_words.faults(one.words):
            shown += (
                Shown(place, one.language, None, None, None, line=each.line, fault=each.detail, fix=each.fix)
                for each in found
            )
            continue
        shown += (_said_by(desk, workspace, guideline, account, place, one) for account in accounts)
    return shown


def text(template: ReplyTemplate, matter: Matter, account: Account, *, by_machine: bool) -> str:
    """What the account would say with it: by a machine, which says that it is one, or by a person who took it over.

    The wording is the interaction's own, so that it is the same however often it is asked for. Raises Unsayable.
    """
    guideline, interaction = matter.guideline, matter.interaction
    claimed = (interaction.language or "").casefold().partition("-")[0]
    language = claimed if claimed in guideline.languages else guideline.languages[0]
    wording = template.chosen(language, interaction.id)
    if wording is None:
        raise Unsayable(f"the reply '{template.id}' has no wording in this language ({language})")
    given = facts(matter.workspace, guideline, account)
    try:
        if by_machine:
            return reply_words.honest(wording.words, given, guideline.answers.honest)
        return reply_words.filled(wording.words, given)
    except MissingFact as error:
        raise Unsayable(f"the reply '{template.id}' cannot be filled: {error}") from error


def facts(workspace: Workspace, guideline: Guideline, account: Account) -> dict[str, str | None]:
    """What a reply may put in, when this account says it."""
    return {
        "brand": workspace.name,
        "platform": account.platform.title(),
        "account": account.handle,
        "help_url": guideline.answers.help_url,
    }


def _said_by(
    desk: Desk, workspace: Workspace, guideline: Guideline, account: Account, place: int, one: Wording
) -> Shown:
    shown = Shown(place, one.language, account.id, account.platform, None)
    try:
        text = reply_words.honest(one.words, facts(workspace, guideline, account), guideline.answers.honest)
    except MissingFact as error:
        return replace(
            shown,
            fault=str(error),
            fix=f"Set `answers.{error.name}` in the guideline, or say it only {{% if {error.name} %}}.",
        )
    can = desk.platforms.capabilities(account.platform)
    draft = Draft(text, language=one.language, in_reply_to=RemoteRef("a message"))
    most = checking.longest(can, account, reply=True)
    shown = replace(shown, text=text, length=desk.platforms.length(account.platform, draft), most=most)
    try:
        checking.check_length(desk, account.platform, can, draft, most, "")
        checking.check_guideline(guideline, account.platform, checking.Wish(account.id, Body(text), ""))
    except InvalidField as error:
        return replace(shown, fault=error.detail, fix=error.fix)
    return shown
