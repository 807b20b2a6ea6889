"""Private messages on X: read again, answered, and looked up.

`dm/<event>` names one, which no post can answer; the root of its ref is its conversation, `dm/<conversation>`, which is made of
its members' ids. A ref of our own tells no root: it is kept open, and whoever goes on in it knows the root.

A message is sent without a key: it is asked for once, and a lost answer is looked up in the conversation, whose silence is
not taken for proof. Nothing here is ever said in public. Sources: README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

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
_EVENT = re.compile(rf"(?:{PRIVATE})?([0-9]{{1,20}})", re.ASCII)
_CONVERSATION = re.compile(rf"{PRIVATE}([0-9]{{1,20}}(?:-[0-9]{{1,20}})?)", re.ASCII)


def event_of(ref_id: str) -> str:
    """X's own id of a message. Raises Rejected where this names none."""
    found = _EVENT.fullmatch(ref_id.strip())
    if found is None:
        raise Rejected(
            "x", f"A private message on X is named by its number ({PRIVATE}56).", code="unreadable-reference"
        )
    return found[1]


def conversation_of(ref: RemoteRef | None) -> str:
    """X's own id of the conversation that a message is in. Raises Rejected where nobody knows it: then it is answered nowhere."""
    found = _CONVERSATION.fullmatch(ref.root.id) if ref is not None and ref.root is not None else None
    if found is None:
        raise Rejected("x", "Nobody knows in which conversation this message is.", code="no-conversation")
    return found[1]


# --- saying -----------------------------------------------------------------------------------------------------------


def say(line: Line, draft: Draft) -> Receipt:
    """POST /2/dm_conversations/:id/messages into the conversation of what the draft answers, once."""
    conversation = conversation_of(draft.in_reply_to)
    asked = {"dm_conversation_id": conversation, "text": draft.text, "user_auth": line.oauth1}
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
    event_id = word(body, "data", "dm_event_id")
    return RemoteRef(f"{PRIVATE}{event_id}") if event_id and _EVENT.fullmatch(event_id) else None


def find(line: Line, draft: Draft, since: datetime) -> Lookup:
    """GET /2/dm_conversations/:id/dm_events back to the first claim. X does not say how soon they show: silence is no proof."""
    own, conversation = line.identity(), conversation_of(draft.in_reply_to)
    readback = Readback(_saying(draft.text, conversation), since)
    for events, _ in _pages(line, conversation):
        readback.see(post for one in events if (post := _own(one, conversation, own)))
        readback.complete = not events or any(made < readback.back_to for one in events if (made := posts.made(one)))
        if readback.complete:
            break
    return readback.verdict(Unproven("It is not among the messages of the conversation.", silent=True))


def confirm(line: Line, draft: Draft, reference: str) -> Lookup:
    """GET /2/dm_events/:id, for the message that a person points at."""
    event_id, own, meant = event_of(reference), line.identity(), conversation_of(draft.in_reply_to)
    body = _event(line, event_id)
    if body is None:
        return Absent()
    event = at(body, "data")
    conversation = word(event, "dm_conversation_id")
    if conversation is None:
        unknown(body)
    post = _own(event, conversation, own)
    return Absent() if post is None else confirmed(post, _saying(draft.text, meant))


def _own(event: Any, conversation: str, own: Identity) -> OwnPost | None:
    """A message of ours as the match rule compares it; None for anybody else's. It does not tell what it answers."""
    event_id, made = word(event, "id"), posts.made(event)
    if event_id is None or made is None or word(event, "text") is None or word(event, "sender_id") != own.id:
        return None
    ref = RemoteRef(f"{PRIVATE}{event_id}")
    return OwnPost(ref, made, _saying(posts.typed_text(event), conversation))


def _saying(text: str, conversation: str) -> Saying:
    return Saying(posts.links_as_typed(text), f"{PRIVATE}{conversation}")


# --- reading again ----------------------------------------------------------------------------------------------------


def again(line: Line, ref_id: str) -> RemoteInteraction | None:
    """GET /2/dm_events/:id; X has no look-up of several. None where it is not there."""
    body = _event(line, event_of(ref_id))
    if body is None:
        return None
    found = mapping.message(at(body, "data"), _users(body))
    if found is None:
        unknown(body)
    return found


def thread(line: Line, ref: RemoteRef) -> Thread:
    """What was written before a message and after it. Raises Rejected(code="gone") where it is not there."""
    own, event_id, conversation = line.identity(), event_of(ref.id), conversation_of(ref)
    read: list[RemoteInteraction] = []
    here: int | None = None
    for events, body in _pages(line, conversation):
        users = _users(body)
        read += [found for one in events if (found := mapping.message(one, users))]
        here = next((n for n, one in enumerate(read) if one.native_id == f"{PRIVATE}{event_id}"), None)
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
