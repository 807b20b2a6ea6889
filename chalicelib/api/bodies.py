"""What a request wants said, as the domain has it: the body of a variant from its form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.options import Card, Options, Poll
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
        options=options(form.options),
    )


def options(form: forms.OptionsForm) -> Options:
    """How it is said beside its words."""
    poll, card = form.poll, form.card
    return Options(
        warning=form.warning,
        sensitive=form.sensitive,
        spoiler=form.spoiler,
        audience=form.audience,
        who_may_reply=frozenset(form.who_may_reply),
        flair=form.flair,
        poll=None if poll is None else Poll(tuple(poll.choices), timedelta(minutes=poll.minutes), poll.many),
        card=None if card is None else Card(card.url, card.title, card.description, card.picture),
        crosspost=form.crosspost,
    )


def parts(found: Sequence[forms.PartForm]) -> tuple[Part, ...]:
    """The parts that follow the first."""
    return tuple(Part(one.text, attachments(one.pictures), one.under) for one in found)


def attachments(found: Sequence[forms.PictureForm]) -> tuple[Attachment, ...]:
    """The pictures of one part."""
    return tuple(Attachment(one.media, one.alt) for one in found)
