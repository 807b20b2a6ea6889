"""What requests about pictures and videos must be."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.api.forms import Form, Id, Name
from chalicelib.domain.media import MOST_BYTES
from chalicelib.domain.typed import plain
from chalicelib.domain.workspace import AltText

Alt = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(plain)]


class UploadForm(Form):
    """A file that is about to be sent. sha256: of its bytes, in hex; size: in bytes; type: its media type."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=1, le=MOST_BYTES)]
    type: Annotated[str, StringConstraints(max_length=100)]


class MediaForm(Form):
    """A picture or video: the public https address where it is, or an upload that is about to begin. alt: its description."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None
    upload: UploadForm | None = None
    alt: Alt = ""


class AltTextForm(Form):
    """Whether a picture or video needs a description (`required`), or it is only asked for (`asked`)."""

    alt_text: Annotated[AltText, Field(strict=False)]


class FeedForm(Form):
    """A feed to be followed. words: of each draft, with the places {source} and {link}, and {title}.

    backlog: how many entries that stand there already become drafts at once.
    """

    name: Name
    address: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    accounts: Annotated[list[Id], Field(min_length=1, max_length=20)]
    words: Annotated[str, StringConstraints(min_length=1, max_length=5000), AfterValidator(plain)]
    campaign: Id | None = None
    backlog: Annotated[int, Field(ge=0, le=10)] = 0
