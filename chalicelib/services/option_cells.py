"""Options as cells of a row, in both directions: what a row asks for beside its words, and the cells that say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar

from chalicelib.domain.options import Audience, Card, Options, Poll, WhoMayReply
from chalicelib.domain.typed import one_line, plain

Kind = TypeVar("Kind", bound=StrEnum)
Tell = Callable[[str, str, str], None]
"""Note a fault: the column, what is wrong with it, what to do."""

COLUMNS: Final = (
    "warning",
    "sensitive",
    "spoiler",
    "audience",
    "who_may_reply",
    "flair",
    "poll",
    "poll_minutes",
    "poll_many",
    "card",
    "card_title",
    "card_description",
    "card_picture",
    "crosspost",
)
"""`poll` holds the choices and `who_may_reply` the kinds, with | between them; `card` is the link."""

MOST_CHOICES: Final = 20
LONGEST_POLL: Final = 366 * 24 * 60
_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"no", "false", "0", ""})
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_ADDRESS = re.compile(r"https?://[\x21-\x7e]{1,2000}")
_MEDIA = re.compile(r"[a-z0-9.]{1,64}", re.ASCII)


def cells_of(options: Options) -> dict[str, str]:
    """What is asked for, as a row's cells."""
    poll, card = options.poll, options.card
    found = {
        "warning": options.warning,
        "sensitive": "yes" if options.sensitive else "",
        "spoiler": "yes" if options.spoiler else "",
        "audience": options.audience.value if options.audience else "",
        "who_may_reply": " | ".join(sorted(options.who_may_reply)),
        "flair": options.flair or "",
        "crosspost": options.crosspost or "",
    }
    if poll is not None:
        minutes = str(poll.lasts // timedelta(minutes=1))
        found |= {"poll": " | ".join(poll.choices), "poll_minutes": minutes, "poll_many": "yes" if poll.many else ""}
    if card is not None:
        found |= {"card": card.url, "card_title": card.title, "card_description": card.description}
        found["card_picture"] = card.picture or ""
    return {name: value for name, value in found.items() if value}


def options_in(cells: Mapping[str, str], tell: Tell) -> Options:
    """What a row asks for; every fault is told, and stands for nothing."""
    row = _Cells(cells, tell)
    return Options(
        warning=row.line("warning", 500),
        sensitive=row.yes("sensitive"),
        spoiler=row.yes("spoiler"),
        audience=next(iter(row.kinds("audience", Audience, 1)), None),
        who_may_reply=frozenset(row.kinds("who_may_reply", WhoMayReply, len(WhoMayReply))),
        flair=row.matching("flair", _ID, "Give the id of the community's label.") or None,
        poll=row.poll(),
        card=row.card(),
        crosspost=row.matching("crosspost", _ID, "Give the platform's id of the post.") or None,
    )


class _Cells:
    """The cells of one row, being read."""

    def __init__(self, cells: Mapping[str, str], tell: Tell) -> None:
        self._cells = cells
        self._tell = tell

    def line(self, column: str, most: int) -> str:
        text = self._cells.get(column, "")
        if len(text) > most:
            self._tell(column, f"it has more than {most} characters", f"Shorten it by {len(text) - most}.")
            return ""
        try:
            return one_line(text) if text else ""
        except ValueError as error:
            self._tell(column, str(error), "Write it in one line.")
            return ""

    def yes(self, column: str) -> bool:
        said = self._cells.get(column, "").strip().casefold()
        if said not in _YES | _NO:
            self._tell(column, "it is neither yes nor no", "Write yes, or leave it empty.")
        return said in _YES

    def several(self, column: str) -> list[str]:
        return [one.strip() for one in self._cells.get(column, "").split("|") if one.strip()]

    def kinds(self, column: str, kind: type[Kind], most: int) -> list[Kind]:
        given = self.several(column)
        unknown = [one for one in given if one not in set(kind)]
        if unknown or len(given) > most:
            wanted = ", ".join(kind)
            self._tell(
                column, "it is not one of those that there are", f"Give {'one' if most == 1 else 'some'} of {wanted}."
            )
            return []
        return [kind(one) for one in given]

    def matching(self, column: str, pattern: re.Pattern[str], fix: str) -> str:
        text = self._cells.get(column, "").strip()
        if text and pattern.fullmatch(text) is None:
            self._tell(column, "it is not in the form that is needed here", fix)
            return ""
        return text

    def poll(self) -> Poll | None:
        choices = self.several("poll")
        many = self.yes("poll_many")
        if not choices:
            for column in ("poll_minutes", "poll_many"):
                if self._cells.get(column, "").strip() not in _NO:
                    self._tell(column, "there is no poll", "Give its choices in `poll`, or leave this empty.")
            return None
        lasts = self._cells.get("poll_minutes", "").strip()
        if not (lasts.isascii() and lasts.isdigit() and 0 < int(lasts[:9]) <= LONGEST_POLL):
            self._tell("poll_minutes", "a poll lasts some minutes", "Give a number such as 1440, a day.")
            return None
        if len(choices) > MOST_CHOICES or any(len(one) > 200 for one in choices):
            self._tell("poll", f"{len(choices)} choices", f"Give up to {MOST_CHOICES} of 200 characters at most.")
            return None
        return Poll(tuple(choices), timedelta(minutes=int(lasts)), many)

    def card(self) -> Card | None:
        address = self.matching("card", _ADDRESS, "Give an address such as https://example.org/.")
        title, picture = (
            self.line("card_title", 500),
            self.matching("card_picture", _MEDIA, "Give the id of an uploaded medium."),
        )
        description = self._cells.get("card_description", "")
        try:
            plain(description)
        except ValueError as error:
            self._tell("card_description", str(error), "Leave them out.")
            description = ""
        if address:
            return Card(address, title, description, picture or None)
        for column in ("card_title", "card_description", "card_picture"):
            if self._cells.get(column, "").strip() and not self._cells.get("card", "").strip():
                self._tell(column, "there is no card", "Give its link in `card`, or leave this empty.")
        return None
