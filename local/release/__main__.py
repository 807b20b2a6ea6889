"""`python -m local.release`: leave a small record of this release behind, which every later release must still read.

It is made by the services themselves, on a clock and chance of its own and on platforms that live in memory, and holds
each noun in several states. The key beside it opens its sealed parts; it was made for this and protects nothing. A
record of a release that was published must never be made anew: it would no longer be that release's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib import VERSION, settings
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.domain.access import Caller, Role
from chalicelib.services import workspaces
from local.release import deciding, hearing, planning, speaking
from local.release.platforms import START, Clock, Remote, desk_on, write_key
from local.release.record import MINUTE, Record

RELEASES = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "releases"


def tell(record: Record) -> None:
    """The whole story. What is under way comes last, so that the next release takes it up from there."""
    record.people()
    hearing.earlier(record)
    record.presence()
    hearing.signed_in(record)
    hearing.switched_on(record)
    picture = planning.picture(record)
    planning.prepared(record)
    speaking.said(record)
    record.clock.move(MINUTE)
    hearing.unpaid(record)
    speaking.stopped(record, picture)
    hearing.counted(record)
    speaking.heard(record)
    decided(record)
    speaking.left(record, picture)
    deciding.asked(record)
    planning.planned(record)
    planning.imported(record)
    planning.asked(record)
    planning.foreseen(record)
    hearing.waiting(record)


def decided(record: Record) -> None:
    """What people do about what is heard, and how they have it decided."""
    hearing.listened(record)
    deciding.answered(record)
    deciding.guided(record)
    deciding.moderated(record)
    deciding.taught(record)
    hearing.stood_out(record)
    hearing.closely(record)


def leave(folder: Path, version: str = VERSION, *, force: bool = False) -> Path:
    """Make `<version>.sqlite` and `<version>.key` in a folder, and give the record's path. Raises FileExistsError."""
    record, key = folder / f"{version}.sqlite", folder / f"{version}.key"
    if record.exists() and not force:
        raise FileExistsError(f"{record.name} is there already; `--force` makes it anew, before its release only.")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as name:
        place, clock = Path(name), Clock()
        remotes = {one: Remote(one) for one in settings.PLATFORMS}
        table = SqliteTable(place / record.name)
        desk = desk_on(table, write_key(place / key.name), place, clock, remotes)
        workspace, owner, _ = workspaces.open_workspace(
            desk, "Repair Café", "Europe/Berlin", "Owner", "owner@desk.example", START
        )
        tell(Record(desk, clock, remotes, Caller(workspace.id, owner.id, Role.OWNER, "release")))
        table.close()  # the last to close it folds the write-ahead log into the file
        (place / key.name).replace(key)
        (place / record.name).replace(record)
    return record


def main(arguments: list[str] | None = None) -> int:
    """Leave this release's record behind. Returns 1 where one is there already."""
    parser = argparse.ArgumentParser(prog="python -m local.release", description=leave.__doc__)
    parser.add_argument("--force", action="store_true", help="make it anew; only before the release is out")
    parser.add_argument("--folder", type=Path, default=RELEASES, help="where to (default: the tests' fixtures)")
    asked = parser.parse_args(arguments)
    try:
        record = leave(asked.folder, force=asked.force)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{record.name}: {record.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
