"""What the sandbox network consists of: accounts, posts, uploads, tokens, late writes. Plain values; they must never do I/O.

Every value turns into a JSON object and back, because the journal keeps them as lines.
"""

from __future__ import annotations

import base64
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


class Platform(StrEnum):
    """The platforms that the sandbox speaks. Its own list on purpose: the witness shares no code with the connectors."""

    X = "x"
    REDDIT = "reddit"
    MASTODON = "mastodon"
    BLUESKY = "bluesky"
    LEMMY = "lemmy"


class TokenUse(StrEnum):
    """What a secret is good for."""

    ACCESS = "access"
    REFRESH = "refresh"
    PASSWORD = "password"  # noqa: S105 - the name of a use, not a secret
    CLIENT = "client"


class Sort(StrEnum):
    """What a request wants: to change what others see, to hand over a file, to open a session, or only to look."""

    WRITE = "write"
    UPLOAD = "upload"
    """Nobody sees it until a write uses it."""
    SESSION = "session"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that the journal can keep."""

    def as_json(self) -> dict[str, Any]:
        """This value as JSON types; times as ISO 8601."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Self:
        """The value that `as_json` wrote, maybe before a field was there that has a default."""
        read: dict[str, Any] = {}
        for one in fields(cls):
            if one.name not in found and not (one.default is MISSING and one.default_factory is MISSING):
                continue
            value = found[one.name]
            if isinstance(value, str) and one.type in {"datetime", "datetime | None"}:
                value = datetime.fromisoformat(value)
            elif isinstance(value, list) and str(one.type).startswith("tuple"):
                value = tuple(value)
            read[one.name] = value
        return cls(**read)


@dataclass(frozen=True, slots=True)
class Account(Kept):
    """One account on one platform: a scripted member's, or one of ours. `password` is what it may sign in with."""

    platform: str
    id: str
    handle: str
    name: str
    ours: bool
    created_at: datetime
    password: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Post(Kept):
    """One thing that was said. `text` is what the author sent, byte for byte; the façades render it.

    id: the platform's native id (Reddit: fullname; Bluesky: at:// URI). number: its place in the order of all that was
    said. mentions: ids of the accounts that it tells. facts: what only this platform knows (a record, a key, a prefix).
    pictures: what it shows, as `Upload.shown` tells it.
    """

    platform: str
    id: str
    number: int
    author: str
    text: str = field(repr=False)
    created_at: datetime
    parent: str | None
    root: str
    mentions: tuple[str, ...] = ()
    community: str | None = None
    title: str | None = field(repr=False, default=None)
    facts: dict[str, Any] = field(repr=False, default_factory=dict)
    deleted: bool = False
    pictures: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Upload(Kept):
    """One file that an account handed over. id: the platform's own. sha256: where its bytes are. width, height: pixels.

    ready_at: when the platform is done with it; None: it was at once. fails: what comes of it then is nothing.
    gone: the platform has forgotten it. facts: what only this platform knows.
    """

    platform: str
    id: str
    owner: str
    mime: str
    sha256: str
    size: int
    width: int
    height: int
    created_at: datetime
    alt: str = field(repr=False, default="")
    ready_at: datetime | None = None
    fails: bool = False
    gone: bool = False
    facts: dict[str, Any] = field(repr=False, default_factory=dict)

    def is_ready(self, now: datetime) -> bool:
        """Whether a post may show it by now."""
        return not self.gone and not self.fails and (self.ready_at is None or self.ready_at <= now)

    def shown(self, alt: str | None = None) -> dict[str, Any]:
        """How a post keeps it: {upload, mime, sha256, size, width, height, alt}. alt: where the post itself says it."""
        kept = {name: getattr(self, name) for name in ("mime", "sha256", "size", "width", "height")}
        return {"upload": self.id, **kept, "alt": self.alt if alt is None else alt}


@dataclass(frozen=True, slots=True)
class Complaint(Kept):
    """One report to whoever runs a place. number: its place in the order of all that was said. about: the account; posts: of it.

    reason: what the platform has a word for; comment: the reporter's own.
    """

    platform: str
    number: int
    by: str
    about: str
    created_at: datetime
    posts: tuple[str, ...] = ()
    reason: str = ""
    comment: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Token(Kept):
    """One secret that was handed out. `expires_at` None: until revoked."""

    value: str = field(repr=False)
    platform: str
    account: str
    use: str
    expires_at: datetime | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class LateWrite(Kept):
    """A request whose effect is still on its way: it lands when the sandbox's clock reaches `due`.

    body: its text; in base64 where it is no text (`binary`).
    """

    id: int
    due: datetime
    platform: str
    method: str
    path: str
    query: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: str = field(repr=False)
    binary: bool = False

    @classmethod
    def written(cls, data: bytes) -> dict[str, Any]:
        """The fields `body` and `binary` for these bytes."""
        try:
            return {"body": data.decode(), "binary": False}
        except UnicodeDecodeError:
            return {"body": base64.b64encode(data).decode(), "binary": True}

    def data(self) -> bytes:
        """The body as it came."""
        return base64.b64decode(self.body) if self.binary else self.body.encode()


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the request log: no text, no query, no token. `outcome`: a status as text, "closed" or "lost"."""

    at: datetime
    platform: str
    method: str
    path: str
    sort: str
    outcome: str
    fault: str | None = None
