"""What is written with, as the API shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from chalicelib.api.shapes import Json, events, minutes, options, remarks, time
from chalicelib.domain.account_set import AccountSet
from chalicelib.domain.evergreen import Evergreen, EvergreenState
from chalicelib.domain.foreseeing import Fault, Report
from chalicelib.domain.links import LinkRule
from chalicelib.domain.mentions import Handle
from chalicelib.domain.options import USUAL
from chalicelib.domain.post import Attachment, Body
from chalicelib.domain.texts import Text

if TYPE_CHECKING:
    from chalicelib.domain.reply_template import ReplyTemplate
    from chalicelib.services.comparing import Compared
    from chalicelib.services.replies import Shown
    from chalicelib.services.suggesting import Suggestion


def text(one: Text) -> Json:
    """A prepared text, with the places that must be filled."""
    return {
        "id": one.id,
        "name": one.name,
        "wordings": [{"language": wording.language, "words": wording.words} for wording in one.wordings],
        "places": list(one.places),
        "events": events(one.events),
    }


def reply(one: ReplyTemplate) -> Json:
    """The words of an automatic reply. shipped: it comes with the release and is nobody's own."""
    return {
        "id": one.id,
        "version": one.version,
        "shipped": not one.workspace,
        "wordings": [{"language": wording.language, "words": wording.words} for wording in one.wordings],
        "events": events(one.events),
    }


def shown_reply(one: Shown) -> Json:
    """One wording as one account would say it."""
    return {
        "wording": one.wording,
        "language": one.language,
        "account": one.account,
        "platform": one.platform,
        "text": one.text,
        "length": one.length,
        "most": one.most,
        "line": one.line,
        "fault": one.fault,
        "fix": one.fix or None,
    }


def suggestion(one: Suggestion) -> Json:
    """Words that a person may answer with."""
    return {"reply": one.reply, "text": one.text, "why": one.why, "mediating": one.mediating}


def handle(one: Handle) -> Json:
    """Somebody in the address book."""
    return {"id": one.id, "name": one.name, "handles": dict(one.handles), "events": events(one.events)}


def account_set(one: AccountSet) -> Json:
    """A set of accounts."""
    return {"id": one.id, "name": one.name, "accounts": list(one.accounts), "events": events(one.events)}


def link_rule(one: LinkRule) -> Json:
    """How links are tagged."""
    return {
        "id": one.id,
        "hosts": list(one.hosts),
        "medium": one.medium,
        "source": one.source,
        "campaign": one.campaign,
        "content": one.content,
        "sources": dict(one.sources),
        "events": events(one.events),
    }


def evergreen(one: Evergreen) -> Json:
    """An evergreen, with its next turns: what each account would say, in their order."""
    left = range(one.turn, min(one.turns, one.turn + 5)) if one.state is not EvergreenState.ENDED else ()
    return {
        "id": one.id,
        "name": one.name,
        "state": one.state.value,
        "accounts": list(one.accounts),
        "entries": [{"wordings": list(each.wordings), "pictures": _pictures(each.pictures)} for each in one.entries],
        "start": one.start,
        "zone": one.zone,
        "every_days": one.every_days,
        "turns": one.turns,
        "gap_minutes": minutes(one.gap),
        "campaign": one.campaign,
        "language": one.language,
        "owner": one.owner,
        "taken": one.turn,
        "said": one.said,
        "next": [
            {"turn": turn + 1, "at": time(one.when(turn).at), "texts": [each.text for each in one.says(turn)]}
            for turn in left
        ],
        "events": events(one.events),
    }


def compared(one: Compared) -> Json:
    """The wordings of one entry, in their order, and the place of the best among them, from 1."""
    return {
        "wordings": [
            {"posts": len(each.reactions), "reactions": sum(each.reactions), "median_permille": each.median_permille}
            for each in one.drawn
        ],
        "best": None if one.best is None else one.best + 1,
        "why": one.why,
    }


def report(one: Report) -> Json:
    """What would become of a post, account by account and part by part."""
    return {
        "fits": one.fits,
        "at": time(one.at),
        "faults": _faults(one.faults),
        "remarks": remarks(one.remarks),
        "approvals_asked": one.asks,
        "micro_usd": sum(each.micro_usd for each in one.accounts),
        "accounts": [
            {
                "account": each.account,
                "platform": each.platform,
                "faults": _faults(each.faults),
                "parts": [asdict(part) for part in each.parts],
                "price": {"micro_usd": each.micro_usd, "instead": each.instead, "without": each.without or None},
            }
            for each in one.accounts
        ],
    }


def _faults(found: Iterable[Fault]) -> list[Json]:
    return [asdict(one) for one in found]


def wish(account: str, body: Body) -> Json:
    """What one account would say, as a request takes it: what is not there is left out."""
    fields: Json = {"account": account, "text": body.text}
    for name in ("title", "community", "language"):
        value = getattr(body, name)
        if value is not None:
            fields[name] = value
    if body.pictures:
        fields["pictures"] = _pictures(body.pictures)
    if body.rest:
        fields["rest"] = [
            {"text": one.text, "pictures": _pictures(one.pictures), "under": one.under.value} for one in body.rest
        ]
    if body.options != USUAL:
        fields["options"] = options(body.options)
    return fields


def _pictures(found: Iterable[Attachment]) -> list[Json]:
    return [{"media": one.media, "alt": one.alt} for one in found]
