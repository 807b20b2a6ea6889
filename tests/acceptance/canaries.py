"""Searching a home for what must not be there, in every form in which it could hide."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Bytes; anything shorter would be found by chance in what is sealed."""


def forms(secret: str) -> dict[str, bytes]:
    """The bytes by which a secret is known, raw and encoded; without those that are too short to tell it."""
    raw = secret.encode()
    found = {
        "raw": raw,
        "as JSON": json.dumps(secret)[1:-1].encode(),
        "as HTML": escape(secret).encode(),
        "in an address": quote(secret, safe="").encode(),
        "in a form": quote_plus(secret).encode(),
        "in hex": raw.hex().encode(),
        "in upper hex": raw.hex().upper().encode(),
        "reversed": raw[::-1],
    }
    for shift in range(3):
        # Wherever it begins within three bytes: the four characters at either end may be shared with its neighbours.
        inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : 4 * ((shift + len(raw)) // 3)]
        found[f"in base64, at {shift}"] = inner
        found[f"in base64 for addresses, at {shift}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return {form: known for form, known in found.items() if len(known) >= SHORTEST}


def contents(home: Path, leave_out: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Each file of a home by its name, as its bytes and as what they mean: rows of a database, parts of a mail."""
    skipped = {home / one for one in leave_out}
    for path in sorted(home.rglob("*")):
        if not path.is_file() or skipped & {path, *path.parents}:
            continue
        name = str(path.relative_to(home))
        yield name, path.read_bytes()
        if path.suffix == ".eml":
            yield name, "\n".join(_said(path)).encode()
        if path.suffix == ".sqlite":
            with closing(sqlite3.connect(path)) as connection:
                yield name, "\n".join(connection.iterdump()).encode()


def _said(path: Path) -> Iterator[str]:
    """Headers and bodies of a mail, decoded."""
    mail = message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTP)
    yield from (str(value) for value in mail.values())
    yield from (str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")


def hits(home: Path, secrets: Mapping[str, str], leave_out: Iterable[str] = ()) -> set[tuple[str, str, str]]:
    """File, secret's label and form of everything that was found. secrets: by a label that may be shown."""
    short = [label for label, secret in secrets.items() if len(secret) < SHORTEST]
    assert not short, f"too short to be searched for: {short}"
    wanted = [(label, form, known) for label, one in secrets.items() for form, known in forms(one).items()]
    return {
        (name, label, form)
        for name, content in contents(home, leave_out)
        for label, form, known in wanted
        if known in content
    }
