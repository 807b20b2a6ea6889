"""The desk: everything that a use case may reach, put together by bootstrap and handed to each service.

Services load, decide by the domain, and save. They take `now` from whoever called them; only publishing reads the clock
itself, in the moment before it sends.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import NotFound
from chalicelib.domain.looking_back import DISTANCES, NOT_AT_ALL, Bounds
from chalicelib.domain.timing import Timing
from chalicelib.ports import (
    Blobs,
    Clock,
    EngineBusy,
    EngineUnusable,
    Entropy,
    Fetcher,
    Mailer,
    Queue,
    QueueName,
    SecondReader,
    Vault,
)
from chalicelib.services.absent import NoBlobs, NoFetcher
from chalicelib.store.store import Store

if TYPE_CHECKING:
    from chalicelib.domain.correction import Correction
    from chalicelib.domain.guideline import Guideline
    from chalicelib.domain.workspace import Workspace
    from connectors.capabilities import Capabilities, Objection, Price, Standing, Terms
    from connectors.contract import Connector, Draft, SignIn
    from connectors.inbound import Dialect
    from connectors.signing import App, Begun, Way


@dataclass(frozen=True, slots=True)
class Policy:
    """What an installation has decided: times of the protocol, where platforms are reached, how often they are read."""

    timing: Mapping[str, Timing]
    """By platform."""
    hosts: Mapping[str, tuple[str, ...]]
    """Base addresses that an account of each platform may be reached at; the first is the default."""
    tick_every: timedelta = timedelta(minutes=1)
    """How often `ticking.tick` is called; it looks a little further ahead, so that a hint has its own delay."""
    index_lag: timedelta = timedelta(seconds=30)
    """How far behind the engine's indexes may be at most: after so long, what a whole line does not show is not there."""
    poll_every: timedelta | None = None
    """How often every account is read; None: as often as each platform makes sensible."""
    threads_after: tuple[timedelta, ...] = DISTANCES
    """How long after an account spoke the threads of its posts are read, where platforms do not notify of every answer."""
    read_back: Bounds = NOT_AT_ALL
    """How far the inbox of a newly connected account is read back."""
    late_limit: timedelta = timedelta(hours=1)
    public_url: str = ""
    """Where people reach this installation, for links in mails; empty where there is none."""
    apps: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """Our app on each platform that wants one registered beforehand, by the platform's names."""
    redirect: str = "http://127.0.0.1:8702/signed-in"
    """Where platforms send a person back after signing in."""
    engine: str = "embedded"
    """What keeps the record, as the settings name it; told by /health."""


def _nobody(*_: object) -> Any:
    raise LookupError("this desk signs nobody in")


@dataclass(frozen=True, slots=True)
class Platforms:
    """What services ask of the connectors' registry, without knowing a platform."""

    capabilities: Callable[[str], Capabilities]
    connect: Callable[[str, SignIn], Connector]
    length: Callable[[str, Draft], int]
    credential_problem: Callable[[str, Mapping[str, str]], str | None]
    """What is missing or unknown in a credential, in words; None where it is complete."""
    price: Callable[[str, Draft], Price | None] = lambda _, __: None
    """What saying a draft once costs; None where it is free."""
    objection: Callable[[str, Draft, Terms, Standing], Objection | None] = lambda *_: None
    """Why a draft may not be said there, as far as is known without asking."""
    client_id: Callable[[str, Mapping[str, str]], str | None] = lambda _, __: None
    """By what the platform counts app-wide limits in such a credential; None where it does not."""
    inbound: Callable[[str], Dialect | None] = lambda _: None
    """How a sender signs and words what it brings; None for one that nobody knows."""
    way: Callable[[str], Way] = _nobody
    """How a person signs an account in."""
    app_fields: Callable[[str], tuple[str, ...]] = _nobody
    """What has to be known of our app beforehand."""
    begin: Callable[[str, App, str, str], Begun] = _nobody
    finish: Callable[[str, App, str, Mapping[str, str], str], Mapping[str, str]] = _nobody
    revoke: Callable[[str, App, str, Mapping[str, str]], None] = _nobody
    """The two halves of a sign-in, and giving the right back (connectors/registry.py)."""


class Handfuls:
    """Writes that this process has taken from shared budgets and not said yet, by client. For all of its threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._left: dict[str, tuple[int, datetime]] = {}

    def take(self, client: str, now: datetime) -> bool:
        """One of them, where one is left that is not too old."""
        with self._turn:
            left, until = self._left.get(client, (0, now))
            if not left or now >= until:
                return False
            self._left[client] = (left - 1, until)
            return True

    def keep(self, client: str, writes: int, until: datetime) -> None:
        """Keep so many instead of what was left."""
        with self._turn:
            self._left[client] = (writes, until)

    def drop(self, client: str) -> None:
        """Give up what is left."""
        with self._turn:
            self._left.pop(client, None)


class Speakers:
    """Accounts that began to speak since somebody asked, as far as this process saw. Losing them is harmless."""

    MOST = 2_000

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._names: dict[tuple[str, str], None] = {}

    def note(self, workspace: str, account: str) -> None:
        """This account speaks now."""
        with self._turn:
            if len(self._names) < self.MOST:
                self._names[workspace, account] = None

    def take(self, most: int) -> list[tuple[str, str]]:
        """Some of them, each once."""
        with self._turn:
            taken = list(self._names)[:most]
            for one in taken:
                del self._names[one]
            return taken


@dataclass(frozen=True, slots=True)
class Desk:
    """Ports, record and policy of one running Parley. `_keys`, `_guidelines` and `_corrections` cache what never changes."""

    store: Store
    queue: Queue
    mailer: Mailer
    vault: Vault
    clock: Clock
    entropy: Entropy
    platforms: Platforms
    policy: Policy
    blobs: Blobs = field(default_factory=NoBlobs)
    fetcher: Fetcher = field(default_factory=NoFetcher)
    second: SecondReader | None = None
    """Who else reads what is unsure; None: nobody is set up."""
    handfuls: Handfuls = field(default_factory=Handfuls, repr=False)
    speakers: Speakers = field(default_factory=Speakers, repr=False)
    _keys: dict[str, bytes] = field(default_factory=dict, repr=False)
    _guidelines: dict[tuple[str, str], Guideline] = field(default_factory=dict, repr=False)
    _corrections: dict[tuple[str, str], Correction] = field(default_factory=dict, repr=False)

    def workspace(self, workspace: str) -> Workspace:
        """The workspace. Raises NotFound."""
        found = self.store.workspaces.get(workspace, workspace)
        if found is None:
            raise NotFound
        return found

    def key(self, workspace: str) -> bytes:
        """The workspace's own key: 32 bytes, opened from the vault once."""
        key = self._keys.get(workspace)
        if key is None:
            key = self.vault.open(self.workspace(workspace).sealed_key, key_context(workspace))
            self._keys[workspace] = key
        return key

    def keyed(self, workspace: str, purpose: str, *parts: str) -> str:
        """An id that only this workspace's key can make from these parts: 26 characters, 128 bits."""
        return keyed_id(self.key(workspace), purpose, *parts)

    def guideline(self, workspace: Workspace) -> Guideline:
        """The active guideline. Raises NotFound."""
        return self.guideline_of(workspace.id, workspace.guideline)

    def guideline_of(self, workspace: str, version: str) -> Guideline:
        """A version of a workspace's guideline, read once. Raises NotFound."""
        from chalicelib.domain.guideline import Guideline

        at = (workspace, version)
        guideline = self._guidelines.get(at)
        if guideline is None:
            record = self.store.guideline(*at)
            if record is None:
                raise NotFound(f"guideline version {version} is not in the record")
            guideline = Guideline.from_record(record)
            self._guidelines[at] = guideline
        return guideline

    def correction(self, workspace: Workspace) -> Correction | None:
        """What people taught the reader, where that is in force. Raises NotFound."""
        return self.correction_of(workspace.id, workspace.correction)

    def correction_of(self, workspace: str, correction_id: str | None) -> Correction | None:
        """What people taught the reader under this id, read once; None for none. Raises NotFound."""
        if correction_id is None:
            return None
        at = (workspace, correction_id)
        correction = self._corrections.get(at)
        if correction is None:
            kept = self.store.corrections.get(*at)
            if kept is None:
                raise NotFound(f"correction {correction_id} is not in the record")
            correction = self._corrections[at] = kept.correction
        return correction

    def new_id(self) -> str:
        """A fresh id: 16 characters, 80 bits, safe in keys and addresses."""
        return b32encode(self.entropy.token(10)).decode().lower()


def key_context(workspace: str) -> dict[str, str]:
    """What the workspace's key is sealed to."""
    return {"workspace": workspace, "kind": "key"}


def keyed_id(key: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA-256 of purpose and parts, cut to 128 bits, in lower-case base 32 (26 characters)."""
    message = "\x1f".join((purpose, *parts)).encode("utf-8", "surrogatepass")
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return b32encode(digest[:16]).decode().rstrip("=").lower()


def derived_id(*parts: str) -> str:
    """An id made from ids of ours, the same whenever the same is meant: 26 characters, 128 bits."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return b32encode(digest[:16]).decode().rstrip("=").lower()


Hint = Mapping[str, str | list[str]]
"""What a queue's message says: ids of ours, by name."""

AHEAD = timedelta(seconds=5)
"""How much further than the next tick a tick looks, since that may come late. A hint that comes twice changes nothing."""

_LONGEST_DELAY = timedelta(minutes=15)
"""As long as a queue keeps a message back (ports.Queue); whatever is due later is found by the tick."""


def hint(desk: Desk, queue: QueueName, body: Hint, delay: timedelta = timedelta(0)) -> None:
    """Put a hint on a queue. It may be lost: the tick finds from the table whatever it would have told.

    A queue that cannot be used fails no caller: what it was to tell of is stored by now.
    """
    try:
        desk.queue.send(queue, *_message(body, delay))
    except (EngineBusy, EngineUnusable):
        return


def hints(desk: Desk, queue: QueueName, bodies: Sequence[tuple[Hint, timedelta]]) -> None:
    """Put hints on a queue, each with its delay, in as few requests as the engine can. Any of them may be lost."""
    try:
        desk.queue.send_many(queue, [_message(body, delay) for body, delay in bodies])
    except EngineBusy:
        return


def ask(workspace: str, account: str | None, variants: Sequence[str], *, front: bool = False) -> Hint:
    """The hint that asks for an account's line to be worked on; None where an older release did not note the account.

    front: the line was read from its beginning, and these are the first in it.
    """
    body: dict[str, str | list[str]] = {"workspace": workspace, "variants": list(variants)}
    if front:
        body["front"] = "yes"
    return body if account is None else {**body, "account": account}


def _message(body: Hint, delay: timedelta) -> tuple[str, timedelta]:
    return json.dumps(body, sort_keys=True), min(_LONGEST_DELAY, max(timedelta(0), delay))
