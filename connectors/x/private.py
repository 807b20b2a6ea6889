"""Private messages on X: read again, answered, and looked up. `dm/<conversation>/<event>` names one, which no post can answer.

A message is sent without a key: it is asked for once, and a lost answer is looked up in the conversation, whose silence is
not taken for proof. Nothing here is ever said in public. Sources: README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from connectors.contract import Absent, Draft, Identity, Lookup, Receipt, RemoteInteraction, RemoteRef, Thread, Unproven
from connectors.errors import Ambiguous, Rejected
from connectors.readback import OwnPost, Readback, Saying, confirmed
from connectors.shape import at, rows, word
from connectors.translate import translated
from connectors.x import PRIVATE, mapping, posts
from connectors.x.line import Line
from connectors.x.refusals import TABLE, allowed, gone, left_of, listed, unknown

PAGE = 100
PAGES = 5
AROUND = 25
"""Messages that are shown above one, and below."""
_PLACE = re.compile(rf"{PRIVATE}(?P<conversation>[0-9]{{1,20}}(?:-[0-9]{{1,20}})?)/(?P<event>[0-9]{{1,20}})", re.ASCII)


class Place(NamedTuple):
    """Where a message lies."""

    conversation: str
    event: str


def place_of(ref_id: str) -> Place:
    """Where the message of a ref lies. Raises Rejected where it names none."""
    found = _PLACE.fullmatch(ref_id.strip())
    if found is None:
        detail = f"A private message on X is named by its conversation and its number ({PRIVATE}12-34/56)."
        raise Rejected("x", detail, code="unreadable-reference")
    return Place(found["conversation"], found["event"])


# --- saying -----------------------------------------------------------------------------------------------------------


def say(line: Line, draft: Draft) -> Receipt:
    """POST /2/dm_conversations/:id/messages into the conversation of what the draft answers, once."""
    asked = {"dm_conversation_id": _answered(draft).conversation, "text": draft.text, "user_auth": line.oauth1}
    with (
        allowed("dm.write"),
        line.client() as (client, wire),
        translated(TABLE, wire, writing=True, made=created),
    ):
        client.create_direct_message(**asked)
    ref = created(wire.answer.body) if wire.answer else None
    if ref is None:
        raise Ambiguous("x", "X took the message but did not say which one it is.", code="no-id")
    return Receipt(ref, left_of(wire.answer) if wire.answer else None)


def created(body: Any) -> RemoteRef | None:
    """The message that an answer says was made, also if it carries errors."""
    told = f"{PRIVATE}{word(body, 'data', 'dm_conversation_id') or ''}/{word(body, 'data', 'dm_event_id') or ''}"
    return RemoteRef(told) if _PLACE.fullmatch(told) else None


def find(line: Line, draft: Draft, since: datetime) -> Lookup:
    """GET /2/dm_conversations/:id/dm_events back to the first claim. X does not say how soon they show: silence is no proof."""
    own, conversation = line.identity(), _answered(draft).conversation
    readback = Readback(_saying(draft.text, conversation), since)
    for events, _ in _pages(line, conversation):
        readback.see(post for one in events if (post := _own(one, conversation, own)))
        readback.complete = not events or any(made < readback.back_to for one in events if (made := posts.made(one)))
        if readback.complete:
            break
    return readback.verdict(Unproven("It is not among the messages of the conversation.", silent=True))


def confirm(line: Line, draft: Draft, reference: str) -> Lookup:
    """GET /2/dm_events/:id, for the message that a person points at."""
    place, own = place_of(reference), line.identity()
    body = _event(line, place.event)
    if body is None:
        return Absent()
    event = at(body, "data")
    conversation = word(event, "dm_conversation_id")
    if conversation is None:
        unknown(body)
    post = _own(event, conversation, own)
    return Absent() if post is None else confirmed(post, _saying(draft.text, _answered(draft).conversation))


def _answered(draft: Draft) -> Place:
    return place_of(draft.in_reply_to.id if draft.in_reply_to else "")


def _own(event: Any, conversation: str, own: Identity) -> OwnPost | None:
    """A message of ours as the match rule compares it; None for anybody else's. It does not tell what it answers."""
    event_id, made = word(event, "id"), posts.made(event)
    if event_id is None or made is None or word(event, "text") is None or word(event, "sender_id") != own.id:
        return None
    ref = RemoteRef(f"{PRIVATE}{conversation}/{event_id}")
    return OwnPost(ref, made, _saying(posts.typed_text(event), conversation))


def _saying(text: str, conversation: str) -> Saying:
    return Saying(posts.links_as_typed(text), f"{PRIVATE}{conversation}")


# --- reading again ----------------------------------------------------------------------------------------------------


def again(line: Line, ref_id: str) -> RemoteInteraction | None:
    """GET /2/dm_events/:id; X has no look-up of several. None where it is not there."""
    body = _event(line, ref_id.rpartition("/")[2])
    if body is None:
        return None
    found = mapping.message(at(body, "data"), _users(body))
    if found is None:
        unknown(body)
    return found


def thread(line: Line, ref: RemoteRef) -> Thread:
    """What was written before a message and after it. Raises Rejected(code="gone") where it is not there."""
    own, place = line.identity(), place_of(ref.id)
    read: list[RemoteInteraction] = []
    here: int | None = None
    for events, body in _pages(line, place.conversation):
        users = _users(body)
        read += [found for one in events if (found := mapping.message(one, users))]
        here = next((n for n, one in enumerate(read) if one.native_id == f"{PRIVATE}{place.event}"), None)
        if here is not None and len(read) > here + AROUND:
            break
    if here is None:
        raise Rejected("x", "The message is not there any more.", code="gone")
    above = read[here + 1 : here + 1 + AROUND][::-1]
    below = [one for one in read[max(0, here - AROUND) : here][::-1] if one.author.id != own.id]
    return Thread(tuple(above), tuple(below), complete=here <= AROUND)


# --- inside -----------------------------------------------------------------------------------------------------------


def _pages(line: Line, conversation: str) -> Iterator[tuple[list[Any], Any]]:
    """The messages of a conversation page by page, newest first, each with the answer it came in; the last one is empty."""
    token: str | None = None
    asked = {**mapping.MESSAGE_FIELDS, "event_types": "MessageCreate", "max_results": PAGE, "user_auth": line.oauth1}
    for _ in range(PAGES):
        with allowed("dm.read"), line.client() as (client, wire), translated(TABLE, wire):
            body = client.get_direct_message_events(dm_conversation_id=conversation, pagination_token=token, **asked)
        events, token = listed(body), word(body, "meta", "next_token")
        yield events, body
        if not events:
            return
        if token is None:
            yield [], None
            return


def _event(line: Line, event_id: str) -> Any:
    """GET /2/dm_events/:id as X answers it; None where there is none, or none that the account may see."""
    params = {name.replace("_fields", ".fields"): ",".join(wanted) for name, wanted in mapping.MESSAGE_FIELDS.items()}
    with allowed("dm.read"):
        body = line.asked("GET", f"/2/dm_events/{event_id}", missing=(404,), params=params)
    return None if body is None or (at(body, "data") is None and any(map(gone, rows(body, "errors")))) else body


def _users(body: Any) -> dict[str, Any]:
    return {user_id: user for user in rows(body, "includes", "users") if (user_id := word(user, "id"))}
