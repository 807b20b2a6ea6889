"""Opening a connector for an account: the credential is unsealed here, for the length of one use, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.account import Account
from chalicelib.domain.errors import NotFound
from chalicelib.domain.timing import stamp
from chalicelib.ports import ABSENT, Change, ConditionFailed, Equals, Item, Key, Missing, all_of
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from connectors.contract import Connector, Identity, SignIn, Turn

_TRIES = 4
"""How often a turn is asked for while others write the same session."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """An account's credential and session as they lie in the record, sealed; None where there is none."""

    credential: str | None = field(repr=False)
    session: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class SealedSession:
    """Keeps an account's short-lived session in the record, sealed; one worker at a time renews it, in its turn.

    known: as it was read with the credential, perhaps a little old: every write is held to what lies there. turn_lasts: longer
    than any worker lives that takes one, clocks' errors included.
    """

    desk: Desk
    workspace: str
    account: str
    known: str | None = field(repr=False)
    turn_lasts: timedelta = timedelta(minutes=2)
    call: timedelta = timedelta(seconds=8)
    _turn: str | None = None
    _until: datetime | None = None

    def load(self) -> str | None:
        """The session saved last, or None."""
        if self.known is None:
            return None
        return self.desk.vault.open(self.known, seal_context(self.workspace, "session", self.account)).decode()

    def save(self, session: str) -> None:
        """Keep this session instead and end the turn; where another was saved meanwhile, that one stays and is loaded."""
        sealed = self._sealed(session)
        put = self.desk.store.sealed_put(self.workspace, "SESSION", self.account, sealed)
        try:
            # By what was renewed, not by whose turn it is: what grew from it is the newest there is, however late it comes.
            self.desk.store.table.put(put.item, ABSENT if self.known is None else Equals("sealed", self.known))
            self.known = sealed
        except ConditionFailed:
            self._look()
        self._turn = None

    def take_turn(self) -> Turn:
        """Ask for the turn: one conditional write, held to the session that is known and to nobody else's having it."""
        for _ in range(_TRIES):
            item = self._look()
            if item is None:
                self._begin()
                continue
            now, theirs = self.desk.clock.now(), item.get("turn_until")
            if theirs is not None and stamp(now) < str(theirs):
                return Turn.TAKEN
            name, until = self.desk.new_id(), now + self.turn_lasts
            nobodys = Missing("turn_until") if theirs is None else Equals("turn", item["turn"])
            change = Change(set={"turn": name, "turn_until": stamp(until)})
            try:
                self.desk.store.table.update(self._key(), change, all_of(Equals("sealed", self.known), nobodys))
            except ConditionFailed:
                continue
            self._turn, self._until = name, until
            return Turn.OURS if theirs is None else Turn.AFTER_LOSS
        return Turn.TAKEN

    def in_turn(self) -> bool:
        """Whether our turn lasts long enough for a call that connects and is answered as late as it may."""
        return self._until is not None and self.desk.clock.now() + 2 * self.call < self._until

    def end_turn(self, *, lost: bool = False) -> None:
        """Give the turn back, where it is still ours. lost: whoever is next is told that no word was left."""
        if self._turn is None:
            return
        now = stamp(self.desk.clock.now())
        change = Change(set={"turn_until": now}) if lost else Change(remove=("turn", "turn_until"))
        with suppress(ConditionFailed):
            self.desk.store.table.update(self._key(), change, Equals("turn", self._turn))
        self._turn = None

    def _look(self) -> Item | None:
        item = self.desk.store.table.get(self._key())
        self.known = None if item is None else str(item["sealed"])
        return item

    def _begin(self) -> None:
        """An empty session, so that there is something to take turns with."""
        put = self.desk.store.sealed_put(self.workspace, "SESSION", self.account, self._sealed("{}"))
        with suppress(ConditionFailed):
            self.desk.store.table.put(put.item, ABSENT)

    def _key(self) -> Key:
        return keys.within(self.workspace, "SESSION", self.account)

    def _sealed(self, session: str) -> str:
        return self.desk.vault.seal(session.encode(), seal_context(self.workspace, "session", self.account))


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
    credential = dict(json.loads(opened))
    ours = desk.policy.apps.get(account.platform, {})
    if ours.get("client_secret") and credential.get("client_id") == ours.get("client_id"):
        credential["client_secret"] = ours[
            "client_secret"
        ]  # our app's may be changed without anybody's signing in again
    return credential


def renewing(desk: Desk, account: Account, secrets: Secrets) -> dict[str, str]:
    """The tokens that a session holds instead of the credential's own, where there are any: the ones that are good now."""
    if secrets.session is None:
        return {}
    opened = json.loads(desk.vault.open(secrets.session, seal_context(account.workspace, "session", account.id)))
    return {name: opened[name] for name in ("access_token", "refresh_token") if opened.get(name)}


def connector_for(desk: Desk, account: Account, secrets: Secrets | None = None) -> Connector:
    """The account's connector, signed in lazily. Raises as `credential_in` does."""
    known = secrets or secrets_of(desk, account)
    return connector_with(desk, account, known, credential_in(desk, account, known))


def connector_with(desk: Desk, account: Account, secrets: Secrets, credential: Mapping[str, str]) -> Connector:
    """The same where the credential was unsealed already."""
    timing = desk.policy.timing[account.platform]
    turn = timing.lease + 2 * timing.skew
    return desk.platforms.connect(
        account.platform,
        SignIn(
            base_url=account.base_url,
            credential=credential,
            identity=Identity(account.native_id, account.handle),
            sessions=SealedSession(desk, account.workspace, account.id, secrets.session, turn, timing.call),
            timeout=timing.call.total_seconds(),
        ),
    )
