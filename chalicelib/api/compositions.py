"""Compositions: a message written once, as each account would say it. Nothing is stored, nothing is said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chalice import Blueprint

from chalicelib.api import shapes_content as shapes
from chalicelib.api.door import Ask, route
from chalicelib.domain.access import Action
from chalicelib.domain.composing import Composition, Own
from chalicelib.domain.post import Attachment, Part, Under

if TYPE_CHECKING:
    from chalicelib.api import forms_content as forms

blueprint = Blueprint(__name__)


@route(blueprint, "/compositions", method="POST", action=Action.LIBRARY_READ, form="CompositionForm")
def compose(ask: Ask, form: forms.CompositionForm) -> dict[str, Any]:
    """Adapt a message to accounts: `variants` is what `POST /posts` takes. Nothing is stored."""
    from chalicelib.services import composing

    composed = composing.compose(ask.desk, ask.caller.workspace, _message(form), form.campaign)
    return {
        "variants": [shapes.wish(one.account, one.body) for one in composed.wishes],
        "wordings": list(composed.wordings),
        "remarks": shapes.remarks(composed.remarks),
    }


def _message(form: forms.CompositionForm) -> Composition:
    return Composition(
        accounts=tuple(form.accounts),
        account_set=form.account_set,
        text=form.text,
        prepared=form.prepared,
        variables=form.variables,
        alternatives=tuple(form.alternatives),
        title=form.title,
        community=form.community,
        language=form.language,
        pictures=_pictures(form.pictures),
        rest=_parts(form.rest),
        own=tuple(_own(one) for one in form.own),
        split=form.split,
        numbered=form.numbered,
        tag_links=form.tag_links,
    )


def _own(form: forms.OwnForm) -> Own:
    return Own(
        form.account,
        form.text,
        form.title,
        form.community,
        form.language,
        None if form.pictures is None else _pictures(form.pictures),
        None if form.rest is None else _parts(form.rest),
    )


def _pictures(found: Iterable[forms.PictureForm]) -> tuple[Attachment, ...]:
    return tuple(Attachment(one.media, one.alt) for one in found)


def _parts(found: Iterable[forms.FurtherPartForm]) -> tuple[Part, ...]:
    return tuple(Part(one.text, _pictures(one.pictures), Under(one.under)) for one in found)
