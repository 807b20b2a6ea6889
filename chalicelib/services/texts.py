"""Prepared texts: checked when they are kept, filled when something is written with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.access import Caller
from chalicelib.domain.errors import InvalidField, NotFound
from chalicelib.domain.texts import BrokenText, Text, Unfilled, Wording, filled, places
from chalicelib.services import library
from chalicelib.services.desk import Desk


def make(desk: Desk, caller: Caller, name: str, wordings: Sequence[Wording], now: datetime) -> Text:
    """Keep a new text. Raises InvalidField where a wording's places cannot be read, or a language comes twice."""
    check(wordings)
    return library.make(desk.store.texts, caller, Text(desk.new_id(), caller.workspace, name, tuple(wordings)), now)


def edit(desk: Desk, caller: Caller, text_id: str, name: str, wordings: Sequence[Wording], now: datetime) -> Text:
    """Put others in their place. Raises NotFound, Conflict, and InvalidField as `make` does."""
    library.found(desk.store.texts, caller, text_id)
    check(wordings)
    return library.edit(desk.store.texts, caller, text_id, now, name=name, wordings=tuple(wordings))


def retire(desk: Desk, caller: Caller, text_id: str, now: datetime) -> None:
    """Offer a text no more. Raises NotFound."""
    library.retire(desk.store.texts, caller, text_id, now)


def render(desk: Desk, workspace: str, text_id: str, given: Mapping[str, str], language: str | None) -> Wording:
    """A prepared text in a language, with what was given in its places. Raises NotFound, and InvalidField for what lacks.

    For words that nobody keeps there is `fill`.
    """
    text = desk.store.texts.get(workspace, text_id)
    if text is None or text.retired:
        raise NotFound("there is no such text")
    wording = text.wording(language)
    return Wording(wording.language, fill(wording.words, given))


def fill(template: str, given: Mapping[str, str], pointer: str = "/variables") -> str:
    """A template with what was given in its places. Raises InvalidField: at `pointer` for what lacks."""
    try:
        return filled(template, given)
    except Unfilled as error:
        raise InvalidField(
            f"{pointer}/{error.names[0]}", f"the text needs {', '.join(error.names)}", fix="Give each of them a value."
        ) from error
    except BrokenText as error:
        raise InvalidField(pointer, str(error), fix="Write a brace that is to be said twice: {{ or }}.") from error


def check(wordings: Sequence[Wording], pointer: str = "/wordings") -> None:
    """Refuse what could not be filled later. Raises InvalidField."""
    for place, one in enumerate(wordings):
        if one.language.casefold() in {earlier.language.casefold() for earlier in wordings[:place]}:
            raise InvalidField(f"{pointer}/{place}/language", "this language has a wording already", fix="Say it once.")
        try:
            needed = places(one.words)
        except BrokenText as error:
            raise InvalidField(
                f"{pointer}/{place}/words", str(error), fix="Write a brace that is to be said twice: {{ or }}."
            ) from error
        missing = sorted(set(places(wordings[0].words)) ^ set(needed))
        if missing:
            # Whoever fills a text does not choose the language in which a place turns up that nobody thought of.
            raise InvalidField(
                f"{pointer}/{place}/words",
                f"it has not the same places as the first wording: {', '.join(missing)}",
                fix="Use the same places in every language.",
            )
