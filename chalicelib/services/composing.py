"""Composing: what one message becomes on each account: its words, its mentions, its links, its parts.

It stores nothing and says nothing. What it answers is what can be scheduled, byte for byte: a person sees it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.domain import mentions
from chalicelib.domain.account import Account
from chalicelib.domain.composing import Composition, Notice, Own, Remark, assigned
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.links import LinkRule, Tagged, tagged
from chalicelib.domain.options import Options
from chalicelib.domain.post import Body, Part
from chalicelib.domain.splitting import Unsplittable, split
from chalicelib.domain.texts import Wording
from chalicelib.services import handles, link_rules, texts
from chalicelib.services.bodies import whole_draft
from chalicelib.services.checking import Wish, longest, part_pointer
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors.capabilities import Capabilities
from connectors.options import Option


@dataclass(frozen=True, slots=True)
class Composed:
    """What each account would say, and what a person should know of it. `wordings`: which alternative each says, from 0."""

    wishes: tuple[Wish, ...]
    remarks: tuple[Remark, ...]
    wordings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Raw:
    """What an account says before it is adapted, what was noticed so far, and where the message has the text of each part."""

    account: Account
    body: Body
    remarks: tuple[Remark, ...]
    sources: tuple[str, ...]
    pointer: str


def compose(desk: Desk, workspace: str, message: Composition, campaign: str | None = None) -> Composed:
    """Adapt a message to its accounts.

    Raises InvalidField for an account, set, text or name that is not known, a place that lacks its value, and what cannot
    be split. Whether a platform takes the result is `prechecking`'s question.
    """
    accounts = _accounts(desk, workspace, message)
    known = {one.id for one in accounts}
    for place, own in enumerate(message.own):
        if own.account not in known:
            pointer = f"/own/{place}/account"
            raise InvalidField(pointer, "this account is not among those that speak", fix="Name it among them too.")
    said = (message.text, *message.alternatives)
    wordings = assigned(tuple(one.id for one in accounts), len(said))
    raw = [
        _raw(desk, account, message, said[wordings[place]], wordings[place], f"/variants/{place}")
        for place, account in enumerate(accounts)
    ]
    book = _book(desk, workspace, raw)
    rule = link_rules.rule_for(desk, workspace, campaign) if message.tag_links else None
    wishes: list[Wish] = []
    remarks: list[Remark] = []
    for one in raw:
        body, noticed = _adapted(desk, one, message, book, rule)
        wishes.append(Wish(one.account.id, body, one.pointer))
        remarks += (*one.remarks, *noticed)
    return Composed(tuple(wishes), tuple(remarks), wordings)


def _accounts(desk: Desk, workspace: str, message: Composition) -> list[Account]:
    """Everybody who is to say it, each once: those that are named, then those of the set."""
    wanted = list(message.accounts)
    if message.account_set is not None:
        found = desk.store.account_sets.get(workspace, message.account_set)
        if found is None or found.retired:
            raise InvalidField("/account_set", "there is no such set", fix="Name the accounts, or another set.")
        wanted += found.accounts
    wanted = list(dict.fromkeys(wanted))
    if not wanted:
        raise InvalidField("/accounts", "nobody is to say it", fix="Name an account, or a set of them.")
    known = {
        one.id: one for one in desk.store.accounts.get_many(keys.within(workspace, "ACCOUNT", one) for one in wanted)
    }
    for place, account in enumerate(wanted):
        if account not in known:
            pointer = f"/accounts/{place}" if place < len(message.accounts) else "/account_set"
            raise InvalidField(pointer, "there is no such account", fix="Connect the account first.")
    return [known[one] for one in wanted]


def _raw(desk: Desk, account: Account, message: Composition, common: str | None, wording: int, pointer: str) -> _Raw:
    """What one account says, with what was given in its places."""
    can = desk.platforms.capabilities(account.platform)
    place, own = next(
        ((place, one) for place, one in enumerate(message.own) if one.account == account.id), (0, Own(account.id))
    )
    remarks: list[Remark] = []
    language = own.language or message.language
    if own.text is None and message.prepared is not None:
        said = _prepared(desk, account.workspace, message.prepared, message, language)
        if language is not None and _first_part(said.language) != _first_part(language):
            what = f"the prepared text has no wording in {language}; that in {said.language} is said"
            remarks.append(Remark(pointer, Notice.OTHER_LANGUAGE, what))
        text, language, source = said.words, said.language, "/prepared"
    else:
        words = common if own.text is None else own.text
        if words is None:
            raise InvalidField("/text", "there is nothing to say", fix="Write a text, or name a prepared one.")
        text = _filled(words, message)
        source = "/text" if wording == 0 else f"/alternatives/{wording - 1}"
        source = source if own.text is None else f"/own/{place}/text"
    rest = message.rest if own.rest is None else own.rest
    before = "" if own.rest is None else f"/own/{place}"
    title, community, left_out = _heading(can, message, own)
    options, without = _options(can, message.options) if own.options is None else (own.options, [])
    remarks += [
        Remark(pointer, Notice.LEFT_OUT, f"{account.platform} has no place for its {what}")
        for what in (*left_out, *without)
    ]
    body = Body(
        text,
        title,
        community,
        language,
        pictures=message.pictures if own.pictures is None else own.pictures,
        rest=tuple(replace(one, text=_filled(one.text, message)) for one in rest),
        options=options,
    )
    sources = (source, *(f"{before}/rest/{number}/text" for number in range(len(rest))))
    return _Raw(account, body, tuple(remarks), sources, pointer)


def _filled(words: str, message: Composition) -> str:
    """Words with what was given in their places; as they are where nothing was given: then a brace is a brace."""
    return words if message.variables is None else texts.fill(words, message.variables)


def _book(desk: Desk, workspace: str, said: Sequence[_Raw]) -> dict[str, mentions.Handle]:
    """Everybody who is mentioned, by folded name. Raises InvalidField for a name that is not in the address book."""
    named: dict[str, str] = {}
    for one in said:
        for source, part in zip(one.sources, one.body.parts, strict=True):
            named |= {name: source for name in mentions.names(part.text) if name not in named}
    book = handles.book(desk, workspace, named) if named else {}
    for name, source in named.items():
        if name not in book:
            raise InvalidField(
                source,
                "somebody is mentioned who is not in the address book",
                fix="Enter them with their handles, or write the name without @[ ].",
            )
    return book


def _prepared(desk: Desk, workspace: str, text_id: str, message: Composition, language: str | None) -> Wording:
    try:
        return texts.render(desk, workspace, text_id, message.variables or {}, language)
    except NotFound as error:
        raise InvalidField("/prepared", "there is no such text", fix="Choose another, or write one.") from error


def _heading(can: Capabilities, message: Composition, own: Own) -> tuple[str | None, str | None, list[str]]:
    """Title and community where the platform has them, and what of the common ones it has no place for.

    What is written for one account is taken as it is: if it does not belong there, that is a mistake to be told. A common
    community is meant for the platforms that have some, and is no loss elsewhere.
    """
    title = own.title or (message.title if can.needs_title else None)
    community = own.community or (message.community if can.needs_community else None)
    return title, community, ["title"] if message.title and not title else []


def _options(can: Capabilities, common: Options) -> tuple[Options, list[str]]:
    """The common options that the platform has a place for, and what it has none for.

    Only what decorates is left out. What shields somebody (a warning, who may see it) or is itself the message (a poll)
    stays, so that it is refused there until a person decides for that account.
    """
    without: list[str] = []
    if common.flair is not None and Option.FLAIR not in can.options:
        common = replace(common, flair=None)  # one community's label, as the community itself: no loss elsewhere
    if common.card is not None and Option.CARD not in can.options:
        common, without = replace(common, card=None), ["card"]
    elif common.card is not None and common.card.picture is not None and can.card_picture is None:
        common, without = replace(common, card=replace(common.card, picture=None)), ["card's picture"]
    return common, without


def _adapted(
    desk: Desk, raw: _Raw, message: Composition, book: Mapping[str, mentions.Handle], rule: LinkRule | None
) -> tuple[Body, list[Remark]]:
    """The body with its mentions and links as they are on its platform, and its text in parts where that was asked."""
    platform = raw.account.platform
    can = desk.platforms.capabilities(platform)
    parts: list[Part] = []
    remarks: list[Remark] = []
    for number, part in enumerate(raw.body.parts):
        pointer = f"{part_pointer(raw.pointer, number)}/text"
        named = mentions.mentioned(part.text, platform, can.mention, book)
        whole = Tagged(named.text) if rule is None else tagged(named.text, rule, platform)
        parts.append(replace(part, text=whole.text))
        for name in named.plain:
            what = f"{name} has no handle on {platform}: the name is said"
            remarks.append(Remark(pointer, Notice.NO_HANDLE, what))
        if whole.left:
            what = (
                f"{len(whole.left)} links to our hosts hold letters that platforms read differently: they get no tags"
            )
            remarks.append(Remark(pointer, Notice.LINK_NOT_TAGGED, what))
    body = replace(raw.body, text=parts[0].text, rest=tuple(parts[1:]))
    card = body.options.card
    if card is not None and rule is not None:
        there = replace(card, url=tagged(card.url, rule, platform).text)
        body = replace(body, options=replace(body.options, card=there))
    if message.split:
        body, noticed = _split(desk, raw, can, body, message)
        remarks += noticed
    return body, remarks


def _split(desk: Desk, raw: _Raw, can: Capabilities, body: Body, message: Composition) -> tuple[Body, list[Remark]]:
    """The body with its text as a thread where it is too long for one post. Raises InvalidField where it cannot be one."""
    platform = raw.account.platform

    def fits(text: str, place: int) -> bool:
        most = longest(can, raw.account, reply=place > 0)
        if can.max_bytes is not None and len(text.encode()) > can.max_bytes:
            return False
        return desk.platforms.length(platform, whole_draft(replace(body, text=text))) <= most

    most = can.max_parts - len(body.rest)
    try:
        first, *more = split(body.text, fits, most, numbered=message.numbered)
    except Unsplittable as error:
        raise InvalidField(
            raw.sources[0],
            f"for {platform} it cannot be split: {error} (from character {error.at + 1} on)",
            fix="Shorten it, or write that account's text yourself.",
        ) from error
    if not more:
        return replace(body, text=first), []
    what = f"it is too long for one post on {platform}: it becomes a thread of {1 + len(more)} parts"
    rest = (*(Part(one) for one in more), *body.rest)
    return replace(body, text=first, rest=rest), [Remark(raw.pointer, Notice.SPLIT, what)]


def _first_part(tag: str) -> str:
    return tag.casefold().partition("-")[0]
