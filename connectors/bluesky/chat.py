"""Private messages on Bluesky: heard, read again, answered, and looked up. They lie with a service of their own.

The PDS passes the calls on (`xrpc.py`), if the app password may. A message is sent without a key: it is asked for once, and
a lost answer is looked up in the conversation, whose silence is not taken for proof. Nothing here is ever said in public.

The list of conversations and their messages is read, not the log of events: that begins at the moment of its first call
(atproto#2760), and how long it is kept is written nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.bluesky import PRIVATE, messages
from connectors.bluesky.facets import facets
from connectors.bluesky.mapping import mark
from connectors.bluesky.messages import Chats, Last, Place
from connectors.bluesky.xrpc import NOT_ALLOWED, Xrpc
from connectors.contract import Absent, Draft, Lookup, Receipt, RemoteInteraction, RemoteRef, Thread, Unproven
from connectors.errors import Ambiguous, Rejected, Retryable
from connectors.readback import Readback, confirmed
from connectors.shape import at, word

CONVOS = "chat.bsky.convo.listConvos"
CONVO = "chat.bsky.convo.getConvo"
MESSAGES = "chat.bsky.convo.getMessages"
SEND = "chat.bsky.convo.sendMessage"
GONE = frozenset({"InvalidConvo"})
"""Codes of a conversation that is not there, or in which the account is no more."""
CONVOS_SIZE, CONVO_PAGES = 50, 5
FIRST_CONVOS, FIRST_MESSAGES = 10, 10
"""What a first reading looks at: what is recent only."""
AT_ONCE = 25
"""Conversations with something new that one reading reads; the others wait for the next."""
PAGE_SIZE, PAGES = 100, 10
AROUND = 25
"""Messages that are shown above one, and below."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was new. rest: whether conversations wait for the next reading. cut: how many had more than is read at once."""

    items: list[RemoteInteraction]
    skipped: int
    chats: Chats
    rest: bool = False
    cut: int = 0


# --- hearing ----------------------------------------------------------------------------------------------------------


def hear(xrpc: Xrpc, known: Chats | None, own_did: str) -> Heard:
    """What was written in each conversation since it was read, at first what is recent. Raises what reading raises."""
    if known is None:
        return _begin(xrpc, own_did)
    changed = _changed(xrpc, known)
    taken = changed[-AT_ONCE:]  # the longest unread first, so that what is left stands on top of the list next time
    items: list[RemoteInteraction] = []
    skipped = cut = 0
    for convo in taken:
        entries, whole = _since(xrpc, word(convo, "id") or "", known.of(convo))
        read = _read(convo, entries, own_did)
        items += read
        skipped += len(entries) - len(read)
        cut += not whole
    return Heard(items, skipped, known.joined(taken), len(taken) < len(changed), cut)


def _begin(xrpc: Xrpc, own_did: str) -> Heard:
    """The newest messages of the newest conversations; what else stands there was before our time."""
    listed, _ = xrpc.listed(CONVOS, "convos", limit=CONVOS_SIZE)
    items: list[RemoteInteraction] = []
    skipped = 0
    for convo in [one for one in listed if word(one, "id") and messages.last_of(one)][:FIRST_CONVOS]:
        entries, _ = xrpc.listed(MESSAGES, "messages", convoId=word(convo, "id"), limit=FIRST_MESSAGES)
        read = _read(convo, entries, own_did)
        items += read
        skipped += len(entries) - len(read)
    return Heard(items, skipped, Chats.begin(listed))


def _read(convo: Any, entries: Sequence[Any], own_did: str) -> list[RemoteInteraction]:
    convo_id, people = word(convo, "id") or "", messages.people_of(convo)
    return [found for one in entries if (found := messages.interaction(one, convo_id, people, own_did))]


def _changed(xrpc: Xrpc, known: Chats) -> list[Any]:
    """The conversations in which something was said since, newest first: all pages up to one with a conversation as known."""
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(CONVO_PAGES):
        with_us, after = xrpc.listed(CONVOS, "convos", limit=CONVOS_SIZE, **cursor)
        spoken = [one for one in with_us if word(one, "id") and messages.last_of(one)]
        found += [one for one in spoken if not known.has(one)]
        if after is None or not with_us or any(map(known.has, spoken)):
            break
        cursor = {"cursor": after}
    return found


def _since(xrpc: Xrpc, convo: str, last: Last) -> tuple[list[Any], bool]:
    """The entries of a conversation behind the last that was read, newest first, and whether those are all."""
    entries: list[Any] = []
    for page, is_last in _pages(xrpc, convo):
        for one in page:
            sent = messages.sent_at(one)
            if mark(word(one, "id") or "") == last.mark or (sent is not None and int(sent.timestamp()) < last.at):
                return entries, True
            entries.append(one)
        if is_last:
            return entries, True
    return entries, False


# --- reading again ----------------------------------------------------------------------------------------------------


def again(xrpc: Xrpc, refs: Sequence[RemoteRef], own_did: str) -> dict[str, RemoteInteraction]:
    """These messages as they stand now, by the id that was asked. Raises where a conversation is too long to tell."""
    wanted: dict[str, set[str]] = {}
    for ref in refs:
        if place := messages.place_of(ref.id):
            wanted.setdefault(place.convo, set()).add(ref.id)
    found: dict[str, RemoteInteraction] = {}
    for convo, ids in wanted.items():
        try:
            found |= _again(xrpc, convo, ids, own_did)
        except Rejected as refused:
            if refused.code not in GONE:
                raise
    return found


def _again(xrpc: Xrpc, convo: str, ids: set[str], own_did: str) -> dict[str, RemoteInteraction]:
    people, found, left = _people(xrpc, convo), dict[str, RemoteInteraction](), set(ids)
    for page, is_last in _pages(xrpc, convo):
        for entry in page:
            ref = messages.ref_of(convo, entry)
            if ref is None or ref.id not in left:
                continue
            left.discard(ref.id)
            if read := messages.interaction(entry, convo, people, own_did, anybodys=True):
                found[ref.id] = read
        if is_last or not left:
            return found
    raise _too_long()


def around(xrpc: Xrpc, ref: RemoteRef, own_did: str) -> Thread:
    """What was written before a message and after it. Raises Rejected(code="gone") where it is not there."""
    place = messages.place_of(ref.id)
    if place is None:
        raise _gone()
    try:
        entries, here = _up_to(xrpc, place)
        if here is None:
            raise _gone()
        people = _people(xrpc, place.convo)
    except Rejected as refused:
        if refused.code in GONE:
            raise _gone() from None
        raise
    before, after = entries[here + 1 : here + 1 + AROUND], entries[max(0, here - AROUND) : here]
    above = [messages.interaction(one, place.convo, people, own_did, anybodys=True) for one in reversed(before)]
    below = [messages.interaction(one, place.convo, people, own_did) for one in reversed(after)]
    return Thread(tuple(filter(None, above)), tuple(filter(None, below)), complete=here <= AROUND)


def _up_to(xrpc: Xrpc, place: Place) -> tuple[list[Any], int | None]:
    """The entries of a conversation, newest first, until enough stand behind a message; and where it stands, if it does."""
    entries: list[Any] = []
    here: int | None = None
    for page, is_last in _pages(xrpc, place.convo):
        entries += page
        here = next((n for n, one in enumerate(entries) if word(one, "id") == place.message), None)
        if is_last or (here is not None and len(entries) > here + AROUND):
            return entries, here
    if here is None:
        raise _too_long()
    return entries, here


# --- saying -----------------------------------------------------------------------------------------------------------


def say(xrpc: Xrpc, draft: Draft) -> Receipt:
    """chat.bsky.convo.sendMessage into the conversation of what the draft answers, once. It takes no key."""
    convo = _answered(draft).convo
    message: dict[str, Any] = {"text": draft.text}
    if found := facets(draft.text, draft.named):
        message["facets"] = found
    try:
        answer = xrpc.post(SEND, {"convoId": convo, "message": message}, writing=True)
    except Rejected as refused:
        if refused.code == NOT_ALLOWED:
            raise _not_allowed() from None
        raise
    ref = messages.ref_of(convo, answer.body)
    if ref is None:
        raise Ambiguous("bluesky", "The service took the message but did not say which one it is.", code="no-id")
    return Receipt(ref)


def find(xrpc: Xrpc, draft: Draft, since: datetime, own_did: str) -> Lookup:
    """chat.bsky.convo.getMessages back to the first claim. Nobody says how soon it shows what was sent: silence is no proof."""
    convo = _answered(draft).convo
    readback = Readback(messages.saying(draft, convo), since)
    for page, is_last in _pages(xrpc, convo):
        readback.see(post for one in page if (post := messages.own_message(one, convo, own_did)))
        times = [sent for one in page if (sent := messages.sent_at(one))]
        readback.complete = is_last or any(sent < readback.back_to for sent in times)
        if readback.complete:
            break
    return readback.verdict(Unproven("It is not among the messages of the conversation.", silent=True))


def confirm(xrpc: Xrpc, draft: Draft, reference: str, own_did: str) -> Lookup:
    """chat.bsky.convo.getMessages, for the message that a person points at."""
    place = messages.referred(reference)
    try:
        entries, here = _up_to(xrpc, place)
    except Rejected as refused:
        if refused.code not in GONE:
            raise
        return Absent()
    post = None if here is None else messages.own_message(entries[here], place.convo, own_did)
    return Absent() if post is None else confirmed(post, messages.saying(draft, _answered(draft).convo))


def _answered(draft: Draft) -> Place:
    found = messages.place_of(draft.in_reply_to.id) if draft.in_reply_to else None
    if found is None:
        raise Rejected("bluesky", f"This is not the id of a private message ({PRIVATE}…).", code="unreadable-reference")
    return found


# --- inside -----------------------------------------------------------------------------------------------------------


def _pages(xrpc: Xrpc, convo: str, *, size: int = PAGE_SIZE, most: int = PAGES) -> Iterator[tuple[list[Any], bool]]:
    """The entries of a conversation page by page, newest first, and of each page whether none is behind it."""
    cursor: dict[str, str] = {}
    for _ in range(most):
        page, after = xrpc.listed(MESSAGES, "messages", convoId=convo, limit=size, **cursor)
        is_last = after is None or not page
        yield page, is_last
        if is_last:
            return
        cursor = {"cursor": after or ""}


def _people(xrpc: Xrpc, convo: str) -> Mapping[str, Any]:
    return messages.people_of(at(xrpc.get(CONVO, convoId=convo), "convo"))


def _gone() -> Rejected:
    return Rejected("bluesky", "This message is not there, or is not shown to us.", code="gone")


def _too_long() -> Retryable:
    return Retryable("bluesky", "The conversation is too long to be read back to this message.", code="not-told")


def _not_allowed() -> Rejected:
    detail = (
        "The app password does not allow private messages: make one with `Allow access to your direct messages`, "
        "and sign in again with it."
    )
    return Rejected("bluesky", detail, code=NOT_ALLOWED)
