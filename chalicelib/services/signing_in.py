"""Opening a connector for an account: the credential is unsealed here, for the length of one use, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass

from chalicelib.domain.account import Account
from chalicelib.domain.errors import NotFound
from chalicelib.services.desk import Desk
from connectors.contract import Connector, Identity, SignIn


@dataclass(frozen=True, slots=True)
class SealedSession:
    """Keeps an account's short-lived session in the record, sealed."""

    desk: Desk
    workspace: str
    account: str

    def load(self) -> str | None:
        """The session saved last, or None."""
        sealed = self.desk.store.sealed(self.workspace, "SESSION", self.account)
        if sealed is None:
            return None
        return self.desk.vault.open(sealed, seal_context(self.workspace, "session", self.account)).decode()

    def save(self, session: str) -> None:
        """Keep this session instead."""
        sealed = self.desk.vault.seal(session.encode(), seal_context(self.workspace, "session", self.account))
        self.desk.store.table.put(self.desk.store.sealed_put(self.workspace, "SESSION", self.account, sealed).item)


def seal_context(workspace: str, kind: str, owner: str) -> dict[str, str]:
    """What a secret is sealed to: it opens nowhere else."""
    return {"workspace": workspace, "kind": kind, "owner": owner}


def connector_for(desk: Desk, account: Account) -> Connector:
    """The account's connector, signed in lazily. Raises NotFound where the credential is gone, SealBroken."""
    sealed = desk.store.sealed(account.workspace, "CREDENTIAL", account.id)
    if sealed is None:
        raise NotFound("the account has no credential")
    opened = desk.vault.open(sealed, seal_context(account.workspace, "credential", account.id))
    return desk.platforms.connect(
        account.platform,
        SignIn(
            base_url=account.base_url,
            credential=json.loads(opened),
            identity=Identity(account.native_id, account.handle),
            sessions=SealedSession(desk, account.workspace, account.id),
            timeout=desk.policy.timing[account.platform].call.total_seconds(),
        ),
    )
