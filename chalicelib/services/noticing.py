"""Noticing: the same words again, or something else within the hour, on an account that is about to speak.

It only tells. How far it looks is bounded, and where that was not far enough it says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.domain.composing import Notice, Remark
from chalicelib.domain.errors import NotFound
from chalicelib.domain.likeness import Likeness, gist, likeness
from chalicelib.domain.post import Post, Variant, VariantState
from chalicelib.services import recent
from chalicelib.services.bodies import body_in
from chalicelib.services.checking import Wish, part_pointer
from chalicelib.services.desk import Desk
from chalicelib.store import keys

WITHIN = timedelta(days=14)
"""Before and after its time, what an account says is compared with it."""

MOST_POSTS = 200
"""Posts that are compared, the newest first: a handful of requests on AWS."""

HOUR = timedelta(hours=1)
MOST_AT_ONCE = 50
"""How many of them are compared where somebody waits for something to be scheduled."""

LONGEST_LINE = 200

_UNSAID = frozenset({VariantState.CANCELLED, VariantState.FAILED, VariantState.MISSED, VariantState.CLOSED})


def remarks(
    desk: Desk,
    workspace: str,
    wishes: Sequence[Wish],
    at: datetime | None,
    now: datetime,
    *,
    most: int = MOST_POSTS,
    but: str | None = None,
) -> list[Remark]:
    """What a person should know of what these accounts say around this time; None: around now, and no hour is compared.

    most: how many posts are compared. but: one that is not: the post itself, where it is there already.
    """
    near = at or now
    found: list[Remark] = []
    if at is not None:
        for wish in wishes:
            found += _same_hour(desk, workspace, wish, at, but)
    open_wishes = [wish for wish in wishes if any(gist(part.text) for part in wish.body.parts)]
    looked_at = 0
    for post, variants in recent.posts(desk, workspace, most):
        looked_at += 1
        if post.id == but:
            continue
        for variant in variants:
            said_near = abs(variant.schedule.at - near) <= WITHIN
            if not said_near or variant.state in _UNSAID or variant.taken_down_at is not None:
                continue
            for wish in [one for one in open_wishes if one.account == variant.account]:
                alike = _alike(desk, wish, variant, post)
                if alike is not None:
                    found.append(alike)
                    open_wishes.remove(wish)  # one older post is enough to make somebody look
        if not open_wishes:
            break
    if looked_at == most and open_wishes:
        what = f"only the newest {most} posts of the workspace were compared with it"
        found += [Remark(wish.pointer, Notice.NOT_LOOKED_AT, what) for wish in open_wishes]
    return sorted(found, key=lambda one: (one.pointer, one.notice))


def _alike(desk: Desk, wish: Wish, variant: Variant, post: Post) -> Remark | None:
    """What to say where one of the wish's parts is much like one of what the variant says."""
    try:
        said = [gist(part.text) for part in body_in(desk, variant, post).parts]
    except NotFound:
        return None  # retention has purged it
    for number, part in enumerate(wish.body.parts):
        mine = gist(part.text)
        kinds = {likeness(mine, other) for other in said}
        for kind in (Likeness.SAME, Likeness.NEARLY):
            if kind in kinds:
                how = "the same" if kind is Likeness.SAME else "nearly the same"
                when = f"{variant.schedule.wall[:16].replace('T', ' ')} ({variant.schedule.zone})"
                what = f"this account says {how} at {when}: variant {variant.id}"
                return Remark(f"{part_pointer(wish.pointer, number)}/text", Notice.SAID_BEFORE, what)
    return None


def _same_hour(desk: Desk, workspace: str, wish: Wish, at: datetime, but: str | None) -> Iterator[Remark]:
    """What to say where the account's line has something within the hour."""
    close = close_to(desk, workspace, wish.account, at, HOUR)
    close = [one for one in close if one.rpartition(".")[0] != but]
    if close:
        others = ", ".join(sorted(close)[:3])
        yield Remark(
            wish.pointer, Notice.SAME_HOUR, f"this account says something else within the hour: variant {others}"
        )


def close_to(desk: Desk, workspace: str, account: str, at: datetime, span: timedelta) -> list[str]:
    """What an account's line holds less than so long before or after: ids of variants."""
    entries, _ = desk.store.line(workspace, account, at + span, LONGEST_LINE, pages=3)
    return [keys.id_of(one.key) for one in entries if at - span < keys.due_at(one.sort) < at + span]
