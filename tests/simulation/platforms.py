"""Simulated platforms behind the connector contract: what really stands there, whatever the caller was told.

BY_ID (Bluesky) takes one id once, atomically. BY_KEY (Mastodon) remembers a key only once the first request has landed,
if at all, and its listing, at most `visible` behind, proves absence. BY_SEARCH (X, Reddit) has only a listing, which may
lag longer than anybody was promised: its silence proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Never, Protocol

from chalicelib.services.desk import Platforms
from connectors import errors
from connectors.capabilities import (
    Allowance,
    Capabilities,
    Dedupe,
    InteractionKind,
    LengthUnit,
    PictureLimits,
    Platform,
    Price,
    Terms,
    Threads,
)
from connectors.contract import (
    USUAL_LISTENING,
    Absent,
    Draft,
    EarlierPost,
    Found,
    Identity,
    Listening,
    Lookup,
    Page,
    Picture,
    Receipt,
    RemoteInteraction,
    RemoteRef,
    SignIn,
    Thread,
    Unproven,
    Upload,
)
from tests.simulation.road import START, TIMING, Clock, Crash, Fault, Kind, Road
from tests.simulation.said import SAID_BEFORE, Said, page, under_ours

DEDUPE = {
    "bluesky": Dedupe.BY_ID,
    "mastodon": Dedupe.BY_KEY,
    "reddit": Dedupe.BY_SEARCH,
    "x": Dedupe.BY_SEARCH,
}
COSTS = 100_000
"""Millionths of a US dollar that a post costs on a platform that charges."""
WORKS_FOR = timedelta(seconds=4)
"""How long a slow platform works on a picture."""
PLENTY = Allowance(1000, timedelta(minutes=1))
ANSWERS_WITHIN = 0.2
"""Seconds that a call takes which goes well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One post that really stands on the platform, and since when."""

    id: str
    text: str
    at: datetime
    under: str | None = None
    """What it answers, where that was told."""
    pictures: tuple[str, ...] = ()
    """Descriptions of what it shows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to post that arrived, whatever came of it, and when."""

    text: str
    at: datetime
    under: str | None = None


class Witness(Protocol):
    """One platform as the world and the checker see it: what was asked of it, and what really stands there."""

    name: str
    asked: list[Asked]
    refused: set[str]
    """Texts that it refused for good."""
    charges: bool
    slow: bool
    said: tuple[Said, ...]

    @property
    def standing(self) -> list[Standing]:
        """Everything that stands there, or is still to land."""

    @property
    def base_url(self) -> str:
        """Where it is reached."""

    def platforms(self) -> Platforms:
        """The connectors to it."""

    def credential(self, account: int) -> Mapping[str, str]:
        """What a member types who signs this account (0, 1) in now."""

    def remember(self) -> Any:
        """What it must know of an account that was connected: `memory` of another witness."""

    def settle(self) -> None:
        """Let everything land whose time has come."""

    def mounted(self) -> AbstractContextManager[None]:
        """For the length of a run: every connector reaches this platform and no other."""


@dataclass(frozen=True, slots=True)
class _Post:
    """What was asked and when, and from when on it stands there."""

    id: str
    text: str
    key: str
    asked_at: datetime
    lands_at: datetime
    under: str | None = None
    pictures: tuple[str, ...] = ()


@cache
def _capabilities(
    name: str, allowance: Allowance, app_allowance: Allowance | None, *, own_threads: bool
) -> Capabilities:
    dedupe = DEDUPE[name]
    return Capabilities(
        Platform(name),
        280,
        LengthUnit.CHARACTERS,
        dedupe,
        frozenset(InteractionKind),
        needs_title=name == "reddit",
        needs_community=name == "reddit",
        max_title=300,
        poll_every=TIMING.call,
        allowance=allowance,
        app_allowance=app_allowance,
        reads_own_threads=own_threads,
        threads=Threads.AT_ONCE if dedupe is Dedupe.BY_ID else Threads.BY_PART,
        pictures=PictureLimits(4, frozenset({"image/png", "image/jpeg"}), 1_000_000, 1000),
    )


def _receipt(posts: list[_Post]) -> Receipt:
    first, *rest = (RemoteRef(one.id) for one in posts)
    return Receipt(first, thread=tuple(rest))


@dataclass
class SimulatedPlatform:
    """One platform. lag: how far its listing is behind. remembers: whether a BY_KEY platform keeps the keys it saw."""

    name: str
    clock: Clock
    road: Road
    lag: timedelta = timedelta(0)
    remembers: bool = True
    memory: None = None
    allowance: Allowance = PLENTY
    app_allowance: Allowance | None = None
    """What both accounts may write together, through the one client that they have."""
    tokens: list[int] = field(default_factory=lambda: [1, 1])
    """The credential it takes of each account; a sign-out makes the next one the right one."""
    charges: bool = False
    """Whether it asks COSTS for each post."""
    slow: bool = False
    """Whether it works on a picture for a while."""
    said: tuple[Said, ...] = ()
    """What people say to us there."""
    asked: list[Asked] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    handed_over: dict[str, datetime] = field(default_factory=dict)
    """Since when it holds each picture that was handed over."""
    _posts: list[_Post] = field(default_factory=list)

    @property
    def standing(self) -> list[Standing]:
        """See Witness."""
        return [Standing(one.id, one.text, one.lands_at, one.under, one.pictures) for one in self._posts]

    @property
    def base_url(self) -> str:
        """See Witness."""
        return f"https://{self.name}.example"

    def platforms(self) -> Platforms:
        """See Witness."""
        return Platforms(
            capabilities=lambda _: self.capabilities(),
            connect=lambda _, given: SimulatedConnector(self, self.road, given, self.capabilities()),
            length=lambda _, draft: len(draft.text),
            credential_problem=lambda _, given: None if "token" in given else "the credential lacks token",
            price=lambda _, __: Price(COSTS, "post") if self.charges else None,
            client_id=lambda _, __: "parley",
        )

    def credential(self, account: int) -> Mapping[str, str]:
        """See Witness."""
        return {"account": str(account), "token": str(self.tokens[account])}

    def remember(self) -> None:
        """It knows every account."""

    def settle(self) -> None:
        """What is late lies here already."""

    def mounted(self) -> AbstractContextManager[None]:
        """Its connectors know it without."""
        return nullcontext()

    @property
    def dedupe(self) -> Dedupe:
        """How it tells the same from another."""
        return DEDUPE[self.name]

    def capabilities(self) -> Capabilities:
        """As a real connector tells them."""
        return _capabilities(self.name, self.allowance, self.app_allowance, own_threads=bool(self.said))

    def take(self, draft: Draft, key: str, late: float = 0) -> Receipt:
        """A request that lands `late` seconds after it was asked."""
        now = self.clock.now()
        above = draft.in_reply_to.id if draft.in_reply_to else None
        self.asked += (Asked(one.text, now, above) for one in (draft, *draft.thread))
        same = [one for one in self._posts if one.key == key]
        if same and (
            self.dedupe is Dedupe.BY_ID or (self.dedupe is Dedupe.BY_KEY and self.remembers and same[0].lands_at <= now)
        ):
            if self.dedupe is Dedupe.BY_ID:
                # Whichever of the two arrives first makes it.
                lands_at = min(same[0].lands_at, now + timedelta(seconds=late))
                self._posts = [replace(one, lands_at=lands_at) if one in same else one for one in self._posts]
            return _receipt(same)
        made: list[_Post] = []
        for place, one in enumerate((draft, *draft.thread)):
            number = f"{self.name}-{len(self._posts) + place + 1}"
            native = f"at://{key}.{place}" if self.dedupe is Dedupe.BY_ID else number
            above = made[-1].id if made else (draft.in_reply_to.id if draft.in_reply_to else None)
            shown = tuple(picture.alt for picture in one.pictures if picture.handle)
            made.append(_Post(native, one.text, key, now, now + timedelta(seconds=late), above, shown))
        self._posts += made
        return _receipt(made)

    def find(self, draft: Draft, key: str, since: datetime) -> Lookup:
        """What the platform can tell about an earlier request."""
        now = self.clock.now()
        if self.dedupe is Dedupe.BY_ID:
            mine = [one for one in self._posts if one.key == key and one.lands_at <= now]
            return Found(_receipt(mine)) if mine else Absent()
        for one in self._posts:
            same = one.text == draft.text and (draft.in_reply_to is None or one.under == draft.in_reply_to.id)
            if same and one.asked_at >= since and one.lands_at + self.lag <= now:
                return Found(Receipt(RemoteRef(one.id)))
        return Unproven("it is not in the listing", silent=True) if self.dedupe is Dedupe.BY_SEARCH else Absent()

    def read(self, draft: Draft, reference: str) -> Lookup:
        """What stands under an id, for a person who points at it."""
        found = next((one for one in self._posts if one.id == reference and one.lands_at <= self.clock.at), None)
        if found is None:
            return Absent()
        under = draft.in_reply_to.id if draft.in_reply_to else found.under
        same = found.text == draft.text and found.under == under
        return Found(Receipt(RemoteRef(found.id))) if same else Unproven("it says something else")

    def own(self) -> list[_Post]:
        """What of ours stands there by now, in the order in which it came."""
        return sorted((one for one in self._posts if one.lands_at <= self.clock.at), key=lambda one: one.lands_at)


@dataclass
class SimulatedConnector:
    """connectors.contract.Connector to a simulated platform; each call is a boundary of the road."""

    platform: SimulatedPlatform
    road: Road
    given: SignIn
    capabilities: Capabilities
    server_error: ClassVar[type[errors.ConnectorError]] = errors.Ambiguous
    """What a server error is told as: it may have happened."""

    @property
    def account(self) -> int:
        """Which of our accounts this is."""
        return int(self.given.credential["account"])

    def sign_in(self) -> None:
        """See contract."""
        self.road.cross("sign_in", self._check_token, self._failures())

    def identify(self) -> Identity:
        """See contract."""
        return Identity(f"us-{self.account}", f"our-desk-{self.account}")

    def terms(self) -> Terms:
        """As everywhere."""
        return Terms()

    def length(self, draft: Draft) -> int:
        """See contract."""
        return len(draft.text)

    def new_key(self, seed: str, at: datetime) -> str:
        """See contract."""
        return f"{seed}@{at:%H%M%S}"

    def publish(self, draft: Draft, *, key: str) -> Receipt:
        """See contract: one request, which may land whatever the answer is."""
        name, clock = self.platform.name, self.platform.clock

        def well(late: float = 0) -> Receipt:
            self._check_token()
            return self.platform.take(draft, key, late)

        def timeout(late: float | None) -> Receipt:
            if late is not None:
                well(late)
            clock.move(TIMING.call.total_seconds())
            raise errors.Ambiguous(name, code="no-answer")

        def under_way(fault: Fault) -> Receipt:
            well(fault.seconds)
            raise Crash

        def server_error(*, applied: bool) -> Receipt:
            if applied:
                well()
            raise self.server_error(name, code="500")

        def refused(_: Fault) -> Receipt:
            self.platform.refused.add(draft.text)
            raise errors.Rejected(name, "too many links", code="links")

        return self.road.cross(
            "publish",
            well,
            {
                **self._failures(),
                Kind.TIMEOUT_LOST: lambda _: timeout(None),
                Kind.TIMEOUT_LATE: lambda fault: timeout(fault.seconds),
                Kind.KILLED_UNDER_WAY: under_way,
                Kind.ERROR_APPLIED: lambda _: server_error(applied=True),
                Kind.ERROR_NOT_APPLIED: lambda _: server_error(applied=False),
                Kind.REFUSED: refused,
            },
            zombies=self.platform.dedupe is Dedupe.BY_ID,
        )

    def find_published(self, draft: Draft, *, key: str, since: datetime) -> Lookup:
        """See contract."""

        def look() -> Lookup:
            self._check_token()
            return self.platform.find(draft, key, since)

        return self.road.cross("find_published", look, self._failures())

    def confirm(self, draft: Draft, reference: str) -> Lookup:
        """See contract."""

        def look() -> Lookup:
            self._check_token()
            return self.platform.read(draft, reference)

        return self.road.cross("confirm", look, self._failures())

    def fetch_interactions(self, cursor: str | None, listening: Listening = USUAL_LISTENING) -> Page:
        """See contract."""
        if not self.platform.said:
            return Page((), cursor)

        def read() -> Page:
            self._check_token()
            return page(self.platform.said, self.account, cursor, self.platform.clock.at)

        return self.road.cross("fetch_interactions", read, self._failures())

    def read(self, refs: Sequence[RemoteRef]) -> Mapping[str, RemoteInteraction]:
        """See contract."""
        seconds = (self.platform.clock.at - START).total_seconds()

        def read() -> Mapping[str, RemoteInteraction]:
            self._check_token()
            asked = {ref.id for ref in refs}
            said = (*SAID_BEFORE, *self.platform.said)
            return {one.id: one.told(seconds) for one in said if one.id in asked and one.stands(seconds)}

        return self.road.cross("read again", read, self._failures())

    def own_posts(self, before: str | None = None) -> tuple[EarlierPost, ...]:
        """See contract: both accounts tell what either said."""

        def listed() -> tuple[EarlierPost, ...]:
            self._check_token()
            found = reversed(self.platform.own() if before is None else [])
            return tuple(EarlierPost(RemoteRef(one.id), one.text, one.lands_at) for one in found)

        return self.road.cross("own_posts", listed, self._failures())

    def thread(self, ref: RemoteRef) -> Thread:
        """See contract: what is quiet stands under the first."""

        def around() -> Thread:
            self._check_token()
            own = self.platform.own()
            first = bool(own) and own[0].id == ref.id
            return under_ours(self.platform.said, self.platform.clock.at) if first else Thread()

        return self.road.cross("thread", around, self._failures())

    def upload(self, picture: Picture, data: bytes) -> Upload:
        """See contract."""

        def held() -> Upload:
            self._check_token()
            handle = f"held {picture.id} {picture.alt}"
            self.platform.handed_over[handle] = self.platform.clock.now()
            return Upload(handle, ready=not self.platform.slow)

        return self.road.cross("upload", held, self._failures())

    def uploaded(self, handle: str) -> str | None:
        """See contract."""

        def worked_on() -> str | None:
            self._check_token()
            return handle if self.platform.clock.now() >= self.platform.handed_over[handle] + WORKS_FOR else None

        return self.road.cross("uploaded", worked_on, self._failures())

    def delete(self, ref: RemoteRef) -> None:
        """Nobody may ask for this on the publish road."""
        raise AssertionError(f"nobody asked to delete {ref.id}")

    def _check_token(self) -> None:
        self.platform.clock.move(ANSWERS_WITHIN)
        if self.given.credential["token"] != str(self.platform.tokens[self.account]):
            raise errors.AuthExpired(self.platform.name, "the token was revoked")

    def _failures(self) -> dict[Kind, Callable[[Fault], Never]]:
        name = self.platform.name

        def limited(fault: Fault) -> Never:
            raise errors.RateLimited(name, "slow down", retry_after=fault.seconds)

        def unavailable(_: Fault) -> Never:
            raise errors.Retryable(name, "not now")

        def signed_out(_: Fault) -> Never:
            self.platform.tokens[self.account] += 1
            raise errors.AuthExpired(name, "the token was revoked")

        return {Kind.LIMITED: limited, Kind.UNAVAILABLE: unavailable, Kind.SIGNED_OUT: signed_out}
