"""Lessons: what people's decisions of the last days teach, gathered from the record when somebody trains.

Nothing of it is stored for the purpose: decisions lie with what they are about, and words where they are kept. What was purged
teaches nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.errors import NotFound
from chalicelib.domain.guideline import Guideline
from chalicelib.domain.interaction import Interaction, InteractionState
from chalicelib.domain.labels import TriageAction
from chalicelib.domain.lesson import Lesson, Past, lesson
from chalicelib.domain.post import Variant
from chalicelib.domain.review import Verdict
from chalicelib.services import bodies, matters, moderating, replies
from chalicelib.services.answering import variant_of
from chalicelib.services.desk import Desk
from chalicelib.services.matter import Matter
from chalicelib.store import keys
from chalicelib.store.repository import whole

TOGETHER: Final = 50
MOST: Final = 5_000
"""Lessons that are learnt from at once, and messages that hold the table where it is: the newest."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message with what was decided about it by a person, or by a machine to which nobody objected (lesson: None)."""

    interaction: Interaction
    text: str = field(repr=False)
    lesson: Lesson | None


def gather(desk: Desk, workspace_id: str, days: int, now: datetime) -> list[Taken]:
    """The messages of the last `days` that teach something, or that a machine settled alone; the newest first.

    Only those whose words are kept, and MOST of either kind.
    """
    workspace = desk.workspace(workspace_id)
    active = desk.guideline(workspace)
    pk = keys.workspace(workspace_id).pk
    people = whole(lambda after: desk.store.members.queried(pk, "MEMBER#", after=after))
    roles = {one.id: one.role.value for one in people}
    found: list[Taken] = []
    taught = alone = 0
    for page in _pages(desk, workspace_id, now - timedelta(days=days)):
        for matter in matters.load(desk, workspace_id, page, now):
            one = matter.interaction
            if matter.content is None:
                continue
            said = lesson(_past(desk, matter), _guidelines(desk, one, active), roles)
            settled = said is None and alone < MOST and _settled_alone(one)
            if said is not None or settled:
                found.append(Taken(one, matter.content.text, said))
            taught, alone = taught + (said is not None), alone + settled
        if taught >= MOST:
            break
    return found


def _pages(desk: Desk, workspace: str, since: datetime) -> Iterator[Sequence[Interaction]]:
    """What was heard and decided about since then, the newest first."""
    after: str | None = None
    while True:
        page = desk.store.interactions.listed(
            keys.shelf(workspace, "INBOX"), limit=TOGETHER, after=after, newest_first=True
        )
        within = [one for one in page.items if one.created_at >= since]
        known = [one for one in within if one.decision and one.state is not InteractionState.WITHDRAWN]
        if known:
            yield known
        after = page.after
        if after is None or len(within) < len(page.items):
            return


def _settled_alone(one: Interaction) -> bool:
    """Whether a machine answered or ignored it, and nobody looked at it since."""
    mild = {TriageAction.ANSWER, TriageAction.IGNORE}
    return (
        one.decision is not None
        and one.decision.action in mild
        and one.state in {InteractionState.ANSWERED, InteractionState.IGNORED}
        and one.review is None
        and one.ruling is None
    )


def _past(desk: Desk, matter: Matter) -> Past:
    one = matter.interaction
    if one.review is None and one.ruling is None:
        return Past(one)
    item = None if one.review is None else desk.store.reviews.get(one.workspace, one.review)
    return Past(
        one,
        item,
        tuple(moderating.of(desk, one.workspace, one.id)) if one.ruling is not None else (),
        desk.store.variants.get(one.workspace, variant_of(one)) if _answered(one) else None,
        suggested=item is not None and item.verdict is Verdict.ANSWER and _as_suggested(desk, matter),
    )


def _answered(one: Interaction) -> bool:
    """Whether it was answered automatically, whatever became of that."""
    return one.decision is not None and one.decision.action is TriageAction.ANSWER


def _as_suggested(desk: Desk, matter: Matter) -> bool:
    """Whether a person's answer says what was suggested to them, to the letter."""
    one = matter.interaction
    reply: Variant | None = None if one.answer is None else desk.store.variants.get(one.workspace, one.answer)
    if reply is None or one.decision is None or matter.account is None:
        return False
    named = {label.value: name for label, name in matter.guideline.answers.replies.items()}
    name = one.decision.template or named.get(one.decision.intent)
    if name is None:
        return False
    try:
        suggested = replies.text(replies.named(desk, one.workspace, name), matter, matter.account, by_machine=False)
        said = bodies.body_of(desk, reply).text
    except (NotFound, replies.Unsayable):
        return False
    return said.split() == suggested.split()


def _guidelines(desk: Desk, one: Interaction, active: Guideline) -> Sequence[Guideline]:
    """Where a clause's name is looked up: in what is active, then in what was when it was decided."""
    if one.decision is None or one.decision.guideline == active.version:
        return (active,)
    try:
        return active, desk.guideline_of(one.workspace, one.decision.guideline)
    except NotFound:
        return (active,)
