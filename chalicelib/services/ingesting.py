"""Ingesting: every interaction is stored once, known by the platform's own id, whatever is decided about it.

It must never overwrite: a later reading of the same item only adds the account that saw it. The author's id, handle and
name, and every reference that would tell them, are sealed apart from the text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.interaction import Author, Conversation, Interaction, InteractionState
from chalicelib.domain.post import Remote
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Put, QueueName
from chalicelib.services import own_words
from chalicelib.services.bodies import remote_of
from chalicelib.services.desk import Desk, hint, keyed_id
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.contents import Content
from chalicelib.store.repository import Stale
from connectors.contract import RemoteInteraction

WORKER = Actor.worker("listen")

LONGEST_TEXT = 40_000
"""Characters kept of one text: Reddit's own limit, the largest of the four. What lies beyond is cut, and said so."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reply to an interaction would answer, and where a person can look at it.

    on_own: whether it stands under a post of our own; None where nobody knows.
    """

    remote: Remote
    url: str | None
    community: str | None
    on_own: bool | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is not in the record yet, as it would lie there: NEW, with the event that says so; and what it says."""

    interaction: Interaction
    content: Content


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is new of a reading, and the writes that seal who said it."""

    messages: list[Arrival]
    identities: list[Put]


def ingest(
    desk: Desk, account: Account, found: Sequence[RemoteInteraction], now: datetime, *, history: bool = False
) -> list[Interaction]:
    """Store those that are new, and note for the known ones that this account saw them. Returns the new ones.

    Echoes of the account's own posts are dropped. history: they were read back. Safe to repeat after any crash.
    """
    new = arrivals(desk, account, found, now, history=history)
    return keep(desk, new.messages, [*new.identities, *(content_put(desk, one) for one in new.messages)])


def arrivals(
    desk: Desk, account: Account, found: Sequence[RemoteInteraction], now: datetime, *, history: bool = False
) -> Arrivals:
    """What is new among these; of the known ones it is noted that this account saw them, and echoes are dropped.

    What is known is read as it may lag: the write of each is refused where it lies there.
    """
    others = [one for one in found if one.author.id is None or one.author.id != account.native_id]
    if not others:
        return Arrivals([], [])
    key = desk.key(account.workspace)
    by_id: dict[str, RemoteInteraction] = {}
    for one in others:
        by_id.setdefault(keyed_id(key, "interaction", account.platform, one.native_id), one)
    held = desk.store.interactions.get_many((keys.interaction(account.workspace, item) for item in by_id), may_lag=True)
    known = {one.id for one in held}
    for interaction in held:
        if not compare(desk, account, interaction, by_id[interaction.id], now):
            _seen(desk, interaction, account, now)
    unknown = [(item_id, remote) for item_id, remote in by_id.items() if item_id not in known]
    if not unknown:
        return Arrivals([], [])
    told = own_words.addressed(desk, account, [remote for _, remote in unknown])
    new = {item_id: remote for (item_id, _), remote in zip(unknown, told, strict=True)}
    messages = [_arrival(desk, account, key, item_id, one, now) for item_id, one in new.items()]
    if history:
        messages = [replace(one, interaction=replace(one.interaction, history=True)) for one in messages]
    return Arrivals(messages, _identities(desk, account, key, new.values(), now))


def compare(desk: Desk, account: Account, known: Interaction, found: RemoteInteraction, now: datetime) -> bool:
    """Whether what is known says something else now, by the account that heard it first; it is then a new revision."""
    if known.digest is None or known.account != account.id:
        return False
    key = desk.key(account.workspace)
    digest = _digest(key, known.id, found.text)
    if digest == known.digest:
        return False
    from chalicelib.services import revising

    content = _arrival(desk, account, key, known.id, found, now).content
    return revising.edited(desk, known, content, digest, now)


def _digest(key: bytes, item_id: str, text: str) -> str:
    """Eight characters, 40 bits: enough to tell two texts of one message apart."""
    return keyed_id(key, "text", item_id, _clean(text))[:8]


def keep(desk: Desk, messages: Sequence[Arrival], first: Sequence[Put]) -> list[Interaction]:
    """Store these as NEW, unless somebody else just did, and hint triage at them. Returns those that were stored.

    first: what is written before. Content and identity are harmless alone; the interaction makes them known.
    """
    puts = [*first, *(desk.store.interactions.created(one.interaction, *one.interaction.events) for one in messages)]
    failures = desk.store.table.transact_each([[put] for put in puts])[len(first) :]
    stored = [one.interaction for one, failed in zip(messages, failures, strict=True) if failed is None]
    if stored:
        ids = [one.id for one in stored]
        hint(desk, QueueName.TRIAGE, {"workspace": stored[0].workspace, "interactions": ids})
    return stored


def content_put(desk: Desk, one: Arrival) -> Put:
    """The write that keeps what a new message says."""
    return desk.store.contents.put(one.interaction, one.content)


def target_of(desk: Desk, interaction: Interaction) -> Target | None:
    """What a reply would answer, unsealed; None once it was purged."""
    content = desk.store.contents.get(interaction)
    return None if content is None else unsealed(desk, interaction, content)


def unsealed(desk: Desk, interaction: Interaction, content: Content) -> Target:
    """What a reply would answer, from the content that holds it."""
    context = seal_context(interaction.workspace, "target", interaction.id)
    fields: dict[str, Any] = json.loads(desk.vault.open(content.sealed, context))
    return decode(Target, fields)


def _arrival(desk: Desk, account: Account, key: bytes, item_id: str, one: RemoteInteraction, now: datetime) -> Arrival:
    target = Target(remote_of(one.ref), one.url, one.community, one.on_own)
    context = seal_context(account.workspace, "target", item_id)
    sealed = desk.vault.seal(json.dumps(encode(target)).encode(), context)
    why = f"read by account {account.id}"
    event = AuditEvent(account.workspace, f"interaction:{item_id}", "ingest", now, WORKER, why, None, "new")
    interaction = replace(_interaction(account, key, item_id, one, now), rev=1, events=(event,))
    return Arrival(interaction, Content(_clean(one.text), sealed))


def _interaction(account: Account, key: bytes, item_id: str, one: RemoteInteraction, now: datetime) -> Interaction:
    return Interaction(
        id=item_id,
        workspace=account.workspace,
        platform=account.platform,
        kind=one.kind.value,
        account=account.id,
        author=Author(_pseudonym(account, key, one)),
        conversation=Conversation(keyed_id(key, "conversation", account.platform, one.conversation_id)),
        state=InteractionState.NEW,
        created_at=one.created_at,
        received_at=now,
        seen_by=(account.id,),
        language=one.language,
        about=None if one.about is None else keyed_id(key, "interaction", account.platform, one.about),
        digest=_digest(key, item_id, one.text),
        bot=one.author.bot is True,
    )


def _pseudonym(account: Account, key: bytes, one: RemoteInteraction) -> str:
    # Old records tell a handle and no id (Reddit before author_fullname); a deleted author has neither.
    known_by = one.author.id or one.author.handle
    if known_by is None:
        return keyed_id(key, "author", account.platform, "gone", one.native_id)
    return keyed_id(key, "author", account.platform, known_by)


def _identities(
    desk: Desk, account: Account, key: bytes, found: Iterable[RemoteInteraction], now: datetime
) -> list[Put]:
    """The writes that seal who these authors are, for those that are met for the first time."""
    authors = {_pseudonym(account, key, one): one.author for one in found if one.author.id or one.author.handle}
    known = desk.store.identities(account.workspace, list(authors), may_lag=True)
    puts = []
    for pseudonym, author in authors.items():
        if pseudonym in known:
            continue
        identity = {"platform": account.platform, "id": author.id, "handle": author.handle, "name": author.name}
        context = seal_context(account.workspace, "identity", pseudonym)
        sealed = desk.vault.seal(json.dumps(identity).encode(), context)
        puts.append(desk.store.identity_put(account.workspace, pseudonym, sealed, now))
    return puts


def _seen(desk: Desk, known: Interaction, account: Account, now: datetime) -> None:
    if account.id in known.seen_by:
        return
    after = replace(known, seen_by=(*known.seen_by, account.id))
    event = AuditEvent(
        known.workspace, f"interaction:{known.id}", "seen", now, WORKER, f"also read by account {account.id}"
    )
    try:
        desk.store.interactions.save(known, after, event)
    except Stale:
        return  # the next poll's overlap brings it again


def _clean(text: str) -> str:
    """The text as it may lie in the record: lone surrogates, which no encoding can hold, become U+FFFD."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + " […]"
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
