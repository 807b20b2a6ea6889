"""The bytes of what was handed over, under their sha-256: on the disk before anybody is told, and no more than fits.

It must never lose a file that was answered with success as long as it has room: where the room ends, the oldest bytes go.
What they were (kind, size, hash, who gave them, what shows them) is in the journal and stays.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOM = 256 * 1024 * 1024
"""Bytes kept in all: some hundred pictures as the platforms take them."""


class Blobs:
    """A folder of files that are named by their content; in memory only where `directory` is None."""

    def __init__(self, directory: Path | None, room: int = ROOM) -> None:
        self._folder = None if directory is None else directory / "blobs"
        self._room = room
        self._memory: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob("*.part"):
            left.unlink()
        for path in sorted(self._folder.iterdir(), key=lambda one: one.stat().st_mtime_ns):
            self._sizes[path.name] = path.stat().st_size

    def put(self, data: bytes) -> str:
        """Keep these bytes; returns their sha-256 in hex. When this returns they survive the end of the machine."""
        name = hashlib.sha256(data).hexdigest()
        if name in self._sizes:
            return name
        if self._folder is None:
            self._memory[name] = data
        else:
            self._write(self._folder, name, data)
        self._sizes[name] = len(data)
        self._make_room()
        return name

    def get(self, name: str) -> bytes | None:
        """The bytes with this hash, or None where they are not here (any more)."""
        if name not in self._sizes:
            return None
        return self._memory[name] if self._folder is None else (self._folder / name).read_bytes()

    @staticmethod
    def _write(folder: Path, name: str, data: bytes) -> None:
        part = folder / f"{name}.part"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / name)
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)  # the name of a new file is only safe once its folder is
        finally:
            os.close(opened)

    def _make_room(self) -> None:
        while sum(self._sizes.values()) > self._room and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest]
            self._memory.pop(oldest, None)
            if self._folder is not None:
                (self._folder / oldest).unlink(missing_ok=True)
