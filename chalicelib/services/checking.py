"""Checking: whether a platform, the account's own place and our guideline would take what is to be said, part by part.

The same rules wherever something is written, approved or scheduled, and none of them asks anybody: what can be known is
known before a time is set. Raises InvalidField that names the part, the limit and the way out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chalicelib.domain.account import Account
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.guideline import Guideline, breaches
from chalicelib.domain.post import Attachment, Body
from chalicelib.domain.typed import is_blank
from chalicelib.domain.when import Around
from chalicelib.services import communities
from chalicelib.services.bodies import priced_drafts, ref_of
from chalicelib.services.desk import Desk
from chalicelib.services.terms import film_place, limits_of, terms_of
from connectors.capabilities import Capabilities, Objection, PictureLimits, Standing
from connectors.contract import Draft, RemoteRef


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


def faults(desk: Desk, account: Account, guideline: Guideline, wish: Wish) -> list[InvalidField]:
    """Every refusal that `check` has for it, each rule asked for itself: the first of these is what `check` raises."""
    found: list[InvalidField] = []
    for rule in (*_body_rules(desk, account, wish), *_guideline_rules(guideline, account.platform, wish)):
        try:
            rule()
        except InvalidField as error:
            found.append(error)
    return found


def check_body(desk: Desk, account: Account, wish: Wish) -> None:
    """Refuse what the platform would refuse. Raises InvalidField with the limit and the count."""
    for rule in _body_rules(desk, account, wish):
        rule()


def _body_rules(desk: Desk, account: Account, wish: Wish) -> Iterator[Callable[[], None]]:
    can, body, platform = desk.platforms.capabilities(account.platform), wish.body, account.platform
    if body.answers is None:
        yield partial(_check_title, can, body, wish.pointer, platform)
        yield partial(_check_community, can, body, wish.pointer, platform)
    yield partial(_check_count, can, body, wish.pointer)
    for number, (part, draft) in enumerate(zip(body.parts, priced_drafts(body, can), strict=True)):
        pointer = part_pointer(wish.pointer, number)
        yield partial(_check_part, desk, account, can, body, number, draft, pointer)
        if part.pictures:
            yield partial(_check_pictures, desk, account, can, part.pictures, pointer)
    if body.options.card is not None and body.options.card.picture is not None and can.card_picture is not None:
        picture = Attachment(body.options.card.picture)
        yield partial(_check_card_picture, desk, account, can.card_picture, picture, wish.pointer)
    yield partial(_check_permission, desk, account, wish)


def _check_count(can: Capabilities, body: Body, pointer: str) -> None:
    if len(body.parts) > can.max_parts:
        raise InvalidField(
            f"{pointer}/rest",
            f"{len(body.parts)} parts where a thread may have {can.max_parts}",
            fix=f"Leave {len(body.parts) - can.max_parts} out.",
        )


def _check_permission(desk: Desk, account: Account, wish: Wish) -> None:
    objection = objection_to(desk, account, wish)
    if objection is not None:
        place = f"/{objection.part}" if objection.part else ""
        raise InvalidField(f"{wish.pointer}{place}", objection.why, fix=objection.way_out)


def objection_to(desk: Desk, account: Account, wish: Wish) -> Objection | None:
    """Why the account may not say this there, whatever the words are; None where nothing is known against it."""
    # What follows the first part of a reply answers a part of ours, which is as private as what the reply answers.
    own, terms = ref_of(wish.body.answers) if wish.body.answers else RemoteRef("a part of ours"), terms_of(account)
    if rules := communities.known(desk, account, wish.body):
        terms = replace(terms, community=rules)
    for number, draft in enumerate(priced_drafts(wish.body, desk.platforms.capabilities(account.platform))):
        standing = Standing(wish.summoned) if number == 0 else Standing(own=True)
        asked = draft if number == 0 else replace(draft, in_reply_to=own)
        found = desk.platforms.objection(account.platform, asked, terms, standing)
        if found is not None:
            return found
    return None


def part_pointer(pointer: str, number: int) -> str:
    """Where a request says the part of this number; 0 is the post itself."""
    return pointer if number == 0 else f"{pointer}/rest/{number - 1}"


def longest(can: Capabilities, account: Account, *, reply: bool) -> int:
    """How long one part may be on this account, in `can.unit`."""
    own = terms_of(account).max_length
    return own or (reply and can.max_reply_length) or can.max_length


def _check_part(
    desk: Desk, account: Account, can: Capabilities, body: Body, number: int, draft: Draft, pointer: str
) -> None:
    part = body.parts[number]
    shows = bool(part.pictures) or (number == 0 and body.options.says_something)
    if is_blank(part.text) and not shows:
        raise InvalidField(f"{pointer}/text", "there is nothing to say", fix="Write a text.")
    if any(one.text == part.text and one.under is part.under for one in body.parts[:number]):
        # A look-up knows a part by its words: two alike cannot be told apart (publishing.md).
        raise InvalidField(
            f"{pointer}/text", "an earlier part says the same", fix="Say something else, or leave it out."
        )
    most = longest(can, account, reply=number > 0 or body.answers is not None)
    check_length(desk, account.platform, can, draft, most, pointer)


def check_length(desk: Desk, platform: str, can: Capabilities, draft: Draft, most: int, pointer: str) -> None:
    """Refuse what is too long for the platform, by its own count and in bytes. Raises InvalidField."""
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
        why = f"{account.platform} takes no pictures and no videos here"
        raise InvalidField(f"{pointer}/pictures", why, fix="Leave them out.")
    from chalicelib.services import media

    media.pictures(desk, account.workspace, pictures, limits, film=film_place(can, account), pointer=pointer)


def _check_card_picture(desk: Desk, account: Account, limits: PictureLimits, picture: Attachment, pointer: str) -> None:
    """A card's picture needs no description: the card's title says what it is."""
    from chalicelib.services import media

    try:
        media.pictures(desk, account.workspace, (picture,), limits, sending=True)
    except InvalidField as error:
        raise InvalidField(f"{pointer}/options/card/picture", error.detail, fix=error.fix) from error


def _check_title(can: Capabilities, body: Body, pointer: str, platform: str) -> None:
    if can.needs_title and not (body.title or "").strip():
        raise InvalidField(f"{pointer}/title", f"{platform} needs a title", fix="Give a title.")
    if body.title is not None and not can.needs_title:
        raise InvalidField(f"{pointer}/title", f"{platform} has no titles", fix="Leave the title out.")
    if body.title is not None and len(body.title) > can.max_title:
        over = len(body.title) - can.max_title
        raise InvalidField(
            f"{pointer}/title", f"{platform} takes {can.max_title} characters", fix=f"Shorten it by {over}."
        )


def _check_community(can: Capabilities, body: Body, pointer: str, platform: str) -> None:
    if can.needs_community and not (body.community or "").strip():
        raise InvalidField(f"{pointer}/community", f"{platform} needs a community", fix="Name the community.")
    if body.community is not None and not can.needs_community:
        raise InvalidField(f"{pointer}/community", f"{platform} has no communities", fix="Leave the community out.")


def check_guideline(guideline: Guideline, platform: str, wish: Wish) -> None:
    """Refuse what our own guideline forbids us to say. Raises InvalidField naming the clause."""
    for rule in _guideline_rules(guideline, platform, wish):
        rule()


def _guideline_rules(guideline: Guideline, platform: str, wish: Wish) -> Iterator[Callable[[], None]]:
    around = Around(account=wish.account, community=wish.body.community)
    for number, part in enumerate(wish.body.parts):
        pointer = f"{part_pointer(wish.pointer, number)}/text"
        yield partial(_check_clauses, guideline, platform, around, part.text, pointer)
    for place, text in wish.body.options.words:
        yield partial(_check_clauses, guideline, platform, around, text, f"{wish.pointer}/options/{place}")


def _check_clauses(guideline: Guideline, platform: str, around: Around, text: str, pointer: str) -> None:
    from chalicelib.signals.reading import read

    for clause in breaches(guideline, read(text), platform=platform, around=around):
        raise InvalidField(
            pointer,
            f"clause {clause.id} of the guideline forbids this: {clause.wording}",
            fix="Change the text, or have the guideline changed.",
        )
