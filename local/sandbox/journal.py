"""The sandbox's memory on disk: one JSON line per change, on the disk before anybody is told.

It must never lose a line that was answered with success, and never fail to open because of a line that was cut short by
the end of the process. One process at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO


class StateInUse(Exception):
    """Another sandbox is using this state directory; stop it or name another directory."""

    def __init__(self) -> None:
        super().__init__((self.__doc__ or "").strip())


class Journal:
    """An append-only file of JSON lines; in memory only where `directory` is None."""

    def __init__(self, directory: Path | None) -> None:
        self._file: BinaryIO | None = None
        if directory is None:
            return
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / "journal.jsonl").open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise StateInUse from None
        folder = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name of a new file is only safe once its folder is
        finally:
            os.close(folder)

    def events(self) -> Iterator[dict[str, Any]]:
        """All that was kept, oldest first; what was cut short at the end is dropped from the file."""
        if self._file is None:
            return
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            yield json.loads(line)
        self._file.truncate(whole)

    def append(self, event: dict[str, Any]) -> None:
        """Keep one change; when this returns it survives the end of the process and of the machine."""
        if self._file is None:
            return
        self._file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
