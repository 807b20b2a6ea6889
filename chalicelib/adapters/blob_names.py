"""Names of blobs, checked the same on every engine: no name can leave its place or be read as another."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}(/[a-z0-9][a-z0-9._-]{0,99}){0,4}", re.ASCII)


def checked(name: str) -> str:
    """The name. Raises ValueError for one that no service of ours makes."""
    if not _NAME.fullmatch(name):
        raise ValueError("this is no name of a blob")
    return name
