"""Writing a small file so that it is either not there or whole, whatever happens in between."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes, *, keep: bool) -> None:
    """Put a file of mode 0600 in place, durably, in one step.

    keep: leave a file that is there already as it is. Raises OSError; no half-written file is ever seen under `path`.
    """
    draft = path.with_name(f".{path.name[:80]}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if keep:
            # Unlike a rename, a link never replaces what another process has just put there.
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                return
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
