"""Answering automatically: a Post with `origin="triage"` on the same road as any other, honest that it is automatic.

Its id is made from the interaction's, so that there is at most one ever; the marks in its transaction keep it to one per
member and thread in the guideline's window, and to the account's daily number. It must never reach a thread in which a
person of ours has acted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.account import Account
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.post import Body, Origin, Schedule
from chalicelib.domain.rationale import Actor
from chalicelib.domain.timing import stamp
from chalicelib.ports import Write
from chalicelib.services import checking, scheduling, wording
from chalicelib.services.desk import Desk, derived_id
from chalicelib.services.ingesting import unsealed
from chalicelib.services.matters import Matter
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
    "the conversation was answered, or a person acted in it, in the meantime",
    "the member was answered in the meantime",
    "the account has given as many automatic answers today as the guideline allows",
)
"""Why each of the marks may fail."""


def answer(desk: Desk, matter: Matter, template: str, actor: Actor, now: datetime) -> Answer:
    """The automatic answer of this template. Raises AnswerRefused where it cannot be said there."""
    interaction, account = matter.interaction, matter.account
    if account is None or matter.content is None:
        raise AnswerRefused("there is nothing left to answer")
    wish = _wish(desk, matter, account, template)
    post = scheduling.new_post(
        desk,
        interaction.workspace,
        derived_id("answer", interaction.id),
        None,
        Origin.TRIAGE,
        actor,
        Schedule(now, "UTC", stamp(now)[:19], SAID_WITHIN),
        [wish],
        [account],
        now,
        interaction=interaction.id,
        why="to be said at once",
    )
    quiet_since = now - matter.quiet_window
    thread = keys.thread_touch(interaction.workspace, interaction.conversation.id)
    member = keys.member_touch(interaction.workspace, interaction.author.pseudonym)
    today = keys.answers_of_day(interaction.workspace, interaction.account, now)
    marks = (
        desk.store.answered_update(thread, now, quiet_since),
        desk.store.answered_update(member, now, quiet_since),
        desk.store.counted_update(today, matter.guideline.answers.per_account_per_day),
    )
    return Answer(post, marks)


def _wish(desk: Desk, matter: Matter, account: Account, template: str) -> checking.Wish:
    if matter.content is None:
        raise AnswerRefused("there is nothing left to answer")
    target = unsealed(desk, matter.interaction, matter.content)
    text = wording.reply(template, honest=matter.guideline.answers.honest)
    wish = checking.Wish(
        account.id, Body(text, language=matter.interaction.language, answers=target.remote), "", summoned=True
    )
    try:
        checking.check(desk, account, matter.guideline, wish)
    except InvalidField as error:
        raise AnswerRefused(f"the reply '{template}' cannot be said there: {error.detail}") from error
    return wish
