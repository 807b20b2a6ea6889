"""API tokens: issued once, kept as hashes, revoked at once."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

from chalicelib.domain.access import Action, ApiToken, Caller, Role
from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.errors import NotAllowed, NotFound, Unauthenticated
from chalicelib.domain.rationale import Actor
from chalicelib.ports import Put
from chalicelib.services.desk import Desk

_PREFIX = "parley"
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


def new_token(
    desk: Desk,
    workspace: str,
    member: str,
    role: Role,
    actor: Actor,
    now: datetime,
    *,
    scopes: frozenset[Action] | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, ApiToken, Put]:
    """The token to hand over (shown once), what is kept of it, and the write that keeps it."""
    secret = urlsafe_b64encode(desk.entropy.token(32)).decode().rstrip("=")
    token_id = desk.new_id()
    event = AuditEvent(workspace, f"token:{token_id}", "issue", now, actor, f"a token for member {member}")
    token = ApiToken(
        id=token_id,
        workspace=workspace,
        member=member,
        role=role,
        secret_hash=_hash(secret),
        created_at=now,
        expires_at=expires_at,
        scopes=scopes,
        events=(event,),
    )
    put = desk.store.token_put(token, event.fields())
    return f"{_PREFIX}_{workspace}_{token.id}_{secret}", token, put


def handed_on(caller: Caller, scopes: frozenset[Action] | None) -> frozenset[Action] | None:
    """The scopes of a token that this caller hands out: never wider than the caller's own. Raises NotAllowed."""
    if caller.scopes is None:
        return scopes
    if scopes is None:
        return caller.scopes
    if not scopes <= caller.scopes:
        raise NotAllowed("a token cannot hand on a right that its own scopes lack")
    return scopes


def caller_of(desk: Desk, bearer: str, now: datetime) -> Caller:
    """Who shows this token. Raises Unauthenticated, in the same words and after the same work whatever is wrong with it."""
    prefix, _, rest = bearer.partition("_")
    workspace, _, rest = rest.partition("_")
    token_id, _, secret = rest.partition("_")
    token = None
    if prefix == _PREFIX and workspace.isalnum() and token_id.isalnum() and bearer.isascii() and len(bearer) < 200:
        token = desk.store.token(workspace, token_id)
    matches = hmac.compare_digest(_hash(secret), token.secret_hash if token else _NOBODY)
    if token is None or not matches or not token.valid(now):
        raise Unauthenticated
    return Caller(token.workspace, token.member, token.role, token.id, token.scopes)


def revoke(desk: Desk, caller: Caller, token_id: str, now: datetime) -> None:
    """From now on the token opens nothing. Raises NotFound."""
    token = desk.store.token(caller.workspace, token_id)
    if token is None:
        raise NotFound
    event = AuditEvent(
        caller.workspace, f"token:{token.id}", "revoke", now, Actor.member(caller.member), "revoked by a member"
    )
    desk.store.revoke_token(token, now, event.fields())


def _hash(secret: str) -> str:
    # A plain hash is enough for 256 random bits: there is nothing to guess that a slow hash would protect.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
