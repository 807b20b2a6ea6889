"""Opening a connector for an account: the credential is unsealed here, for the length of one use, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.domain.account import Account
from chalicelib.domain.errors import NotFound
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors.contract import Connector, Identity, SignIn


@dataclass(frozen=True, slots=True)
class Secrets:
    """An account's credential and session as they lie in the record, sealed; None where there is none."""

    credential: str | None = field(repr=False)
    session: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class SealedSession:
    """Keeps an account's short-lived session in the record, sealed. `known`: as it was read with the credential."""

    desk: Desk
    workspace: str
    account: str
    known: str | None = field(repr=False)

    def load(self) -> str | None:
        """The session saved last, or None."""
        if self.known is None:
            return None
        return self.desk.vault.open(self.known, seal_context(self.workspace, "session", self.account)).decode()

    def save(self, session: str) -> None:
        """Keep this session instead."""
        sealed = self.desk.vault.seal(session.encode(), seal_context(self.workspace, "session", self.account))
        self.desk.store.table.put(self.desk.store.sealed_put(self.workspace, "SESSION", self.account, sealed).item)
        self.known = sealed


def seal_context(workspace: str, kind: str, owner: str) -> dict[str, str]:
    """What a secret is sealed to: it opens nowhere else."""
    return {"workspace": workspace, "kind": kind, "owner": owner}


def secrets_of(desk: Desk, account: Account) -> Secrets:
    """An account's secrets, read from the record."""
    places = [keys.within(account.workspace, kind, account.id) for kind in ("CREDENTIAL", "SESSION")]
    credential, session = desk.store.table.get_many(places)
    return Secrets(
        None if credential is None else str(credential["sealed"]), None if session is None else str(session["sealed"])
    )


def credential_in(desk: Desk, account: Account, secrets: Secrets) -> dict[str, str]:
    """The credential, unsealed. Raises NotFound where it is gone, SealBroken, EngineBusy."""
    if secrets.credential is None:
        raise NotFound("the account has no credential")
    opened = desk.vault.open(secrets.credential, seal_context(account.workspace, "credential", account.id))
    return dict(json.loads(opened))


def connector_for(desk: Desk, account: Account, secrets: Secrets | None = None) -> Connector:
    """The account's connector, signed in lazily. Raises as `credential_in` does."""
    known = secrets or secrets_of(desk, account)
    return connector_with(desk, account, known, credential_in(desk, account, known))


def connector_with(desk: Desk, account: Account, secrets: Secrets, credential: Mapping[str, str]) -> Connector:
    """The same where the credential was unsealed already."""
    return desk.platforms.connect(
        account.platform,
        SignIn(
            base_url=account.base_url,
            credential=credential,
            identity=Identity(account.native_id, account.handle),
            sessions=SealedSession(desk, account.workspace, account.id, secrets.session),
            timeout=desk.policy.timing[account.platform].call.total_seconds(),
        ),
    )
