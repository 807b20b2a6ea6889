"""Checking: whether a platform, the account's own place and our guideline would take what is to be said, part by part.

The same rules wherever something is written, approved or scheduled, and none of them asks anybody: what can be known is
known before a time is set. Raises InvalidField that names the part, the limit and the way out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.domain.account import Account
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.guideline import Guideline, breaches
from chalicelib.domain.post import Attachment, Body, Part
from chalicelib.services.bodies import whole_draft
from chalicelib.services.desk import Desk
from chalicelib.services.terms import limits_of, terms_of
from connectors.contract import Capabilities, Draft, Objection, Standing


@dataclass(frozen=True, slots=True)
class Wish:
    """What one account is to say. `pointer` is where the request said so.

    summoned: whether what it answers was said to this account; None where it answers nothing, or nobody knows.
    """

    account: str
    body: Body
    pointer: str
    summoned: bool | None = None


def check(desk: Desk, account: Account, guideline: Guideline, wish: Wish) -> None:
    """Everything that can be known before it is said. Raises InvalidField."""
    check_body(desk, account, wish)
    check_guideline(guideline, account.platform, wish)


def check_body(desk: Desk, account: Account, wish: Wish) -> None:
    """Refuse what the platform would refuse. Raises InvalidField with the limit and the count."""
    can, body = desk.platforms.capabilities(account.platform), wish.body
    if body.answers is None:
        _check_heading(can, body, wish.pointer, account.platform)
    if len(body.parts) > can.max_parts:
        raise InvalidField(
            f"{wish.pointer}/rest",
            f"{len(body.parts)} parts where a thread may have {can.max_parts}",
            fix=f"Leave {len(body.parts) - can.max_parts} out.",
        )
    for number, part in enumerate(body.parts):
        _check_part(desk, account, can, body, number, part, part_pointer(wish.pointer, number))
    objection = objection_to(desk, account, wish)
    if objection is not None:
        raise InvalidField(wish.pointer or "", objection.why, fix=objection.way_out)


def objection_to(desk: Desk, account: Account, wish: Wish) -> Objection | None:
    """Why the account may not say this there, whatever the words are; None where nothing is known against it."""
    standing = Standing(wish.summoned)
    return desk.platforms.objection(account.platform, whole_draft(wish.body), terms_of(account), standing)


def part_pointer(pointer: str, number: int) -> str:
    """Where a request says the part of this number; 0 is the post itself."""
    return pointer if number == 0 else f"{pointer}/rest/{number - 1}"


def longest(can: Capabilities, account: Account, *, reply: bool) -> int:
    """How long one part may be on this account, in `can.unit`."""
    own = terms_of(account).max_length
    return own or (reply and can.max_reply_length) or can.max_length


def _check_part(
    desk: Desk, account: Account, can: Capabilities, body: Body, number: int, part: Part, pointer: str
) -> None:
    if not part.text.strip() and not part.pictures:
        raise InvalidField(f"{pointer}/text", "there is nothing to say", fix="Write a text.")
    if any(one.text == part.text and one.under is part.under for one in body.parts[:number]):
        # A look-up knows a part by its words: two alike cannot be told apart (publishing.md).
        raise InvalidField(
            f"{pointer}/text", "an earlier part says the same", fix="Say something else, or leave it out."
        )
    draft = replace(whole_draft(body), text=part.text)
    most = longest(can, account, reply=number > 0 or body.answers is not None)
    _check_length(desk, account.platform, can, draft, most, pointer)
    if part.pictures:
        _check_pictures(desk, account, can, part.pictures, pointer)


def _check_length(desk: Desk, platform: str, can: Capabilities, draft: Draft, most: int, pointer: str) -> None:
    length = desk.platforms.length(platform, draft)
    if length > most:
        raise InvalidField(
            f"{pointer}/text",
            f"{length} {can.unit.value} where {platform} takes {most}",
            fix=f"Shorten it by {length - most}.",
        )
    size = len(draft.text.encode())
    if can.max_bytes is not None and size > can.max_bytes:
        raise InvalidField(
            f"{pointer}/text",
            f"{size} bytes where {platform} takes {can.max_bytes}",
            fix=f"Shorten it by {size - can.max_bytes} bytes.",
        )


def _check_pictures(
    desk: Desk, account: Account, can: Capabilities, pictures: Sequence[Attachment], pointer: str
) -> None:
    limits = limits_of(can, account)
    if limits is None:
        raise InvalidField(f"{pointer}/pictures", f"{account.platform} takes no pictures here", fix="Leave them out.")
    from chalicelib.services import media

    media.pictures(desk, account.workspace, pictures, limits, pointer=pointer)


def _check_heading(can: Capabilities, body: Body, pointer: str, platform: str) -> None:
    if can.needs_title and not (body.title or "").strip():
        raise InvalidField(f"{pointer}/title", f"{platform} needs a title", fix="Give a title.")
    if body.title is not None and not can.needs_title:
        raise InvalidField(f"{pointer}/title", f"{platform} has no titles", fix="Leave the title out.")
    if body.title is not None and len(body.title) > can.max_title:
        over = len(body.title) - can.max_title
        raise InvalidField(
            f"{pointer}/title", f"{platform} takes {can.max_title} characters", fix=f"Shorten it by {over}."
        )
    if can.needs_community and not (body.community or "").strip():
        raise InvalidField(f"{pointer}/community", f"{platform} needs a community", fix="Name the community.")
    if body.community is not None and not can.needs_community:
        raise InvalidField(f"{pointer}/community", f"{platform} has no communities", fix="Leave the community out.")


def check_guideline(guideline: Guideline, platform: str, wish: Wish) -> None:
    """Refuse what our own guideline forbids us to say. Raises InvalidField naming the clause."""
    from chalicelib.signals.reading import read

    for number, part in enumerate(wish.body.parts):
        for clause in breaches(guideline, read(part.text), platform=platform):
            raise InvalidField(
                f"{part_pointer(wish.pointer, number)}/text",
                f"clause {clause.id} of the guideline forbids this: {clause.wording}",
                fix="Change the text, or have the guideline changed.",
            )
