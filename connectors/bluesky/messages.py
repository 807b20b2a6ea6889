"""Bluesky's private messages as JSON, to our nouns. Pure; what is no message of a person is left out and counted.

A message lies in a conversation and is known by both: `chat/<conversation>/<message>`. That is no address of a record, so
that nothing public can answer it. Source: lexicons/chat/bsky/convo/defs.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from connectors.bluesky import PRIVATE
from connectors.bluesky.mapping import author_of, mark, post_url
from connectors.capabilities import InteractionKind
from connectors.contract import Draft, RemoteInteraction, RemoteRef
from connectors.errors import Rejected
from connectors.readback import OwnPost, Saying
from connectors.shape import at, count, moment, rows, word

_ID = r"[A-Za-z0-9._~:-]{1,128}"
_PLACE = re.compile(rf"{PRIVATE}(?P<convo>{_ID})/(?P<message>{_ID})")
_VIEW = "chat.bsky.convo.defs#messageView"
"""The one of three kinds of entries that a person said; the others are notices of the service, and what we put away."""
MOST_REMEMBERED = 100
"""Conversations in a cursor, about 3 KB."""


class Place(NamedTuple):
    """Where a message lies."""

    convo: str
    message: str


def place_of(ref_id: str) -> Place | None:
    """Where the message of a ref lies; None where it names none."""
    found = _PLACE.fullmatch(ref_id)
    return Place(found["convo"], found["message"]) if found else None


def referred(reference: str) -> Place:
    """The message that a person points at. Raises Rejected for anything else."""
    found = place_of(reference.strip())
    if found is None:
        detail = f"A private message on Bluesky is named by its conversation and its id ({PRIVATE}conversation/id)."
        raise Rejected("bluesky", detail, code="unreadable-reference")
    return found


def ref_of(convo: str, view: Any) -> RemoteRef | None:
    """A message so that it can be answered; None where an entry names none."""
    ref_id = f"{PRIVATE}{convo}/{word(view, 'id') or ''}"
    return RemoteRef(ref_id, f"https://bsky.app/messages/{convo}") if place_of(ref_id) else None


def interaction(
    view: Any, convo: str, people: Mapping[str, Any], own_did: str, *, anybodys: bool = False
) -> RemoteInteraction | None:
    """What somebody wrote; None for what we did (unless `anybodys`), for any other entry, and what cannot be read.

    people: the conversation's members by DID, as far as it tells them.
    """
    ref, sender, made = ref_of(convo, view), word(view, "sender", "did"), moment(at(view, "sentAt"))
    text = _text(view)
    if ref is None or sender is None or made is None or text is None:
        return None
    if sender == own_did and not anybodys:
        return None
    return RemoteInteraction(
        native_id=ref.id,
        kind=InteractionKind.MESSAGE,
        author=author_of(people.get(sender), sender),
        text=text,
        created_at=made,
        conversation_id=f"{PRIVATE}{convo}",
        ref=ref,
        url=ref.url,
        on_own=False,
        raw=view,
    )


def _text(view: Any) -> str | None:
    """What a message says: its words, and the post that it shows. None where it says nothing, or is no message."""
    text = at(view, "text")
    if word(view, "$type") not in (None, _VIEW) or not isinstance(text, str):
        return None
    shown = word(view, "embed", "record", "uri")
    return "\n\n".join(filter(None, (text, post_url(shown, None) if shown else None))) or None


def people_of(convo: Any) -> dict[str, Any]:
    """The members of a conversation that it tells, by DID."""
    return {did: person for person in rows(convo, "members") if (did := word(person, "did"))}


# --- our own ----------------------------------------------------------------------------------------------------------


def own_message(view: Any, convo: str, own_did: str) -> OwnPost | None:
    """A message of ours as the match rule compares it; None for anybody else's. It does not tell what it answers."""
    ref, made, text = ref_of(convo, view), moment(at(view, "sentAt")), at(view, "text")
    if ref is None or made is None or not isinstance(text, str) or word(view, "sender", "did") != own_did:
        return None
    return OwnPost(ref, made, Saying(text, f"{PRIVATE}{convo}"))


def saying(draft: Draft, convo: str) -> Saying:
    """An answer as the match rule compares it."""
    return Saying(draft.text, f"{PRIVATE}{convo}")


# --- how far it was read ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Last:
    """The newest entry of a conversation that was read: the mark of its id, and when it was sent in Unix seconds."""

    mark: str
    at: int


@dataclass(frozen=True, slots=True)
class Chats:
    """How far private messages were read: the newest entry of each conversation, by the conversation's mark.

    begun: when the newest was sent that stood there as reading began, in Unix seconds; what is older in a conversation that
    is not remembered is not brought.
    """

    begun: int = 0
    known: Mapping[str, Last] = field(default_factory=dict)

    @classmethod
    def read(cls, told: Any) -> Chats | None:
        """What a cursor says of it; None where it says nothing, and what it says oddly left out."""
        begun, known = count(at(told, "begun")), at(told, "known")
        if begun is None or not isinstance(known, dict):
            return None
        found = {
            convo: Last(entry[0], entry[1])
            for convo, entry in known.items()
            if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and count(entry[1]) is not None
        }
        return cls(begun, found)

    @classmethod
    def begin(cls, listed: Sequence[Any]) -> Chats:
        """As reading begins, where these conversations stand there."""
        newest = max((last.at for one in listed if (last := last_of(one))), default=0)
        return cls(newest).joined(listed)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {"begun": self.begun, "known": {convo: [one.mark, one.at] for convo, one in self.known.items()}}

    def of(self, convo: Any) -> Last:
        """How far a conversation was read."""
        return self.known.get(mark(word(convo, "id") or ""), Last("", self.begun))

    def has(self, convo: Any) -> bool:
        """Whether nothing was said in a conversation since it was read."""
        last = last_of(convo)
        return last is not None and last.mark == self.of(convo).mark

    def joined(self, read: Iterable[Any]) -> Chats:
        """With these conversations read as they were listed."""
        fresh = {mark(convo_id): last for one in read if (convo_id := word(one, "id")) and (last := last_of(one))}
        together = sorted({**self.known, **fresh}.items(), key=lambda one: -one[1].at)
        return Chats(self.begun, dict(together[:MOST_REMEMBERED]))


def last_of(convo: Any) -> Last | None:
    """The newest entry of a conversation, as its listing tells it; None where nothing was said in it."""
    entry = word(convo, "lastMessage", "id")
    sent = sent_at(at(convo, "lastMessage"))
    return None if entry is None else Last(mark(entry), 0 if sent is None else int(sent.timestamp()))


def sent_at(view: Any) -> datetime | None:
    """When an entry was made, by the service's clock."""
    return moment(at(view, "sentAt"))
