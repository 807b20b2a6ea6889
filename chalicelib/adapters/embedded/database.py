"""One SQLite file: opening it, taking turns on it, and saying in one sentence what is wrong with it.

The table and the queue stand on this, each on a file of its own. Every committed transaction survives `kill -9`, and the
table's a power cut too (WAL with synchronous=FULL); the file is in mode 0600, since it holds what people wrote.

It must never wait longer than it was told to, never let a raw sqlite3 error out, and never open the database file by
other means: closing such a handle would drop this process's locks on it (https://sqlite.org/howtocorrupt.html, 2.2).
An open database must not be carried over a fork.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chalicelib.ports import EngineBusy, EngineUnusable, PortError

MEMORY = ":memory:"
BUSY_SECONDS = 10.0

_APPLICATION_ID = 0x5041524C  # "PARL" in the file's header: https://sqlite.org/pragma.html#pragma_application_id
_LAYOUT = 1
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_ADVICE = {
    sqlite3.SQLITE_NOTADB: "is not a Parley database; name another file or restore a copy",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a copy, or recover what can be read with `sqlite3 FILE .recover`",
    sqlite3.SQLITE_READONLY: "cannot be written; let this user write to the file and to its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and that this user may write there",
    sqlite3.SQLITE_PERM: "cannot be opened; let this user write to the file and to its folder",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; nothing was written: free some space and go on",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the disk, its free space and the limits of this process",
}


def _primary_code(error: sqlite3.Error) -> int:
    # Extended codes carry the primary one in their low byte: https://sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


class Database:
    """One open file with a connection that writes and one that reads; safe from many threads and processes."""

    def __init__(
        self, path: Path | str, schema: str, busy_seconds: float = BUSY_SECONDS, *, survives_power_cut: bool = True
    ) -> None:
        """Open or make the file and its tables.

        schema: statements that may run again harmlessly. busy_seconds: how long to wait for another process or thread.
        survives_power_cut: False spares the disk's flush at each commit; `kill -9` of the process loses nothing either way.
        Raises EngineBusy, EngineUnusable.
        """
        self._name = str(path)
        self._busy_seconds = busy_seconds
        self._synchronous = "FULL" if survives_power_cut else "NORMAL"
        self._write_turn = threading.RLock()
        with self._explained():
            self._make_private()
            self._writer = self._connect()
            try:
                self._prepare(schema)
                # In memory there is one database per connection; in a file a reader never waits for a writer.
                self._reader = self._writer if self._name == MEMORY else self._connect()
            except BaseException:
                self._writer.close()
                raise
        self._read_turn = self._write_turn if self._reader is self._writer else threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is durable when the block ends, none of it if the block raises."""
        deadline = time.monotonic() + self._busy_seconds
        with self._turn(self._write_turn), self._explained():
            connection = self._writer
            # Whoever waited for another thread has so much less patience left for another process.
            left = max(0.0, deadline - time.monotonic())
            connection.execute(f"PRAGMA busy_timeout={round(left * 1000)}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # After some errors SQLite has rolled back by itself.
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """All rows of one reading statement, which sees the newest that is committed. Raises EngineBusy, EngineUnusable."""
        if not self._read_turn.acquire(timeout=self._busy_seconds):
            raise EngineBusy(self._busy_detail())
        try:
            return self._reader.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._translated(error) from error
        finally:
            self._read_turn.release()

    def damaged(self) -> EngineUnusable:
        """What to raise about a row that does not read as what was written: SQLite keeps no checksums of its own."""
        return self._unusable(sqlite3.SQLITE_CORRUPT)

    def close(self) -> None:
        """Let go of the file."""
        with self._write_turn, self._read_turn:
            self._reader.close()
            self._writer.close()

    @contextmanager
    def _turn(self, lock: threading.RLock) -> Iterator[None]:
        if not lock.acquire(timeout=self._busy_seconds):
            raise EngineBusy(self._busy_detail())
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except OSError as error:
            raise self._unusable(sqlite3.SQLITE_CANTOPEN) from error

    def _translated(self, error: sqlite3.Error) -> PortError:
        code = _primary_code(error)
        return EngineBusy(self._busy_detail()) if code in _BUSY else self._unusable(code)

    def _busy_detail(self) -> str:
        return f"The database file {self._name} stayed locked for {self._busy_seconds:g} seconds."

    def _unusable(self, code: int) -> EngineUnusable:
        advice = _ADVICE.get(code, f"cannot be used (SQLite error {code}); restore a copy or name another file")
        return EngineUnusable(f"The database file {self._name} {advice}.")

    def _make_private(self) -> None:
        if self._name == MEMORY:
            return
        with suppress(FileExistsError):
            os.close(os.open(self._name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._name, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        return connection

    def _prepare(self, schema: str) -> None:
        deadline = time.monotonic() + self._busy_seconds
        while True:
            # Two processes that make the same file at once may see SQLITE_BUSY without any waiting.
            try:
                (mode,) = self._writer.execute("PRAGMA journal_mode=WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                if _primary_code(error) not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        if self._name != MEMORY and mode != "wal":
            raise EngineUnusable(
                f"The database file {self._name} lies on a file system without shared memory; use a local disk."
            )
        self._writer.execute("BEGIN IMMEDIATE")
        self._check_owner()
        for statement in schema.split(";"):
            self._writer.execute(statement)
        self._writer.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        self._writer.execute(f"PRAGMA user_version={_LAYOUT}")
        self._writer.execute("COMMIT")

    def _check_owner(self) -> None:
        (owner,) = self._writer.execute("PRAGMA application_id").fetchone()
        (layout,) = self._writer.execute("PRAGMA user_version").fetchone()
        (tables,) = self._writer.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and owner != _APPLICATION_ID:
            raise self._unusable(sqlite3.SQLITE_NOTADB)
        if layout > _LAYOUT:
            raise EngineUnusable(f"The database file {self._name} was made by a newer Parley; install that one.")
