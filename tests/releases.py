"""The records that earlier releases left behind, each a copy at the present code's desk."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import settings
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.adapters.embedded.vault import FileVault
from chalicelib.domain.access import Caller, Role
from chalicelib.domain.post import Variant, VariantState
from chalicelib.domain.timing import unstamp
from chalicelib.ports import Key, QueueName
from chalicelib.services import bodies, curating, enforcing, importing, lines, measuring, polling, replaying, triaging
from chalicelib.services.desk import Desk
from chalicelib.services.ticking import tick
from chalicelib.store import keys
from local.release.__main__ import RELEASES
from local.release.platforms import Clock, Remote, desk_on

RECORDS = sorted(RELEASES.glob("*.sqlite"))
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


@dataclass
class Left:
    """A copy of one release's record at the present code's desk."""

    release: str
    desk: Desk
    clock: Clock
    remotes: Mapping[str, Remote]
    items: list[dict[str, Any]]
    """Everything in it, as the file held it before anybody touched it."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The items whose place begins so."""
        return [one for one in self.items if one["sk"].partition("#")[0] == kind]

    @property
    def workspace(self) -> str:
        (item,) = self.of("WORKSPACE")
        return workspace_of(item)

    @property
    def owner(self) -> Caller:
        return self.by(Role.OWNER)

    def by(self, role: Role) -> Caller:
        """The member of this role."""
        (item,) = [one for one in self.of("MEMBER") if one["role"] == role.value]
        return Caller(self.workspace, id_of(item), role, "test")

    def variants(self) -> list[Variant]:
        found = [self.desk.store.variants.get(self.workspace, id_of(one)) for one in self.of("VARIANT")]
        return [one for one in found if one is not None]

    def soon(self) -> list[Variant]:
        """What is scheduled within the hour."""
        until = self.clock.now() + HOUR
        return [one for one in self.variants() if one.state is VariantState.SCHEDULED and one.schedule.at <= until]

    def text(self, variant: Variant) -> str:
        return bodies.body_of(self.desk, variant).text

    def unsaid(self, variant: Variant) -> list[str]:
        """The parts of it that do not stand there yet."""
        return [one.text for one in bodies.body_of(self.desk, variant).parts[len(variant.said) :]]

    def saying(self, text: str) -> Variant:
        """The variant that says this first."""
        (found,) = [one for one in self.variants() if self.text(one) == text]
        return found

    def posted(self) -> list[str]:
        """What was said since, everywhere."""
        return [text for remote in self.remotes.values() for text in remote.posted]

    def lose_hints(self) -> None:
        for queue in HANDS:
            for message in self.desk.queue.receive(queue):
                self.desk.queue.delete(queue, message.receipt)

    def go_on(self, minutes: int = 4) -> None:
        """Play the workers: each minute a tick, and what was hinted until then."""
        for _ in range(minutes):
            tick(self.desk, self.clock.now())
            for queue, act in HANDS.items():
                for message in self.desk.queue.receive(queue):
                    act(self.desk, json.loads(message.body))
                    self.desk.queue.delete(queue, message.receipt)
            self.clock.move(MINUTE)


def triage(desk: Desk, body: dict[str, Any]) -> object:
    """What one message of the triage queue asks for."""
    if "import" in body:
        return importing.work(desk, body["workspace"], body["import"], desk.clock.now(), lambda: False)
    if "ruling" in body:
        return enforcing.enforce(desk, body["workspace"], body["ruling"], desk.clock.now())
    if "replay" in body:
        return replaying.work(desk, body["workspace"], body["replay"], desk.clock.now(), lambda: False)
    if "tally" in body:
        return measuring.take_round(desk, body["workspace"], desk.clock.now())
    if "feed" in body:
        return curating.look(desk, body["workspace"], body["feed"], desk.clock.now())
    return triaging.triage_all(desk, body["workspace"], body["interactions"], desk.clock.now())


HANDS: dict[QueueName, Callable[[Desk, dict[str, Any]], object]] = {
    QueueName.LISTEN: polling.answer,
    QueueName.TRIAGE: triage,
    QueueName.PUBLISH: lambda desk, body: lines.speak(desk, body["workspace"], body.get("account"), body["variants"]),
}


def workspace_of(item: dict[str, Any]) -> str:
    return keys.workspace_of(Key(item["pk"], item["sk"]))


def id_of(item: dict[str, Any]) -> str:
    return keys.id_of(Key(item["pk"], item["sk"]))


def everything(record: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(record)) as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM item ORDER BY pk, sk")]


def since(first: str) -> pytest.MarkDecorator:
    """Only the records of this release and of later ones."""
    later = [one for one in RECORDS if [*map(int, one.stem.split("."))] >= [*map(int, first.split("."))]]
    return pytest.mark.parametrize("left", later, ids=lambda path: path.stem, indirect=True)


def taken_up(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Left]:
    """The fixture `left`, with the record's path for its parameter."""
    record = Path(shutil.copy(request.param, tmp_path / "parley.sqlite"))
    key = Path(shutil.copy(request.param.with_suffix(".key"), tmp_path / "vault.key"))
    key.chmod(0o600)
    items = everything(record)
    # The moment at which the last thing in it happened.
    last = max(event["at"] for item in items for event in item.get("events", ()))
    clock = Clock(unstamp(last))
    remotes = {one: Remote(one) for one in settings.PLATFORMS}
    table = SqliteTable(record)
    yield Left(request.param.stem, desk_on(table, FileVault(key), tmp_path, clock, remotes), clock, remotes, items)
    table.close()
