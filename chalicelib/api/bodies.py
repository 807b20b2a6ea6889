"""What a request wants said, as the domain has it: the body of a variant from its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.domain.post import Attachment, Body, Part

if TYPE_CHECKING:
    from chalicelib.api import forms, forms_time


def body(form: forms.VariantForm | forms_time.QueuedForm) -> Body:
    """What one account is to say."""
    return Body(
        form.text,
        title=form.title,
        community=form.community,
        language=form.language,
        pictures=attachments(form.pictures),
        rest=parts(form.rest),
    )


def parts(found: Sequence[forms.PartForm]) -> tuple[Part, ...]:
    """The parts that follow the first."""
    return tuple(Part(one.text, attachments(one.pictures), one.under) for one in found)


def attachments(found: Sequence[forms.PictureForm]) -> tuple[Attachment, ...]:
    """The pictures of one part."""
    return tuple(Attachment(one.media, one.alt) for one in found)
