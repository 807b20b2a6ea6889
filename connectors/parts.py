"""What a connector asks of a draft before it sends it. No I/O; what is refused here was never sent."""

from __future__ import annotations

from connectors.capabilities import Capabilities
from connectors.contract import Draft
from connectors.errors import PICTURE_NOT_UPLOADED, Rejected, Unsupported
from connectors.option_rules import objection_to_options


def refuse_thread(platform: str, draft: Draft) -> None:
    """Raise Unsupported for a whole thread where each part is a write of its own: the rest of it would be lost."""
    if draft.thread:
        raise Unsupported(platform, "This platform takes the parts of a thread one by one.", code="thread")


def refuse_options(can: Capabilities, draft: Draft) -> None:
    """Raise Unsupported for an option that the platform does not have: nothing is said otherwise than was asked for."""
    objection = objection_to_options(can, draft)
    if objection is not None:
        detail = f"{objection.why[:1].upper()}{objection.why[1:]}. {objection.way_out}"
        raise Unsupported(str(can.platform), detail, code="option")
    if any(part.options.asked for part in draft.thread):
        raise Unsupported(str(can.platform), "Options belong to the first part of a thread.", code="option")


def refuse_video(can: Capabilities, draft: Draft) -> None:
    """Raise Unsupported for a video where the platform has none, or one that is not alone in its part."""
    for part in (draft, *draft.thread):
        if not any(picture.is_video for picture in part.pictures):
            continue
        if can.video is None:
            raise Unsupported(str(can.platform), f"A video cannot be shown: {can.why_no_video}.", code="video")
        if len(part.pictures) > 1:
            raise Unsupported(str(can.platform), "A video is shown alone.", code="video")


def refuse_public(platform: str, why: str | None) -> None:
    """Raise Unsupported where an answer to a private message would not stay private, for the reason that is told.

    Nothing public is ever said in its place: whoever wrote in private counted on few readers.
    """
    if why is not None:
        raise Unsupported(platform, f"{why[:1].upper()}{why[1:]}.", code="private")


def handles(platform: str, draft: Draft) -> list[str]:
    """The handles of a draft's pictures, in order. Raises Rejected where one was not handed over."""
    given = [picture.handle for picture in draft.pictures if picture.handle]
    if len(given) < len(draft.pictures):
        raise Rejected(platform, "A picture was not handed over.", code=PICTURE_NOT_UPLOADED)
    return given
