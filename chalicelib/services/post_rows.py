"""Posts as rows of a table, in both directions: what a row asks for, and the row that says what a variant is.

A row that was exported asks, when it is imported again, for what it says; the columns that only tell are passed over.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chalicelib.domain.account import Account
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.errors import InvalidField
from chalicelib.domain.imports import Fault
from chalicelib.domain.post import Attachment, Body, Part, Post, Schedule, Variant
from chalicelib.domain.times import scheduled
from chalicelib.domain.timing import stamp
from chalicelib.domain.typed import one_line, plain
from chalicelib.services import option_cells
from chalicelib.services.checking import Wish
from chalicelib.services.desk import Desk
from chalicelib.store import keys
from chalicelib.store.repository import whole

MOST_PARTS: Final = 25
"""Of a thread, as the connectors' contract has it."""
MOST_PICTURES: Final = 4
MOST_ACCOUNTS: Final = 20
MOST_LABELS: Final = 20
LONGEST_LABEL: Final = 60

ASKED: Final = ("when", "zone", "account", "text", "title", "community", "language", "campaign", "labels", "key")
NUMBERED: Final = ("part", "media", "alt")
"""Columns that may come again with a number: `part2` is the thread's second part, `media2` the second picture."""
TOLD: Final = ("post", "variant", "platform", "handle", "state", "reason", "published_at", "url")
"""Columns that an export writes and an import passes over."""
COLUMNS: Final = frozenset({*ASKED, "media", "alt", *option_cells.COLUMNS, *TOLD})
NEEDED: Final = ("when", "account", "text")
EXPORTED: Final = (
    *(name for name in ASKED if name != "key"),
    *(f"{name}{number if number > 1 else ''}" for number in range(1, MOST_PICTURES + 1) for name in ("media", "alt")),
    *(f"part{number}" for number in range(2, MOST_PARTS + 1)),
    *option_cells.COLUMNS,
    *TOLD,
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_MEDIA = re.compile(r"[a-z0-9.]{1,64}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_SPACED = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row asks for. key: the same for the same post, whenever it is asked for."""

    campaign: str | None
    when: Schedule
    wishes: tuple[Wish, ...]
    labels: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Names:
    """How people name what a row refers to: accounts by id, handle or `platform:handle`, campaigns by id or name."""

    zone: str
    late_limit: timedelta
    accounts: Mapping[str, tuple[str, ...]]
    campaigns: Mapping[str, tuple[str, ...]]


def names_of(desk: Desk, workspace: str) -> Names:
    """The names that there are in a workspace now."""
    pk = keys.workspace(workspace).pk
    accounts = desk.store.accounts_of(workspace)
    campaigns = whole(lambda after: desk.store.campaigns.queried(pk, "CAMPAIGN#", after=after))
    return Names(
        desk.workspace(workspace).zone,
        desk.policy.late_limit,
        _by_name((name, one.id) for one in accounts for name in _names_of_account(one)),
        _by_name((name, one.id) for one in campaigns for name in _names_of_campaign(one)),
    )


def asked(cells: Mapping[str, str], names: Names) -> Asked | tuple[Fault, ...]:
    """What a row asks for, or everything that is wrong with it as far as the row alone and the names can tell."""
    reading = _Reading(cells, names)
    when = reading.when()
    campaign = reading.campaign()
    accounts = reading.accounts()
    body = reading.body()
    labels = reading.labels()
    key = reading.key()
    if reading.faults or when is None:
        return tuple(reading.faults)
    wishes = tuple(Wish(account, body, "") for account in accounts)
    return Asked(campaign, when, wishes, labels, key or _digest(campaign, when, wishes))


def fault_of(error: InvalidField) -> Fault:
    """A refusal of the desk's, told by the column that it is about."""
    return Fault(_column(error.pointer), error.detail, error.fix)


def row_of(post: Post, variant: Variant, body: Body, account: Account | None) -> dict[str, str]:
    """What a variant is, as a row."""
    head = {f"media{_number(place)}": one.media for place, one in enumerate(body.pictures[:MOST_PICTURES], 1)}
    alts = {f"alt{_number(place)}": one.alt for place, one in enumerate(body.pictures[:MOST_PICTURES], 1)}
    parts = {f"part{place}": one.text for place, one in enumerate(body.rest[: MOST_PARTS - 1], 2)}
    told = {
        "when": variant.schedule.wall,
        "zone": variant.schedule.zone,
        "account": variant.account,
        "text": body.text,
        "title": body.title,
        "community": body.community,
        "language": body.language,
        "campaign": variant.campaign,
        "labels": " | ".join(post.labels),
        "post": variant.post,
        "variant": variant.id,
        "platform": variant.platform,
        "handle": None if account is None else account.handle,
        "state": variant.state.value,
        "reason": variant.reason,
        "published_at": None if variant.published_at is None else stamp(variant.published_at),
        "url": None if variant.remote is None else variant.remote.url,
    }
    return (
        {name: value for name, value in told.items() if value}
        | head
        | alts
        | parts
        | option_cells.cells_of(body.options)
    )


class _Reading:
    """One row being read; every fault is noted, not only the first."""

    def __init__(self, cells: Mapping[str, str], names: Names) -> None:
        self._cells = cells
        self._names = names
        self.faults: list[Fault] = []

    def when(self) -> Schedule | None:
        text = _SPACED.sub(r"\1T\2", self._cells.get("when", "").strip(), count=1)
        zone = self._cells.get("zone", self._names.zone).strip()
        if not text:
            self._fault("when", "it is empty", "Give a time such as 2030-01-07T09:00.")
            return None
        try:
            at = scheduled("/schedule/at", text, "/schedule/zone", zone)
        except InvalidField as error:
            self.faults.append(fault_of(error))
            return None
        return Schedule(at, zone, text, self._names.late_limit)

    def campaign(self) -> str | None:
        name = self._cells.get("campaign", "").strip()
        return self._named("campaign", name, self._names.campaigns, "Give its id.") if name else None

    def accounts(self) -> list[str]:
        given = self._several("account")
        if not given:
            self._fault("account", "it is empty", "Name an account by its id, its handle, or such as x:our-desk.")
        if len(given) > MOST_ACCOUNTS:
            self._fault(
                "account", f"{len(given)} accounts where {MOST_ACCOUNTS} are taken", "Give them rows of their own."
            )
            return []
        fix = "Give the account's id, or platform and handle such as x:our-desk."
        found = [self._named("account", one.lstrip("@"), self._names.accounts, fix) for one in given]
        return [one for one in found if one is not None]

    def labels(self) -> tuple[str, ...]:
        given = tuple(dict.fromkeys(self._several("labels")))
        if len(given) > MOST_LABELS:
            self._fault("labels", f"{len(given)} labels where {MOST_LABELS} are taken", "Leave some out.")
        for label in given:
            try:
                if len(one_line(label)) > LONGEST_LABEL:
                    self._fault("labels", f"one has more than {LONGEST_LABEL} characters", "Shorten it.")
            except ValueError as error:
                self._fault("labels", str(error), "Write them in one line, with | between them.")
        return given

    def body(self) -> Body:
        rest = self._parts()
        return Body(
            self._text("text"),
            title=self._line("title"),
            community=self._line("community"),
            language=self._matching("language", _LANGUAGE, "Give a language such as en or pt-BR."),
            pictures=tuple(self._pictures()),
            rest=rest,
            options=option_cells.options_in(self._cells, self._fault),
        )

    def key(self) -> str | None:
        return self._matching("key", _KEY, "Give 1 to 200 visible ASCII characters, the same for the same post.")

    def _several(self, column: str) -> list[str]:
        return [one.strip() for one in self._cells.get(column, "").split("|") if one.strip()]

    def _parts(self) -> tuple[Part, ...]:
        given = [number for number in range(2, MOST_PARTS + 1) if f"part{number}" in self._cells]
        for place, number in enumerate(given, 2):
            if place != number:
                self._fault(f"part{number}", f"part{place} is empty before it", "Leave no part of a thread out.")
                break
        return tuple(Part(self._text(f"part{number}")) for number in given)

    def _pictures(self) -> Iterable[Attachment]:
        for number in range(1, MOST_PICTURES + 1):
            media, alt = f"media{_number(number)}", f"alt{_number(number)}"
            found = self._matching(media, _MEDIA, "Give the id of an uploaded medium.")
            if found is not None:
                yield Attachment(found, self._text(alt))
            elif alt in self._cells and media not in self._cells:
                self._fault(alt, "it describes a picture that is not there", f"Give {media}, or leave it out.")

    def _text(self, column: str) -> str:
        text = self._cells.get(column, "")
        try:
            return plain(text)
        except ValueError as error:
            self._fault(column, str(error), "Leave them out.")
            return ""

    def _line(self, column: str) -> str | None:
        text = self._cells.get(column)
        if text is None:
            return None
        if len(text) > _LONGEST_NAME:
            over = len(text) - _LONGEST_NAME
            self._fault(column, f"it has more than {_LONGEST_NAME} characters", f"Shorten it by {over}.")
            return None
        try:
            return one_line(text)
        except ValueError as error:
            self._fault(column, str(error), "Write it in one line.")
            return None

    def _matching(self, column: str, pattern: re.Pattern[str], fix: str) -> str | None:
        text = self._cells.get(column, "").strip()
        if not text:
            return None
        if pattern.fullmatch(text) is None:
            self._fault(column, "it is not in the form that is needed here", fix)
            return None
        return text

    def _named(self, column: str, name: str, known: Mapping[str, tuple[str, ...]], fix: str) -> str | None:
        found = known.get(name.casefold(), ())
        if len(found) == 1:
            return found[0]
        self._fault(column, f"there is no such {column}" if not found else f"more than one {column} is named so", fix)
        return None

    def _fault(self, column: str, detail: str, fix: str) -> None:
        self.faults.append(Fault(column, detail, fix))


_PLACES: Final = {"/schedule/at": "when", "/schedule/zone": "zone"}


def _column(pointer: str) -> str:
    """The column that a pointer of the desk's is about; empty where it is about the whole row."""
    if pointer in _PLACES:
        return _PLACES[pointer]
    if found := re.match(r"/rest/(\d+)", pointer):
        return f"part{int(found[1]) + 2}"
    if found := re.match(r"/pictures/(\d+)(/alt)?", pointer):
        return f"{'alt' if found[2] else 'media'}{_number(int(found[1]) + 1)}"
    if found := re.match(r"/options/(\w+)(/\w+)?", pointer):
        within = f"{found[1]}{(found[2] or '').replace('/', '_')}"
        return within if within in COLUMNS else found[1]
    name = pointer.rpartition("/")[2]
    return "media" if name == "pictures" else name if name in COLUMNS else ""


def _number(place: int) -> str:
    return "" if place == 1 else str(place)


def _digest(campaign: str | None, when: Schedule, wishes: Sequence[Wish]) -> str:
    said = [campaign, stamp(when.at), [[one.account, one.body.digest()] for one in wishes]]
    return f"row-{hashlib.sha256(json.dumps(said).encode()).hexdigest()}"


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for name, item in pairs:
        found.setdefault(name.casefold(), {})[item] = None
    return {name: tuple(items) for name, items in found.items()}


def _names_of_account(account: Account) -> tuple[str, ...]:
    handle = account.handle.lstrip("@")
    return (account.id, handle, f"{account.platform}:{handle}")


def _names_of_campaign(campaign: Campaign) -> tuple[str, ...]:
    return (campaign.id, campaign.name.strip())
