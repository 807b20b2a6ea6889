"""Secrets on one machine: sealed under one key, which lies in a file of its own that only its owner may read.

Whoever loses the key file loses every sealed secret; whoever copies it beside the database gives them away. It must
never start with a key that others can read, and never replace a key that is there.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from chalicelib.adapters import seals
from chalicelib.adapters.embedded.files import write_whole
from chalicelib.ports import EngineUnusable, SealBroken

_FILE_MARK = "parley-key-1:"
_SEAL_MARK = "file1"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileVault:
    """ports.Vault with a local key file. A sealed text reads `file1:<key fingerprint>:<nonce and ciphertext>`."""

    def __init__(self, path: Path | str) -> None:
        """Read the key file, or make it (mode 0600) if there is none. Raises EngineUnusable."""
        self._path = Path(path)
        try:
            if not self._path.exists():
                self._make()
            self._key = self._read()
        except OSError as error:
            raise EngineUnusable(f"The key file {path} cannot be read or made; let this user do both.") from error
        self._label = f"{_SEAL_MARK}:{hashlib.sha256(self._key).hexdigest()[:8]}"

    def seal(self, secret: bytes, context: Mapping[str, str]) -> str:
        """The sealed form as ASCII text; the same context is needed to open it."""
        return f"{self._label}:{seals.locked(self._key, secret, self._label, context)}"

    def open(self, sealed: str, context: Mapping[str, str]) -> bytes:
        """What was sealed. Raises SealBroken."""
        label, _, body = sealed.rpartition(":")
        if label != self._label:
            if label.startswith(f"{_SEAL_MARK}:"):
                raise SealBroken("This was sealed with another key file.")
            raise SealBroken
        return seals.unlocked(self._key, body, label, context)

    def _make(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = f"{_FILE_MARK}{seals.to_ascii(os.urandom(seals.KEY_BYTES))}\n"
        # Two processes may start at once: the first key stays, and both read it.
        write_whole(self._path, content.encode(), keep=True)

    def _read(self) -> bytes:
        with self._path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise EngineUnusable(f"The key file {self._path} is open to other users; run: chmod 600 {self._path}")
            content = stream.read(1024)
        try:
            mark, _, body = content.decode("ascii").rstrip("\n").partition(":")
            key = seals.from_ascii(body)
        except ValueError:
            mark, key = "", b""
        if f"{mark}:" != _FILE_MARK or len(key) != seals.KEY_BYTES:
            raise EngineUnusable(f"The key file {self._path} is not a Parley key; put the right file in its place.")
        return key
