"""Answering automatically: a Post with `origin="triage"` on the same road as any other, honest that it is automatic.

Its id is made from the interaction's, so that there is at most one ever; the marks in its transaction keep it to one per
member and thread in the guideline's window, and to the account's daily number. It must never reach a thread in which a
person of ours has acted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.account import Account
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.interaction import Interaction
from chalicelib.domain.post import Body, Origin, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.reply_template import ReplyTemplate
from chalicelib.domain.timing import stamp
from chalicelib.ports import Write
from chalicelib.services import checking, replies, scheduling
from chalicelib.services.desk import Desk, derived_id, keyed_id
from chalicelib.services.ingesting import unsealed
from chalicelib.services.matter import Matter
from chalicelib.services.replies import Unsayable
from chalicelib.store import keys

SAID_WITHIN = timedelta(hours=1)
"""An automatic answer that could not go out for so long is a person's: an apology may be due first."""


class AnswerRefused(Exception):
    """An automatic answer may not be given after all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An automatic answer to be: the marks that allow it, then the post. `marks` come first in the transaction."""

    post: scheduling.NewPost
    marks: tuple[Write, ...]

    @property
    def variant(self) -> str:
        """Id of the variant that says it."""
        return self.post.variants[0].id


REFUSALS = (
    "the conversation was answered or became heated, or a person acted in it, in the meantime",
    "the member was answered in the meantime",
    "the account has given as many automatic answers today as the guideline allows",
)
"""Why each of the marks may fail."""


def answer(
    desk: Desk, matter: Matter, template: str, actor: Actor, now: datetime, *, language: str | None = None
) -> Answer:
    """The automatic answer of this template. language: the one that was told. Raises AnswerRefused where it cannot be said."""
    interaction, account = matter.interaction, matter.account
    if account is None or matter.content is None:
        raise AnswerRefused("there is nothing left to answer")
    if matter.interaction.author.pseudonym in _ours(desk, matter.interaction):
        raise AnswerRefused("an account of our own said it")
    reply = _reply(desk, matter, template)
    wish = _wish(desk, matter, account, reply, language)
    at = matter.guideline.answers.said_at(now, matter.workspace.zone)
    waits = at > now
    post = scheduling.new_post(
        desk,
        interaction.workspace,
        derived_id("answer", interaction.id),
        None,
        Origin.TRIAGE,
        actor,
        Schedule(at, "UTC", stamp(at)[:19], SAID_WITHIN),
        [wish],
        [account],
        now,
        interaction=interaction.id,
        why=f"reply {reply.version}",  # its name stands in the decision; with both, a variant on Reddit passes 1 KB
        waits=waits,
    )
    quiet_since = now - matter.quiet_window
    thread = keys.thread_touch(interaction.workspace, interaction.conversation.id)
    member = keys.member_touch(interaction.workspace, interaction.author.pseudonym)
    today = keys.answers_of_day(interaction.workspace, interaction.account, now)
    marks = (
        desk.store.answered_update(thread, now, quiet_since),
        desk.store.member_answered_update(member, matter.member, now),
        desk.store.counted_update(today, matter.guideline.answers.per_account_per_day),
    )
    return Answer(post, marks)


def cool_off(desk: Desk, matter: Matter, now: datetime) -> Write:
    """The write that keeps what is automatic out of a heated conversation for a while."""
    thread = keys.thread_touch(matter.interaction.workspace, matter.interaction.conversation.id)
    return desk.store.cooling_update(thread, now + timedelta(hours=matter.guideline.answers.cool_off_hours))


def variant_of(interaction: Interaction) -> str:
    """Id of the variant by which an interaction is answered automatically, if it ever is."""
    return f"{derived_id('answer', interaction.id)}.0"


def _ours(desk: Desk, interaction: Interaction) -> set[str]:
    """By which pseudonyms our own accounts on its platform are heard: two of them must not answer one another."""
    key = desk.key(interaction.workspace)
    return {
        keyed_id(key, "author", one.platform, one.native_id)
        for one in desk.store.accounts_of(interaction.workspace)
        if one.platform == interaction.platform
    }


def _reply(desk: Desk, matter: Matter, template: str) -> ReplyTemplate:
    try:
        return replies.named(desk, matter.interaction.workspace, template)
    except NotFound as error:
        raise AnswerRefused(f"there is no reply '{template}' any more") from error


def _wish(desk: Desk, matter: Matter, account: Account, template: ReplyTemplate, language: str | None) -> checking.Wish:
    if matter.content is None:
        raise AnswerRefused("there is nothing left to answer")
    target = unsealed(desk, matter.interaction, matter.content)
    try:
        wording = replies.wording(template, matter, language, by_machine=True)
        text = replies.worded(template, wording, matter, account, by_machine=True)
    except Unsayable as error:
        raise AnswerRefused(str(error)) from error
    wish = checking.Wish(account.id, Body(text, language=wording.language, answers=target.remote), "", summoned=True)
    try:
        checking.check(desk, account, matter.guideline, wish)
    except InvalidField as error:
        raise AnswerRefused(f"the reply '{template.id}' cannot be said there: {error.detail}") from error
    return wish
