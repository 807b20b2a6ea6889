"""Ingesting: every interaction is stored once, known by the platform's own id, before anything is decided about it.

It must never overwrite: a later reading of the same item only adds the account that saw it. The author's id, handle and
name, and every reference that would tell them, are sealed apart from the text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.domain.account import Account
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.interaction import Author, Conversation, Interaction, InteractionState
from chalicelib.domain.post import Remote
from chalicelib.domain.rationale import Actor
from chalicelib.ports import QueueName
from chalicelib.services.bodies import remote_of
from chalicelib.services.desk import Desk, hint, keyed_id
from chalicelib.services.signing_in import seal_context
from chalicelib.store import keys
from chalicelib.store.codec import decode, encode
from chalicelib.store.repository import Stale
from chalicelib.store.store import Content
from connectors.contract import RemoteInteraction

WORKER = Actor.worker("listen")

LONGEST_TEXT = 40_000
"""Characters kept of one text: Reddit's own limit, the largest of the four. What lies beyond is cut, and said so."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reply to an interaction would answer, and where a person can look at it."""

    remote: Remote
    url: str | None
    community: str | None


def ingest(desk: Desk, account: Account, found: Sequence[RemoteInteraction], now: datetime) -> list[Interaction]:
    """Store those that are new, and note for the known ones that this account saw them. Returns the new ones.

    Echoes of the account's own posts are dropped. Safe to repeat after any crash.
    """
    others = [one for one in found if one.author.id is None or one.author.id != account.native_id]
    if not others:
        return []
    key = desk.key(account.workspace)
    by_id: dict[str, RemoteInteraction] = {}
    for one in others:
        by_id.setdefault(keyed_id(key, "interaction", account.platform, one.native_id), one)
    held = desk.store.interactions.get_many(keys.interaction(account.workspace, item) for item in by_id)
    known = {one.id: one for one in held}
    new = []
    for item_id, one in by_id.items():
        if item_id in known:
            _seen(desk, known[item_id], account, now)
            continue
        made = _store(desk, account, key, item_id, one, now)
        if made is not None:
            new.append(made)
            hint(desk, QueueName.TRIAGE, {"workspace": account.workspace, "interaction": item_id})
    return new


def target_of(desk: Desk, interaction: Interaction) -> Target | None:
    """What a reply would answer, unsealed; None once it was purged."""
    content = desk.store.content(interaction.workspace, interaction.id, interaction.revision)
    if content is None:
        return None
    context = seal_context(interaction.workspace, "target", interaction.id)
    fields: dict[str, Any] = json.loads(desk.vault.open(content.sealed, context))
    return decode(Target, fields)


def _store(
    desk: Desk, account: Account, key: bytes, item_id: str, one: RemoteInteraction, now: datetime
) -> Interaction | None:
    """Store one interaction. Content first: it is harmless alone, and the interaction is what makes it known."""
    pseudonym = _author(desk, account, key, one)
    target = Target(remote_of(one.ref), one.url, one.community)
    sealed = desk.vault.seal(json.dumps(encode(target)).encode(), seal_context(account.workspace, "target", item_id))
    text = _clean(one.text)
    desk.store.table.put(desk.store.content_put(account.workspace, item_id, 1, Content(text, sealed)).item)
    interaction = Interaction(
        id=item_id,
        workspace=account.workspace,
        platform=account.platform,
        kind=one.kind.value,
        account=account.id,
        author=Author(pseudonym),
        conversation=Conversation(keyed_id(key, "conversation", account.platform, one.conversation_id)),
        state=InteractionState.NEW,
        created_at=one.created_at,
        received_at=now,
        seen_by=(account.id,),
        language=one.language,
    )
    event = AuditEvent(
        account.workspace, f"interaction:{item_id}", "ingest", now, WORKER, f"read by account {account.id}", None, "new"
    )
    try:
        return desk.store.interactions.create(interaction, event)
    except Stale:
        return None


def _author(desk: Desk, account: Account, key: bytes, one: RemoteInteraction) -> str:
    """The author's pseudonym; who they are is sealed under it the first time they are met."""
    # Old records tell a handle and no id (Reddit before author_fullname); a deleted author has neither.
    known_by = one.author.id or one.author.handle
    if known_by is None:
        return keyed_id(key, "author", account.platform, "gone", one.native_id)
    pseudonym = keyed_id(key, "author", account.platform, known_by)
    if desk.store.identity(account.workspace, pseudonym) is None:
        identity = {
            "platform": account.platform,
            "id": one.author.id,
            "handle": one.author.handle,
            "name": one.author.name,
        }
        sealed = desk.vault.seal(json.dumps(identity).encode(), seal_context(account.workspace, "identity", pseudonym))
        desk.store.table.put(desk.store.identity_put(account.workspace, pseudonym, sealed).item)
    return pseudonym


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
