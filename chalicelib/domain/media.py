"""Media: a picture or a film that posts may show; Rendition: what became of it for one platform's limits.

A Media is known by an id made from its workspace and the SHA-256 of the bytes as they were sent: the same file is the same
Media however often it comes, and one id never stands for two contents. What is kept, and shown to others, is the file
without what it told about whoever made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.audit import AuditEvent
from chalicelib.domain.machine import Machine

MOST_BYTES = 20 * 1024 * 1024
"""Of a file as it is sent: what is looked at in one piece beside all else, and more than any platform takes of a picture."""

FILE_TYPES = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/webm",
)
"""The types that a file may be announced as; what it is, its bytes say."""


class MediaState(StrEnum):
    """What is already true of a picture or film."""

    AWAITING_UPLOAD = "awaiting_upload"
    READY = "ready"
    REFUSED = "refused"
    """Its bytes came and are not taken; they never will be."""
    DELETED = "deleted"


_S = MediaState

MEDIA = Machine(
    "Media",
    MediaState,
    {
        (_S.AWAITING_UPLOAD, "accept"): _S.READY,
        (_S.AWAITING_UPLOAD, "refuse"): _S.REFUSED,
        (_S.AWAITING_UPLOAD, "delete"): _S.DELETED,
        (_S.READY, "delete"): _S.DELETED,
        (_S.REFUSED, "delete"): _S.DELETED,
        (_S.DELETED, "announce"): _S.AWAITING_UPLOAD,
        (_S.DELETED, "accept"): _S.READY,
    },
)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a film. size, width, height, mime: of what is kept; of what was announced while it is awaited.

    source: SHA-256 in hex of the bytes as they were sent. content: of what is kept. Neither changes once it is READY.
    """

    id: str
    workspace: str
    state: MediaState
    source: str
    mime: str
    size: int
    created_at: datetime
    owner: str
    """Id of the member who brought it."""
    width: int = 0
    height: int = 0
    milliseconds: int = 0
    """How long a film lasts; 0 for a picture."""
    rate: int = 0
    """Frames of a film in 1,000 seconds; 0 where nobody knows."""
    content: str | None = None
    alt: str = ""
    """Its description where a post gives none of its own. Never changed: what was approved with it shows it."""
    address: str | None = None
    """Where it was fetched from."""
    reason: str | None = None
    events: tuple[AuditEvent, ...] = field(default=(), compare=False)
    rev: int = field(default=0, compare=False)

    @property
    def is_film(self) -> bool:
        """Whether it is a film."""
        return self.mime.startswith("video/")


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture as it is handed to a platform; a film is handed on as it is kept. content: SHA-256 in hex of its bytes."""

    content: str
    mime: str
    size: int
    width: int
    height: int
