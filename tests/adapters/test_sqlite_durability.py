"""The embedded database under kill -9, many processes, and files that cannot be used."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chalicelib.adapters.embedded.queue import SqliteQueue
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import (
    ABSENT,
    Change,
    ConditionFailed,
    EngineBusy,
    EngineUnusable,
    Equals,
    Index,
    Key,
    Put,
    QueueName,
)
from tests.adapters.engines import ordinary_user

ROOT = Path(__file__).parents[2]


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process of our own that runs this code with these arguments."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


WRITER = """
import sys
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import *
table = SqliteTable(sys.argv[1])
for number in range(1_000_000):
    pair = [Put({"pk": "W", "sk": f"{number:07}{side}"}, ABSENT) for side in "ab"]
    table.transact([*pair, Update(Key("W", "count"), Change(add={"n": 1}))])
    print(number, flush=True)
"""


def test_every_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    writer = child(WRITER, path)
    assert writer.stdout
    for line in writer.stdout:
        if int(line) >= 300:
            os.kill(writer.pid, signal.SIGKILL)
            break
    rest, _ = writer.communicate()
    acknowledged = int(rest.split()[-1]) if rest.split() else 300

    table = SqliteTable(path)
    count = table.get(Key("W", "count"))
    assert count is not None
    # The last one may have been written without being acknowledged, but no write is there by half.
    assert acknowledged + 1 <= count["n"] <= acknowledged + 2
    rows = {row["sk"] for row in table.query("W", limit=10_000_000).items}
    assert rows == {"count", *(f"{number:07}{side}" for number in range(count["n"]) for side in "ab")}


TORN_BEFORE = [{"pk": "W", "sk": name, "g": "due", "gs": f"1#{name}", "text": name * 3000} for name in "ab"]
TORN_AFTER = [{"pk": "W", "sk": name, "g": "due", "gs": f"2#{name}", "text": name * 9000} for name in "ab"]
TORN_WRITER = """
import json, os, resource, signal, sys
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import *
path, room = sys.argv[1], int(sys.argv[2])
first, second = json.loads(sys.argv[3])
table = SqliteTable(path)
start = os.stat(path + "-wal").st_size
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (start + room, start + room))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
moved = Change(set={name: second[name] for name in ("gs", "text")})
table.transact([Put(first), Update(Key("W", "b"), moved)])
print(os.stat(path + "-wal").st_size - start)
"""


def test_a_torn_write_leaves_items_and_index_as_they_were_or_as_they_should_be(tmp_path: Path) -> None:
    """The kernel kills the writer within the write of the log's next byte after `room` of them."""
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path)
    for item in TORN_BEFORE:
        table.put(item)
    table.close()
    clean = path.read_bytes()
    whole = int(child(TORN_WRITER, path, 10_000_000, json.dumps(TORN_AFTER)).communicate()[0])
    frame = 4096 + 24
    assert whole > 3 * frame, "the write is more than one page"
    for room in (0, 1, 24, 2000, frame - 1, frame, 2 * frame + 12, whole - frame, whole - 1, whole):
        for leftover in tmp_path.iterdir():
            leftover.unlink()
        path.write_bytes(clean)
        writer = child(TORN_WRITER, path, room, json.dumps(TORN_AFTER))
        _, wrong = writer.communicate()
        acknowledged = room == whole
        assert writer.returncode == (0 if acknowledged else -signal.SIGXFSZ), (room, wrong)

        table = SqliteTable(path)
        should_be = TORN_AFTER if acknowledged else TORN_BEFORE
        assert table.query("W").items == should_be, room
        entries = table.query_index(Index.DUE, "due").rows
        assert [(entry.key.sk, entry.sort) for entry in entries] == [(item["sk"], item["gs"]) for item in should_be]
        table.put({"pk": "W", "sk": "c"})
        table.close()
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


CLAIMER = """
import sys
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import *
table = SqliteTable(sys.argv[1])
sys.stdin.readline()
won = 0
for number in range(200):
    try:
        table.put({"pk": "W", "sk": str(number), "owner": sys.argv[2]}, ABSENT)
        won += 1
    except ConditionFailed as failure:
        assert failure.current["owner"] != sys.argv[2]
    table.update(Key("W", "count"), Change(add={"n": 1}))
print(won)
"""


def test_several_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    command = [sys.executable, "-c", CLAIMER, str(path)]
    claimers = [
        subprocess.Popen([*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three")
    ]
    for claimer in claimers:
        assert claimer.stdin
        claimer.stdin.write("go\n")
        claimer.stdin.flush()
    won = [int(claimer.communicate()[0]) for claimer in claimers]
    assert sum(won) == 200
    assert SqliteTable(path).get(Key("W", "count")) == {"pk": "W", "sk": "count", "n": 600}


def test_many_threads_lose_no_update(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")

    def count() -> None:
        for _ in range(50):
            table.update(Key("W", "count"), Change(add={"n": 1}))
            table.get(Key("W", "count"))

    counters = [threading.Thread(target=count) for _ in range(8)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    assert table.get(Key("W", "count")) == {"pk": "W", "sk": "count", "n": 400}


# --- locked ----------------------------------------------------------------------------------------------------------


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program that holds the file's write lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_a_file_locked_too_long_is_busy_for_writers_and_open_for_readers(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path, busy_seconds=0.05)
    table.put({"pk": "W", "sk": "P"})
    with locked(path):
        with pytest.raises(EngineBusy, match=r"locked for 0\.05 seconds"):
            table.put({"pk": "W", "sk": "P", "new": 1})
        with pytest.raises(EngineBusy):
            SqliteTable(path, busy_seconds=0.05)
        assert table.get(Key("W", "P")) == {"pk": "W", "sk": "P"}
    table.put({"pk": "W", "sk": "P", "new": 2})
    assert table.get(Key("W", "P")) == {"pk": "W", "sk": "P", "new": 2}


def test_who_waits_for_a_thread_and_then_for_a_process_waits_no_longer_than_told(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path, busy_seconds=2)
    waited: list[float] = []

    def write() -> None:
        began = time.monotonic()
        with pytest.raises(EngineBusy):
            table.put({"pk": "W", "sk": "P"})
        waited.append(time.monotonic() - began)

    with locked(path):
        first, second = threading.Thread(target=write), threading.Thread(target=write)
        first.start()
        first.join(1)
        second.start()
        first.join()
        second.join()
    assert len(waited) == 2
    assert max(waited) < 2.7, "one second for the thread, and two more for the process"


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path)
    waiting = threading.Thread(target=table.put, args=({"pk": "W", "sk": "P"},))
    with locked(path):
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(10)
    assert table.get(Key("W", "P")) is not None


# --- unusable --------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with ordinary_user(), pytest.raises(EngineUnusable, match="cannot be opened; check that its folder exists"):
        SqliteTable(open_folder / "table.sqlite")


def test_a_file_that_cannot_be_written(open_folder: Path) -> None:
    path = open_folder / "table.sqlite"
    with ordinary_user():
        SqliteTable(path).close()
        path.chmod(0o444)
        with pytest.raises(EngineUnusable, match="cannot be written; let this user write"):
            SqliteTable(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnusable, match="check that its folder exists"):
        SqliteTable(tmp_path / "nowhere" / "table.sqlite")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(EngineUnusable, match="is not a Parley database; name another file"):
        SqliteTable(path)
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "music.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE song (title TEXT)")
    other.close()
    with pytest.raises(EngineUnusable, match="is not a Parley database"):
        SqliteTable(path)
    assert [name for (name,) in sqlite3.connect(path).execute("SELECT name FROM sqlite_schema")] == ["song"]


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    SqliteTable(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version=99")
    other.close()
    with pytest.raises(EngineUnusable, match="newer Parley"):
        SqliteTable(path)


def test_a_damaged_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path)
    for number in range(200):
        table.put({"pk": "W", "sk": f"{number:03}", "text": "x" * 500})
    table.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    table = SqliteTable(path)
    with pytest.raises(EngineUnusable, match="is damaged; restore a copy"):
        table.query("W")
    with pytest.raises(EngineUnusable, match="is damaged; restore a copy"):
        table.put({"pk": "W", "sk": "new"})


@pytest.mark.parametrize("damage", ['\'{"pk": "W", \' || substr(body, 3)', "CAST(x'7b22ff227d' AS TEXT)"])
def test_a_damaged_item_is_said_and_the_others_are_read(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "table.sqlite"
    table = SqliteTable(path)
    for name in "PQ":
        table.put({"pk": "W", "sk": name, "text": "as it was"})
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE item SET body = {damage} WHERE sk = 'P'")
    here = Key("W", "P")
    for ask in (
        lambda: table.get(here),
        lambda: table.get_many([here]),
        lambda: table.query("W"),
        lambda: table.update(here, Change(set={"text": "new"})),
        lambda: table.delete(here, Equals("text", "as it was")),
    ):
        with pytest.raises(EngineUnusable, match=r"table\.sqlite .*restore a copy"):
            ask()
    assert table.get(Key("W", "Q")) == {"pk": "W", "sk": "Q", "text": "as it was"}
    table.put({"pk": "W", "sk": "P", "text": "put right"})
    assert len(table.query("W").items) == 2


GROWER = """
import resource, sys
from chalicelib.adapters.embedded.table import SqliteTable
from chalicelib.ports import *
table = SqliteTable(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
written = 0
try:
    while True:
        table.put({"pk": "W", "sk": f"{written:03}", "text": "x" * 50_000})
        written += 1
except EngineUnusable as error:
    assert table.get(Key("W", "000")), "what was there can still be read"
    print(written, str(error))
"""


def test_a_file_that_can_grow_no_more_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.sqlite"
    grower = child(GROWER, path)
    told, wrong = grower.communicate()
    assert not wrong
    written, detail = told.split(" ", 1)
    assert "check the disk, its free space and the limits" in detail
    assert int(written) > 5
    table = SqliteTable(path)
    assert len(table.query("W").items) == int(written)
    table.put({"pk": "W", "sk": "goes on"})


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    with table._database.writing() as connection:
        pass
    connection.execute("PRAGMA max_page_count=20")
    with pytest.raises(EngineUnusable, match="disk is full; nothing was written: free some space"):
        table.transact([Put({"pk": "W", "sk": str(number), "text": "x" * 50_000}) for number in range(5)])
    assert table.query("W").items == []


def test_a_write_is_on_the_disk_before_it_is_answered(tmp_path: Path) -> None:
    # No test can cut the power: the settings that outlive it are asked for by name (2 is FULL).
    with SqliteTable(tmp_path / "table.sqlite")._database.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# --- manners ---------------------------------------------------------------------------------------------------------


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    table.put({"pk": "W", "sk": "P"})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["table.sqlite", "table.sqlite-wal", "table.sqlite-shm"], 0o600)


def test_the_table_and_the_queue_may_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "parley.sqlite"
    table, queue = SqliteTable(path), SqliteQueue(path)
    table.put({"pk": "W", "sk": "P"}, ABSENT)
    queue.send(QueueName.PUBLISH, "hint")
    table.close()
    queue.close()
    with pytest.raises(ConditionFailed):
        SqliteTable(path).put({"pk": "W", "sk": "P"}, ABSENT)
    (message,) = SqliteQueue(path).receive(QueueName.PUBLISH)
    assert message.body == "hint"


def test_a_failed_write_leaves_the_table_usable(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "table.sqlite")
    table.put({"pk": "W", "sk": "P", "n": "text"})
    with pytest.raises(TypeError):
        table.update(Key("W", "P"), Change(set={"a": 1}, add={"n": 1}))
    with pytest.raises(ConditionFailed):
        table.update(Key("W", "P"), Change(set={"a": 1}), Equals("n", 1))
    assert table.update(Key("W", "P"), Change(set={"a": 2})) == {"pk": "W", "sk": "P", "n": "text", "a": 2}
